"""Who is shown and who is preferred: what was asked, compared with what, and the answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.core.results import CLEAN, Cell, Detail, Estimate, Table
from evalkit.report.text import count, figure, number
from evalkit.report.view.balance import Balance, balance, is_balance, target_of
from evalkit.report.view.scope import Scope, Series

_LABELS = (
    "Labels are what the data set states of its items, such as pronouns; they are nobody's "
    "identity, and items without a label are left out of every share."
)
_ABSENT = (
    "A gap that is not found may still be there: this is of these texts, names and subjects only, "
    "and says nothing of groups that the data do not name."
)
_LIST = (
    "It says who stands in the list, not whether the right people do, and not what a person who "
    "reads the list decides."
)
_STIMULI = (
    "It is of these wordings and of distances between vectors. Effects cannot be compared between "
    "models as if they were one scale."
)


@dataclass(frozen=True, slots=True)
class _Task:
    """What a task asks, in words. leading: what the names of its headline metrics start with.

    above, below, none: the start of the answer where the interval lies above zero, below it, or
    holds it. beside: what the names of the metrics start with that stand beside it.
    """

    question: str
    compared: str
    leading: tuple[str, ...]
    beside: tuple[str, ...]
    above: str
    below: str
    none: str
    limits: tuple[str, ...]


_DEMANDS = ("label_coverage@", "compliance@")
"""What the names of metrics start with whose value is read by itself."""
_MEANS = {
    "tvd@": "the share of places that would have to change hands to meet the target",
    "abs_bias@": "how far a list leans to either side, from 0 to 1,",
    "ndkl@": "the distance from the target, the first places counting most,",
    "rab@": "what it shares with the stereotyped variant minus what it shares with the other",
    "arab@": "what it shares with the stereotyped variant minus what it shares with the other",
    "ndrab@": "what it shares with the stereotyped variant minus what it shares with the other",
    "similarity_bias": "how much nearer it lies to the stereotyped variant than to the other",
    "wording_balance": "the share of queries that prefer the male wording minus the others' share",
    "wording_preference": "how much nearer the male wording lies than the female one",
    "association_effect": "the mean effect of the tests, in standard deviations,",
    "association_share": "how far the lean of single words follows the share in the data",
    "association_lean": "the mean lean of single words, in standard deviations,",
}
"""What a headline metric says, by what its name starts with."""
_TASKS = {
    "gender_balance": _Task(
        "Do queries that name nobody show the groups in balance?",
        "what chance gives: labels drawn at random among the items that a query can find, "
        "within matched sets where the suite names them",
        ("tvd@", "abs_bias@", "ndkl@"),
        ("bias@", "compliance@", "label_coverage@"),
        "There is a gap that chance does not explain",
        "Lists lie nearer to the target than chance alone would bring them",
        "No gap was found beyond what chance gives",
        (_LABELS, _ABSENT, _LIST),
    ),
    "counterfactual": _Task(
        "Does a query that names nobody find what the stereotyped wording of it finds?",
        "its two variants, the one that the stereotype expects and the other one; 0 is even",
        ("rab@", "arab@", "ndrab@", "similarity_bias"),
        ("similarity_bias", "swap_top1"),
        "Queries that name nobody go with the stereotype",
        "Queries that name nobody go against the stereotype",
        "No lean to either variant was found",
        (_STIMULI, _ABSENT),
    ),
    "wording_preference": _Task(
        "Of one text in a female and a male wording, is one preferred?",
        "the same text in the other wording; 0 is even",
        ("wording_balance", "wording_preference"),
        ("wording_preference",),
        "The male wording is preferred",
        "The female wording is preferred",
        "No preference for either wording was found",
        (_STIMULI, _ABSENT),
    ),
    "association": _Task(
        "Do the vectors of one set of words or pictures lie nearer to those of another set?",
        "the other set, and all ways to divide the same words in two; 0 is even",
        ("association_effect", "association_share", "association_lean"),
        ("association_effect_centred", "association_share_centred", "association_lean"),
        "The first set goes with the first attributes",
        "The first set goes with the second attributes",
        "No association was found",
        (_STIMULI, _ABSENT),
    ),
}


@dataclass(frozen=True, slots=True)
class SizeRow:
    """The numbers of one size.

    found, best, chance, beyond: of the headline metric, as measured, the best that lists of whole
    items could have, what chance gives, and the difference of found and chance. others: further
    metrics of the case, beyond chance where that is known.
    """

    dim: int
    found: Estimate | None
    best: Estimate | None
    chance: Estimate | None
    beyond: Estimate | None
    others: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class Fairness:
    """One case on one series, in the order in which a reader should meet it.

    asked, whom, compared: sentences. few: of whom, in few words. target: in words, with shares, ""
    where the task has none. answers: by size, one sentence with its interval; mores: by
    size, who is shown more and which subjects stand out, "" where that is not known. limits: what
    this does not show; card: what the data set says of itself. metric: the headline. others: the
    further metrics in `sizes`, with `beyond chance` where their numbers are. balances: subject by
    subject, a size each, the widest first, () for tasks without groups of items.
    """

    case: str
    task: str
    series: Series
    asked: str
    whom: str
    few: str
    compared: str
    target: str
    answers: Mapping[int, str]
    mores: Mapping[int, str]
    limits: tuple[str, ...]
    card: tuple[str, ...]
    metric: str
    others: tuple[str, ...]
    sizes: tuple[SizeRow, ...]
    balances: tuple[Balance, ...]

    @property
    def answer(self) -> str:
        """The answer at the widest size."""
        return self.answers[self.sizes[0].dim]

    @property
    def bounded(self) -> bool:
        """Whether it is known how good lists of whole items can be."""
        return any(row.best for row in self.sizes)

    @property
    def more(self) -> str:
        """Who is shown more, and which subjects stand out, at the widest size."""
        return self.mores[self.sizes[0].dim]


def fairness(scope: Scope, details: Iterable[Detail]) -> Iterator[Fairness]:
    """Yield a case, a series at a time, where its task asks who is shown or preferred."""
    task = _TASKS.get(scope.facts.task)
    metric = _headline(scope, task) if task else ""
    if task is None or not metric:
        return
    mine = [d for d in details if d.cell.case == scope.facts.name and d.cell.probe == CLEAN]
    others = tuple(m for start in task.beside for m in scope.metrics() if m.startswith(start))
    others = tuple(m for m in dict.fromkeys(others) if m != metric)
    for series in scope.series:
        cells = [scope.cell(series, dim) for dim in scope.measured_dims(series)]
        tables = {c: [d.table for d in mine if d.cell == c] for c in cells}
        found = tuple(balance(c.dim, tables[c]) for c in cells if is_balance(tables[c]))
        sizes = tuple(_sized(scope, cell, metric, others) for cell in cells)
        yield Fairness(
            case=scope.facts.name,
            task=scope.facts.task,
            series=series,
            asked=task.question,
            whom=_whom(scope, found, sizes[0]),
            few=_few(scope, found, sizes[0]),
            compared=_compared(task, tables[cells[0]]),
            target=target_of(tables[cells[0]]),
            answers={row.dim: _answer(task, row) for row in sizes},
            mores={c.dim: " ".join(_more(scope, c, found)) for c in cells},
            limits=task.limits,
            card=scope.facts.card.limits,
            metric=metric,
            others=tuple(_named(scope, cells[0], m) for m in others),
            sizes=sizes,
            balances=found,
        )


def _headline(scope: Scope, task: _Task) -> str:
    """Return the metric that answers the question, "" where the case has none of its kind."""
    known = scope.metrics()
    return next((m for start in task.leading for m in known if m.startswith(start)), "")


def _sized(scope: Scope, cell: Cell, metric: str, others: Sequence[str]) -> SizeRow:
    """Return the numbers of one size."""
    return SizeRow(
        dim=cell.dim,
        found=scope.value(cell, metric),
        best=scope.estimates.find("attainable", cell, metric),
        chance=scope.estimates.find("null", cell, metric, against="chance"),
        beyond=_beyond(scope, cell, metric),
        others=tuple(_beyond(scope, cell, m) or scope.value(cell, m) for m in others),
    )


def _beyond(scope: Scope, cell: Cell, metric: str) -> Estimate | None:
    """Return what a metric gives beyond chance, None where that is not known, or not the point."""
    if metric.startswith(_DEMANDS):
        return None
    return scope.estimates.find("excess", cell, metric, against="chance")


def _named(scope: Scope, cell: Cell, metric: str) -> str:
    """Return a metric's name, saying where its number is what lies beyond chance."""
    return f"{metric} beyond chance" if _beyond(scope, cell, metric) else metric


def _whom(scope: Scope, found: Sequence[Balance], row: SizeRow) -> str:
    """Return how many queries, subjects and items the answer rests on."""
    facts = scope.facts
    if not found:
        n = row.found.n if row.found else 0
        items = f"{count(facts.queries)} queries and " if facts.queries else ""
        return f"{count(n)} comparisons, from {items}{count(facts.corpus)} items."
    first = found[0]
    parts = [f"{count(first.queries)} queries that name nobody, about {first.about}"]
    if first.left_out:
        parts.append(first.left_out)
    if first.naming:
        parts.append(f"{count(first.naming)} queries that name a group")
    of = ", ".join(f"{count(n)} {name}" for name, n in first.items if n is not None)
    labelled = f", of which {of}" if of else ""
    return (
        f"{'; '.join(parts)}; {count(facts.corpus)} items{labelled}. Of the first {first.k} "
        f"places that the queries naming nobody filled, {100 * first.labelled:.0f} % have a label."
    )


def _few(scope: Scope, found: Sequence[Balance], row: SizeRow) -> str:
    """Return in few words of whom the answer is."""
    if not found:
        return _whom(scope, found, row).rstrip(".")
    about = f"{count(found[0].queries)} queries that name nobody, {found[0].about}"
    return f"{about}, {count(scope.facts.corpus)} items"


def _compared(task: _Task, tables: Sequence[Table]) -> str:
    """Return what numbers are held against, the target first."""
    target = target_of(tables)
    if target:
        return f"The target: {target}. And {task.compared}."
    return f"{task.compared[0].upper()}{task.compared[1:]}."


def _answer(task: _Task, row: SizeRow) -> str:
    """Return the answer in a sentence, with its uncertainty."""
    told = row.beyond or row.found
    if told is None or not math.isfinite(told.low + told.high):
        return "No answer: too little was measured for an interval."
    start = task.above if told.low > 0 else task.below if told.high < 0 else task.none
    means = next((w for name, w in _MEANS.items() if told.metric.startswith(name)), told.metric)
    beyond = " more than by chance" if row.beyond else ""
    open_ = told.low <= 0 <= told.high
    still = f"; up to {number(max(abs(told.low), abs(told.high)))} is still possible"
    more = still if open_ else ""
    return f"{start}: {means} is {figure(told)}{beyond} at size {told.cell.dim}{more}."


def _more(scope: Scope, cell: Cell, found: Sequence[Balance]) -> Iterator[str]:
    """Yield who is shown more on average, and which subjects stand out."""
    signed = [m for m in scope.metrics() if m.startswith("bias@")]
    metric = min(signed, key=lambda m: "[" in m, default="")
    lean = _beyond(scope, cell, metric) or scope.value(cell, metric)
    for one in (b for b in found if b.dim == cell.dim):
        if lean and math.isfinite(lean.low + lean.high):
            side = "more" if lean.low > 0 else "less" if lean.high < 0 else ""
            who = (
                f"'{one.first}' is shown {side} than" if side else "Neither side is shown more than"
            )
            yield f"{who} chance gives, on average: {metric} lies {figure(lean)} from it."
        yield one.sentence
