"""The cases of a suite: data chosen, task, metrics, systems and probes made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from evalkit.core import registry
from evalkit.core.changed import Changed
from evalkit.core.errors import UsageError, nearest
from evalkit.core.evidence import Ranked
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.metric import Metric
from evalkit.core.plan import CORPUS_TAG, CasePlan, ProbePlan
from evalkit.core.protocols import Task
from evalkit.core.systems import System
from evalkit.suite.data import Library
from evalkit.suite.entries import Named, cut
from evalkit.suite.params import checked, create, find
from evalkit.suite.place import Place
from evalkit.suite.probes import resolve_probes
from evalkit.suite.published import resolve_published
from evalkit.suite.schema import CaseFile
from evalkit.suite.selection import choose, modalities, tags
from evalkit.suite.systems import resolve_systems, with_tuning
from evalkit.suite.transforms import with_fitting
from evalkit.suite.unique import unique

EFFECTIVE = "effective"
"""The key of a case, and the metric that it gives."""
COST = "error_cost"
"""The metric that takes the costs of errors from the use case."""


@dataclass(frozen=True, slots=True)
class CaseParts:
    """What could be found of a case; None stands for a part with something wrong in it.

    units: what scores are of. published: figures of others. plan: the whole case, where every part
    is right.
    """

    name: str
    data: Dataset | None
    modalities: Mapping[SideName, frozenset[str]] | None
    metrics: Mapping[str, Metric] | None
    systems: tuple[System, ...] | None
    probes: tuple[ProbePlan, ...] | None
    groups: tuple[str, ...] | None
    units: tuple[Item, ...] | None = None
    published: Mapping[str, object] = field(default_factory=dict)
    plan: CasePlan | None = None


def resolve_case(
    case: CaseFile,
    library: Library,
    place: Place,
    models: frozenset[str] | None = None,
    costs: Mapping[str, float] | None = None,
) -> CaseParts:
    """Return what can be found of a case, everything wrong with it reported.

    models: the names of the suite's models, None where they are not all known. costs: what each
    kind of error costs.
    """
    task: Task | None = create("tasks", case.task, place.at("task"))
    whole = library.get(case.data, place.at("data"))
    data = choose(whole, case.queries, case.corpus, place, task) if whole else None
    metrics = _with_effective(case, _metrics(case.metrics, task, place.at("metrics"), costs), place)
    systems = resolve_systems(case.systems, models, place.at("systems"))
    if systems and whole and data:
        systems = with_tuning(systems, whole, data, place.at("systems"))
    if systems and whole and data:
        matched = str(getattr(task, "matched", ""))
        systems = with_fitting(systems, whole, data, place.at("systems"), matched)
    there = modalities(data) if data else None
    probes = resolve_probes(case.probes, there, place.at("probes"))
    _check_probed(metrics, case, place)
    fit = data is not None and task is not None and _check_truth(case, data, task, place)
    units = task.units(data) if fit and data and task else None
    beside = resolve_published(case.published, metrics, place.at("published"))
    groups = _groups(case.groups, units, data, place.at("groups"))
    parts = CaseParts(case.name, data, there, metrics, systems, probes, groups, units, beside)
    if not fit or data is None or task is None or None in (metrics, systems, probes, groups):
        return parts
    return _with_plan(case, parts, data, task)


def _with_plan(case: CaseFile, parts: CaseParts, data: Dataset, task: Task) -> CaseParts:
    """Return the parts with the plan that they make together."""
    plan = CasePlan(
        name=case.name,
        data=data,
        task=task,
        task_name=case.task.use,
        metrics=tuple((parts.metrics or {}).values()),
        systems=parts.systems or (),
        probes=parts.probes or (),
        groups=parts.groups or (),
        relevant=case.relevant,
        similarity=case.similarity,
        overflow=case.overflow,
        on_refusal=case.on_refusal,
        on_item_error=case.on_item_error,
        min_scored=case.min_scored,
        keep=case.keep,
        published=parts.published,
    )
    return replace(parts, plan=plan)


def _check_probed(metrics: Mapping[str, Metric] | None, case: CaseFile, place: Place) -> None:
    """Report metrics of change in a case where nothing changes its input."""
    alone = [m.name for m in (metrics or {}).values() if m.evidence_kind == Changed.kind]
    if alone and not case.probes and not place.node.pruned:
        what = f"'{alone[0]}' compares changed input with clean input, and the case has no probe."
        place.at("metrics").wrong(what, "Add probes:, or leave the metric out.")


def _check_truth(case: CaseFile, data: Dataset, task: Task, place: Place) -> bool:
    """Report what the data lack for the task; returns whether it can be done on them."""
    before = len(place.problems.found)
    told: Any = getattr(task, "problems", None)
    for what in told(data) if told else ():
        place.at("data").wrong(what)
    if task.truth == "grades":
        _check_grades(case, data, place)
    return len(place.problems.found) == before


def _check_grades(case: CaseFile, data: Dataset, place: Place) -> None:
    """Report judgements that leave no query anything to find."""
    best = max((g for row in data.truth.grades.values() for g in row.values()), default=None)
    if best is None:
        place.at("data").wrong(
            "none of the chosen queries is judged against the chosen corpus.",
            "Add judgements or choose other items.",
        )
    elif best < 1:
        place.at("data").wrong(
            "no judgement is above 0, so nothing can be found.", "Correct the grades in qrels.tsv."
        )
    elif best < case.relevant:
        place.at("relevant").wrong(
            f"no chosen item has a grade of {case.relevant} or more; the best is {best}.",
            "Lower 'relevant'.",
        )


def _with_effective(
    case: CaseFile, metrics: Mapping[str, Metric] | None, place: Place
) -> Mapping[str, Metric] | None:
    """Return the metrics with the one that says which inputs have an effective result."""
    if case.effective is None or metrics is None:
        return metrics
    entry = Named(EFFECTIVE, EFFECTIVE, case.effective)
    made: Metric | None = create("metrics", entry, place)
    return None if made is None else {**metrics, made.name: made}


def _metrics(
    entries: list[Named], task: Task | None, place: Place, costs: Mapping[str, float] | None
) -> Mapping[str, Metric] | None:
    """Return the metrics by their whole names; costs: what each kind of error costs."""
    priced = [_priced(entry, costs) for entry in entries]
    made = [_metric(entry, task, place.at(row)) for row, entry in enumerate(priced)]
    if None in made or place.node.pruned or not made:
        return None
    found = [metric for metric in made if metric is not None]
    if not unique([metric.name for metric in found], place, "metrics"):
        return None
    return {metric.name: metric for metric in found}


def _priced(entry: Named, costs: Mapping[str, float] | None) -> Named:
    """Return a metric of errors with the costs that the suite states, unless it has its own."""
    if not costs or not entry.name.startswith(f"{COST}@") or entry.params:
        return entry
    return replace(entry, params={"costs": dict(costs)})


def _metric(entry: Named, task: Task | None, place: Place) -> Metric | None:
    """Return one metric, None where something is wrong with it."""
    if entry.use != entry.name:
        place.wrong("a metric goes by its own name and takes no 'use'.", f"Write {entry.use}.")
        return None
    params = entry.params
    if params:
        cls = find("metrics", entry.name.partition("@")[0], place)
        values = checked(cls, entry, place, hidden=("k",)) if cls else None
        if values is None:
            return None
        params = values
    try:
        metric: Metric = registry.metric(entry.name, params)
    except UsageError as e:
        place.take(e)
        return None
    if metric.evidence_kind == Changed.kind and task and task.evidence_kind == Ranked.kind:
        return metric
    if wrong := _unfit(metric, task):
        place.wrong(wrong)
        return None
    if task and metric.evidence_kind not in ("any", task.evidence_kind):
        place.wrong(
            f"the metric '{metric.name}' reads {metric.evidence_kind}s, the task gives "
            f"{task.evidence_kind}s.",
            "Choose a metric that fits the task.",
        )
        return None
    return metric


def _unfit(metric: Metric, task: Task | None) -> str:
    """Return what keeps a metric from the groups that a task declares, "" where nothing does."""
    told: Any = getattr(metric, "unfit", None)
    groups = getattr(task, "groups", None)
    return str(told(tuple(groups))) if told and groups else ""


def _groups(
    entries: list[str], units: tuple[Item, ...] | None, data: Dataset | None, place: Place
) -> tuple[str, ...] | None:
    """Return the groups of a case, each made of tags of its units, queries mostly, or its corpus.

    A tag of the corpus is written `corpus.gender`, and is that of the items which answer a query.
    """
    fine = unique(entries, place, "groups")
    known = dict(tags(units)) if units and entries else None
    if known is not None and data and any(CORPUS_TAG in entry for entry in entries):
        known |= {f"{CORPUS_TAG}{tag}": values for tag, values in tags(data.corpus).items()}
    before = len(place.problems.found)
    for row, group in enumerate(entries):
        _check_group(group, known, place.at(row))
    fine &= len(place.problems.found) == before
    return tuple(entries) if fine and units is not None else None


def _check_group(group: str, known: Mapping[str, set[str]] | None, place: Place) -> None:
    """Report a group made of tags that no query, or no item of the corpus, carries."""
    named = group.split("*")
    if not all(tag.strip() for tag in named):
        place.wrong(f"'{cut(group)}' names no tag; write one, or two as language*category.")
        return
    for tag in named:
        if known is not None and tag not in known:
            whose, name = ("item", tag[len(CORPUS_TAG) :]) if CORPUS_TAG in tag else ("query", tag)
            place.wrong(f"no {whose} has the tag '{cut(name)}'; {nearest(tag, known)}")
