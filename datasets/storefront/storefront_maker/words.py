"""Measures wording: content words shared with titles, and patterns shared by queries."""

import re
import unicodedata
from functools import cache

import yaml

from .catalogue import SOURCES

SLOT = "_"
COMPOUND_LENGTH = 5


@cache
def _lists() -> dict[str, dict[str, str]]:
    """Return the word lists as they are written in the source file."""
    text = (SOURCES / "words.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


def tokens(text: str) -> list[str]:
    """Return lower-case words without accents; a final s of longer words is dropped."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.findall(r"[a-z0-9]+", plain)
    return [word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words]


@cache
def stop_words() -> frozenset[str]:
    """Return the function words of the five languages, folded like the texts."""
    return frozenset(tokens(" ".join(_lists()["stop"].values())))


@cache
def slot_words() -> frozenset[str]:
    """Return the words for kinds, colours, patterns, materials, units and numbers, folded."""
    return frozenset(tokens(" ".join(_lists()["slots"].values())))


def content_words(text: str) -> set[str]:
    """Return the folded words and numbers of a text that are not function words."""
    return {word for word in tokens(text) if word not in stop_words() and len(word) > 1}


@cache
def is_slot(word: str) -> bool:
    """Tell whether a folded word names a slot value, alone or inside a compound."""
    if any(letter.isdigit() for letter in word) or word in slot_words():
        return True
    return any(len(slot) >= COMPOUND_LENGTH and slot in word for slot in slot_words())


def pattern(text: str) -> str:
    """Return the text with every run of slot words replaced by one blank."""
    blanked: list[str] = []
    for word in tokens(text):
        item = SLOT if is_slot(word) else word
        if item != SLOT or blanked[-1:] != [SLOT]:
            blanked.append(item)
    return " ".join(blanked)
