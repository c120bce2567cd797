"""Evidence on content crossed with context: which of them do vectors go by?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float32, Int64
from evalkit.core.items import Item, SideName


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """Evidence of the kind `crossed`: vectors of items, each with a content and a context.

    A unit is a cell, all items of one content in one context. ids: the cells, `content | context`.
    contents, contexts: str of each cell. clusters: the same two as object arrays (n,), so that
    contents and contexts are both resampled. units: an item a cell, with the tags that its items
    share. members: the ids of the items that have a vector; cell: int64 (m,), the cell of each;
    vectors: float32 (m, dim), unit rows. everything: item id -> its cell, items without a vector
    included.
    """

    kind: ClassVar[str] = "crossed"
    ids: tuple[str, ...]
    contents: tuple[str, ...]
    contexts: tuple[str, ...]
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    members: tuple[str, ...]
    cell: Int64
    vectors: Float32
    everything: dict[str, int]
    side: SideName = "corpus"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which cells have an item among the changed, bool (n,)."""
        found = np.zeros(len(self.ids), bool)
        places = [self.everything[name] for name in changed if name in self.everything]
        found[places if side == self.side else []] = True
        return found
