"""Every bound in every outcome, waivers, missing evidence, and the family that Holm adjusts for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.archive.tables import measured_from
from evalkit.core.plan import Against, Bound, GatePlan, Waiver
from evalkit.core.results import StoredScores, Verdict
from evalkit.pipeline.gate import strict
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


def test_groups_under_30_are_reported_and_not_gated(tmp_path: Path) -> None:
    data = toys.dataset(60, tags={"language": ("en", "en", "en", "es")})
    gates = gate(Bound("at_least", 0.5), by="language", model="good")
    found = verdicts(tmp_path, gates, data=data, groups=("language",))
    assert [v.group for v in found] == ["language=en"]


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
    waiver = Waiver("poor", "a known limit", "search team", "2027-01-01")
    found = verdicts(tmp_path, gate(Bound("at_least", 0.8), waive=waiver))
    by_model = {v.cell.model: v for v in found}
    assert by_model["poor"].status == "waived"
    assert by_model["poor"].why == "Misses, waived until 2027-01-01 by search team: a known limit"
    assert by_model["good"].status == "pass"
    (idle,) = verdicts(
        tmp_path, gate(Bound("at_least", 0.8), model="good", waive=Waiver("good", "x", "y"))
    )
    assert (idle.status, idle.why) == ("pass", "Passes; the waiver is no longer needed.")


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
