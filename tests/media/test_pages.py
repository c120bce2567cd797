import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media, Page
from evalkit.media.pages import page_count, page_image, page_media, page_text, pages
from tests.media.making import complaint, stored

PDF = "application/pdf"
OPENING: tuple[Callable[[Media], object], ...] = (
    page_count,
    pages,
    lambda document: page_image(Page(document, 1)),
    lambda document: page_text(Page(document, 1)),
)


def pdf(
    texts: list[str],
    size: tuple[float, float] = A4,
    password: str | None = None,
) -> bytes:
    out = io.BytesIO()
    lock = None if password is None else StandardEncryption(password)
    canvas = Canvas(out, size, invariant=True, encrypt=lock)
    for text in texts:
        canvas.drawString(72, size[1] - 72, text)
        canvas.setFillColorRGB(1, 0, 0)
        canvas.rect(0, 0, size[0] / 2, size[1] / 2, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def document(*texts: str) -> Media:
    return Media(PDF, data=pdf(list(texts)))


def test_every_page_in_order() -> None:
    made = document("first", "second", "third")
    assert page_count(made) == 3
    assert pages(made) == tuple(Page(made, number) for number in (1, 2, 3))
    assert [page_text(page) for page in pages(made)] == ["first", "second", "third"]


def test_a_page_is_drawn_on_white_at_a_resolution() -> None:
    made = Page(document("text"), 1)
    image = page_image(made)
    assert (image.mode, image.size) == ("RGB", (827, 1170))
    assert image.getpixel((10, 1160)) == (255, 0, 0)
    assert image.getpixel((800, 10)) == (255, 255, 255)
    assert page_image(made, dpi=50).size == (414, 585)
    assert page_image(made).tobytes() == image.tobytes()


def test_a_page_without_text_and_letters_of_other_alphabets() -> None:
    assert page_text(Page(document(""), 1)) == ""
    assert page_text(Page(document("Größe: 5 µm"), 1)) == "Größe: 5 µm"


def test_pages_that_would_be_enormous_are_drawn_smaller() -> None:
    wide = Media(PDF, data=pdf(["x"], size=(14_400, 7_200)))
    image = page_image(Page(wide, 1), dpi=300)
    assert 39_000_000 < image.width * image.height <= 40_000_000
    assert image.width == pytest.approx(2 * image.height, rel=0.01)
    thin = Media(PDF, data=pdf(["x"], size=(14_400, 1)))
    assert page_image(Page(thin, 1), dpi=20).size == (4000, 1)


def test_two_thousand_pages_are_counted_quickly_and_drawn_one_by_one(tmp_path: Path) -> None:
    long = stored(tmp_path, "a.pdf", pdf([f"page {n}" for n in range(2000)], (200, 100)), PDF)
    start = time.process_time()
    assert page_count(long) == 2000
    assert page_text(Page(long, 1234)) == "page 1233"
    assert page_image(Page(long, 2000), dpi=20).size == (56, 28)
    assert time.process_time() - start < 1.0


def test_a_document_that_changes_is_read_again(tmp_path: Path) -> None:
    made = stored(tmp_path, "a.pdf", pdf(["one"]), PDF)
    other = stored(tmp_path, "b.pdf", pdf(["two"]), PDF)
    assert [page_text(Page(d, 1)) for d in (made, other, made)] == ["one", "two", "one"]
    stored(tmp_path, "a.pdf", pdf(["three", "four"]), PDF)
    assert [page_text(page) for page in pages(made)] == ["three", "four"]
    (tmp_path / "a.pdf").unlink()
    assert "cannot be read (No such file" in complaint(lambda: page_text(Page(made, 1)))
    assert page_text(Page(document("five"), 1)) == "five"


def test_nothing_is_said_at_the_end_of_a_program(tmp_path: Path) -> None:
    made = stored(tmp_path, "a.pdf", pdf(["one"]), PDF)
    program = (
        "import pathlib, sys\n"
        "from evalkit.core.items import Media, Page\n"
        "from evalkit.media.pages import page_text\n"
        "print(page_text(Page(Media('application/pdf', pathlib.Path(sys.argv[1])), 1)))\n"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(made.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("one\n", "")


def test_what_is_sent_is_the_image_and_the_same_each_time() -> None:
    made = Page(document("text"), 1)
    for mime, form in (("image/png", "PNG"), ("image/jpeg", "JPEG")):
        sent = page_media(made, 60, mime)
        assert sent == page_media(made, 60, mime)
        assert (sent.mime, sent.path) == (mime, None)
        assert Image.open(io.BytesIO(sent.data or b"")).format == form
        assert Item("a", sent).digest() != Item("a", made).digest()
    with pytest.raises(UsageError, match="'image/gif' is no image that a page is written as"):
        page_media(made, 60, "image/gif")


def test_an_image_is_a_document_of_one_page() -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    scan = Media("image/png", data=out.getvalue())
    assert pages(scan) == (Page(scan, 1),)
    assert page_image(Page(scan, 1), dpi=400).size == (30, 20)
    assert page_text(Page(scan, 1)) == ""
    works: tuple[Callable[[Page], object], ...] = (page_image, page_text)
    for work in works:
        assert complaint(partial(work, Page(scan, 2))) == (
            "it has 1 page, and no page 2. Correct the page number."
        )


@pytest.mark.parametrize("number", [0, -1, 4, 10**12])
def test_a_page_that_is_not_there(tmp_path: Path, number: int) -> None:
    made = stored(tmp_path, "a.pdf", pdf(["1", "2", "3"]), PDF)
    expected = f"{made.path}: it has 3 pages, and no page {number}. Correct the page number."
    assert complaint(lambda: page_image(Page(made, number))) == expected
    assert complaint(lambda: page_text(Page(made, number))) == expected


def test_a_password_is_said_to_be_needed(tmp_path: Path) -> None:
    locked = stored(tmp_path, "a.pdf", pdf(["secret"], password="x"), PDF)
    for work in OPENING:
        told = complaint(partial(work, locked))
        assert told == (
            f"{locked.path}: it is protected by a password."
            " Store it without its password, or leave it out."
        )


def test_a_document_of_no_pages() -> None:
    made = pypdfium2.PdfDocument.new()
    out = io.BytesIO()
    made.save(out)
    made.close()
    told = complaint(lambda: page_count(Media(PDF, data=out.getvalue())))
    assert told == "it has no pages. Store it again, or leave it out."


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "it is empty: it holds 0 bytes."),
        (b"text " * 99, "its bytes are no PDF."),
        (b"%PDF-1.4\n" + b"x" * 500 + b"\n%%EOF", "its bytes are no PDF that can be read, or are"),
        (pdf(["x"] * 20)[:9000], "it is cut short: the end of the PDF is missing."),
    ],
)
def test_broken_documents_are_errors_that_name_the_file(
    tmp_path: Path, data: bytes, what: str
) -> None:
    media = stored(tmp_path, "a.pdf", data, PDF)
    for work in OPENING:
        told = complaint(partial(work, media))
        assert told.startswith(f"{media.path}: {what}")


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    assert "cannot be read (No such file" in complaint(lambda: pages(Media(PDF, tmp_path / "a")))
    assert "cannot be read (Is a directory)" in complaint(lambda: pages(Media(PDF, tmp_path)))


def test_a_page_object_that_is_broken_is_an_error() -> None:
    data = pdf(["one"])
    broken = data.replace(b"/Type /Page\n", b"/Type /Oops\n").replace(b"/Kids [", b"/Kidz [")
    told = complaint(lambda: page_image(Page(Media(PDF, data=broken), 1)))
    assert told.startswith(("its page 1 cannot be read.", "it has no pages."))


def test_a_resolution_is_at_least_one() -> None:
    with pytest.raises(UsageError, match="0 pixels an inch is no resolution"):
        page_image(Page(document("x"), 1), dpi=0)


def test_threads_take_turns() -> None:
    made = document(*(f"page {n}" for n in range(8)))
    expected = [page_image(page, 30).tobytes() for page in pages(made)]
    found: dict[int, bytes] = {}

    def draw(page: Page) -> None:
        found[page.page] = page_image(page, 30).tobytes()

    threads = [threading.Thread(target=draw, args=(page,)) for page in pages(made)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[n] for n in range(1, 9)] == expected


def test_rotated_pages_stand_upright() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, (200, 100), invariant=True)
    canvas.setPageRotation(90)
    canvas.rect(0, 0, 20, 100, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    image = page_image(Page(Media(PDF, data=out.getvalue()), 1), dpi=72)
    assert image.size == (200, 100)
    assert np.asarray(image)[5, 50].tolist() == [0, 0, 0]
    assert np.asarray(image)[50, 50].tolist() == [255, 255, 255]
