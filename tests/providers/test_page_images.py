"""Pages of PDF documents reach services as images, drawn when they are sent."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.providers._calls import Rejected
from evalkit.providers._page_images import WHOLE_PDF, with_pages_drawn
from evalkit.providers._pieces import ONE_AT_A_TIME
from evalkit.providers.cohere import Cohere
from evalkit.providers.gemini import Gemini
from evalkit.providers.nova import Nova
from evalkit.providers.vertex_multimodal import VertexMultimodal
from tests.providers import json_server, loopback
from tests.providers.json_server import JsonServer, Reply
from tests.providers.loopback import Loopback

PAGES = Role("corpus", frozenset({"document"}))
INCHES = (4, 3)


def pdf(pages: int = 2) -> Media:
    """Pages of 4 x 3 inches with a line each."""
    out = io.BytesIO()
    canvas = Canvas(out, (INCHES[0] * 72, INCHES[1] * 72), invariant=True)
    for n in range(pages):
        canvas.drawString(40, 100, f"Page {n + 1} of the accounts")
        canvas.showPage()
    canvas.save()
    return Media("application/pdf", data=out.getvalue())


def opened(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with loopback.serving(monkeypatch) as one:
        yield one


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[JsonServer]:
    monkeypatch.setenv("GEMINI_API_KEY", "key")
    monkeypatch.setenv("GOOGLE_ACCESS_TOKEN", "token")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop")
    values = [1.0, *[0.0] * 255]
    both = {"embeddings": [{"values": values}], "predictions": [{"imageEmbedding": values}]}
    with json_server.serving(lambda sent: Reply(both)) as one:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", one.address)
        monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", one.address)
        yield one


def embed(model: Any, *contents: Any) -> list[Any]:
    items = [Item(str(n), content) for n, content in enumerate(contents)]
    return sorted(model.embed(items, PAGES, 256), key=lambda one: one.index)


# --- what is sent -------------------------------------------------------------------------------


@pytest.mark.parametrize(("dpi", "model"), [(150, Nova()), (60, Nova(page_dpi=60))])
def test_nova_reads_a_page_closely_at_the_resolution_of_the_suite(
    bedrock: Loopback, dpi: int, model: Nova
) -> None:
    bedrock.answer = lambda path, body: {
        "embeddings": [{"embeddingType": "IMAGE", "embedding": [0.5] * 256}]
    }
    (found,) = embed(model, Page(pdf(), 2))
    assert isinstance(found, Embedded)
    image = bedrock.bodies[0]["singleEmbeddingParams"]["image"]
    assert (image["format"], image["detailLevel"]) == ("png", "DOCUMENT_IMAGE")
    assert opened(image["source"]["bytes"]).width == INCHES[0] * dpi


def test_cohere_takes_pages_alone_and_beside_words(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: {
        "embeddings": {"float": [[0.5] * 256] * len(body.get("images") or body["inputs"])}
    }
    document = pdf()
    found = embed(Cohere(), Page(document, 1), Page(document, 2), ("and this", Page(document, 1)))
    assert [type(one) for one in found] == [Embedded] * 3
    alone = next(body["images"] for body in bedrock.bodies if "images" in body)
    (mix,) = next(body["inputs"] for body in bedrock.bodies if "inputs" in body)
    uris = [*alone, mix["content"][1]["image_url"]["url"]]
    assert [opened(uri.removeprefix("data:image/png;base64,")).width for uri in uris] == [600] * 3


@pytest.mark.parametrize(
    ("model", "where"),
    [
        (Gemini(model_id="gemini-embedding-2", sizes=(256,)), "inline_data"),
        (VertexMultimodal(), "bytesBase64Encoded"),
    ],
)
def test_google_takes_pages(google: JsonServer, model: Any, where: str) -> None:
    (found,) = embed(model, Page(pdf(), 1))
    assert isinstance(found, Embedded)
    sent = json.dumps(google.sent[0].body)
    assert "image/png" in sent
    assert where in sent


def test_pages_are_drawn_when_they_are_sent() -> None:
    page = Page(pdf(), 1)
    for model in (Nova(), Cohere(), Gemini(model_id="gemini-embedding-2"), VertexMultimodal()):
        (piece,) = model.pieces(0, Item("a", page), PAGES)
        assert not isinstance(piece, Failed)
        assert piece.item.content == page


# --- limits -------------------------------------------------------------------------------------


def photo_page() -> Page:
    """A page full of noise, which PNG cannot make small."""
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3), np.uint8)
    out = io.BytesIO()
    canvas = Canvas(out, (288, 216), invariant=True)
    canvas.drawInlineImage(Image.fromarray(noise), 0, 0, 288, 216)
    canvas.save()
    return Page(Media("application/pdf", data=out.getvalue()), 1)


def sized(most: int) -> Media:
    page = with_pages_drawn(Item("a", photo_page()), 150, most).content
    assert isinstance(page, Page)
    return page.document


def test_a_page_over_the_limit_is_sent_as_jpeg_once() -> None:
    png = sized(10_000_000)
    size = len(png.read())
    jpeg = sized(size - 1)
    assert (png.mime, jpeg.mime) == ("image/png", "image/jpeg")
    assert len(jpeg.read()) < size
    with pytest.raises(Rejected, match=r"even as JPEG; the model takes 20,000. Lower `page_dpi`"):
        sized(20_000)


def test_the_same_page_is_drawn_to_the_same_bytes() -> None:
    assert sized(10_000_000) == sized(10_000_000)


@pytest.mark.parametrize(
    "make", [Nova, Cohere, VertexMultimodal, lambda **k: Gemini(model_id="gemini-embedding-2", **k)]
)
def test_the_resolution_is_part_of_the_request_and_checked(
    google: JsonServer, make: Callable[..., Any]
) -> None:
    page, scan = Item("a", Page(pdf(), 1)), Item("b", Page(Media("image/png", data=b""), 1))
    assert make(page_dpi=100).request(page, PAGES, 256) != make().request(page, PAGES, 256)
    assert make(page_dpi=100).request(scan, PAGES, 256) == make().request(scan, PAGES, 256)
    for wrong in (0, 29, 601):
        with pytest.raises(UsageError, match=f"page_dpi: {wrong} is not from 30 to 600"):
            make(page_dpi=wrong)


def test_a_version_without_pages_fails_them() -> None:
    (failed,) = Cohere(version="v3-english").pieces(0, Item("a", Page(pdf(), 1)), PAGES)
    assert isinstance(failed, Failed)


@pytest.mark.parametrize("model", [Nova(), Cohere(), VertexMultimodal()])
def test_what_stands_in_the_way_is_told_with_the_step_that_helps(model: Any) -> None:
    document = pdf(3)
    told: list[tuple[Media | Page, str]] = [
        (document, WHOLE_PDF),
        (Page(document, 4), "its document has 3 pages, and no page 4."),
        (Page(Media("application/pdf", data=b"%PDF-1.7"), 1), "cut short"),
    ]
    for content, words in told:
        (failed,) = model.pieces(0, Item("a", content), PAGES)
        assert isinstance(failed, Failed)
        assert words in failed.reason


def test_only_what_reads_mixes_takes_them() -> None:
    mix = Item("a", ("like this", Page(pdf(), 1)))
    for one_at_a_time in (Nova(), VertexMultimodal(), Cohere(version="v3-english")):
        assert one_at_a_time.pieces(0, mix, PAGES) == [Failed(0, ONE_AT_A_TIME)]
    for reader in (Cohere(), Gemini(model_id="gemini-embedding-2")):
        (piece,) = reader.pieces(0, mix, PAGES)
        assert not isinstance(piece, Failed)
