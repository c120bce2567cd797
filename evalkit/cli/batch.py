"""Several suites in one command: an error in one hides nothing of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from evalkit.cli.output import print_json
from evalkit.cli.side_by_side import results
from evalkit.core.errors import EvalkitError, Lacking, UsageError

Suites = Annotated[
    list[str],
    typer.Argument(
        metavar="SUITE",
        help="Suite files, folders (every suite below them), or patterns such as 'suites/*.yaml'.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs on stdout.")]
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Where runs are stored, a folder per suite.")
]
LedgerFolder = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="DIR",
        help="Folder of the embeddings already paid for. "
        "Default: $EVALKIT_LEDGER, else the user's cache.",
        show_default=False,
    ),
]
AllowEndpoint = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-endpoint",
        metavar="URL",
        help="Another address than a service's own that may be sent queries and credentials; "
        "$EVALKIT_ALLOW_ENDPOINT does the same.",
        show_default=False,
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="ENTRY",
        help="A model to run in place of the suite's own, as a suite names it: nova, or "
        "'mine: {provider: openai, model_id: e5}'. May be repeated.",
        show_default=False,
    ),
]

T = TypeVar("T")
_HEAD_BYTES = 8192
_SUITE_KEY = re.compile(rb"""^(?:\xef\xbb\xbf)?["']?suite["']?\s*:""", re.MULTILINE)


_SUITE_NAME = re.compile(rb"""^(?:\xef\xbb\xbf)?["']?suite["']?\s*:([^#\r\n]*)""", re.MULTILINE)


def suite_files(names: list[str]) -> list[Path]:
    """Return the suites that are meant: files as named, those below folders or fitting patterns.

    Raises UsageError where a folder or a pattern gives none.
    """
    found: dict[Path, None] = {}
    for name in names:
        if not name:
            raise UsageError("A suite's name is empty. Name a file, a folder or a pattern.")
        some = _below(Path(name)) if _means_several(name) else [Path(name)]
        if not some:
            what = "the folder holds" if Path(name).is_dir() else "the pattern fits"
            raise UsageError(
                f"{name}: {what} no suite: no YAML file with the key 'suite' at its top. "
                "`evalkit init DIR` writes one to start from."
            )
        found |= dict.fromkeys(some)
    return list(found)


def _means_several(name: str) -> bool:
    """Return whether a name is a folder, or a pattern rather than a file of that name."""
    path = Path(name)
    return path.is_dir() or (not path.exists() and any(c in name for c in "*?["))


def _below(path: Path) -> list[Path]:
    """Return the suites below a folder, or those that fit a pattern, sorted."""
    if path.is_dir():
        files = [p for p in path.rglob("*.y*ml") if not _hidden(p.relative_to(path))]
    else:
        files = _fitting(path)
    return sorted(p for p in files if _is_suite(p))


def _fitting(pattern: Path) -> list[Path]:
    """Return the files that fit a pattern."""
    try:
        return list(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
    except ValueError as e:
        raise UsageError(
            f"{pattern}: the pattern cannot be followed ({str(e).rstrip('.')}). "
            "Write '**' alone between slashes, as in 'suites/**/*.yaml'."
        ) from e


def _hidden(path: Path) -> bool:
    """Return whether a file, or a folder on the way to it, begins with a dot."""
    return any(part.startswith(".") for part in path.parts)


def _is_suite(path: Path) -> bool:
    """Return whether a file has the key `suite` at its top level, near its beginning."""
    try:
        with path.open("rb") as file:
            return _SUITE_KEY.search(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


def over_suites(
    names: list[str],
    work: Callable[[Path], T],
    show: Callable[[T], None],
    plain: Callable[[T], object] | None = None,
    code: Callable[[T], int] = lambda _: 0,
    jobs: int = 1,
) -> None:
    """Do the work for every suite, show each result as it comes, and leave with the worst code.

    A suite that lacks what it needs is skipped with a line, unless it alone was named.

    plain: makes of a result what JSON takes; then one JSON value is printed at the end instead: an
    object for one suite named as a file, else a list.

    jobs: how many suites are worked on at once, each in a process of its own; work and what it
    gives can then be pickled.
    """
    files, codes, values = suite_files(names), [0], []
    _refuse_shared_names(files)
    for path, result in results(work, files, jobs):
        if isinstance(result, Lacking) and [path] != [Path(name) for name in names]:
            typer.echo(f"{path}: skipped. {' '.join(p.what for p in result.problems)}", err=True)
            continue
        if isinstance(result, EvalkitError):
            print_errors(result)
            codes.append(result.exit_code)
            values.append({"file": str(path), **_as_json(result)})
            continue
        codes.append(code(result))
        if plain is None:
            show(result)
        else:
            values.append({"file": str(path), "exit_code": codes[-1], **_object(plain(result))})
    if plain is not None:
        single = len(names) == 1 and not _means_several(names[0])
        print_json(values[0] if single else values)
    raise typer.Exit(max(codes))


def _refuse_shared_names(files: list[Path]) -> None:
    """Raise UsageError where two suites have one name: their runs would share a folder."""
    first: dict[str, Path] = {}
    for path in files:
        name = _name(path)
        if name and name in first:
            raise UsageError(
                f"{path}: '{first[name]}' is called '{name}' as well, and runs of both would share "
                "a folder. Rename one, or run them one by one with different --out."
            )
        first[name] = path


def _name(path: Path) -> str:
    """Return the name that a suite gives itself near its beginning, "" where none is seen."""
    try:
        with path.open("rb") as file:
            found = _SUITE_NAME.search(file.read(_HEAD_BYTES))
    except OSError:
        return ""
    return found[1].decode("utf-8", "replace").strip(" '\"") if found else ""


def _object(value: object) -> dict[str, object]:
    """Return a value that is known to be a JSON object."""
    assert isinstance(value, dict)
    return value


def print_errors(error: EvalkitError, as_json: bool = False) -> None:
    """Say on stderr what is wrong, a line a problem; on stdout, too, where JSON is expected."""
    typer.echo(str(error), err=True)
    if as_json:
        print_json(_as_json(error))


def _as_json(error: EvalkitError) -> dict[str, object]:
    """Return an error as JSON takes it."""
    return {"exit_code": error.exit_code, "errors": [asdict(p) for p in error.problems]}


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C into a sentence and exit code 130."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(
            "Interrupted. What was embedded is kept: run the same command again to go on.", err=True
        )
        raise typer.Exit(130) from None
