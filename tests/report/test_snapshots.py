"""What each section says, as text: a change of words or numbers shows up in the snapshot."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from syrupy.assertion import SnapshotAssertion

from evalkit.archive import Run

_ROWS = {"tr", "li", "p", "h1", "h2", "h3", "h4", "h5", "dt", "dd", "caption", "summary", "figure"}


class Text(HTMLParser):
    """The text of each section by its id, a line a row, cells apart by bars; pictures by alt."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._at = ""
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in ("section", "header"):
            self._at = known.get("id") or (self._at if tag == "header" else "use case")
            self._at = self._at or "top"
        self._silent = tag in ("style", "script")
        if tag in _ROWS:
            self._add("\n")
        if tag in ("td", "th", "br"):
            self._add(" " if tag == "br" else " | ")
        if tag == "img":
            self._add(f"[picture: {known.get('alt')}]")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._add(re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        if self._at:
            self.found[self._at] = self.found.get(self._at, "") + text


@pytest.fixture
def sections(page: Callable[[Run], str], run: Run) -> dict[str, str]:
    """Return the sections of an ordinary run as text."""
    reader = Text()
    reader.feed(page(run))
    lines = {name: text.split("\n") for name, text in reader.found.items()}
    return {n: "\n".join(filter(None, map(str.strip, some))) for n, some in lines.items()}


SECTIONS = ("top", "verdicts", "changes", "frontier", "models", "groups", "probes", "moved",
            "skipped", "costs", "glossary", "provenance")  # fmt: skip


def test_what_each_section_says(sections: dict[str, str], snapshot: SnapshotAssertion) -> None:
    assert {name: sections[name] for name in SECTIONS} == snapshot
