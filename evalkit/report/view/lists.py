"""What one query found in one or several cells, and what it missed there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.archive import CaseFacts, MetricFacts
from evalkit.core.results import CLEAN, Cell, Lost
from evalkit.report.view.comparison import worth
from evalkit.report.view.labels import Label
from evalkit.report.view.lowest import of_cell
from evalkit.report.view.pictures import Content, place
from evalkit.report.view.worst import Missed, Result

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Found:
    """What one query found in a cell.

    results: the first of its list. first: the rank of its first relevant item, None where none is
    among the stored results or nothing is judged. missed: the best relevant items that are not
    among the results shown. scores: its score on every metric, NaN where it has none.
    """

    cell: Cell
    results: tuple[Result, ...]
    first: int | None
    missed: tuple[Missed, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Variant:
    """A query under a probe. picture, text: what it became, None and "" where that is not stored.

    drop: what it lost against clean input on the metric, NaN where either is not known. why: why it
    is not measured as meant, "" where it is.
    """

    label: Label
    found: Found
    text: str
    picture: bytes | None
    drop: float
    why: str


class Answers:
    """The stored results of one query of a case, looked up by cell.

    rankings, scores, judgements: rows of the run's tables that are about the query. items: the
    contents of what it found and missed, by id.
    """

    def __init__(
        self,
        facts: CaseFacts,
        rankings: pa.Table,
        scores: pa.Table,
        judgements: pa.Table,
        items: Mapping[str, Content],
    ) -> None:
        self._facts, self._items = facts, items
        self._rankings, self._scores = rankings, scores
        self._least = max(facts.relevant, 1)
        known = judgements.to_pylist() if facts.truth == "grades" else []
        good = [row for row in known if row["grade"] >= self._least]
        self._good = sorted(good, key=lambda row: (-row["grade"], row["item"]))

    def found(self, cell: Cell, top: int = 5, missed: int = 3) -> Found:
        """Return what the query found in a cell."""
        rows = of_cell(self._rankings, cell).sort_by("rank").to_pylist()
        shown = {row["item"] for row in rows[:top]}
        ranks = {row["item"]: row["rank"] for row in rows}
        absent = [row for row in self._good if row["item"] not in shown][:missed]
        good = [row["rank"] for row in rows if self._relevant(row["grade"])]
        return Found(
            cell=cell,
            results=tuple(self._result(row) for row in rows[:top]),
            first=min(good, default=None),
            missed=tuple(
                Missed(self._item(row["item"]), row["grade"], ranks.get(row["item"]))
                for row in absent
            ),
            scores=self._scored(cell),
        )

    def _relevant(self, grade: int | None) -> bool:
        """Return whether a grade makes an item relevant."""
        return self._facts.truth == "grades" and grade is not None and grade >= self._least

    def _result(self, row: Mapping[str, Any]) -> Result:
        """Return one line of a list."""
        item, grade = self._item(row["item"]), row["grade"]
        where = place(item.modality, row.get("span_from"), row.get("span_to"))
        return Result(row["rank"], item, row["score"], where, grade, self._relevant(grade))

    def _item(self, name: str) -> Content:
        """Return an item as it can be shown, by its id alone where it is not stored."""
        return self._items.get(name, Content(name))

    def _scored(self, cell: Cell) -> dict[str, float]:
        """Return the scores of the query in a cell by metric, those that are one number."""
        rows = of_cell(self._scores, cell, column="value").to_pylist()
        return {row["metric"]: row["value"] for row in rows if row["eligible"]}

    def variants(
        self, clean: Cell, metric: MetricFacts, examples: pa.Table, lost: Iterable[Lost]
    ) -> Iterator[Variant]:
        """Yield the query under every probe of the case, at the system and size of a clean cell.

        metric: what drops are of. examples: rows of the run's table that are about the query. lost:
        those of the run.
        """
        looks = {(row["probe"], row["severity"]): row for row in examples.to_pylist()}
        whole = self._worth(clean, metric)
        for text in self._facts.probes:
            label = Label.of(text)
            cell = Cell(clean.case, clean.model, clean.system, text, clean.dim)
            found = self.found(cell)
            mine = (f"{label.name}@query", _number(label.severity))
            look = looks.get(mine, {}) if label.side == "query" else {}
            yield Variant(
                label=label,
                found=found,
                text=look.get("text") or "",
                picture=look.get("picture"),
                drop=whole - self._worth(cell, metric),
                why=_why(lost, cell),
            )

    def _worth(self, cell: Cell, metric: MetricFacts) -> float:
        """Return a score of the query as a number of which more is better, NaN where unknown."""
        score = self._scored(cell).get(metric.name, math.nan)
        return float(worth(np.array([score]), metric.better)[0])


def named(*tables: pa.Table) -> frozenset[str]:
    """Return the ids of the items that rows of rankings or judgements name."""
    return frozenset(name for table in tables for name in table["item"].to_pylist())


def losses_of(lost: Iterable[Lost], case: str, query: str) -> tuple[Lost, ...]:
    """Return what the run lost of one query of a case."""
    mine = (one for one in lost if one.case == case and one.side == "query")
    return tuple(one for one in mine if one.item == query)


def _why(lost: Iterable[Lost], cell: Cell) -> str:
    """Return why a query is not measured as meant in a cell, "" where it is."""
    reasons = (
        f"{one.kind}: {one.reason}".rstrip(": ")
        for one in lost
        if one.model in ("", cell.model) and one.probe in (cell.probe, CLEAN)
    )
    return "; ".join(dict.fromkeys(reasons))


def _number(severity: str) -> int:
    """Return a severity as a number, 0 where the label names none."""
    return int(severity) if severity.isdigit() else 0
