"""Evidence on what a probe changed: the same queries, found before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item, SideName

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Evidence of the kind `changes`: ranked lists on clean and on changed input, and how far.

    clean, probed: the same queries in the same order, over the same corpus. right: float64 (n, 2),
    the similarity of a query and its best judged relevant item, clean and changed; NaN where it
    has none. shift: float64 (n,), 1 - cosine between the clean and the changed vector of the
    query's changed items (itself, or on the corpus side its relevant items), the mean of them; NaN
    where nothing of it changed. apart: float64 (n,), 1 - mean cosine between those clean vectors
    and other clean items of their side. twin: int64 (n,), the place of the clean twin when the
    changed vector is looked for among the clean items of its side, the middle place of those that
    are as near, the worst of several items; 1 is best, 0 where not known.
    """

    kind: ClassVar[str] = "changes"
    clean: Ranked
    probed: Ranked
    right: Float64
    shift: Float64
    apart: Float64
    twin: Int64

    side: ClassVar[SideName] = "query"

    @property
    def ids(self) -> tuple[str, ...]:
        """The queries, in order."""
        return self.probed.ids

    @property
    def clusters(self) -> tuple[np.ndarray, ...]:
        """One or more label arrays, object (n,) each."""
        return self.probed.clusters

    @property
    def units(self) -> tuple[Item, ...]:
        """The queries."""
        return self.probed.units

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which queries are among the changed, or have a relevant item there, bool (n,)."""
        return self.probed.touched(side, changed)
