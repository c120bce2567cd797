"""Map: queries and items as their vectors lie, hubs and orphans among them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import _place, links, look, runs
from evalkit import api
from evalkit.archive import Opened
from evalkit.core.errors import EvalkitError
from evalkit.core.items import Item
from evalkit.report.text import one_line
from evalkit.report.view.projection import Found, flat, occurrences
from evalkit.report.view.scope import Scope, Series

TITLE = "Map"
QUESTION = "Which queries and items lie together, and which are found by everybody or by nobody?"
MOST, PLACES = 5_000, 10
_MODALITY, _ROLE = "modality", "role in the lists"
_COLOURS, _LETTERS, _LISTED = 8, 120, 20
_OTHER, _GREY = "all others", "#A6ABB1"
_ORDER = {"item": 0, "orphan": 1, "query": 2, "hub": 3}
"""Which points are drawn over which."""
_SIZES = {"query": 45, "item": 30, "hub": 130, "orphan": 90}
"""How large each point is, in square pixels."""
_SIGNS = {"query": "diamond", "item": "circle", "hub": "triangle-up", "orphan": "cross"}


def page() -> None:
    """Show the map of the case that the address names."""
    opened = runs.chosen()
    case, model, size, colour = st.columns(4)
    scope = _place.case_of(opened.run, case)
    series = _place.series_of(scope, model)
    dim = _place.size_of(scope, series, size)
    found = _located(opened, scope, series, dim)
    if found is None:
        return
    points, kept = found
    listed = _found(opened, scope, series, dim, points)
    points["role"] = [
        "query" if side == "query" else listed.role(name)
        for side, name in zip(points["side"], points["id"], strict=True)
    ]
    tags = sorted({tag for row in points["tags"] for tag in row})
    by = links.choice("Colour", (_ROLE, _MODALITY, *tags), "colour", where=colour)
    points["colour"] = _colours(points, by)
    _chart(points, by, kept, f"{scope.facts.name}-map-{dim}")
    _extremes(points, listed)
    _to_query(points, scope, series, dim)


def _located(
    opened: Opened, scope: Scope, series: Series, dim: int
) -> tuple[pd.DataFrame, tuple[float, float]] | None:
    """Return the points of a case and what the two axes keep; say why there are none."""
    suite = _suite(opened)
    if suite is None:
        name = str(opened.run.provenance.get("suite", ""))
        look.empty(
            f"The vectors of a run are not stored with it; they are looked up in the ledger by its "
            f"suite, and '{name}' was not found beside the reports or in `suites/`. Start the "
            "dashboard from the folder that `evalkit run` was started from."
        )
        return None
    try:
        made = _points(_place.stamp(opened), str(suite), scope.facts.name, series.model, dim)
    except EvalkitError as e:
        look.empty(
            "The ledger does not hold these vectors any more, or is another one; nothing is asked "
            "of a model from here. Set `EVALKIT_LEDGER` to the ledger of the run, or run the suite "
            f"again. What it said: {one_line(str(e)).partition(', and --offline')[0]}"
        )
        return None
    points, kept, total, lost, same = made
    if not same:
        look.problem(
            "The suite or its data changed since this run: the map shows them as they are now."
        )
    shown, of_all = look.count(len(points)), look.count(total)
    sampled = f"{shown} of {of_all} queries and items, drawn by chance with a fixed seed"
    every = f"All {shown} queries and items"
    missing = f"; {lost} without a vector are left out" if lost else ""
    look.note(f"{every if len(points) + lost == total else sampled}{missing}.")
    return points.copy(), kept


def _suite(opened: Opened) -> Path | None:
    """Return the file of the suite that a run was made from, where it can be found."""
    name = Path(str(opened.run.provenance.get("suite", ""))).name
    homes = (Path("suites"), Path(), runs.out().parent, runs.out().parent / "suites")
    return next((home / name for home in homes if name and (home / name).is_file()), None)


@st.cache_resource(show_spinner="Looking the vectors up", max_entries=8)
def _points(
    stamp: tuple[str, int], suite: str, case: str, model: str, dim: int
) -> tuple[pd.DataFrame, tuple[float, float], int, int, bool]:
    """Return points, what the axes keep, how many there are, are lost, and if data are the same."""
    run = runs.opened(Path(stamp[0])).run
    found = api.vectors(suite, case, model, dim, most=MOST)
    facts = next(c for c in run.cases if c.name == case)
    drawn = flat(found.matrix, api.SEED)
    frame = pd.DataFrame(
        {
            "x": drawn.at[:, 0],
            "y": drawn.at[:, 1],
            "side": found.sides,
            "id": [item.id for item in found.items],
            "modality": [item.modality for item in found.items],
            "text": [_words(item) for item in found.items],
            "tags": [
                {name: ", ".join(item.tag(name)) for name in item.tags} for item in found.items
            ],
        }
    )
    same = facts.fingerprint == found.fingerprint
    return frame, drawn.kept, found.total, found.lost, same


def _words(item: Item) -> str:
    """Return what an item says, shortened; what it is where it says nothing."""
    text = " ".join(part for part in item.parts if isinstance(part, str))
    line = one_line(text)
    short = line if len(line) <= _LETTERS else f"{line[: _LETTERS - 1].rstrip()}…"
    return short or f"{item.modality} {item.id}"


def _found(opened: Opened, scope: Scope, series: Series, dim: int, points: pd.DataFrame) -> Found:
    """Return how often the items of the map stand among the first places of all queries."""
    rows = _place.of_cell(
        opened, "rankings", scope.cell(series, dim), ("item",), rank=list(range(1, PLACES + 1))
    )
    items = points.loc[points["side"] == "corpus", "id"]
    return occurrences(list(items), rows["item"].to_pylist())


def _colours(points: pd.DataFrame, by: str) -> list[str]:
    """Return what each point is coloured by, rare values together."""
    if by == _ROLE:
        return list(points["role"])
    if by == _MODALITY:
        values = list(points["modality"])
    else:
        values = [one_line(tags.get(by, "")) or "none" for tags in points["tags"]]
    common = {name for name, _ in Counter(values).most_common(_COLOURS)}
    return [value if value in common else _OTHER for value in values]


def _palette(points: pd.DataFrame, by: str) -> tuple[list[str], list[str]]:
    """Return the names of the colours, common ones first, and the colours; plain items are grey."""
    if by == _ROLE:
        first, second, third = look.PALETTE[:3]
        return list(_SIGNS), [first, _GREY, second, third]
    counts = Counter(points["colour"])
    names = [n for n, _ in counts.most_common() if n != _OTHER] + [_OTHER] * (_OTHER in counts)
    palette = [*look.PALETTE, "#6D747D", "#999933", _GREY]
    return names, [palette[n % len(palette)] for n in range(len(names))]


def _chart(points: pd.DataFrame, by: str, kept: tuple[float, float], name: str) -> None:
    """Show the points, hovered with plain words."""
    names, colours = _palette(points, by)
    legend = alt.Legend(title=None, orient="top", columns=4, labelLimit=160, symbolOpacity=1)
    columns = ["x", "y", "side", "id", "modality", "text", "role", "colour"]
    shown = points[columns].assign(id=points["id"].map(one_line), size=points["role"].map(_SIZES))
    shown = shown.sort_values("role", key=lambda role: role.map(_ORDER.__getitem__), kind="stable")
    shade = "role" if by == _ROLE else "colour"
    marks = legend if by == _ROLE else alt.Legend(title=None, orient="top")
    base: Any = alt.Chart(shown)
    axis = alt.Axis(labels=False, ticks=False, grid=False, domain=False)
    tips = [alt.Tooltip(f"{field}:N") for field in ("text", "id", "role", "modality", "colour")]
    signs = alt.Scale(domain=list(_SIGNS), range=list(_SIGNS.values()))
    drawn = base.mark_point(filled=True, opacity=0.75).encode(
        x=alt.X("x:Q").scale(zero=False).axis(axis).title(f"first axis, {100 * kept[0]:.0f} %"),
        y=alt.Y("y:Q").scale(zero=False).axis(axis).title(f"second axis, {100 * kept[1]:.0f} %"),
        color=alt.Color(f"{shade}:N").scale(domain=names, range=colours).legend(legend),
        shape=alt.Shape("role:N").scale(signs).legend(marks),
        size=alt.Size("size:Q").scale(None).legend(None),
        tooltip=tips,
    ).properties(height=520)  # fmt: skip
    look.chart(drawn.interactive(), name, f"Map of queries and items, coloured by {by}")
    look.note(
        f"Principal components of the vectors; the two axes keep {100 * sum(kept):.0f} % of how "
        "they vary, so points that look near may lie far apart. Drag to move, scroll to zoom."
    )


def _extremes(points: pd.DataFrame, listed: Found) -> None:
    """Show the items that are found most often, and those that are never found."""
    look.heading("Hubs and orphans")
    look.note(
        f"Counted over the first {PLACES} places of all queries. A hub is found more often than "
        f"two standard deviations above the mean, here more than {listed.bound:.1f} times; an "
        "orphan never. Of items on this map."
    )
    texts = dict(zip(points["id"], points["text"], strict=True))
    hubs = [(name, n, texts[name]) for name, n in listed.hubs[:_LISTED]]
    look.table(("item", "found", "what it says"), hubs, right="found",
               caption=f"{len(listed.hubs)} hubs, the most found first")  # fmt: skip
    if not listed.orphans:
        look.note("There is no orphan: every item is found by some query.")
        return
    some = [(name, texts[name]) for name in listed.orphans[:_LISTED]]
    look.table(("item", "what it says"), some,
               caption=f"{len(listed.orphans)} orphans")  # fmt: skip


def _to_query(points: pd.DataFrame, scope: Scope, series: Series, dim: int) -> None:
    """Offer the way from a query of the map to its results."""
    queries = points[points["side"] == "query"]
    if queries.empty:
        return
    texts = dict(zip(queries["id"], queries["text"], strict=True))
    query = links.choice("Look at a query", list(texts), "query", show=lambda one: texts[one])
    address = links.link(
        "queries", run=links.get("run"), case=scope.facts.name, model=str(series), at=dim,
        query=query,
    )  # fmt: skip
    look.html(look.Markup("<p>{}</p>").format(look.anchor(address, "What this query finds")))
