"""One item for each probe of a run, at every severity: what the report shows of the probe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evalkit.core.errors import DataError
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, Plan, ProbePlan
from evalkit.pipeline.sheets import sheet
from evalkit.pipeline.variants import asks_again, changed_item, touches

if TYPE_CHECKING:
    import pyarrow as pa

_PIXELS = 112
_LETTERS = 300
_TRIED = 20


def examples_table(plan: Plan) -> pa.Table:
    """Return an example of every probe of every case, a row per severity, 0 the clean item.

    Columns: case, probe (`name@side`), item, severity, picture (JPEG, at most 112 pixels) and text
    (at most 300 letters). The example is the first item that the highest severity changes. With
    `content: hash` there are none.
    """
    import pyarrow as pa

    rows = [
        (case.name, f"{probe.name}@{probe.side}", *row)
        for case in plan.cases
        for probe in (case.probes if plan.content == "show" else ())
        for row in _example(case, probe, plan.seed)
    ]
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * 6
    kinds = (pa.string(), pa.string(), pa.string(), pa.int32(), pa.binary(), pa.string())
    names = ("case", "probe", "item", "severity", "picture", "text")
    return pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names)


def _example(
    case: CasePlan, probe: ProbePlan, seed: int
) -> Iterator[tuple[str, int, bytes | None, str]]:
    """Yield an item that a probe changes at the severities of its case."""
    needs = case.task.needs(case.data)
    some = needs.corpus if probe.side == "corpus" else needs.queries
    others = sorted(some, key=lambda item: item.id)
    found = None if asks_again(probe) else _changed(probe, some, seed, others)
    if found is None:
        return
    try:
        steps = sheet(probe, found, others, seed, _PIXELS, probe.severities)
    except DataError:  # the item is among the lost ones, with the reason
        return
    for step in steps:
        yield found.id, step.severity, step.picture, step.text[:_LETTERS]


def _changed(
    probe: ProbePlan, items: tuple[Item, ...], seed: int, others: list[Item]
) -> Item | None:
    """Return the first of the items that the highest severity changes, None among 20 without."""
    fit = [item for item in items if touches(probe, item)][:_TRIED]
    highest = max(probe.severities)
    for item in fit:
        try:
            if changed_item(probe, item, highest, seed, others):
                return item
        except DataError:  # it is among the unchanged ones, with the reason
            continue
    return None
