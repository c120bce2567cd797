"""Which units of a cell have the worst scores, queries mostly, by the first metric that can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.archive.tables import JOINER
from evalkit.core.results import Cell

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Lowest:
    """The worst scores of a cell, by unit, the worst first.

    metric: what the scores are of. members: of units that are pairs. together: of pairs that are
    told by their similarity alone, whether they belong together. scored: how many units have a
    score. as_bad: how many of them do no better than the last one named.
    """

    metric: str
    scores: Mapping[str, float]
    members: Mapping[str, tuple[str, ...]]
    scored: int
    as_bad: int
    together: Mapping[str, bool] = field(default_factory=dict)


def of_cell(table: pa.Table, cell: Cell, **others: str) -> pa.Table:
    """Return the rows of a table that belong to a cell and have the other values."""
    import pyarrow.compute as pc

    wanted = {"dim": cell.dim, "case": cell.case, "model": cell.model, "system": cell.system}
    for name, value in {**wanted, "probe": cell.probe, **others}.items():
        table = table.filter(pc.equal(table[name], value))
    return table


def lowest(
    scores: pa.Table, cell: Cell, metrics: Iterable[str], low_is_better: Collection[str], count: int
) -> Lowest | None:
    """Return the worst scores of the first metric that scores single units, None without any.

    Among equals one of each cluster comes first, then by id. Pairs are the worse the more pairs of
    the other kind they are on the wrong side of.
    """
    import pyarrow.compute as pc

    mine = of_cell(scores, cell)
    mine = mine.filter(pc.and_(mine["eligible"], pc.is_finite(mine["value"])))
    for metric in metrics:
        rows = mine.filter(pc.equal(mine["metric"], metric))
        single = rows.filter(pc.equal(rows["column"], "value"))
        if single.num_rows:
            return _worst(single, metric, count, metric in low_is_better)
        if set(rows["column"].unique().to_pylist()) == {"score", "positive"}:
            return _misplaced(rows, count)
    return None


def _misplaced(rows: pa.Table, count: int) -> Lowest | None:
    """Return the pairs that most pairs of the other kind are on the wrong side of, None if none."""
    frame = rows.select(["unit", "cluster", "column", "value"]).to_pandas()
    wide = frame.pivot_table("value", ["unit", "cluster"], "column", observed=True).dropna()
    similar, together = wide["score"].to_numpy(), wide["positive"].to_numpy() > 0
    alike, unlike = np.sort(similar[together]), np.sort(similar[~together])
    above = 1 - np.searchsorted(unlike, similar, "left") / max(len(unlike), 1)
    below = np.searchsorted(alike, similar, "right") / max(len(alike), 1)
    wrong = np.where(together, above, below) * (len(alike) > 0) * (len(unlike) > 0)
    order = [n for n in np.argsort(-wrong, kind="stable")[:count].tolist() if wrong[n] > 0]
    units = [wide.index[n] for n in order]
    return (
        Lowest(
            metric="similarity",
            scores={u: float(similar[n]) for (u, _), n in zip(units, order, strict=True)},
            members={u: tuple(cluster.split(JOINER)) for u, cluster in units},
            scored=len(wide),
            as_bad=int((wrong >= wrong[order[-1]]).sum()),
            together={u: bool(together[n]) for (u, _), n in zip(units, order, strict=True)},
        )
        if order
        else None
    )


def _worst(rows: pa.Table, metric: str, count: int, high_first: bool) -> Lowest:
    """Return the worst of some scored units."""
    import pyarrow.compute as pc

    order = [("value", "descending" if high_first else "ascending"), ("unit", "ascending")]
    rows = rows.select(["unit", "cluster", "value"]).sort_by(order)
    last = rows["value"][min(count, rows.num_rows) - 1]
    within = pc.greater_equal if high_first else pc.less_equal
    bad = rows.filter(within(rows["value"], last)).to_pylist()
    chosen = sorted(
        _turns(bad), key=lambda pair: (abs(pair[1]["value"] - bad[0]["value"]), pair[0])
    )
    first = [row for _, row in chosen[:count]]
    return Lowest(
        metric=metric,
        scores={row["unit"]: row["value"] for row in first},
        members={r["unit"]: m for r in first if len(m := tuple(r["cluster"].split(JOINER))) > 1},
        scored=rows.num_rows,
        as_bad=len(bad),
    )


def _turns(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each row with how many rows of its cluster and value went before it."""
    seen = Counter[tuple[float, str]]()
    for row in rows:
        key = row["value"], row["cluster"]
        yield seen[key], row
        seen[key] += 1
