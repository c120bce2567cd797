"""Agreement: published vectors, what is not defined, intervals, reviewers and results."""

import math

import numpy as np
import pytest

from evalkit.core.errors import UsageError
from evalkit.judging._coefficients import Level
from evalkit.judging.agreement import (
    agreement,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    raw_agreement,
)
from evalkit.judging.records import Judgement, Mark

_ = float("nan")
KRIPPENDORFF = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
])  # fmt: skip
FLEISS = np.array([
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
], float)  # fmt: skip


def said(reviewer: str, item: str, effective: bool, **more: object) -> Judgement:
    """Return a judgement of an item of a query of its own."""
    grade = more.pop("grade", None)
    mark = Mark(item, effective, grade if isinstance(grade, int) else None)
    return Judgement(
        f"p{item}", "find", f"q{item}", reviewer, mark, "", "2026-01-01T00:00:00+00:00",
        adjudicates=bool(more.get("adjudicates")),
    )  # fmt: skip


def panel(seed: int, errors: dict[str, float], items: int = 60) -> list[Judgement]:
    """Return judgements of items, half of them good, by reviewers who err that often."""
    rng = np.random.default_rng(seed)
    good = rng.random(items) < 0.5
    return [
        said(name, f"{n:02}", bool(good[n] ^ (rng.random() < error)))
        for name, error in errors.items()
        for n in range(items)
    ]


@pytest.mark.parametrize(
    ("level", "alpha"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_krippendorffs_own_example_gives_the_published_alpha(level: Level, alpha: float) -> None:
    assert krippendorff_alpha(KRIPPENDORFF, level) == pytest.approx(alpha, abs=5e-4)


def test_alpha_is_not_known_where_one_category_has_everything() -> None:
    assert math.isnan(krippendorff_alpha(np.ones((3, 5))))


def test_alpha_is_not_known_where_nothing_was_judged_twice() -> None:
    assert math.isnan(krippendorff_alpha(np.array([[1, _, 0], [_, 1, _]])))


def test_alpha_refuses_an_unknown_level() -> None:
    with pytest.raises(UsageError, match="nominal, ordinal"):
        krippendorff_alpha(KRIPPENDORFF, "colour")  # type: ignore[arg-type]


def test_fleiss_textbook_example_gives_the_published_kappa() -> None:
    assert fleiss_kappa(FLEISS) == pytest.approx(0.2099, abs=5e-5)


def test_fleiss_refuses_unequal_numbers_of_judgements() -> None:
    with pytest.raises(UsageError, match="equally many"):
        fleiss_kappa(np.array([[2.0, 1.0], [1.0, 1.0]]))


def test_ac1_stays_high_where_kappa_collapses_for_a_rare_category() -> None:
    counts = np.array([[0, 2]] * 47 + [[1, 1]] * 3, float)
    assert raw_agreement(counts) == pytest.approx(0.94)
    assert fleiss_kappa(counts) < 0.0
    assert gwet_ac1(counts) > 0.9


def test_ac1_of_two_reviewers_is_that_of_the_formula() -> None:
    counts = np.array([[2, 0]] * 4 + [[0, 2]] * 4 + [[1, 1]] * 2, float)
    assert gwet_ac1(counts) == pytest.approx((0.8 - 0.5) / 0.5)


def test_an_interval_holds_the_value_and_is_the_same_twice() -> None:
    judged = panel(3, {"ann": 0.1, "bob": 0.1, "cy": 0.1})
    found = agreement(judged)
    assert found.alpha.low < found.alpha.value < found.alpha.high < 1
    assert agreement(list(reversed(judged))) == found


def test_a_careless_reviewer_agrees_least_with_the_rest() -> None:
    found = agreement(panel(4, {"ann": 0.02, "bob": 0.02, "cy": 0.4, "dee": 0.02}))
    worst = min(found.reviewers, key=lambda r: r.alpha.value)
    assert worst.reviewer == "cy"
    assert worst.alpha.high < min(r.alpha.low for r in found.reviewers if r.reviewer != "cy")
    assert worst.judged == 60


def test_the_results_that_divide_reviewers_come_first() -> None:
    judged = [said(r, "00", True) for r in ("ann", "bob")]
    judged += [said("ann", "01", True), said("bob", "01", False), said("ann", "02", True)]
    found = agreement(judged)
    assert [(one.item, one.agreement) for one in found.items[:2]] == [("01", 0.0), ("00", 1.0)]
    assert math.isnan(found.items[2].agreement)
    assert found.raw.n == 2


def test_what_settles_a_dispute_is_no_vote() -> None:
    judged = panel(5, {"ann": 0.1, "bob": 0.1})
    settled = [*judged, said("cy", "00", True, adjudicates=True)]
    assert agreement(settled) == agreement(judged)


def test_grades_are_compared_as_ordered() -> None:
    near = [said(r, f"{n}", True, grade=g) for r, gs in {"a": (0, 1, 2), "b": (1, 1, 2)}.items()
            for n, g in enumerate(gs)]  # fmt: skip
    far = [said(r, f"{n}", True, grade=g) for r, gs in {"a": (0, 1, 2), "b": (2, 1, 2)}.items()
           for n, g in enumerate(gs)]  # fmt: skip
    assert agreement(near).grades.value > agreement(far).grades.value


def test_no_judgement_at_all_is_no_agreement_and_no_crash() -> None:
    found = agreement([])
    assert math.isnan(found.alpha.value)
    assert (found.reviewers, found.items) == ((), ())
