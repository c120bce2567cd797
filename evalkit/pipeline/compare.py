"""Stored scores compared, query by query: of two runs, or of two cells of one run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.archive import Run
from evalkit.archive.tables import measured_from
from evalkit.core import registry
from evalkit.core.errors import DataError
from evalkit.core.items import Item
from evalkit.core.results import Cell, Estimate, EstimateKind, Measured, StoredScores
from evalkit.pipeline.estimate import Units, draws_for, estimate
from evalkit.pipeline.jobs import Pool
from evalkit.pipeline.requests import EVERYTHING, Request, group_slices

if TYPE_CHECKING:
    import pyarrow as pa

_SEED = 7


def compare(before: Run, after: Run, seed: int = _SEED) -> tuple[Estimate, ...]:
    """Return a paired `regression` (before minus after, positive is worse) per cell and metric.

    A run may hold the scores of some of its cells alone: the numbers are those of the whole run.
    Raises DataError where the runs share no cell, or their data differ.
    """
    _same_data(before, after)
    old, new = StoredScores(before.id, {}, _scores(before)), _scores(after)
    shared = [key for key in new if key in old.measured]
    if not shared:
        raise DataError(f"The runs '{before.id}' and '{after.id}' share no case, model and size.")
    requests = [Request("regression", c, m, other=c, run=before.id) for c, m in shared]
    ids = {cell.case: new[cell, metric].scores.ids for cell, metric in shared}
    units = [_units(after, case.name, ids.get(case.name, ())) for case in after.cases]
    pool = Pool(new, {before.id: old})
    return tuple(
        made.estimate for made in estimate(units, pool, requests, draws_for(0), seed).values()
    )


def difference(
    run: Run, cell: Cell, other: Cell, metrics: Sequence[str] = (), groups: Sequence[str] = ()
) -> tuple[Estimate, ...]:
    """Return the paired difference of two cells of a case, per metric, over all units and by group.

    The kind is `loss` where the size alone differs, positive being worse for `cell`; elsewhere
    `advantage`, positive being better for it. What the run stores is handed out; the rest is
    estimated from its scores with the seed and the draws of the run, which gives the number that
    the run would have stored. metrics: those wanted, all where none is named. groups: tags of
    queries. Raises DataError where the two cells share no scores.
    """
    sized = replace(cell, dim=other.dim) == other
    kind: EstimateKind = "loss" if sized else "advantage"
    found = _scores(replace(run, scores=_of_cells(run.scores, (cell, other))))
    shared = [m for c, m in found if c == cell and (other, m) in found]
    if not shared:
        raise DataError(f"'{cell}' and '{other}' share no scores in the run '{run.id}'.")
    units = _numbered(run, cell.case, found[cell, shared[0]].scores.ids)
    items = next(one.items for one in units if one.case == cell.case)
    parts = (EVERYTHING, *(part for group in groups for part in group_slices(items, group)))
    requests = [
        Request(kind, cell, metric, part, other=other)
        for metric in shared
        if not metrics or metric in metrics
        for part in parts
    ]
    known = {(e.kind, e.cell, e.metric, e.group, e.against): e for e in run.estimates}
    stored = {r: e for r in requests if (e := _stored(r, known)) is not None}
    draws = run.provenance.get("draws")
    made = estimate(
        units,
        Pool(found, {}),
        [r for r in requests if r not in stored],
        draws if isinstance(draws, int) else draws_for(len(run.verdicts)),
        _seed(run),
    )
    every = stored | {request: one.estimate for request, one in made.items()}
    return tuple(every[r] for r in requests if r in every)


def _of_cells(scores: pa.Table, cells: Sequence[Cell]) -> pa.Table:
    """Return the rows of scores that may belong to some cells."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for name in ("case", "model", "system", "probe", "dim"):
        wanted = pa.array(sorted({getattr(cell, name) for cell in cells}))
        column = scores[name]
        plain = column.cast(pa.string()) if name != "dim" else column
        scores = scores.filter(pc.is_in(plain, wanted.cast(plain.type)))
    return scores


def _stored(
    request: Request, known: Mapping[tuple[EstimateKind, Cell, str, str, str], Estimate]
) -> Estimate | None:
    """Return the estimate of a request if the run holds it, be it the other way round."""
    r = request
    found = known.get((r.kind, r.cell, r.metric, str(r.part), r.against))
    if found or r.other is None or r.kind != "advantage":
        return found
    turned = replace(r, cell=r.other, other=r.cell)
    back = known.get((r.kind, turned.cell, r.metric, str(r.part), turned.against))
    return back and replace(
        back, cell=r.cell, against=r.against, value=-back.value, low=-back.high, high=-back.low
    )


def _seed(run: Run) -> int:
    """Return the seed that a run was estimated with."""
    seed = run.provenance.get("seed")
    return seed if isinstance(seed, int) else _SEED


def _numbered(run: Run, case: str, ids: tuple[str, ...]) -> list[Units]:
    """Return the cases of a run that have scores, in its order; one of them with its units.

    The place of a case tells its draws.
    """
    scored = {e.cell.case for e in run.estimates if e.kind == "value"} | {case}
    names = [c.name for c in run.cases if c.name in scored]
    return [_units(run, name, ids if name == case else ()) for name in names]


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

    mine = run.items.filter(pc.equal(run.items["case"], case)) if ids else run.items.slice(0, 0)
    tags: dict[str, str] = {}
    for side in ("corpus", "query"):
        rows = mine.filter(pc.equal(mine["side"], side))
        tags |= zip(rows["id"].to_pylist(), rows["tags"].to_pylist(), strict=True)
    items = tuple(
        Item(name, "", {k: tuple(v) for k, v in json.loads(tags.get(name, "{}")).items()})
        for name in ids
    )
    facts = {m.name: m for m in run.metrics}
    names = next(c.metrics for c in run.cases if c.name == case)
    return Units(case, tuple(registry.metric(m, facts[m].params) for m in names), items)
