"""Misspellings by ear: what people write who know how a word sounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._language import languages_of
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import Edit, change_texts, in_case_of, share_of, slip_some

if TYPE_CHECKING:
    import numpy as np

_SHARES = (0.0, 0.02, 0.05, 0.10, 0.15, 0.25)
_ANY = (
    (r"([b-df-hj-np-tv-z])\1", r"\1"),  # running: runing
    (r"(?<=[aeiouy])([dlmnprst])(?=[aeiou])", r"\1\1"),  # necessary: neccessary
    (r"ph", "f"),
)
_ENGLISH = (
    (r"ie", "ei"), (r"ei", "ie"), (r"ea", "ee"), (r"ee", "ea"), (r"oo", "u"), (r"ai", "ay"),
    (r"ou", "ow"), (r"ow", "ou"), (r"au", "aw"), (r"ew", "oo"), (r"f(?!f)", "ph"),
    (r"\bkn", "n"), (r"\bwr", "r"), (r"\bwh", "w"), (r"mb\b", "m"), (r"ight", "ite"),
    (r"ck", "k"), (r"qu", "kw"), (r"x", "ks"), (r"c(?=[eiy])", "s"), (r"c(?=[aour])", "k"),
    (r"sc", "sk"), (r"s(?=[ei])", "c"), (r"tion\b", "shun"), (r"able\b", "ible"),
    (r"ible\b", "able"), (r"ance\b", "ence"), (r"ence\b", "ance"), (r"ant\b", "ent"),
    (r"ent\b", "ant"), (r"er\b", "or"), (r"or\b", "er"), (r"al\b", "le"), (r"le\b", "el"),
    (r"(?<=[a-z]{2})y\b", "ey"), (r"(?<=[aiou][b-df-hj-np-tv-z])e\b", ""),
    (r"(?<=[a-z]{2})i(?=[a-z]{2})", "e"), (r"(?<=[a-z]{2})a(?=[a-z]{2})", "e"),
    (r"(?<=[b-df-hj-np-tv-z])e(?=[lnr])", "a"), (r"(?<=[b-df-hj-np-tv-z])o(?=[mnrv])", "u"),
    (r"(?<=[a-z])s(?=[aeiou]|\b)", "z"), (r"k(?=[aou])", "c"), (r"k\b", "ck"), (r"j", "g"),
    (r"g(?=[ei])", "j"), (r"(?<=[aeiou])([dlnt])\b", r"\1\1"), (r"y(?=[a-z])", "i"),
    (r"ay\b", "ey"), (r"(?<=[aeiou])ch", "tch"), (r"ar(?=[a-z])", "er"), (r"th\b", "f"),
    (r"[st]tle\b", "sel"), (r"(?<=[a-z])u(?=[a-z])", "oo"),
)  # fmt: skip
_SPANISH = (
    (r"(?<!c)h", ""), (r"b", "v"), (r"v", "b"), (r"ll", "y"), (r"\by(?=[aeiouáéíóú])", "ll"),
    (r"c(?=[eiéí])", "s"), (r"z", "s"), (r"s(?=[eiéí])", "c"), (r"g(?=[eiéí])", "j"),
    (r"j(?=[eiéí])", "g"), (r"qu(?=[eiéí])", "k"), (r"c(?=[aouáóú])", "k"), (r"rr", "r"),
    (r"x", "s"), (r"gü", "gu"), (r"gu(?=[eiéí])", "g"), (r"m(?=[bp])", "n"), (r"n(?=v)", "m"),
    (r"ado\b", "ao"), (r"d\b", ""), (r"(?<=[aeo])s\b", ""), (r"á", "a"), (r"é", "e"), (r"í", "i"),
    (r"ó", "o"), (r"ú", "u"), (r"y\b", "i"), (r"\b(?=[aeo][a-z]{3})([aeo])", r"h\1"),
)  # fmt: skip
_RULES: Mapping[str, tuple[tuple[str, str], ...]] = {"en": _ENGLISH, "es": _SPANISH}


@plugin("probes", "misspelling")
@dataclass(frozen=True, slots=True)
class Misspelling:
    """Misspells words as they sound: 2, 5, 10, 15 or 25 slips per hundred letters, at least one.

    English: ie and ei, f and ph, silent letters, endings such as -able and -ible. Spanish: b and
    v, h dropped or added, ll and y, c, s and z, g and j. Any language: one consonant for two, two
    for one, f for ph. Fewer slips where the rules meet fewer places. The language is the item's
    tag `language`, else as its small words tell, else both. Shares as for slips of the finger:
    levels of evalkit.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Names, and words that sound alike but differ, such as tuvo, tubo."
    changes: ClassVar[float] = 0.85

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item misspelt, or None where no spelling rule meets its text."""
        if check_severity("misspelling", severity) == 0:
            return item
        share = _SHARES[severity]
        return change_texts(
            item, lambda text: _misspelt(text, languages_of(item, text), share, ctx.rng)
        )


def _misspelt(text: str, languages: frozenset[str], share: float, rng: np.random.Generator) -> str:
    """Return the text with a share of slips per letter, as far as the rules find places."""
    letters = sum(sign.isalpha() for sign in text)
    return slip_some(text, _slips(text, languages), share_of(share, letters), rng)


def _slips(text: str, languages: frozenset[str]) -> list[Edit]:
    """Return every misspelling that the rules of the languages know in a text."""
    spoken = languages or _RULES.keys()
    rules = _ANY + tuple(rule for name in sorted(spoken) for rule in _RULES.get(name, ()))
    return [
        (found.start(), found.end(), in_case_of(found[0], found.expand(new)))
        for pattern, new in rules
        for found in re.finditer(pattern, text, re.IGNORECASE)
    ]
