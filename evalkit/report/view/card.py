"""A run as a system card: what was asked, how it was measured, what was found, and what was not.

Its structure is that of a service card. Nothing in it is written by hand: words and numbers are
those of the run, and what the run does not know is said to be not known.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.archive import CaseFacts, ModelFacts, Run
from evalkit.core.results import CLEAN, Estimate
from evalkit.report.text import count
from evalkit.report.view.changes import sentence
from evalkit.report.view.judged import judged
from evalkit.report.view.notes import Data, notes
from evalkit.report.view.overview import FACTORS, overview
from evalkit.report.view.people import people
from evalkit.report.view.published import Published, published
from evalkit.report.view.responsible import SMALL, Dimension, dimensions
from evalkit.report.view.scope import Scope, scopes
from evalkit.report.view.verdicts import VerdictRow, verdict_rows

_DESIGN = (
    "Every number stands with its 90 % two-sided interval and with n, how many units it rests on; "
    "queries drawn again from the same source would give a number inside the interval about nine "
    "times in ten.",
    "Each decision is one-sided at 5 %. A gate fails only if its miss stands once all gates of the "
    "suite are accounted for (Holm); it passes if its whole interval keeps the bound; between the "
    "two it is inconclusive. Fewer than 30 units decide nothing.",
    "Comparisons are paired: the same queries on both sides.",
    "Where a table names the worst of several, the choice itself makes it look worse than a new "
    "measurement of that one would.",
)
_UNKNOWN = "not stated"
_LONG = 420
_ALWAYS = (
    "Intervals cover the draw of queries. They cover neither another corpus nor other judges.",
    "What was measured holds for this model, revision, data and configuration. Another kind of "
    "input, or a new version of the model, asks for a new run.",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that limits what may be concluded. about: what it is a limit of."""

    about: str
    words: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set in short: what it says of itself, and the cases that drew on it."""

    name: str
    about: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SystemCard:
    """What a system card shows, in its order. unstated: what the suite does not say of its use."""

    suite: str
    about: str
    run: str
    created: str
    answer: str
    factors: tuple[tuple[str, tuple[str, ...]], ...]
    unstated: tuple[str, ...]
    intended: tuple[str, ...]
    models: tuple[ModelFacts, ...]
    data: tuple[DataSet, ...]
    design: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]
    dimensions: tuple[Dimension, ...]
    published: tuple[Published, ...]
    limits: tuple[Limit, ...]
    provenance: tuple[tuple[str, str], ...]


def system_card(run: Run) -> SystemCard:
    """Return the system card of a run; every number in it is one of the run's own."""
    head, cases, rows, told = overview(run), scopes(run), verdict_rows(run), notes(run)
    high = frozenset(m.name for m in run.metrics if m.better == "high")
    recorded, lacking = _recorded(run, rows), _lacking(run)
    found = dimensions(cases, rows, recorded, lacking, high, people(run))
    return SystemCard(
        suite=head.suite,
        about=head.about,
        run=head.run,
        created=head.created,
        answer=head.answer,
        factors=head.factors,
        unstated=tuple(name for key, name in FACTORS.items() if not run.use_case.get(key)),
        intended=tuple(_intended(run)),
        models=told.models,
        data=tuple(map(_data_set, told.data)),
        design=(*_DESIGN, *_power(rows), *_probed(run)),
        metrics=tuple((m.name, m.definition.partition("\n\n")[0]) for m in told.metrics),
        dimensions=found,
        published=tuple(p for case in cases for p in published(case)),
        limits=tuple(_limits(run, cases, rows, found)),
        provenance=told.provenance,
    )


def _data_set(data: Data) -> DataSet:
    """Return a data set in short; the report holds its whole card."""
    card = data.card
    told = {
        "licence": card.licence,
        "source": _short(card.source),
        "languages": ", ".join(card.languages),
        "ground truth": _short(card.ground_truth),
    }
    facts = [(name, value or _UNKNOWN) for name, value in told.items()]
    return DataSet(card.name, _short(card.about), (*facts, *map(_extent, data.cases)))


def _short(text: str) -> str:
    """Return the first sentences of a long text."""
    words = " ".join(text.split())
    if len(words) <= _LONG:
        return words
    return f"{words[:_LONG].rpartition('. ')[0] or words[:_LONG]} …"


def _extent(case: CaseFacts) -> tuple[str, str]:
    """Return a case, and how much of its data it embeds."""
    sides = filter(None, map("/".join, (case.query_modalities, case.corpus_modalities)))
    counts = f"{count(case.queries)} queries, {count(case.corpus)} items"
    return f"case {case.name}", f"{case.task}, {counts}, {' against '.join(sides)}"


def _listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _intended(run: Run) -> Iterator[str]:
    """Yield what the run is evidence for, and what it is none for."""
    kinds = sorted({m for c in run.cases for m in (*c.query_modalities, *c.corpus_modalities)})
    spoken = sorted({language for c in run.cases for language in c.card.languages})
    sizes = sorted({e.cell.dim for e in run.estimates if e.kind == "value"}, reverse=True)
    models = _listed([m.name for m in run.models])
    yield (
        f"This card is evidence for the use case above, served by {models} with vectors of "
        f"{_listed([str(dim) for dim in sizes])} values, on inputs like those of "
        f"{_listed(list(dict.fromkeys(c.dataset for c in run.cases)))}."
    )
    words = f"in the languages {_listed(spoken)}" if spoken else "in languages that no card states"
    yield (
        f"It is no evidence for other uses, other modalities than {_listed(kinds) or 'those named'}"
        f", or languages other than those measured: the data are {words}."
    )


def _power(rows: Sequence[VerdictRow]) -> Iterator[str]:
    """Yield which differences the gates of a run could find."""
    found = [row.verdict for row in rows if math.isfinite(row.verdict.mde)]
    if found:
        least, most = (choose(found, key=lambda v: v.mde) for choose in (min, max))
        yield (
            "Minimum detectable effect, the true difference from its bound that a gate would find "
            f"in 8 of 10 repetitions: from {least.mde:.3f} ({least.gate}) to {most.mde:.3f} "
            f"({most.gate})."
        )


def _probed(run: Run) -> Iterator[str]:
    """Yield what was changed in inputs, beside what the suite says must not matter."""
    probes = dict.fromkeys(p.partition("/")[0] for c in run.cases for p in c.probes)
    done = f"Inputs were changed by: {_listed(list(probes))}." if probes else "No input was changed"
    yield done if probes else f"{done}: robustness against confounding variation was not measured."


def _recorded(run: Run, rows: Sequence[VerdictRow]) -> Mapping[str, list[str]]:
    """Return what the run records of the dimensions beside estimates."""
    asked = [m for m in run.models if m.rechecked]
    steered = [f"{m.name}: {line}" for m in run.models for line in m.audit]
    steered += [
        f"{m.name}: of {count(m.rechecked)} stored inputs asked for again, {count(m.conflicts)} "
        "came back as another vector."
        for m in asked
    ]
    refused = Counter(one.model for one in run.lost if one.kind == "refused")
    safety = [
        f"{m.name}: {count(refused[m.name])} of {count(m.wanted)} inputs were refused; whether any "
        "of them should have been was not tested."
        for m in run.models
    ]
    stated = [_stated_model(m) for m in run.models]
    stated += [_stated_data(c) for c in {c.dataset: c for c in run.cases}.values()]
    return {
        "Controllability": steered,
        "Safety": safety,
        "Fairness": list(_taken(run)),
        "Transparency": stated,
        "Governance": list(_governed(run, rows)),
    }


def _taken(run: Run) -> Iterator[str]:
    """Yield which tags were taken as groups of people."""
    tags = people(run).tags(run.estimates)
    if tags:
        yield (
            f"Taken as groups of people: {_listed(tags)}, by the groups that a task protects or by "
            "the name of the tag. Other groups stand under Veracity & Robustness."
        )


def _stated_model(model: ModelFacts) -> str:
    """Return what is known of which model was measured."""
    revision = f"revision {model.revision}" if model.revision else "revision not stated"
    return f"{model.name}: provider {model.provider}, model {model.model}, {revision}."


def _stated_data(case: CaseFacts) -> str:
    """Return what a data set says of itself, and what it does not."""
    card = case.card
    said = {"licence": card.licence, "source": card.source, "ground truth": card.ground_truth}
    gaps = [name for name, value in said.items() if not value]
    gaps += [] if card.limits else ["limits"]
    licence = f"licence {card.licence}" if card.licence else "licence not stated"
    rest = f"; its card does not state: {_listed(gaps)}" if gaps else ""
    return f"{case.dataset}: {licence}, sha256 {case.fingerprint}{rest}."


def _governed(run: Run, rows: Sequence[VerdictRow]) -> Iterator[str]:
    """Yield by which rules the run was decided."""
    waived = [row.verdict for row in rows if row.verdict.status == "waived"]
    yield f"Gates decided: {len(rows)}; misses waived: {len(waived)}."
    yield from (f"Waived: {v.gate}. {v.why}" for v in waived)
    commit = str(run.provenance.get("git_commit") or "")
    yield f"Commit of the work: {commit or 'not known'}."
    if commit.endswith("-dirty"):
        yield "Files differed from that commit."
    yield f"Suite: sha256 {run.provenance.get('suite_digest') or 'not known'}."
    if run.since:
        yield (f"Compared with the {run.since.kind} run {run.since.run}: {sentence(run.since)}")
    if run.parent:
        yield f"Made from run {run.parent}, with judgements applied to it."
    yield from judged(run)


def _lacking(run: Run) -> Mapping[str, list[str]]:
    """Return what a run may record beside estimates, and this one does not."""
    lacks: dict[str, list[str]] = {"Controllability": [], "Governance": []}
    if not any(m.rechecked for m in run.models):
        lacks["Controllability"].append("The same input asked for twice gives the same vector")
    if not any(m.audit for m in run.models):
        lacks["Controllability"].append("Sizes asked of the model against the widest one cut")
    if not run.parent:
        lacks["Governance"].append("Judgements of results by reviewers")
    return lacks


def _limits(
    run: Run, cases: Sequence[Scope], rows: Sequence[VerdictRow], found: Sequence[Dimension]
) -> Iterator[Limit]:
    """Yield what limits the conclusions, what concerns most readers first."""
    bare = [one.name for one in found if one.silent]
    if bare:
        yield Limit("dimensions", f"Nothing was tested of {_listed(bare)}.")
    yield from _open(rows)
    yield from _unmeasured(run)
    for case in {c.dataset: c for c in run.cases}.values():
        yield from (Limit(f"data of {case.dataset}", limit) for limit in case.card.limits)
        if not case.card.about:
            yield Limit(f"data of {case.dataset}", "The data set has no card.")
    for scope in cases:
        small = {e.group for e in scope.estimates.rows if _is_small(e, scope.facts.name)}
        if small:
            words = f"Groups under {SMALL} units, reported and not decided on: {len(small)}."
            yield Limit(scope.facts.name, words)
    if len(run.models) == 1:
        yield Limit("models", "Only one model was measured: nothing says how another compares.")
    yield from (Limit("all numbers", words) for words in _ALWAYS)


def _is_small(e: Estimate, case: str) -> bool:
    """Return whether an estimate is of a group with few units."""
    mine = e.kind in ("value", "gap") and e.cell.case == case and e.cell.probe == CLEAN
    return mine and bool(e.group) and e.n < SMALL


def _open(rows: Sequence[VerdictRow]) -> Iterator[Limit]:
    """Yield the gates that were not decided."""
    for v in (row.verdict for row in rows):
        if v.status == "inconclusive":
            more = f" About {count(v.more_queries)} more would settle it." if v.more_queries else ""
            yield Limit("inconclusive gate", f"{v.gate}. {v.why}{more}")
        elif v.status == "missing":
            yield Limit("missing gate", f"{v.gate}. {v.why}")


def _unmeasured(run: Run) -> Iterator[Limit]:
    """Yield what was asked for and not measured, counted."""
    places = Counter((one.kind, one.case, one.model, one.probe) for one in run.lost)
    asked = {case.name: case.queries for case in run.cases}
    for (kind, case, model, probe), many in places.items():
        if kind == "unjudged":
            yield Limit(case, f"{count(many)} of {count(asked[case])} queries could not be judged.")
        elif kind != "unchanged" and probe == "clean":
            yield Limit(case, f"{count(many)} inputs were {kind} ({model}).")
    for one in run.not_offered:
        yield Limit(one.model, f"Not offered, and so not measured: {one.what} ({one.case}).")
