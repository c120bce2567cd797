"""Nova: what is sent field by field, and how answers are read."""

import base64
import io
import math
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from evalkit.core.errors import ProviderError
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Embedder, Failed, JobEmbedder, Refused, Role
from evalkit.providers import _nova_body as body
from evalkit.providers._calls import Rejected, Transient
from evalkit.providers.nova import Nova
from tests.providers.loopback import Loopback, Refusal, serving

TEXT = Role("query", frozenset({"text"}))
INDEX = Role("corpus", frozenset({"text", "image"}))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with serving(monkeypatch) as one:
        one.answer = lambda path, body: said(256)
        yield one


def said(dim: int, **more: Any) -> dict[str, Any]:
    return {"embeddings": [{"embeddingType": "TEXT", "embedding": [0.5] * dim, **more}]}


def wav(seconds: int, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\0\1" * rate * seconds)
    return out.getvalue()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    return out.getvalue()


def embed(model: Nova, item: Item, role: Role = TEXT, dim: int = 256) -> list[Any]:
    return list(model.embed([item], role, dim))


def ask(model: Nova, item: Item, role: Role = TEXT, dim: int = 256) -> list[Any]:
    """Make one attempt, which raises what the engine would deal with."""
    (piece,) = model.pieces(0, item, role)
    assert not isinstance(piece, Failed), piece
    return list(model.send((piece,), role, dim))


def params(server: Loopback) -> dict[str, Any]:
    return dict(server.bodies[-1]["singleEmbeddingParams"])


def test_it_keeps_the_protocols() -> None:
    model = Nova()
    assert cast("Embedder", model).sizes == (3072, 1024, 384, 256)
    job: JobEmbedder = model
    assert job.poll_seconds > 0


# --- requests -----------------------------------------------------------------------------------


def test_text(server: Loopback) -> None:
    server.headers = {"x-amzn-bedrock-input-token-count": "3"}
    (found,) = embed(Nova(), Item("a", "warm red scarf"))

    assert server.sent[0][0] == "/model/amazon.nova-2-multimodal-embeddings-v1:0/invoke"
    assert server.bodies == [
        {
            "schemaVersion": "nova-multimodal-embed-v1",
            "taskType": "SINGLE_EMBEDDING",
            "singleEmbeddingParams": {
                "embeddingPurpose": "TEXT_RETRIEVAL",
                "embeddingDimension": 256,
                "text": {"truncationMode": "END", "value": "warm red scarf"},
            },
        }
    ]
    assert isinstance(found, Embedded)
    assert (found.kind, found.tokens, found.truncated) == ("whole", 3, False)
    assert found.request_id
    assert math.isclose(found.norm, 8.0)
    np.testing.assert_array_equal(found.vector, np.full(256, 0.5, np.float32))


def test_a_photo_and_a_page(server: Loopback) -> None:
    photo, data = Media("image/jpg", data=jpeg()), base64.b64encode(jpeg()).decode()
    embed(Nova(), Item("a", photo), INDEX)
    assert params(server)["image"] == {
        "format": "jpeg",
        "source": {"bytes": data},
        "detailLevel": "STANDARD_IMAGE",
    }
    embed(Nova(), Item("a", Page(photo, 1)), INDEX)
    assert params(server)["image"]["detailLevel"] == "DOCUMENT_IMAGE"
    embed(Nova(detail="document"), Item("a", photo), INDEX)
    assert params(server)["image"]["detailLevel"] == "DOCUMENT_IMAGE"
    embed(Nova(detail="standard"), Item("a", Page(photo, 1)), INDEX)
    assert params(server)["image"]["detailLevel"] == "STANDARD_IMAGE"


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "JPEG")
    return out.getvalue()


def test_audio(server: Loopback) -> None:
    sound = Media("audio/x-wav", data=wav(1))
    embed(Nova(), Item("a", sound), INDEX)
    told = params(server)["audio"]
    assert told["format"] == "wav"
    assert base64.b64decode(told["source"]["bytes"]) == wav(1)


@pytest.mark.parametrize(
    ("mime", "format"),
    [
        ("video/mp4", "mp4"),
        ("video/quicktime", "mov"),
        ("video/x-matroska", "mkv"),
        ("video/webm", "webm"),
        ("video/x-flv", "flv"),
        ("video/mpeg", "mpeg"),
        ("video/x-ms-wmv", "wmv"),
        ("video/3gpp", "3gp"),
        ("image/webp", "webp"),
        ("image/gif", "gif"),
        ("audio/mpeg", "mp3"),
        ("audio/ogg", "ogg"),
    ],
)
def test_formats_have_the_names_of_the_service(mime: str, format: str) -> None:
    item = Item("a", Media(mime, data=b"x"))
    told: Any = body.media_content(item, body.in_s3("s3://b/k"), "auto", "separate")
    ((kind, found),) = told.items()
    assert kind == mime.partition("/")[0]
    assert found["format"] == format
    assert found["source"] == {"s3Location": {"uri": "s3://b/k"}}
    assert found.get("embeddingMode") == ("AUDIO_VIDEO_SEPARATE" if kind == "video" else None)


# --- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (Item("a", " "), "empty"),
        (Item("a", ("red", Media("image/png", data=b"x"))), "step `parts`"),
        (Item("a", Media("image/tiff", data=b"x")), "image/tiff"),
        (Item("a", Media("application/pdf", data=b"%PDF-")), "step `pages`"),
        (Item("a", Page(Media("application/pdf", data=b"%PDF-"), 1)), "cut short"),
        (Item("a", Media("image/png", data=b"")), "empty"),
        (Item("a", Media("image/png", path=Path("/nowhere.png"))), "cannot be read"),
        (Item("a", Media("audio/wav", data=wav(31))), "31.0 seconds"),
        (Item("a", Media("audio/wav", data=wav(31))), "step `segments`"),
    ],
)
def test_what_it_cannot_take_is_not_sent(server: Loopback, item: Item, words: str) -> None:
    (found,) = embed(Nova(), item, INDEX)
    assert isinstance(found, Failed)
    assert words in found.reason
    assert not server.sent


def test_base64_growth_is_reckoned_with(server: Loopback) -> None:
    sound = Item("a", Media("audio/wav", data=wav(12, 48_000)))
    (found,) = embed(Nova(max_inline_bytes=1_000_000), sound, INDEX)
    assert isinstance(found, Failed)
    assert "1,000,000" in found.reason
    assert "`jobs`" in found.reason
    assert Nova().max_inline_bytes * 4 / 3 < 25_000_000


def test_the_service_cuts_text_and_says_so(server: Loopback) -> None:
    server.answer = lambda path, body: said(256, truncatedCharLength=40)
    (found,) = embed(Nova(), Item("a", "word " * 8000))
    assert found.truncated
    assert len(params(server)["text"]["value"]) == 40_000


@pytest.mark.parametrize(("truncation", "first"), [("END", "first"), ("START", "last")])
def test_text_over_the_hard_limit_is_cut_here(
    server: Loopback, truncation: Any, first: str
) -> None:
    text = "first " + "x" * 60_000 + " last"
    (found,) = embed(Nova(truncation=truncation), Item("a", text))
    sent = params(server)["text"]
    assert found.truncated
    assert len(sent["value"]) <= 50_000
    assert sent["truncationMode"] == truncation
    assert [word for word in ("first", "last") if word in sent["value"]] == [first]


def test_where_nothing_may_be_cut_it_is_an_error(server: Loopback) -> None:
    strict = Role("query", frozenset({"text"}), overflow="error")
    (found,) = embed(Nova(), Item("a", "word " * 8000), strict)
    assert isinstance(found, Failed)
    assert "8,192" in found.reason
    assert not server.sent

    embed(Nova(truncation="START"), Item("a", "short"), strict)
    assert params(server)["text"]["truncationMode"] == "NONE"
    server.answer = lambda path, body: said(256, truncatedCharLength=2)
    with pytest.raises(Rejected, match="cut"):
        ask(Nova(), Item("a", "short"), strict)


def test_parts_of_a_long_text_have_spans(server: Loopback) -> None:
    cut = Role("corpus", frozenset({"text"}), overflow="segment")
    found = embed(Nova(), Item("a", "word " * 8000), cut)
    assert len(found) == 2
    assert found[0].span[1] == found[1].span[0]
    assert found[1].span[1] == 40_000


def test_a_size_that_is_not_offered(server: Loopback) -> None:
    with pytest.raises(ProviderError, match="3072, 1024, 384, 256, not 512"):
        embed(Nova(), Item("a", "x"), dim=512)
    assert not server.sent


# --- answers ------------------------------------------------------------------------------------


def video_item() -> Item:
    return Item("v", Media("video/mp4", data=b"x"))


def test_picture_and_sound_are_told_apart_by_type_not_by_place() -> None:
    model = Nova(video_mode="separate")
    rows = [
        {"embeddingType": "AUDIO", "embedding": [1.0] * 256},
        {"embeddingType": "VIDEO", "embedding": [2.0] * 256},
    ]
    found = model._outcomes(piece_of(video_item()), {"embeddings": rows}, INDEX, 256)
    assert [(one.kind, one.vector[0]) for one in found] == [("AUDIO", 1.0), ("VIDEO", 2.0)]
    assert not model.seen_forms


def test_without_types_the_place_counts_and_is_told() -> None:
    model = Nova(video_mode="separate")
    rows = [{"embedding": [1.0] * 256, "embeddingLength": 256}, {"embedding": [2.0] * 256}]
    found = model._outcomes(piece_of(video_item()), {"embeddings": rows}, INDEX, 256)
    assert [one.kind for one in found] == ["VIDEO by place", "AUDIO by place"]
    assert model.seen_forms == {"no embeddingType"}


def test_a_silent_video_may_have_one_vector() -> None:
    rows = [{"embeddingType": "VIDEO", "embedding": [1.0] * 256}]
    model = Nova(video_mode="separate")
    (found,) = model._outcomes(piece_of(video_item()), {"embeddings": rows}, INDEX, 256)
    assert found.kind == "VIDEO"


def piece_of(item: Item) -> Any:
    from evalkit.providers._calls import Piece

    return Piece(0, item)


GOOD = [0.5] * 256


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"embeddings": []},
        {"embeddings": [{"embedding": GOOD}, {"embedding": GOOD}]},
        {"embeddings": [{"embedding": GOOD[:-1]}]},
        {"embeddings": [{"embedding": [float("nan")] * 256}]},
        {"embeddings": [{"embedding": [0.0] * 256}]},
        {"embeddings": [{}]},
        {"embeddings": ["x"]},
    ],
)
def test_an_answer_that_is_no_vector_is_asked_for_again(server: Loopback, answer: Any) -> None:
    server.answer = lambda path, body: answer
    with pytest.raises(Transient):
        ask(Nova(), Item("a", "x"))


def test_two_vectors_of_one_kind_are_asked_for_again() -> None:
    rows = [{"embeddingType": "VIDEO", "embedding": GOOD}] * 2
    with pytest.raises(Transient, match="twice"):
        Nova(video_mode="separate")._outcomes(
            piece_of(video_item()), {"embeddings": rows}, INDEX, 256
        )


def test_a_refusal_is_no_failure(server: Loopback) -> None:
    def refuse(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "Input blocked by content filter")

    server.answer = refuse
    with pytest.raises(Rejected) as caught:
        ask(Nova(), Item("a", "x"))
    assert caught.value.refused


def test_the_wrong_region_is_told(server: Loopback) -> None:
    def refuse(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "The provided model identifier is invalid.")

    server.answer = refuse
    with pytest.raises(ProviderError, match="not offered in us-west-2"):
        ask(Nova(region="us-west-2"), Item("a", "x"))


def test_a_file_that_is_gone_by_then_is_a_failure(server: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    model = Nova()
    (piece,) = model.pieces(0, Item("a", Media("image/png", path=path)), INDEX)
    assert not isinstance(piece, Failed)
    path.unlink()
    with pytest.raises(Rejected, match="cannot be read"):
        model.send((piece,), INDEX, 256)


def test_usage_counts_calls_tokens_images_and_seconds() -> None:
    items = [
        Item("a", "warm red scarf"),
        Item("b", Media("image/png", data=png())),
        Item("c", Media("audio/wav", data=wav(2))),
    ]
    use = Nova().usage(items, INDEX, 256)
    assert (use.calls, use.tokens, use.images) == (3, 4, 1)
    assert math.isclose(use.audio_seconds, 2.0)


def test_a_whole_batch_comes_back(server: Loopback) -> None:
    items = [Item(f"t{n}", f"text {n}") for n in range(20)]
    found = list(Nova().embed(items, TEXT, 256))
    assert sorted(one.index for one in found) == list(range(20))
    assert not any(isinstance(one, (Failed, Refused)) for one in found)
