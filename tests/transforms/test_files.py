"""Fitted transforms in files: what is written comes back, and what is no transform is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, OutputError, UsageError
from evalkit.core.items import SideName
from evalkit.transforms._files import load, save
from tests.transforms.toy_groups import apart, sample

MATRIX, LABELS = apart(80, 20, seed=41)
CHOICES: list[tuple[str, dict[str, Any]]] = [
    ("fair_projection", {}),
    ("fair_projection", {"sides": "query"}),
    ("fair_pca", {"keep": 7}),
    ("leace", {}),
]


def fitted(name: str, **params: Any) -> Any:
    return registry.create("transforms", name, **params).fit([sample(MATRIX, LABELS)])


@pytest.mark.parametrize(("name", "params"), CHOICES)
@pytest.mark.parametrize("side", ["query", "corpus"])
def test_what_is_loaded_does_what_was_saved(
    name: str, params: dict[str, Any], side: SideName, tmp_path: Path
) -> None:
    path, fit = tmp_path / "projection.npz", fitted(name, **params)
    save(fit, path)
    again = load(path)
    np.testing.assert_array_equal(again.apply(MATRIX, side), fit.apply(MATRIX, side))
    assert again.facts == fit.facts
    assert type(again) is type(fit)


def test_a_transform_that_takes_nothing_out_is_kept_as_well(tmp_path: Path) -> None:
    twice = np.repeat(MATRIX, 2, axis=0)
    fit = registry.create("transforms", "leace").fit([sample(twice, np.arange(160) % 2)])
    save(fit, tmp_path / "none.npz")
    np.testing.assert_array_equal(load(tmp_path / "none.npz").apply(MATRIX, "query"), MATRIX)


def test_the_same_fit_is_the_same_bytes_under_the_name_that_was_given(tmp_path: Path) -> None:
    for name in ("one.npz", "other.transform"):
        save(fitted("leace"), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.transform").read_bytes()


def test_anyone_can_read_it_without_evalkit(tmp_path: Path) -> None:
    save(fitted("leace"), tmp_path / "leace.npz")
    with np.load(tmp_path / "leace.npz", allow_pickle=False) as archive:
        header = json.loads(str(archive["header"]))
        mean, along, read = (archive[name] for name in ("mean", "along", "read"))
    moved = MATRIX - (MATRIX - mean) @ read @ along.T
    np.testing.assert_allclose(moved, fitted("leace").apply(MATRIX, "query"), atol=1e-14)
    assert header["version"] == 1
    assert header["facts"]["counts"] == [["text", [40, 40]]]
    assert header["facts"]["shrinkage"] > 0


def written(path: Path, header: Any, **arrays: np.ndarray) -> Path:
    """A file as `save` writes it, with some of its parts replaced."""
    save(fitted("fair_pca", keep=7), path)
    with np.load(path) as archive:
        parts = {name: archive[name] for name in archive.files}
    whole = json.loads(str(parts.pop("header")))
    if callable(header):
        header(whole)
        header = whole
    with path.open("wb") as stream:
        np.savez(stream, header=np.array(json.dumps(header)), **{**parts, **arrays})
    return path


@pytest.mark.parametrize(
    ("header", "seen"),
    [
        (lambda h: h.update(format="other"), "its format is 'other'; expected 'evalkit transform'"),
        (lambda h: h.update(version=2), "its version is 2; expected 1"),
        (lambda h: h.update(kind="spell"), "of the kind 'spell'"),
        (lambda h: h.update(sides="corpus"), "for the sides 'corpus'"),
        (lambda h: h.pop("facts"), "there is no 'facts'"),
        (lambda h: h["facts"].pop("groups"), "there is no 'groups'"),
        (lambda h: h["facts"].update(size=21), r"'basis' is float64 \(20, 7\); .*\(21, r\)"),
        (lambda h: h["facts"].update(size="wide"), "damaged"),
        (lambda h: h["facts"].update(gap=[1.0]), "damaged"),
        (lambda h: h.update(kind="removal"), "there is no 'mean'"),
        ([1, 2], "its format is None"),
    ],
)  # fmt: skip
def test_a_header_that_says_something_else_is_refused(
    header: Any, seen: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=seen) as error:
        load(written(tmp_path / "t.npz", header))
    assert "t.npz" in str(error.value)


@pytest.mark.parametrize(
    ("basis", "seen"),
    [
        (np.zeros((20, 7), np.float32), r"float32 \(20, 7\)"),
        (np.zeros(20), r"float64 \(20,\)"),
        (np.full((20, 7), np.nan), "holds NaN"),
        (np.ones((20, 7)), "away from what it was"),
    ],
)
def test_arrays_of_another_shape_or_content_are_refused(
    basis: Float64, seen: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=seen):
        load(written(tmp_path / "t.npz", lambda _: None, basis=basis))


def test_a_file_that_runs_code_when_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    with path.open("wb") as stream:
        np.savez(stream, header=np.array({"format": print}, object), basis=np.eye(3))
    with pytest.raises(DataError, match="no saved transform"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"t\.npz: it is no saved transform"):
        load(tmp_path / "t.npz")


def test_every_cut_of_a_file_is_refused(tmp_path: Path) -> None:
    save(fitted("leace"), tmp_path / "t.npz")
    whole = (tmp_path / "t.npz").read_bytes()
    for size in range(0, len(whole), 97):
        (tmp_path / "cut.npz").write_bytes(whole[:size])
        with pytest.raises(DataError):
            load(tmp_path / "cut.npz")


def test_an_array_alone_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "t.npy", np.eye(3))
    with pytest.raises(DataError, match="no saved transform"):
        load(tmp_path / "t.npy")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "nowhere.npz")


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        save(fitted("leace"), tmp_path / "nowhere" / "t.npz")


def test_a_transform_of_another_package_cannot_be_saved(tmp_path: Path) -> None:
    class Other:
        def apply(self, matrix: Float64, side: SideName) -> Float64:
            return matrix

    with pytest.raises(UsageError, match="Other cannot be saved"):
        save(Other(), tmp_path / "t.npz")
