"""Fusion of several ranked lists by the methods of ranx, uncompiled, in the adaptor's lock.

ranx compiles its fusion for typed dictionaries of strings, which takes a minute or more at first
and gains little afterwards, sorts what it returns in an unstable order, and needs pandas and a
folder in the home directory. So its modules are imported here with numba told to leave functions
as they are and with a plain holder of dictionaries in place of its `Run`. They are kept out of
`sys.modules`: a later `import ranx` by someone else finds the real ones. A thousand queries of two
lists of a hundred places take a second or two, `condorcet` three and `med` seven.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from evalkit.core.arrays import SCORE_PLACES, Float64, Int64, best_first
from evalkit.core.errors import Problem, UsageError, nearest
from evalkit.ranking.adaptor import _empty_package, _lock, _ranx_metrics

List = tuple[Int64, Float64]
"""The list of each query: items, int64 (n, k), -1 beyond the end; scores, float64 (n, k)."""
Results = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class _Method:
    """A method of ranx: its module, its function there, and what it looks at."""

    module: str
    function: str = ""
    scores: bool = False
    weighted: bool = False


METHODS: dict[str, _Method] = {
    "anz": _Method("comb_anz", scores=True),
    "bordafuse": _Method("bordafuse"),
    "condorcet": _Method("condorcet", "_condorcet"),
    "isr": _Method("isr"),
    "log_isr": _Method("log_isr"),
    "logn_isr": _Method("logn_isr"),
    "max": _Method("comb_max", scores=True),
    "med": _Method("comb_med", scores=True),
    "min": _Method("comb_min", scores=True),
    "mixed": _Method("mixed", scores=True, weighted=True),
    "mnz": _Method("comb_mnz", scores=True),
    "rrf": _Method("rrf"),
    "sum": _Method("comb_sum", scores=True),
    "w_bordafuse": _Method("weighted_bordafuse", weighted=True),
    "w_condorcet": _Method("weighted_condorcet", "_condorcet", weighted=True),
    "wmnz": _Method("wmnz", scores=True, weighted=True),
    "wsum": _Method("wsum", scores=True, weighted=True),
}
"""The methods that need neither training nor a parameter without a usual value."""
NORMS = ("borda", "max", "min-max", "rank", "sum", "zmuv")


@dataclass(frozen=True, slots=True)
class Fusion:
    """How lists are fused; raises UsageError for what cannot be.

    method: a name of `METHODS`. weights: one per list, for the methods that take them; () for equal
    ones. norm: a name of `NORMS`, how the scores of each list are made comparable where the method
    adds or compares scores; methods that look at ranks ignore it. rrf_k: the constant of `rrf`.
    """

    method: str = "rrf"
    weights: tuple[float, ...] = ()
    norm: str = "min-max"
    rrf_k: int = 60

    def __post_init__(self) -> None:
        """Refuse unknown names and weights that mean nothing."""
        for field, name, known in (("fusion", self.method, METHODS), ("norm", self.norm, NORMS)):
            if name not in known:
                raise UsageError(
                    Problem(field, f"unknown {field} '{name}'; {nearest(name, known)}")
                )
        if self.rrf_k < 0:
            raise UsageError(Problem("rrf_k", f"is {self.rrf_k}.", "Write 0 or more; 60 is usual."))
        if self.weights and not self.weighted:
            fix = f"Leave them out or choose one of {', '.join(_weighted())}."
            raise UsageError(Problem("weights", f"'{self.method}' takes no weights.", fix))
        if self.weights and not _usable(self.weights):
            shown = ", ".join(map(str, self.weights))
            fix = "Write numbers from 0 up, one of them above 0."
            raise UsageError(Problem("weights", f"are {shown}.", fix))

    @property
    def weighted(self) -> bool:
        """Whether the method takes weights."""
        return METHODS[self.method].weighted

    def fuse(self, lists: Sequence[List]) -> List:
        """Return one list per query in the one order of evalkit: score falling, then item rising.

        lists: two or more, of the same queries, each best first. Items are numbers in the order of
        their ids, each at most once per list. Returns items and scores as in `lists`, the scores
        rounded; a query that no list answers has an empty list. Safe to call from several threads.
        """
        if len(lists) < 2 or (self.weights and len(self.weights) != len(lists)):
            what = f"there are {len(lists)} lists and {len(self.weights)} weights."
            raise UsageError(Problem("weights", what, "Give one per list, for two lists or more."))
        if self.norm == "max" and METHODS[self.method].scores:
            _refuse_negative(lists)
        with _uncompiled():
            return _as_list(self._fused([_results(*one) for one in lists]))

    def _fused(self, runs: list[Results]) -> Results:
        """Return the fused score of every item that is in a list of the query."""
        method = METHODS[self.method]
        weights = list(self.weights or [1 / len(runs)] * len(runs)) if method.weighted else None
        function = _function(self.method)
        if method.function:
            return _by_vote(function, runs, weights)
        if method.scores:
            runs = _normed(self.norm, runs)
        given = [_Run(run) for run in runs]
        extra = {"k": self.rrf_k} if self.method == "rrf" else {}
        fused = function(given, **extra) if weights is None else function(given, weights)
        results: Results = fused.run
        return results


def _weighted() -> list[str]:
    """Return the names of the methods that take weights."""
    return [name for name, method in METHODS.items() if method.weighted]


def _usable(weights: Sequence[float]) -> bool:
    """Return whether weights are finite, none negative and not all zero."""
    return all(0 <= w < float("inf") for w in weights) and sum(weights) > 0


def _refuse_negative(lists: Sequence[List]) -> None:
    """Raise UsageError where a list's best score is not positive, which `max` divides by."""
    for rows, scores in lists:
        best = scores[:, :1][rows[:, :1] >= 0]
        if not (best > 0).all():
            what = f"'max' divides by the best score of a list, and one is {best.min():g}."
            raise UsageError(Problem("norm", what, "Choose min-max."))


def _results(rows: Int64, scores: Float64) -> Results:
    """Return lists as ranx takes them: query -> item -> score, best first."""
    pairs = zip(rows.tolist(), scores.tolist(), strict=True)
    return {
        str(query): {str(item): score for item, score in zip(*one, strict=True) if item >= 0}
        for query, one in enumerate(pairs)
    }


def _as_list(results: Results) -> List:
    """Return results best first, padded with -1 and NaN."""
    shape = len(results), max(map(len, results.values()), default=0)
    rows, scores = np.full(shape, -1, np.int64), np.full(shape, np.nan)
    for query, found in results.items():
        items = np.array([int(item) for item in found], np.int64)
        values = np.fromiter(found.values(), np.float64, len(found))
        order = best_first(values, items)
        rows[int(query), : len(found)] = items[order]
        scores[int(query), : len(found)] = np.round(values[order], SCORE_PLACES) + 0.0
    return rows, scores


# --- what is ranx's ---------------------------------------------------------------------------


class _Run:
    """What ranx's functions use of its `Run`; what they return is put in order elsewhere."""

    def __init__(self, run: Results | None = None) -> None:
        self.run: Results = {} if run is None else run
        self.name = ""

    def keys(self) -> Any:
        """Return the queries."""
        return self.run.keys()

    def __getitem__(self, query: str) -> dict[str, float]:
        return self.run[query]

    def sort(self) -> None:
        """Leave everything where it is."""


def _normed(norm: str, runs: list[Results]) -> list[Results]:
    """Return lists with their scores made comparable; empty lists, which ranx trips over, stay."""
    switch = _normalization().norm_switch(norm)
    if norm == "borda":
        return [run.run for run in switch([_Run(run) for run in runs])]
    out = []
    for run in runs:
        done: Results = switch(_Run({query: found for query, found in run.items() if found})).run
        out.append({query: done.get(query, {}) for query in run})
    return out


def _by_vote(
    function: Callable[..., dict[str, float]], runs: list[Results], weights: list[float] | None
) -> Results:
    """Return what the two methods by pairwise votes give, each query by itself.

    Where votes are even their result depends on the order of the candidates, which ranx takes from
    a set; here it is the order of ids.
    """
    given = () if weights is None else (weights,)
    out: Results = {}
    for query in runs[0]:
        candidates = sorted({item for run in runs for item in run[query]}, key=int)
        lists = [list(run[query]) for run in runs]
        out[query] = function(lists, candidates, *given) if candidates else {}
    return out


@contextmanager
def _uncompiled() -> Iterator[None]:
    """Hold ranx's lock, numba meanwhile leaving functions and containers as plain Python."""
    with _lock:
        _ranx_metrics()  # these stay compiled
        config = sys.modules["numba"].config
        before = config.DISABLE_JIT
        config.DISABLE_JIT = 1
        try:
            yield
        finally:
            config.DISABLE_JIT = before


@cache
def _function(name: str) -> Callable[..., Any]:
    """Return the function behind a method."""
    method = METHODS[name]
    with _private_modules():
        module = import_module(f"ranx.fusion.{method.module}")
    function: Callable[..., Any] = getattr(module, method.function or method.module)
    return function


@cache
def _normalization() -> ModuleType:
    """Return ranx's ways to make scores comparable."""
    with _private_modules():
        return import_module("ranx.normalization")


@contextmanager
def _private_modules() -> Iterator[None]:
    """Let imports of ranx find its files without running its packages, and forget them again."""
    kept = {name: sys.modules.pop(name) for name in _of_fusion()}
    holder = ModuleType("ranx.data_structures")
    vars(holder).update(Run=_Run, Qrels=_Run)
    sys.modules["ranx"] = package = _empty_package("ranx")
    sys.modules["ranx.fusion"] = fusion = ModuleType("ranx.fusion")
    fusion.__path__ = [f"{path}/fusion" for path in package.__path__]
    sys.modules["ranx.data_structures"] = holder
    try:
        yield
    finally:
        for name in _of_fusion():
            del sys.modules[name]
        sys.modules.update(kept)


def _of_fusion() -> list[str]:
    """Return the imported modules of ranx but for its measures, which the adaptor shares."""
    names = [name for name in sys.modules if name == "ranx" or name.startswith("ranx.")]
    return [name for name in names if not name.startswith("ranx.metrics")]
