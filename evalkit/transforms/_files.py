"""Transforms in files: an .npz archive of plain arrays with a header in JSON, never a pickle."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, OutputError, Problem, UsageError
from evalkit.core.systems import Fitted
from evalkit.transforms._fitted import Facts, Kept, Removal

_FORMAT = "evalkit transform"
_VERSION = 1
_ARRAYS = {"removal": ("mean", "along", "read"), "kept": ("basis",)}
_AT_MOST = 1e-6
"""How far what should be orthonormal may be from it."""


def save(fitted: Fitted, path: Path | str) -> None:
    """Write a fitted transform into a file, the same bytes each time; `load` reads it.

    The file is an .npz archive: `header`, a text in JSON that says what it is and what it was
    fitted on, and float64 arrays. Raises UsageError for a transform of another package, OutputError
    where the file cannot be written.
    """
    if not isinstance(fitted, Removal | Kept):
        told = f"{type(fitted).__name__} cannot be saved"
        raise UsageError(f"{told}; fair_projection, fair_pca and leace can, once fitted.")
    kind, sides = ("removal", fitted.sides) if isinstance(fitted, Removal) else ("kept", "both")
    header = {"format": _FORMAT, "version": _VERSION, "kind": kind, "sides": sides}
    header["facts"] = asdict(fitted.facts)
    arrays = {name: getattr(fitted, name) for name in _ARRAYS[kind]}
    packed = io.BytesIO()
    np.savez(packed, header=np.array(json.dumps(header, ensure_ascii=False)), **arrays)
    try:
        Path(path).write_bytes(packed.getvalue())
    except OSError as e:
        what = f"it cannot be written ({e.strerror})."
        raise OutputError(Problem(str(path), what, "Name another file.")) from e


def load(path: Path | str) -> Removal | Kept:
    """Return a fitted transform from a file that `save` wrote, everything in it checked.

    Raises DataError for a file that is none, of another version, or damaged.
    """
    header, arrays = _read(Path(path))
    for name, expected in (("format", _FORMAT), ("version", _VERSION)):
        if header.get(name) != expected:
            what = f"its {name} is {header.get(name)!r}; expected {expected!r}."
            raise DataError(Problem(str(path), what, "Fit and save the transform anew."))
    try:
        return _made(header, arrays)
    except (KeyError, TypeError, ValueError) as e:
        what = f"it is damaged: {f'there is no {e}' if isinstance(e, KeyError) else e}."
        raise DataError(Problem(str(path), what, "Fit and save the transform anew.")) from e


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays of a file."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(str(arrays.pop("header")))
    except OSError as e:
        what = f"it cannot be read ({e.strerror or e})."
        raise DataError(Problem(str(path), what, "Correct the path.")) from e
    except (
        *(ValueError, KeyError, EOFError, TypeError, AttributeError, RuntimeError, MemoryError),
        *(zipfile.BadZipFile, zlib.error, NotImplementedError),
    ) as e:
        raise DataError(Problem(str(path), "it is no saved transform.", "Save one anew.")) from e
    return header if isinstance(header, dict) else {}, arrays


def _made(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Removal | Kept:
    """Return what a header and arrays describe; raises ValueError where they do not fit."""
    facts, kind = _facts(header["facts"]), header["kind"]
    if kind not in _ARRAYS or header["sides"] not in ("both", "query"):
        raise ValueError(f"it is of the kind {kind!r} for the sides {header['sides']!r}")
    found = {name: _array(arrays[name], name, facts.size) for name in _ARRAYS[kind]}
    if kind == "kept":
        _check_inverse(found["basis"], found["basis"], "basis")
        return Kept(facts, found["basis"])
    mean, along, read = found["mean"], found["along"], found["read"]
    if mean.ndim != 1 or along.shape != read.shape:
        shapes = ", ".join(f"{name} {found[name].shape}" for name in _ARRAYS[kind])
        raise ValueError(f"its arrays do not fit together: {shapes}")
    _check_inverse(read, along, "read")
    return Removal(facts, mean, along, read, header["sides"])


def _array(array: np.ndarray, name: str, size: int) -> Float64:
    """Return an array that has a row for every value of a vector, and finite numbers."""
    flat = name == "mean"
    if array.dtype != np.float64 or array.ndim != (1 if flat else 2) or len(array) != size:
        seen = f"{array.dtype} {array.shape}"
        raise ValueError(f"'{name}' is {seen}; expected float64 ({size},{'' if flat else ' r'})")
    if not np.isfinite(array).all():
        raise ValueError(f"'{name}' holds NaN or infinity")
    return array


def _check_inverse(read: Float64, along: Float64, name: str) -> None:
    """Raise ValueError where directions are not read as they lie."""
    away = np.abs(read.T @ along - np.eye(along.shape[1])).max(initial=0.0)
    if not away < _AT_MOST:
        raise ValueError(f"'{name}' is {away:.2g} away from what it was; expected 0")


def _facts(given: Mapping[str, Any]) -> Facts:
    """Return the facts of a header."""
    before, after, unit = map(float, given["gap"])
    return Facts(
        transform=str(given["transform"]),
        attribute=str(given["attribute"]),
        groups=tuple(map(str, given["groups"])),
        counts=tuple((str(name), tuple(map(int, each))) for name, each in given["counts"]),
        size=int(given["size"]),
        n=int(given["n"]),
        removed=int(given["removed"]),
        shrinkage=None if given["shrinkage"] is None else float(given["shrinkage"]),
        gap=(before, after, unit),
        chosen=str(given.get("chosen", "")),
    )
