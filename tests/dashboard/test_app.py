"""The dashboard as a whole: its pages, their addresses, and what a browser makes of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from dashboard import app as whole
from dashboard import links, look, runs
from tests.dashboard.harm import HOSTILE, RTL


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


def test_short_times_are_told_in_few_letters() -> None:
    assert runs.short("2026-11-02T06:22:21+00:00") == "2 Nov 2026 06:22"
    assert runs.short("2026-11-02T06:22:21+00:00", "2026") == "2 Nov 06:22"
    assert runs.short("2025-11-02T06:22:21+00:00", "2026") == "2 Nov 2025 06:22"
    assert runs.short("yesterday") == "yesterday"
