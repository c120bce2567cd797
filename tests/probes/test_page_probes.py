import io
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Probe, ProbeContext, Role
from evalkit.media.images import encode_png
from evalkit.media.pages import page_count, page_image, page_text
from evalkit.probes._pages import change_pages
from evalkit.probes._scans import scanned
from evalkit.probes.fax import otsu

PDF = "application/pdf"
NAMES = (
    "bleed_through", "fax", "ink_fade", "low_dpi", "margin_crop", "scan_noise", "skew", "stamp",
    "uneven_light",
)  # fmt: skip
INCH = 72


def paper(*bars: tuple[float, float, float, float], count: int = 1, gray: float = 0) -> Media:
    """Return a PDF of 2 x 3 inches with bars: left, bottom, width and height in inches."""
    out = io.BytesIO()
    canvas = Canvas(out, (2 * INCH - 0.1, 3 * INCH - 0.1), invariant=True)
    for number in range(count):
        canvas.setFillGray(gray)
        for bar in bars:
            canvas.rect(*(INCH * side for side in bar), stroke=0, fill=1)
        canvas.drawString(20, 20, f"page {number + 1}")
        canvas.showPage()
    canvas.save()
    return Media(PDF, data=out.getvalue())


def sheet_of(*bars: tuple[float, float, float, float]) -> Item:
    """Return a page without words."""
    picture = Image.new("L", (400, 600), 255)
    for left, bottom, width, height in bars:
        box = (200 * left, 600 - 200 * (bottom + height), 200 * (left + width), 600 - 200 * bottom)
        ImageDraw.Draw(picture).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=0)
    return Item("s", Page(Media(PDF, data=scanned([(picture, 200)])), 1))


BAR = sheet_of((0.5, 1.0, 1.0, 1.0))


def changed(
    name: str, item: Item, severity: int, others: tuple[Item, ...] = (), **params: Any
) -> Item:
    new = found(name, item, severity, others, **params)
    assert new is not None
    return new


def found(
    name: str, item: Item, severity: int, others: tuple[Item, ...] = (), **params: Any
) -> Item | None:
    probe = cast("Probe", registry.create("probes", name, **params))
    return probe.apply(item, severity, ProbeContext(np.random.default_rng(7), others))


def drawn(item: Item, dpi: int = 200) -> Float64:
    page = item.content
    assert isinstance(page, Page)
    return np.asarray(page_image(page, dpi).convert("L"), np.float64)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_page_is_one_page_of_the_same_size_without_a_text_layer(name: str) -> None:
    other = Item("b", Page(paper((0.2, 2, 1, 0.5)), 1))
    old = Page(paper((0.5, 1, 1, 1), count=2), 2)
    new = changed(name, Item("a", old), 1, (other,)).content
    assert isinstance(new, Page)
    assert (new.page, page_count(new.document)) == (1, 1)
    assert (page_text(old), page_text(new)) == ("page 2", "")
    for dpi in (50, 100, 150, 200):
        same = page_image(new, dpi).size == page_image(old, dpi).size
        assert same == (name != "margin_crop")


def test_a_whole_document_keeps_its_number_of_pages() -> None:
    old = paper((0.5, 1, 1, 1), count=3)
    new = changed("ink_fade", Item("a", old), 5).content
    assert isinstance(new, Media)
    assert page_count(new) == 3
    assert float(np.asarray(page_image(Page(new, 3)).convert("L")).min()) > 180


def test_a_page_that_is_a_picture_stays_a_picture_with_its_pixels() -> None:
    picture = Image.new("RGB", (827, 1170), "white")
    picture.paste((200, 0, 0), (200, 200, 400, 300))
    new = changed("skew", Item("a", Page(Media("image/png", data=encode_png(picture)), 1)), 3)
    assert isinstance(new.content, Page)
    assert new.content.document.mime == "image/png"
    assert page_image(new.content).size == (827, 1170)


@pytest.mark.parametrize("severity", range(1, 6))
@pytest.mark.parametrize("name", ["fax", "ink_fade", "skew"])
def test_a_blank_page_has_nothing_to_lose(name: str, severity: int) -> None:
    assert found(name, sheet_of(), severity) is None


@pytest.mark.parametrize(("severity", "degrees"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8)])
def test_skew_turns_by_its_degrees(severity: int, degrees: float) -> None:
    wide = sheet_of((0.2, 1.45, 1.6, 0.1))
    dark = np.argwhere(drawn(changed("skew", wide, severity)) < 128)
    (a, b), (_, c) = np.cov(dark.T)
    angle = np.degrees(0.5 * np.arctan2(2 * b, c - a))
    assert abs(angle) == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize(("severity", "dpi"), [(1, 150), (2, 120), (3, 96), (4, 72), (5, 50)])
def test_low_dpi_leaves_little_finer_detail_than_its_pixels_hold(severity: int, dpi: int) -> None:
    rng = np.random.default_rng(5)
    grain = Image.fromarray(rng.integers(60, 190, (600, 400), dtype=np.uint8))
    item = Item("a", Page(Media(PDF, data=scanned([(grain, 200)])), 1))
    before, after = (
        (np.abs(np.fft.rfft(drawn(one) - 125, axis=1)) ** 2).mean(axis=0)
        for one in (item, changed("low_dpi", item, severity))
    )
    finest = dpi  # cycles over the 2 inches of the page: half as many an inch as pixels
    assert after[round(1.15 * finest) :].sum() < 0.1 * before[round(1.15 * finest) :].sum()
    assert after[: finest // 4].sum() > 2 * after[finest:].sum()


def test_a_picture_with_few_pixels_cannot_get_coarser() -> None:
    small = Image.new("RGB", (413, 585), "white")
    small.paste("black", (50, 50, 90, 90))
    item = Item("a", Page(Media("image/png", data=encode_png(small)), 1))
    assert found("low_dpi", item, 5) is None


@pytest.mark.parametrize(
    ("severity", "sigma", "share"),
    [(1, 0.02, 0.005), (2, 0.04, 0.01), (3, 0.08, 0.02), (4, 0.12, 0.05), (5, 0.18, 0.1)],
)
def test_scan_noise_has_its_levels(severity: int, sigma: float, share: float) -> None:
    gray = Image.new("RGB", (400, 600), (128, 128, 128))
    item = Item("a", Page(Media("image/png", data=encode_png(gray)), 1))
    grain = drawn(changed("scan_noise", item, severity))
    assert grain.std() / 255 == pytest.approx(sigma, rel=0.02)
    specks = drawn(changed("scan_noise", item, severity, kind="specks"))
    assert (specks == 0).mean() == pytest.approx(share / 2, rel=0.1)
    assert (specks == 255).mean() == pytest.approx(share / 2, rel=0.1)


@pytest.mark.parametrize(
    ("severity", "left"), [(1, 0.85), (2, 0.7), (3, 0.55), (4, 0.4), (5, 0.25)]
)
def test_ink_fades_towards_paper_that_stays_white(severity: int, left: float) -> None:
    pixels = drawn(changed("ink_fade", BAR, severity))
    assert pixels[300, 200] == pytest.approx(255 * (1 - left), abs=2)
    assert pixels[50, 50] == 255


@pytest.mark.parametrize(
    ("severity", "through"), [(1, 0.05), (2, 0.1), (3, 0.15), (4, 0.25), (5, 0.35)]
)
def test_the_mirrored_other_page_shines_through(severity: int, through: float) -> None:
    other = Item("other", sheet_of((0.1, 0.2, 0.5, 0.5)).content)
    pixels = drawn(changed("bleed_through", BAR, severity, (BAR, other)))
    assert pixels[510, 330] == pytest.approx(255 * (1 - through), abs=3)
    assert pixels[510, 70] == 255
    assert pixels[300, 200] < 3


def test_nothing_shines_through_without_another_page() -> None:
    assert found("bleed_through", BAR, 3, (BAR, Item("t", "words"))) is None
    blank = Item("blank", sheet_of().content)
    assert found("bleed_through", BAR, 3, (BAR, blank)) is None


@pytest.mark.parametrize(("severity", "lost"), [(1, 0.1), (2, 0.2), (3, 0.35), (4, 0.5), (5, 0.7)])
def test_light_falls_off_to_the_darkest_corner(severity: int, lost: float) -> None:
    pixels = drawn(changed("uneven_light", sheet_of(), severity))
    assert pixels.min() == pytest.approx(255 * (1 - lost), abs=4)
    assert pixels.max() == pytest.approx(255, abs=3)
    assert pixels.mean() == pytest.approx(255 * (1 - lost / 2), abs=3)


@pytest.mark.parametrize("threshold", ["otsu", "bayer"])
def test_a_fax_is_black_and_white(threshold: str) -> None:
    for severity in range(1, 6):
        pixels = drawn(changed("fax", Item("a", Page(paper((0.5, 1, 1, 1)), 1)), severity))
        assert set(np.unique(pixels)) == {0, 255}
    gray = Item("g", Page(paper((0, 0, 2, 3), gray=0.5), 1))
    faxed = drawn(changed("fax", gray, 2, threshold=threshold))
    wanted = 0.5 if threshold == "bayer" else 1
    assert (faxed[:480] == 255).mean() == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize(
    ("severity", "across", "down"),
    [(1, 200, 196), (2, 200, 98), (3, 102, 98), (4, 80, 78), (5, 64, 62)],
)
def test_a_fax_has_as_many_dots_as_its_resolution_says(
    severity: int, across: int, down: int
) -> None:
    rng = np.random.default_rng(3)
    dust = Image.fromarray((rng.integers(0, 2, (400, 400)) * 255).astype(np.uint8))
    item = Item("a", Page(Media("image/png", data=encode_png(dust.resize((1654, 1654)))), 1))
    pixels = drawn(changed("fax", item, severity))
    rows = 1 + (np.diff(pixels, axis=0) != 0).any(axis=1).sum()
    columns = 1 + (np.diff(pixels, axis=1) != 0).any(axis=0).sum()
    assert rows == pytest.approx(down * 8.27, abs=2)
    assert columns == pytest.approx(min(across * 1.02, 200) * 8.27, abs=34)


def test_otsu_parts_two_heaps_in_their_middle() -> None:
    assert otsu(np.array([10] * 40 + [200] * 60, np.uint8)) == pytest.approx(104.5)
    assert 89 <= otsu(np.repeat(np.array([40, 50, 180, 190], np.uint8), 5)) < 180


@pytest.mark.parametrize(
    ("severity", "share"), [(1, 0.01), (2, 0.03), (3, 0.06), (4, 0.1), (5, 0.2)]
)
def test_a_stamp_covers_its_share_beside_the_print_or_over_it(severity: int, share: float) -> None:
    lines = [(0.2, 1.0 + 0.1 * n, 1.6, 0.04) for n in range(8)]
    item = sheet_of(*lines)
    old, new = drawn(item), drawn(changed("stamp", item, severity))
    rows, columns = np.nonzero(np.abs(new - old) > 25)
    around = (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
    assert share * 0.7 <= around / old.size <= share * 2.6  # askew, and print hides its ink
    overlap = (old[rows.min() : rows.max(), columns.min() : columns.max()] < 128).mean()
    assert (overlap > 0.1) == (severity >= 3)


@pytest.mark.parametrize(
    ("severity", "cut"), [(1, 0.02), (2, 0.04), (3, 0.07), (4, 0.1), (5, 0.14)]
)
def test_margins_are_cut_and_the_rest_keeps_its_scale(severity: int, cut: float) -> None:
    pixels = drawn(changed("margin_crop", BAR, severity))
    assert pixels.shape == (600 - 2 * round(600 * cut), 400 - 2 * round(400 * cut))
    assert (pixels < 128).sum() == pytest.approx(200 * 200, rel=0.01)


def test_wrong_kinds_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="grain and specks"):
        registry.create("probes", "scan_noise", kind="dust")
    with pytest.raises(UsageError, match="otsu and bayer"):
        registry.create("probes", "fax", threshold="mean")


def test_a_document_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(DataError, match="no PDF"):
        found("skew", Item("a", Page(Media(PDF, data=b"x"), 1)), 1)


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
def test_a_scan_holds_the_pixels_of_its_pictures(mode: str) -> None:
    rng = np.random.default_rng(1)
    tones = (rng.integers(0, 2, (15, 21, 3)) * 255).astype(np.uint8).repeat(8, 0).repeat(8, 1)
    picture = Image.fromarray(tones).convert(mode)
    data = scanned([(picture, 144), (picture.rotate(180), 72)])
    assert data == scanned([(picture, 144), (picture.rotate(180), 72)])
    pages = [Page(Media(PDF, data=data), number) for number in (1, 2)]
    for page, dpi, turn in zip(pages, (144, 72), (0, 180), strict=True):
        seen, meant = page_image(page, dpi), picture.rotate(turn).convert("RGB")
        assert seen.size == picture.size
        assert np.abs(np.asarray(seen, int) - np.asarray(meant, int)).mean() < 3


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_reads_pages_embeds_what_became_of_one(name: str) -> None:
    model = registry.create("providers", "reference")
    other = Item("b", Page(paper((0.2, 2, 1, 0.5)), 1))
    new = changed(name, Item("a", Page(paper((0.5, 1, 1, 1)), 1)), 2, (other,))
    role = Role("corpus", frozenset({"document"}))
    (answer,) = model.embed([new], role, model.sizes[0])
    assert np.linalg.norm(answer.vector) == pytest.approx(1, abs=1e-3)


def test_a_very_large_page_keeps_its_size() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, (40 * INCH, 60 * INCH), invariant=True)
    canvas.showPage()
    canvas.save()
    page = Page(Media(PDF, data=out.getvalue()), 1)
    seen: list[float] = []

    def small(sheet: Image.Image, dpi: float) -> Image.Image:
        seen.append(dpi)
        return Image.new("L", (sheet.width // 10, sheet.height // 10))

    new = cast("Item", change_pages(Item("a", page), small)).content
    assert isinstance(new, Page)
    assert seen[0] == pytest.approx(129, abs=1)
