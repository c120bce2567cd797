"""Which page explains the number of a verdict."""

from __future__ import annotations

from dashboard import links
from evalkit.core.results import CLEAN
from evalkit.report.view.scope import Series
from evalkit.report.view.verdicts import VerdictRow

_PAGES = {
    "drop": "robustness",
    "mean_drop": "robustness",
    "area": "robustness",
    "loss": "dimensions",
    "gap": "fairness",
    "excess": "fairness",
    "null": "fairness",
    "advantage": "compare",
    "regression": "compare",
}
_WORDS = {
    "robustness": "the probe",
    "dimensions": "every size",
    "fairness": "the groups",
    "compare": "the pair",
    "queries": "the queries",
}


def address(row: VerdictRow, run: str) -> tuple[tuple[str, str], ...]:
    """Return the addresses that explain a verdict, each with what is seen there."""
    v = row.verdict
    cell = v.cell
    place = {
        "run": run,
        "case": cell.case,
        "model": str(Series(cell.model, cell.system)),
        "at": str(cell.dim),
        "metric": v.metric,
    }
    place |= {"probe": cell.probe} if cell.probe != CLEAN else {}
    found = [page] if (page := _PAGES.get(row.kind, "")) else []
    tag, _, value = v.group.partition("=")
    chosen = {"tag": tag, "value": value} if value else {}
    here = {
        "robustness": place,
        "dimensions": place,
        "fairness": place | chosen,
        "compare": place | _compared(row),
        "queries": place | chosen | {"sort": v.metric},
    }
    return tuple((_WORDS[p], links.link(p, **here[p])) for p in (*found, "queries"))


def _compared(row: VerdictRow) -> dict[str, str]:
    """Return what the page Compare is asked to compare with what."""
    cell = row.verdict.cell
    word, _, other = row.against.partition(" ")
    of = {"model": "models", "system": "systems", "at": "sizes"}.get(word, "runs")
    found = {"of": of, "model": cell.model, "system": cell.system, "base": other}
    return found if of != "runs" else {"of": of}
