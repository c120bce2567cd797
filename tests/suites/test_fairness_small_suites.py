"""The suites on fairness: they load, ask for a claim, and a part of them runs."""

import json
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit import api
from evalkit.archive import Run
from evalkit.core.items import Dataset, Item
from evalkit.core.plan import CasePlan, Plan
from evalkit.pipeline.offer import not_offered
from evalkit.readers.folder import Folder

SUITES = Path(__file__).resolve().parents[2] / "suites"
NAMES = (
    "association",
    "counterfactual-queries",
    "gender-balance",
    "gender-balance-photo",
    "gender-balance-targets",
    "group-quality",
    "mitigation",
)
BALANCE = tuple(name for name in NAMES if name.startswith("gender-balance"))
FEW = {"baker", "nurse"}
FITTED_ON = {"accountant", "chemist", "clerk", "lawyer", "nurse", "plumber", "teacher", "surgeon"}


@cache
def read(path: str) -> Dataset:
    return Folder().read(path)


@cache
def loaded(name: str) -> Plan:
    """Return a suite; what several suites ask of one data set is read from its files once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evalkit.suite.data._read", lambda path, *_: read(str(path.resolve())))
        return api.load(SUITES / f"{name}.yaml")


@pytest.fixture(params=NAMES)
def plan(request: pytest.FixtureRequest) -> Plan:
    return loaded(request.param)


def of_jobs(data: Dataset, jobs: Set[str], kinds: Mapping[str, Set[str]] | None = None) -> Dataset:
    """Return what is of some jobs; kinds: other jobs for items of a kind."""

    def fits(item: Item) -> bool:
        own = jobs if kinds is None else kinds["".join(item.tag("kind"))]
        return not own.isdisjoint(item.tag("occupation"))

    return data.select(fits if kinds is None else lambda item: True, fits)


def cut(name: str, cases: tuple[CasePlan, ...], folder: Path) -> Run:
    whole = loaded(name)
    models = tuple(replace(m, dims=(256,)) for m in whole.models)
    return api.run(replace(whole, models=models, cases=cases, gates=()), out=folder).run


def test_a_suite_records_what_the_model_is_for(plan: Plan) -> None:
    for factor in ("problem", "stakeholders", "workflow", "inputs", "outputs"):
        assert plan.use_case[factor], factor


def test_the_built_in_model_offers_all_that_is_asked_of_it(plan: Plan) -> None:
    assert not_offered(plan) == ()


def test_a_metric_that_is_best_at_zero_is_held_between_two_bounds(plan: Plan) -> None:
    better = {m.name: m.better for case in plan.cases for m in case.metrics}
    control = [g for g in plan.gates if g.case.startswith("control")]
    for gate in plan.gates:
        if gate not in control and better[gate.metric] == "zero":
            assert gate.bound.kind in ("within", "excess_within")
            assert gate.bound.high == pytest.approx(-gate.bound.value)


def test_every_case_has_units_enough_to_be_judged(plan: Plan) -> None:
    for case in plan.cases:
        fewest = 150 if case.name == "other-languages" else 200
        assert len(case.task.units(case.data)) >= fewest, case.name


@pytest.mark.parametrize("name", BALANCE)
def test_suites_on_balance_ask_of_every_occupation(name: str) -> None:
    for case in loaded(name).cases:
        asked = {value for item in case.data.queries for value in item.tag("occupation")}
        assert len(asked) == 52, case.name
        if case.name in ("same-job", "all-jobs"):
            people = Counter(
                (*item.tag("occupation"), *item.tag("gender")) for item in case.data.corpus
            )
            assert {people[job, gender] for job in asked for gender in ("female", "male")} == {20}


def test_every_kind_of_target_is_held_against_in_some_suite() -> None:
    tasks: list[Any] = [case.task for name in BALANCE for case in loaded(name).cases]
    targets = [getattr(task, "target", None) for task in tasks]
    assert {t for t in targets if isinstance(t, str)} >= {"uniform", "pool", "relevant"}
    assert {key for t in targets if isinstance(t, Mapping) for key in t} == {"external", "blend"}


def test_projections_are_fitted_on_words_and_pictures_that_no_case_measures() -> None:
    for case in loaded("mitigation").cases:
        measured = {item.id for item in case.data.corpus}
        assert [s.name for s in case.systems] == ["plain", "fair_projection", "leace", "fair_pca"]
        for system in case.systems[1:]:
            assert system.fitting is not None
            fitted = Counter(item.modality for item in system.fitting.corpus)
            assert fitted["text"] >= 900
            assert fitted["image"] >= 250
            assert measured.isdisjoint(item.id for item in system.fitting.corpus)
    kinds = {
        case.name: {i.modality for i in case.data.corpus} for case in loaded("mitigation").cases
    }
    assert kinds["balance-photo"] == kinds["found-photo"] == {"image"}


def test_words_and_pictures_are_asked_for_in_the_job_and_in_the_whole_index() -> None:
    for name in ("gender-balance", "gender-balance-photo"):
        tasks = {c.name: c.task for c in loaded(name).cases}
        assert [getattr(tasks[n], "pool", None) for n in ("same-job", "all-jobs")] == [
            "occupation",
            "",
        ]


def test_a_gender_is_asked_for_in_every_language_of_the_data() -> None:
    asked = [
        (*q.tag("language"), *q.tag("asks"))
        for case in loaded("gender-balance").cases
        if "compliance@10" in {m.name for m in case.metrics}
        for q in case.data.queries
    ]
    assert set(product(("en", "es", "de", "fr"), ("neutral", "female", "male"))) == set(asked)


def test_a_small_part_of_the_mitigation_runs_on_words_and_on_pictures(tmp_path: Path) -> None:
    cases = []
    for case in loaded("mitigation").cases[:2]:
        jobs: Set[str] = FEW if case.name == "balance" else {"baker"}
        few = {"profile": FITTED_ON, "badge": {"accountant"}}
        systems = [
            replace(s, fitting=s.fitting and of_jobs(s.fitting, few["profile"], few))
            for s in case.systems
        ]
        data = of_jobs(case.data, jobs)
        cases.append(replace(case, data=data, systems=tuple(systems), metrics=case.metrics[:1]))
    run = cut("mitigation", tuple(cases), tmp_path)
    value = {
        (e.cell.case, e.cell.system): e.value
        for e in run.estimates
        if e.kind == "value" and not e.group
    }
    assert len(value) == 8
    assert all(0 <= found <= 1 for found in value.values())
    told = [d.table.rows[0] for d in run.details if d.table.name == "fitted"]
    assert len(told) == 6
    assert all("text" in str(row) and "image" in str(row) for row in told)


def test_a_small_part_of_the_targets_runs_and_is_told(tmp_path: Path) -> None:
    cases = [
        replace(case, data=of_jobs(case.data, FEW), metrics=case.metrics[:1])
        for case in loaded("gender-balance-targets").cases[1:]
    ]
    run = cut("gender-balance-targets", tuple(cases), tmp_path)
    notes = {d.cell.case: d.table.note for d in run.details if d.table.name == "target_and_found"}
    aims = {name: note.partition(". Found")[0] for name, note in notes.items()}
    assert aims == {
        "as-the-right-people": "Target: the shares of the relevant items",
        "as-the-labour-force": "Target: the shares of the table",
        "half-way": "Target: the mean of equal parts and the shares of the table",
    }


def test_association_cases_hold_their_own_tests_only() -> None:
    held = {
        case.name: {unit.tag("test")[0][:-3] for unit in case.task.units(case.data)}
        for case in loaded("association").cases
    }
    assert held == {
        "gender-words": {"trades-services", "tools-household", "science-arts", "career-home",
                         "leading-helping"},
        "occupations": {"occupations"},
        "names-and-age": {"names-career", "age-digital"},
        "control-words": {"flowers-insects"},
        "pictures": {"drawn-tools-household"},
        "control-pictures": {"round-jagged", "warm-cool"},
    }  # fmt: skip


def test_a_small_part_of_the_associations_runs(tmp_path: Path) -> None:
    cases = [
        replace(case, metrics=case.metrics[:1])
        for case in loaded("association").cases
        if case.name in ("control-words", "pictures")
    ]
    run = cut("association", tuple(cases), tmp_path)
    value = {e.cell.case: e.value for e in run.estimates if e.kind == "value" and not e.group}
    assert all(-2 <= found <= 2 for found in value.values())
    assert set(value) == {"control-words", "pictures"}
    told = [d.table for d in run.details if d.table.name == "associations"]
    assert [row[11] for table in told for row in table.rows] == ["12870, all"] * 4


def test_a_small_part_of_the_queries_runs(tmp_path: Path) -> None:
    cases = []
    for case in loaded("counterfactual-queries").cases:
        units = [u for u in case.task.units(case.data) if u.tag("language") == ("en",)]
        some = {unit.tag("occupation") for unit in units[:12]}

        def of(item: Item, some: set[tuple[str, ...]] = some) -> bool:
            return item.tag("occupation") in some and item.tag("language") == ("en",)

        cases.append(replace(case, data=case.data.select(of, of)))
    run = cut("counterfactual-queries", tuple(cases), tmp_path)
    found = {e.metric: e for e in run.estimates if e.kind == "value" and not e.group}
    assert {"rab@10", "similarity_bias", "swap_rbo@50", "wording_balance"} <= set(found)
    assert all(e.n >= 8 for e in found.values())
    assert {e.metric for e in run.estimates if e.kind == "null"} >= {"rab@10", "wording_balance"}


def test_accents_that_are_gated_have_recordings_enough_for_a_verdict() -> None:
    """The suite is run where the recordings are made; how many there will be stands in git."""
    lines = (SUITES.parent / "datasets/spoken/corpus.jsonl").read_text("utf-8").splitlines()
    tags = [json.loads(line)["tags"] for line in lines]
    accents = Counter(one["accent"] for one in tags if one["language"] == "en")
    assert len(accents) == 7
    assert min(accents.values()) >= 30
    suite = yaml.safe_load((SUITES / "group-quality-spoken.yaml").read_text("utf-8"))
    (case,) = (case for case in suite["cases"] if case["name"] == "recognised")
    assert case["corpus"] == {"language": "en"}
    gates = [gate for gate in suite["gates"] if gate.get("by") == "accent"]
    assert {gate["case"] for gate in gates} == {"recognised"}
    assert {bound for gate in gates for bound in gate} >= {"gap_at_most", "at_least"}


def test_the_transformer_is_asked_in_its_own_language_alone() -> None:
    for case in loaded("association-minilm").cases:
        assert {item.tag("language") for item in case.data.corpus} == {("en",)}
        assert len(case.task.units(case.data)) >= 200, case.name
