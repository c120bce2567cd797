"""Two stored runs compared, query by query, on every cell that both of them measured."""

from __future__ import annotations

import json

from evalkit.archive import Run
from evalkit.archive.tables import measured_from
from evalkit.core import registry
from evalkit.core.errors import DataError
from evalkit.core.items import Item
from evalkit.core.results import Estimate, StoredScores
from evalkit.pipeline.estimate import Pool, Units, draws_for, estimate
from evalkit.pipeline.requests import Request


def compare(before: Run, after: Run, seed: int = 7) -> tuple[Estimate, ...]:
    """Return a paired `regression` (before minus after, positive is worse) per cell and metric.

    Raises DataError where the runs share no cell, or their data differ.
    """
    _same_data(before, after)
    old = StoredScores(before.id, {}, measured_from(before.scores))
    new = measured_from(after.scores)
    shared = [key for key in new if key in old.measured]
    if not shared:
        raise DataError(f"The runs '{before.id}' and '{after.id}' share no case, model and size.")
    requests = [Request("regression", c, m, other=c, run=before.id) for c, m in shared]
    units = [_units(after, case.name, case.metrics) for case in after.cases]
    pool = Pool(new, {before.id: old})
    return tuple(
        made.estimate for made in estimate(units, pool, requests, draws_for(0), seed).values()
    )


def _same_data(before: Run, after: Run) -> None:
    """Raise DataError where a case of both runs rests on other queries, items or judgements."""
    prints = {case.name: case.fingerprint for case in before.cases}
    other = [c.name for c in after.cases if prints.get(c.name, c.fingerprint) != c.fingerprint]
    if other:
        raise DataError(
            f"The case '{other[0]}' was run on other data in '{before.id}' than in '{after.id}'; "
            "only runs on the same queries, items and judgements can be compared."
        )


def _units(run: Run, case: str, metrics: tuple[str, ...]) -> Units:
    """Return the units of a case of a stored run."""
    rows = run.items.select(["case", "side", "id", "tags"]).to_pylist()
    queries = tuple(
        Item(row["id"], "", {k: tuple(v) for k, v in json.loads(row["tags"]).items()})
        for row in rows
        if row["case"] == case and row["side"] == "query"
    )
    return Units(case, tuple(registry.metric(m) for m in metrics), queries)
