"""The suite on content against context: it loads, asks what it should, and a small part runs."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from evalkit import api
from evalkit.core.items import Item
from evalkit.core.plan import Plan
from evalkit.pipeline.offer import not_offered

SUITES = Path(__file__).resolve().parents[2] / "suites"
PLACES, SUBJECTS = {"savanna", "snow", "room"}, {"lion", "zebra", "car", "umbrella"}


@cache
def loaded() -> Plan:
    return api.load(SUITES / "separation.yaml")


def test_pictures_pages_and_voices_are_crossed() -> None:
    assert [case.name for case in loaded().cases] == ["scenes", "clauses", "voices"]
    assert {case.task.evidence_kind for case in loaded().cases} == {"crossed"}
    assert not_offered(loaded()) == ()


def test_what_the_built_in_model_cannot_do_is_waived_and_the_rest_is_asked() -> None:
    waivers = [gate.waive for gate in loaded().gates if gate.waive]
    assert {(w.model, w.owner, w.until) for w in waivers} == {("reference", "evalkit", "")}
    assert len(loaded().gates) - len(waivers) >= 5
    assert [g for g in loaded().gates if g.bound.against and g.bound.against.kind == "at"]


def first_two(items: Sequence[Item]) -> frozenset[str]:
    """Return the ids of two items of each cell of a small part of the grid."""
    cells: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for item in items:
        if set(item.tag("context")) <= PLACES and set(item.tag("content")) <= SUBJECTS:
            cells[item.tag("content") + item.tag("context")].append(item.id)
    return frozenset(name for names in cells.values() for name in names[:2])


def test_a_part_of_the_grid_is_measured_with_the_band_that_chance_gives(tmp_path: Path) -> None:
    plan = loaded()
    (case,) = [one for one in plan.cases if one.name == "scenes"]
    some = first_two(case.data.corpus)
    data = case.data.select(lambda item: False, lambda item: item.id in some)
    part = replace(case, data=data, groups=())
    models = (replace(plan.models[0], dims=(256,)),)
    run = api.run(replace(plan, models=models, cases=(part,), gates=()), out=tmp_path).run
    values = {e.metric: e for e in run.estimates if e.kind == "value"}
    assert len(data.corpus) == 24
    assert set(values) == {metric.name for metric in case.metrics}
    assert {e.n for e in values.values()} == {12}
    assert 0.2 < values["triplet_accuracy"].value < 0.95
    assert values["content_accuracy"].value > 0.3
    bands = {e.metric: e for e in run.estimates if e.kind == "null"}
    assert set(bands) == {"content_variance", "context_variance"}
    assert bands["content_variance"].high < values["content_variance"].value
    tables = {detail.table.name for detail in run.details}
    assert {"pairs", "contents", "contexts", "cells"} <= tables
