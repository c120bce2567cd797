"""The worst group of a tag, and how far its groups lie apart beside what chance gives."""

import math

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.items import Item
from evalkit.core.results import Cell, Estimate, Measured, Scores
from evalkit.pipeline.between_groups import between_groups
from evalkit.pipeline.estimate import Units

CELL = Cell("case", "model", dim=16)
METRIC = registry.metric("hit@1")


def found(
    values: np.ndarray, languages: list[str], needs: list[str], probe: str = "clean"
) -> dict[str, Estimate]:
    """Return the estimates by kind for units with these scores, languages and needs."""
    items = tuple(Item(f"q{n}", "", {"language": (name,)}) for n, name in enumerate(languages))
    cell = Cell("case", "model", probe=probe, dim=16)
    scores = Scores(tuple(i.id for i in items), (np.array(needs, object),), {"value": values})
    measured = {(cell, METRIC.name): Measured(cell, METRIC.name, scores, np.isfinite(values))}
    made = between_groups(Units("case", (METRIC,), items), measured, ["language"], 7)
    return {e.kind: e for e in made}


def three(worst: float, each: int = 60) -> dict[str, Estimate]:
    """Return the estimates for three languages, of which Spanish is served worse."""
    rng = np.random.default_rng(5)
    shares = np.repeat([0.8, worst, 0.8], each)
    values = (rng.random(len(shares)) < shares).astype(float)
    languages = [name for name in ("en", "es", "de") for _ in range(each)]
    return found(values, languages, [f"n{n}" for n in range(len(values))])


def test_a_group_that_is_served_worse_is_named_with_its_interval() -> None:
    made = three(0.4)
    worst, spread = made["worst_group"], made["spread"]
    assert (worst.group, worst.against, worst.n) == ("language=es", "groups of language", 60)
    assert worst.low < 0.4 < worst.high
    assert worst.high < 0.6
    assert (spread.against, spread.n) == ("groups of language", 3)
    assert spread.value > spread.high
    assert spread.p == 0.001


def test_equal_groups_lie_apart_as_far_as_chance_has_them() -> None:
    made = three(0.8)
    assert made["spread"].value > 0
    assert made["spread"].low <= made["spread"].value <= made["spread"].high
    assert made["spread"].p > 0.05
    assert made["worst_group"].low < 0.8 < made["worst_group"].high


def test_a_small_or_unknown_group_is_never_the_worst() -> None:
    values = np.array([1.0, 0.0] * 40 + [0.0] * 29 + [0.0] * 40)
    languages = ["en", "es"] * 40 + ["de"] * 29 + ["unknown"] * 40
    made = found(values, languages, [str(n) for n in range(len(values))])
    assert made["worst_group"].group == "language=es"
    assert made["spread"].n == 2


def test_under_two_groups_nothing_is_said() -> None:
    assert found(np.ones(40), ["en"] * 40, list(map(str, range(40)))) == {}
    assert found(np.ones(40), ["en"] * 20 + ["de"] * 20, list(map(str, range(40)))) == {}


def test_what_a_probe_did_is_left_to_other_estimates() -> None:
    languages = ["en"] * 40 + ["de"] * 40
    assert found(np.ones(80), languages, list(map(str, range(80))), "typos/1@query") == {}


def test_needs_that_all_groups_share_are_shuffled_within() -> None:
    """Hard needs are hard in both languages, so that a small difference is no chance."""
    hard = np.tile([0.0, 1.0], 40)
    values = np.concatenate([hard, np.where(np.arange(80) < 12, 1 - hard, hard)])
    values[80:92] = np.where(hard[:12] == 0, 0, 0)
    languages, needs = ["en"] * 80 + ["de"] * 80, [f"n{n}" for n in range(80)] * 2
    paired = found(values, languages, needs)["spread"]
    apart = found(values, languages, [f"n{n}" for n in range(160)])["spread"]
    assert paired.value == apart.value == pytest.approx(6 / 80)
    assert paired.p < 0.05 < apart.p


def test_units_without_a_score_do_not_count() -> None:
    values = np.array([1.0] * 40 + [0.0] * 40 + [math.nan] * 40)
    languages = ["en"] * 40 + ["es"] * 40 + ["de"] * 40
    made = found(values, languages, list(map(str, range(120))))
    assert made["spread"].n == 2
    assert made["worst_group"].value == 0.0
