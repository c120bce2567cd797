"""Proof of the false alarms and the power that docs/statistics.md claims."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from evalkit.core.arrays import Float64
from evalkit.stats import Interval, decide, holm, minimum_detectable_effect, sign_flip
from tests.prove.gate_rates import (
    ALPHA,
    FALSE_PASS,
    WORLDS,
    World,
    chances,
    fails,
    hit_interval,
    hit_rates,
    intervals,
    margin,
    rates,
    spread,
)

SEED = 20250
RUNS = 4000
Show = Callable[[str, Iterable[Iterable[object]]], None]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Return a printer of Markdown tables that pytest does not swallow."""

    def write(head: str, rows: Iterable[Iterable[object]]) -> None:
        cells = [head.split("|"), ["---"] * (head.count("|") + 1), *rows]
        lines = ["| " + " | ".join(_text(c) for c in row) + " |" for row in cells]
        with capsys.disabled():
            sys.stdout.write("\n\n" + "\n".join(lines) + "\n")

    return write


def _text(cell: object) -> str:
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell).strip()


@pytest.mark.prove
def test_scores_and_drops(show: Show) -> None:
    table = []
    for world in WORLDS:
        for n in (60, 100, 200, 400):
            r = rates(world, n, RUNS, SEED)
            row = (r.false_fail, r.false_pass, r.coverage, r.width, r.percentile_pass)
            table.append((world.name, n, *row, r.beyond, r.power))
    title = "data|n|FAIL on bound|PASS on bound|coverage|width|PASS, percentile alone"
    show(f"{title}|beyond|FAIL that far beyond", table)
    assert max(row[2] for row in table) <= ALPHA + margin(RUNS)
    assert max(row[3] for row in table if row[1] >= 100) <= FALSE_PASS + margin(RUNS)
    assert min(row[4] for row in table if row[1] >= 100) >= 0.9 - margin(RUNS, 0.1)


@pytest.mark.prove
def test_hits_exactly(show: Show) -> None:
    table = []
    for bound, worse in ((0.50, 0.40), (0.80, 0.75), (0.90, 0.85), (0.95, 0.90), (0.99, 0.95)):
        for n in (30, 50, 100, 200, 400, 1000):
            failed, passed, covered = hit_rates(n, bound, bound)
            power = hit_rates(n, worse, bound)[0]
            table.append((bound, n, failed, passed, covered, worse, power))
    show("bound|n|FAIL on bound|PASS on bound|coverage|worse model|its FAIL", table)
    assert max(row[2] for row in table if row[1] >= 100) <= ALPHA + 0.003
    assert max(row[3] for row in table if row[1] >= 100) <= ALPHA


@pytest.mark.prove
@pytest.mark.parametrize("world", [WORLDS[0], WORLDS[1], WORLDS[6]], ids=lambda w: w.name)
def test_ten_gates_under_holm(world: World, show: Show) -> None:
    found = (decide(i, *_bounds(world)) for i in intervals(world, 200, RUNS, SEED))
    p = np.array([d.p_fail for d in found]).reshape(-1, 10)
    alone = float((p.min(axis=1) <= ALPHA).mean())
    together = float(np.mean([(holm(row) <= ALPHA).any() for row in p]))
    show(
        "ten gates, truth on every bound|any FAIL, unadjusted|Holm", [(world.name, alone, together)]
    )
    assert together <= ALPHA + margin(RUNS // 10)


def _bounds(world: World) -> tuple[float | None, float | None]:
    return (world.truth, None) if world.at_least else (None, world.truth)


@pytest.mark.prove
def test_power_of_one_bad_gate_among_ten(show: Show) -> None:
    rng, table = np.random.default_rng(SEED), []
    for n in (100, 200, 400, 1000):
        p_of = np.array([decide(hit_interval(i, n), 0.90, None).p_fail for i in range(n + 1)])
        good = p_of[rng.choice(n + 1, size=(RUNS, 9), p=_normed(n, 0.93))]
        bad = p_of[rng.choice(n + 1, size=(RUNS, 1), p=_normed(n, 0.85))]
        adjusted = np.array([holm(row) for row in np.hstack([bad, good])])
        any_good = (adjusted[:, 1:] <= ALPHA).any(axis=1)
        found = float((adjusted[:, 0] <= ALPHA).mean())
        table.append((n, hit_rates(n, 0.85, 0.90)[0], found, float(any_good.mean())))
    show("n|.85 against .90 alone|among ten, Holm|a .93 fails", table)
    assert max(row[3] for row in table) <= 0.01


def _normed(n: int, share: float) -> Float64:
    weight = chances(n, share)
    weight /= weight.sum()
    return weight


@pytest.mark.prove
def test_within(show: Show) -> None:
    world, n, table = WORLDS[0], 200, []
    widths, se = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0), spread(world, n)
    seen = [
        _bands(i, world.truth, [w * se for w in widths]) for i in intervals(world, n, RUNS, SEED)
    ]
    for width, (left, right, middle, passed) in zip(widths, np.mean(seen, axis=0), strict=True):
        table.append((width, float(max(left, right)), float(middle), float(passed)))
    show("band / se|FAIL, truth on an edge|FAIL, truth in the middle|PASS, in the middle", table)
    assert max(max(row[1:3]) for row in table if row[0] >= 2.0) <= ALPHA + margin(RUNS)
    assert max(max(row[1:3]) for row in table) <= 2 * ALPHA + margin(RUNS, 0.1)


def _bands(found: Interval, truth: float, widths: list[float]) -> list[tuple[bool, ...]]:
    """Return for each width: FAIL with the truth on the left edge, the right, amid; PASS amid."""
    rows = []
    for w in widths:
        bounds = (truth, truth + w), (truth - w, truth), (truth - w / 2, truth + w / 2)
        decisions = [decide(found, *b) for b in bounds]
        rows.append((*(d.p_fail <= ALPHA for d in decisions), decisions[2].passed))
    return rows


@pytest.mark.prove
def test_the_minimum_detectable_effect_is_found_at_power_80(show: Show) -> None:
    table = []
    for world in (WORLDS[0], WORLDS[1], WORLDS[3], WORLDS[4], WORLDS[6]):
        for n in (200, 400):
            found = intervals(world, n, RUNS, SEED)
            mde = minimum_detectable_effect(spread(world, n), ALPHA)
            bound = world.truth + mde if world.at_least else world.truth - mde
            power = float(np.mean([fails(i, bound, world.at_least) for i in found]))
            table.append((world.name, n, mde, power))
    show("data|n|MDE|power there", table)
    assert all(0.7 <= row[3] <= 0.97 for row in table)


@pytest.mark.prove
def test_sign_flips_under_symmetry(show: Show) -> None:
    rng, table = np.random.default_rng(SEED), []
    for n, together in ((12, 1), (30, 1), (100, 1), (100, 4)):
        signs = rng.choice([-1.0, 1.0], size=(n // together, RUNS)).repeat(together, axis=0)
        changed = (rng.random((n, RUNS)) < 0.5) * rng.beta(0.6, 2.4, (n, RUNS))
        p = np.asarray(sign_flip(signs * changed, [np.arange(n) // together], SEED, 1999))
        table.append((n, together, float((p <= ALPHA).mean()), float((p <= 0.01).mean())))
    show("n|units per cluster|p <= .05|p <= .01", table)
    assert max(row[2] for row in table) <= ALPHA + margin(RUNS)
