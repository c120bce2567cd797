"""Sheets go out and come back: on paper of all kinds, whole or not at all."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.errors import DataError, UsageError
from evalkit.judging.records import Judgement, Mark
from evalkit.judging.sheets import (
    csv_sheet,
    html_sheet,
    read_sheet,
    sheet_id,
    still_open,
)
from tests.judging.studies import make

HARM = "<script>document.title='hit'</script><img src=x onerror=\"document.title='hit'\">\u202e"
Rows = list[dict[str, str]]
STUDY = make()


def rows(text: str = "words", reviewer: str = "ana") -> Rows:
    """Return the lines of a sheet, its first prompt filled."""
    found = list(csv.DictReader(io.StringIO(csv_sheet(make(text=text), reviewer)[1:])))
    for row in found[:2]:
        row["effective"] = "yes"
    return found


def write(path: Path, lines: Rows, **how: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0], **how)
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_a_filled_table_comes_back(tmp_path: Path) -> None:
    lines = rows()
    lines[0] |= {"grade": "2", "comment": 'fine,\n"really"'}
    lines[1] |= {"effective": "FALSE", "error": "Missed"}
    lines[2] |= {"reviewer": "", "comment": " "}
    for mark in ",;\t":
        sheet = read_sheet(write(tmp_path / "a.csv", lines, delimiter=mark), STUDY)
        assert sheet.reviewer == "ana"
        assert sheet.empty == ("p00002", "p00003")
        (answer,) = sheet.answers
        assert answer.marks == (Mark("d1", True, 2), Mark("d2", False, None, "missed"))
        assert answer.comment == 'fine,\n"really"'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "'x", "'=x"])
def test_no_value_is_a_formula(text: str) -> None:
    (shown,) = {row["shown"] for row in rows(text)}
    assert shown == "'" + text
    (asked,) = {row["query"] for row in rows(text) if row["prompt"] == "p00001"}
    assert asked == "'" + text + " q1"


def test_a_guarded_comment_is_what_was_typed(tmp_path: Path) -> None:
    for written, typed in [("'=x", "=x"), ("''x", "'x"), ("'tis", "'tis"), ("=x", "=x")]:
        lines = rows()
        lines[0]["comment"] = written
        (answer,) = read_sheet(write(tmp_path / "a.csv", lines), STUDY).answers
        assert answer.comment == typed


def _set(line: int, **values: str) -> Callable[[Rows], object]:
    return lambda lines: lines[line].update(values)


WRONG = [
    (_set(3, prompt="p9"), r"a\.csv: line 5: there is no prompt 'p9'"),
    (_set(1, result="3"), r"line 3: result '3' is not a number from 1 to 2"),
    (_set(1, result="1"), r"line 3: the same result of p00001 stands at line 2 too"),
    (_set(1, effective="maybe"), r"line 3: prompt p00001, result 2: effective is 'maybe'"),
    (_set(1, effective=""), r"line 3: .*`effective` is empty in a prompt that is begun"),
    (_set(0, grade="3"), r"line 2: .*grade is '3', expected 0, 1, 2 or nothing"),
    (_set(0, error="odd"), r"line 2: .*error is 'odd', expected irrelevant"),
    (_set(4, reviewer="ben"), r"line 6: the reviewer is 'ben', but 'ana' elsewhere"),
    (_set(0, sheet="s1"), r"line 2: the sheet is 's1', but those of 'study' are"),
    (lambda lines: lines.pop(1), r"line 2: prompt p00001: result 2 is missing"),
]


@pytest.mark.parametrize(("spoil", "message"), WRONG)
def test_what_is_wrong_is_told_with_its_line(
    spoil: Callable[[Rows], object], message: str, tmp_path: Path
) -> None:
    lines = rows()
    spoil(lines)
    with pytest.raises(DataError, match=message):
        read_sheet(write(tmp_path / "a.csv", lines), STUDY)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    lines = [row | {"prompt": "p9"} for row in rows() * 9]
    with pytest.raises(DataError, match=r"and 34 more\.") as caught:
        read_sheet(write(tmp_path / "a.csv", lines), STUDY)
    assert len(caught.value.problems) == 21


def test_somebody_has_to_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [row | {"reviewer": ""} for row in rows()])
    with pytest.raises(UsageError, match="who the reviewer is"):
        read_sheet(path, STUDY)
    assert read_sheet(path, STUDY, " eve ").reviewer == "eve"
    with pytest.raises(DataError, match="the reviewer is 'ana', but 'eve'"):
        read_sheet(write(tmp_path / "b.csv", rows()), STUDY, "eve")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no column 'sheet'"),
        (b"a,b\n1,2\n", "line 1: there is no column 'sheet'"),
        (b"\xff\xfe", "not text in UTF-8"),
        (b"{", "not a sheet that was saved as JSON"),
        (b'{"evalkit_sheet": 2}', "not a sheet that was saved as JSON"),
        (b"{" * 90_000, "not a sheet that was saved as JSON"),
        (b'sheet,prompt,result,effective\n"a,b\n', "line 2: this is not CSV"),
        (b"sheet,prompt,result,effective\na,b\n", "line 2: there are not 4 fields"),
    ],
)
def test_a_file_of_another_kind_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_sheet(tmp_path / "a", STUDY)
    with pytest.raises(DataError, match="cannot be read"):
        read_sheet(tmp_path / "none", STUDY)


def test_only_prompts_that_want_judgements_are_sent_out() -> None:
    def said(prompt: str, reviewer: str, settles: bool = False) -> Judgement:
        mark = Mark("d1", True)
        return Judgement(prompt, "find", "q", reviewer, mark, "", "", adjudicates=settles)

    some = [said("p00001", "ana"), said("p00002", "ana"), said("p00002", "ben")]
    assert [p.id for p in still_open(STUDY, some).prompts] == ["p00001", "p00003"]
    assert [p.id for p in still_open(STUDY, some, "ana").prompts] == ["p00003"]
    settled = [*some, said("p00003", "eve", True)]
    assert still_open(STUDY, settled, "ana").prompts == ()
    assert sheet_id(still_open(STUDY, some)) == sheet_id(STUDY)


def test_the_page_holds_foreign_text_as_text_and_loads_nothing() -> None:
    study = replace(make(text=HARM), guideline=HARM)
    html = html_sheet(study, reviewer=HARM)
    assert html.count("<script>") == 1
    assert "<img src=x" not in html
    assert "\u202e" not in html
    assert "default-src 'none'" in html
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    assert html == html_sheet(study, reviewer=HARM)


@pytest.mark.browser
def test_a_page_is_filled_by_keyboard_and_comes_back(browser: Any, tmp_path: Path) -> None:
    """From disk, without a network: marked, reloaded, saved as JSON and as CSV, read again."""
    study = replace(make(text=HARM), guideline=HARM)
    (tmp_path / "sheet.html").write_text(html_sheet(study), "utf-8")
    said: list[str] = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("console", lambda m: said.append(m.text))
    page.on(
        "request",
        lambda r: said.append(r.url) if r.url[:5] not in ("file:", "data:", "blob:") else None,
    )
    page.goto(f"file://{tmp_path / 'sheet.html'}")
    page.fill("input[name=reviewer]", "Ana é 👩🏽‍🔬")
    page.locator(".result input").first.focus()
    page.keyboard.type("e2j")
    page.keyboard.type("n")
    page.keyboard.type("c")
    page.keyboard.type("=not a formula, e")
    page.reload()
    assert page.inner_text("#status") == "1 of 3 prompts done"
    for kind in ("json", "csv"):
        with page.expect_download() as waited:
            page.click(f"#{kind}")
        waited.value.save_as(tmp_path / f"sheet.{kind}")
    page.locator(".result input").nth(10).check()
    page.click("#json")
    assert page.inner_text("#status") == "Prompt 2: result 2 is not marked."
    assert page.title() == "Judging sheet: study"
    context.close()
    assert said == []
    for kind in ("json", "csv"):
        sheet = read_sheet(tmp_path / f"sheet.{kind}", study)
        assert sheet.reviewer == "Ana é 👩🏽‍🔬"
        (answer,) = sheet.answers
        assert answer.marks == (Mark("d1", True, 2), Mark("d2", False))
        assert answer.comment == "=not a formula, e"
    assert json.loads((tmp_path / "sheet.json").read_text("utf-8"))["evalkit_sheet"] == 1
