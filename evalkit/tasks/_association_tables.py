"""Tables on associations: the effect of every test, how rare it is, and how targets lean."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.associated import Associated
from evalkit.core.results import Table
from evalkit.stats import holm
from evalkit.tasks._partitions import Rarity, rarity

_TINY = 1e-12
LIMITS = (
    "Such a test may show that an association is there; it does not prove that none is. It is of "
    "these stimuli and of distances between vectors, not of what a search returns."
)
Row = tuple[str | float | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """One test: cosines of its targets and attributes, float64 (targets, attributes), as read.

    names: the targets. in_x, in_a: bool, of targets and attributes. share: float64 (targets,).
    """

    names: tuple[str, ...]
    similarity: Float64
    centred: Float64
    in_x: Bool
    in_a: Bool
    share: Float64
    paired: bool


def effects(evidence: Associated) -> Table:
    """Return the effect of every test and how rare it is, as it is and centred."""
    grids = [_grid(evidence, n) for n in range(len(evidence.tests))]
    rows: list[list[str | float | None]] = []
    for name, grid in zip(evidence.tests, grids, strict=True):
        row: list[str | float | None] = [name, float(len(grid.names)), float(len(grid.in_a))]
        for cosines in (grid.similarity, grid.centred):
            row += _effect(name, grid, cosines)
        rows.append([*row, *_reach(grid)])
    for place in (6, 10):
        _adjust(rows, place)
    columns = (
        "test", "targets", "attributes", "effect", "p, X with A", "p, either way", "p after Holm",
        "effect, centred", "p, X with A, centred", "p, either way, centred",
        "p after Holm, centred", "partitions", "smallest p", "why there is no effect",
    )  # fmt: skip
    note = (
        "Effect: how much nearer X lies to A than to B, compared with Y, in standard deviations; "
        "above 0 X goes with A. p: the share of ways to divide the targets in two that give as "
        f"much; after Holm: over all tests of this table. {LIMITS}"
    )
    return Table("associations", "Tests", columns, tuple(map(tuple, rows)), note)


def leans(evidence: Associated) -> Table:
    """Return how every target leans, those that lean the most first, test by test."""
    said = dict(zip(evidence.target.tolist(), (u.parts[0] for u in evidence.units), strict=True))
    words = {n: part if isinstance(part, str) else "picture" for n, part in said.items()}
    rows: list[Row] = []
    for number, name in enumerate(evidence.tests):
        grid, own = _grid(evidence, number), np.unique(evidence.target[evidence.test == number])
        raw, centred = (_lean(grid, cosines) for cosines in (grid.similarity, grid.centred))
        for n in np.argsort(-np.nan_to_num(np.abs(raw)), kind="stable"):
            side = "X" if grid.in_x[n] else "Y"
            numbers = (_told(of[n]) for of in (raw, centred, grid.share))
            rows.append((name, side, grid.names[n], words[int(own[n])], *numbers))
    columns = ("test", "set", "target", "what it is", "lean", "lean, centred", "share")
    note = (
        "Lean: mean cosine to A minus that to B, over the standard deviation of both. Share: what "
        f"the data say of the target. {LIMITS}"
    )
    return Table("leans", "Single targets", columns, tuple(rows), note, quotes=True)


def _grid(evidence: Associated, number: int) -> _Grid:
    """Return the cosines of one test, targets and attributes in the order of their ids."""
    own = evidence.test == number
    targets, row = np.unique(evidence.target[own], return_inverse=True)
    attributes, column = np.unique(evidence.attribute[own], return_inverse=True)
    shape = len(targets), len(attributes)
    at = row.reshape(-1), column.reshape(-1)
    raw, centred = np.full(shape, np.nan), np.full(shape, np.nan)
    raw[at], centred[at] = evidence.similarity[own], evidence.centred[own]
    in_x, share = np.zeros(len(targets), bool), np.full(len(targets), np.nan)
    in_x[at[0]], share[at[0]] = evidence.in_x[own], evidence.share[own]
    in_a = np.zeros(len(attributes), bool)
    in_a[at[1]] = evidence.in_a[own]
    names = tuple(evidence.targets[n] for n in targets)
    return _Grid(names, raw, centred, in_x, in_a, share, bool(evidence.paired[own].all()))


def _effect(name: str, grid: _Grid, cosines: Float64) -> list[str | float | None]:
    """Return the effect, both p-values and room for the adjusted one, None where there is none."""
    leaning = _leaning(grid, cosines)
    if not grid.paired or not np.isfinite(leaning).all():
        return [None] * 4
    spread = leaning.std(ddof=1)
    if spread <= _TINY:
        return [None] * 4
    apart = leaning[grid.in_x].mean() - leaning[~grid.in_x].mean()
    rare = _rare(name, grid, leaning)
    return [float(apart / spread), rare.above, rare.apart, None]


def _rare(name: str, grid: _Grid, leaning: Float64) -> Rarity:
    """Return how rare a test's difference is; draws depend on its name alone."""
    return rarity(leaning, grid.in_x, zlib.crc32(name.encode()))


def _reach(grid: _Grid) -> list[str | float | None]:
    """Return how many partitions are tried, the smallest p, and why there may be no effect."""
    if not grid.paired:
        return [None, None, "it has one set of targets"]
    leaning = _leaning(grid, grid.similarity)
    if not np.isfinite(leaning).all():
        return [None, None, "a stimulus has no vector"]
    rare = _rare("", grid, leaning)
    how = "" if leaning.std(ddof=1) > _TINY else "all targets lean alike"
    return [f"{rare.tried}, {'all' if rare.exact else 'drawn'}", f"{rare.least:.2g}", how or None]


def _leaning(grid: _Grid, cosines: Float64) -> Float64:
    """Return the mean cosine to A minus that to B of every target, float64 (targets,)."""
    difference: Float64 = cosines[:, grid.in_a].mean(axis=1) - cosines[:, ~grid.in_a].mean(axis=1)
    return difference


def _lean(grid: _Grid, cosines: Float64) -> Float64:
    """Return the effect of every target alone, float64 (targets,), NaN where nothing differs."""
    spread = cosines.std(axis=1, ddof=1)
    return np.where(spread > _TINY, _leaning(grid, cosines) / np.maximum(spread, _TINY), np.nan)


def _adjust(rows: list[list[str | float | None]], place: int) -> None:
    """Write the p-values of a column after Holm into the next one, over the tests that have one."""
    known = [row for row in rows if row[place - 1] is not None]
    adjusted = holm(np.array([row[place - 1] for row in known], np.float64))
    for row, value in zip(known, adjusted, strict=True):
        row[place] = float(value)


def _told(value: float) -> float | None:
    """Return a number, None for NaN."""
    return float(value) if np.isfinite(value) else None
