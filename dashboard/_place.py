"""Which place of the cube a page looks at: case, series, size and probe, all of them in its URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard import links, look
from evalkit.archive import MetricFacts, Opened, Run
from evalkit.core.results import CLEAN, Cell
from evalkit.report.text import one_line
from evalkit.report.view.pictures import Content, contents
from evalkit.report.view.scope import Scope, Series, scopes

if TYPE_CHECKING:
    import pyarrow as pa


def stamp(opened: Opened) -> tuple[str, int]:
    """Return what tells a stored run from another one, and from itself when it is written anew."""
    return str(opened.folder), (Path(opened.folder) / "run.json").stat().st_mtime_ns


def case_of(run: Run, where: Any = st) -> Scope:
    """Return the case that the address names; the page ends where nothing was measured."""
    found = {scope.facts.name: scope for scope in scopes(run)}
    if not found:
        look.empty("This run measured nothing: see what was skipped on the page `Run`.")
        st.stop()
    return found[links.choice("Case", list(found), "case", where=where)]


def series_of(scope: Scope, where: Any = st) -> Series:
    """Return the model, with what is built around it, that the address names."""
    found = {str(series): series for series in scope.series}
    return found[links.choice("Model", list(found), "model", where=where)]


def size_of(scope: Scope, series: Series, where: Any = st) -> int:
    """Return the vector size that the address names, the widest one where it names none."""
    return int(links.choice("Vector size", scope.measured_dims(series), "at", where=where))


def probe_of(scope: Scope, where: Any = st) -> str:
    """Return the probe that the address names, clean input where it names none."""
    probes = (CLEAN, *scope.facts.probes)
    return links.choice("Probe", probes, "probe", where=where) if len(probes) > 1 else CLEAN


def several(
    label: str,
    options: Sequence[str],
    key: str,
    default: Sequence[str],
    show: Callable[[str], str] = one_line,
) -> list[str]:
    """Return which of the options are chosen, in the address as often as there are any."""
    state = f"several-{key}"
    asked = [one for one in st.query_params.get_all(key) if one in options]
    st.session_state[state] = asked or list(default)

    def keep() -> None:
        st.query_params[key] = st.session_state[state]

    return list(st.multiselect(label, options, key=state, on_change=keep, format_func=show))


def metric_facts(run: Run) -> Mapping[str, MetricFacts]:
    """Return what is known of each metric of a run."""
    return {one.name: one for one in run.metrics}


def shown(
    opened: Opened, case: str, side: str, ids: Sequence[str] | frozenset[str]
) -> dict[str, Content]:
    """Return some queries or items of a case as they can be shown, by id; nothing else is read."""
    rows = opened.rows("items", where={"case": case, "side": side, "id": sorted(ids)})
    return contents(rows, case, side, ids)


def of_cell(
    opened: Opened, table: str, cell: Cell, columns: Sequence[str], **others: object
) -> pa.Table:
    """Return the rows of a cell from the scores or the rankings, with some columns."""
    names = ("case", "model", "system", "probe", "dim")
    where = {name: getattr(cell, name) for name in names} | others
    return opened.rows(table, columns, where)


def scored(opened: Opened, cells: Sequence[Cell], **others: object) -> Run:
    """Return a run that holds the scores of some cells of a case, and the tags of its units."""
    where = others | {
        name: sorted({getattr(cell, name) for cell in cells})
        for name in ("case", "model", "system", "probe", "dim")
    }
    tags = opened.rows("items", ("case", "side", "id", "tags"), {"case": where["case"]})
    return replace(opened.run, scores=opened.rows("scores", where=where), items=tags)
