"""Every file of a report shows hostile text as text: no element, no link, no turned direction."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from evalkit.report import text
from tests.report.hostile import EMOJI, HEBREW

FILES = ("report.html", "card.html", "summary.md", "card.md", "junit.xml", "badge.svg")
OURS = frozenset("h1 h2 h3 h4 p strong ul li code table thead tbody tr th td".split())
"""What the Markdown of evalkit itself is made of."""


class Read(HTMLParser):
    """The names of a page's elements, and its words."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.code = ""
        self.words = ""
        self._at = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self._at = tag

    def handle_data(self, data: str) -> None:
        self.words += data
        self.code += data if self._at == "code" else ""


@pytest.mark.parametrize("name", FILES)
def test_no_file_holds_a_character_that_turns_the_reading_direction(
    written: Path, name: str
) -> None:
    content = (written / name).read_text("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066\u2067]", content)
    assert content.count("\u2068") == content.count("\u2069")


@pytest.mark.parametrize("name", FILES)
def test_every_file_shows_emoji_and_other_scripts_as_they_are(written: Path, name: str) -> None:
    content = (written / name).read_text("utf-8")
    assert EMOJI in content
    assert HEBREW in content


@pytest.mark.parametrize("name", ["report.html", "card.html", "summary.md", "card.md", "badge.svg"])
def test_what_runs_from_right_to_left_is_kept_to_itself(written: Path, name: str) -> None:
    content = (written / name).read_text("utf-8")
    content = re.sub(r"<script.*?</script>", "", content, flags=re.S)
    outside = re.sub("\u2068[^\u2069]*\u2069", "", content)
    assert not re.search("[\u0590-\u05ff\u200f]", outside)


@pytest.mark.parametrize("name", ["summary.md", "card.md"])
def test_markdown_makes_nothing_of_foreign_text(written: Path, name: str) -> None:
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    page = Read(made.render((written / name).read_text("utf-8")))
    assert page.names <= OURS
    assert "evil" not in page.code
    for shown in ("[x](javascript:alert(4))", "<svg onload=alert(3)>", "| `c` **b** ~~s~~"):
        assert shown in page.words
    assert "=cmd|' /C calc'!A0 </script><script>alert(1)</script>" in page.words


def test_a_badge_and_a_test_report_hold_it_as_text(written: Path) -> None:
    for name in ("badge.svg", "junit.xml"):
        root = ET.parse(written / name).getroot()
        names = {one.tag.rpartition("}")[2] for one in root.iter()}
        assert not names & {"script", "img", "foreignObject", "a", "image"}
        attributes = {key for one in root.iter() for key in one.attrib}
        assert not any(key.startswith("on") or "href" in key for key in attributes)
        told = [*root.itertext(), *(v for one in root.iter() for v in one.attrib.values())]
        assert any("<svg onload=alert(3)>" in words for words in told)


@pytest.mark.parametrize("words", ["plain", "a – b", "\U0001f600", "日本"])
def test_only_what_runs_from_right_to_left_is_isolated(words: str) -> None:
    assert text.isolated(words) == words
    assert text.isolated(f"{words} {HEBREW}") == f"\u2068{words} {HEBREW}\u2069"
