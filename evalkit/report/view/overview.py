"""The first screen: what was asked, the answer in a sentence, and what was lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evalkit.archive import CaseFacts, Run
from evalkit.core.results import Lost, NotOffered
from evalkit.report.text import count

STATUSES = ("fail", "missing", "inconclusive", "waived", "pass")
"""The statuses of a verdict, what needs a look first."""

_EXAMPLES = 5
_SENTENCE_ORDER = ("pass", "waived", "inconclusive", "missing", "fail")
FACTORS = {
    "problem": "Business problem",
    "stakeholders": "Stakeholders",
    "workflow": "Workflow",
    "inputs": "Inputs",
    "outputs": "Outputs",
    "intrinsic_variation": "Variation that matters",
    "confounding_variation": "Variation that must not matter",
    "error_costs": "Errors and their relative cost",
}
"""What a suite may say of its use, as headings."""


@dataclass(frozen=True, slots=True)
class LostRow:
    """Inputs of one kind that were lost in one place, with the first few and their reasons."""

    kind: str
    case: str
    model: str
    probe: str
    side: str
    count: int
    examples: tuple[tuple[str, str], ...]


_LOSSES = ("refused", "failed", "truncated", "unjudged", "unchanged")


@dataclass(frozen=True, slots=True)
class Skipped:
    """Everything that was asked for and not measured. counts: by kind of loss."""

    counts: Mapping[str, int]
    lost: tuple[LostRow, ...]
    not_offered: tuple[NotOffered, ...]

    @property
    def sentence(self) -> str:
        """Return what was refused, failed, cut short or has no judgement, in a sentence or two."""
        refused, failed, unjudged = (self.counts[k] for k in ("refused", "failed", "unjudged"))
        cut = self.counts["truncated"]
        short = f" Inputs of which only a part was embedded: {count(cut)}." if cut else ""
        if not refused + failed + unjudged:
            return f"No input was refused or failed, and every query is judged.{short}"
        return (
            f"Inputs refused: {count(refused)}, failed: {count(failed)}; "
            f"queries that could not be judged: {count(unjudged)}.{short}"
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """What heads a report.

    counts: how many verdicts have each status, in the order of STATUSES. models: each name with
    what the model is. measured: a few words per case on how much of which data.
    """

    suite: str
    about: str
    run: str
    created: str
    parent: str
    answer: str
    counts: Mapping[str, int]
    factors: tuple[tuple[str, tuple[str, ...]], ...]
    models: tuple[tuple[str, str], ...]
    measured: tuple[str, ...]


def overview(run: Run) -> Overview:
    """Return what heads the report of a run."""
    found = Counter[str](v.status for v in run.verdicts)
    counts = {status: found[status] for status in STATUSES}
    return Overview(
        suite=run.suite,
        about=run.about,
        run=run.id,
        created=run.created,
        parent=run.parent,
        answer=answer(counts),
        counts=counts,
        factors=tuple(_factors(run.use_case)),
        models=tuple((m.name, m.about) for m in run.models),
        measured=tuple(f"{c.name}, {_extent(c)} of {c.dataset}" for c in run.cases),
    )


def _extent(case: CaseFacts) -> str:
    """Return how much of its data a case embeds."""
    items = f"{count(case.corpus)} items"
    return f"{count(case.queries)} queries against {items}" if case.queries else items


def answer(counts: Mapping[str, int]) -> str:
    """Return one sentence that says how the gates were decided."""
    total = sum(counts.values())
    if not total:
        return "No gate was set: this run measures, and decides nothing."
    first, *others = [s for s in _SENTENCE_ORDER if counts.get(s) or s == "pass"]
    noun = "gate" if total == 1 else "gates"
    head = f"{counts.get(first, 0)} of {total} {noun} {_verb(first, counts.get(first, 0), total)}"
    return ", ".join([head, *(f"{counts[s]} {_verb(s, counts[s])}" for s in others)]) + "."


def _verb(status: str, count: int, total: int = 0) -> str:
    """Return what gates of a status do, in the number that fits."""
    one = (total or count) == 1
    if status in ("pass", "fail"):
        return f"{status}{'es' if status == 'pass' else 's'}" if one or count == 1 else status
    return f"{'is' if one or count == 1 else 'are'} {status}"


def _factors(use_case: Mapping[str, object]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield the factors of the use case with their values, the known ones in their usual order."""
    for key in (*FACTORS, *(k for k in use_case if k not in FACTORS)):
        lines = _lines(use_case.get(key))
        if lines:
            yield FACTORS.get(key, key.replace("_", " ").capitalize()), lines


def _lines(value: object) -> tuple[str, ...]:
    """Return a value of the use case as lines of text."""
    if value is None or value == "":
        return ()
    if isinstance(value, Mapping):
        return tuple(f"{k}: {_shown(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_shown, value))
    return (_shown(value),)


def _shown(value: object) -> str:
    """Return one value as text, a number without needless digits."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def skipped(run: Run) -> Skipped:
    """Return what was asked for and not measured."""
    found = Counter[str](one.kind for one in run.lost)
    return Skipped(
        counts={kind: found[kind] for kind in _LOSSES},
        lost=tuple(_lost_rows(run.lost)),
        not_offered=run.not_offered,
    )


def _lost_rows(lost: Iterable[Lost]) -> Iterable[LostRow]:
    """Yield lost inputs by kind and place, in the order of the run; rare reasons come first."""
    places: dict[tuple[str, str, str, str, str], list[Lost]] = {}
    for one in lost:
        places.setdefault((one.kind, one.case, one.model, one.probe, one.side), []).append(one)
    for place, rows in places.items():
        often = Counter(r.reason for r in rows)
        shown = sorted(rows, key=lambda r: often[r.reason])[:_EXAMPLES]
        yield LostRow(*place, len(rows), tuple((r.item, r.reason) for r in shown))
