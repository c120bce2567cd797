"""What changed since an earlier run: gates that turned, values, how many of them are sure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.archive import Run, Since, Turn
from evalkit.core.results import Estimate, Verdict
from evalkit.report.view.comparison import told_apart
from evalkit.report.view.scope import Scope
from evalkit.report.view.systems import Told

_KINDS = {"baseline": "the baseline that the suite names", "previous": "the suite's previous run"}
_WORST_FIRST = ("worse", "better", "not told apart", "")


@dataclass(frozen=True, slots=True)
class Change:
    """A value now and its paired regression (then minus now, positive is worse), in words."""

    now: Estimate | None
    regression: Estimate
    told: Told


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since an earlier run.

    sentence: how many gates turned. rows: values of the metrics that are drawn, those that changed
    for sure first. same: how many of them are not told apart.
    """

    run: str
    created: str
    what: str
    sentence: str
    turns: tuple[Turn, ...]
    rows: tuple[Change, ...]
    same: int
    note: str


def changes(run: Run, scopes: tuple[Scope, ...]) -> Changes | None:
    """Return what changed since the run that this one was compared with, None without one."""
    if run.since is None:
        return None
    rows = sorted(_rows(run.since, scopes), key=lambda r: _WORST_FIRST.index(r.told))
    return Changes(
        run=run.since.run,
        created=run.since.created,
        what=_KINDS.get(run.since.kind, "an earlier run"),
        sentence=sentence(run.since),
        turns=run.since.turns,
        rows=tuple(rows),
        same=sum(row.told == "not told apart" for row in rows),
        note=run.since.note,
    )


def before(run: Run) -> Mapping[Verdict, str]:
    """Return the status that a verdict had in the earlier run, of those that turned."""
    turns = run.since.turns if run.since else ()
    known = {(t.gate, t.cell, t.metric, t.group): t.before for t in turns if t.after}
    keys = {v: (v.gate, v.cell, v.metric, v.group) for v in run.verdicts}
    return {v: known[key] or "not there" for v, key in keys.items() if key in known}


def sentence(since: Since) -> str:
    """Return how many gates were decided otherwise, in a sentence."""
    turned = sum(bool(t.before and t.after) for t in since.turns)
    new = sum(not t.before for t in since.turns)
    gone = sum(not t.after for t in since.turns)
    noun = "gate" if since.gates == 1 else "gates"
    parts = [f"{turned or 'None'} of {since.gates} {noun} changed"] if since.gates else []
    parts += [f"{new} {'is' if new == 1 else 'are'} new"] if new else []
    parts += [f"{gone} {'is' if gone == 1 else 'are'} gone"] if gone else []
    return f"{', '.join(parts) or 'Neither run decided a gate'}."


def _rows(since: Since, scopes: tuple[Scope, ...]) -> list[Change]:
    """Return the changes of the metrics that are drawn."""
    drawn = {scope.facts.name: scope for scope in scopes}
    found = []
    for e in since.changes:
        scope = drawn.get(e.cell.case)
        if scope and e.metric in scope.charted and not e.group and math.isfinite(e.value):
            found.append(Change(scope.value(e.cell, e.metric), e, told_apart(e)))
    return found
