"""The dashboard as a whole: its pages, their addresses, and what a browser makes of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from dashboard import app as whole
from dashboard import links, look, runs
from evalkit import archive

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script> **b** [l](javascript:alert(3)) $x^2$ 🦆"
)
RTL = "\u202eevil\u202c שלום"
NOT_OURS = ("/_stcore/health", "/_stcore/host-config")
"""Streamlit looks for them below the page's own address first, where nothing is."""


def test_every_page_has_a_title_and_a_question() -> None:
    assert whole.names()[:2] == ("overview", "run")
    for name in whole.names():
        page = import_module(f"dashboard.pages.{name}")
        assert page.TITLE
        assert "?" in page.QUESTION, name


def test_every_page_opens_on_the_newest_run_without_an_error(
    app: Callable[..., Any], small_run: Path, words: Callable[[Any], str]
) -> None:
    for name in whole.names():
        page = app(name)
        assert not page.exception, (name, page.exception)
        assert import_module(f"dashboard.pages.{name}").TITLE in words(page)


def test_an_empty_folder_is_said_on_every_page_that_shows_runs(
    app: Callable[..., Any], words: Callable[[Any], str], tmp_path: Path
) -> None:
    for name in ("overview", "run", "data"):
        page = app(name, out=tmp_path)
        assert not page.exception
        assert "No run is stored below" in words(page)
        assert str(tmp_path) in words(page)


def test_a_run_that_is_gone_is_said_and_another_can_be_chosen(
    app: Callable[..., Any], small_run: Path, words: Callable[[Any], str]
) -> None:
    page = app("run", run="small/20200101T000000Z-000000")
    assert "There is no run 'small/20200101T000000Z-000000'".replace("'", "&#39;") in words(page)
    box = page.sidebar.selectbox(key="choice-run")
    box.set_value(f"small/{small_run.name}").run()
    assert page.query_params["run"] == f"small/{small_run.name}"
    assert "gates pass" in words(page)


def test_a_broken_run_is_said_by_its_own_address(
    app: Callable[..., Any], copied: Path, small_run: Path, words: Callable[[Any], str]
) -> None:
    folder = copied / "small" / small_run.name
    (folder / "run.json").write_text("{half")
    assert "cannot be read" in words(app("run", out=copied, run=f"small/{folder.name}"))
    assert "None of the 1 runs here can be read" in words(app("run", out=copied))


def test_addresses_keep_what_they_are_given() -> None:
    assert links.link("overview") == "./"
    assert links.link("run", run="a/b", at=256, tag="") == "run?run=a%2Fb&at=256"
    assert links.link("queries", words="a&b=<c>#d") == "queries?words=a%26b%3D%3Cc%3E%23d"


@pytest.mark.parametrize("text", [HOSTILE, RTL, "=cmd()", "# h", ":red[x]", "a_b_c", "1. x", "`c`"])
def test_plain_text_in_a_label_means_nothing(text: str) -> None:
    shown = look.plain(text)
    assert "\u202e" not in shown
    for sign in "*_`[]<>$#:":
        assert f"\\{sign}" in shown or sign not in text
    assert "<" not in look.esc(text)


def test_csv_has_no_formulas() -> None:
    import pandas as pd

    data = pd.DataFrame({"=a": ["=1+1", "+x", "-x", "@x", "\tx", "fine"], "n": [-1.5] * 6})
    lines = look.csv(data).decode().splitlines()
    assert lines[0] == "'=a,n"
    assert [line.partition(",")[0] for line in lines[1:]] == [
        "'=1+1", "'+x", "'-x", "'@x", "'\tx", "fine",
    ]  # fmt: skip
    assert lines[1].endswith(",-1.5")


def test_only_markup_is_shown_as_html() -> None:
    with pytest.raises(TypeError, match="only Markup"):
        look.html("<b>x</b>")  # type: ignore[arg-type]


# --- in a browser -------------------------------------------------------------------------------


def _hostile(copied: Path, name: str) -> str:
    """Put words that mean harm wherever data or people may; return the run's address."""
    import pyarrow as pa

    folder = copied / "small" / name
    run = archive.load(folder)
    texts = pa.array([f"{HOSTILE} {RTL}"] * run.items.num_rows)
    tags = pa.array([json.dumps({HOSTILE: [HOSTILE]})] * run.items.num_rows)
    items = run.items
    for column, values in (("text", texts), ("tags", tags)):
        at = items.schema.get_field_index(column)
        items = items.set_column(at, column, values.cast(items.schema.field(column).type))
    archive.save(_replaced(run, items), folder)
    meta = json.loads((folder / "run.json").read_text())
    meta["about"] = meta["suite"] = HOSTILE
    meta["verdicts"][0]["gate"] = HOSTILE
    meta["verdicts"][1]["why"] = f"{HOSTILE} {RTL}"
    meta["cases"][0]["card"]["about"] = HOSTILE
    meta["cases"][0]["card"]["limits"] = [HOSTILE]
    (folder / "run.json").write_text(json.dumps(meta))
    return f"small/{name}"


def _replaced(run: Any, items: Any) -> Any:
    from dataclasses import replace

    return replace(run, items=items)


@pytest.fixture(scope="module")
def shown(
    reports: Path, small_run: Path, served: Callable[..., str], tmp_path_factory: Any
) -> tuple[str, str, str]:
    """Return a server's address, a plain run and one that is full of words that mean harm."""
    out = Path(shutil.copytree(reports, tmp_path_factory.mktemp("shown") / "reports"))
    worse = out / "small" / "20990101T000000Z-abcdef"
    shutil.copytree(out / "small" / small_run.name, worse)
    named = _hostile(out, worse.name)
    return served(out), f"small/{small_run.name}", named


def _open(browser: Any, base: str, path: str, **options: Any) -> tuple[Any, list[str]]:
    """Return a page once it stands, and all that it complained of or asked for elsewhere."""
    page = browser.new_context(**options).new_page()
    heard: list[str] = []

    def hear(message: Any) -> None:
        if message.type == "error" and not str(message.location.get("url")).endswith(NOT_OURS):
            heard.append(message.text)

    def refuse(dialog: Any) -> None:
        heard.append(dialog.message)
        dialog.dismiss()

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", refuse)
    own = (base, base.replace("http", "ws"), "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(own) else heard.append(r.url))
    page.goto(f"{base}/{path}")
    settled(page)
    return page, heard


def settled(page: Any) -> None:
    """Wait until the script of a page has run to its end."""
    page.wait_for_selector(".question", timeout=60_000)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=60_000)


SOON = ("overview", "run", "queries", "judge")
"""Pages that every run of the tests opens in a browser; `make prove` opens the others too."""


@pytest.mark.browser
@pytest.mark.parametrize(
    "name",
    [n if n in SOON else pytest.param(n, marks=pytest.mark.prove) for n in whole.names()],
)
def test_pages_open_quietly_and_nothing_in_them_does_harm(
    name: str, browser: Any, shown: tuple[str, str, str]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    base, _, worse = shown
    page, heard = _open(browser, base, links.link(name, run=worse), viewport=WIDE)
    assert heard == []
    assert page.evaluate("document.querySelectorAll('img[src=x], main script').length") == 0
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [
        (v["id"], [n["html"][:200] for n in v["nodes"]][:3])
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert bad == []
    if name in ("run", "data"):
        text = page.locator("main, [data-testid=stMain]").first.inner_text()
        assert "<img src=x onerror=alert(1)><script>alert(2)</script> **b** [l](javascript" in text
    page.context.close()


WIDE = {"width": 1280, "height": 900}


@pytest.mark.browser
def test_dark_pages_are_dark_and_a_phone_scrolls_only_down(
    browser: Any, shown: tuple[str, str, str]
) -> None:
    base, plain, _ = shown
    options = {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}
    page, heard = _open(browser, base, links.link("run", run=plain), **options)
    assert heard == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    title = "getComputedStyle(document.querySelector('.title')).color"
    back = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    colours = [page.evaluate(title), page.evaluate(back)]
    page.context.close()
    assert colours == ["rgb(233, 234, 234)", "rgb(20, 23, 26)"]


@pytest.mark.browser
def test_a_link_opens_the_run_it_names_and_its_files_can_be_had(
    browser: Any, shown: tuple[str, str, str], small_run: Path
) -> None:
    base, plain, _ = shown
    page, heard = _open(browser, base, links.link("run", run=plain))
    assert f"run={plain.replace('/', '%2F')}" in page.url
    with page.expect_download() as started:
        page.get_by_role("button", name="All numbers").click()
    got = Path(started.value.path()).read_bytes()
    assert got == (small_run / "run.json").read_bytes()
    page.get_by_role("link", name="the queries").first.click()
    page.wait_for_url("**/queries?**")
    assert f"run={plain.replace('/', '%2F')}" in page.url
    assert heard == []
    page.context.close()


def test_short_times_are_told_in_few_letters() -> None:
    assert runs.short("2026-11-02T06:22:21+00:00") == "2 Nov 2026 06:22"
    assert runs.short("2026-11-02T06:22:21+00:00", "2026") == "2 Nov 06:22"
    assert runs.short("2025-11-02T06:22:21+00:00", "2026") == "2 Nov 2025 06:22"
    assert runs.short("yesterday") == "yesterday"
