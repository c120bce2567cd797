"""The suites on what may not matter: they load, ask what they should, and a small part runs."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from evalkit import api
from evalkit.core import registry
from evalkit.core.plan import Plan
from evalkit.pipeline.offer import not_offered
from tests import toys

SUITES = Path(__file__).resolve().parents[2] / "suites"
SPOKEN = SUITES.parent / "datasets" / "spoken"
VOICE = "confounding-voice"
CONFOUNDING = sorted(path.stem for path in SUITES.glob("confounding-*.yaml"))
NAMES = [
    *CONFOUNDING,
    "separation",
    *sorted(path.stem for path in SUITES.glob("contradiction*.yaml")),
    "consistency",
]
SIZES = {"reference": (3072, 1024, 384, 256), "minilm": (384,)}
GATE_SEVERITY = "3"
IN_NO_SUITE: dict[str, str] = {}
"""Probe -> why none of these suites uses it."""


@cache
def loaded(name: str) -> Plan:
    return api.load(SUITES / f"{name}.yaml")


@pytest.fixture
def spoken(program: Callable[..., str]) -> None:
    """Skip where the sentences cannot have been spoken, or were not yet."""
    program("espeak-ng")
    if not (SPOKEN / "made").is_dir():
        pytest.skip("the sentences are not spoken yet: `evalkit dataset make spoken` does it")


@pytest.fixture(params=NAMES)
def plan(request: pytest.FixtureRequest) -> Plan:
    if request.param == VOICE:
        request.getfixturevalue("spoken")
    return loaded(request.param)


def test_a_suite_records_what_the_model_is_for(plan: Plan) -> None:
    told = plan.use_case
    for factor in (
        "problem", "stakeholders", "workflow", "inputs", "outputs",
        "intrinsic_variation", "confounding_variation",
    ):  # fmt: skip
        assert told[factor], factor
    costs = told["error_costs"]
    assert isinstance(costs, dict)
    assert set(costs) == {"irrelevant", "missed", "contradictory", "inconsistent"}


def test_every_size_of_the_guide_is_measured_where_the_model_has_it(plan: Plan) -> None:
    asked = {dim for model in plan.models for dim in model.dims}
    first = plan.models[0]
    assert first.dims == SIZES[first.name]
    for model in plan.models:
        assert set(model.dims) == asked & set(SIZES[model.name])
    assert not_offered(plan) == ()


def test_a_waiver_names_the_first_model_and_no_day_and_says_why(plan: Plan) -> None:
    waivers = [gate.waive for gate in plan.gates if gate.waive]
    assert {(w.model, w.owner, w.until) for w in waivers} <= {(plan.models[0].name, "evalkit", "")}
    assert all(len(w.why.split()) >= 5 for w in waivers)


def test_the_mean_over_all_probes_is_gated_at_the_severity_for_gates(plan: Plan) -> None:
    patterns = {gate.probe for gate in plan.gates if gate.probe.startswith("*")}
    assert patterns == ({f"*/{GATE_SEVERITY}"} if plan.name in CONFOUNDING else set())
    for gate in plan.gates:
        if gate.probe in patterns:
            levels = {label.partition("/")[2].partition("@")[0] for label in gate.probes}
            assert levels == {GATE_SEVERITY}


def test_every_probe_is_used_by_a_suite_or_is_known_not_to_be() -> None:
    used = {
        type(probe.probe)
        for name in NAMES
        if name != VOICE
        for case in loaded(name).cases
        for probe in case.probes
    }
    unused = {
        name for name in registry.names("probes") if registry.find("probes", name) not in used
    }
    written = (SUITES / f"{VOICE}.yaml").read_text(encoding="utf-8")
    assert {name for name in unused if name not in written} == IN_NO_SUITE.keys()


def test_every_metric_of_change_is_asked_for_by_a_suite() -> None:
    kinds = {
        name: registry.find("metrics", name).evidence_kind for name in registry.names("metrics")
    }
    wanted = {name for name, kind in kinds.items() if kind == "changes"}
    cases = [c for name in ("confounding-photo", "consistency") for c in loaded(name).cases]
    assert wanted <= {metric.name.partition("@")[0] for case in cases for metric in case.metrics}


def test_another_voice_and_a_crowd_are_measured_on_a_few_sentences(
    spoken: None, tmp_path: Path
) -> None:
    plan = loaded(VOICE)
    (case,) = [one for one in plan.cases if one.name == "said"]
    some = {"s01", "s02"}
    data = case.data.select(
        lambda query: some >= set(query.tag("sentence")),
        lambda item: some >= set(item.tag("sentence")) and item.tag("speed") == ("slow",),
    )
    probes = tuple(
        replace(probe, severities=(probe.severities[-1],))
        for probe in case.probes
        if probe.name in ("babble", "voice", "stored")
    )
    metrics = tuple(m for m in case.metrics if m.name in ("mrr@10", "normalised_shift"))
    part = replace(case, data=data, probes=probes, metrics=metrics, groups=())
    models = (replace(plan.models[0], dims=(256,)),)
    small = replace(plan, models=models, cases=(part,), gates=())
    run = toys.run_plan(small, tmp_path)
    assert run.lost == ()
    found = {(e.cell.probe, e.metric): e.value for e in run.estimates if e.kind == "value"}
    assert 0.0 < found["clean", "mrr@10"] <= 1.0
    assert found["babble/5@query", "normalised_shift"] > 0.2
    assert found["voice/1@query", "normalised_shift"] > 0.1
    assert found["stored/2@corpus", "normalised_shift"] > 0.1
