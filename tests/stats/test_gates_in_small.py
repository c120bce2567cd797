"""A small edition of the proof of false alarms and power, for every test run."""

from __future__ import annotations

import pytest

from tests.prove.gate_rates import ALPHA, FALSE_PASS, WORLDS, World, hit_rates, margin, rates

RUNS = 200


@pytest.mark.parametrize("world", WORLDS, ids=lambda w: w.name)
def test_a_gate_at_the_truth_rarely_fails(world: World) -> None:
    found = rates(world, 100, RUNS, seed=1)
    assert found.false_fail <= ALPHA + margin(RUNS)
    assert found.false_pass <= FALSE_PASS + margin(RUNS)
    assert found.coverage >= 1.0 - ALPHA - FALSE_PASS - margin(RUNS, 0.1)


def test_the_design_point_of_the_gates() -> None:
    assert hit_rates(400, 0.90, 0.90)[0] <= ALPHA
    assert hit_rates(400, 0.85, 0.90)[0] >= 0.91
