"""The probes of a case: made, with the severities and the side that they are run at."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal, cast

from evalkit.core.errors import nearest
from evalkit.core.plan import ProbePlan
from evalkit.core.protocols import Probe, SideName
from evalkit.core.results import CLEAN
from evalkit.suite.entries import Named, seen
from evalkit.suite.params import create
from evalkit.suite.place import Place
from evalkit.suite.unique import unique

Modalities = Mapping[SideName, frozenset[str]]
ProbeSide = SideName | Literal["both"]
SEVERITIES = (1, 2, 3, 4, 5)
_OWN = ("severities", "side")
_EVERY = "*"
_SIDES = ("query", "corpus", "both")


def resolve_probes(
    entries: list[Named], there: Modalities | None, place: Place
) -> tuple[ProbePlan, ...] | None:
    """Return the probes of a case, None where something is wrong with any of them."""
    fine = unique(entries, place, "probes")
    made = [_probe(entry, there, place.at(row)) for row, entry in enumerate(entries)]
    found = tuple(probe for probe in made if probe is not None)
    return found if fine and len(found) == len(made) else None


def _probe(entry: Named, there: Modalities | None, place: Place) -> ProbePlan | None:
    """Return one probe, None where something is wrong with it."""
    before = len(place.problems.found)
    if entry.name == CLEAN:
        place.wrong(f"'{CLEAN}' is the input left as it is.", "Give the probe another name.")
    severities = _severities(entry, place)
    probe: Probe | None = create("probes", entry, place, _OWN)
    side = _side(entry, probe, place) if probe else None
    if probe is None or side is None:
        return None
    if there:
        _check_modality(entry, probe, side, there, place)
    if len(place.problems.found) > before:
        return None
    return ProbePlan(entry.name, probe, severities, side)


def _severities(entry: Named, place: Place) -> tuple[int, ...]:
    """Return the severities of a probe, all five where none are written."""
    given = entry.params.get("severities", list(SEVERITIES))
    below = place.at(entry.name, "severities")
    if not isinstance(given, list) or not given:
        empty = "an empty list" if given == [] else seen(given)
        below.wrong(f"expected a list of severities from 1 to 5, got {empty}.")
        return ()
    for row, one in enumerate(given):
        if isinstance(one, bool) or one not in SEVERITIES or not isinstance(one, int):
            below.at(row).wrong(f"expected a severity from 1 to 5, got {seen(one)}.")
            return ()
        if given.count(one) > 1:
            below.wrong(f"the severity {one} is listed twice.")
            return ()
    return tuple(given)


def _side(entry: Named, probe: Probe, place: Place) -> ProbeSide | None:
    """Return the side that a probe changes: as written, else the query where it can."""
    able = sorted(probe.sides, reverse=True)
    given = entry.params.get("side")
    below = place.at(entry.name, "side")
    if given is None:
        return "query" if "query" in able else "corpus"
    if given not in _SIDES:
        below.wrong(f"expected side to be query, corpus or both, got {seen(given)}.")
    elif given not in (able if len(able) == 1 else _SIDES):
        below.wrong(f"the probe '{entry.use}' changes the {able[0]} side only.")
    else:
        return cast("ProbeSide", given)
    return None


def _check_modality(
    entry: Named, probe: Probe, side: ProbeSide, there: Modalities, place: Place
) -> None:
    """Report a probe that can change nothing on a side of the case that it is to change."""
    named: tuple[SideName, ...] = ("query", "corpus") if side == "both" else (side,)
    able = [one for one in probe.sides if not there[one].isdisjoint(probe.modalities)]
    for one in [one for one in named if one not in able][:1]:
        changes = " and ".join(sorted(probe.modalities - {"mixed"}))
        what = "queries are" if one == "query" else "corpus is"
        here = " and ".join(sorted(there[one]))
        fix = f"Write side: {able[0]}, or leave it out." if able else "Leave it out."
        place.wrong(f"the probe '{entry.use}' changes {changes}, but the {what} {here}.", fix)


def expand(written: str, probes: tuple[ProbePlan, ...], place: Place) -> tuple[str, ...]:
    """Return the labels that a gate means by `clean`, `typos/3`, `typos/3@query` or `*/3`.

    A pattern for every probe leaves out those whose severities are kinds, not strengths.
    """
    if written == CLEAN:
        return (CLEAN,)
    meant = [p for p in probes if p.ordered or not written.startswith(_EVERY)]
    labels = [probe.label(severity) for probe in probes for severity in probe.severities]
    found = tuple(
        label
        for label in (probe.label(s) for probe in meant for s in probe.severities)
        if fnmatchcase(label, written) or fnmatchcase(label.rpartition("@")[0], written)
    )
    if not found:
        short = [label.rpartition("@")[0] for label in labels]
        known = labels if "@" in written else short
        place.wrong(f"no probe of the case is '{written}'; {nearest(written, [CLEAN, *known])}")
    return found
