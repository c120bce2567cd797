"""What chance gives where versions of one text that differ in the group alone lie side by side."""

import itertools

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.balanced import Balanced
from evalkit.stats.label_shuffles import shuffled
from tests.metrics.balance_by_hand import listed

PAIRS = np.array([1, 1, 2, 3, 2, 3])


def matched() -> Balanced:
    """Both of one pair and the men of two others are listed, of three pairs in all."""
    return listed("MFMM", rest="FF", matched=PAIRS)


def expected(name: str, evidence: Balanced) -> float:
    """Return what chance gives the one query."""
    return float(registry.metric(name).expected(evidence, np.random.default_rng(0))[0])


def test_within_pairs_only_those_of_which_one_is_listed_vary() -> None:
    assert expected("tvd@4", matched()) == pytest.approx(0.125)
    assert expected("tvd@4", listed("MFMM", rest="FF")) == pytest.approx(0.1)
    assert expected("tvd@2", matched()) == 0.0
    assert expected("bias@4", matched()) == pytest.approx(0.0)


def test_what_chance_gives_is_the_mean_of_all_swaps() -> None:
    evidence = matched()
    members = []
    for swaps in itertools.product((False, True), repeat=3):
        member = evidence.member.copy()
        for pair, swapped in enumerate(swaps, 1):
            one, other = np.flatnonzero(pair == PAIRS)
            if swapped:
                member[[one, other]] = member[[other, one]]
        members.append(member)
    rows = evidence.rows[0]
    by_hand = [abs(member[rows].sum(axis=0) / 4 - 0.5).sum() / 2 for member in members]
    assert expected("tvd@4", evidence) == pytest.approx(np.mean(by_hand))


def test_labels_stay_in_their_set() -> None:
    evidence = matched()
    borrowed = shuffled(evidence, np.random.default_rng(3))[:, 0]
    assert (PAIRS[borrowed] == PAIRS[evidence.rows[0]]).all()
    assert all(len(set(draw)) == 4 for draw in borrowed.tolist())
    women = evidence.member[borrowed][..., 1].sum(axis=1)
    assert set(women) == {1.0, 2.0, 3.0}
    assert women.mean() == pytest.approx(2.0, abs=0.1)


def test_other_metrics_take_their_draws_within_sets_too() -> None:
    metric = registry.metric("ndkl@2")
    drawn = metric.null(matched(), np.random.default_rng(1))
    assert len(set(np.round(drawn, 9))) == 1, "the order of a whole pair makes no difference"


def test_items_of_no_set_change_labels_among_themselves() -> None:
    evidence = listed("MF", rest="MF", matched=np.array([1, 0, 1, 0]))
    borrowed = shuffled(evidence, np.random.default_rng(2))[:, 0]
    assert set(borrowed[:, 0]) == {0, 2}
    assert set(borrowed[:, 1]) == {1, 3}
