"""The suites on texts and images: they load, ask what the guide asks, and small parts run."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from evalkit import api
from evalkit.archive import Run
from evalkit.core.items import Item
from evalkit.core.plan import CasePlan, Plan
from evalkit.pipeline.offer import not_offered

SUITES = Path(__file__).resolve().parents[2] / "suites"
GUIDE_SIZES = {
    "product-classification": 1024,
    "reverse-image": 1024,
    "reference-image-search": 1024,
    "text-passages": 3072,
    "contextual-association": 3072,
    "duplicate-headlines": 3072,
    "topic-clusters": 3072,
}


@cache
def loaded(name: str) -> Plan:
    return api.load(SUITES / f"{name}.yaml")


@pytest.fixture(params=sorted(GUIDE_SIZES))
def plan(request: pytest.FixtureRequest) -> Plan:
    return loaded(request.param)


def case_of(plan: Plan, name: str) -> CasePlan:
    (case,) = [one for one in plan.cases if one.name == name]
    return case


def value(run: Run, metric: str, dim: int, system: str = "plain") -> float:
    (found,) = [
        e.value
        for e in run.estimates
        if (e.kind, e.metric, e.cell.dim, e.cell.system, e.cell.probe, str(e.group))
        == ("value", metric, dim, system, "clean", "")
    ]
    assert found is not None
    return found


def test_a_suite_records_what_the_model_is_for(plan: Plan) -> None:
    told = plan.use_case
    for factor in ("problem", "stakeholders", "workflow", "inputs", "outputs"):
        assert told[factor], factor
    assert told["intrinsic_variation"]
    assert told["confounding_variation"]
    costs = told["error_costs"]
    assert isinstance(costs, dict)
    assert set(costs) == {"irrelevant", "missed", "contradictory", "inconsistent"}


def test_every_size_of_the_guide_is_measured_and_its_own_size_is_gated(plan: Plan) -> None:
    assert [model.dims for model in plan.models] == [(3072, 1024, 384, 256)]
    sizes = [gate.at for gate in plan.gates]
    assert sizes.count(GUIDE_SIZES[plan.name]) > len(sizes) / 2


def test_the_built_in_model_offers_all_that_a_suite_asks_of_it(plan: Plan) -> None:
    assert not_offered(plan) == ()


def test_smaller_vectors_are_judged_against_larger_ones(plan: Plan) -> None:
    assert [g for g in plan.gates if g.bound.against and g.bound.against.kind == "at"]


def test_a_waiver_names_the_built_in_model_and_no_day(plan: Plan) -> None:
    waivers = [gate.waive for gate in plan.gates if gate.waive]
    assert {(w.model, w.owner, w.until) for w in waivers} <= {("reference", "evalkit", "")}
    assert len(plan.gates) - len(waivers) >= 3


@pytest.mark.parametrize(
    "name", ["reference-image-search", "text-passages", "contextual-association"]
)
def test_systems_are_compared_like_for_like(name: str) -> None:
    kinds = [g.bound.against.kind for g in loaded(name).gates if g.bound.against]
    assert kinds.count("system") >= 2


def test_a_bad_copy_of_a_whole_photo_leads_to_the_photo(tmp_path: Path) -> None:
    plan = loaded("reverse-image")
    case = case_of(plan, "source")
    asked = {q.id for q in case.data.queries if q.tag("copy") == ("shrunk",)}
    near = {item for query in asked for item in case.data.truth.grades[query]}
    data = case.data.select(lambda item: item.id in asked, lambda item: item.id in near)
    part = replace(case, data=data, probes=(), groups=())
    models = (replace(plan.models[0], dims=(1024,)),)
    small = replace(plan, models=models, cases=(part,), gates=())
    run = api.run(small, out=tmp_path).run
    assert len(data.queries) == 13
    assert len(data.corpus) > 26
    assert value(run, "hit@1", 1024) >= 0.9
    assert value(run, "effective", 1024) == value(run, "hit@1", 1024)


def of_three_topics(case: CasePlan) -> CasePlan:
    topics = {"weather", "sport", "justice"}

    def kept(item: Item) -> bool:
        return item.tag("language") == ("en",) and topics >= set(item.tag("topic"))

    return replace(case, data=case.data.select(lambda item: False, kept))


def test_a_suite_ends_well_on_three_topics(tmp_path: Path) -> None:
    plan = loaded("topic-clusters")
    cases = tuple(of_three_topics(case) for case in plan.cases if case.name != "english-alone")
    gates = tuple(gate for gate in plan.gates if gate.case != "english-alone")
    small = replace(plan, cases=cases, gates=gates)
    run = api.run(small, out=tmp_path).run
    assert len(run.verdicts) == len(gates)
    assert {verdict.status for verdict in run.verdicts} <= {"pass", "waived", "inconclusive"}
    purities = [e.value for e in run.estimates if (e.kind, e.metric) == ("value", "purity")]
    assert len(purities) == 8
    assert all(1 / 3 < (purity or 0) < 1 for purity in purities)
