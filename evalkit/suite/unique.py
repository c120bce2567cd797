"""Names that may stand only once in a list."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.suite.entries import Named
from evalkit.suite.place import Place

_CHOOSES = {"models": "provider", "probes": "use", "systems": "use"}


def unique(entries: Iterable[str | Named], place: Place, what: str) -> bool:
    """Report every name that stands twice in a list; `what` is the plural of its entries."""
    first: dict[str, int] = {}
    fine = True
    for row, entry in enumerate(entries):
        name = entry if isinstance(entry, str) else entry.name
        if name in first:
            fine = False
            line = place.at(first[name]).node.line
            what_is_wrong = f"two {what} are called '{name}', the first on line {line}."
            place.at(row).wrong(what_is_wrong, _way_out(entry, what))
        first.setdefault(name, row)
    return fine


def _way_out(entry: str | Named, what: str) -> str:
    """Return how a second entry is told from the first, where there is such a way."""
    if isinstance(entry, Named):
        key = _CHOOSES[what]
        return f"Give one another name, such as {entry.name}-2: {{{key}: {entry.use}}}."
    return "Give one another name." if what == "cases" else "Remove one."
