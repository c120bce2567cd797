"""report.html as a browser shows it: from disk, with the network off."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evalkit import report
from evalkit.archive import Run

pytestmark = pytest.mark.browser
HOSTILE = "\u2028</script><script>alert(1)</script>\"'\\<img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def stored(make_run: Callable[..., Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a run with names that mean harm."""
    folder = tmp_path_factory.mktemp("browser")
    report.write(make_run(HOSTILE), folder)
    return folder / "report.html"


def opened(browser: Any, file: Path, **options: Any) -> tuple[Any, list[str]]:
    """Return the page once its charts are drawn, and all that it complained of or asked for."""
    page = browser.new_context(offline=True, **options).new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.on("requestfailed", lambda request: heard.append(request.url))
    page.goto(file.as_uri())
    if options.get("java_script_enabled", True):
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
    page, heard = opened(browser, stored, viewport={"width": 390, "height": 844})
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
def test_axe_finds_nothing_serious(request: pytest.FixtureRequest, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = request.getfixturevalue(scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe.run(page).response["violations"]
    serious = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0].get('failureSummary', '')}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_headings_go_down_one_level_at_a_time(light: Any) -> None:
    levels = light.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_headers_say_what_they_head_and_pictures_what_they_show(light: Any) -> None:
    assert light.evaluate("document.querySelectorAll('main th:not([scope])').length") == 0
    assert light.evaluate("[...document.images].filter(i => !i.alt).length") == 0
    assert light.evaluate("document.querySelectorAll('.pic:not([aria-label])').length") == 0


def test_the_first_key_shows_the_link_that_skips(browser: Any, stored: Path) -> None:
    page, _ = opened(browser, stored)
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert box["x"] >= 0
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.url.endswith("#verdicts")


def test_it_prints_with_its_charts_and_no_cut_line(browser: Any, stored: Path) -> None:
    import pypdfium2

    page, _ = opened(browser, stored)
    charts = page.locator("[data-chart]").count()
    document = pypdfium2.PdfDocument(page.pdf(format="A4", print_background=True))
    pages = [document[n] for n in range(len(document))]
    words = "".join(one.get_textpage().get_text_range() for one in pages)
    assert "What changed" in words
    assert words.count("vector size") >= 3
    assert charts >= 7
    blank = [n for n, one in enumerate(pages) if one.render(scale=0.3).to_numpy().min() > 200]
    assert blank == []
    wide = pages[0].get_size()[0]
    for one in pages:
        boxes = [part.get_bounds() for part in one.get_objects(max_depth=1)]
        assert all(right <= wide + 1 for _, _, right, _ in boxes)
    document.close()
