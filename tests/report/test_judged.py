"""What the report of a judged run says of its reviewers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from evalkit.archive import Run
from evalkit.core.results import Cell, Estimate
from evalkit.judging.agreement import in_words
from evalkit.report import card as cards
from evalkit.report.summary import markdown
from evalkit.report.view import view
from evalkit.report.view.card import system_card
from evalkit.report.view.judged import judged

NAN = float("nan")
TOLD: dict[str, Any] = {
    "study": "<b>spring</b>", "how": "dawid-skene", "reviewers": 3, "judgements": 1200,
    "prompts": 40, "adjudicated": 1, "alpha": 0.71, "alpha_low": 0.6, "alpha_high": 0.81,
    "kappa": 0.7, "kappa_low": 0.59, "kappa_high": 0.8, "raw_agreement": 0.875,
}  # fmt: skip


def applied(run: Run, method: str = "wilson, with label noise", **other: object) -> Run:
    """Return a run to which judgements were applied."""
    cell = Cell("photos", "alpha", dim=1024)
    told = Estimate("value", cell, "", "effective", "", 0.8, 0.7, 0.9, 40, NAN, method)
    provenance = {**run.provenance, "judgements": TOLD | other}
    return replace(run, estimates=(*run.estimates, told), provenance=provenance)


def test_reviewers_agreement_and_noise_are_told_wherever_the_run_is_shown(
    run: Run, page: Callable[[Run], str]
) -> None:
    made = applied(run)
    who, settled, agreed, noise = view(made).judged
    assert "1\u202f200 judgements of 40 prompts by 3 reviewers in the study <b>spring</b>" in who
    assert who.endswith("brought together by the model of Dawid and Skene.")
    assert settled.endswith("1 judgement.")
    assert agreed == (
        "Krippendorff's alpha 0.710 (0.600 to 0.810): agreement for tentative conclusions, from "
        "0.667 to 0.8. Fleiss' kappa 0.700 (0.590 to 0.800); 88 % of pairs of judgements say the "
        "same."
    )
    assert noise.startswith("Label noise: the interval of effectiveness also holds")
    html = page(made)
    assert html.index("Krippendorff&#39;s alpha 0.710") < html.index('<table class="verdicts">')
    assert "<b>spring" not in html
    for text in (markdown(view(made)), cards.markdown(system_card(made))):
        assert "alpha 0.710" in text
        assert "<b>" not in text


def test_what_is_not_known_is_said(run: Run) -> None:
    who, agreed, noise = judged(
        applied(run, "wilson", reviewers=1, adjudicated=0, alpha=None, kappa=None,
                raw_agreement=None)
    )  # fmt: skip
    assert "by 1 reviewer in" in who
    assert agreed.startswith("Krippendorff's alpha is not known: nothing was judged twice")
    assert "no result was judged twice" in noise


def test_a_run_of_an_earlier_version_holds_no_kappa(run: Run) -> None:
    made = applied(run)
    old = {k: v for k, v in TOLD.items() if not k.startswith("kappa")}
    told = judged(replace(made, provenance={"judgements": old}))
    assert "alpha 0.710" in told[2]
    assert "kappa" not in " ".join(told)


def test_a_run_that_nobody_judged_says_nothing(run: Run, page: Callable[[Run], str]) -> None:
    assert view(run).judged == ()
    assert 'class="judged"' not in page(run)


@pytest.mark.parametrize(
    ("alpha", "words"),
    [(0.8, "good"), (0.79, "tentative"), (0.667, "tentative"), (0.66, "low"), (NAN, "nothing")],
)
def test_alpha_in_words(alpha: float, words: str) -> None:
    assert words in in_words(alpha)
