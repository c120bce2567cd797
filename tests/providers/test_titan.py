"""Titan Text V2 and Titan Multimodal G1: what is sent, field by field, and how answers are read."""

import base64
import io
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image

from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.providers._calls import Piece, Rejected, Transient
from evalkit.providers._titan import Titan, shorter
from evalkit.providers.titan_multimodal import TitanMultimodal
from evalkit.providers.titan_text import TitanText
from tests.providers.loopback import Loopback, Refusal, serving

QUERY = Role("query", frozenset({"text"}))
ERROR = Role("corpus", frozenset({"text"}), overflow="error")
SEGMENT = Role("corpus", frozenset({"text"}), overflow="segment")


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with serving(monkeypatch) as server:
        yield server


def png(width: int = 8, height: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def picture(width: int = 8, height: int = 8) -> Media:
    return Media("image/png", data=png(width, height))


def values(dim: int, at: int = 0) -> list[float]:
    return [2.0 if n == at else 0.0 for n in range(dim)]


def text_answer(dim: int, tokens: int = 3) -> dict[str, Any]:
    vector = values(dim)
    return {
        "embedding": vector,
        "embeddingsByType": {"float": vector},
        "inputTextTokenCount": tokens,
    }


def words(count: int) -> str:
    return " ".join(["word"] * count)


def counting(limit: int) -> Any:
    """Answer like a service that takes `limit` words, each counting as one token."""

    def answer(path: str, body: Any) -> Any:
        count = len(body["inputText"].split())
        if count > limit:
            raise Refusal(
                400,
                "ValidationException",
                "400 Bad Request: Too many input tokens. "
                f"Max input tokens: {limit}, request input token count: {count}",
            )
        return text_answer(256, count)

    return answer


def embed(model: Titan, *items: Item, role: Role = QUERY, dim: int = 256) -> list[Any]:
    return sorted(model.embed(items, role, dim), key=lambda o: o.index)


# --- text -------------------------------------------------------------------------------------


def test_a_text_is_asked_for_as_documented(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: text_answer(body["dimensions"])
    model = TitanText()
    (found,) = embed(model, Item("a", "red scarf"), dim=512)
    assert bedrock.sent == [
        (
            "/model/amazon.titan-embed-text-v2:0/invoke",
            {
                "inputText": "red scarf",
                "dimensions": 512,
                "normalize": True,
                "embeddingTypes": ["float"],
            },
        )
    ]
    assert found.vector.shape == (512,)
    assert (found.norm, found.tokens, found.truncated, found.span) == (2.0, 3, False, None)
    assert found.request_id == "r1"
    assert model.seen_forms == {"embeddingsByType"}


def test_vectors_may_be_left_as_long_as_they_are(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: text_answer(256)
    model = TitanText(normalize=False)
    embed(model, Item("a", "x"))
    assert bedrock.bodies[0]["normalize"] is False
    assert model.request(Item("a", "x"), QUERY, 256) == {**model.place, "normalize": False}


def test_both_forms_of_an_answer_are_read(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: {"embedding": values(256, 7)}
    bedrock.headers = {"x-amzn-bedrock-input-token-count": "11"}
    model = TitanText()
    (found,) = embed(model, Item("a", "x"))
    assert found.vector[7] == 2
    assert found.tokens == 11
    assert model.seen_forms == {"embedding"}


def test_the_typed_form_is_read_first(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: {
        "embedding": values(256, 1),
        "embeddingsByType": {"float": values(256, 9)},
    }
    (found,) = embed(TitanText(), Item("a", "x"))
    assert found.vector[9] == 2


@pytest.mark.parametrize("body", [{}, {"embedding": values(255)}, {"embedding": [0.0] * 256}])
def test_an_answer_without_a_vector_is_asked_for_again(bedrock: Loopback, body: Any) -> None:
    bedrock.answer = lambda path, sent: body
    with pytest.raises(Transient):
        TitanText().send((Piece(0, Item("a", "x")),), QUERY, 256)


def test_a_text_over_the_token_limit_is_cut_by_what_the_service_counts(bedrock: Loopback) -> None:
    bedrock.answer = counting(50)
    (found,) = embed(TitanText(), Item("a", words(200)))
    assert isinstance(found, Embedded)
    assert found.truncated
    assert found.span is None
    assert len(bedrock.sent) == 2
    assert 40 <= found.tokens <= 50  # type: ignore[operator]
    assert words(200).startswith(bedrock.bodies[1]["inputText"])


def test_cutting_ends(bedrock: Loopback) -> None:
    def never(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "Too many input tokens.")

    bedrock.answer = never
    model = TitanText()
    (failed,) = embed(model, Item("a", words(400)))
    assert failed == Failed(0, "Too many input tokens.")
    assert len(bedrock.sent) == model.traffic.calls == 5
    lengths = [len(body["inputText"]) for body in bedrock.bodies]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[-1] < lengths[0] / 8


def test_a_text_that_may_not_be_cut_is_rejected(bedrock: Loopback) -> None:
    bedrock.answer = counting(50)
    (failed,) = embed(TitanText(), Item("a", words(200)), role=ERROR)
    assert isinstance(failed, Failed)
    assert "count: 200" in failed.reason
    assert len(bedrock.sent) == 1


def test_segments_cover_the_text_and_count_from_its_beginning(bedrock: Loopback) -> None:
    bedrock.answer = counting(50)
    text = words(120)
    found = embed(TitanText(), Item("a", text), role=SEGMENT)
    assert len(found) >= 3
    spans = sorted(f.span for f in found)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    sent = [text[int(a) : int(b)] for a, b in spans]
    assert all(part in [body["inputText"] for body in bedrock.bodies] for part in sent)


def test_parts_of_an_item_stay_together_and_none_is_lost(bedrock: Loopback) -> None:
    bedrock.answer = counting(8000)
    texts = [words(40_000 + n) for n in range(2)]
    items = [Item(str(n), text) for n, text in enumerate(texts)]
    found: list[Any] = [*TitanText().embed(items, SEGMENT, 256)]
    order = [f.index for f in found]
    assert [n for n, before in zip(order, [-1, *order], strict=False) if n != before] == list(
        dict.fromkeys(order)
    )
    for n, text in enumerate(texts):
        spans = sorted(f.span for f in found if f.index == n and f.span)
        assert len(spans) >= 8
        assert (spans[0][0], spans[-1][1]) == (0, len(text))
        assert all(a[1] == b[0] for a, b in pairwise(spans))


def test_an_item_of_which_a_part_cannot_be_cut_fails_in_that_part(bedrock: Loopback) -> None:
    count = counting(50)

    def answer(path: str, body: Any) -> Any:
        if "bad" in body["inputText"]:
            raise Refusal(400, "ValidationException", "no such words")
        return count(path, body)

    bedrock.answer = answer
    found = embed(TitanText(), Item("a", words(60)), Item("b", "bad"), role=SEGMENT)
    assert [type(f) for f in found] == [Embedded, Embedded, Failed]
    assert found[2] == Failed(1, "no such words")


def test_segments_of_segments_count_from_the_beginning_of_the_item() -> None:
    piece = Piece(4, Item("a", words(20)), span=(1000.0, 1099.0))
    parts = shorter(piece, SEGMENT, 0.5)
    spans = [p.span for p in parts if p.span]
    assert (spans[0][0], spans[-1][1]) == (1000, 1099)
    assert len(spans) >= 2
    assert {p.index for p in parts} == {4}


def test_a_text_over_50000_characters_is_cut_before_the_call(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: text_answer(256)
    cut, failed = (
        embed(TitanText(), Item("a", words(20_000))),
        embed(TitanText(), Item("a", words(20_000)), role=ERROR),
    )
    assert cut[0].truncated
    assert len(bedrock.bodies[0]["inputText"]) <= 50_000
    assert isinstance(failed[0], Failed)
    assert len(bedrock.sent) == 1


def test_other_rejections_are_not_cut(bedrock: Loopback) -> None:
    def no(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "Malformed input: dimensions 7 is wrong")

    bedrock.answer = no
    (failed,) = embed(TitanText(), Item("a", "x"))
    assert isinstance(failed, Failed)
    assert len(bedrock.sent) == 1


# --- multimodal -------------------------------------------------------------------------------


def image_answer(dim: int = 256) -> dict[str, Any]:
    return {"embedding": values(dim), "inputTextTokenCount": 5, "message": None}


def test_texts_images_and_both_are_asked_for_as_documented(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: image_answer(384)
    encoded = base64.b64encode(png()).decode()
    found = embed(
        TitanMultimodal(concurrency=1),
        Item("t", "red scarf"),
        Item("i", picture()),
        Item("b", (picture(), "warm", "red")),
        dim=384,
    )
    assert all(isinstance(f, Embedded) for f in found)
    size = {"outputEmbeddingLength": 384}
    assert bedrock.sent == [
        ("/model/amazon.titan-embed-image-v1/invoke", body)
        for body in (
            {"inputText": "red scarf", "embeddingConfig": size},
            {"inputImage": encoded, "embeddingConfig": size},
            {"inputText": "warm\nred", "inputImage": encoded, "embeddingConfig": size},
        )
    ]
    assert [f.tokens for f in found] == [5, 5, 5]


def test_a_message_is_an_error_even_with_a_vector(bedrock: Loopback) -> None:
    for said, refused in (
        ("This request has been blocked by our content filters.", True),
        ("The image could not be decoded.", False),
    ):
        answer = {**image_answer(), "message": said}
        bedrock.answer = lambda path, body, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(Rejected) as caught:
            TitanMultimodal().send((Piece(0, Item("a", "x")),), QUERY, 256)
        assert (caught.value.reason, caught.value.refused) == (said, refused)


def test_what_a_call_cannot_carry_fails_before_it(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: image_answer()
    found = embed(
        TitanMultimodal(),
        Item("two", (picture(), picture())),
        Item("wide", picture(width=2049)),
        Item("broken", (Media("image/png", data=b"GIF89a"), "text")),
        Item("webp", Media("image/webp", data=b"RIFF\0\0\0\0WEBP")),
        Item("sound", Media("audio/wav", data=b"RIFF\0\0\0\0WAVE")),
        Item("empty", " "),
    )
    assert [type(f) for f in found] == [Failed] * 6
    assert "step `parts`" in found[0].reason
    assert "2049" in found[1].reason
    assert bedrock.sent == []


def test_an_image_too_large_for_a_request_fails_before_it() -> None:
    data = png() + bytes(18_750_000)
    (failed,) = TitanMultimodal().pieces(0, Item("a", Media("image/png", data=data)), QUERY)
    assert isinstance(failed, Failed)
    assert "bytes" in failed.reason
    data = png() + bytes(18_700_000)
    (piece,) = TitanMultimodal().pieces(0, Item("a", Media("image/png", data=data)), QUERY)
    assert isinstance(piece, Piece)
    assert len(base64.b64encode(data)) < 25_000_000


def test_an_image_stays_with_a_text_that_is_cut(bedrock: Loopback) -> None:
    answer = counting(50)
    bedrock.answer = lambda path, body: {**answer(path, body), "message": ""}
    (found,) = embed(TitanMultimodal(), Item("a", (words(100), picture())))
    assert found.truncated
    assert len(bedrock.sent) == 2
    assert all("inputImage" in body for body in bedrock.bodies)
    assert len(bedrock.bodies[1]["inputText"]) < len(bedrock.bodies[0]["inputText"])


def test_an_image_with_a_blank_text_is_an_image(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: image_answer()
    embed(TitanMultimodal(), Item("a", (picture(), " ")))
    assert "inputText" not in bedrock.bodies[0]


def test_refusals_come_out_of_embed(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: {"embedding": None, "message": "blocked by policy"}
    (found,) = embed(TitanMultimodal(attempts=2), Item("a", "x"))
    assert isinstance(found, Refused)
    assert len(bedrock.sent) == 1


def test_descriptions() -> None:
    text, both = TitanText(), TitanMultimodal(region="eu-west-1")
    assert (text.model, text.sizes, text.nested) == (
        "amazon.titan-embed-text-v2:0",
        (1024, 512, 256),
        "unknown",
    )
    assert (both.model, both.sizes) == ("amazon.titan-embed-image-v1", (1024, 384, 256))
    assert both.modalities == {"text", "image"}
    assert both.request(Item("a", "short"), SEGMENT, 1024) == {"region": "eu-west-1"}
    perhaps = {"region": "eu-west-1", "overflow": "segment"}  # 257 bytes may be 257 tokens
    assert both.request(Item("a", "x" * 257), SEGMENT, 1024) == perhaps
    assert text.facts.per_call == both.facts.per_call == 1
