"""Values against what chance gives each unit: excess, bands, and what may be gated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Bool, Float64
from evalkit.core.evidence import Ranked
from evalkit.core.metric import weighted_mean
from evalkit.core.plan import Bound, GatePlan
from evalkit.core.results import Cell, Measured, Scores
from evalkit.pipeline.estimate import Units, estimate
from evalkit.pipeline.jobs import Pool
from evalkit.pipeline.requests import Request
from tests import toys
from tests.metrics.balance_by_hand import listed


@dataclass(frozen=True, slots=True)
class Lucky:
    """1 where the first result is relevant; chance gives 1 in 40, and a quarter as a mean."""

    evidence_kind: ClassVar[str] = "ranking"
    better: ClassVar[Any] = "low"
    unit: ClassVar[str] = "share"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    name: ClassVar[str] = "lucky"
    depth: ClassVar[int] = 1

    def scorable(self, evidence: Ranked) -> Bool:
        return np.arange(len(evidence.ids)) > 0

    def per_unit(self, evidence: Ranked) -> Scores:
        hit = (evidence.rows[:, 0] == evidence.judged[:, 0]).astype(float)
        return Scores(
            evidence.ids,
            evidence.clusters,
            {"value": np.where(self.scorable(evidence), hit, np.nan)},
        )

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        return weighted_mean(scores, weights)

    def expected(self, evidence: Ranked, rng: np.random.Generator) -> Float64:
        return np.linspace(0.0, 0.5, len(evidence.ids))

    def null(self, evidence: Ranked, rng: np.random.Generator) -> Float64:
        return rng.uniform(0.0, 0.5, 999)


def case(**changes: Any) -> Any:
    plain = toys.case(
        toys.dataset(tags={"language": ("en", "es")}), groups=("language",), **changes
    )
    return replace(plain, metrics=(*plain.metrics, Lucky()))


def test_the_excess_is_the_value_minus_what_chance_gives_the_same_units(tmp_path: Path) -> None:
    found = toys.run_plan(toys.plan([case()]), tmp_path)
    value, made = (toys.value(found, "lucky", kind) for kind in ("value", "excess"))
    expected = np.linspace(0.0, 0.5, 40)
    assert made.value == pytest.approx(value.value - expected[1:].mean(), abs=1e-9)
    assert made.n == value.n == 39
    assert made.against == "chance"
    spanish = toys.value(found, "lucky", "excess", group="language=es")
    own = toys.value(found, "lucky", group="language=es").value
    assert spanish.value == pytest.approx(own - expected[1::2].mean(), abs=1e-9)


def test_the_band_by_chance_holds_most_of_its_draws(tmp_path: Path) -> None:
    found = toys.run_plan(toys.plan([case()]), tmp_path)
    band = toys.value(found, "lucky", "null")
    assert (band.low, band.value, band.high) == pytest.approx((0.025, 0.25, 0.475), abs=0.03)
    assert band.p == pytest.approx(0.002)
    again = toys.run_plan(toys.plan([case()]), tmp_path)
    assert toys.value(again, "lucky", "null") == band


def test_an_excess_is_gated(tmp_path: Path) -> None:
    gates = [GatePlan("find", "lucky", 16, Bound("excess_at_most", bound)) for bound in (0.1, 0.95)]
    tight, roomy = toys.run_plan(toys.plan([case()], gates=gates), tmp_path).verdicts
    assert (tight.status, roomy.status) == ("fail", "pass")
    assert "exceeds chance by at most 0.1" in tight.gate


def test_a_group_of_the_corpus_is_that_of_the_items_which_answer(tmp_path: Path) -> None:
    data = toys.dataset()
    corpus = tuple(
        replace(item, tags={"shelf": ("top" if n < 15 else "low",)})
        for n, item in enumerate(data.corpus)
    )
    plain = toys.case(replace(data, corpus=corpus), groups=("corpus.shelf",), relevant=2)
    found = toys.run_plan(toys.plan([plain]), tmp_path)
    assert toys.value(found, "ndcg@10", group="corpus.shelf=top").n == 15
    assert toys.value(found, "ndcg@10", "gap", group="corpus.shelf=low").n == 25


@pytest.mark.parametrize(("lean", "low", "high"), [(0.0, 0, 2), (1.2, 12, 12)])
def test_a_gap_of_rates_exceeds_chance_where_a_ranker_leans_and_not_else(
    lean: float, low: int, high: int
) -> None:
    metric = registry.metric("equal_opportunity_gap@6")
    cell, found = Cell("c", "m", dim=1), []
    for n in range(12):
        rng = np.random.default_rng([7, n])
        wholes = ["".join(_ranked(rng, lean)) for _ in range(30)]
        plain = listed(*wholes)
        evidence = replace(plain, rows=plain.rows[:, :6], relevant=plain.pool)
        able = metric.scorable(evidence)
        pieces = [metric.per_unit(evidence), *metric.drawn(evidence, rng)]
        value, *chance = (Measured(cell, metric.name, one, able) for one in pieces)
        key, request = (cell, metric.name), Request("excess", cell, metric.name)
        pool = Pool({key: value}, {}, {key: chance})
        units = [Units("c", (metric,), evidence.units)]
        found.append(estimate(units, pool, [request], 400, n)[request].estimate)
    assert low <= sum(e.low > 0 for e in found) <= high
    assert np.mean([e.value for e in found]) == pytest.approx(0.0 if lean == 0 else 0.35, abs=0.08)


def _ranked(rng: np.random.Generator, lean: float) -> list[str]:
    """Return ten men and ten women in the order of a ranker that prefers men by so many sigma."""
    taste = rng.standard_normal(20) + np.repeat([lean, 0.0], 10)
    return [("M" * 10 + "F" * 10)[n] for n in np.argsort(-taste)]
