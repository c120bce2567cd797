"""Reads vectors with ids from .npy, .npz and Parquet files; never a pickle."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evalkit.core.errors import DataError, Problem, nearest

_ROWS_AT_ONCE = 8192
_LONGEST = 255
_FORMATS = (".npy", ".npz", ".parquet")
_FIX = "Make the vector again or leave the item out."


@dataclass(frozen=True, slots=True, eq=False)
class VectorFile:
    """Vectors by item id. matrix: numbers (n, width); rows: id -> its row; digest: SHA-256."""

    path: str
    digest: str
    rows: Mapping[str, int]
    matrix: npt.NDArray[Any]

    @property
    def width(self) -> int:
        """The number of values in a vector."""
        return int(self.matrix.shape[1])


def read_vectors(path: str, ids: str = "") -> VectorFile:
    """Return the vectors of a file; `ids` names the file of ids of an .npy file.

    Raises DataError naming every item whose vector is NaN, infinite, zero or of another length,
    and for ids that are missing or stand twice, pickled objects, and files that are not there.
    """
    file = Path(path)
    try:
        if not file.is_file():
            raise _missing(file)
        return _read(file, path, ids)
    except OSError as e:
        raise _unreadable(file, e) from e


def _missing(file: Path) -> DataError:
    """Return the error for a file that is not there; it names the nearest that is."""
    there = [one.name for one in file.parent.glob("*") if one.suffix in _FORMATS]
    hint = nearest(file.name, there)
    what = "there is no file of vectors" + (f"; {hint}" if hint.startswith("did you mean") else ".")
    return DataError(Problem(str(file), what, "Paths are relative to the suite file."))


def _unreadable(file: Path, error: OSError) -> DataError:
    """Return the error for a file that is there, or may be, and cannot be opened."""
    where = str(error.filename or file)
    where = where if len(where) <= _LONGEST else f"{where[:57]}..."
    fix = "Correct its permissions." if isinstance(error, PermissionError) else "Correct the path."
    return DataError(Problem(where, f"it cannot be read ({error.strerror or error}).", fix))


def _read(file: Path, path: str, ids: str) -> VectorFile:
    """Return the vectors of a file that is there, everything in them checked."""
    if file.suffix == ".npy":
        names_file = _ids_beside(file, ids)
        names, matrix = _names(names_file), _npy(file)
        digest = _sha256(file, names_file)
    elif file.suffix in (".npz", ".parquet"):
        names, matrix = _npz(file) if file.suffix == ".npz" else _parquet(file)
        digest = _sha256(file)
    else:
        what = f"'{file.suffix}' is no format of vectors."
        raise DataError(Problem(path, what, "Write .npy, .npz or .parquet."))
    _check_shape(path, names, matrix)
    _check_ids(path, names)
    _check_values(path, names, matrix)
    return VectorFile(path, digest, {name: row for row, name in enumerate(names)}, matrix)


def _sha256(*files: Path) -> str:
    """Return the SHA-256 of the files, 64 hexadecimal digits."""
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                whole.update(block)
    return whole.hexdigest()


def _ids_beside(file: Path, ids: str) -> Path:
    """Return the file of ids that belongs to an .npy file."""
    beside = [file.with_name(f"{file.stem}.ids{suffix}") for suffix in (".txt", ".json")]
    beside += [file.with_name("ids.txt"), file.with_name("ids.json")]
    tried = [Path(ids)] if ids else beside
    found = next((path for path in tried if path.is_file()), None)
    if found is None:
        what = f"the file of ids is missing; looked for {', '.join(p.name for p in tried)}."
        raise DataError(Problem(str(file), what, "Write one id a line, in the order of the rows."))
    return found


def _names(file: Path) -> list[str]:
    """Return the ids of a text file, one a line, or of a JSON list."""
    try:
        text = file.read_text("utf-8-sig")
        names = json.loads(text) if file.suffix == ".json" else text.split("\n")
    except (ValueError, RecursionError) as e:
        problem = Problem(str(file), "the ids cannot be read.", "Write UTF-8 text or a JSON list.")
        raise DataError(problem) from e
    if file.suffix != ".json":
        names = [name.removesuffix("\r") for name in names]
        return names[:-1] if names[-1] == "" else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DataError(Problem(str(file), "it is not a JSON list of texts.", 'Write ["a", "b"].'))
    return names


def _npy(file: Path) -> npt.NDArray[Any]:
    """Return the array of an .npy file, mapped into memory."""
    try:
        return np.lib.format.open_memmap(file, mode="r")
    except PermissionError:
        raise
    except (ValueError, OSError, EOFError, SyntaxError) as e:
        raise _not_numbers(file, e) from e


def _npz(file: Path) -> tuple[list[str], npt.NDArray[Any]]:
    """Return ids and vectors of an archive of arrays."""
    import zipfile

    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            for name in ("ids", "vectors"):
                if name not in archive.files:
                    what = f"there is no array '{name}' in it."
                    raise DataError(Problem(str(file), what, "Save it with ids=..., vectors=..."))
            ids, matrix = archive["ids"], archive["vectors"]
    except PermissionError:
        raise
    except (
        *(ValueError, OSError, EOFError, SyntaxError, TypeError, zipfile.BadZipFile),
        *(RuntimeError, MemoryError, zlib.error),  # encrypted, of absurd size, damaged
    ) as e:
        raise _not_numbers(file, e) from e
    if ids.dtype.kind not in "Uiu" or ids.ndim != 1:
        what = f"the array 'ids' has the shape {ids.shape} and the type {ids.dtype}."
        raise DataError(Problem(str(file), what, "Save the ids as one row of texts."))
    return [str(name) for name in ids.tolist()], matrix


def _parquet(file: Path) -> tuple[list[str], npt.NDArray[Any]]:
    """Return ids and vectors of a Parquet table with the columns `id` and `vector`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except PermissionError:
        raise
    except (pa.ArrowException, OSError) as e:
        raise DataError(Problem(str(file), "it is not a Parquet file.", "Write it anew.")) from e
    for name in ("id", "vector"):
        if name not in table.column_names:
            what = f"there is no column '{name}' in it."
            raise DataError(Problem(str(file), what, "Name the columns 'id' and 'vector'."))
    names = ["" if name is None else str(name) for name in table["id"].to_pylist()]
    return names, _stack(file, names, table["vector"].combine_chunks())


def _stack(file: Path, names: Sequence[str], column: Any) -> npt.NDArray[Any]:
    """Return a column of lists as one array; raises DataError naming those of another length."""
    try:
        lengths = np.asarray(column.value_lengths().fill_null(0))
        flat = column.flatten().to_numpy(zero_copy_only=False)
    except (AttributeError, NotImplementedError, TypeError) as e:
        what = f"the column 'vector' holds {column.type}."
        raise DataError(Problem(str(file), what, "Write lists of numbers.")) from e
    usual = int(np.bincount(lengths).argmax()) if len(lengths) else 0
    odd = np.flatnonzero(lengths != usual)
    if len(odd):
        raise _about_items(
            file, names, {int(row): f"has {lengths[row]} values, most have {usual}" for row in odd}
        )
    return np.asarray(flat.reshape(len(names), usual))


def _check_shape(path: str, names: Sequence[str], matrix: npt.NDArray[Any]) -> None:
    """Raise DataError where there is not one row of numbers per id."""
    if matrix.dtype.kind not in "fiu":
        what = f"the vectors are of the type {matrix.dtype}."
        raise DataError(Problem(path, what, "Save them as float32."))
    if matrix.ndim != 2 or 0 in matrix.shape:
        what = f"the vectors have the shape {matrix.shape}."
        raise DataError(Problem(path, what, "Save an array of the shape (items, width)."))
    if len(names) != len(matrix):
        what = f"there are {len(names)} ids and {len(matrix)} vectors."
        raise DataError(Problem(path, what, "Write one id for each vector, in the same order."))


def _check_ids(path: str, names: Sequence[str]) -> None:
    """Raise DataError naming the ids that stand twice or are empty."""
    first: dict[str, int] = {}
    problems: list[Problem] = []
    for row, name in enumerate(names):
        if not name.strip():
            problems.append(Problem(path, f"row {row + 1} has no id.", "Give it one."))
        elif name in first:
            what = f"item '{name}' has the rows {first[name] + 1} and {row + 1}."
            problems.append(Problem(path, what, "Keep one vector for each id."))
        first.setdefault(name, row)
    if problems:
        raise DataError(*problems[:20])


def _check_values(path: str, names: Sequence[str], matrix: npt.NDArray[Any]) -> None:
    """Raise DataError naming the items whose vectors have no direction."""
    bad: dict[int, str] = {}
    for start in range(0, len(matrix), _ROWS_AT_ONCE):
        with np.errstate(over="ignore"):
            block = matrix[start : start + _ROWS_AT_ONCE].astype(np.float32)
        for row in np.flatnonzero(~np.isfinite(block).all(axis=1)):
            nan = np.isnan(block[row]).any()
            bad[start + int(row)] = "holds NaN" if nan else "holds infinity"
        bad.update({start + int(row): "is zero" for row in np.flatnonzero(~block.any(axis=1))})
    if bad:
        raise _about_items(Path(path), names, dict(sorted(bad.items())))


def _about_items(file: Path, names: Sequence[str], bad: Mapping[int, str]) -> DataError:
    """Return the error that names the first 20 items and what is wrong with their vectors."""
    told = list(bad.items())[:20]
    problems = [Problem(str(file), f"the vector of '{names[r]}' {what}.", _FIX) for r, what in told]
    more = len(bad) - len(told)
    rest = [Problem(str(file), f"{more} more like these.")] if more else []
    return DataError(*problems, *rest)


def _not_numbers(file: Path, error: Exception) -> DataError:
    """Return the error for a file that holds objects, or no array at all."""
    if "Object arrays" in str(error) or "Python objects" in str(error):
        what = "it holds pickled objects, which are never loaded."
    else:
        what = "it is not a NumPy file, or it is cut short."
    return DataError(Problem(str(file), what, "Save arrays of numbers and of texts."))
