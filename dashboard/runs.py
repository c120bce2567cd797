"""The runs that the dashboard shows: which there are, and the one that a page is about."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import streamlit as st

from dashboard import links, look
from evalkit import archive
from evalkit.api import REPORTS
from evalkit.archive import Head, Opened
from evalkit.core.errors import EvalkitError
from evalkit.report.text import one_line

PLACE = "EVALKIT_REPORTS"
"""The variable that names the folder of the runs."""
NOTHING = (
    "No run is stored below '{out}' yet. Make one with `evalkit run SUITE`, or with `make demo`, "
    "then load this page again."
)


def out() -> Path:
    """Return the folder below which runs are stored, a folder per suite."""
    return Path(os.environ.get(PLACE) or REPORTS)


def name(head: Head) -> str:
    """Return the name of a run in addresses: its suite's folder and its own."""
    return f"{head.folder.parent.name}/{head.folder.name}"


def heads() -> tuple[Head, ...]:
    """Return the heads of all runs, the newest first; each is read anew only where it changed."""
    found = [_head(str(f), stamp(f)) for f in archive.folders(out())]
    return archive.newest_first(found)


def stamp(folder: Path) -> tuple[int, int]:
    """Return what changes where a run does."""
    try:
        stat = (folder / "run.json").stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


@st.cache_resource(show_spinner=False, max_entries=4096)
def _head(folder: str, stamp: tuple[int, int]) -> Head:
    """Return the head of a run as it was at a time."""
    return archive.head(Path(folder))


def opened(folder: Path) -> Opened:
    """Return a run with its tables left on disk; raises DataError where it cannot be read."""
    return opened_at(str(folder), stamp(folder))


@st.cache_resource(show_spinner=False, max_entries=8)
def opened_at(folder: str, stamp: tuple[int, int]) -> Opened:
    """Return a run as it was at a time, for functions that keep what they found in it."""
    return archive.open_run(Path(folder))


def chosen(key: str = "run", label: str = "Run") -> Opened:
    """Return the run that the address names, by a box in the sidebar; else the last or the newest.

    Where there is none, or the one that is named cannot be read, the page says so and ends here.
    """
    found = heads()
    whole = {name(head): head for head in found if not head.problem}
    if not found:
        look.empty(NOTHING.format(out=out()))
        st.stop()
    asked, last = links.get(key), f"last-{key}"
    named = asked or str(st.session_state.get(last, ""))
    if named not in whole and not asked and whole:
        named = next(iter(whole))
    options = list(whole) if named in whole else ["", *whole]
    if named in whole:
        links.put(**{key: named})
    else:
        look.problem(_why_not(asked, found))
    picked = links.choice(label, options, key, show=lambda n: _said(whole, n), where=st.sidebar)
    if not picked:
        st.stop()
    st.session_state[last] = picked
    return _opened_or_said(whole[picked].folder)


def _why_not(asked: str, found: tuple[Head, ...]) -> str:
    """Return why no run can be shown, or not the one that the address names."""
    if not asked:
        return f"None of the {len(found)} runs here can be read; the page Overview says why."
    broken = next((h for h in found if name(h) == asked), None)
    if broken:
        return f"The run '{asked}' cannot be read: {broken.problem}"
    return (
        f"There is no run '{asked}' below '{out()}': it was moved or removed, or the address is of "
        "another computer. Choose a run at the side."
    )


def _opened_or_said(folder: Path) -> Opened:
    """Return a run; where its tables cannot be read the page says so and ends here."""
    try:
        return opened(folder)
    except EvalkitError as e:
        look.problem(str(e))
        st.stop()


def _said(whole: Mapping[str, Head], named: str) -> str:
    """Return a run as the box names it."""
    newest = next(iter(whole.values()), None)
    year = newest.created[:4] if newest else ""
    return said(whole[named], year) if named in whole else "Choose a run"


def said(head: Head, year: str = "") -> str:
    """Return a run as a list names it: its suite and when it was made, in as few letters.

    year: the one that goes without saying.
    """
    return one_line(f"{head.suite} · {short(head.created, year)}")


def short(iso: str, year: str = "") -> str:
    """Return a time such as `22 Nov 2026 06:23`; anything else as it is.

    year: the one that goes without saying.
    """
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{when.day} {when:%b %H:%M}" if iso[:4] == year else f"{when.day} {when:%b %Y %H:%M}"
