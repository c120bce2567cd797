"""The systems of a case: steps before the search, the search, and what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import PydanticCustomError

from evalkit.core import registry
from evalkit.core.errors import nearest
from evalkit.core.items import UNKNOWN, Dataset, Item
from evalkit.core.protocols import Retriever
from evalkit.core.results import PLAIN
from evalkit.core.systems import Prepare, Rerank, System, Transform
from evalkit.suite.entries import Named, read_plugin, seen
from evalkit.suite.params import RERANK, create
from evalkit.suite.place import Place
from evalkit.suite.selection import fits
from evalkit.suite.transforms import Fit, resolve_transform
from evalkit.suite.unique import unique

EXACT = "exact"
"""The search plugin behind the system `plain`."""
_STEPS = "steps"
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps of one system as far as they could be made."""

    prepare: tuple[Prepare, ...] = ()
    transforms: tuple[tuple[Transform, Fit], ...] = ()
    retrievers: tuple[Retriever, ...] = ()
    reranks: tuple[Rerank, ...] = ()


def resolve_systems(
    entries: list[Named], models: frozenset[str] | None, place: Place
) -> tuple[System, ...] | None:
    """Return the systems of a case, None where something is wrong with any of them.

    models: the names of the suite's models, None where they are not all known.
    """
    fine = unique(entries, place, "systems")
    made = [_system(entry, models, place.at(row)) for row, entry in enumerate(entries)]
    found = tuple(system for system in made if system is not None)
    return found if fine and len(found) == len(made) else None


def _system(entry: Named, models: frozenset[str] | None, place: Place) -> System | None:
    """Return one system, `plain` being exact search alone."""
    if entry.name == PLAIN and (entry.use not in (PLAIN, EXACT) or _STEPS in entry.params):
        what = _STEPS if _STEPS in entry.params else f"'{entry.use}'"
        fix = "Give this system another name."
        place.wrong(f"'{PLAIN}' is exact search and cannot use {what}.", fix)
        return None
    before = len(place.problems.found)
    steps = _steps(entry, models, place)
    if len(place.problems.found) > before:
        return None
    retriever: Retriever = (*steps.retrievers, registry.create("search", EXACT))[0]
    rerank = steps.reranks[0] if steps.reranks else None
    transform, fit = steps.transforms[0] if steps.transforms else (None, {})
    return System(
        entry.name, retriever, dict(entry.params), steps.prepare, rerank, None, transform, fit
    )


def _steps(entry: Named, models: frozenset[str] | None, place: Place) -> _Steps:
    """Return the steps of a system: those listed under `steps`, or the one that it uses."""
    if _STEPS not in entry.params:
        return _added(_Steps(), entry, models, place)
    steps, listed = _Steps(), entry.params[_STEPS]
    below = place.at(entry.name, _STEPS)
    if entry.use != entry.name or len(entry.params) > 1:
        other = next((key for key in entry.params if key != _STEPS), "use")
        below.wrong(f"'{_STEPS}' stands beside '{other}'.", "Put parameters below their step.")
    if not isinstance(listed, list) or not listed:
        below.wrong(f"expected a list of steps, got {seen(listed)}.")
        return steps
    for row, one in enumerate(listed):
        try:
            step = read_plugin(one)
        except PydanticCustomError as e:
            below.at(row).wrong(e.message())
            continue
        steps = _added(steps, step, models, below.at(row))
    return steps


def _added(steps: _Steps, entry: Named, models: frozenset[str] | None, place: Place) -> _Steps:
    """Return the steps with one more; reports a step that is unknown or in the wrong place."""
    if entry.use == RERANK:
        made = _rerank(entry, models, place)
        _once(steps.reranks, "reranking", place)
        return replace(steps, reranks=(*steps.reranks, *([made] if made else [])))
    if entry.use in registry.names("prepare"):
        if steps.retrievers or steps.reranks:
            place.wrong(f"'{entry.use}' prepares items; it comes before the search.", "Move it up.")
        step: Prepare | None = create("prepare", entry, place)
        return replace(steps, prepare=(*steps.prepare, *([step] if step else [])))
    if steps.reranks:
        place.wrong("reranking is the last step.", f"Move '{entry.use}' up.")
    if entry.use in registry.names("transforms"):
        if steps.retrievers:
            place.wrong(f"'{entry.use}' comes before the search.", "Move it up.")
        _once(steps.transforms, "transforming", place)
        transform, fit = resolve_transform(entry, place)
        made_now = ((transform, fit),) if transform else ()
        return replace(steps, transforms=(*steps.transforms, *made_now))
    used = replace(entry, use=EXACT) if entry.use == PLAIN else entry
    _once(steps.retrievers, "search", place)
    retriever: Retriever | None = create("search", used, place)
    return replace(steps, retrievers=(*steps.retrievers, *([retriever] if retriever else [])))


def _once(made: tuple[object, ...], what: str, place: Place) -> None:
    """Report a second step of a kind that a system has once."""
    if made:
        place.wrong(f"a system has one {what} step, this is another one.", "Leave one out.")


def _rerank(entry: Named, models: frozenset[str] | None, place: Place) -> Rerank | None:
    """Return the reranking step, None where something is wrong with it."""
    below = place.at(entry.name)
    before = len(place.problems.found)
    for key in entry.params:
        if key not in ("model", "depth"):
            hint = nearest(key, ("model", "depth"))
            below.at(key).wrong(f"'{RERANK}' has no parameter '{key}'; {hint}")
    model, depth = entry.params.get("model"), entry.params.get("depth", 100)
    if not isinstance(model, str):
        below.wrong("reranking needs the name of a second model.", "Write for example model: nova.")
    elif models is not None and model not in models:
        below.at("model").wrong(f"unknown model '{model}'; {nearest(model, models)}")
    if isinstance(depth, bool) or not isinstance(depth, int) or not 1 <= depth <= _MOST:
        expected = f"a whole number from 1 to {_MOST:,}"
        below.at("depth").wrong(f"expected depth to be {expected}, got {seen(depth)}.")
    return Rerank(str(model), depth) if len(place.problems.found) == before else None


def with_tuning(
    systems: tuple[System, ...], whole: Dataset, chosen: Dataset, place: Place
) -> tuple[System, ...] | None:
    """Return the systems with the queries that their retrievers are tuned on.

    They are queries of the whole data set that fit the retriever's `tune`, are judged against the
    chosen corpus, and are neither measured by the case nor of a need (tag `intent`) that is.
    """
    made = [_tuned(s, whole, chosen, place.at(row)) for row, s in enumerate(systems)]
    found = tuple(system for system in made if system is not None)
    return found if len(found) == len(systems) else None


def _tuned(system: System, whole: Dataset, chosen: Dataset, place: Place) -> System | None:
    """Return one system with its tuning queries, itself where its retriever asks for none."""
    tune: Mapping[str, Any] = getattr(system.retriever, "tune", {})
    if not tune:
        return system
    wanted = {tag: (v,) if isinstance(v, str) else tuple(v) for tag, v in tune.items()}
    measured = {query.id for query in chosen.queries}
    needs = {value for query in chosen.queries for value in query.tag("intent")} - {UNKNOWN}
    kept = {item.id for item in chosen.corpus}

    def free(query: Item) -> bool:
        seen_need = not needs.isdisjoint(query.tag("intent"))
        return query.id not in measured and not seen_need and fits(query, wanted)

    data = whole.select(free, lambda item: item.id in kept)
    if not any(grade > 0 for row in data.truth.grades.values() for grade in row.values()):
        place.at(system.name).wrong(
            "'tune' leaves no judged query of a need that the case does not measure itself.",
            "Tune on one split and select another one with the case's 'queries'.",
        )
        return None
    return replace(system, tuning=data)
