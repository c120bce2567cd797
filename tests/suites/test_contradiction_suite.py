"""The suites on contradictions: they load, ask what a user would demand, and a small part runs."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from evalkit import api
from evalkit.core.items import Item
from evalkit.core.plan import Plan
from evalkit.pipeline.offer import not_offered

SUITES = Path(__file__).resolve().parents[2] / "suites"
NAMES = ("contradiction", "contradiction-minilm")


@cache
def loaded(name: str) -> Plan:
    return api.load(SUITES / f"{name}.yaml")


@pytest.fixture(params=NAMES)
def plan(request: pytest.FixtureRequest) -> Plan:
    return loaded(request.param)


def test_a_suite_records_what_the_model_is_for(plan: Plan) -> None:
    told = plan.use_case
    for factor in ("problem", "stakeholders", "workflow", "inputs", "outputs"):
        assert told[factor], factor
    costs = told["error_costs"]
    assert isinstance(costs, dict)
    assert costs["contradictory"] == max(costs.values())


def test_what_is_demanded_is_not_lowered_to_what_is_reached(plan: Plan) -> None:
    asked = {(g.case, g.metric, str(g.bound)) for g in plan.gates}
    metrics = {metric for _, metric, _ in asked}
    assert {"contrast_accuracy", "paraphrase_control"} <= metrics
    assert any(g.by == "kind" for g in plan.gates)


def test_a_waiver_names_a_model_a_reason_and_no_day(plan: Plan) -> None:
    waivers = [gate.waive for gate in plan.gates if gate.waive]
    assert waivers
    assert all(w.model in ("reference", "minilm") and w.why and not w.until for w in waivers)


def test_the_built_in_model_offers_all_that_is_asked_of_it() -> None:
    assert not_offered(loaded("contradiction")) == ()


def test_every_kind_has_enough_pairs_to_be_judged(plan: Plan) -> None:
    for case in plan.cases:
        kinds = [unit.tag("kind")[0] for unit in case.task.units(case.data)]
        assert min(kinds.count(kind) for kind in set(kinds)) >= 30, case.name


def test_a_small_part_runs(tmp_path: Path) -> None:
    whole = loaded("contradiction")
    (case,) = [c for c in whole.cases if c.name == "texts"]
    chosen = {f"p{n:03}" for n in range(1, 80)}

    def near(item: Item) -> bool:
        return item.tag("intent")[0] in chosen

    small = replace(case, data=case.data.select(near, near))
    assert 40 <= len(small.task.units(small.data)) < 80
    models = tuple(replace(m, dims=(256,)) for m in whole.models)
    plan = replace(whole, models=models, cases=(small,), gates=())
    run = api.run(plan, out=tmp_path).run
    found = {e.metric: e.value for e in run.estimates if e.kind == "value" and not e.group}
    assert found["contrast_accuracy"] < 0.5
    assert found["same_document"] > 0.4
    assert {d.table.name for d in run.details} == {"kinds", "worst_pairs"}
