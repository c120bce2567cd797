"""A right suite becomes a plan in which every name is an object."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit import suite
from evalkit.core.items import Dataset
from evalkit.core.plan import Against, Bound, GatePlan, Waiver

Write = Callable[[dict[str, str]], Path]
GATE = "at: 256, at_least: 0.5"


def gate(write: Write, written: str) -> GatePlan:
    (found,) = suite.load(write({GATE: written})).gates
    return found


def test_what_is_written_arrives(write: Write) -> None:
    path = write({"suite: tiny": "suite: tiny\nabout: shoes\nuse_case: {inputs: [typed, spoken]}"})
    plan = suite.load(path)
    assert (plan.name, plan.about, plan.origin) == ("tiny", "shoes", "s.yaml")
    assert plan.use_case == {"inputs": ("typed", "spoken")}
    assert plan.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    (model,) = plan.models
    assert (model.name, model.provider, model.dims) == ("reference", "reference", (1024, 256))
    (case,) = plan.cases
    assert [metric.name for metric in case.metrics] == ["ndcg@10", "recall@1"]
    assert [probe.label(3) for probe in case.probes] == ["typos/3@query"]
    assert case.probes[0].severities == (1, 3)
    assert [query.id for query in case.data.queries] == ["q1", "q2"]
    assert case.groups == ("language",)


def test_what_is_left_out_has_a_default(write: Write) -> None:
    plan = suite.load(write({"dimensions: [1024, 256]\n": "", ": {severities: [1, 3]}": ""}))
    (case,) = plan.cases
    assert plan.seed == 7
    assert plan.content == "show"
    assert plan.models[0].dims == plan.models[0].embedder.sizes
    assert (case.relevant, case.min_scored, case.keep) == (1, 0.98, 20)
    assert (case.task_name, case.similarity) == ("retrieval", "cosine")
    assert (case.on_refusal, case.on_item_error) == ("miss", "nan")
    assert [system.name for system in case.systems] == ["plain"]
    assert case.probes[0].severities == (1, 2, 3, 4, 5)


def test_a_size_may_be_asked_of_one_model_alone(write: Write) -> None:
    models = "[reference, {wide: {provider: reference, dimensions: {sizes: [3072], how: request}}}]"
    first, second = suite.load(write({"[reference]": models})).models
    assert (first.dims, first.how) == ((1024, 256), "cut")
    assert (second.name, second.dims, second.how) == ("wide", (3072,), "request")


def test_selectors_choose_queries_and_corpus(write: Write) -> None:
    chosen = (
        "data: data\n    queries: {language: [es], modality: text}\n    corpus: {category: hat}"
    )
    (case,) = suite.load(write({"data: data": chosen})).cases
    assert [item.id for item in case.data.queries] == ["q2"]
    assert [item.id for item in case.data.corpus] == ["d2"]
    assert case.data.truth.grades == {"q2": {"d2": 1}}


def test_several_data_sets_are_united(write: Write) -> None:
    (case,) = suite.load(write({"data: data": "data: [data, ./more]"})).cases
    assert case.data.name == "data+more"
    assert [item.id for item in case.data.queries] == ["data/q1", "data/q2", "more/q1", "more/q2"]
    assert case.data.truth.grades["more/q2"] == {"more/d2": 1}
    assert case.data.card.licence == "data: CC0-1.0 more: CC0-1.0"


def test_a_data_set_of_several_cases_is_read_once(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalkit.readers.folder import Folder

    read: list[str] = []
    real = Folder.read

    def counted(self: Folder, path: str) -> Dataset:
        read.append(path)
        return real(self, path)

    monkeypatch.setattr(Folder, "read", counted)
    second = "cases:\n  - {name: second, data: ./data, metrics: [map]}"
    assert len(suite.load(write({"cases:": second})).cases) == 2
    assert len(read) == 1


def test_paths_count_from_the_suite_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write({}).resolve()
    monkeypatch.chdir("/")
    assert suite.load(path).name == "tiny"


@pytest.mark.parametrize(
    ("written", "bound"),
    [
        ("at_least: 0.5", Bound("at_least", 0.5)),
        ("at_most: 1", Bound("at_most", 1.0)),
        ("within: [0.25, 1]", Bound("within", 0.25, 1.0)),
        ("probe: typos/3, drop_at_most: 5e-2", Bound("drop_at_most", 0.05)),
        ("by: language, gap_at_most: 0.1", Bound("gap_at_most", 0.1)),
        (
            "no_worse_than: {at: 1024}, margin: 0.03",
            Bound("no_worse_than", 0.03, against=Against("at", "1024")),
        ),
        (
            "no_worse_than: {case: second}, margin: 0.03",
            Bound("no_worse_than", 0.03, against=Against("case", "second")),
        ),
        (
            "advantage_over: {system: fast}, margin: 0",
            Bound("advantage_over", 0.0, against=Against("system", "fast")),
        ),
        (
            "advantage_over: {model: other}, margin: 0",
            Bound("advantage_over", 0.0, against=Against("model", "other")),
        ),
    ],
)
def test_bounds(write: Write, written: str, bound: Bound) -> None:
    edit = {
        GATE: f"at: 256, {written}",
        "[reference]": "[reference, other: {provider: reference}]",
        "data: data": "data: data\n    systems: [plain, fast: {use: faiss_flat}]",
        "gates:": "  - {name: second, data: data, metrics: [ndcg@10]}\ngates:",
    }
    (found,) = suite.load(write(edit)).gates
    assert found.bound == bound


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        ("clean", ("clean",)),
        ("typos/3", ("typos/3@query",)),
        ("typos/3@query", ("typos/3@query",)),
        ("[typos/1, typos/3, typos/1]", ("typos/1@query", "typos/3@query")),
        ("'*/3'", ("typos/3@query", "slips/3@query")),
        ("[clean, 'slips/*']", ("clean", "slips/3@query", "slips/4@query")),
    ],
)
def test_gates_name_probes_one_by_one_in_a_list_or_by_a_pattern(
    write: Write, written: str, labels: tuple[str, ...]
) -> None:
    probes = "[typos: {severities: [1, 3]}, slips: {use: typos, severities: [3, 4]}]"
    edit = {
        "[typos: {severities: [1, 3]}]": probes,
        GATE: f"at: 256, at_least: 0.5, probe: {written}",
    }
    assert suite.load(write(edit)).gates[0].probes == labels


def test_a_gate_keeps_its_line_conditions_and_waiver(write: Write) -> None:
    found = gate(
        write,
        "at: 256, at_least: 0.5, model: reference, by: language, decide: point, "
        "where: {style: [short, long]}, "
        "waive: {model: reference, why: too small, owner: search, until: 2027-01-31}",
    )
    assert found.line == 11
    assert (found.model, found.by, found.decide) == ("reference", "language", "point")
    assert found.where == {"style": ("short", "long")}
    assert found.waive == Waiver("reference", "too small", "search", "2027-01-31")


def test_groups_may_be_intersections(write: Write) -> None:
    plan = suite.load(write({"[language]": "[language, language*style, modality]"}))
    assert plan.cases[0].groups == ("language", "language*style", "modality")


def test_reading_alone_looks_nothing_up(write: Write) -> None:
    found = suite.read(write({"[reference]": "[nobody]", "data: data": "data: nowhere"}))
    assert found.models[0].use == "nobody"
    assert found.cases[0].data == ("nowhere",)


def test_the_committed_json_schema_is_the_generated_one() -> None:
    committed = Path(__file__).parents[2] / "docs" / "suite.schema.json"
    assert committed.read_text() == suite.json_schema()


def test_the_json_schema_says_what_every_key_is_for() -> None:
    schema = json.loads(suite.json_schema())
    models = [schema, *schema["$defs"].values()]
    for model in models:
        assert model["additionalProperties"] is False
        for name, key in model["properties"].items():
            assert key["description"].endswith("."), name
