"""Two stored runs compared, query by query, on every cell that both of them measured."""

from __future__ import annotations

import json

from evalkit.archive import Run
from evalkit.archive.tables import measured_from
from evalkit.core import registry
from evalkit.core.errors import DataError
from evalkit.core.items import Item
from evalkit.core.results import Cell, Estimate, Measured, StoredScores
from evalkit.pipeline.estimate import Units, draws_for, estimate
from evalkit.pipeline.jobs import Pool
from evalkit.pipeline.requests import Request


def compare(before: Run, after: Run, seed: int = 7) -> tuple[Estimate, ...]:
    """Return a paired `regression` (before minus after, positive is worse) per cell and metric.

    Raises DataError where the runs share no cell, or their data differ.
    """
    _same_data(before, after)
    old, new = StoredScores(before.id, {}, _scores(before)), _scores(after)
    shared = [key for key in new if key in old.measured]
    if not shared:
        raise DataError(f"The runs '{before.id}' and '{after.id}' share no case, model and size.")
    requests = [Request("regression", c, m, other=c, run=before.id) for c, m in shared]
    ids = {cell.case: new[cell, metric].scores.ids for cell, metric in shared}
    units = [_units(after, case, names) for case, names in ids.items()]
    pool = Pool(new, {before.id: old})
    return tuple(
        made.estimate for made in estimate(units, pool, requests, draws_for(0), seed).values()
    )


def _scores(run: Run) -> dict[tuple[Cell, str], Measured]:
    """Return the scores of a run; raises DataError where its table is not as expected."""
    try:
        return measured_from(run.scores)
    except (KeyError, ValueError) as e:
        what = f"The scores of the run '{run.id}' are not as expected ({e}). Run the suite again."
        raise DataError(what) from e


def _same_data(before: Run, after: Run) -> None:
    """Raise DataError where a case of both runs rests on other data or was judged otherwise."""
    for old in before.cases:
        for new in (case for case in after.cases if case.name == old.name):
            other = [
                words
                for words, field in (
                    ("other queries, items or judgements", "fingerprint"),
                    ("another task", "task"),
                    ("another grade from which items are relevant", "relevant"),
                )
                if getattr(old, field) != getattr(new, field)
            ]
            if other:
                raise DataError(
                    f"The case '{old.name}' of '{before.id}' and of '{after.id}' cannot be "
                    f"compared: one was run on {other[0]}."
                )


def _units(run: Run, case: str, ids: tuple[str, ...]) -> Units:
    """Return the units of a case of a stored run, in the order of its scores."""
    import pyarrow.compute as pc

    rows = run.items.filter(
        pc.and_(pc.equal(run.items["case"], case), pc.equal(run.items["side"], "query"))
    )
    tags = dict(zip(rows["id"].to_pylist(), rows["tags"].to_pylist(), strict=True))
    items = tuple(
        Item(name, "", {k: tuple(v) for k, v in json.loads(tags.get(name, "{}")).items()})
        for name in ids
    )
    facts = {m.name: m for m in run.metrics}
    names = next(c.metrics for c in run.cases if c.name == case)
    return Units(case, tuple(registry.metric(m, facts[m].params) for m in names), items)
