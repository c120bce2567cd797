"""What a reader needs to trust the numbers: words, definitions, data, and how they were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evalkit.archive import CaseFacts, MetricFacts, ModelFacts, Run
from evalkit.core.items import Card

_WORDS = {
    "interval": (
        "Each decision is one-sided at 5 %. The interval printed beside a number is the matching "
        "90 % two-sided one: queries drawn again from the same source would give a number inside "
        "it about nine times in ten."
    ),
    "n": "How many units, queries mostly, a number rests on.",
    "pass": "The whole interval lies on the right side of the bound.",
    "fail": (
        "The number misses the bound, and by more than chance explains: the one-sided p, adjusted "
        "by Holm for all gates of the suite, is at most 0.05."
    ),
    "inconclusive": (
        "The interval includes the bound, so that this much data can say neither; or too few units "
        "count. The report says what could have been found, and how many more queries would do."
    ),
    "missing": "Nothing could be judged: no unit, or too many without a score. It fails the build.",
    "waived": "A miss that someone accepted beforehand, with a reason; it does not fail the build.",
    "minimum detectable effect": (
        "The smallest true difference from the bound that a run of this size would find in 8 of 10 "
        "repetitions."
    ),
    "loss": "The value at the widest size minus the value at this size; positive is worse.",
    "drop": "The value on clean input minus the value under a probe; positive is worse.",
    "gap": "The value of the rest minus the value of the group; positive is worse for the group.",
    "advantage": "This value minus the other one, on the same queries; positive is better.",
    "regression": "The value of a stored run minus the value of this one; positive is worse.",
    "excess": "The value minus what chance alone would give.",
    "system": (
        "What is built around a model: how inputs are prepared, how the search is done, and what "
        "puts its results in order; `plain` is exact search on the model's vectors alone."
    ),
    "better, worse, not told apart": (
        "What a paired difference says: its whole interval lies above zero, below it, or includes "
        "zero."
    ),
    "effective": (
        "An input is effective if its result meets the criterion that the suite declares; overall "
        "effectiveness is the share of inputs that are."
    ),
    "modality": "Text, image, audio, video, document, or mixed for an item of several kinds.",
    "probe": "A change of the input that a person would see past, at a severity from 1 to 5.",
    "group": (
        "Queries that share the value of a tag. One under 30 is shown; its gap is gated only where "
        "a gate has no larger group, and then stays inconclusive."
    ),
    "dash": "The model does not offer it, or nothing was measured there. A dash is never zero.",
}
_METHODS = {
    "percentile": "bootstrap over queries, percentiles",
    "bca": "bootstrap over queries, corrected for bias and skew (BCa)",
    "wilson": "Wilson's interval for shares of 0/1 scores",
    "unseen": "all scores alike: as wide as what unseen cases allow",
    "none": "no unit, no interval",
    "bootstrap of the worst": "the worst of several means, chosen anew in each bootstrap draw, "
    "so that the luck of having been chosen is taken out",
    "shuffled groups": "queries dealt to groups at random: 90 % of shuffles lie between the ends",
    "draws by chance": "what chance alone gives: 90 % of that many draws lie between the ends",
}


@dataclass(frozen=True, slots=True)
class Data:
    """A data set's card, and the cases that drew on it."""

    card: Card
    cases: tuple[CaseFacts, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """Words, metrics as computed, interval methods in use, data, models, provenance."""

    words: Mapping[str, str]
    metrics: tuple[MetricFacts, ...]
    methods: tuple[tuple[str, str], ...]
    data: tuple[Data, ...]
    models: tuple[ModelFacts, ...]
    provenance: tuple[tuple[str, str], ...]


def notes(run: Run) -> Notes:
    """Return what a reader needs to trust the numbers of a run."""
    used = dict.fromkeys(e.method.partition(",")[0] for e in run.estimates)
    return Notes(
        words=_WORDS,
        metrics=run.metrics,
        methods=tuple((name, _method(name)) for name in sorted(used) if name),
        data=tuple(_data(run)),
        models=run.models,
        provenance=tuple(_provenance(run)),
    )


def _method(name: str) -> str:
    """Return how an interval was found in words; what follows a comma says on which units."""
    head, _, where = name.partition(", ")
    known = _METHODS.get(head.lstrip("0123456789 "), "")
    return f"{known}, {where}" if known and where else known


def _data(run: Run) -> Iterator[Data]:
    """Yield each data set once."""
    for name in dict.fromkeys(case.dataset for case in run.cases):
        cases = tuple(case for case in run.cases if case.dataset == name)
        yield Data(cases[0].card, cases)


def _provenance(run: Run) -> Iterator[tuple[str, str]]:
    """Yield what a run was made with, as names and values."""
    yield "run", run.id
    yield "created", run.created
    if run.parent:
        yield "parent run", run.parent
    for key, value in run.provenance.items():
        if isinstance(value, Mapping):
            yield key, ", ".join(f"{k} {v}" for k, v in value.items() if v not in ("", None))
        else:
            yield key.replace("_", " "), str(value)
    for case in run.cases:
        yield f"data of {case.name}", f"{case.dataset}, sha256 {case.fingerprint}"
