"""How commands speak: tables and progress for people, JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from evalkit.pipeline.asking import Progress


def print_json(value: Any) -> None:
    """Print a value as JSON, indented, one key a line; NaN becomes null."""
    text = json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)
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


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that fits the terminal; plain text where the output is no terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    wide = console if console.is_terminal else Console(width=160)
    table = Table(title=Text(title), box=box.SIMPLE, title_justify="left")
    for column in head:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    wide.print(table)


def number(value: float, places: int = 3) -> str:
    """Return a number for a table, a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:.{places}f}"


def span(value: float, low: float, high: float) -> str:
    """Return a number with its 90 % interval."""
    return f"{number(value)} [{number(low)}, {number(high)}]"


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield a progress callback: a bar with rate and time left on a terminal, silence elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda what, done, total: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                for old in tasks.values():
                    bar.update(old, visible=False)
                tasks[what] = bar.add_task(what, total=total, rate="")
            speed = bar.tasks[bar.task_ids.index(tasks[what])].speed
            rate = f"{speed:.0f}/s" if speed else ""
            bar.update(tasks[what], completed=done, total=total, rate=rate)

        yield told
