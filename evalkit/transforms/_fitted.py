"""Transforms that are ready: plain arrays, what they were fitted on, and what they leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, Problem
from evalkit.core.items import SideName
from evalkit.core.results import Table
from evalkit.core.systems import FITTED
from evalkit.transforms._learning import Material

Sides = Literal["both", "query"]
_TINY = np.finfo(float).tiny


@dataclass(frozen=True, slots=True)
class Facts:
    """What a transform was fitted on, and what that did to the items it was fitted on.

    transform: its name; attribute: the tag of the groups. counts: modality -> items of each group.
    size: values of a vector. n: items that it learnt from. removed: how many directions it takes
    away. shrinkage: the share of the covariance that is a multiple of the identity, None where
    none is estimated. gap: the largest distance between the mean vectors of two groups of a
    modality before, after, and after rows are made unit again, which brings a little of it back.
    chosen: how the items were picked, "" where that was not said.
    """

    transform: str
    attribute: str
    groups: tuple[str, ...]
    counts: tuple[tuple[str, tuple[int, ...]], ...]
    size: int
    n: int
    removed: int
    shrinkage: float | None = None
    gap: tuple[float, float, float] = (float("nan"),) * 3
    chosen: str = ""

    @property
    def seen(self) -> str:
        """How many items of each group each modality has, for a person."""
        return "; ".join(
            f"{modality}: {', '.join(f'{g} {c}' for g, c in zip(self.groups, count, strict=True))}"
            for modality, count in self.counts
        )

    def table(self) -> Table:
        """Return the facts as a table of one row, for a report."""
        before, after, unit = self.gap
        cells: dict[str, str | float | None] = {
            "method": self.transform,
            "attribute": self.attribute,
            "chosen from": self.chosen or "not said",
            "items": self.n,
            "size": self.size,
            "groups": self.seen,
            "directions removed": self.removed,
            "covariance shrunk by": self.shrinkage,
            "means apart before": before,
            "means apart after": after,
            "means apart as unit vectors": unit,
        }
        return Table(FITTED, "What it was fitted on", tuple(cells), (tuple(cells.values()),))

    def __str__(self) -> str:
        """Return the facts as one line for a person."""
        before, after, unit = self.gap
        shrunk = "" if self.shrinkage is None else f", covariance shrunk by {self.shrinkage:.1%}"
        of = f" of {self.chosen}" if self.chosen else ""
        gone = f"{self.removed} direction{'' if self.removed == 1 else 's'}"
        return (
            f"fitted on {self.n} items{of} ({self.seen}) at {self.size} values: {gone} "
            f"removed{shrunk}; group means {before:.3g} apart, {after:.2g} after, {unit:.2g} as "
            "unit vectors"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """Takes a few directions out of vectors: x - along (read' (x - mean)).

    mean: float64 (dim,). along, read: float64 (dim, r) with read' along = 1, so that a second time
    changes nothing. It is an orthogonal projection where both are the same. sides: `query` leaves
    the corpus as it is.
    """

    facts: Facts
    mean: Float64
    along: Float64
    read: Float64
    sides: Sides = "both"

    def table(self) -> Table:
        """Return what it was fitted on."""
        return self.facts.table()

    def apply(self, matrix: Float64, side: SideName) -> Float64:
        """Return vectors without the directions, float64 (n, dim); they need not be unit."""
        rows = checked(matrix, self.facts.size)
        if side == "corpus" and self.sides == "query":
            return rows.copy()
        found: Float64 = rows - ((rows - self.mean) @ self.read) @ self.along.T
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Keeps a few directions of vectors: x' basis.

    basis: float64 (dim, k), orthonormal columns. Dot products and distances are those of
    `basis basis' x`, which has all values, so that fewer values need to be stored.
    """

    facts: Facts
    basis: Float64

    def table(self) -> Table:
        """Return what it was fitted on."""
        return self.facts.table()

    def apply(self, matrix: Float64, side: SideName) -> Float64:
        """Return the kept directions, float64 (n, k); rows need not be unit. Same for each side."""
        found: Float64 = checked(matrix, self.facts.size) @ self.basis
        return found


R = TypeVar("R", Removal, Kept)


def checked(matrix: Float64, size: int) -> Float64:
    """Return rows as float64; raises DataError where they are not of the size fitted on."""
    if matrix.ndim != 2 or matrix.shape[1] != size:
        what = f"they are {matrix.shape}, the transform was fitted on {size} values."
        raise DataError(Problem("vectors to transform", what, "Fit one for every size."))
    return matrix.astype(np.float64)


def facts(transform: str, attribute: str, learnt: Material, removed: int) -> Facts:
    """Return what is known of a fit before it is tried."""
    n, size = learnt.matrix.shape
    told = Facts(transform, attribute, learnt.groups, learnt.counts, size, n, removed)
    return replace(told, chosen=learnt.chosen)


def tried(fit: R, learnt: Material) -> R:
    """Return the same with the gaps that it leaves on what it was fitted on."""
    moved = fit.apply(learnt.matrix, "query")
    lengths = np.sqrt((moved * moved).sum(axis=1, keepdims=True))
    matrices = (learnt.matrix, moved, moved / np.maximum(lengths, _TINY))
    before, after, unit = (learnt.gap(matrix) for matrix in matrices)
    return replace(fit, facts=replace(fit.facts, gap=(before, after, unit)))
