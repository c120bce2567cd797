"""Search over vectors written out in a test, and a model that reads them from the text itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.archive import Run
from evalkit.core import registry
from evalkit.core.arrays import Float64, Int64, Ranking, Vectors, make_vectors
from evalkit.core.items import Card, Dataset, Item, SideName, Truth
from evalkit.core.protocols import Side
from tests import toys

Rows = Mapping[str, Sequence[Sequence[float]]]


def item(name: str, vector: str = "", **tags: str) -> Item:
    """An item whose text is its vector, for a model that reads it."""
    return Item(name, vector or name, {tag: (value,) for tag, value in tags.items()})


def dataset(queries: Sequence[Item], corpus: Sequence[Item], **truth: Any) -> Dataset:
    return Dataset("by hand", tuple(queries), tuple(corpus), Truth(**truth), Card("by hand"))


@dataclass
class ByHand:
    """Exact search over the numbers that are an item's text, "1 0 | 0 1" having two rows."""

    queries: Sequence[Item]
    corpus: Sequence[Item]
    asked: int = 0

    def __call__(
        self,
        depth: int,
        exclude: Mapping[str, frozenset[str]] | None = None,
        pools: Mapping[str, frozenset[str]] | None = None,
    ) -> Mapping[int, Ranking]:
        self.asked = depth
        queries = Side(tuple(self.queries), self.vectors("query"))
        corpus = Side(tuple(self.corpus), self.vectors("corpus"))
        depth = min(depth, len(self.corpus))
        found: Mapping[int, Ranking] = registry.create("search", "exact").rank(
            queries, corpus, depth, [2], "cosine", exclude, pools
        )
        return found

    def vectors(self, side: SideName) -> dict[int, Vectors]:
        items = self.queries if side == "query" else self.corpus
        rows = [numbers(part) for one in items for part in str(one.content).split("|")]
        owners = [n for n, one in enumerate(items) for _ in str(one.content).split("|")]
        spans = np.array([(4.0 * owners[:n].count(o), 4.0 * owners[:n].count(o) + 4.0)
                          for n, o in enumerate(owners)])  # fmt: skip
        several = np.array([owners.count(o) > 1 for o in owners])
        spans[~several] = np.nan
        ids = [one.id for one in items]
        return {2: make_vectors(ids, np.array(rows), np.array(owners, np.int64), spans)}

    def spans(self, dim: int, hits: Int64) -> Float64:
        return np.where((hits >= 0)[:, :, None], self.vectors("corpus")[dim].spans[hits], np.nan)

    def similarity(self, pairs: Sequence[tuple[str, str]]) -> dict[int, Float64]:
        both = {one.id: numbers(str(one.content)) for one in (*self.queries, *self.corpus)}
        unit = {name: np.array(row) / np.linalg.norm(row) for name, row in both.items()}
        return {2: np.array([float(unit[a] @ unit[b]) for a, b in pairs])}


def numbers(text: str) -> list[float]:
    return [float(word) for word in text.split()]


class Reader(toys.Toy):
    """A model that reads its vector from the text; smaller sizes are its beginning."""

    def vector(self, text: str) -> Any:
        found = np.zeros(self.width, np.float32)
        found[: len(text.split())] = numbers(text)
        return found


def run_task(
    task: str, data: Dataset, metrics: Sequence[str], folder: Path, model: Any = None, **params: Any
) -> Run:
    """Run one case of a task as a suite would, at the sizes 16 and 4."""
    made = registry.create("tasks", task, **params)
    chosen = tuple(
        registry.metric(name, {"threshold": 0.5} if name == "false_match_rate" else None)
        for name in metrics
    )
    case = replace(toys.case(data), task=made, task_name=task, metrics=chosen)
    return toys.run_plan(toys.plan([case], {"toy": model or Reader()}), folder)
