"""The heads of stored runs: what a list of many runs shows of each, found without its tables."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.archive.folder import UNEXPECTED, meta_of
from evalkit.core.errors import DataError

_BULK = ("estimates", "lost", "details")
"""Lists of run.json that no head is made of; they are most of the file."""


class Trend(NamedTuple):
    """A gate as it was decided in one run: its sentence, status, number and 90 % interval."""

    gate: str
    status: str
    observed: float
    low: float
    high: float


class Head(NamedTuple):
    """What a list shows of a run.

    problem: why it cannot be read, in a sentence; "" where it can, and only then is the rest known.
    created: ISO 8601. verdicts: how many have each status. gates: the verdicts in their order.
    """

    folder: Path
    suite: str
    id: str
    created: str
    problem: str
    verdicts: Mapping[str, int]
    models: tuple[str, ...]
    gates: tuple[Trend, ...]


def heads(out: Path) -> tuple[Head, ...]:
    """Return the heads of all runs of all suites below a folder, the newest first.

    A run that cannot be read is among them with its problem; a folder that holds no run is not.
    """
    return newest_first(map(head, folders(out)))


def newest_first(found: Iterable[Head]) -> tuple[Head, ...]:
    """Return heads by the time of their runs, with which an id begins."""
    return tuple(sorted(found, key=lambda h: (h.id, h.suite, str(h.folder)), reverse=True))


def folders(out: Path) -> Iterator[Path]:
    """Yield the folders `<out>/<suite>/<run>` that hold a run, or should: those with a run.json."""
    suites = sorted(out.iterdir()) if out.is_dir() else []
    for suite in suites:
        if suite.is_dir() and not suite.name.startswith("."):
            inside = sorted(suite.iterdir())
            yield from (f for f in inside if f.is_dir() and (f / "run.json").exists())


def head(folder: Path) -> Head:
    """Return the head of the run in a folder, with its problem where it cannot be read."""
    try:
        meta = meta_of(folder, _light)
        return _head(folder, meta)
    except DataError as e:
        problem = " ".join(f"{p.what} {p.fix}".strip() for p in e.problems)
    except UNEXPECTED as e:
        problem = f"run.json is not as expected ({e!r}). It may be another program's."
    return Head(folder, folder.parent.name, folder.name, "", problem, {}, (), ())


def _light(text: str) -> Any:
    """Return run.json without its long lists where it is laid out as evalkit does, else whole."""
    short = text
    for name in _BULK:
        before, opening, rest = short.partition(f'\n "{name}": [\n')
        end = rest.find("\n ]")
        if opening and end >= 0:
            short = f'{before}\n "{name}": [{rest[end:]}'
    try:
        return json.loads(short)
    except ValueError:
        return json.loads(text)


def _head(folder: Path, meta: Mapping[str, Any]) -> Head:
    """Return the head of a run from its run.json."""
    gates = tuple(
        Trend(
            str(v["gate"]), str(v["status"]), *(_number(v[k]) for k in ("observed", "low", "high"))
        )
        for v in meta["verdicts"]
    )
    return Head(
        folder=folder,
        suite=str(meta["suite"]),
        id=str(meta["id"]),
        created=str(meta["created"]),
        problem="",
        verdicts=Counter(g.status for g in gates),
        models=tuple(str(m["name"]) for m in meta["models"]),
        gates=gates,
    )


def _number(value: Any) -> float:
    """Return a number, NaN for null."""
    return math.nan if value is None else float(value)
