"""Evidence written out in tests of metrics: labels, clusters, pairs, matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.core import registry
from evalkit.core.evidence import Clustered, Labelled, Matched, Paired
from evalkit.core.results import Scores

NAN = float("nan")


def clusters(ids: Sequence[str]) -> tuple[np.ndarray]:
    return (np.array(ids, object),)


def labels(
    true: Sequence[int],
    neighbours: Sequence[Sequence[int]],
    scores: Sequence[Sequence[float]] | None = None,
    weighted: bool = False,
) -> Labelled:
    """Neighbours by label, nearest first; -1 beyond the end of a list."""
    near = np.array(neighbours, np.int64)
    alike = np.array(scores, float) if scores else 1 - np.arange(near.shape[1]) / 10
    alike = np.where(near >= 0, alike, NAN)
    ids = tuple(f"u{n}" for n in range(len(true)))
    classes = tuple(f"c{n:02}" for n in range(1 + max(*true, int(near.max(initial=0)))))
    rows = np.where(near >= 0, 0, -1)
    return Labelled(
        ids, np.array(true, np.int64), classes, near, alike, rows, weighted, clusters(ids), (), ()
    )


def clustered(true: npt.ArrayLike, *assigned: npt.ArrayLike) -> Clustered:
    """Topics and the clusters of each repetition."""
    topics = np.array(true, np.int64)
    ids = tuple(f"u{n}" for n in range(len(topics)))
    return Clustered(ids, topics, (), np.array(assigned, np.int64), clusters(ids), ())


def pairs(
    scores: npt.ArrayLike,
    positive: npt.ArrayLike,
    kinds: Sequence[str] = (),
    members: Sequence[tuple[str, str]] = (),
) -> Paired:
    alike, right = np.array(scores, float), np.array(positive, bool)
    named = tuple(members) or tuple((f"a{n}", f"b{n}") for n in range(len(alike)))
    ids = tuple(f"{a} ~ {b}" for a, b in named)
    return Paired(ids, named, alike, right, tuple(kinds) or ("",) * len(ids), clusters(ids), ())


def matches(
    rows: Sequence[Sequence[int]],
    source: Sequence[int],
    scores: Sequence[Sequence[float]] | None = None,
    spans: Sequence[tuple[float, float]] = (),
    place: Sequence[tuple[float, float]] = (),
) -> Matched:
    """Spans are of the first place of each list."""
    found = np.array(rows, np.int64).reshape(len(source), -1)
    alike = np.full(found.shape, 0.5) if scores is None else np.array(scores, float)
    won = np.full((*found.shape, 2), NAN)
    if spans:
        won[:, 0] = spans
    where = np.array(place, float) if place else np.full((len(source), 2), NAN)
    ids = tuple(f"s{n}" for n in range(len(source)))
    alike = np.where(found >= 0, alike, NAN)
    true = np.array(source, np.int64)
    return Matched(ids, found, alike, won, true, where, clusters(ids), (), ())


def per_unit(name: str, evidence: Any, **params: Any) -> list[float]:
    """The column `value` of a metric of single units."""
    found = registry.metric(name, params).per_unit(evidence)
    assert list(found.columns) == ["value"]
    values: list[float] = found.columns["value"].tolist()
    return values


def overall(name: str, evidence: Any, weights: Any = None, **params: Any) -> float:
    """The number of all units, each counting once or as often as `weights` say."""
    metric = registry.metric(name, params)
    row = np.ones(len(evidence.ids)) if weights is None else np.asarray(weights, float)
    (found,) = metric.summary(metric.per_unit(evidence), row[None])
    return float(found)


def repeated(scores: Scores, times: Sequence[int]) -> Scores:
    """Every unit as often as a resample drew it."""
    at = np.repeat(np.arange(len(times)), times)
    columns: Mapping[str, Any] = {name: c[at] for name, c in scores.columns.items()}
    ids = tuple(f"{scores.ids[n]}#{i}" for i, n in enumerate(at))
    return Scores(ids, clusters(ids), columns)
