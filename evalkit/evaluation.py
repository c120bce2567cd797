"""Vectors that are at hand already, evaluated like a suite: same search, metrics and intervals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from evalkit.archive import Run
from evalkit.core import registry
from evalkit.core.arrays import Float32, Similarity
from evalkit.core.errors import DataError, Problem, UsageError, nearest
from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.protocols import Embedded, Failed, Refused, Role, SideName
from evalkit.core.results import PLAIN, Cell, Estimate
from evalkit.core.systems import System
from evalkit.ledger import Ledger

if TYPE_CHECKING:
    import pandas as pd

_NAME = "arrays"
_SIMILARITIES = ("cosine", "dot", "euclidean")
_SHOWN = 20


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What was found. run: the whole of it, with scores per query and the rankings."""

    run: Run

    def frame(self) -> pd.DataFrame:
        """Return the estimates as a frame, one row each, the cell in columns of its own."""
        return self.run.frame()

    def value(self, metric: str, dim: int | None = None) -> Estimate:
        """Return a metric over all queries with its 90 % interval, at the widest size by default.

        Raises UsageError for a metric or a size that was not asked for.
        """
        model, case = self.run.models[0], self.run.cases[0]
        if metric not in case.metrics:
            hint = nearest(metric, case.metrics)
            raise UsageError(f"the metric '{metric}' was not asked for; {hint}")
        size = max(model.sizes) if dim is None else dim
        if size not in model.sizes:
            raise UsageError(f"the size {size} was not asked for; {_known(model.sizes)}")
        wanted = ("value", Cell(_NAME, _NAME, dim=size), metric, "")
        return next(e for e in self.run.estimates if (e.kind, e.cell, e.metric, e.group) == wanted)


def evaluate(
    query_vectors: npt.ArrayLike,
    corpus_vectors: npt.ArrayLike,
    qrels: Mapping[Any, Mapping[Any, int]],
    *,
    metrics: Sequence[str] = ("recall@10", "ndcg@10"),
    dims: Sequence[int] | None = None,
    relevant: int = 1,
    similarity: Similarity = "cosine",
    query_ids: Sequence[Any] | None = None,
    corpus_ids: Sequence[Any] | None = None,
    seed: int = 7,
) -> Evaluation:
    """Return how well queries find their items: the same numbers a suite gives for these vectors.

    query_vectors, corpus_vectors: float (n, width), one row an item. qrels: query -> item -> grade,
    by id, or by row where no ids are given. dims: sizes to cut the vectors to, the whole width by
    default. relevant: the grade from which an item counts as relevant.
    Raises DataError for rows, ids or grades that cannot be used, UsageError for the rest.
    """
    from evalkit.pipeline.run import Options
    from evalkit.pipeline.run import run as run_plan

    queries = _side("query", query_vectors, query_ids)
    corpus = _side("corpus", corpus_vectors, corpus_ids)
    sizes = _sizes(queries, corpus, dims)
    if similarity not in _SIMILARITIES:
        raise UsageError(f"unknown similarity '{similarity}'; {nearest(similarity, _SIMILARITIES)}")
    case = CasePlan(
        name=_NAME,
        data=_dataset(queries, corpus, qrels),
        task=registry.create("tasks", "retrieval"),
        task_name="retrieval",
        metrics=_metrics(metrics),
        systems=(System(PLAIN, registry.create("search", "exact")),),
        relevant=relevant,
        similarity=similarity,
    )
    embedder = _Arrays({"query": queries, "corpus": corpus}, sizes)
    model = ModelPlan(_NAME, _NAME, embedder, sizes)
    plan = Plan(_NAME, "", "", embedder.revision, seed, {}, (model,), (case,), ())
    with TemporaryDirectory() as folder, Ledger(Path(folder)) as store:
        return Evaluation(run_plan(plan, store, Options()))


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """The rows of one side: float32 (n, width), and what they are called."""

    ids: tuple[str, ...]
    matrix: Float32
    rows: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", {name: row for row, name in enumerate(self.ids)})


def _side(name: SideName, vectors: npt.ArrayLike, ids: Sequence[Any] | None) -> _Side:
    """Return one side, checked: raises for a wrong shape, unusable rows and missing ids."""
    try:
        matrix = np.asarray(vectors)
    except ValueError as e:
        raise UsageError(f"the {name} vectors are rows of different lengths.") from e
    if matrix.ndim != 2 or 0 in matrix.shape:
        shape = " x ".join(map(str, matrix.shape)) or "a single value"
        raise UsageError(f"the {name} vectors are {shape}; expected rows x values, neither zero.")
    if matrix.dtype.kind not in "fiu":
        raise UsageError(f"the {name} vectors are of type {matrix.dtype}; expected numbers.")
    named = tuple(map(str, range(len(matrix)) if ids is None else ids))
    if len(named) != len(matrix):
        raise UsageError(f"there are {len(matrix)} {name} vectors and {len(named)} {name} ids.")
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(matrix, np.float32)
    _refuse_unusable(name, single, named)
    return _Side(named, single)


def _refuse_unusable(side: SideName, matrix: Float32, ids: Sequence[str]) -> None:
    """Raise DataError naming the rows that hold NaN or infinity, or nothing but zeros."""
    peaks = np.abs(matrix).max(axis=1)
    wrong = np.flatnonzero(~np.isfinite(peaks) | (peaks == 0))
    problems = [
        Problem(
            f"{side} vector '{ids[row]}' (row {row})",
            "it is zero." if peaks[row] == 0 else "it holds NaN or infinity.",
            "Embed it again or leave it out.",
        )
        for row in wrong[:_SHOWN]
    ]
    if problems:
        raise DataError(*problems)


def _sizes(queries: _Side, corpus: _Side, dims: Sequence[int] | None) -> tuple[int, ...]:
    """Return the sizes to evaluate at, widest first; raises UsageError where there are none."""
    width, other = queries.matrix.shape[1], corpus.matrix.shape[1]
    if width != other:
        raise UsageError(
            f"the query vectors have {width} values and the corpus vectors {other}; "
            "both must come from one model."
        )
    wanted = (width,) if dims is None else tuple(dims)
    wrong = [d for d in wanted if not isinstance(d, (int, np.integer)) or not 1 <= d <= width]
    if wrong or not wanted:
        shown = f"the size {wrong[0]!r}" if wrong else "an empty list of sizes"
        raise UsageError(f"{shown} cannot be had; sizes are whole numbers from 1 to {width}.")
    return tuple(sorted({int(d) for d in wanted}, reverse=True))


def _metrics(names: Sequence[str]) -> tuple[Any, ...]:
    """Return the metrics of these names, each once."""
    listed = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    if not listed:
        raise UsageError("no metric is named; write for example metrics=['ndcg@10'].")
    return tuple(registry.metric(name) for name in listed)


def _dataset(queries: _Side, corpus: _Side, qrels: Mapping[Any, Mapping[Any, int]]) -> Dataset:
    """Return the data set of both sides, which refuses repeated and unknown ids."""
    grades = {
        str(query): {str(item): _grade(query, item, grade) for item, grade in row.items()}
        for query, row in qrels.items()
    }
    if not grades:
        raise DataError("qrels is empty: without judgements there is nothing to score.")
    asked, found = (tuple(Item(name, name) for name in side.ids) for side in (queries, corpus))
    return Dataset(_NAME, asked, found, Truth(grades), Card(_NAME))


def _grade(query: Any, item: Any, grade: Any) -> int:
    """Return a grade as a whole number; raises DataError for anything else."""
    if not isinstance(grade, (int, np.integer)):
        what = f"the grade {grade!r} is not a whole number."
        raise DataError(Problem(f"qrels, query '{query}', item '{item}'", what))
    return int(grade)


@dataclass(frozen=True, slots=True, eq=False)
class _Arrays:
    """Looks vectors up in two arrays by item id; smaller sizes are cut from them."""

    keyed_by: ClassVar[str] = "id"
    model: ClassVar[str] = _NAME
    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    nested: ClassVar[Literal["yes", "no", "unknown"]] = "yes"
    batch: ClassVar[int] = 4096

    sides: Mapping[SideName, _Side]
    asked: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the whole width and the sizes that were asked for, widest first."""
        return tuple(sorted({self.sides["query"].matrix.shape[1], *self.asked}, reverse=True))

    @property
    def revision(self) -> str:
        """Return the SHA-256 of both arrays."""
        whole = hashlib.sha256()
        for side in self.sides.values():
            whole.update(side.matrix.tobytes())
        return whole.hexdigest()

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        """Return the side, since both may use the same ids."""
        return {"side": role.side}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield the row of each item, cut to the size."""
        side = self.sides[role.side]
        for index, item in enumerate(items):
            row = side.matrix[side.rows[item.id], :dim]
            yield Embedded(index, row, float(np.linalg.norm(row.astype(np.float64))))


def _known(sizes: Sequence[int]) -> str:
    """Return the sizes there are, as text."""
    return f"known: {', '.join(map(str, sizes))}."
