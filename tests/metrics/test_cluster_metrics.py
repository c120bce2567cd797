"""Metrics of clusters against scikit-learn, and under weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.results import Scores
from evalkit.stats import bootstrap_weights
from tests.metrics.evidence_by_hand import clustered, clusters, overall

WORDS = ("v_measure", "nmi", "ari", "purity")


def scikit(word: str, true: np.ndarray, guess: np.ndarray) -> float:
    from sklearn import metrics
    from sklearn.metrics.cluster import contingency_matrix

    if word == "nmi":
        found = metrics.normalized_mutual_info_score(true, guess, average_method="geometric")
    elif word == "purity":
        table = contingency_matrix(true, guess)
        found = table.max(axis=0).sum() / table.sum()
    else:
        by_word = {"v_measure": metrics.v_measure_score, "ari": metrics.adjusted_rand_score}
        found = by_word[word](true, guess)
    return float(found)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=2, max_size=40))
def test_they_equal_scikit_learn(units: list[tuple[int, int]]) -> None:
    true, guess = np.array(units).T
    for word in WORDS:
        assert overall(word, clustered(true, guess)) == pytest.approx(
            scikit(word, true, guess), abs=1e-9
        ), word


ONE, OWN = [0] * 6, list(range(6))
HALVES = [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("true", "guess", "expected"),
    [
        (HALVES, [5, 5, 5, 2, 2, 2], (1, 1, 1, 1)),  # names of clusters do not matter
        (HALVES, ONE, (0, 0, 0, 0.5)),
        (HALVES, OWN, (2 * 1 * np.log(2) / (np.log(2) + np.log(6)), None, 0, 1)),
        (ONE, ONE, (1, 1, 1, 1)),
        (OWN, OWN, (1, 1, 1, 1)),
        (ONE, HALVES, (0, 0, 0, 1)),
    ],
)
def test_the_ends_of_the_scale(
    true: list[int], guess: list[int], expected: tuple[float | None, ...]
) -> None:
    for word, value in zip(WORDS, expected, strict=True):
        if value is not None:
            assert overall(word, clustered(true, guess)) == pytest.approx(value, abs=1e-9), word


def test_beta_weighs_completeness_and_the_arithmetic_nmi_is_the_v_measure() -> None:
    from sklearn.metrics import v_measure_score

    rng = np.random.default_rng(1)
    true, guess = rng.integers(0, 3, 60), rng.integers(0, 8, 60) // 2
    found = clustered(true, guess)
    for beta in (0.3, 2.0):
        expected = v_measure_score(true, guess, beta=beta)
        assert overall("v_measure", found, beta=beta) == pytest.approx(expected, abs=1e-12)
    arithmetic = overall("nmi", found, average="arithmetic")
    assert arithmetic == pytest.approx(overall("v_measure", found), abs=1e-12)
    assert arithmetic != pytest.approx(overall("nmi", found), abs=1e-6)


@pytest.mark.parametrize("word", WORDS)
def test_repetitions_are_averaged(word: str) -> None:
    true = [0, 0, 1, 1, 2, 2, 2]
    first, second = [0, 0, 1, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1, 0]
    both = overall(word, clustered(true, first, second))
    alone = [overall(word, clustered(true, one)) for one in (first, second)]
    assert both == pytest.approx(np.mean(alone), abs=1e-12)
    assert alone[0] != pytest.approx(alone[1])


@pytest.mark.parametrize("word", WORDS)
def test_units_without_a_topic_or_a_vector_do_not_count(word: str) -> None:
    found = clustered([0, 0, 1, 1, -1, 1], [0, 0, 1, 0, 1, -1])
    scorable = registry.metric(word).scorable(found)
    assert scorable.tolist() == [True, True, True, True, False, True]  # the last one is lost
    assert overall(word, found) == pytest.approx(
        overall(word, clustered([0, 0, 1, 1], [0, 0, 1, 0])), abs=1e-12
    )


@pytest.mark.parametrize("word", WORDS)
def test_leaving_units_out_by_weight_is_leaving_them_out(word: str) -> None:
    rng = np.random.default_rng(3)
    true, guess = rng.integers(0, 4, 40), rng.integers(0, 4, 40)
    kept = rng.random(40) < 0.9
    part = overall(word, clustered(true[kept], guess[kept]))
    # entropies take a resample's spread into account, which matters by less than 1 / n here
    slack = 0.02 if word in ("v_measure", "nmi") else 1e-12
    assert overall(word, clustered(true, guess), weights=kept) == pytest.approx(part, abs=slack)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(("units", "topics", "right"), [(120, 6, 0.7), (200, 12, 0.5)])
def test_resamples_lie_around_the_value(word: str, units: int, topics: int, right: float) -> None:
    rng = np.random.default_rng(5)
    true = rng.integers(0, topics, units)
    guess = np.where(rng.random(units) < right, true, rng.integers(0, topics, units))
    metric = registry.metric(word)
    scores: Scores = metric.per_unit(clustered(true, guess))
    (block,) = bootstrap_weights(clusters(scores.ids), 400, seed=1)
    draws = metric.summary(scores, block)
    value = overall(word, clustered(true, guess))
    assert abs(draws.mean() - value) < 0.5 * draws.std()


def test_ari_of_a_resample_compares_different_units_only() -> None:
    true, guess = [0, 0, 1, 1], [0, 1, 0, 1]
    times = [3, 1, 2, 1]
    pairs = [(i, j) for i in range(4) for j in range(i)]
    weight = {(i, j): times[i] * times[j] for i, j in pairs}
    both = sum(w for (i, j), w in weight.items() if true[i] == true[j] and guess[i] == guess[j])
    topics = sum(w for (i, j), w in weight.items() if true[i] == true[j])
    same = sum(w for (i, j), w in weight.items() if guess[i] == guess[j])
    chance = topics * same / sum(weight.values())
    expected = (both - chance) / ((topics + same) / 2 - chance)
    found = overall("ari", clustered(true, guess), weights=times)
    assert found == pytest.approx(expected, abs=1e-12)


def test_ari_of_one_unit_is_not_known() -> None:
    assert np.isnan(overall("ari", clustered([0, 1], [0, 1]), weights=(2, 0)))


@pytest.mark.parametrize(
    ("word", "params"),
    [("v_measure", {"beta": 0.0}), ("v_measure", {"beta": np.inf}), ("nmi", {"average": "min"})],
)
def test_parameters_that_mean_nothing_are_refused(word: str, params: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="expected"):
        registry.metric(word, params)


@pytest.mark.parametrize("word", WORDS)
def test_there_is_no_cut_off(word: str) -> None:
    assert registry.metric(word).depth == 0
    with pytest.raises(UsageError, match="no cut-off"):
        registry.metric(f"{word}@5")
