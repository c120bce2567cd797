"""report.html as a browser shows it: from disk, with the network off."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit import report
from evalkit.archive import Run

pytestmark = pytest.mark.browser
HOSTILE = "\u2028</script><script>alert(1)</script>\"'\\<img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Return a running browser."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        switches = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        running = play.chromium.launch(executable_path=chromium, args=switches)
        yield running
        running.close()


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
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert widths
    assert all(widths)


def test_a_phone_shows_the_page_without_scrolling_sideways(browser: Any, stored: Path) -> None:
    page, heard = opened(browser, stored, viewport={"width": 390, "height": 844})
    assert heard == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_dark_page_is_dark_and_its_charts_with_it(browser: Any, stored: Path) -> None:
    fill = "getComputedStyle(document.querySelector('[data-chart] svg text')).fill"
    back = "getComputedStyle(document.body).backgroundColor"
    light, _ = opened(browser, stored, color_scheme="light")
    dark, _ = opened(browser, stored, color_scheme="dark")
    assert light.evaluate(back) != dark.evaluate(back)
    assert light.evaluate(fill) != dark.evaluate(fill)


def test_text_and_tables_need_no_script(browser: Any, stored: Path) -> None:
    page, _ = opened(browser, stored, java_script_enabled=False)
    assert page.locator("noscript p").is_visible()
    assert page.locator("#verdicts tbody tr").count() == 6
    assert "0." in page.locator("#frontier table").first.inner_text()
