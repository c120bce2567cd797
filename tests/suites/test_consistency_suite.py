"""The suite on consistency: it loads, gates what its guide asks, and a part of it runs."""

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


@cache
def plan() -> Plan:
    return api.load(SUITES / "consistency.yaml")


def case_of(name: str) -> CasePlan:
    (case,) = [one for one in plan().cases if one.name == name]
    return case


def values(run: Run, case: str, probe: str = "clean") -> dict[tuple[str, int], float]:
    return {
        (e.metric, e.cell.dim): e.value
        for e in run.estimates
        if (e.kind, e.cell.case, e.cell.probe, e.group) == ("value", case, probe, "")
    }


def test_it_records_what_the_model_is_for_and_asks_nothing_that_is_not_offered() -> None:
    told = plan().use_case
    for factor in (
        "problem", "stakeholders", "workflow", "inputs", "outputs",
        "intrinsic_variation", "confounding_variation", "error_costs",
    ):  # fmt: skip
        assert told[factor], factor
    assert not_offered(plan()) == ()
    assert [model.dims for model in plan().models] == [(3072, 1024, 384, 256)]


def test_a_waiver_names_the_built_in_model_and_enough_is_not_waived() -> None:
    waivers = [gate.waive for gate in plan().gates if gate.waive]
    assert {(w.model, w.owner, w.until) for w in waivers} == {("reference", "evalkit", "")}
    assert len(plan().gates) - len(waivers) > len(waivers)


def test_formulations_slips_and_the_space_are_gated() -> None:
    gated = {gate.case for gate in plan().gates}
    assert gated == {case.name for case in plan().cases}
    tasks = [case.task_name for case in plan().cases]
    assert tasks.count("geometry") == 3
    assert tasks.count("retrieval") == 4


def of_one_topic(case: CasePlan) -> CasePlan:
    def kept(item: Item) -> bool:
        return item.tag("topic") in (("transport",), ("health",))

    return replace(case, data=case.data.select(kept, kept))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two topics of headlines, the wordings and the slips, at two sizes."""
    model = replace(plan().models[0], dims=(1024, 256))
    cases = tuple(of_one_topic(case_of(name)) for name in ("wordings", "slips"))
    small = replace(plan(), models=(model,), cases=cases, gates=())
    return api.run(small, out=tmp_path_factory.mktemp("consistency")).run


def test_the_worst_wording_is_worse_than_the_mean_one(run: Run) -> None:
    found = values(run, "wordings")
    for dim in (1024, 256):
        assert found["worst_variant@10", dim] < found["ndcg@10", dim]
        assert 0.0 <= found["wording_share@10", dim] <= 1.0
        assert 0.0 <= found["variant_rbo@10", dim] < 1.0


def test_chance_is_told_beside_agreement(run: Run) -> None:
    bands = [e for e in run.estimates if e.kind == "null" and e.metric == "variant_rbo@10"]
    assert len(bands) == 2
    assert all(0.0 < e.low <= e.value <= e.high < 0.5 for e in bands)


def test_asking_twice_changes_nothing_and_slips_change_the_more_the_worse_they_are(
    run: Run,
) -> None:
    again, some, many = (
        values(run, "slips", f"{probe}@query") for probe in ("repeat/1", "typos/1", "typos/3")
    )
    for dim in (1024, 256):
        assert again["rbo@10", dim] == again["top1_same", dim] == 1.0
        assert again["normalised_shift", dim] == pytest.approx(0.0, abs=1e-6)
        assert 1.0 > some["rbo@10", dim] > many["rbo@10", dim]
        assert 0.0 < some["normalised_shift", dim] < many["normalised_shift", dim]
        flips = sum(many[f"{kind}_flips", dim] for kind in ("harmful", "healing", "neutral"))
        assert flips == pytest.approx(1.0 - many["top1_same", dim])
