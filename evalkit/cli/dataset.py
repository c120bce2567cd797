"""dataset describe, convert and make: looking after data sets."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli.batch import AsJson
from evalkit.cli.output import print_json
from evalkit.core.errors import DataError, Problem, ProviderError, UsageError, nearest
from evalkit.core.items import Dataset

app = typer.Typer(
    name="dataset",
    no_args_is_help=True,
    help="Describe, convert and make data sets.",
    rich_markup_mode=None,
)

_BOOT = """
import runpy, sys
script = sys.argv[1]
sys.argv = sys.argv[1:]
sys.path.insert(0, script.rpartition("/")[0])
try:
    runpy.run_path(script, run_name="__main__")
except ModuleNotFoundError as e:
    sys.exit(f"The Python package '{(e.name or '').partition('.')[0]}' is missing.")
"""
_MISSING = 3
"""How a data set's script ends where a program is missing that it needs."""


@app.command("describe")
def describe(
    path: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A data set's folder or table.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Tell what is in a data set.

    Every file is opened; ends with code 2 where one cannot be read.
    """
    from evalkit.cli.describing import show
    from evalkit.readers.describe import describe as described
    from evalkit.readers.single import dataset_at

    told = described(dataset_at(path))
    if as_json:
        print_json(asdict(told))
    else:
        show(told)
    raise typer.Exit(2 if told.unreadable else 0)


@app.command("convert")
def convert(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            help="Images, audio, video, PDF documents and texts, at any depth.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="A new or empty folder.", show_default=False),
    ],
    captions: Annotated[
        Path | None,
        typer.Option(
            "--captions",
            metavar="FILE",
            help="A .csv, .jsonl or .parquet table with the columns file and caption or query; "
            "id, grade, language, start, end and page if you like; all others are tags. "
            "Left out, text and JSON files of the same names are the captions.",
            show_default=False,
        ),
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Hard links instead of copies of the media.")
    ] = False,
    pages: Annotated[
        bool, typer.Option("--pages", help="An item for each page of a document.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a data set of a folder of media with captions.

    Every file becomes an item, every caption a query that should find its file; the same caption of
    several files is one query for all of them.
    """
    from evalkit.cli.starter_suite import whole_documents, write_starter
    from evalkit.readers.media_folder import convert as converted

    with _stoppable():
        data = converted(folder, captions, out, link=link, pages=pages)
        suite = write_starter(data, out)
    if as_json:
        print_json({"folder": str(out), "suite": str(suite), **_counts(data)})
        return
    typer.echo(f"Written: {out} with {_sentence(data)}")
    if whole := whole_documents(data):
        typer.echo(
            f"Documents: {len(whole)}, searched by their pages (the suite's system 'pages'); "
            "--pages makes an item of each page instead."
        )
    typer.echo(f"Next: evalkit dataset describe {_quoted(out)}")
    typer.echo(f"Then: evalkit run {_quoted(suite)}")


@app.command("make")
def make(
    name: Annotated[
        str, typer.Argument(help="A data set that comes with evalkit.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Another folder than its own.", show_default=False
        ),
    ] = None,
) -> None:
    """Make the media of a shipped data set anew."""
    from evalkit.readers.shipped import shipped

    known = shipped()
    if name not in known:
        raise UsageError(f"no data set '{name}' comes with evalkit; {nearest(name, known)}")
    script, place = known[name] / "make.py", out or known[name]
    options = [] if out is None else ["--out", str(out.resolve())]
    with _stoppable():
        _run(name, script, options)
    typer.echo(f"Made: {place}")
    typer.echo(f"Next: evalkit dataset describe {_quoted(place)}")


def _quoted(path: Path) -> str:
    """Return a path as it is typed in a shell."""
    return shlex.quote(str(path))


def _counts(data: Dataset) -> dict[str, object]:
    """Return how much there is of what, for programs."""
    return {
        "items": dict(sorted(Counter(item.modality for item in data.corpus).items())),
        "queries": len(data.queries),
        "judgements": sum(len(row) for row in data.truth.grades.values()),
        "without_caption": len(_unasked(data)),
    }


def _sentence(data: Dataset) -> str:
    """Return how much there is of what, for people."""
    items = Counter(item.modality for item in data.corpus)
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(items.items()))
    asked = len(data.queries)
    queries = "1 query" if asked == 1 else f"{asked} queries"
    made = f"{_items(len(data.corpus))} ({kinds}), {queries} and a first suite."
    alone = len(_unasked(data))
    verb = "has" if alone == 1 else "have"
    return f"{made} {_items(alone)} {verb} no caption; no query asks for that." if alone else made


def _items(count: int) -> str:
    """Return a number of items in words."""
    return "1 item" if count == 1 else f"{count} items"


def _unasked(data: Dataset) -> list[str]:
    """Return the ids of the corpus items that no judgement names."""
    sought = {item for row in data.truth.grades.values() for item in row}
    return [item.id for item in data.corpus if item.id not in sought]


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn Ctrl-C into a word and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(130) from None


def _run(name: str, script: Path, options: list[str]) -> None:
    """Run a data set's script apart from this process; raises where it does not end well."""
    command = [sys.executable, "-I", "-c", _BOOT, script.as_posix(), *options]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        return
    said = done.stderr.strip().splitlines()
    why = said[-1].rstrip(".") if said else f"its script ended with code {done.returncode}"
    if done.returncode == _MISSING or why.endswith("is missing"):
        raise ProviderError(Problem(name, f"{why}.", "Install it and try again."))
    raise DataError(Problem(name, f"it could not be made: {why}.", f"The script is {script}."))
