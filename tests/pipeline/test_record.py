"""What is kept with a run: worst queries and their pictures, tags, lost queries, metrics, depth."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.arrays import Ranking
from evalkit.core.items import Card, Dataset, Item, Media, Truth
from evalkit.core.plan import CasePlan
from evalkit.core.results import Cell, Listing, Measured, Scores
from evalkit.metrics._ranking import RankingMetric
from evalkit.pipeline import content
from evalkit.pipeline.content import items_table
from tests import toys

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Regret(RankingMetric):
    """A metric with parameters that is better low."""

    k: int = 3
    base: float = 2.0
    steps: tuple[int, ...] = (1, 2)
    word: ClassVar[str] = "regret"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def values(self, evidence: Any) -> Any:
        return np.zeros(len(evidence.ids))


def photos(
    names: Sequence[str], tags: Mapping[str, Any] | None = None, grades: Any = None
) -> Dataset:
    """Queries by the given names, and as many photos, of which the nth is the answer to the nth."""
    queries = tuple(Item(name, f"find {name}", tags or {}) for name in names)
    corpus = tuple(Item(f"p{n}", Media("image/jpeg", data=jpeg(n))) for n in range(len(names)))
    found = grades or {name: {f"p{n}": 1} for n, name in enumerate(names)}
    return Dataset("photos", queries, corpus, Truth(grades=found), Card("photos"))


def jpeg(n: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (n * 9 % 255, 9, 9)).save(out, "JPEG")
    return out.getvalue()


def scored(case: CasePlan, metric: str, scores: Mapping[str, float], dim: int = 16) -> Measured:
    """Scores of some queries, in the given order."""
    clusters = (np.array(list(scores), object),)
    columns = {"value": np.array(list(scores.values()))}
    cell = Cell(case.name, "toy", dim=dim)
    known = np.ones(len(scores), bool)
    return Measured(cell, metric, Scores(tuple(scores), clusters, columns), known)


def worst(case: CasePlan, *measured: Measured) -> list[str]:
    return content._worst_first(case, measured)


def test_unscored_queries_are_not_the_worst() -> None:
    case = toys.case(photos("abc"))
    found = scored(case, "ndcg@10", {"a": NAN, "b": 0.9, "c": 0.2})
    assert worst(case, found) == ["c", "b", "a"]


def test_a_metric_that_is_better_low_is_turned() -> None:
    case = replace(toys.case(photos("abc")), metrics=(Regret(),))
    found = scored(case, "regret@3", {"a": 1.0, "b": 9.0, "c": 4.0})
    assert worst(case, found) == ["b", "c", "a"]


def test_scores_are_told_apart_by_id_and_need_not_cover_every_query() -> None:
    case = toys.case(photos("abc"))
    some = scored(case, "ndcg@10", {"c": 0.1, "b": 0.6})
    others = scored(case, "hit@1", {"pair-1": 0.0, "b": 0.2, "a": 0.9}, dim=4)
    assert worst(case, some, others) == ["c", "b", "a"]


def test_pictures_of_the_worst_queries_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_PICTURES", 2)
    case = toys.case(photos("abcdef"))
    found = scored(case, "ndcg@10", {"a": 0.9, "b": 0.8, "c": 0.7, "d": NAN, "e": 0.0, "f": 0.5})
    # lists in another order than the queries of the case: e finds p1, f finds p2
    rows = np.array([[1], [2], [0]])
    ranking = Ranking(("e", "f", "a"), tuple(f"p{n}" for n in range(6)), rows, rows + 0.5, rows)
    listing = Listing(Cell("find", "toy", dim=16), ranking)
    table = items_table(toys.plan([case]), [listing], [found]).to_pylist()
    shown = {row["id"] for row in table if row["side"] == "corpus" and row["picture"]}
    assert shown == {"p1", "p4"}  # what the worst query found, and what it should have


def test_the_items_that_a_query_missed_have_pictures_too() -> None:
    grades = {"a": {f"p{n}": 3 - n // 4 for n in range(9)}}
    case = toys.case(photos("abcdefghij", grades=grades), relevant=1)
    table = items_table(toys.plan([case]), [], [scored(case, "ndcg@10", {"a": 0.0})]).to_pylist()
    shown = [row["id"] for row in table if row["side"] == "corpus" and row["picture"]]
    assert shown == [f"p{n}" for n in range(8)]  # five may be found, three are shown as missed


def test_weights_of_tags_are_kept() -> None:
    tags = {"language": {"en": 0.7, "es": 0.3}, "tone": ("warm", "formal")}
    case = toys.case(photos("a", tags))
    query = items_table(toys.plan([case]), [], []).to_pylist()[0]
    assert json.loads(query["tags"]) == {**tags, "tone": ["warm", "formal"]}


def ungraded(data: Dataset, *queries: str, low: str = "") -> Dataset:
    """The data without the judgements of some queries; `low` keeps only one below relevance."""
    grades = {q: row for q, row in data.truth.grades.items() if q not in queries}
    if low:
        grades[low] = {"d00": 0}
    return replace(data, truth=replace(data.truth, grades=grades))


def test_queries_without_judgements_are_listed_once(tmp_path: Path) -> None:
    data = ungraded(toys.dataset(), "q03", "q04", low="q07")
    model = toys.Toy(refuse=frozenset({"word03 please"}))
    found = toys.run_plan(toys.plan([toys.case(data)], {"toy": model}), tmp_path)
    rows = [(one.item, one.kind, one.reason) for one in found.lost]
    assert rows == [
        ("q03", "refused", "the filter refused it."),
        ("q04", "unjudged", "is not judged."),
        ("q07", "unjudged", "has no relevant item."),
    ]


def test_a_task_without_grades_has_no_unjudged_queries(tmp_path: Path) -> None:
    class Tags(type(registry.create("tasks", "retrieval"))):  # type: ignore[misc]
        truth = "tags"

    case = replace(toys.case(ungraded(toys.dataset(), "q03")), task=Tags())
    assert toys.run_plan(toys.plan([case]), tmp_path).lost == ()


def test_a_metric_is_stored_with_its_parameters(tmp_path: Path) -> None:
    case = replace(toys.case(toys.dataset()), metrics=(registry.metric("ndcg@10"), Regret()))
    found = {m.name: m for m in toys.run_plan(toys.plan([case]), tmp_path).metrics}
    assert found["regret@3"].params == {"base": 2.0, "steps": [1, 2]}
    assert (found["regret@3"].better, found["ndcg@10"].params) == ("low", {})


@pytest.mark.parametrize(
    ("metrics", "keep", "kept", "depth"),
    [
        (("ndcg@10",), 20, 20, 20),
        (("ndcg@10", "recall@50"), 20, 50, 50),
        (("recall@50",), 80, 80, 80),
        (("mrr", "recall@30"), 20, 30, 1000),
        (("avg_recall",), 5, 5, 10),
    ],
)
def test_what_is_kept_reaches_the_deepest_cut(
    metrics: tuple[str, ...], keep: int, kept: int, depth: int
) -> None:
    case = toys.case(toys.dataset(), metrics=metrics, keep=keep)
    assert (case.kept, case.depth) == (kept, depth)


def test_a_run_stores_what_is_kept(tmp_path: Path) -> None:
    case = toys.case(toys.dataset(), metrics=("recall@25", "mrr"))
    found = toys.run_plan(toys.plan([case]), tmp_path)
    assert (found.cases[0].keep, found.cases[0].depth) == (25, 1000)
    assert max(found.rankings["rank"].to_pylist()) == 25
