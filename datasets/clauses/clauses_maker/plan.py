"""Which sheets there are, and what their clauses say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml

SEED = 31
PER_CELL = 2
SOURCES = Path(__file__).resolve().parents[1] / "sources"
TEMPLATES = ("letter", "contract", "form", "memo", "brochure", "minutes")
_MONTHS = ("March", "April", "May", "June", "September", "October", "November")
_REGIONS = ("Ostmark", "Velden", "the Norland union", "Port Sorrel", "Castrovia", "Lindhaven")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page: its id, its clause, the template it is set in, and which of its cell it is."""

    id: str
    clause: str
    template: str
    number: int

    def rng(self, what: str) -> np.random.Generator:
        """Return a generator of this sheet alone, for one purpose."""
        return np.random.default_rng(
            [SEED, *f"{what} {self.clause} {self.template} {self.number}".encode()]
        )


@cache
def clauses() -> dict[str, str]:
    """Return the wording of each clause, with braces for what differs."""
    text = (SOURCES / "clauses.yaml").read_text(encoding="utf-8")
    return {name: " ".join(words.split()) for name, words in yaml.safe_load(text).items()}


@cache
def sheets() -> tuple[Sheet, ...]:
    """Return all sheets, their ids in mixed order."""
    cells = [(c, t, n) for c in clauses() for t in TEMPLATES for n in range(PER_CELL)]
    order = np.random.default_rng(SEED).permutation(len(cells))
    return tuple(Sheet(f"p{n + 1:03}", *cells[int(at)]) for n, at in enumerate(order))


def wording(sheet: Sheet) -> str:
    """Return the words of a sheet's clause, with its own dates and sums."""
    rng = sheet.rng("words")
    return clauses()[sheet.clause].format(
        date=f"{rng.integers(1, 29)} {_MONTHS[int(rng.integers(len(_MONTHS)))]}",
        number=int(rng.choice([3, 5, 7, 10, 14, 21, 30])),
        months=int(rng.choice([3, 6, 9, 12, 18, 24])),
        hours=int(rng.choice([12, 24, 36, 48, 72])),
        percent=int(rng.integers(4, 13)),
        money=f"{rng.integers(2, 90) * 50} crowns",
        region=_REGIONS[int(rng.integers(len(_REGIONS)))],
    )
