"""Pages and chunks of documents, captions of pictures, and the parts of a mix."""

import io
import time
from functools import partial
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media, Page
from evalkit.core.systems import Piece, Prepare
from evalkit.prepare.captions import Captions
from evalkit.prepare.chunks import Chunks
from evalkit.prepare.pages import Pages
from evalkit.prepare.parts import Parts
from tests.media.making import complaint, stored, tone, wav

PHOTO = Media("image/png", Path("nowhere.png"))


def document(*texts: str) -> Media:
    out = io.BytesIO()
    canvas = Canvas(out, (400, 100), invariant=True)
    for text in texts:
        canvas.drawString(20, 50, text)
        canvas.showPage()
    canvas.save()
    return Media("application/pdf", data=out.getvalue())


def test_a_document_becomes_its_pages() -> None:
    made = document("first", "second")
    expected = [Piece(Page(made, n), (n, n)) for n in (1, 2)]
    assert Pages().apply(Item("a", made)) == expected


def test_one_page_and_a_mix_with_a_document_stay() -> None:
    made = document("first", "second")
    for content in (Page(made, 2), ("words", made), "words", PHOTO):
        assert Pages().apply(Item("a", content)) == [Piece(content)]


def test_two_thousand_pages_are_pieces_without_being_drawn() -> None:
    long = document(*(["x"] * 2000))
    start = time.process_time()
    assert len(Pages().apply(Item("a", long))) == 2000
    assert time.process_time() - start < 0.5


def test_the_text_layer_is_cut_page_by_page() -> None:
    made = document("one two three four five", "six seven")
    pieces = Chunks(words=3, overlap=1).apply(Item("a", made))
    assert [(piece.content, piece.span) for piece in pieces] == [
        ("one two three", (1, 1)),
        ("three four five", (1, 1)),
        ("six seven", (2, 2)),
    ]
    assert [p.content for p in Chunks().apply(Item("a", Page(made, 2)))] == ["six seven"]


def test_a_text_is_cut_into_the_words_that_its_spans_say() -> None:
    text = "one  two three\nfour five six seven"
    pieces = Chunks(words=3, overlap=1).apply(Item("a", text))
    assert [piece.content for piece in pieces] == [
        "one  two three",
        "three\nfour five",
        "five six seven",
    ]
    for piece in pieces:
        assert piece.span is not None
        assert text[int(piece.span[0]) : int(piece.span[1])] == piece.content
    assert Chunks().apply(Item("a", " ")) == [Piece(" ")]


@pytest.mark.parametrize(("words", "overlap"), [(0, 0), (5, 5), (5, -1)])
def test_chunks_that_would_not_end(words: int, overlap: int) -> None:
    with pytest.raises(UsageError, match="cannot overlap by"):
        Chunks(words=words, overlap=overlap)


def test_a_document_without_text_is_named(tmp_path: Path) -> None:
    scan = stored(tmp_path, "a.pdf", document("").data or b"", "application/pdf")
    told = "it has no text layer to take chunks from. Embed its pages as images."
    for content in (scan, Page(scan, 1)):
        said = complaint(partial(Chunks().apply, Item("a", content)))
        assert said == f"{scan.path}: {told}"


def test_a_document_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    broken = stored(tmp_path, "a.pdf", b"words", "application/pdf")
    steps: tuple[Prepare, ...] = (Pages(), Chunks())
    for step in steps:
        told = complaint(partial(step.apply, Item("a", broken)))
        assert told.startswith(f"{broken.path}: its bytes are no PDF.")
    beyond = Page(document("one"), 2)
    assert complaint(lambda: Chunks().apply(Item("a", beyond))) == (
        "it has 1 page, and no page 2. Correct the page number."
    )


def test_a_caption_stands_for_what_is_seen_or_heard() -> None:
    tags = {"caption": ("a red scarf", "on snow"), "alt": ("scarf",)}
    for content in (PHOTO, wav(tone(0.1))):
        assert Captions().apply(Item("a", content, tags)) == [Piece("a red scarf on snow")]
        assert Captions(tag="alt").apply(Item("a", content, tags)) == [Piece("scarf")]


def test_texts_documents_and_mixes_need_no_caption() -> None:
    for content in ("words", document("one"), ("words", PHOTO)):
        assert Captions().apply(Item("a", content)) == [Piece(content)]


def test_a_picture_without_a_caption_is_an_item_error() -> None:
    assert complaint(lambda: Captions().apply(Item("a", PHOTO))) == (
        "the item has no tag 'caption', which would hold its caption. Add captions to the data set."
    )


def test_a_mix_becomes_its_parts_in_order() -> None:
    mix = (PHOTO, "in blue", "with dots")
    assert Parts().apply(Item("a", mix)) == [Piece(part) for part in mix]
    assert Parts().apply(Item("a", "words")) == [Piece("words")]
