"""The dashboard in a real browser: by day, by night, on a phone; its addresses and its files."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from dashboard import app as whole
from dashboard import links
from evalkit import archive
from tests.dashboard.harm import HOSTILE, harm

pytestmark = pytest.mark.browser

WIDE, PHONE = {"width": 1280, "height": 6000}, {"width": 390, "height": 844}
"""Streamlit scrolls inside: what lies below the window would not be looked at."""
GROUND = {"light": "rgb(252, 252, 250)", "dark": "rgb(20, 23, 26)"}
TITLE = {"light": "rgb(27, 31, 36)", "dark": "rgb(233, 234, 234)"}
NOT_OURS = ("/_stcore/health", "/_stcore/host-config")
"""Streamlit looks for them below the page's own address first, where nothing is."""
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours, and so find other things by night than by day."""
QUOTING = ("overview", "run", "compare", "queries", "robustness", "judge", "data")
"""Pages that show what data or people wrote without being asked for it."""


class Visitor:
    """Somebody with one window, who hears what pages complain of and ask for elsewhere."""

    def __init__(self, browser: Any, base: str) -> None:
        self.base, self.scheme, self.heard = base, "light", list[str]()
        self.page = browser.new_context(viewport=WIDE, reduced_motion="reduce").new_page()
        own = (base, base.replace("http", "ws"), "data:", "blob:")
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("dialog", self._refuse)
        self.page.on(
            "request", lambda r: None if r.url.startswith(own) else self.heard.append(r.url)
        )

    def _listen(self, message: Any) -> None:
        if message.type == "error" and not str(message.location.get("url")).endswith(NOT_OURS):
            self.heard.append(message.text)

    def _refuse(self, dialog: Any) -> None:
        self.heard.append(dialog.message)
        dialog.dismiss()

    def open(self, name: str, **params: str) -> Any:
        """Go to the address of a page and return it once it stands."""
        self.page.goto(f"{self.base}/{links.link(name, **params)}")
        return self._settled(name)

    def turn(self, name: str) -> Any:
        """Go to a page by the sidebar, as people do; the run that was looked at stays."""
        self.page.locator(f'[data-testid=stSidebarNavLink][href$="/{name}"]').click()
        return self._settled(name)

    def _settled(self, name: str) -> Any:
        """Wait until the script of a page has run to its end."""
        question = import_module(f"dashboard.pages.{name}").QUESTION
        self.page.locator(".question", has_text=question).wait_for(timeout=60_000)
        self.page.wait_for_selector("[data-test-script-state=notRunning]", timeout=60_000)
        return self.page

    def repaint(self) -> None:
        """Turn day into night, or night into day, without loading anything again."""
        self.scheme = "dark" if self.scheme == "light" else "light"
        self.page.emulate_media(color_scheme=self.scheme)
        self.page.wait_for_function(
            "it => getComputedStyle(document.querySelector('.stApp')).backgroundColor === it",
            arg=GROUND[self.scheme],
        )

    def width_on_a_phone(self) -> int:
        """Return how wide the page is once the window is as narrow as a phone, and widen it."""
        self.page.set_viewport_size(PHONE)
        self.page.wait_for_timeout(100)
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(WIDE)
        return width

    def file(self, label: str) -> tuple[str, bytes]:
        """Return the name and the bytes of the file that a button gives, the first of its label."""
        with self.page.expect_download() as started:
            self.page.get_by_role("button", name=label, exact=True).first.click()
        return started.value.suggested_filename, Path(started.value.path()).read_bytes()


class Shown(NamedTuple):
    """Runs that are served: a plain one, and one that is full of words that mean harm."""

    address: str
    plain: str
    worse: str


@pytest.fixture(scope="module")
def shown(
    reports: Path, small_run: Path, served: Callable[..., str], tmp_path_factory: Any
) -> Shown:
    """Return a server over two runs."""
    home = Path(shutil.copytree(reports.parent, tmp_path_factory.mktemp("shown") / "home"))
    out = home / "reports"
    worse = out / "small" / "20990101T000000Z-abcdef"
    shutil.copytree(out / "small" / small_run.name, worse)
    harm(worse)
    address = served(out, EVALKIT_LEDGER=str(home / "ledger"))
    return Shown(address, f"small/{small_run.name}", f"small/{worse.name}")


@pytest.fixture(scope="module")
def together(browser: Any, shown: Shown) -> Iterator[Visitor]:
    """Return one visitor for all tests of this file: a new one would load everything again."""
    one = Visitor(browser, shown.address)
    yield one
    one.page.context.close()


@pytest.fixture
def visitor(together: Visitor) -> Iterator[Visitor]:
    """Return a visitor who must have heard nothing when the test ends."""
    together.heard.clear()
    yield together
    assert together.heard == []


@pytest.mark.parametrize("name", whole.names())
def test_a_page_is_quiet_and_fit_for_all_by_day_by_night_and_on_a_phone(
    name: str, visitor: Visitor, shown: Shown, axe: Callable[..., list[str]], expect: Any
) -> None:
    inside = "/?" not in visitor.page.url and "abcdef" in visitor.page.url
    page = visitor.turn(name) if inside else visitor.open(name, run=shown.worse)
    assert "abcdef" in page.url
    assert page.evaluate("document.querySelectorAll('img[src=x], main script').length") == 0
    text = expect(page.get_by_test_id("stMain"))
    (text.to_contain_text if name in QUOTING else text.not_to_contain_text)(HOSTILE[:-4])
    assert axe(page) == []
    assert title_colour(page) == TITLE[visitor.scheme]
    visitor.repaint()
    assert title_colour(page) == TITLE[visitor.scheme]
    assert axe(page, *OF_COLOUR) == []
    assert visitor.width_on_a_phone() == PHONE["width"]


def test_what_two_texts_share_and_the_map_of_a_run_are_fit_for_all(
    visitor: Visitor, shown: Shown, axe: Callable[..., list[str]]
) -> None:
    asked = {"a": "a red shirt", "b": "a blue cup", "explain": "yes"}
    for name, params in (("similarity", asked), ("map", {})):
        page = visitor.open(name, run=shown.plain, **params)
        text = page.get_by_test_id("stMain").inner_text()
        assert "was not found beside" not in text
        assert "drop a file on each side" not in text
        assert axe(page) == []
        visitor.repaint()
        assert axe(page, *OF_COLOUR) == []


def title_colour(page: Any) -> str:
    """Return the colour in which the title of a page is written."""
    colour: str = page.evaluate("getComputedStyle(document.querySelector('.title')).color")
    return colour


def rows(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


def test_a_link_to_queries_opens_what_it_asks_for_and_follows_what_is_asked_next(
    visitor: Visitor, shown: Shown, small_run: Path, expect: Any
) -> None:
    asked = {
        row["id"]: row["text"]
        for row in archive.load(small_run).items.to_pylist()
        if row["side"] == "query" and '"language": ["es"]' in row["tags"] and "azul" in row["text"]
    }
    assert 1 < len(asked) < 20
    last = max(asked)
    choices = {"words": "azul", "tag": "language", "value": "es", "query": last}
    page = visitor.open("queries", run=shown.plain, **choices)
    expect(page.get_by_label("Words in the query or its id")).to_have_value("azul")
    expect(page.locator("article.item").first).to_contain_text(asked[last])
    name, data = visitor.file("Download as CSV")
    assert name == "queries.csv"
    assert {row["id"]: row["query"] for row in rows(data)} == asked
    assert all("es" in row["tags"] for row in rows(data))
    page.get_by_label("Words in the query or its id").fill(last)
    page.get_by_label("Words in the query or its id").press("Enter")
    page.wait_for_url(f"**words={last}*")
    page.get_by_text("1 of 216 queries").wait_for()
    assert [row["id"] for row in rows(visitor.file("Download as CSV")[1])] == [last]


def test_a_link_to_compare_opens_the_pair_and_its_file_holds_the_numbers_of_the_run(
    visitor: Visitor, shown: Shown, small_run: Path, expect: Any
) -> None:
    page = visitor.open("compare", run=shown.plain, of="sizes", base="256", which="gained most")
    expect(page.get_by_role("heading", name="1024 against 256")).to_be_visible()
    expect(page.get_by_role("combobox", name="Which")).to_have_value("gained most")
    name, data = visitor.file("Download as CSV")
    assert name == "comparison.csv"
    found = archive.load(small_run).estimates
    for row in rows(data):
        before, after = (
            next(
                e.value
                for e in found
                if (e.kind, e.cell.dim, e.metric, e.group) == ("value", dim, row["metric"], "")
                and e.cell.probe == "clean"
            )
            for dim in (256, 1024)
        )
        assert (row["this"], row["compared with"]) == ("1024", "256")
        assert (row["before"], row["after"]) == (f"{before:.3f}", f"{after:.3f}")
    assert {row["metric"] for row in rows(data)} == {"ndcg@10", "recall@10", "hit@10"}


def test_a_link_to_dimensions_keeps_metric_and_margin_and_its_chart_is_a_picture(
    visitor: Visitor, shown: Shown, expect: Any
) -> None:
    page = visitor.open("dimensions", run=shown.plain, metric="recall@10", margin="0.2")
    text = page.get_by_test_id("stMain")
    expect(text).to_contain_text("is the smallest size")
    expect(text).to_contain_text("within a margin of 0.2 on recall@10")
    page.get_by_role("button", name="Increment").click()
    page.wait_for_url("**margin=0.205*")
    name, data = visitor.file("Download as PNG")
    assert name == "text-to-text-quality.png"
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "PNG"
        assert min(image.size) > 200
        pixels = np.asarray(image.convert("RGB"))
    assert np.array_equal(pixels[0, 0], (255, 255, 255)), "on white, whatever the page is on"
    blue = (pixels == (0, 114, 178)).all(axis=2)
    assert 100 < blue.sum() < blue.size / 10, "a line and two points"
    ink = (pixels.max(axis=2) < 80).sum()
    assert ink > 200, "axes are named"


def test_a_link_opens_the_run_it_names_and_its_numbers_can_be_had(
    visitor: Visitor, shown: Shown, small_run: Path
) -> None:
    page = visitor.open("run", run=shown.plain)
    assert visitor.file("All numbers")[1] == (small_run / "run.json").read_bytes()
    page.get_by_role("link", name="the queries").first.click()
    page.wait_for_url("**/queries?**")
    assert f"run={shown.plain.replace('/', '%2F')}" in page.url
