"""Who judged a run, how far they agree, and what that does to its effectiveness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from evalkit.archive import Run
from evalkit.judging.agreement import in_words
from evalkit.report.text import count, number, span

_NAN = float("nan")
_NOISE = ", with label noise"
_HOW = {
    "majority": "by majority",
    "dawid-skene": "by the model of Dawid and Skene",
}


def judged(run: Run) -> tuple[str, ...]:
    """Return sentences on the judgements that were applied to a run, none where there are none."""
    told = run.provenance.get("judgements")
    return tuple(_sentences(run, told)) if isinstance(told, Mapping) else ()


def _sentences(run: Run, told: Mapping[str, Any]) -> Iterator[str]:
    """Yield who judged, how far they agree, and whether their errors are in the interval."""
    people, prompts = int(told["reviewers"]), int(told["prompts"])
    yield (
        f"Judged by people: {_many(int(told['judgements']), 'judgement')} of "
        f"{_many(prompts, 'prompt')} by {_many(people, 'reviewer')} in the study {told['study']}, "
        f"brought together {_HOW.get(str(told['how']), str(told['how']))}."
    )
    if settled := int(told.get("adjudicated") or 0):
        yield f"Given to settle a dispute, and counting alone: {_many(settled, 'judgement')}."
    yield f"{_alpha(told)}{_kappa(told)}"
    yield _noise(run)


def _alpha(told: Mapping[str, Any]) -> str:
    """Return Krippendorff's alpha with its interval, and what that means."""
    value = _known(told.get("alpha"))
    if value != value:
        return f"Krippendorff's alpha is not known: {in_words(value)}."
    return f"Krippendorff's alpha {number(value)}{_within(told, 'alpha')}: {in_words(value)}."


def _kappa(told: Mapping[str, Any]) -> str:
    """Return Fleiss' kappa and raw agreement, where a run holds them."""
    kappa, raw = _known(told.get("kappa")), _known(told.get("raw_agreement"))
    parts = [f"Fleiss' kappa {number(kappa)}{_within(told, 'kappa')}"] if kappa == kappa else []
    parts += [f"{100 * raw:.0f} % of pairs of judgements say the same"] if raw == raw else []
    return f" {'; '.join(parts)}." if parts else ""


def _within(told: Mapping[str, Any], name: str) -> str:
    """Return the interval of a coefficient in brackets, "" where it is not known."""
    found = span(_known(told.get(f"{name}_low")), _known(told.get(f"{name}_high")))
    return f" ({found})" if found else ""


def _noise(run: Run) -> str:
    """Return whether what reviewers got wrong is in the interval of effectiveness."""
    values = [e for e in run.estimates if e.metric == "effective" and e.kind == "value"]
    if any(_NOISE in e.method for e in values):
        return (
            "Label noise: the interval of effectiveness also holds what it could be where "
            "reviewers err, by how often they contradict each other; an error that all of them "
            "share is in no interval."
        )
    return (
        "Label noise: no result was judged twice, so that errors of reviewers cannot be told; "
        "the interval of effectiveness takes every judgement as true."
    )


def _known(value: object) -> float:
    """Return a stored number, NaN for one that is not known."""
    return float(value) if isinstance(value, int | float) else _NAN


def _many(number: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"
