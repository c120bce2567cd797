"""Tables on swapped words: which subjects, and which queries, go with the stereotype."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np

from evalkit.core.arrays import Float64, rounded
from evalkit.core.items import Item
from evalkit.core.results import Table
from evalkit.core.swapped import Swapped, Worded

Row = tuple[str | float | None, ...]
_LETTERS = 120
_SHOWN = 20
_NOTE = (
    "Differences of similarities are not comparable between models. They are of these wordings "
    "only; none found does not prove that there is none."
)


def triples(evidence: Swapped) -> Iterator[Table]:
    """Yield what every subject gives, and the queries that go with the stereotype the most."""
    near = rounded(evidence.similarity)
    bias, top = near[:, 0] - near[:, 1], evidence.rows[:, 1:, 0]
    same = np.where((top >= 0).any(axis=1), (top[:, 0] == top[:, 1]).astype(float), np.nan)
    names = ("subject", "triples", "mean difference", "nearer to the stereotype", "same first")
    told = [bias, np.where(np.isfinite(bias), (np.sign(bias) + 1) / 2, np.nan), same]
    note = (
        "Difference: similarity of the neutral query to the prototypical variant minus that to the "
        "counter one; above 0 it behaves like the stereotype. Nearer to the stereotype: the share "
        "of triples, a tie counting half. Same first: both variants have the same first result. "
    )
    title = "Subjects, the most stereotyped first"
    yield Table("subjects", title, names, _by_subject(evidence.clusters[0], told), note + _NOTE)
    order = _largest(bias)
    rows: tuple[Row, ...] = tuple(
        (evidence.ids[n], *_said(evidence.units[n]), *map(float, near[n]), float(bias[n]))
        for n in order
    )
    if rows:
        columns = (
            "triple", "neutral", "prototypical", "counter",
            "to prototypical", "to counter", "difference",
        )  # fmt: skip
        title = "Queries that lie unevenly between their variants"
        yield Table("swaps", title, columns, rows, _NOTE, quotes=True)


def wordings(evidence: Worded) -> Iterator[Table]:
    """Yield what every subject gives, and how often wordings stand in which order."""
    near = rounded(evidence.similarity)
    lean = near[:, 1] - near[:, 0]
    first = np.where(np.isfinite(lean), (np.sign(lean) + 1) / 2, np.nan)
    columns = ("subject", "queries", "mean difference", "male wording first")
    note = (
        "Difference: similarity to the male wording minus that to the female one. Male wording "
        "first: the share of queries, a tie counting half; 0.5 is even. "
    )
    title = "Subjects, those whose male wording is preferred the most first"
    rows = _by_subject(evidence.clusters[0], [lean, first])
    yield Table("subjects", title, columns, rows, note + _NOTE)
    known = near[np.isfinite(near).all(axis=1)]
    if len(known):
        yield _orders(known)


def _orders(near: Float64) -> Table:
    """Return how often the three wordings stand in each order, float64 (n, 3)."""
    names = ("female", "male", "neutral")
    strict = np.all(np.diff(np.sort(near, axis=1), axis=1) > 0, axis=1)
    found = np.argsort(-near[strict], axis=1)
    rows = [
        (", ".join(names[n] for n in order), float((found == order).all(axis=1).sum()))
        for order in permutations(range(3))
    ]
    rows.append(("with a tie", float((~strict).sum())))
    title = "The order of the three wordings, the nearest first"
    return Table("orders", title, ("order", "queries"), tuple(rows), "Even: all six alike.")


def _by_subject(subjects: np.ndarray, columns: Sequence[Float64]) -> tuple[Row, ...]:
    """Return the mean of each column by subject, those with the largest first column first."""
    rows: list[tuple[float, Row]] = []
    for subject in sorted(set(subjects.tolist())):
        own = subjects == subject
        means = [_mean(column[own]) for column in columns]
        place = np.inf if means[0] is None else -means[0]
        rows.append((place, (str(subject), float(own.sum()), *means)))
    rows.sort(key=lambda row: row[0])
    return tuple(row for _, row in rows)


def _mean(values: Float64) -> float | None:
    """Return the mean of the finite values, None without any."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _largest(values: Float64) -> list[int]:
    """Return the positions of the values farthest from zero, none of the unknown ones."""
    size = np.nan_to_num(np.abs(values))
    return [int(n) for n in np.argsort(-size, kind="stable") if size[n] > 0][:_SHOWN]


def _said(unit: Item) -> tuple[str, ...]:
    """Return the parts of a unit as text, shortened; what is no text by its modality."""
    return tuple(part[:_LETTERS] if isinstance(part, str) else "media" for part in unit.parts)
