"""What a text says, as numbers: its words, neighbouring words and runs of 3 to 5 letters."""

from __future__ import annotations

import re
import unicodedata
import zlib
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .attributes import STOP_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

WORD_SLOTS = 1 << 13
GRAM_SLOTS = 1 << 14
SLOTS = WORD_SLOTS + GRAM_SLOTS
UNIT = 4096
"""The length of a feature vector, whose entries are integers."""

_WORD = re.compile(r"[^\W_]+")


class Tokens(NamedTuple):
    """A text's features: 32-bit hashes, places in the fitted map and how often each occurs (n,)."""

    hashes: NDArray[np.uint64]
    slots: NDArray[np.int64]
    counts: NDArray[np.int64]


def words(text: str) -> list[str]:
    """The words of a text without case, accents and stop words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    found = _WORD.findall(plain)
    return [word for word in found if word not in STOP_WORDS] or found


@lru_cache(maxsize=16)
def tokens(text: str) -> Tokens:
    """The features of a text; one without words is taken by its characters."""
    found = words(text) or [f"\0{character}" for character in text.strip()] or ["\0"]
    hashes = [code for word in found for code in _word_hashes(word)]
    hashes += [_word_hash(f"{first} {second}") for first, second in pairwise(found)]
    unique, counts = np.unique(np.array(hashes, dtype=np.uint64), return_counts=True)
    return Tokens(unique, _slots(unique), counts.astype(np.int64))


def weights(found: Tokens, rarity: NDArray[np.int64]) -> NDArray[np.float64]:
    """Integer weights (n,) of the tokens, together of length UNIT; `rarity` (SLOTS,)."""
    often = np.rint(16 * np.sqrt(np.minimum(found.counts, 2))).astype(np.int64)
    whole = np.where(found.slots < WORD_SLOTS, 2, 1)
    raw = often * whole * rarity[found.slots]
    length = np.sqrt(float((raw * raw).sum()))
    return np.asarray(np.rint(UNIT * raw / length))


@lru_cache(maxsize=1 << 16)
def _word_hashes(word: str) -> tuple[int, ...]:
    """The hashes of a word and of its letter runs, of which short words have few."""
    framed = f"^{word}$"
    runs = {framed[i : i + n] for n in (3, 4, 5) for i in range(len(framed) - n + 1)}
    return (_word_hash(word), *(zlib.crc32(run.encode()) | 1 << 32 for run in sorted(runs)))


def _word_hash(word: str) -> int:
    return zlib.crc32(word.encode())


def _slots(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    codes = hashes.astype(np.int64)
    is_run = codes >> 32 == 1
    return np.where(is_run, WORD_SLOTS + codes % GRAM_SLOTS, codes % WORD_SLOTS)
