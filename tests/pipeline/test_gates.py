"""Every bound in every outcome, waivers, missing evidence, and the family that Holm adjusts for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.archive.tables import measured_from
from evalkit.core.errors import SuiteError
from evalkit.core.plan import Against, Bound, GatePlan, Waiver
from evalkit.core.results import StoredScores, Verdict
from evalkit.pipeline.gate import sentence, strict
from evalkit.pipeline.rules import stored_target
from tests import toys

NOISY = {"good": toys.Toy(), "poor": toys.Toy(noise=5.0)}


def verdicts(tmp_path: Path, *gates: GatePlan, data: Any = None, **case: Any) -> list[Verdict]:
    the_case = toys.case(data or toys.dataset(tags={"language": ("en", "es")}), **case)
    return list(toys.run_plan(toys.plan([the_case], NOISY, gates), tmp_path).verdicts)


def gate(bound: Bound, **changes: Any) -> GatePlan:
    fields: dict[str, Any] = {"case": "find", "metric": "ndcg@10", "at": 16, "bound": bound}
    return GatePlan(**fields | changes)


@pytest.mark.parametrize(
    ("bound", "good", "poor"),
    [
        (Bound("at_least", 0.8), "pass", "fail"),
        (Bound("at_most", 0.8), "fail", "pass"),
        (Bound("within", 0.85, 1.0), "pass", "fail"),
        (Bound("at_least", 0.30), "pass", "inconclusive"),
    ],
)
def test_bounds_on_a_value(tmp_path: Path, bound: Bound, good: str, poor: str) -> None:
    found = {v.cell.model: v for v in verdicts(tmp_path, gate(bound))}
    assert (found["good"].status, found["poor"].status) == (good, poor), found


def test_an_open_gate_says_how_many_more_queries_would_settle_it(tmp_path: Path) -> None:
    (found,) = verdicts(tmp_path, gate(Bound("at_least", 0.35), model="poor"))
    assert found.status == "inconclusive"
    assert found.more_queries is not None
    assert found.more_queries > 0
    assert 0 < found.mde < 1
    assert found.why == "The interval includes the bound."


def test_drops_and_losses(tmp_path: Path) -> None:
    found = verdicts(
        tmp_path,
        gate(Bound("drop_at_most", 0.01), model="good", probes=("shout/3@query",)),
        gate(Bound("drop_at_most", 0.99), model="good", probes=("shout/3@query",)),
        gate(Bound("no_worse_than", 0.02, against=Against("at", "16")), at=4, model="good"),
        gate(Bound("no_worse_than", 0.02, against=Against("at", "4")), at=16, model="good"),
        probes=(toys.probe("query"),),
    )
    assert [v.status for v in found] == ["fail", "pass", "fail", "pass"]
    assert found[0].gate == (
        "find: ndcg@10 at 16 on good under shout/3@query drops by at most 0.01"
    )


def test_comparisons_between_models(tmp_path: Path) -> None:
    other = Against("model", "poor")
    found = verdicts(
        tmp_path,
        gate(Bound("advantage_over", 0.1, against=other), model="good"),
        gate(Bound("no_worse_than", 0.02, against=other), model="good"),
        gate(Bound("no_worse_than", 0.02, against=Against("model", "good")), model="poor"),
        gate(Bound("advantage_over", 0.0, against=Against("model", "good")), model="poor"),
    )
    assert [v.status for v in found] == ["pass", "pass", "fail", "fail"]
    assert found[0].gate == "find: ndcg@10 at 16 on good is better than model poor by at least 0.1"


def test_comparison_with_a_stored_run(tmp_path: Path) -> None:
    data = toys.dataset()
    old = toys.run_plan(toys.plan([toys.case(data)], {"good": toys.Toy()}), tmp_path)
    stored = StoredScores("old", {}, measured_from(old.scores))
    bound = Bound("no_worse_than", 0.02, against=Against("run", "old", stored))
    worse = {"good": toys.Toy(noise=5.0, revision_="2")}
    plan = toys.plan([toys.case(data)], worse, [gate(bound)])
    (found,) = toys.run_plan(plan, tmp_path).verdicts
    assert found.status == "fail"
    assert found.observed > 0.2


def test_a_gap_has_one_verdict_a_group(tmp_path: Path) -> None:
    data = toys.dataset(80, tags={"language": ("en", "es")})
    found = verdicts(
        tmp_path, gate(Bound("gap_at_most", 0.3), by="language", model="good"), data=data,
        groups=("language",),
    )  # fmt: skip
    assert [(v.group, v.status) for v in found] == [
        ("language=en", "pass"),
        ("language=es", "pass"),
    ]


def test_gaps_of_groups_under_30_are_reported_and_not_gated(tmp_path: Path) -> None:
    data = toys.dataset(70, tags={"language": ("en", "en", "en", "es", "es", "es", "fr")})
    gap = gate(Bound("gap_at_most", 0.5), by="language", model="good")
    found = verdicts(tmp_path, gap, data=data, groups=("language",))
    assert [v.group for v in found] == ["language=en", "language=es"]


def test_a_group_that_lost_everything_is_missing_and_never_left_out(tmp_path: Path) -> None:
    data = toys.dataset(40, tags={"language": ("en", "en", "en", "es")})
    gone = frozenset(str(q.content) for q in data.queries if q.tag("language") == ("es",))
    the_case = toys.case(data, groups=("language",))
    bound = gate(Bound("at_least", 0.5), by="language")
    plan = toys.plan([the_case], {"toy": toys.Toy(fail=gone)}, [bound])
    found = toys.run_plan(plan, tmp_path).verdicts
    assert [(v.group, v.status) for v in found] == [
        ("language=en", "pass"),
        ("language=es", "missing"),
    ]


def test_a_gap_rests_on_the_smaller_side(tmp_path: Path) -> None:
    data = toys.dataset(46, tags={"language": ("en",)})
    few = tuple(
        replace(q, tags={"language": ("es",)}) if k >= 40 else q for k, q in enumerate(data.queries)
    )
    gap = gate(Bound("gap_at_most", 0.9), by="language", model="good")
    found = verdicts(tmp_path, gap, data=replace(data, queries=few), groups=("language",))
    assert {v.why for v in found} == {"Only 6 units count; a verdict needs 30."}


def test_units_of_an_unknown_group_are_not_gated(tmp_path: Path) -> None:
    data = toys.dataset(80, tags={"language": ("en", "unknown")})
    by = gate(Bound("at_least", 0.1), by="language", model="good")
    found = verdicts(tmp_path, by, data=data, groups=("language",))
    assert [v.group for v in found] == ["language=en"]


def test_values_may_hold_the_signs_that_conditions_are_written_with(tmp_path: Path) -> None:
    data = toys.dataset(80, tags={"kind": ("Home & Garden", "Toys|Games=fun")})
    found = verdicts(
        tmp_path,
        gate(Bound("at_least", 0.5), model="good", where={"kind": ("Home & Garden",)}),
        gate(Bound("at_least", 0.5), model="good", where={"kind": ("Toys|Games=fun",)}),
        data=data,
    )
    assert [v.n for v in found] == [40, 40]


def test_a_gate_with_too_few_units_is_inconclusive(tmp_path: Path) -> None:
    (found,) = verdicts(
        tmp_path, gate(Bound("at_least", 0.99), model="poor"), data=toys.dataset(20)
    )
    assert found.status == "inconclusive"
    assert found.why == "Only 20 units count; a verdict needs 30."


def test_where_narrows_the_units(tmp_path: Path) -> None:
    (found,) = verdicts(
        tmp_path, gate(Bound("at_least", 0.5), model="good", where={"language": ("es",)}),
        data=toys.dataset(80, tags={"language": ("en", "es")}),
    )  # fmt: skip
    assert (found.status, found.n, found.group) == ("pass", 40, "language=es")


def test_a_waiver_turns_only_a_miss(tmp_path: Path) -> None:
    waiver = Waiver("poor", "a known limit", "search team", "2999-01-01")
    found = verdicts(tmp_path, gate(Bound("at_least", 0.8), waive=waiver))
    by_model = {v.cell.model: v for v in found}
    assert by_model["poor"].status == "waived"
    assert by_model["poor"].why == "Misses, waived until 2999-01-01 by search team: a known limit"
    assert by_model["good"].status == "pass"
    (idle,) = verdicts(
        tmp_path, gate(Bound("at_least", 0.8), model="good", waive=Waiver("good", "x", "y"))
    )
    assert (idle.status, idle.why) == ("pass", "Passes; the waiver is no longer needed.")


def test_a_waiver_that_has_ended_waives_nothing(tmp_path: Path) -> None:
    old = Waiver("poor", "a known limit", "search team", "2001-01-01")
    (found,) = verdicts(tmp_path, gate(Bound("at_least", 0.8), model="poor", waive=old))
    assert found.status == "fail"


def test_a_model_without_the_compared_size_is_left_out(tmp_path: Path) -> None:
    models = {"both": toys.Toy(), "small": toys.Toy(sizes_=(4,), revision_="s")}
    bound = Bound("no_worse_than", 0.9, against=Against("at", "16"))
    plan = toys.plan([toys.case(toys.dataset())], models, [gate(bound, at=4)])
    assert [v.cell.model for v in toys.run_plan(plan, tmp_path).verdicts] == ["both"]


def test_a_gate_that_nothing_is_left_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as e:
        verdicts(tmp_path, gate(Bound("at_least", 0.5), at=8, line=31))
    assert str(e.value) == (
        "toys.yaml:31: no model of the suite offers what this gate on 'find' needs. "
        "Gate a size, modality or probe that one of its models has."
    )


class _Stored(toys.Toy):
    keyed_by = "id"


def test_stored_vectors_are_not_measured_under_a_probe(tmp_path: Path) -> None:
    the_case = toys.case(toys.dataset(), probes=(toys.probe("query"),))
    drop = gate(Bound("drop_at_most", 0.1), probes=("shout/1@query",))
    both = {"stored": _Stored(), "toy": toys.Toy()}
    found = toys.run_plan(toys.plan([the_case], both, [drop]), tmp_path)
    assert [v.cell.model for v in found.verdicts] == ["toy"]
    assert ("stored", "probe shout") in {(n.model, n.what) for n in found.not_offered}
    assert {e.cell.probe for e in found.estimates if e.cell.model == "stored"} == {"clean"}


def test_a_shrunken_mean_is_missing(tmp_path: Path) -> None:
    lossy = {"toy": toys.Toy(fail=frozenset({"word03 please"}))}
    plan = toys.plan([toys.case(toys.dataset())], lossy, [gate(Bound("at_least", 0.1))])
    (found,) = toys.run_plan(plan, tmp_path).verdicts
    assert found.status == "missing"
    assert found.why == (
        "1 of 40 units have no score, too many to judge; see the inputs that were lost."
    )


def test_a_point_decision_ignores_uncertainty(tmp_path: Path) -> None:
    (found,) = verdicts(tmp_path, gate(Bound("at_least", 0.30), model="poor", decide="point"))
    assert found.status == ("pass" if found.observed >= 0.30 else "fail")
    assert "point estimate" in found.why


def test_holm_covers_the_whole_suite(tmp_path: Path) -> None:
    lone = gate(Bound("at_least", 0.45), model="poor")
    others = [gate(Bound("at_least", 0.01 * k), model="good") for k in range(1, 20)]
    (alone,) = verdicts(tmp_path, lone)
    together = verdicts(tmp_path, lone, *others)[0]
    assert alone.p_adjusted == alone.p
    assert together.p_adjusted == pytest.approx(min(1.0, 20 * together.p), rel=0.5)
    assert together.p_adjusted > alone.p_adjusted


def test_strict_turns_open_gates_into_failures(tmp_path: Path) -> None:
    found = verdicts(tmp_path, gate(Bound("at_least", 0.30), model="poor"))
    (hard,) = strict(found)
    assert hard.status == "fail"
    assert hard.why.endswith("Inconclusive counts as a failure (--strict).")


def test_verdicts_are_numbers_or_nothing(tmp_path: Path) -> None:
    (found,) = verdicts(tmp_path, gate(Bound("at_least", 0.30), model="poor"))
    assert np.isfinite([found.observed, found.low, found.high, found.p, found.p_adjusted]).all()


def test_a_gate_names_its_target_wherever_it_is_printed(tmp_path: Path) -> None:
    (found, _) = verdicts(tmp_path, gate(Bound("at_least", 0.5), aim="equal parts"))
    assert found.gate.endswith("is at least 0.5 (target: equal parts)")
    again = stored_target(found)
    assert again is not None
    assert sentence(again) == found.gate
