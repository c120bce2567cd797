"""What differs from an earlier run of the same suite: verdicts, values, single queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit.archive import Moved, Run, Since, Turn
from evalkit.core.errors import DataError
from evalkit.core.results import CLEAN, Cell, Verdict
from evalkit.pipeline.compare import compare

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_MOST, _IN_ALL, _TOP = 12, 48, 5
_GateKey = tuple[str, Cell, str, str]


def since(kind: str, before: Run, after: Run) -> Since:
    """Return what differs from an earlier run: kind is `baseline` or `previous`.

    Values and queries are compared on clean input alone. `before` needs its scores; without its
    rankings nothing is told of what came first then.
    """
    old, new = _decided(before), _decided(after)
    found = Since(
        run=before.id,
        created=before.created,
        kind=kind,
        gates=len(old.keys() & new.keys()),
        turns=tuple(_turns(old, new)),
    )
    was, now = _clean(before.scores), _clean(after.scores)
    try:
        changes = compare(replace(before, scores=was), replace(after, scores=now))
    except DataError as e:
        return replace(found, note=str(e))
    return replace(found, changes=changes, moved=tuple(_moved(before, was, after, now)))


def _decided(run: Run) -> Mapping[_GateKey, Verdict]:
    """Return the verdicts of a run by what they are about."""
    return {(v.gate, v.cell, v.metric, v.group): v for v in run.verdicts}


def _turns(old: Mapping[_GateKey, Verdict], new: Mapping[_GateKey, Verdict]) -> Iterator[Turn]:
    """Yield the gates whose status differs, or that one of the runs does not have."""
    for key in dict.fromkeys((*new, *old)):
        before, after = old.get(key), new.get(key)
        statuses = [v.status if v else "" for v in (before, after)]
        if statuses[0] != statuses[1]:
            seen = [v.observed if v else float("nan") for v in (before, after)]
            yield Turn(*key, statuses[0], statuses[1], seen[0], seen[1])


def _clean(scores: pa.Table) -> pa.Table:
    """Return the scores of clean input."""
    import pyarrow.compute as pc

    return scores.filter(pc.equal(scores["probe"], CLEAN))


def _moved(before: Run, was: pa.Table, after: Run, now: pa.Table) -> Iterator[Moved]:
    """Yield the queries that changed most at the widest size of both, a case and series a time."""
    import pyarrow.compute as pc

    frames = [
        table.filter(pc.and_(pc.equal(table["column"], "value"), table["eligible"]))
        .select(["case", "model", "system", "dim", "metric", "unit", "value"])
        .to_pandas()
        for table in (was, now)
    ]
    order = {c.name: _leading(c.metrics) for c in after.cases}
    series = list(frames[1].groupby(["case", "model", "system"], observed=True, sort=False))
    count = min(_MOST, max(3, _IN_ALL // max(len(series), 1)))
    for (case, model, system), mine in series:
        other = frames[0]
        other = other[
            (other["case"] == case) & (other["model"] == model) & (other["system"] == system)
        ]
        shared = set(other["dim"]) & set(mine["dim"])
        if shared:
            cell = Cell(str(case), str(model), str(system), CLEAN, int(max(shared)))
            yield from _most(cell, order[cell.case], other, mine, before, count)


def _leading(metrics: tuple[str, ...]) -> tuple[str, ...]:
    """Return the metrics of a case, the one that reports lead with first."""
    return tuple(sorted(metrics, key=lambda name: not name.startswith("ndcg")))


def _most(
    cell: Cell,
    metrics: tuple[str, ...],
    old: pd.DataFrame,
    new: pd.DataFrame,
    before: Run,
    count: int,
) -> Iterator[Moved]:
    """Yield the units of a cell that differ most, by the first metric that both runs have."""
    old, new = (part[part["dim"] == cell.dim] for part in (old, new))
    shared = set(old["metric"]) & set(new["metric"])
    metric = next((m for m in metrics if m in shared), None)
    both = old[old["metric"] == metric].merge(
        new[new["metric"] == metric], on="unit", suffixes=("_old", "_new")
    )
    both = both[np.isfinite(both["value_old"]) & np.isfinite(both["value_new"])]
    both = both.assign(size=(both["value_new"] - both["value_old"]).abs())
    both = both[both["size"] > 0].sort_values(["size", "unit"], ascending=[False, True])
    top = both.head(count)
    first = _first(before, cell, tuple(top["unit"]))
    for row in top.itertuples():
        was, now = float(row.value_old), float(row.value_new)
        unit = str(row.unit)
        yield Moved(cell, str(metric), unit, was, now, first.get(unit, ()))


def _first(run: Run, cell: Cell, units: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return what came first for some units of a stored run, nothing without its rankings."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = run.rankings
    if not rows.num_columns or not units:
        return {}
    rows = rows.filter(pc.is_in(rows["query"], pa.array(units, pa.string())))
    for name in ("case", "model", "system", "probe", "dim"):
        rows = rows.filter(pc.equal(rows[name], getattr(cell, name)))
    rows = rows.filter(pc.less_equal(rows["rank"], _TOP)).sort_by([("rank", "ascending")])
    found: dict[str, tuple[str, ...]] = {}
    for query, item in zip(rows["query"].to_pylist(), rows["item"].to_pylist(), strict=True):
        found[query] = (*found.get(query, ()), item)
    return found
