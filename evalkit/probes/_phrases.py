"""Finds phrases in a text, and what to write for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from evalkit.probes._texts import Edit, in_case_of
from evalkit.probes._wordings_file import key, read_wordings

_NUMBER = r"\d+(?:[.,]\d+)*"
_BEFORE = r"(?<![\w€$£])(?<!\d[.,:/])(?<!\w[-'’])"
_AFTER = r"(?!\w|[.,:/]\d|-\w|['’](?!s\b)\w)"
_VOWEL = re.compile(r"(?!eu|uni|us[aeiu]|uti|one\b|once\b)[aeiou]|hour|honou?r|heir", re.IGNORECASE)
_SPELT = re.compile(r"[AEFHILMNORSX][A-Z]+\b")
"""An abbreviation whose first letter is spoken with a vowel first."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of some languages: what finds them, and for each the one to write.

    pattern: an English article, if there is one, and a phrase. written: phrase -> other half by
    key; phrases of the half that is written are found too, and are not in it, so that they stay.
    The language that is first in the file counts where two have a phrase.
    english: the keys of English phrases.
    """

    pattern: re.Pattern[str]
    written: Mapping[str, tuple[str, str]]
    english: frozenset[str]

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield where a phrase stands in a text and what is written for it."""
        for found in self.pattern.finditer(text):
            place = key(found[2])
            if place not in self.written:
                place = key(re.sub(_NUMBER, "#", found[2], count=1))
            if place in self.written:
                old, new = self.written[place]
                yield _edit(found, _cased(found[2], old, new), place in self.english)


@lru_cache(maxsize=64)
def phrases_of(file: Path, halves: tuple[str, str], to: str, languages: frozenset[str]) -> Phrases:
    """Return the phrases of a file in some languages, in all of them where none is given."""
    new = halves.index(to)
    chosen = [
        wording
        for wording in read_wordings(file, halves)
        if not languages or wording.language in languages
    ]
    found = sorted({half for one in chosen for half in one.halves}, key=_longest_first)
    ways = [(one.halves[1 - new], one.halves[new]) for one in reversed(chosen)]
    english = frozenset(key(one.halves[1 - new]) for one in chosen if one.language == "en")
    return Phrases(_pattern(found), {key(old): (old, other) for old, other in ways}, english)


def _longest_first(phrase: str) -> tuple[bool, int, str]:
    """Return where a phrase comes: `30 cm` before the bare 30, the longer before the shorter."""
    return "#" not in phrase, -len(phrase), phrase


def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Return what finds phrases as whole words, those that come first before others."""
    any_of = "|".join(map(_signs, phrases)) or "(?!)"
    return re.compile(rf"(?:\b(an?)\s+)??{_BEFORE}({any_of}){_AFTER}", re.IGNORECASE)


def _signs(phrase: str) -> str:
    """Return the pattern of a phrase: any spaces, a number for `#`, capitals only as they are."""
    signs = re.escape(phrase).replace(r"\#\ ", rf"{_NUMBER}\s*").replace(r"\#", _NUMBER)
    signs = signs.replace("\\ ", r"\s+").replace("'", "['’]")
    return f"(?-i:{signs})" if phrase.isupper() else signs


def _cased(found: str, old: str, new: str) -> str:
    """Return what is written for a phrase as found: in its case, with its number."""
    number = re.search(_NUMBER, found) if "#" in old else None
    plain = found.replace(number[0], "#") if number else found
    same = "".join(plain.split()) == "".join(old.split())
    cased = new if same else in_case_of(plain, new)
    return cased.replace("#", number[0]) if number else cased


def _edit(found: re.Match[str], new: str, english: bool) -> Edit:
    """Return the edit that writes a phrase, the English article before it put right."""
    article, old = found[1], found[2]
    if not english or not article or _with_vowel(old) == _with_vowel(new):
        return found.start(2), found.end(2), new
    right = in_case_of(article[0], "an" if _with_vowel(new) else "a")
    return found.start(), found.end(), f"{right} {new}"


def _with_vowel(phrase: str) -> bool:
    """Return whether a phrase is spoken with a vowel first."""
    return bool(_VOWEL.match(phrase) or _SPELT.match(phrase))
