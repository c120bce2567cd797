"""Items to compare with: those that a run or a data set holds, and why others are not offered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import look, runs
from evalkit import api
from evalkit.archive import Opened
from evalkit.core import registry
from evalkit.core.items import Dataset, Item
from evalkit.report.text import one_line

_KEPT_LETTERS = 1_000
"""The longest text that a run keeps; a longer one was cut there."""
_CUT = "of which the run keeps the first 1,000 letters"
_HIDDEN = "of which the run keeps a digest"
_PREVIEW = "of which the run keeps a preview"
_EMPTY = "that the run keeps nothing of"


@dataclass(frozen=True, slots=True)
class Offered:
    """What can be compared with, in words by id; left_out: how many others there are, by why."""

    said: Mapping[str, str]
    left_out: Mapping[str, int]

    @property
    def words(self) -> str:
        """How many items are left out and why, "" for none."""
        told = ", ".join(f"{look.count(many)} {why}" for why, many in self.left_out.items())
        return f"Left out: {told}." if told else ""


def of_run(opened: Opened, case: str, model: str) -> Offered:
    """Return the items of a case that a run keeps whole, or as a picture, and a model takes."""
    rows = _rows(str(opened.folder), runs.stamp(opened.folder), case)
    return _offered([(*row, _not_kept(row[1], row[2])) for row in rows], model)


def of_data(path: Path, model: str) -> Offered:
    """Return the items of a data set that a model takes; raises DataError for a wrong data set."""
    data = _data(str(path))
    return _offered([(i.id, i.modality, _text(i), "") for i in _side(data)], model)


def run_items(opened: Opened, case: str, names: Sequence[str]) -> list[Item]:
    """Return items of a case with the content that the run keeps."""
    if not names:
        return []
    side = _side_of(str(opened.folder), runs.stamp(opened.folder), case)
    where = {"case": case, "side": side, "id": list(names)}
    return list(api.kept_items(opened.rows("items", None, where)).values())


def data_items(path: Path, names: Sequence[str]) -> list[Item]:
    """Return items of a data set, their media still in its files."""
    return [item for item in _side(_data(str(path))) if item.id in names] if names else []


def _offered(rows: Sequence[tuple[str, str, str, str]], model: str) -> Offered:
    """Return items that are offered, from rows of id, modality, text, and why one is not kept."""
    takes = _takes(model)
    left_out: Counter[str] = Counter()
    said = {}
    for name, kind, text, why in rows:
        refused = "" if kind in takes else f"that {model} does not take"
        if refused or why:
            left_out[f"{kind} {refused or why}"] += 1
        else:
            said[name] = one_line(f"{name}: {text or kind}")
    return Offered(said, dict(left_out))


@st.cache_resource(show_spinner=False, max_entries=32)
def _takes(model: str) -> frozenset[str]:
    """Return the modalities that a model takes."""
    found: frozenset[str] = registry.create("providers", model).modalities
    return found


def _not_kept(kind: str, text: str) -> str:
    """Return why an item of a run cannot be compared with, "" where it can."""
    if kind == "image":
        return ""
    if kind != "text":
        return _PREVIEW
    if len(text) >= _KEPT_LETTERS:
        return _CUT
    head, _, rest = text.partition(" ")
    hidden = head == "sha256" and len(rest) == 12
    return _HIDDEN if hidden else "" if text else _EMPTY


@st.cache_data(show_spinner=False, max_entries=8)
def _rows(folder: str, stamp: tuple[int, int], case: str) -> list[tuple[str, str, str]]:
    """Return id, modality and text of the items of a case; no picture is read."""
    where = {"case": case, "side": _side_of(folder, stamp, case)}
    names = ("id", "modality", "text")
    table = runs.opened_at(folder, stamp).rows("items", names, where)
    return list(zip(*(table[name].to_pylist() for name in names), strict=True))


@st.cache_data(show_spinner=False, max_entries=32)
def _side_of(folder: str, stamp: tuple[int, int], case: str) -> str:
    """Return the side of a case whose items are offered: the queries where there is no corpus."""
    where = {"case": case, "side": "corpus"}
    rows = runs.opened_at(folder, stamp).rows("items", ("id",), where)
    return "corpus" if rows.num_rows else "query"


@st.cache_resource(show_spinner="Reading the data set", max_entries=2)
def _data(path: str) -> Dataset:
    """Return a data set, its media left in its files."""
    return api.dataset_at(path)


def _side(data: Dataset) -> Sequence[Item]:
    """Return the items of a data set that are offered: the queries where there is no corpus."""
    return data.corpus or data.queries


def _text(item: Item) -> str:
    """Return the words of an item."""
    return " ".join(part for part in item.parts if isinstance(part, str))


def shown(items: Offered, letters: int = 120) -> Mapping[str, str]:
    """Return how a list names the items, each in as few letters."""
    return {
        name: said if len(said) <= letters else f"{said[: letters - 1]}…"
        for name, said in items.said.items()
    }


def whole_in(dataset: str, folders: Mapping[str, Path]) -> list[str]:
    """Return which of the shipped data sets a case's data set is, or is put together from."""
    return [name for name in dataset.split("+") if name in folders]
