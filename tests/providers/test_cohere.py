"""Cohere Embed: what each kind of call carries, field by field, and how answers are read."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.providers import _cohere, cohere
from evalkit.providers._calls import Call, Piece, Rejected, Transient
from evalkit.providers.cohere import Cohere
from tests.providers.loopback import Loopback, Refusal, serving

QUERY = Role("query", frozenset({"text"}))
CORPUS = Role("corpus", frozenset({"text"}))
SEGMENT = Role("corpus", frozenset({"text"}), overflow="segment")
ERROR = Role("corpus", frozenset({"text"}), overflow="error")


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with serving(monkeypatch) as server:
        yield server


def png(width: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, 8), "teal").save(out, "PNG")
    return out.getvalue()


def picture(width: int = 8) -> Media:
    return Media("image/png", data=png(width))


def uri(width: int = 8) -> str:
    return "data:image/png;base64," + base64.b64encode(png(width)).decode()


def answering(path: str, body: Any) -> Any:
    """Answer every input with a vector whose first value is its place, counted from 1."""
    inputs = body.get("texts") or body.get("images") or body.get("inputs")
    dim = body.get("output_dimension", 1024)
    rows = [[float(n + 1), *[0.0] * (dim - 1)] for n in range(len(inputs))]
    return {"id": "x", "response_type": "embeddings_by_type", "embeddings": {"float": rows}}


def embed(model: Cohere, *items: Item, role: Role = CORPUS, dim: int = 256) -> list[Any]:
    return sorted(model.embed(items, role, dim), key=lambda o: o.index)


def grouped(model: Cohere, *items: Item, role: Role = CORPUS) -> list[Call]:
    return list(model.calls(p for n, item in enumerate(items) for p in model.pieces(n, item, role)))


# --- requests ---------------------------------------------------------------------------------


def test_each_kind_of_input_has_a_call_of_its_own(bedrock: Loopback) -> None:
    bedrock.answer = answering
    found = embed(
        Cohere(concurrency=1),
        Item("i1", picture()),
        Item("t1", "red scarf"),
        Item("m", ("see", picture(9), "and")),
        Item("t2", ("blue", "vase")),
        Item("i2", (picture(10), " ")),
        dim=512,
    )
    assert [f.index for f in found if isinstance(f, Embedded)] == [0, 1, 2, 3, 4]
    common = {"input_type": "search_document", "embedding_types": ["float"]}
    mix = [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": uri(9)}},
        {"type": "text", "text": "and"},
    ]
    assert bedrock.sent == [
        ("/model/us.cohere.embed-v4:0/invoke", {**common, "output_dimension": 512, **more})
        for more in (
            {"texts": ["red scarf", "blue\nvase"], "truncate": "RIGHT"},
            {"images": [uri(8), uri(10)]},
            {"inputs": [{"content": mix}], "truncate": "RIGHT"},
        )
    ]
    assert [f.vector[0] for f in found] == [1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("role", "said", "cut"),
    [
        (QUERY, "search_query", "RIGHT"),
        (CORPUS, "search_document", "RIGHT"),
        (Role("corpus", frozenset(), "classification"), "classification", "RIGHT"),
        (Role("query", frozenset(), "clustering", "error"), "clustering", "NONE"),
        (SEGMENT, "search_document", "NONE"),
    ],
)
def test_the_role_chooses_input_type_and_truncation(
    bedrock: Loopback, role: Role, said: str, cut: str
) -> None:
    bedrock.answer = answering
    model = Cohere()
    embed(model, Item("t", "x"), role=role)
    assert (bedrock.bodies[0]["input_type"], bedrock.bodies[0]["truncate"]) == (said, cut)
    assert model.request(Item("t", "x"), role, 256) == {**model.place, "input_type": said}
    long = Item("t", "x" * 128_000)  # which may have as many tokens, and is not cut here
    assert model.request(long, role, 256) == {
        **model.place,
        "input_type": said,
        "truncate": cut,
    }


def test_v3_has_its_own_fields(bedrock: Loopback) -> None:
    bedrock.answer = answering
    model = Cohere(version="v3-multilingual", concurrency=1)
    found = embed(
        model,
        Item("t", "x"),
        Item("i1", picture()),
        Item("i2", picture(9)),
        Item("m", ("x", picture())),
        dim=1024,
    )
    path = "/model/cohere.embed-multilingual-v3/invoke"
    assert bedrock.sent == [
        (
            path,
            {
                "input_type": "search_document",
                "texts": ["x"],
                "embedding_types": ["float"],
                "truncate": "END",
            },
        ),
        (path, {"input_type": "image", "images": [uri(8)], "embedding_types": ["float"]}),
        (path, {"input_type": "image", "images": [uri(9)], "embedding_types": ["float"]}),
    ]
    assert isinstance(found[3], Failed)
    assert "several parts" in found[3].reason


def test_image_url_may_be_a_string(bedrock: Loopback) -> None:
    bedrock.answer = answering
    embed(Cohere(image_url="string"), Item("m", ("x", picture())))
    assert bedrock.bodies[0]["inputs"][0]["content"][1] == {"type": "image_url", "image_url": uri()}


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({}, "us.cohere.embed-v4:0"),
        ({"region": "eu-west-1"}, "eu.cohere.embed-v4:0"),
        ({"region": "ap-northeast-1"}, "global.cohere.embed-v4:0"),
        ({"profile_prefix": ""}, "cohere.embed-v4:0"),
        ({"profile_prefix": "global"}, "global.cohere.embed-v4:0"),
        ({"model_id": "my.own"}, "my.own"),
        ({"version": "v3-english"}, "cohere.embed-english-v3"),
    ],
)
def test_the_model_is_asked_for_by_a_profile_or_by_itself(
    params: dict[str, Any], asked: str
) -> None:
    model = Cohere(**params)
    assert model.asked_id == asked
    assert model.model == asked.removeprefix("us.").removeprefix("eu.").removeprefix("global.")


def test_calls_hold_96_inputs_and_no_more_than_the_payload(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = [Item(str(n), "x") for n in range(200)]
    assert [len(call) for call in grouped(Cohere(), *texts)] == [96, 96, 8]
    images = [Item(str(n), picture()) for n in range(3)]
    assert [len(call) for call in grouped(Cohere(version="v3-english"), *images)] == [1, 1, 1]
    monkeypatch.setattr(_cohere, "PAYLOAD", 2 * (len(uri()) + 100))
    assert [len(call) for call in grouped(Cohere(), *images)] == [2, 1]
    assert [len(call) for call in grouped(Cohere(), Item("a", "y" * 1000), texts[0])] == [1, 1]


def test_no_call_is_over_the_payload_when_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "big.png"
    path.write_bytes(png() + bytes(4_900_000))
    calls = grouped(Cohere(), *(Item(str(n), Media("image/png", path=path)) for n in range(7)))
    assert [len(call) for call in calls] == [3, 3, 1]
    assert sum(len(uri_of(piece)) for piece in calls[0]) < 20_000_000


def uri_of(piece: Piece) -> str:
    return cohere._data_uri(piece.item.parts[0])


# --- limits -----------------------------------------------------------------------------------


def test_v3_cuts_texts_before_the_service_refuses_them() -> None:
    model = Cohere(version="v3-english")
    (cut,) = model.pieces(0, Item("t", "word " * 1000), CORPUS)
    assert isinstance(cut, Piece)
    assert cut.truncated
    assert len(str(cut.item.content)) <= 2048
    (failed,) = model.pieces(0, Item("t", "word " * 1000), ERROR)
    assert isinstance(failed, Failed)
    parts = model.pieces(0, Item("t", "word " * 1000), SEGMENT)
    assert len([p.span for p in parts if isinstance(p, Piece) and p.span]) == 3


def test_a_text_that_the_service_will_cut_is_marked() -> None:
    model = Cohere(version="v3-multilingual")
    (dense,) = model.pieces(0, Item("t", "本" * 1500), CORPUS)
    (plain,) = model.pieces(0, Item("t", "word" * 400), CORPUS)
    (kept,) = model.pieces(0, Item("t", "本" * 1500), ERROR)
    assert [p.truncated for p in (dense, plain, kept) if isinstance(p, Piece)] == [
        True, False, False,
    ]  # fmt: skip
    (mixed,) = Cohere().pieces(0, Item("t", ("本" * 200_000, picture())), CORPUS)
    assert isinstance(mixed, Piece)
    assert mixed.truncated
    assert mixed.tokens == 150_000


def test_images_over_the_limits_fail_before_a_call() -> None:
    model = Cohere()
    large = Media("image/png", data=png() + bytes(5_000_000))
    page = Page(picture(), 1)
    pdf = Page(Media("application/pdf", data=b"%PDF-1.7"), 1)
    for content in (large, ("text", large), Media("image/bmp", data=b"BM" + bytes(20)), pdf):
        (failed,) = model.pieces(3, Item("i", content), CORPUS)
        assert isinstance(failed, Failed)
        assert failed.index == 3
    (good,) = model.pieces(0, Item("i", page), CORPUS)
    assert isinstance(good, Piece)
    assert uri_of(good) == uri()
    assert "document" in model.modalities
    assert "document" not in Cohere(version="v3-english").modalities


def test_a_mix_that_no_call_can_hold_fails_before_a_call() -> None:
    large = Media("image/png", data=png() + bytes(4_900_000))
    (whole,) = Cohere().pieces(0, Item("i", ("a", large, large, large)), CORPUS)
    (failed,) = Cohere().pieces(0, Item("i", ("a", large, large, large, large)), CORPUS)
    assert isinstance(whole, Piece)
    assert isinstance(failed, Failed)
    assert "26,13" in failed.reason
    assert "the model takes 20,000,000" in failed.reason


def test_a_file_that_is_gone_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    (piece,) = Cohere().pieces(0, Item("i", Media("image/png", path=path)), CORPUS)
    path.unlink()
    assert isinstance(piece, Piece)
    with pytest.raises(Rejected, match="cannot be read"):
        Cohere().send((piece,), CORPUS, 256)


# --- answers ----------------------------------------------------------------------------------


def test_both_forms_of_an_answer_are_read(bedrock: Loopback) -> None:
    model = Cohere(concurrency=1)
    bedrock.answer = lambda path, body: {
        **answering(path, body),
        "embeddings": answering(path, body)["embeddings"]["float"],
    }
    found = embed(model, Item("a", "x"), Item("b", "y"))
    assert [f.vector[0] for f in found] == [1, 2]
    assert model.seen_forms == {"embeddings as a list"}
    bedrock.answer = answering
    embed(model, Item("a", "x"))
    assert model.seen_forms == {"embeddings as a list", "embeddings by type"}


@pytest.mark.parametrize("rows", [None, [], [[1.0] * 256], {"int8": []}, [[1.0] * 256] * 3, "x"])
def test_the_count_of_vectors_must_be_that_of_the_inputs(bedrock: Loopback, rows: Any) -> None:
    bedrock.answer = lambda path, body: {"embeddings": rows}
    call = (Piece(0, Item("a", "x")), Piece(1, Item("b", "y")))
    with pytest.raises(Transient, match="to 2 inputs"):
        Cohere().send(call, CORPUS, 256)


def test_tokens_of_a_call_are_shared_out_and_none_is_lost(bedrock: Loopback) -> None:
    bedrock.answer = answering
    bedrock.headers = {"x-amzn-bedrock-input-token-count": "10"}
    found = embed(Cohere(), Item("a", "x" * 8), Item("b", "y" * 24), Item("c", "z" * 4))
    assert [f.tokens for f in found] == [2, 6, 2]
    bedrock.headers = {}
    assert [f.tokens for f in embed(Cohere(), Item("a", "x"))] == [None]


def test_a_rejection_says_what_the_service_said(bedrock: Loopback) -> None:
    def no(path: str, body: Any) -> Any:
        message = "Malformed input request: #/texts/1: expected maxLength: 2048, actual: 2100"
        raise Refusal(400, "ValidationException", message)

    bedrock.answer = no
    with pytest.raises(Rejected, match="maxLength: 2048"):
        Cohere().send((Piece(0, Item("a", "x")),), CORPUS, 256)


def test_a_description() -> None:
    model, old = Cohere(), Cohere(version="v3-english")
    assert (model.sizes, old.sizes) == ((1536, 1024, 512, 256), (1024,))
    assert (model.nested, old.nested) == ("unknown", "no")
    assert model.facts.per_call == 96


def test_usage_counts_the_calls_that_inputs_share() -> None:
    items = [Item(str(n), "abcd") for n in range(48)] + [Item("i", picture())] * 3
    new = Cohere().usage(items, CORPUS, 256)
    old = Cohere(version="v3-english").usage(items, CORPUS, 1024)
    assert (new.calls, old.calls) == (51 / 96, 3.5)
    assert (new.tokens, new.images) == (48, 3)
    assert Cohere(concurrency=2).batch == 192
