"""Runs on disk: `<out>/<suite>/<run id>/`, written beside and renamed into place."""

from __future__ import annotations

import errno
import json
import math
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.archive.grouped import write_grouped
from evalkit.archive.run import (
    CaseFacts,
    MetricFacts,
    ModelFacts,
    Moved,
    Pace,
    Run,
    Since,
    Turn,
)
from evalkit.archive.tables import measured_from
from evalkit.core.errors import DataError, OutputError, Problem
from evalkit.core.items import Card
from evalkit.core.results import (
    Cell,
    Detail,
    Estimate,
    Lost,
    NotOffered,
    StoredScores,
    Table,
    Verdict,
)

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = 1
TABLES = ("scores", "rankings", "judgements", "items", "examples")
_LATER = ("examples",)
"""Tables that runs of earlier versions do not have."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


UNEXPECTED = (KeyError, TypeError, AttributeError, ValueError)
_DAY = 24 * 60 * 60
_CANNOT_WRITE = frozenset({
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS,
    errno.ENOTDIR, errno.ENAMETOOLONG, errno.EIO, errno.ELOOP, errno.EEXIST,
})  # fmt: skip


@contextmanager
def new_folder(out: Path, suite: str, run_id: str) -> Iterator[Path]:
    """Yield a folder to fill; it takes its place, and becomes `latest`, only when all went well.

    Raises OutputError where it cannot be written; whatever was stored before stays whole. Other
    errors of what fills it are passed on.
    """
    home = out / suite
    partial, final = home / f".{run_id}.partial", home / run_id
    try:
        partial.mkdir(parents=True, exist_ok=False)
        _sweep(home)
        yield partial
        partial.rename(final)
    except OSError as e:
        if e.errno not in _CANNOT_WRITE:
            raise
        raise OutputError(
            Problem(
                str(final),
                f"the run could not be written ({os.strerror(e.errno)}).",
                "Earlier runs are untouched; free some space or choose another folder with --out.",
            )
        ) from e
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _point(home, run_id)


def _point(home: Path, run_id: str) -> None:
    """Make `latest` name a run that has its place; raises OutputError, and the run stays."""
    pointer = home / f".latest.{run_id}.partial"
    try:
        pointer.write_text(f"{run_id}\n", encoding="utf-8")
        pointer.replace(home / "latest")
    except OSError as e:
        what = f"the run is stored here, but 'latest' cannot name it ({e.strerror or e})."
        fix = f"Name this folder to read it; see to '{home / 'latest'}' for the runs to come."
        raise OutputError(Problem(str(home / run_id), what, fix)) from e
    finally:
        with suppress(OSError):
            pointer.unlink(missing_ok=True)


def _sweep(home: Path) -> None:
    """Remove what runs that were killed more than a day ago left half-written."""
    for path in home.glob(".*.partial"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime < _DAY:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def ensure_writable(home: Path) -> None:
    """Raise OutputError where a folder cannot be made or written to: found out before the work.

    Nothing stays behind: where the folder is not there, the nearest one above it is tried.
    """
    try:
        nearest = next(folder for folder in (home, *home.absolute().parents) if _is_there(folder))
        Path(tempfile.mkdtemp(".partial", ".writable.", nearest)).rmdir()
    except OSError as e:
        what = f"nothing can be written here ({e.strerror or e})."
        raise OutputError(Problem(str(home), what, "Choose another folder with --out.")) from e


def _is_there(path: Path) -> bool:
    """Return whether something has this name, be it a link that leads nowhere."""
    return path.exists() or path.is_symlink()


def save(run: Run, folder: Path) -> None:
    """Write run.json and the tables into a folder."""
    meta = {"schema": SCHEMA}
    for field in fields(run):
        if field.name not in TABLES:
            meta[field.name] = _plain(getattr(run, field.name))
    text = json.dumps(meta, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    for name in TABLES:
        write_grouped(getattr(run, name), name, folder / f"{name}.parquet")


def _plain(value: Any) -> Any:
    """Return a value as JSON takes it: NaN as null, dataclasses as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


def load(folder: Path) -> Run:
    """Return the run in a folder; raises DataError where there is none that can be read."""
    import pyarrow.parquet as pq

    return load_parts(folder, pq.read_table)


def load_parts(folder: Path, read: Callable[[Path], pa.Table]) -> Run:
    """Return the run in a folder, with what `read` makes of the file of each table.

    Raises DataError where there is no run that can be read.
    """
    meta = meta_of(folder)
    try:
        return Run(
            **{name: meta[name] for name in ("id", "suite", "about", "created", "parent")},
            use_case=meta["use_case"],
            provenance=meta["provenance"],
            cases=tuple(
                CaseFacts(**_tuples(c) | {"card": Card(**_tuples(c["card"]))})
                for c in meta["cases"]
            ),
            models=tuple(_model(m) for m in meta["models"]),
            metrics=tuple(MetricFacts(**m) for m in meta["metrics"]),
            estimates=tuple(Estimate(**_numbers(e)) for e in meta["estimates"]),
            verdicts=tuple(Verdict(**_numbers(v)) for v in meta["verdicts"]),
            lost=tuple(Lost(**row) for row in meta["lost"]),
            not_offered=tuple(NotOffered(**row) for row in meta["not_offered"]),
            **{name: _table(folder, name, read) for name in TABLES},
            details=tuple(_detail(row) for row in meta.get("details", ())),
            since=_since(meta.get("since")),
        )
    except UNEXPECTED as e:
        raise _broken(folder, f"run.json is not as expected ({e})") from e


def load_scored(folder: Path) -> Run:
    """Return a run with its scores, and its rankings if it kept them; other tables are empty.

    Raises DataError as `load` does.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read(path: Path) -> pa.Table:
        wanted = path.stem == "scores" or (path.stem == "rankings" and path.is_file())
        return pq.read_table(path) if wanted else pa.table({})

    return load_parts(folder, read)


def stored_scores(folder: Path) -> StoredScores:
    """Return the per-unit scores of a stored run, or of a baseline that keeps nothing else."""
    import pyarrow.parquet as pq

    meta = meta_of(folder)
    try:
        prints = {case["name"]: case["fingerprint"] for case in meta["cases"]}
        relevant = {case["name"]: case["relevant"] for case in meta["cases"]}
    except UNEXPECTED as e:
        raise _broken(folder, f"run.json is not as expected ({e})") from e
    table = _table(folder, "scores", pq.read_table)
    try:
        return StoredScores(folder.name, prints, measured_from(table), relevant)
    except UNEXPECTED as e:
        raise _broken(folder, f"scores.parquet is not as expected ({e})") from e


def latest(out: Path, suite: str) -> Path | None:
    """Return the folder of a suite's newest run, None where there is none."""
    try:
        name = (out / suite / "latest").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    folder = out / suite / name
    return folder if _NAME.fullmatch(name) and (folder / "run.json").is_file() else None


def meta_of(folder: Path, parse: Callable[[str], Any] = json.loads) -> dict[str, Any]:
    """Return run.json; raises DataError where it is missing, broken or of a newer version."""
    try:
        meta = parse((folder / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        fix = "Name a folder that holds run.json."
        raise DataError(Problem(str(folder), "there is no run here.", fix)) from e
    except (OSError, ValueError) as e:
        raise _broken(folder, f"run.json cannot be read ({e})") from e
    if not isinstance(meta, dict) or not isinstance(meta.get("schema"), int):
        raise _broken(folder, "run.json has no schema version")
    version = meta["schema"]
    if version > SCHEMA:
        what = f"the run has schema {version}, this evalkit reads up to {SCHEMA}."
        raise DataError(Problem(str(folder), what, "Update evalkit."))
    return meta


def _table(folder: Path, name: str, read: Callable[[Path], pa.Table]) -> pa.Table:
    """Return one of the tables; raises DataError where it cannot be read."""
    import pyarrow as pa

    path = folder / f"{name}.parquet"
    if name in _LATER and not path.exists():
        return pa.table({})
    with reading(folder, name):
        return read(path)


@contextmanager
def reading(folder: Path, table: str) -> Iterator[None]:
    """Turn the errors of a table's file that cannot be read into DataError."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException) as e:
        raise _broken(folder, f"{table}.parquet cannot be read ({e})") from e


def _broken(folder: Path, what: str) -> DataError:
    """Return the error of a run that cannot be read."""
    return DataError(Problem(str(folder), f"{what}.", "Run the suite again."))


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with lists as tuples."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}


def _detail(row: Mapping[str, Any]) -> Detail:
    """Return a table that a task added, with its cell."""
    table = _tuples(row["table"])
    rows = tuple(map(tuple, table["rows"]))
    return Detail(Cell(**row["cell"]), Table(**table | {"rows": rows}))


def _model(row: Mapping[str, Any]) -> ModelFacts:
    """Return a model as it was run; earlier versions stored no paces."""
    paces = tuple(Pace(**_tuples(pace)) for pace in row.get("paces", ()))
    return ModelFacts(**_tuples(row) | {"paces": paces})


def _since(row: Mapping[str, Any] | None) -> Since | None:
    """Return what differed from an earlier run, None where nothing of that is stored."""
    if row is None:
        return None
    return Since(
        **dict(row)
        | {
            "turns": tuple(Turn(**_numbers(turn)) for turn in row["turns"]),
            "changes": tuple(Estimate(**_numbers(e)) for e in row["changes"]),
            "moved": tuple(Moved(**_tuples(_numbers(one))) for one in row["moved"]),
        }
    )


_FLOATS = frozenset({
    "value", "low", "high", "p", "observed", "p_adjusted", "mde", "was", "now",
})  # fmt: skip


def _numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an estimate or verdict with its cell restored and null read as NaN."""
    values = {k: math.nan if v is None and k in _FLOATS else v for k, v in row.items()}
    return values | {"cell": Cell(**row["cell"])}
