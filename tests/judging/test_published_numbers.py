"""Agreement and sizes of a whole study against definitions written out and published numbers."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
import scipy.stats

from evalkit.judging.agreement import agreement
from evalkit.judging.records import Judgement, Mark
from evalkit.judging.sizing import wilson

ROWS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
"""Krippendorff's example, a reviewer a row, a result a column."""


def units() -> list[list[int]]:
    """Return what was said of each result, of those with two judgements or more."""
    columns = zip(*ROWS, strict=True)
    said = [[int(one) for one in column if one != "."] for column in columns]
    return [one for one in said if len(one) > 1]


def alpha(said: Sequence[Sequence[int]], apart: Callable[[int, int, Counter[int]], float]) -> float:
    """Return 1 - D_o / D_e from ordered pairs; apart: how far two values are, given counts."""
    counts = Counter(one for unit in said for one in unit)
    n = counts.total()
    observed = sum(
        apart(a, b, counts) / (len(unit) - 1)
        for unit in said
        for a, b in itertools.permutations(unit, 2)
    )
    expected = sum(apart(a, b, counts) * counts[a] * counts[b] for a in counts for b in counts)
    return 1 - (observed / n) / (expected / (n * (n - 1)))


def nominal(a: int, b: int, counts: Counter[int]) -> float:
    return float(a != b)


def ordinal(a: int, b: int, counts: Counter[int]) -> float:
    low, high = sorted((a, b))
    return (sum(counts[g] for g in range(low, high + 1)) - (counts[a] + counts[b]) / 2) ** 2


def test_the_definition_written_out_gives_the_published_alphas() -> None:
    assert alpha(units(), nominal) == pytest.approx(0.743, abs=5e-4)
    assert alpha(units(), ordinal) == pytest.approx(0.815, abs=5e-4)


def test_the_agreement_of_a_study_is_that_of_the_definitions() -> None:
    """Values of the example stand for grades: 1 and 2 for 0, 3 for 1, more for 2."""
    grade = {1: 0, 2: 0, 3: 1, 4: 2, 5: 2}
    judged = [
        Judgement(
            f"p{n}", "find", f"q{n}", f"r{row}",
            Mark("d", grade[int(one)] > 0, grade[int(one)]), "", "2026-01-01T00:00:00+00:00",
        )
        for row, line in enumerate(ROWS)
        for n, one in enumerate(line)
        if one != "."
    ]  # fmt: skip
    found = agreement(judged)
    graded = [[grade[one] for one in unit] for unit in units()]
    effective = [[int(one > 0) for one in unit] for unit in graded]
    assert found.grades.value == pytest.approx(alpha(graded, ordinal))
    assert found.alpha.value == pytest.approx(alpha(effective, nominal))
    assert (found.alpha.n, found.results) == (len(effective), 12)
    four = [unit for unit in effective if len(unit) == 4]
    same = sum(math.comb(c, 2) for unit in four for c in Counter(unit).values()) / 6 / len(four)
    shares = [sum(one == c for unit in four for one in unit) / 4 / len(four) for c in (0, 1)]
    by_chance = sum(share**2 for share in shares)
    assert found.kappa.value == pytest.approx((same - by_chance) / (1 - by_chance))


def test_wilsons_interval_lies_close_to_the_exact_one() -> None:
    exact = scipy.stats.beta.ppf([0.025, 0.975], [95, 96], [6, 5])
    assert exact == pytest.approx((0.887, 0.984), abs=5e-4)
    assert wilson(0.95, 100, 0.95) == pytest.approx(exact, abs=0.007)
