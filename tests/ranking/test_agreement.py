"""Agreement of ranked lists: published values, properties, and lists of unequal length."""

import numpy as np
import pytest

from evalkit.core.errors import UsageError
from evalkit.ranking.agreement import jaccard, rbo


def lists(*words: str) -> np.ndarray:
    """A row a word, an item a letter, padded with -1."""
    width = max(map(len, words))
    rows = [[ord(c) for c in word] + [-1] * (width - len(word)) for word in words]
    return np.array(rows, np.int64).reshape(len(words), width)


def overlap(one: str, other: str, p: float = 0.9) -> float:
    (found,) = rbo(lists(one), lists(other), p)
    return float(found)


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ("abcde", "abcde", 1.0),
        ("abcde", "vwxyz", 0.0),
        ("abcde", "bacde", 0.9),
        ("abcde", "edcba", 0.7378),
    ],
)
def test_known_values(one: str, other: str, value: float) -> None:
    assert overlap(one, other) == pytest.approx(value, abs=5e-5)


def by_the_letter(one: str, other: str, p: float) -> float:
    """Equation 32 of Webber, Moffat and Zobel 2010, term by term."""
    short, long = sorted((one, other), key=len)
    s, l = len(short), len(long)  # noqa: E741  # as in the paper
    x = [0.0, *(len(set(short[:d]) & set(long[:d])) for d in range(1, l + 1))]
    terms = sum(x[d] / d * p**d for d in range(1, l + 1))
    terms += sum(x[s] * (d - s) / (s * d) * p**d for d in range(s + 1, l + 1))
    return (1 - p) / p * terms + ((x[l] - x[s]) / l + x[s] / s) * p**l


@pytest.mark.parametrize("p", [0.5, 0.9, 0.98])
@pytest.mark.parametrize(
    ("one", "other"),
    [("abc", "abcde"), ("cab", "abxyc"), ("a", "bcda"), ("abcdef", "fx"), ("ab", "cd")],
)
def test_lists_of_unequal_length_follow_the_paper(one: str, other: str, p: float) -> None:
    assert overlap(one, other, p) == pytest.approx(by_the_letter(one, other, p))


def test_a_beginning_agrees_wholly_with_what_goes_on_from_it() -> None:
    assert overlap("abc", "abcde") == pytest.approx(1.0)


def test_the_first_ten_places_hold_the_known_share_of_the_weight() -> None:
    """Long lists that agree on their first ten places and nowhere else; same paper, equation 21."""
    for p, share in ((0.8, 0.969), (0.9, 0.856), (0.95, 0.672), (0.98, 0.423)):
        deep = np.arange(4000)[None]
        other = np.concatenate([deep[:, :10], -deep[:, 10:] + 9999], axis=1)
        assert rbo(deep, other, p)[0] == pytest.approx(share, abs=5e-4)


def test_it_is_symmetric_and_lies_between_none_and_all() -> None:
    rng = np.random.default_rng(1)
    one, other = (rng.permuted(np.tile(np.arange(14), (60, 1)), axis=1)[:, :9] for _ in "ab")
    one[:20, 6:], other[10:30, 3:] = -1, -1
    np.testing.assert_allclose(rbo(one, other), rbo(other, one))
    np.testing.assert_allclose(jaccard(one, other), jaccard(other, one))
    for found in (rbo(one, other), jaccard(one, other)):
        assert ((found >= 0) & (found <= 1)).all()
        assert len(np.unique(found)) > 5


def test_empty_lists_agree_with_each_other_and_with_nothing_else() -> None:
    one, other = lists("", "ab", ""), lists("", "", "ba")
    for function in (rbo, jaccard):
        np.testing.assert_array_equal(function(one, other), [1.0, 0.0, 0.0])
    nothing = np.zeros((2, 0), np.int64)
    np.testing.assert_array_equal(rbo(nothing, nothing), [1.0, 1.0])
    np.testing.assert_array_equal(jaccard(nothing, nothing), [1.0, 1.0])


def test_jaccard_counts_common_items_whatever_their_order() -> None:
    one, other = lists("abcd", "ab", "abc"), lists("dcba", "bcd", "xyz")
    np.testing.assert_allclose(jaccard(one, other), [1.0, 1 / 4, 0.0])


def test_many_rows_are_compared_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    one, other = (rng.permuted(np.tile(np.arange(9), (31, 1)), axis=1)[:, :6] for _ in "ab")
    whole = rbo(one, other), jaccard(one, other)
    monkeypatch.setattr("evalkit.ranking.agreement._COMPARED_AT_ONCE", 4 * 36)
    np.testing.assert_array_equal(rbo(one, other), whole[0])
    np.testing.assert_array_equal(jaccard(one, other), whole[1])


@pytest.mark.parametrize("p", [0.0, 1.0, -1.0, float("nan")])
def test_a_weight_that_does_not_fall_is_refused(p: float) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        rbo(lists("ab"), lists("ab"), p)
