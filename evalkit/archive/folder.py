"""Runs on disk: `<out>/<suite>/<run id>/`, written beside and renamed into place."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.archive.run import CaseFacts, MetricFacts, ModelFacts, Run
from evalkit.archive.tables import measured_from
from evalkit.core.errors import DataError, OutputError, Problem
from evalkit.core.items import Card
from evalkit.core.results import Cell, Estimate, Lost, NotOffered, StoredScores, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = 1
_TABLES = ("scores", "rankings", "judgements", "items")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@contextmanager
def new_folder(out: Path, suite: str, run_id: str) -> Iterator[Path]:
    """Yield a folder to fill; it takes its place, and becomes `latest`, only when all went well.

    Raises OutputError where it cannot be written; whatever was stored before stays whole.
    """
    home = out / suite
    partial, final = home / f".{run_id}.partial", home / run_id
    try:
        partial.mkdir(parents=True, exist_ok=False)
        yield partial
        partial.rename(final)
        pointer = home / ".latest.partial"
        pointer.write_text(f"{run_id}\n", encoding="utf-8")
        pointer.replace(home / "latest")
    except OSError as e:
        raise OutputError(
            Problem(
                str(final),
                f"the run could not be written ({e.strerror or e}).",
                "Earlier runs are untouched; free some space or choose another folder with --out.",
            )
        ) from e
    finally:
        with suppress(OSError):
            shutil.rmtree(partial, ignore_errors=True)


def ensure_writable(home: Path) -> None:
    """Raise OutputError where a folder cannot be made or written to: found out before the work."""
    probe = home / ".writable"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as e:
        what = f"nothing can be written here ({e.strerror or e})."
        raise OutputError(Problem(str(home), what, "Choose another folder with --out.")) from e


def save(run: Run, folder: Path) -> None:
    """Write run.json and the tables into a folder."""
    import pyarrow.parquet as pq

    meta = {"schema": SCHEMA}
    for field in fields(run):
        if field.name not in _TABLES:
            meta[field.name] = _plain(getattr(run, field.name))
    text = json.dumps(meta, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    for name in _TABLES:
        pq.write_table(getattr(run, name), folder / f"{name}.parquet", compression="zstd")


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
    meta = _meta(folder)
    try:
        return Run(
            **{name: meta[name] for name in ("id", "suite", "about", "created", "parent")},
            use_case=meta["use_case"],
            provenance=meta["provenance"],
            cases=tuple(
                CaseFacts(**_tuples(c) | {"card": Card(**_tuples(c["card"]))})
                for c in meta["cases"]
            ),
            models=tuple(ModelFacts(**_tuples(m)) for m in meta["models"]),
            metrics=tuple(MetricFacts(**m) for m in meta["metrics"]),
            estimates=tuple(Estimate(**_numbers(e)) for e in meta["estimates"]),
            verdicts=tuple(Verdict(**_numbers(v)) for v in meta["verdicts"]),
            lost=tuple(Lost(**row) for row in meta["lost"]),
            not_offered=tuple(NotOffered(**row) for row in meta["not_offered"]),
            **{name: _table(folder, name) for name in _TABLES},
        )
    except (KeyError, TypeError) as e:
        raise _broken(folder, f"run.json is not as expected ({e})") from e


def stored_scores(folder: Path) -> StoredScores:
    """Return the per-unit scores of a stored run, or of a baseline that keeps nothing else."""
    meta = _meta(folder)
    try:
        prints = {case["name"]: case["fingerprint"] for case in meta["cases"]}
    except (KeyError, TypeError) as e:
        raise _broken(folder, f"run.json is not as expected ({e})") from e
    return StoredScores(folder.name, prints, measured_from(_table(folder, "scores")))


def latest(out: Path, suite: str) -> Path | None:
    """Return the folder of a suite's newest run, None where there is none."""
    try:
        name = (out / suite / "latest").read_text(encoding="utf-8").strip()
    except OSError:
        return None
    folder = out / suite / name
    return folder if _NAME.fullmatch(name) and (folder / "run.json").is_file() else None


def _meta(folder: Path) -> dict[str, Any]:
    """Return run.json; raises DataError where it is missing, broken or of a newer version."""
    try:
        meta = json.loads((folder / "run.json").read_text(encoding="utf-8"))
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


def _table(folder: Path, name: str) -> pa.Table:
    """Return one of the tables; raises DataError where it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(folder / f"{name}.parquet")
    except (OSError, pa.ArrowException) as e:
        raise _broken(folder, f"{name}.parquet cannot be read ({e})") from e


def _broken(folder: Path, what: str) -> DataError:
    """Return the error of a run that cannot be read."""
    return DataError(Problem(str(folder), f"{what}.", "Run the suite again."))


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with lists as tuples."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}


_FLOATS = frozenset({"value", "low", "high", "p", "observed", "p_adjusted", "mde"})


def _numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an estimate or verdict with its cell restored and null read as NaN."""
    values = {k: math.nan if v is None and k in _FLOATS else v for k, v in row.items()}
    return values | {"cell": Cell(**row["cell"])}
