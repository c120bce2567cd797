"""The suites on films, sounds, documents and everything together: they load, and one case runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from evalkit import api
from evalkit.archive import Run
from evalkit.core.items import Span
from evalkit.core.plan import Plan
from evalkit.tasks.fingerprint import Fingerprint
from tests import toys
from tests.tasks.by_hand import ByHand, dataset, item

SUITES = Path(__file__).resolve().parents[2] / "suites"
GUIDE_SIZES = {
    "video-search": 1024,
    "video-duplicates": 1024,
    "audio-fingerprint": 1024,
    "long-audio": 1024,
    "document-retrieval": 3072,
    "cross-modal": 1024,
}


@pytest.fixture(scope="module", params=sorted(GUIDE_SIZES))
def plan(request: pytest.FixtureRequest) -> Plan:
    return api.load(SUITES / f"{request.param}.yaml")


def test_a_suite_records_what_the_model_is_for(plan: Plan) -> None:
    told = plan.use_case
    for factor in ("problem", "stakeholders", "workflow", "inputs", "outputs"):
        assert told[factor], factor
    for more in ("intrinsic_variation", "confounding_variation", "error_costs"):
        assert told[more], more


def test_most_gates_are_at_the_size_that_the_guide_names(plan: Plan) -> None:
    size = GUIDE_SIZES[plan.name]
    at = [gate.at for gate in plan.gates]
    assert len(at) >= 4
    assert at.count(size) > len(at) / 2


def test_a_workflow_is_compared_like_for_like(plan: Plan) -> None:
    if plan.name in ("audio-fingerprint", "document-retrieval", "long-audio", "video-search"):
        kinds = [gate.bound.against.kind for gate in plan.gates if gate.bound.against]
        assert "system" in kinds


def test_no_gate_on_nova_compares_with_whole_documents_which_it_does_not_embed() -> None:
    plan = api.load(SUITES / "document-retrieval.yaml", ["nova"])
    gates = [gate for gate in plan.gates if gate.case == "documents"]
    assert gates
    for gate in gates:
        against = gate.bound.against
        assert gate.system != "plain"
        assert against is None or (against.kind, against.name) != ("system", "plain")


def values(run: Run, metric: str, system: str) -> float:
    """The value of a metric at 1024 under a system."""
    (found,) = [
        e.value
        for e in run.estimates
        if (e.kind, e.metric, e.cell.system, e.group, e.cell.dim)
        == ("value", metric, system, "", 1024)
    ]
    return found


def test_a_piece_of_a_melody_leads_to_the_melody_and_to_its_place(tmp_path: Path) -> None:
    plan = api.load(SUITES / "audio-fingerprint.yaml")
    (case,) = [one for one in plan.cases if one.name == "pieces"]
    waltzes = {item.id for item in case.data.corpus if item.tag("genre") == ("waltz",)}
    asked = {query for query, row in case.data.truth.grades.items() if waltzes & row.keys()}
    data = case.data.select(lambda item: item.id in asked, lambda item: item.id in waltzes)
    assert len(data.queries) >= 9
    models = tuple(replace(model, dims=(1024,)) for model in plan.models)
    small = replace(plan, models=models, cases=(replace(case, data=data, groups=()),), gates=())
    run = toys.run_plan(small, tmp_path)
    assert values(run, "source_hit@1", "segments") > 3 / len(waltzes)
    assert values(run, "offset_hit", "segments") > 0
    assert values(run, "offset_hit", "plain") == 0


def test_any_recording_that_is_relevant_counts_as_the_source_of_a_segment() -> None:
    corpus = [item("copy", "1 0"), item("original", "1 0.2"), item("other", "0 1")]
    spans = {("q", "copy"): Span(0.0, 2.0), ("q", "original"): Span(1.0, 3.0)}
    grades = {"q": {"original": 3, "copy": 2, "other": 0}}
    data = dataset([item("q", "1 0")], corpus, grades=grades, spans=spans)
    rank = ByHand(data.queries, data.corpus)
    either = Fingerprint().evidence(data, rank, 3, relevant=2)[2]
    assert corpus[either.source[0]].id == "copy"
    assert either.place.tolist() == [[0.0, 2.0]]
    best = Fingerprint().evidence(data, rank, 3, relevant=3)[2]
    assert corpus[best.source[0]].id == "original"
    assert best.place.tolist() == [[1.0, 3.0]]
    assert Fingerprint().evidence(data, rank, 3, relevant=4)[2].source.tolist() == [-1]
