"""Similarity explorer: how alike a text or a file is to items of a run, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import _offered, links, look, runs
from dashboard._dropped import dropped
from dashboard._leave_one_out import leave_one_out
from dashboard._looked_at import look_at
from dashboard._offered import Offered
from evalkit import api
from evalkit.api import Needed, Similar
from evalkit.archive import Opened
from evalkit.core import registry
from evalkit.core.errors import EvalkitError
from evalkit.core.items import Item
from evalkit.report.text import one_line

if TYPE_CHECKING:
    import altair as alt


TITLE = "Similarity explorer"
QUESTION = "How alike are two items to a model, what does such a cosine mean, and what makes it so?"
_MOST_ITEMS = 6
_LISTED = 200
_REMEMBERED = 200
_NOTHING, _RUN, _THIS = "nothing", "pairs of this run", "this run"
_BY_PARAMETER = ("precomputed", "sentence_transformers")
"""Models that need parameters, which a page cannot give them."""


class _Setting(NamedTuple):
    """What is the same for every comparison: the model, what to hold it against, and how deep."""

    model: str
    run: str
    data: str
    explain: bool


def page() -> None:
    """Show the comparison that the address asks for."""
    opened = runs.chosen() if runs.heads() else None
    sides, below = st.container(), st.container()
    with below:
        setting = _setting(opened)
    left, right = sides.columns(2)
    with left:
        look.heading("A: what is asked")
        a = _given("a", "Text of A")
    with right:
        look.heading("B: what it is compared with")
        others = _chosen(opened, setting.model)
        b = _given("b", "Text of B")
        others += [b] if b else []
    if a is None or not others:
        look.empty("Write a text or drop a file on each side, or choose items as B.")
        return
    try:
        look_at(a, others)
        found = _answers(a, others, setting)
    except EvalkitError as e:
        look.problem(str(e))
        return
    if found:
        _show(found)


# --- what is compared -----------------------------------------------------------------------------


def _given(key: str, label: str) -> Item | None:
    """Return the text that is written, or the file that is dropped, None for neither."""
    state = f"text-{key}"
    if state not in st.session_state:
        st.session_state[state] = links.get(key)

    def keep() -> None:
        links.put(**{key: st.session_state[state] or None})

    text = st.text_area(label, key=state, on_change=keep, height=80)
    file = st.file_uploader(f"or a file as {key.upper()}", key=f"file-{key}")
    if file is None:
        return Item("text", text) if text.strip() else None
    of_pages = file.name.lower().endswith(".pdf")
    page = st.number_input("Page", 1, 100_000, 1, key=f"page-{key}") if of_pages else 1
    try:
        return dropped(file, int(page), key)
    except EvalkitError as e:
        look.problem(str(e))
        return None


def _chosen(opened: Opened | None, model: str) -> list[Item]:
    """Return the items of the run, or of a data set, that are chosen to compare with."""
    folders = api.shipped()
    sources = [_THIS if opened else _NOTHING, *folders]
    source = links.choice("Items of", sources, "from")
    try:
        if source in folders:
            offered = _offered.of_data(folders[source], model)
            return _offered.data_items(folders[source], _picked(offered, source))
        return _of_run(opened, model, folders) if opened else []
    except EvalkitError as e:
        look.problem(str(e))
        return []


def _of_run(opened: Opened, model: str, folders: Mapping[str, Path]) -> list[Item]:
    """Return the items of a run that are chosen to compare with."""
    cases = {case.name: case for case in opened.run.cases}
    case = cases[links.choice("Case", list(cases), "case")]
    offered = _offered.of_run(opened, case.name, model)
    found = _offered.run_items(opened, case.name, _picked(offered, case.name))
    if offered.left_out and (whole := _offered.whole_in(case.dataset, folders)):
        st.caption(look.plain(f"`Items of` has them whole: {', '.join(whole)}."))
    return found


def _picked(offered: Offered, name: str) -> list[str]:
    """Return the ids of the items that are chosen; name: of what they are chosen from."""
    if not offered.said:
        st.caption(look.plain(f"Nothing of it can be compared with. {offered.words}"))
        return []
    words = st.text_input("Find items by words or id", key="find-items").casefold().split()
    fits = [one for one, said in offered.said.items() if all(w in said.casefold() for w in words)]
    state = f"items-{name}"
    if state not in st.session_state:
        asked = links.get("items").split("\n")
        st.session_state[state] = [one for one in asked if one in offered.said][:_MOST_ITEMS]

    def keep() -> None:
        links.put(items="\n".join(st.session_state[state]) or None)

    now = st.session_state[state] = [one for one in st.session_state[state] if one in offered.said]
    options = list(dict.fromkeys([*now, *fits[:_LISTED]]))
    names = st.multiselect(
        "Items", options, format_func=_offered.shown(offered).__getitem__, key=state,
        on_change=keep, max_selections=_MOST_ITEMS,
    )  # fmt: skip
    listed = f"Of {look.count(len(fits))} items {_LISTED} are listed; find others by words. "
    told = (listed if len(fits) > _LISTED else "") + offered.words
    if told:
        st.caption(look.plain(told))
    return list(names)


# --- what it is held against ----------------------------------------------------------------------


def _setting(opened: Opened | None) -> _Setting:
    """Return the model, what the cosine is held against, and whether pieces are left out."""
    left, middle, right = st.columns([1, 1, 1], vertical_alignment="bottom")
    models = [name for name in registry.names("providers") if name not in _BY_PARAMETER]
    model = links.choice("Model", models, "model", default="reference", where=left)
    folders = api.shipped()
    sources = [*([_RUN] if opened else []), _NOTHING, *folders]
    against = links.choice("Held against", sources, "against", default=_NOTHING, where=middle)
    asked = links.get("explain") == "yes"
    explain = right.toggle("Leave out each piece in turn", asked, key="explain")
    links.put(explain="yes" if explain else None)
    run = str(opened.folder) if opened and against == _RUN else ""
    return _Setting(model, run, str(folders.get(against, "")), explain)


# --- the answer -----------------------------------------------------------------------------------


def _answers(a: Item, others: Sequence[Item], setting: _Setting) -> list[Similar]:
    """Return the comparisons that can be made, and say why others cannot.

    A service is asked only once its price was agreed to by a click.
    """
    agreed = _key(a, others, setting) == st.session_state.get("agreed")
    made = [_similar(_key(a, [b], setting), a, b, setting, agreed) for b in others]
    for words in dict.fromkeys(one for one in made if isinstance(one, str)):
        look.problem(words)
    found = [one for one in made if isinstance(one, Similar)]
    wanted = [one for one in made if isinstance(one, Needed)]
    if wanted:
        _offer(wanted, _key(a, others, setting), setting.model)
        return []
    return found


def _key(a: Item, others: Sequence[Item], setting: _Setting) -> tuple[object, ...]:
    """Return what a comparison depends on."""
    return (a.digest(), *(b.digest() for b in others), *setting)


def _similar(
    key: tuple[object, ...], a: Item, b: Item, setting: _Setting, agreed: bool
) -> Similar | Needed | str:
    """Return a comparison, kept for the next time; or what it would cost, or what is wrong."""
    known = _known()
    if key not in known:
        asked: list[Needed] = []

        def agree(needed: Needed) -> bool:
            asked.append(needed)
            return agreed

        try:
            with st.spinner("Comparing"):
                known[key] = api.similarity(
                    a, b, model=setting.model, run=setting.run or None, data=setting.data or None,
                    explain=setting.explain, agree=agree,
                )  # fmt: skip
        except EvalkitError as e:
            return asked[0] if asked and not agreed else str(e)
    while len(known) > _REMEMBERED:
        known.pop(next(iter(known)))
    return known[key]


def _known() -> dict[tuple[object, ...], Similar]:
    """Return the comparisons that were made last in this visit, which ends with what it holds."""
    found: dict[tuple[object, ...], Similar] = st.session_state.setdefault("similar-known", {})
    return found


def _offer(wanted: Sequence[Needed], key: tuple[object, ...], model: str) -> None:
    """Show what a service would cost, and the button that agrees to it."""
    cost = sum((one.cost for one in wanted[1:]), wanted[0].cost)
    many = look.count(sum(one.to_embed for one in wanted))
    look.empty(
        f"{model} is a service: {many} inputs at most would be sent to it, for about {cost}. "
        "Nothing is sent before you agree. What was paid for before costs nothing."
    )

    def agree() -> None:
        st.session_state["agreed"] = key

    st.button(look.plain(f"Send them, for about {cost}"), type="primary", on_click=agree)


# --- what is shown --------------------------------------------------------------------------------


def _show(found: Sequence[Similar]) -> None:
    """Show the cosines, where they lie, and what makes them so."""
    sizes = [one.dim for one in found[0].sizes]
    dim = int(links.choice("Size", sizes, "size"))
    look.heading("Cosine at each size")
    shares = ("above random, %", "above true, %")
    config = {name: st.column_config.NumberColumn(format="%.1f") for name in shares}
    config["cosine"] = st.column_config.NumberColumn(format="%.3f")
    look.frame(pd.DataFrame(_rows(found)), "similarity", column_config=config)
    if found[0].pairs:
        st.caption(look.plain(f"Above: the share of pairs that are less alike; {found[0].pairs}."))
        look.chart(_strip(found, dim), "similarity-strip", _told(found, dim))
    for one in found:
        if one.changes:
            look.heading(f"What makes A and B alike: {_name(one)}")
            st.caption(
                f"At {dim}: blue makes the two more alike, orange less; the stronger, the more."
            )
            left, right = st.columns(2)
            with left:
                leave_one_out(one.a, one.changes, dim, "A")
            with right:
                leave_one_out(one.b, one.changes, dim, "B")


def _name(found: Similar) -> str:
    """Return what the second item is called."""
    content = found.b.content
    said = content if found.b.id == "text" and isinstance(content, str) else found.b.id
    return one_line(said)[:60]


def _rows(found: Sequence[Similar]) -> list[dict[str, object]]:
    """Return a row for each comparison and size."""
    return [
        {"B": _name(one), "size": at.dim, "cosine": round(at.cosine, 3)}
        | ({"above random, %": round(at.among_random, 1)} if one.pairs else {})
        | ({"above true, %": round(at.among_true, 1)} if one.pairs else {})
        for one in found
        for at in one.sizes
    ]


def _strip(found: Sequence[Similar], dim: int) -> alt.LayerChart:
    """Return the cosines of random and of true pairs as strips, with a line for each comparison."""
    import altair as alt

    edges = np.linspace(-1, 1, 81)
    counts = [
        (kind, low, high, share)
        for kind, values in (("random", found[0].random[dim]), ("true", found[0].true[dim]))
        if len(values)
        for share, low, high in zip(
            np.histogram(values, edges)[0] / len(values), edges[:-1], edges[1:], strict=True
        )
        if share
    ]
    data = pd.DataFrame(counts, columns=["pairs", "cosine", "to", "share"])
    lines = pd.DataFrame({"B": [_name(one) for one in found], "cosine": _cosines(found, dim)})
    strip = (
        alt.Chart(data)
        .mark_rect()
        .encode(
            x=alt.X("cosine:Q", scale=alt.Scale(zero=False), title=f"cosine at {dim}"),
            x2="to:Q",
            y=alt.Y("pairs:N", title=None),
            opacity=alt.Opacity("share:Q", legend=None, scale=alt.Scale(range=[0.12, 1])),
            color=alt.Color("pairs:N", legend=None, scale=alt.Scale(range=list(look.PALETTE[:2]))),
            tooltip=["pairs", "cosine", alt.Tooltip("share:Q", format=".1%")],
        )
    )
    rule = alt.Chart(lines).mark_rule(strokeWidth=2, color=look.PALETTE[2])
    return alt.LayerChart(layer=[strip, rule.encode(x="cosine:Q", tooltip=["B", "cosine"])])


def _cosines(found: Sequence[Similar], dim: int) -> list[float]:
    """Return the cosine of each comparison at a size."""
    return [at.cosine for one in found for at in one.sizes if at.dim == dim]


def _told(found: Sequence[Similar], dim: int) -> str:
    """Return what the strip shows, in words."""
    named = (
        f"{_name(one)} {value:.3f}" for one, value in zip(found, _cosines(found, dim), strict=True)
    )
    return f"Cosines at {dim} of random and of true pairs, and of A with: {', '.join(named)}."
