"""What the probes share that write one half of authored pairs of phrases for the other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.probes._language import languages_of
from evalkit.probes._phrases import phrases_of
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts, check_choice, edit_slightest, fifths_of
from evalkit.probes._wordings_file import read_wordings

_SHIPPED = Path(__file__).with_name("_wordings")


@dataclass(frozen=True, slots=True)
class Rewording:
    """Writes phrases of a text in other words: n fifths of those it has, at least one.

    The phrases that change the fewest signs come first, so that the effect grows with severity. A
    subclass names its kind, which is the name of its file too, and the halves of its pairs. to:
    the half that is written. pairs: a TSV file of one's own instead of the shipped one, with the
    columns language and the two halves. A phrase is found as whole words, the longest first, and
    keeps its case; `#` stands for a number in digits, which stays; English articles are put right.
    Only phrases of the text's language are looked for, of all where it is not known.
    """

    to: str
    pairs: Path | None = None

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    kind: ClassVar[str]
    halves: ClassVar[tuple[str, str]]

    def __post_init__(self) -> None:
        """Refuse an unknown half (UsageError) and pairs that cannot be read (DataError)."""
        check_choice(self.kind, "to", self.to, self.halves)
        read_wordings(self._file, self.halves)

    @property
    def _file(self) -> Path:
        """The file of pairs."""
        return self.pairs or _SHIPPED / f"{self.kind}.tsv"

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item in other words, or None where its text has no phrase to replace."""
        if check_severity(self.kind, severity) == 0:
            return item

        def change(text: str) -> str:
            known = phrases_of(self._file, self.halves, self.to, languages_of(item, text))
            edits = list(known.edits(text))
            return edit_slightest(text, edits, fifths_of(severity, len(edits)), ctx.rng)

        return change_texts(item, change)
