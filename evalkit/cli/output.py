"""How commands speak: tables and progress for people, JSON for programs."""

from __future__ import annotations

import errno
import json
import math
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import typer

from evalkit.pipeline.pace import pace

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from evalkit.pipeline.purse import Progress

_STYLES = {"pass": "green", "fail": "bold red", "missing": "bold red", "inconclusive": "yellow"}
_ENDLESS = 100_000
"""The width of what is written to a file or a pipe: lines there are never broken."""
_UNREAD = 141
"""The exit code where a pipe is closed: that of a program that SIGPIPE ended, as shells tell it."""


# --- JSON -------------------------------------------------------------------------------------


def print_json(value: Any) -> None:
    """Print a value as JSON, indented, one key a line; NaN becomes null."""
    text = json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False, default=str)
    typer.echo(text)


def _plain(value: Any) -> Any:
    """Return a value with NaN and infinity replaced by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


# --- text -------------------------------------------------------------------------------------


def print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; where it is wider than the terminal, its rows one below the other."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, "bold"), title_justify="left", box=None, padding=(0, 3, 0, 0))
    for column in head:
        table.add_column(Text(column, "bold"), no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    console = _console()
    if console.measure(table, options=console.options.update(width=_ENDLESS)).maximum > _fits():
        print_entries(title, [("", row[0], _labelled(head[1:], row[1:])) for row in rows])
    else:
        _print(console, table)


def _labelled(head: Sequence[str], row: Sequence[str]) -> str:
    """Return the cells of a row that hold something, each after the name of its column."""
    cells = [(name, cell) for name, cell in zip(head, row, strict=True) if cell]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in cells)


def print_entries(title: str, entries: Iterable[tuple[str, str, str]]) -> None:
    """Print entries of a word, a line and a second line with the details, wrapped to the terminal.

    Each stays whole: nothing is cut off, and a pipe gets one line each.
    """
    from rich.table import Table
    from rich.text import Text

    shown = list(entries)
    table = Table.grid(padding=(0, 2, 0, 0))
    if any(word for word, _, _ in shown):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for word, line, detail in shown:
        label = [Text(word.upper(), _STYLES.get(word, ""))] if len(table.columns) > 1 else []
        table.add_row(*label, Text(line))
        if detail:
            table.add_row(*([""] * len(label)), Text(f"  {detail}", "dim"))
    console = _console()
    _print(console, Text(title, "bold"))
    _print(console, table)


def _console() -> Console:
    """Return the console of stdout; as wide as need be where it is no terminal."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_ENDLESS)


def _fits() -> int:
    """Return how many columns there are."""
    return _console().width


def _print(console: Console, what: Any) -> None:
    """Print something without blanks at the ends of lines, and an empty line behind a table."""
    with console.capture() as captured:
        console.print(what)
    typer.echo("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def number(value: float, places: int = 3) -> str:
    """Return a number for a table, a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{places}f}"


def span(value: float, low: float, high: float) -> str:
    """Return a number with its 90 % interval."""
    return f"{number(value)} [{number(low)}, {number(high)}]"


# --- readers that are gone --------------------------------------------------------------------


@contextmanager
def heard() -> Iterator[None]:
    """End the process in order where stdout or stderr cannot be written to.

    A closed pipe ends it without a word, code 141: whoever closed it has read enough. A device
    that is full, or fails, ends it with a sentence on stderr, code 2.
    """
    streams = sys.stdout, sys.stderr
    watched = [_Watched(s, n) for s, n in zip(streams, ("stdout", "stderr"), strict=True) if s]
    for one in watched:
        setattr(sys, one.label, one)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        for one in watched:
            one.flush()


class _Watched:
    """A standard stream; raises SystemExit where it cannot be written to."""

    def __init__(self, stream: TextIO, label: str) -> None:
        self._stream, self.label = stream, label

    def __getattr__(self, name: str) -> Any:
        """Return what the stream has of that name."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write to the stream."""
        try:
            return self._stream.write(text)
        except OSError as e:
            self._stop(e)

    def flush(self) -> None:
        """Flush the stream."""
        try:
            self._stream.flush()
        except OSError as e:
            self._stop(e)

    def _stop(self, error: OSError) -> NoReturn:
        """Send all that may still come nowhere, say why, and leave."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)
        if error.errno == errno.EPIPE:
            sys.exit(_UNREAD)
        typer.echo(
            f"{self.label}: what is to be told cannot be written ({error.strerror}). "
            "Free some space, or send it elsewhere.",
            err=True,
        )
        sys.exit(2)


# --- progress ---------------------------------------------------------------------------------


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a progress callback: a bar with rate and time left on a terminal, silence elsewhere.

    Of several processes the first alone tells.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not console.is_terminal or multiprocessing.parent_process():
        yield lambda what, done, total, note: None
        return
    words = "{task.completed}/{task.total}{task.fields[pace]} {task.description}"
    columns = (BarColumn(bar_width=16), TextColumn(words, markup=False))
    with Bars(*columns[console.width < 60 :], console=console, transient=True) as bars:
        yield _Told(bars)


@dataclass(slots=True)
class _Told:
    """Shows one bar at a time, for the work that was last heard of.

    Work is taken to begin when the work before it was last heard of, since news may come seldom.
    """

    bars: Bars
    what: str = ""
    bar: TaskID | None = None
    began: float = 0.0
    heard: float = field(default_factory=time.monotonic)

    def __call__(self, what: str, done: int, total: int, note: str) -> None:
        """Bring the bar of this work up to date; that of the work before goes."""
        if what != self.what:
            if self.bar is not None:
                self.bars.remove_task(self.bar)
            self.what, self.began = what, self.heard
            self.bar = self.bars.add_task(what, total=total, pace="")
        self.heard = time.monotonic()
        assert self.bar is not None
        told = note or pace(done, total - done, self.heard - self.began)
        over = done >= total
        told = f", {told}" if told else ""
        self.bars.update(self.bar, completed=done, total=total, pace=told, refresh=over)
