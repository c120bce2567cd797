"""The files of a report: the same bytes each time, and harmless whatever the data says."""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evalkit import archive, report
from evalkit.archive import Run
from evalkit.report import text
from tests.report.hostile import HOSTILE

FILES = ("report.html", "card.html", "summary.md", "card.md", "junit.xml", "badge.svg")
MEDIA = ("data:image/jpeg;base64,", "data:audio/ogg;base64,")
VOID = frozenset({"meta", "img", "link", "br", "hr", "input"})


class Page(HTMLParser):
    """What a browser would make of a page: its elements, in order, with their attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.mismatched: list[str] = []
        self.words = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mismatched.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.words += data


@pytest.fixture(scope="module")
def html(written: Path) -> str:
    return (written / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_page_is_well_formed(page: Page) -> None:
    assert page.mismatched == []
    assert page.open == []


def test_the_page_has_no_element_that_data_put_there(page: Page) -> None:
    assert [tag for tag, _ in page.tags].count("script") == 4
    handlers = [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert handlers == []
    assert not any("style" in attrs for _, attrs in page.tags)
    assert "{{ 7*7 }}" in page.words
    assert "<script>alert(1)</script>" in page.words


def test_the_page_asks_for_nothing(page: Page) -> None:
    addresses = [
        value or ""
        for tag, attrs in page.tags
        for name, value in attrs.items()
        if name in ("src", "href", "action", "data", "srcset", "poster")
    ]
    assert addresses
    assert all(a.startswith(("#", *MEDIA)) for a in addresses)
    assert all(any(a.startswith(kind) for a in addresses) for kind in MEDIA)
    assert not any(tag in ("link", "iframe", "object", "form", "base") for tag, _ in page.tags)


def test_a_policy_allows_what_is_inlined_and_nothing_else(html: str) -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert found
    policy = found[1].replace("&#39;", "'")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert (rules["img-src"], rules["media-src"]) == ("data:", "data:")
    assert re.fullmatch(r"('sha256-[\w+/]{43}=' ?){3}", rules["script-src"])
    assert re.fullmatch(r"'sha256-[\w+/]{43}='", rules["style-src"])
    assert "unsafe" not in policy


def test_specifications_are_safe_inside_a_script(html: str) -> None:
    start = html.index('id="specs">') + len('id="specs">')
    specs = html[start : html.index("</script>", start)]
    assert specs.isascii()
    assert not set(specs) & set("<>&")
    assert not re.search(r'"(\$schema|url|href)":', specs)


def test_the_page_names_statuses_in_words_and_signs(html: str) -> None:
    for status, sign in text.SYMBOLS.items():
        assert (
            f'<span class="status {status}"><i aria-hidden="true">{sign}</i>{status}</span>' in html
        )


def test_the_page_says_how_decisions_are_made(page: Page) -> None:
    assert "one-sided at 5 %" in page.words
    assert "matching 90 % two-sided" in page.words
    assert "unbiased" not in page.words


def test_the_page_says_which_groups_are_reported_and_not_gated(run: Run, tmp_path: Path) -> None:
    report.write(run, tmp_path)
    words = " ".join(Page((tmp_path / "report.html").read_text("utf-8")).words.split())
    assert "es under 30: reported, not gated" in words
    assert "en under 30" not in words
    cell = next(e.cell for e in run.estimates if e.group)
    missing = replace(run.verdicts[3], cell=cell, group="language=es", why="Nothing was measured.")
    report.write(replace(run, verdicts=(missing,)), tmp_path)
    words = " ".join(Page((tmp_path / "report.html").read_text("utf-8")).words.split())
    assert "∅missing photos: ndcg@10 number 3 plain" in words
    assert "Nothing was measured." in words


def test_the_summary_neutralises_markdown(written: Path) -> None:
    summary = (written / "summary.md").read_text("utf-8")
    for harm in ("![", "](", "<img", "<script", "://", "@team", "www.e", "#12", "a@b", "\n# head"):
        assert harm not in summary, harm
    rows = [line for line in summary.splitlines() if line.startswith("|")]
    verdicts = [re.sub(r"\\\|", "", row).count("|") for row in rows[:8]]
    assert verdicts == [6] * 8
    assert "ndcg@10" in summary


def test_a_summary_row_says_what_was_observed(make_run: Callable[..., Run], tmp_path: Path) -> None:
    run = make_run()
    report.write(run, tmp_path)
    v = run.verdicts[0]
    summary = (tmp_path / "summary.md").read_text("utf-8")
    seen = f"{v.observed:.3f} ({v.low:.3f} to {v.high:.3f})"
    assert f"| ✓ pass | {v.gate} | value {seen} | 40 | Because plain |" in summary
    assert "about 456 more queries" in summary


def test_junit_has_a_case_per_verdict(written: Path, make_run: Callable[..., Run]) -> None:
    root = ET.parse(written / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("6", "2", "1")
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == len(make_run().verdicts)
    types = [f.get("type") for c in cases for f in c.findall("failure")]
    assert types == ["fail", "missing"]
    (skipped,) = (s for c in cases for s in c.findall("skipped"))
    assert (skipped.get("message") or "").startswith("waived: ")
    out = [c.findtext("system-out") or "" for c in cases]
    assert sum("inconclusive" in o and "456 more queries" in o for o in out) == 1
    assert all((c.get("classname") or "").endswith(".photos") for c in cases)


def test_a_run_without_gates_is_reported(without_gates: Run, tmp_path: Path) -> None:
    report.write(without_gates, tmp_path)
    assert ET.parse(tmp_path / "junit.xml").getroot().get("tests") == "0"
    assert "decides nothing" in (tmp_path / "summary.md").read_text("utf-8")
    assert "This suite sets no gate." in (tmp_path / "report.html").read_text("utf-8")


def test_a_run_without_estimates_has_no_scripts(run: Run, tmp_path: Path) -> None:
    report.write(replace(run, estimates=(), verdicts=()), tmp_path)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert "script-src &#39;none&#39;" in page


def test_the_same_run_gives_the_same_bytes(
    written: Path, make_run: Callable[..., Run], tmp_path: Path
) -> None:
    archive.save(make_run(HOSTILE), tmp_path)
    code = (
        "import sys; from pathlib import Path; from evalkit import archive, report;"
        "f = Path(sys.argv[1]); report.write(archive.load(f), f)"
    )
    env = {"PYTHONHASHSEED": "1", "PYTHONPATH": str(Path(report.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=env)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes(), name


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.41176, "0.412"), (-0.0001, "0.000"), (-0.02, "−0.020"), (float("nan"), "–")],
)
def test_numbers_have_three_places(value: float, said: str) -> None:
    assert text.number(value) == said


def test_surrogates_and_control_characters_are_replaced() -> None:
    assert text.clean("a\ud800\x07b\u2028c\td") == "a\ufffd\ufffdb c\td"


def test_times_are_said_plainly() -> None:
    assert text.day("2026-11-21T21:57:00+00:00") == "21 November 2026, 21:57 UTC"
    assert text.day("yesterday") == "yesterday"
