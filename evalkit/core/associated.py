"""Evidence on associations: how near two sets of targets lie to two sets of attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.items import Item, SideName


@dataclass(frozen=True, slots=True, eq=False)
class Associated:
    """Evidence of the kind `associations`: the similarity of every target to every attribute.

    A test holds two sets of targets, X and Y, or one, and two sets of attributes, A and B. A unit
    is a target beside an attribute in one test. ids: the units. tests: the names of the tests;
    test: int64 (n,), the test of each unit. targets, attributes: item ids, sorted; target,
    attribute: int64 (n,), the position of each unit's own. in_x, in_a: bool (n,), whether the
    target is of X, else of Y, and the attribute of A, else of B. paired: bool (n,), whether the
    test has both X and Y. similarity: float64 (n,), cosines as they are; centred: float64 (n,),
    cosines after the mean of all stimuli of the same modality was taken away; NaN where an item has
    no vector. share: float64 (n,), what is known of the target in the world, such as the percentage
    of women in an occupation, NaN where nothing is. clusters: two label arrays, the concept of the
    target and of the attribute, so that both are resampled. units: an item a unit.
    """

    kind: ClassVar[str] = "associations"
    ids: tuple[str, ...]
    tests: tuple[str, ...]
    test: Int64
    targets: tuple[str, ...]
    target: Int64
    attributes: tuple[str, ...]
    attribute: Int64
    in_x: Bool
    in_a: Bool
    paired: Bool
    similarity: Float64
    centred: Float64
    share: Float64
    clusters: tuple[np.ndarray, ...]
    units: tuple[Item, ...]
    side: ClassVar[SideName] = "corpus"

    def touched(self, side: SideName, changed: frozenset[str]) -> Bool:
        """Return which units have a changed target or attribute, bool (n,)."""
        if side != self.side:
            return np.zeros(len(self.ids), bool)
        first, second = (
            np.array([name in changed for name in names], bool)
            for names in (self.targets, self.attributes)
        )
        return np.asarray(first[self.target] | second[self.attribute])
