"""The one place that calls ranx: per-query values of ranking measures, one call at a time.

ranx is used through its array path, which takes the order of a list as given; evalkit decides
orders elsewhere. Two of its properties are hidden here. Its compiled loops end the whole process
when two threads are in them at once, so a lock admits one. And importing it loads pandas, scipy and
matplotlib for seconds, makes folders in the home directory and warns, so only its measures are
imported, on first use.
"""

from __future__ import annotations

import sys
import threading
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Literal, NamedTuple

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.evidence import Ranked

Measure = Literal["recall", "hit", "precision", "ndcg", "ndcg_exp", "mrr", "map", "r_precision"]

_RANX_NAMES: dict[Measure, str] = {
    "recall": "recall",
    "hit": "hit_rate",
    "precision": "precision",
    "ndcg": "ndcg",
    "ndcg_exp": "ndcg_burges",
    "mrr": "reciprocal_rank",
    "map": "average_precision",
    "r_precision": "r_precision",
}
_GRADED: frozenset[Measure] = frozenset({"ndcg", "ndcg_exp"})
_WHOLE_LIST = 0
_FROM_GRADE = 1
_lock = threading.Lock()


def per_query(measure: Measure, ranked: Ranked, k: int | None = None) -> Float64:
    """Return a measure's value for each query of the evidence.

    k: how many places count; None for the whole list (r_precision looks at as many places as there
    are relevant items and takes no k). Returns float64 (n,) in 0 to 1, more is better, and 0 where
    nothing is relevant: what such a query should count as is for the metric to say. Items count as
    relevant from the grade `ranked.relevant`; the two ndcg use grades as gains, negative ones as 0.
    Safe to call from several threads.
    """
    with _lock:
        arrays = _arrays(ranked)
        truth = arrays.gains if measure in _GRADED else arrays.relevant
        function = getattr(_ranx_metrics(), _RANX_NAMES[measure])
        values: Float64 = function(truth, arrays.run, k or _WHOLE_LIST, _FROM_GRADE)
        return values


def warm() -> None:
    """Compile every measure, so that the numba cache is filled once for all later processes."""
    one = np.zeros((1, 1), np.int64)
    tiny = Ranked(("q",), one, np.ones((1, 1)), one, one + 1, 1, (), (), ())
    for measure in _RANX_NAMES:
        per_query(measure, tiny)


def compiled(module: str) -> ModuleType:
    """Import a module whose functions numba compiles, at a time when nobody holds numba back."""
    with _lock:
        return import_module(module)


class _Arrays(NamedTuple):
    """Evidence as ranx takes it, float64 (n, length, 2) each.

    run: position and score, best first. gains: position and positive grade, best first. relevant:
    position and 1. Writable, since numba would compile everything again for read-only arrays.
    """

    run: Float64
    gains: Float64
    relevant: Float64


@lru_cache(maxsize=1)
def _arrays(ranked: Ranked) -> _Arrays:
    """Return the arrays for some evidence; kept until other evidence comes, for many metrics."""
    run = np.empty((*ranked.rows.shape, 2))
    run[..., 0] = ranked.rows
    run[..., 1] = ranked.scores
    judged = ranked.judged >= 0
    gains = np.where(judged, np.maximum(ranked.grades, 0), 0)
    relevant = judged & (ranked.grades >= ranked.relevant)
    return _Arrays(run, _truth(ranked, gains), _truth(ranked, relevant.astype(np.int64)))


def _truth(ranked: Ranked, worth: np.ndarray) -> Float64:
    """Return judged items by falling worth, int64 (n, j), cut to those worth anything."""
    longest = max(1, int((worth > 0).sum(axis=1).max(initial=0)))
    width = min(longest, worth.shape[1])
    best = np.argsort(-worth, axis=1, kind="stable")[:, :width]
    truth = np.zeros((len(worth), longest, 2))
    truth[..., 0] = -2.0
    truth[:, :width, 0] = np.take_along_axis(ranked.judged, best, axis=1)
    truth[:, :width, 1] = np.take_along_axis(worth, best, axis=1)
    return truth


@cache
def _ranx_metrics() -> ModuleType:
    """Import the measures of ranx alone, without what the package itself loads and does.

    An empty package takes its place meanwhile; a later `import ranx` by someone else finds the real
    one. The measures are called directly: `ranx.evaluate` would set numba's number of threads to
    one for the rest of the process whenever it is given fewer than ten queries.
    """
    if "ranx" in sys.modules:
        from ranx import metrics
    else:
        sys.modules["ranx"] = _empty_package("ranx")
        try:
            from ranx import metrics
        finally:
            del sys.modules["ranx"]
        sys.modules["numba"].config.THREADING_LAYER = "workqueue"  # as ranx would: safe to fork
    module: ModuleType = metrics
    return module


def _empty_package(name: str) -> ModuleType:
    """Return a package with the modules of an installed one, whose own code was not run."""
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"the package '{name}' is not installed.", name=name)
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    return package
