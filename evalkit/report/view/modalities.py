"""Mixed corpora: which modalities fill the first places, and which ones should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evalkit.archive import Run
from evalkit.core.results import CLEAN
from evalkit.report.view.scope import Scope, Series

if TYPE_CHECKING:
    import pandas as pd

TOP = 10


@dataclass(frozen=True, slots=True)
class Share:
    """What one modality has: of the corpus, of the relevant items, of the first places; 0 to 1.

    corpus is None where the run did not store it. found: how many of the relevant items stand in
    the first places, out of how many.
    """

    modality: str
    corpus: float | None
    relevant: float
    top: float
    found: int
    out_of: int

    @property
    def told(self) -> str:
        """Return in words how the share of the first places compares with that of the relevant."""
        if not self.relevant:
            return "none is relevant"
        ratio = self.top / self.relevant
        return "about as often" if 0.8 <= ratio <= 1.25 else f"{ratio:.1f} times as often"


@dataclass(frozen=True, slots=True)
class Asked:
    """The shares for queries of one modality, or of all: means over n queries."""

    queries: str
    n: int
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class SizedShares:
    """The shares at one size: for all queries first, then by the modality of the query."""

    dim: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Modalities:
    """The shares of a series at the widest and the smallest size, and at the others.

    top: how many places are looked at.
    """

    case: str
    series: Series
    top: int
    shown: tuple[SizedShares, ...]
    folded: tuple[SizedShares, ...]


def modalities(run: Run, scope: Scope) -> Iterator[Modalities]:
    """Yield the shares of a case, a series at a time, where its corpus holds several modalities."""
    facts = scope.facts
    if len(facts.corpus_modalities) < 2 or facts.truth != "grades":
        return
    known = _Known(run, scope)
    for series in scope.series:
        sized = [known.sized(series, dim) for dim in scope.measured_dims(series)]
        ends = scope.ends(series)
        shown = tuple(s for s in sized if s.asked and s.dim in ends)
        folded = tuple(s for s in sized if s.asked and s.dim not in ends)
        if shown:
            yield Modalities(facts.name, series, min(TOP, facts.keep), shown, folded)


class _Known:
    """The first places, the relevant items and the modalities of a case, as frames."""

    def __init__(self, run: Run, scope: Scope) -> None:
        import pyarrow.compute as pc

        self._scope, name = scope, scope.facts.name
        items = run.items.filter(pc.equal(run.items["case"], name))
        items = items.select(["side", "id", "modality"]).to_pandas()
        by_side = {side: part.set_index("id")["modality"] for side, part in items.groupby("side")}
        self._of_query, self._of_item = by_side.get("query", {}), by_side.get("corpus", {})
        judged = run.judgements.filter(pc.equal(run.judgements["case"], name))
        least = max(scope.facts.relevant, 1)
        good = judged.filter(pc.greater_equal(judged["grade"], least)).to_pandas()
        self._good = good.assign(modality=good["item"].map(self._of_item))
        rows = run.rankings.filter(pc.equal(run.rankings["case"], name))
        rows = rows.filter(pc.less_equal(rows["rank"], min(TOP, scope.facts.keep)))
        rows = rows.filter(pc.equal(rows["probe"], CLEAN)).to_pandas()
        self._first = rows.assign(modality=rows["item"].map(self._of_item))

    def sized(self, series: Series, dim: int) -> SizedShares:
        """Return the shares of a series at one size."""
        rows = self._first
        here = (rows["model"] == series.model) & (rows["system"] == series.system)
        rows = rows[here & (rows["dim"] == dim)]
        rows = rows[rows["query"].isin(self._good["query"])]
        good = self._good[self._good["query"].isin(rows["query"])]
        if good.empty:
            return SizedShares(dim, ())
        kinds = good["query"].map(self._of_query)
        different = sorted(set(kinds.dropna()))
        asked = [self._asked("all", good, rows)]
        for kind in different if len(different) > 1 else ():
            mine = good[kinds == kind]
            asked.append(self._asked(kind, mine, rows[rows["query"].isin(mine["query"])]))
        return SizedShares(dim, tuple(asked))

    def _asked(self, name: str, good: pd.DataFrame, rows: pd.DataFrame) -> Asked:
        """Return the shares for some queries."""
        relevant, first = _means(good), _means(rows)
        found = good.merge(rows[["query", "item"]], on=["query", "item"])
        hits, known = found["modality"].value_counts(), good["modality"].value_counts()
        counts = self._scope.facts.corpus_counts
        total = sum(counts.values())
        shares = tuple(
            Share(
                modality=kind,
                corpus=counts.get(kind, 0) / total if total else None,
                relevant=relevant.get(kind, 0.0),
                top=first.get(kind, 0.0),
                found=int(hits.get(kind, 0)),
                out_of=int(known.get(kind, 0)),
            )
            for kind in self._scope.facts.corpus_modalities
        )
        return Asked(name, int(good["query"].nunique()), shares)


def _means(rows: Any) -> Mapping[str, float]:
    """Return the mean over queries of the share that each modality has of a query's items."""
    counts = rows.groupby(["query", "modality"], observed=True).size().unstack(fill_value=0)
    means = counts.div(counts.sum(axis=1), axis=0).mean()
    return {str(kind): float(value) for kind, value in means.items()}
