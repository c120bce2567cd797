import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.core.errors import DataError, ProviderError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Role, SideName
from evalkit.core.registry import create
from evalkit.providers.precomputed import Precomputed

IDS = ["a", "b", "ü"]
MATRIX = np.array([[3, 4, 0, 0], [0, 0, 2, 0], [1, 1, 1, 1]], np.float32)

Save = Callable[[Path, list[str], Any], Path]


def role(side: SideName = "query") -> Role:
    return Role(side, frozenset({"text"}))


def save_npz(folder: Path, ids: list[str], matrix: Any) -> Path:
    path = folder / "v.npz"
    np.savez(path, ids=np.array(ids), vectors=matrix)
    return path


def save_npy(folder: Path, ids: list[str], matrix: Any) -> Path:
    path = folder / "v.npy"
    np.save(path, matrix)
    (folder / "v.ids.txt").write_text("".join(f"{name}\n" for name in ids), encoding="utf-8")
    return path


def save_npy_json(folder: Path, ids: list[str], matrix: Any) -> Path:
    path = folder / "v.npy"
    np.save(path, matrix)
    (folder / "ids.json").write_text(json.dumps(ids))
    return path


def save_parquet(folder: Path, ids: list[str], matrix: Any) -> Path:
    path = folder / "v.parquet"
    rows = [list(map(float, row)) if row is not None else None for row in matrix]
    pd.DataFrame({"id": ids, "vector": rows}).to_parquet(path)
    return path


def complaints(path: Path, **params: Any) -> list[str]:
    with pytest.raises(DataError) as caught:
        Precomputed(str(path), **params)
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize("save", [save_npz, save_npy, save_npy_json, save_parquet])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int8])
def test_vectors_are_looked_up_by_id(tmp_path: Path, save: Save, dtype: Any) -> None:
    model = Precomputed(str(save(tmp_path, IDS, MATRIX.astype(dtype))))
    items = [Item("ü", "x"), Item("gone", "x"), Item("a", Media("image/png", data=b""))]
    one, two, three = model.embed(items, role(), 4)
    assert isinstance(one, Embedded)
    assert (one.index, one.norm, one.vector.tolist()) == (0, 2.0, [1, 1, 1, 1])
    assert one.vector.dtype == np.float32
    path = model.path
    assert two == Failed(1, f"the file '{Path(path).name}' has no vector for it.")
    assert isinstance(three, Embedded)
    assert (three.norm, three.vector.tolist()) == (5.0, [3, 4, 0, 0])
    assert (model.sizes, model.nested, model.keyed_by) == ((4,), "unknown", "id")
    assert model.request(Item("a", ""), role(), 4) == {}


def test_the_revision_is_the_hash_of_the_file(tmp_path: Path) -> None:
    path = save_npz(tmp_path, IDS, MATRIX)
    assert Precomputed(str(path)).revision == hashlib.sha256(path.read_bytes()).hexdigest()
    before = Precomputed(str(save_npy(tmp_path, IDS, MATRIX))).revision
    assert Precomputed(str(save_npy(tmp_path, IDS[::-1], MATRIX))).revision != before


def test_nested_vectors_are_cut(tmp_path: Path) -> None:
    path = str(save_npz(tmp_path, IDS, MATRIX))
    model = create("providers", "precomputed", path=path, nested="yes", sizes=[2, 4])
    assert model.sizes == (4, 2)
    (found,) = model.embed([Item("a", "x")], role(), 2)
    assert found.vector.tolist() == [3, 4]
    with pytest.raises(ProviderError) as caught:
        list(model.embed([Item("a", "x")], role(), 3))
    assert str(caught.value) == "the precomputed vectors offer the sizes 4, 2, not 3."


def test_the_sides_may_have_files_of_their_own(tmp_path: Path) -> None:
    for name, factor in (("q", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        save_npz(tmp_path / name, IDS, MATRIX * factor)
    queries, corpus = (str(tmp_path / name / "v.npz") for name in "qc")
    model = Precomputed(queries=queries, corpus=corpus)
    norms = [next(model.embed([Item("a", "")], role(s), 4)).norm for s in ("query", "corpus")]  # type: ignore[union-attr]
    assert norms == [5.0, 10.0]
    assert model.request(Item("a", ""), role("corpus"), 4) == {"side": "corpus"}
    assert len(model.revision.split("+")) == 2
    assert Precomputed(queries, queries=queries).request(Item("a", ""), role(), 4) == {}


@pytest.mark.parametrize("save", [save_npz, save_npy, save_parquet])
def test_vectors_without_direction_are_told_by_item(tmp_path: Path, save: Save) -> None:
    matrix = MATRIX.copy()
    matrix[0, 1], matrix[1], matrix[2, 0] = np.nan, 0, -np.inf
    path = save(tmp_path, IDS, matrix)
    fix = "Make the vector again or leave the item out."
    assert complaints(path) == [
        f"{path.name}: the vector of 'a' holds NaN. {fix}",
        f"{path.name}: the vector of 'b' is zero. {fix}",
        f"{path.name}: the vector of 'ü' holds infinity. {fix}",
    ]


def test_a_vector_too_large_for_float32_is_infinite(tmp_path: Path) -> None:
    path = save_npz(tmp_path, ["a"], np.array([[1e300, 1.0]]))
    assert "holds infinity" in complaints(path)[0]


def test_vectors_of_another_length_are_told_by_item(tmp_path: Path) -> None:
    path = save_parquet(tmp_path, IDS, [[1.0, 2.0], [1.0, 2.0], [1.0]])
    assert complaints(path) == [
        "v.parquet: the vector of 'ü' has 1 values, most have 2."
        " Make the vector again or leave the item out."
    ]
    path = save_parquet(tmp_path, IDS, [[1.0, 2.0], None, [1.0, 3.0]])
    assert "the vector of 'b' has 0 values, most have 2." in complaints(path)[0]


@pytest.mark.parametrize("save", [save_npz, save_npy, save_parquet])
def test_ids_that_stand_twice_or_are_empty_are_told(tmp_path: Path, save: Save) -> None:
    path = save(tmp_path, ["a", " ", "a"], MATRIX)
    assert complaints(path) == [
        f"{path.name}: row 2 has no id. Give it one.",
        f"{path.name}: item 'a' has the rows 1 and 3. Keep one vector for each id.",
    ]


def test_pickles_are_refused(tmp_path: Path) -> None:
    told = "it holds pickled objects, which are never loaded. Save arrays of numbers and of texts."
    objects = np.array([[1], [1, 2]], dtype=object)
    assert complaints(save_npy(tmp_path, ["a", "b"], objects)) == [f"v.npy: {told}"]
    path = tmp_path / "v.npz"
    np.savez(path, ids=np.array(["a", "b"], dtype=object), vectors=MATRIX[:2])
    assert complaints(path) == [f"v.npz: {told}"]


@pytest.mark.parametrize("name", ["v.npy", "v.npz", "v.parquet"])
@pytest.mark.parametrize("data", [b"", b"nothing of that kind", b"PK\x03\x04", b"\x93NUMPY\x01"])
def test_files_that_are_something_else_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "ids.txt").write_text("a\n")
    (told,) = complaints(tmp_path / name)
    expected = {
        "v.parquet": "v.parquet: it is not a Parquet file. Write it anew.",
    }.get(name, f"{name}: it is not a NumPy file, or it is cut short.")
    assert told.startswith(expected)


def test_shapes_and_counts_that_do_not_fit_are_told(tmp_path: Path) -> None:
    assert complaints(save_npz(tmp_path, IDS[:2], MATRIX)) == [
        "v.npz: there are 2 ids and 3 vectors. Write one id for each vector, in the same order."
    ]
    assert complaints(save_npz(tmp_path, IDS, MATRIX[0])) == [
        "v.npz: the vectors have the shape (4,). Save an array of the shape (items, width)."
    ]
    assert complaints(save_npz(tmp_path, IDS, MATRIX.astype(str))) == [
        "v.npz: the vectors are of the type <U32. Save them as float32."
    ]
    np.savez(tmp_path / "v.npz", vectors=MATRIX)
    assert complaints(tmp_path / "v.npz") == [
        "v.npz: there is no array 'ids' in it. Save it with ids=..., vectors=..."
    ]
    pd.DataFrame({"id": IDS, "v": [1, 2, 3]}).to_parquet(tmp_path / "v.parquet")
    assert complaints(tmp_path / "v.parquet") == [
        "v.parquet: there is no column 'vector' in it. Name the columns 'id' and 'vector'."
    ]
    pd.DataFrame({"id": IDS, "vector": [1, 2, 3]}).to_parquet(tmp_path / "v.parquet")
    assert complaints(tmp_path / "v.parquet") == [
        "v.parquet: the column 'vector' holds int64. Write lists of numbers."
    ]


def test_missing_files_are_told(tmp_path: Path) -> None:
    assert complaints(tmp_path / "v.npz") == [
        "v.npz: there is no file of vectors. Paths are relative to the suite file."
    ]
    np.save(tmp_path / "v.npy", MATRIX)
    assert complaints(tmp_path / "v.npy") == [
        "v.npy: the file of ids is missing;"
        " looked for v.ids.txt, v.ids.json, ids.txt, ids.json."
        " Write one id a line, in the order of the rows."
    ]
    assert "looked for mine.txt." in complaints(tmp_path / "v.npy", ids="mine.txt")[0]
    (tmp_path / "v.csv").write_text("a")
    assert complaints(tmp_path / "v.csv") == [
        "v.csv: '.csv' is no format of vectors. Write .npy, .npz or .parquet."
    ]


def test_parameters_that_cannot_work_are_told(tmp_path: Path) -> None:
    path = str(save_npz(tmp_path, IDS, MATRIX))
    (tmp_path / "wide").mkdir()
    wide = str(save_npz(tmp_path / "wide", ["a"], np.ones((1, 8))))
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "'precomputed' needs 'path', or both 'queries' and 'corpus'."),
        ({"queries": path}, "'precomputed' needs 'path', or both 'queries' and 'corpus'."),
        ({"path": path, "nested": "maybe"}, "'nested' is 'maybe'; write yes, no or unknown."),
        (
            {"path": path, "sizes": [2]},
            "smaller 'sizes' are cut from the vectors, which needs 'nested: yes'.",
        ),
        (
            {"path": path, "nested": "yes", "sizes": [5]},
            "the size 5 is not a whole number from 1 to 4.",
        ),
        (
            {"queries": path, "corpus": wide},
            "the query vectors have 4 values and the corpus vectors 8;"
            " both must come from one model.",
        ),
        (
            {"queries": path, "corpus": path, "ids": "x"},
            "'ids' belongs to 'path'; the others find their ids beside them.",
        ),
    ]
    for params, sentence in cases:
        with pytest.raises(UsageError) as caught:
            create("providers", "precomputed", **params)
        assert str(caught.value) == sentence


def test_broken_ids_files_are_told(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", MATRIX)
    (tmp_path / "ids.json").write_text('{"a": 1}')
    assert complaints(tmp_path / "v.npy") == [
        'ids.json: it is not a JSON list of texts. Write ["a", "b"].'
    ]
    (tmp_path / "ids.txt").write_bytes(b"\xff")
    assert complaints(tmp_path / "v.npy") == [
        "ids.txt: the ids cannot be read. Write UTF-8 text or a JSON list."
    ]


def test_the_nearest_file_of_vectors_is_named(tmp_path: Path) -> None:
    save_npz(tmp_path, IDS, MATRIX).rename(tmp_path / "vectors.npz")
    assert complaints(tmp_path / "vektors.npz") == [
        "vektors.npz: there is no file of vectors; did you mean 'vectors.npz'?"
        " Paths are relative to the suite file."
    ]
    (told,) = complaints(Path("v" * 50_000))
    assert told.startswith(f"{'v' * 57}...: it cannot be read (File name too long).")


@pytest.mark.parametrize("save", [save_npz, save_npy, save_parquet])
@pytest.mark.parametrize("call", ["is_file", "open"])
def test_files_that_may_not_be_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, save: Save, call: str
) -> None:
    def refuse(path: Any, *_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    path = save(tmp_path, IDS, MATRIX)
    with monkeypatch.context() as patch:
        patch.setattr(Path, call, refuse)
        patch.setattr(np.lib.format, "open_memmap", refuse)
        patch.setattr("pyarrow.parquet.read_table", refuse)
        told = complaints(path)
    assert len(told) == 1
    assert told[0].endswith(": it cannot be read (Permission denied). Correct its permissions.")


@pytest.mark.parametrize("error", [RuntimeError, MemoryError, zlib.error])
def test_odd_archives_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error("odd")

    path = save_npz(tmp_path, IDS, MATRIX)
    monkeypatch.setattr(np, "load", fail)
    assert complaints(path) == [
        "v.npz: it is not a NumPy file, or it is cut short. Save arrays of numbers and of texts."
    ]
