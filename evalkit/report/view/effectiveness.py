"""Overall effectiveness by the declared criterion, and the ranked errors with what they cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from evalkit.archive import Run
from evalkit.core.results import Estimate
from evalkit.report.text import count
from evalkit.report.view.lowest import lowest, of_cell
from evalkit.report.view.pictures import Content, contents
from evalkit.report.view.scope import Scope, Series

EFFECTIVE = "effective"
ERRORS = {
    "irrelevant": "nothing relevant is among the first results",
    "missed": "no item of the best grade is among the first results",
    "contradictory": "an item that says the opposite is among the first results",
    "inconsistent": "wordings of one need get different results",
}
"""The errors of the service card of Amazon Nova Multimodal Embeddings, the worst first."""
_COST = "error_cost"
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Effective:
    """The overall effectiveness of a series: an estimate per size, and the criterion in words."""

    case: str
    series: Series
    criterion: str
    values: tuple[Estimate, ...]

    @property
    def sentence(self) -> str:
        """Return the share at the widest size with its interval and n, then at the others."""
        first, *others = self.values
        rest = "".join(f"; at {e.cell.dim}: {_percent(e)}" for e in others)
        whole = _percent(first, f" of {count(first.n)} {'input' if first.n == 1 else 'inputs'}")
        head = f"Overall effectiveness at {first.cell.dim}: {whole}"
        return f"{head}{rest}; criterion: {self.criterion}."


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One kind of error. cost: what one is said to cost, None where nothing is said."""

    metric: str
    meaning: str
    cost: float | None
    values: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class CostlyQuery:
    """A query with the errors it met, each in words, and what they cost together."""

    query: Content
    cost: float
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Errors:
    """The errors of a series, worst first, a value per size, and the queries they cost most.

    total: the metric that adds costs up, "" where the case has none; costs are then added here.
    """

    case: str
    series: Series
    dims: tuple[int, ...]
    rows: tuple[ErrorRow, ...]
    priced: bool
    total: str
    worst: tuple[CostlyQuery, ...]


def effective(run: Run, scope: Scope) -> Iterator[Effective]:
    """Yield the overall effectiveness of each series of a case."""
    params = next((m.params for m in run.metrics if m.name == EFFECTIVE), {})
    declared = criterion(scope.facts.effective or params)
    for series in scope.series if EFFECTIVE in scope.facts.metrics else ():
        cells = (scope.cell(series, dim) for dim in scope.measured_dims(series))
        found = (scope.value(cell, EFFECTIVE) for cell in cells)
        values = tuple(e for e in found if e and math.isfinite(e.value))
        if values:
            yield Effective(scope.facts.name, series, declared, values)


def criterion(declared: Mapping[str, Any]) -> str:
    """Return a criterion in words."""
    if declared.get("metric"):
        least = declared.get("at_least") is not None
        bound = declared["at_least"] if least else declared.get("at_most")
        return f"{declared['metric']} at {'least' if least else 'most'} {bound:g}"
    if declared.get("similarity"):
        least = declared["similarity"]["at_least"]
        return f"the right result is found with a similarity of at least {least:g}"
    if declared.get("judgements"):
        return f"more than half of its judgements in {PurePath(declared['judgements']).name} say so"
    if declared.get("judged"):
        return _judged(declared["judged"])
    return "as the suite declares it"


def _judged(told: Mapping[str, Any]) -> str:
    """Return the criterion of effectiveness as people see it: who decided, and how far they agree.

    An input is effective when one of its first results is, by what reviewers say together.
    """
    depth = told["depth"]
    whose = f"at least one of the first {depth} results" if depth > 1 else "the first result"
    people = told.get("reviewers")
    if not people:
        return f"{whose} is effective in the eyes of reviewers"
    many = f"{count(people)} reviewer{'' if people == 1 else 's'}"
    how = "the model of Dawid and Skene" if told.get("how") == "dawid-skene" else "the majority"
    alpha = told.get("alpha")
    agree = "alpha unknown" if alpha is None else f"Krippendorff's alpha {alpha:.2f}"
    whom = f"{how} of {many}" if how == "the majority" else f"{how} over {many}"
    if people == 1:
        return f"{whose} is effective by the judgement of {many} ({agree})"
    return f"{whose} is effective by {whom} ({agree})"


def _percent(estimate: Estimate, of: str = "") -> str:
    """Return a share as `61 % of 240 inputs (56 to 66 %)`."""
    text = f"{100 * estimate.value:.0f} %{of}"
    ends = (estimate.low, estimate.high)
    known = all(map(math.isfinite, ends))
    return f"{text} ({' to '.join(f'{100 * end:.0f}' for end in ends)} %)" if known else text


def errors(run: Run, scope: Scope) -> Iterator[Errors]:
    """Yield the errors of each series of a case that measures any of them."""
    metrics = [m for kind in ERRORS for m in scope.facts.metrics if _kind(m) == kind]
    totals = [m for m in scope.facts.metrics if _kind(m) == _COST]
    for series in scope.series if metrics else ():
        costs, dims = _costs(run, totals), scope.measured_dims(series)
        rows = [_row(scope, series, metric, costs) for metric in (*metrics, *totals)]
        yield Errors(
            case=scope.facts.name,
            series=series,
            dims=dims,
            rows=tuple(rows),
            priced=bool(costs),
            total=next(iter(totals), ""),
            worst=tuple(_costly(run, scope, series, metrics, totals, costs)),
        )


def _kind(metric: str) -> str:
    """Return the word of a metric without its cut-off."""
    return metric.partition("@")[0]


def _row(scope: Scope, series: Series, metric: str, costs: Mapping[str, float]) -> ErrorRow:
    """Return one kind of error on a series."""
    kind, dims = _kind(metric), scope.measured_dims(series)
    values = tuple(scope.value(scope.cell(series, dim), metric) for dim in dims)
    meaning = ERRORS.get(kind, "what the errors of a query cost together")
    return ErrorRow(metric, meaning, costs.get(kind), values)


def _costs(run: Run, totals: list[str]) -> dict[str, float]:
    """Return what each kind of error costs: as the metric adds them up, else as the suite says."""
    params = next((m.params for m in run.metrics if m.name in totals), {})
    declared = params.get("costs") or run.use_case.get("error_costs") or {}
    known = declared if isinstance(declared, Mapping) else {}
    return {kind: float(known[kind]) for kind in ERRORS if kind in known}


def _costly(
    run: Run,
    scope: Scope,
    series: Series,
    metrics: list[str],
    totals: list[str],
    costs: Mapping[str, float],
) -> Iterator[CostlyQuery]:
    """Yield the queries with the largest cost at the widest size, those with any."""
    cell = scope.cell(series, scope.widest(series))
    rates = {metric: _by_unit(run, cell, metric) for metric in metrics}
    if totals:
        low = lowest(run.scores, cell, totals, totals, _NAMED)
        worst = dict(low.scores) if low else {}
    else:
        worst = _added(rates, costs)
    known = contents(run.items, scope.facts.name, "query", worst)
    for unit, cost in worst.items():
        met = tuple(_word(m, rates[m][unit], metrics) for m in metrics if rates[m].get(unit))
        if cost > 0:
            yield CostlyQuery(known.get(unit, Content(unit)), cost, met)


def _by_unit(run: Run, cell: Any, metric: str) -> dict[str, float]:
    """Return the scores of a metric in a cell by unit, those that are known."""
    rows = of_cell(run.scores, cell, metric=metric, column="value").to_pylist()
    return {r["unit"]: r["value"] for r in rows if r["eligible"] and math.isfinite(r["value"])}


def _added(
    rates: Mapping[str, Mapping[str, float]], costs: Mapping[str, float]
) -> dict[str, float]:
    """Return the worst queries by the sum of their errors, each times its cost, or 1."""
    total: dict[str, float] = {}
    for metric, found in rates.items():
        cost = costs.get(_kind(metric), 0.0 if costs else 1.0)
        for unit, rate in found.items():
            total[unit] = total.get(unit, 0.0) + cost * rate
    return dict(sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMED])


def _word(metric: str, rate: float, metrics: list[str]) -> str:
    """Return an error in words: with its cut-off if there are several, its amount if in part."""
    once = [_kind(m) for m in metrics].count(_kind(metric)) == 1
    name = _kind(metric) if once else metric
    return name if rate == 1 else f"{name} ({rate:.2f})"
