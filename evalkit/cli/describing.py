"""How `dataset describe` shows what is in a data set: tables, and bars where they help."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

import typer

from evalkit.cli.output import print_entries, print_table
from evalkit.readers.describe import Description, Side, Spread

_WIDTH = 24
_SHOWN = 8
"""So many values of a tag are shown; its other values are counted."""
_ENOUGH = 10
"""Fewer numbers make no histogram."""
_EIGHTHS = " ▏▎▍▌▋▊▉"


def show(told: Description) -> None:
    """Print a description as tables; bars are drawn with blocks on a terminal, else with #."""
    counts = [f"{sum(side.modalities.values())} {_named(side)}" for side in told.sides]
    counts.append(f"{sum(told.grades.values())} judgements")
    counts += [f"{sum(n for _, _, n in told.pairs)} pairs"] * bool(told.pairs)
    counts += [f"{sum(told.groups.values())} groups"] * bool(told.groups)
    typer.echo(f"{told.name}: {', '.join(counts)}.")
    if told.languages:
        typer.echo(f"Languages: {', '.join(told.languages)}.")
    rows = [(s.name, m, n) for s in told.sides for m, n in s.modalities.items()]
    _table("Items", ("side", "modality"), rows)
    _show_tags(told.sides)
    _show_truth(told)
    _show_spreads(told.spreads)
    _show_unreadable(told)


def bar(count: float, most: float, blocks: bool) -> str:
    """Return a bar for a count, 24 columns wide for the largest one; any count above 0 shows."""
    if count <= 0 or most <= 0:
        return ""
    length = count / most * _WIDTH
    if not blocks:
        return "#" * max(round(length), 1)
    whole, rest = int(length), int(length % 1 * 8)
    return ("█" * whole + _EIGHTHS[rest].strip()) or _EIGHTHS[1]


def _named(side: Side) -> str:
    """Return what the items of a side are called after their number."""
    return "corpus items" if side.name == "corpus" else side.name


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Print counts with bars; the last value of each row is the count."""
    shown = list(rows)
    most = max((_count(row) for row in shown), default=0)
    blocks = sys.stdout.isatty()
    cells = [[*map(str, row), bar(_count(row), most, blocks)] for row in shown]
    if cells:
        typer.echo()
        print_table(title, (*head, "number", ""), cells)


def _count(row: tuple[object, ...]) -> int:
    """Return the number at the end of a row."""
    assert isinstance(row[-1], int)
    return row[-1]


def _show_tags(sides: Iterable[Side]) -> None:
    """Print the tags of both sides, the most frequent values of each."""
    rows = [
        (side.name, tag, str(len(values)), _values(values, side.untagged[tag]))
        for side in sides
        for tag, values in side.tags.items()
    ]
    if rows:
        typer.echo()
        print_table("Tags", ("side", "tag", "values", "items of each value"), rows)


def _values(values: Mapping[str, int], lacking: int) -> str:
    """Return the most frequent values of a tag with their counts."""
    shown = [f"{value} {n}" for value, n in list(values.items())[:_SHOWN]]
    more = len(values) - _SHOWN
    shown += [f"{more} more"] * (more > 0) + [f"(without it {lacking})"] * (lacking > 0)
    return ", ".join(shown)


def _show_truth(told: Description) -> None:
    """Print judgements, pairs and groups, and what is not judged."""
    _table("Judgements", ("grade",), told.grades.items())
    for one in filter(None, (told.per_query, told.relevant)):
        typer.echo(f"{one.what}: {one.low:g} to {one.high:g}, {one.median:g} in the middle")
    if told.grades:
        unjudged = f": {_some(told.unjudged)}" if told.unjudged else ""
        typer.echo(f"queries without a judgement: {len(told.unjudged)}{unjudged}")
        typer.echo(f"corpus items that no query should find: {told.unasked}")
    _table("Pairs", ("label", "kind"), told.pairs)
    _table("Groups", ("kind",), told.groups.items())


def _some(names: tuple[str, ...]) -> str:
    """Return the first names and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _show_spreads(spreads: tuple[Spread, ...]) -> None:
    """Print sizes and lengths, and how each that varies is spread."""
    rows = [(s.what, str(s.n), *map(_number, (s.low, s.median, s.high)), _sum(s)) for s in spreads]
    if rows:
        typer.echo()
        head = ("what", "number", "least", "middle", "most", "sum")
        print_table("Sizes and lengths", head, rows)
    for one in spreads:
        if one.low < one.high and one.n >= _ENOUGH:
            bins = [(f"{_number(low)} to {_number(high)}", n) for low, high, n in one.bins]
            _table(one.what[0].upper() + one.what[1:], ("from, to",), bins)


def _number(value: float) -> str:
    """Return a number with three digits, or as a whole one from 100 up."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _sum(one: Spread) -> str:
    """Return the sum of lengths; that of pixels says nothing."""
    return "" if "pixels" in one.what else _number(one.total)


def _show_unreadable(told: Description) -> None:
    """Name the items that cannot be read, on stdout like the rest."""
    if told.unreadable:
        typer.echo()
        title = f"{len(told.unreadable)} items cannot be read"
        entries = [("", f"{one.side}, item '{one.item}': {one.why}", "") for one in told.unreadable]
        print_entries(title, entries)
