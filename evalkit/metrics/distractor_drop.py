"""Retrieval in a crossed grid: what is found of one content, without and with the same context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.crossed import Crossed
from evalkit.core.registry import plugin
from evalkit.metrics._crossing import cell_means, kinds, similarities, sizes
from evalkit.metrics._unit import UnitMetric


class _Search(UnitMetric[Crossed]):
    """Every item asks for those of its content in other contexts; a score is the mean of a cell.

    The easy index holds all items of other contexts; the hard one holds those of other contents in
    the same context besides. Equal similarities are ordered by id.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "crossed"
    unit: ClassVar[str] = "share of items"
    k: int

    def scorable(self, evidence: Crossed) -> Bool:
        """Return which cells have their content elsewhere, bool (n,)."""
        return np.asarray(kinds(evidence).like.any(axis=1))

    def _found(self, evidence: Crossed, hard: bool, all_of: bool = True) -> Float64:
        """Return what each cell's items find in k places, over all there is or over the places."""
        order = np.argsort(np.array(evidence.members, str), kind="stable")
        cell = evidence.cell[order]
        kept = kinds(evidence, sizes(evidence) > 0)
        right = kept.like[cell][:, cell]
        index = right | kept.apart[cell][:, cell]
        if hard:
            index |= kept.beside[cell][:, cell]
        alike = np.where(index, similarities(evidence)[np.ix_(order, order)], -np.inf)
        first = np.argsort(-alike, axis=1, kind="stable")[:, : self.k]
        hits = np.take_along_axis(right, first, axis=1).sum(axis=1)
        out_of = right.sum(axis=1) if all_of else np.minimum(index.sum(axis=1), self.k)
        found = np.empty(len(cell))
        with np.errstate(invalid="ignore"):
            found[order] = np.where(right.any(axis=1), hits / out_of, np.nan)
        return cell_means(evidence, found)


@plugin("metrics", "easy_recall")
@dataclass(frozen=True, slots=True)
class EasyRecall(_Search):
    """The share of a content's items that are in the first k places without distractors, 0 to 1.

    More is better. An item asks an index of all items of other contexts; those of its own content
    are right. All of them count in the denominator, as in `recall`. NaN for a cell whose content is
    nowhere else.
    """

    k: int
    word: ClassVar[str] = "easy_recall"

    def values(self, evidence: Crossed) -> Float64:
        """Return the mean recall of each cell's items, float64 (n,)."""
        return self._found(evidence, hard=False)


@plugin("metrics", "hard_recall")
@dataclass(frozen=True, slots=True)
class HardRecall(_Search):
    """The share of a content's items that are in the first k places among distractors, 0 to 1.

    More is better. As `easy_recall`, but the index also holds the other contents in the same
    context as the item that asks: the elephants in the savanna, when lions are wanted. NaN for a
    cell whose content is nowhere else.
    """

    k: int
    word: ClassVar[str] = "hard_recall"

    def values(self, evidence: Crossed) -> Float64:
        """Return the mean recall of each cell's items, float64 (n,)."""
        return self._found(evidence, hard=True)


@plugin("metrics", "distractor_drop")
@dataclass(frozen=True, slots=True)
class DistractorDrop(_Search):
    """How much recall is lost to other contents in the same context: easy minus hard, 0 to 1.

    Less is better. `easy_recall` minus `hard_recall` of each item. A larger index alone costs a
    little: with as many items in every cell, the hard one is larger by one in as many as there are
    other contexts. NaN for a cell whose content is nowhere else.
    """

    k: int
    word: ClassVar[str] = "distractor_drop"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def values(self, evidence: Crossed) -> Float64:
        """Return the mean loss of each cell's items, float64 (n,)."""
        return self._found(evidence, hard=False) - self._found(evidence, hard=True)


@plugin("metrics", "content_purity")
@dataclass(frozen=True, slots=True)
class ContentPurity(_Search):
    """The share of the k nearest items from other contexts that are of the same content, 0 to 1.

    More is better; about 1 over the number of contents by chance. Less than k items in other
    contexts count for all places. NaN for a cell whose content is nowhere else.
    """

    k: int
    word: ClassVar[str] = "content_purity"

    def values(self, evidence: Crossed) -> Float64:
        """Return the mean share of each cell's items, float64 (n,)."""
        return self._found(evidence, hard=False, all_of=False)
