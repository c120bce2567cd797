"""Proof of the coverage that docs/judging.md claims for intervals of judged effectiveness."""

import pytest

from evalkit.judging.aggregate import How
from tests.judging.test_effective import coverage

pytestmark = pytest.mark.prove

WORLDS = {
    "three alike": [(0.9, 0.9)] * 3,
    "three strict": [(0.8, 0.95)] * 3,
    "three unlike": [(0.8, 0.95), (0.9, 0.7), (0.7, 0.9)],
    "five unlike": [(0.8, 0.95), (0.9, 0.7), (0.7, 0.9), (0.9, 0.9), (0.85, 0.85)],
}


@pytest.mark.parametrize("how", ["majority", "dawid-skene"])
@pytest.mark.parametrize("world", WORLDS)
def test_intervals_with_label_noise_hold_the_true_share(
    world: str, how: How, capsys: pytest.CaptureFixture[str]
) -> None:
    votes_alone, with_noise = coverage(200, 100, 5, WORLDS[world], how, 11)
    with capsys.disabled():
        print(f"| {world} | {how} | {votes_alone:.2f} | {with_noise:.2f} |")  # noqa: T201
    assert with_noise >= 0.80
    assert with_noise >= votes_alone
