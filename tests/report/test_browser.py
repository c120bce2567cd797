"""report.html as a browser shows it: from disk, with the network off."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def stored(written: Path) -> Path:
    """Return the page of a run with names that mean harm."""
    return written / "report.html"


def opened(browser: Any, file: Path, charts: bool = True, **options: Any) -> tuple[Any, list[str]]:
    """Return the page once its charts are drawn, and all that it complained of or asked for.

    charts: whether it has any.
    """
    page = browser.new_context(offline=True, **options).new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.on("requestfailed", lambda request: heard.append(request.url))
    page.goto(file.as_uri())
    if charts and options.get("java_script_enabled", True):
        page.wait_for_selector("html[data-charts=drawn]", timeout=60_000)
    return page, heard


@pytest.fixture(scope="module")
def light(browser: Any, stored: Path) -> Any:
    """Return the page by day, for tests that only look at it."""
    return opened(browser, stored, color_scheme="light")[0]


@pytest.fixture(scope="module")
def dark(browser: Any, stored: Path) -> Any:
    """Return the page by night, for tests that only look at it."""
    return opened(browser, stored, color_scheme="dark")[0]


def test_charts_and_pictures_are_drawn_without_a_complaint(browser: Any, stored: Path) -> None:
    page, heard = opened(browser, stored)
    assert heard == []
    sizes = page.evaluate(
        "[...document.querySelectorAll('[data-chart]')].map(place => {"
        " const box = place.querySelector('svg')?.getBoundingClientRect();"
        " return [box?.width ?? 0, box?.height ?? 0,"
        " place.querySelectorAll('.mark-symbol path').length]; })"
    )
    assert len(sizes) == 7
    assert all(width > 200 and height > 50 and marks for width, height, marks in sizes)
    assert all(page.evaluate("[...document.images].map(image => image.naturalWidth)"))
    boxes = "[...document.querySelectorAll('.results .pic')].map(p => p.getBoundingClientRect())"
    drawn = page.evaluate(f"{boxes}.map(box => [box.width, box.height])")
    assert drawn
    assert all(width > 20 and height > 10 for width, height in drawn)


def test_a_phone_shows_the_page_without_scrolling_sideways(browser: Any, stored: Path) -> None:
    page, heard = opened(browser, stored, viewport=PHONE)
    assert heard == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_dark_page_is_dark_and_its_charts_with_it(light: Any, dark: Any) -> None:
    fill = "getComputedStyle(document.querySelector('[data-chart] svg text')).fill"
    back = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(back) != dark.evaluate(back)
    assert light.evaluate(fill) != dark.evaluate(fill)


def test_text_and_tables_need_no_script(browser: Any, stored: Path) -> None:
    page, _ = opened(browser, stored, java_script_enabled=False)
    assert page.locator("noscript p").is_visible()
    assert page.locator("#verdicts tbody tr").count() == 6
    assert "0." in page.locator("#frontier table").first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(request: pytest.FixtureRequest, axe: Any, scheme: str) -> None:
    assert axe(unfolded(request.getfixturevalue(scheme))) == []


def unfolded(page: Any) -> Any:
    """Return a page with all of it to be seen."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    return page


def test_headings_go_down_one_level_at_a_time(light: Any) -> None:
    assert_headings_go_down(light)


def assert_headings_go_down(page: Any) -> None:
    """Fail where a page has no single title, or a heading skips a level."""
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_headers_say_what_they_head_and_pictures_what_they_show(light: Any) -> None:
    assert light.evaluate("document.querySelectorAll('main th:not([scope])').length") == 0
    assert light.evaluate("[...document.images].filter(i => !i.alt).length") == 0
    assert light.evaluate("document.querySelectorAll('.pic:not([aria-label])').length") == 0


def test_each_place_of_a_sound_has_its_player(browser: Any, stored: Path) -> None:
    page, heard = opened(browser, stored)
    assert page.locator("a.again").count() == 0
    sources = page.evaluate("[...document.querySelectorAll('audio')].map(one => one.src)")
    assert len(sources) > 1
    assert len(set(sources)) == 1
    assert page.evaluate("[...document.querySelectorAll('audio')].every(a => a.ariaLabel)")
    assert page.evaluate("document.querySelectorAll('audio[id]').length") == 1
    assert heard == []
    still, _ = opened(browser, stored, java_script_enabled=False)
    assert still.locator("audio").count() == 1
    assert still.locator("a.again").count() == len(sources) - 1


def test_foreign_text_turns_nothing_round_but_itself(light: Any) -> None:
    turned = light.evaluate(
        "[...document.querySelectorAll('h3 bdi + small, .tags bdi + b')].filter(after => {"
        " const from = after.previousElementSibling.getClientRects()[0];"
        " const to = after.getClientRects()[0];"
        " return to.left < from.left && to.top < from.bottom - 4; }).map(one => one.outerHTML)"
    )
    assert turned == []
    rows = light.evaluate(
        "[...document.querySelectorAll('.fig')].filter(f => f.querySelector('.ci')).map(f =>"
        " f.querySelector('.ci').getClientRects()[0].left - f.getClientRects()[0].left)"
    )
    assert rows
    assert min(rows) >= 0


def test_the_first_key_shows_the_link_that_skips(browser: Any, stored: Path) -> None:
    page, _ = opened(browser, stored)
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert box["x"] >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.url.endswith("#verdicts")


def test_it_prints_with_its_charts_and_no_cut_line(browser: Any, stored: Path) -> None:
    page, _ = opened(browser, stored)
    words = printed(page)
    assert "What changed" in words
    assert words.count("vector size") >= 3
    assert page.locator("[data-chart]").count() >= 7


def printed(page: Any) -> str:
    """Return the words of a page on paper, none of whose sheets is blank or cut at the right."""
    import pypdfium2

    document = pypdfium2.PdfDocument(page.pdf(format="A4", print_background=True))
    pages = [document[n] for n in range(len(document))]
    words = "".join(one.get_textpage().get_text_range() for one in pages)
    blank = [n for n, one in enumerate(pages) if one.render(scale=0.3).to_numpy().min() > 200]
    assert blank == []
    wide = pages[0].get_size()[0]
    for one in pages:
        boxes = [part.get_bounds() for part in one.get_objects(max_depth=1)]
        assert all(right <= wide + 1 for _, _, right, _ in boxes)
    document.close()
    return words


def test_a_card_asks_for_nothing_and_runs_nothing(browser: Any, stored: Path) -> None:
    file = stored.with_name("card.html")
    page, heard = opened(browser, file, charts=False, viewport=PHONE)
    assert heard == []
    assert page.evaluate("document.scripts.length + document.images.length") == 0
    assert "<script>alert(1)</script>" in page.inner_text("h1")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_card(
    browser: Any, axe: Any, stored: Path, scheme: str
) -> None:
    page, _ = opened(browser, stored.with_name("card.html"), charts=False, color_scheme=scheme)
    assert axe(unfolded(page)) == []


def test_a_card_has_headings_in_order_and_prints_without_a_cut_line(
    browser: Any, stored: Path
) -> None:
    page, _ = opened(browser, stored.with_name("card.html"), charts=False)
    assert_headings_go_down(page)
    assert printed(page).count("Not tested") > 3
