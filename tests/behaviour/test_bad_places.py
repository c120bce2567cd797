"""Suites that are none, and places that cannot be written to: the exact sentences."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import evalkit
from tests.factories import Command, tiny_suite


def test_a_folder_without_suites(here: Path, evalkit: Command) -> None:
    (here / "empty").mkdir()
    done = evalkit("run", "empty")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "empty: the folder holds no suite: no YAML file with the key 'suite' at its top. "
        "`evalkit init DIR` writes one to start from.\n"
    )


def test_a_folder_where_one_suite_is_expected(here: Path) -> None:
    (here / "suites").mkdir()
    with pytest.raises(evalkit.SuiteError) as caught:
        evalkit.run("suites")
    assert str(caught.value) == (
        "suites: this is a directory; expected a suite file. Name one YAML file in it."
    )


def test_a_pattern_that_fits_nothing(evalkit: Command) -> None:
    done = evalkit("run", "none/*.yaml", "--json")
    assert done.code == 2
    assert done.err.startswith("none/*.yaml: the pattern fits no suite: no YAML file with the key")
    assert done.json["exit_code"] == 2


def test_an_empty_suite(here: Path, evalkit: Command) -> None:
    (here / "empty.yaml").write_text("")
    done = evalkit("run", "empty.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "empty.yaml: the file is empty. A suite needs at least suite, models and cases.\n"
    )


def test_a_suite_of_50_megabytes(here: Path, evalkit: Command) -> None:
    with (here / "huge.yaml").open("wb") as file:
        file.write(b"suite: huge\n")
        file.truncate(50_000_000)
    done = evalkit("check", "huge.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "huge.yaml: the file has 50.0 MB; a suite has at most 1 MB. Name the suite, not its data.\n"
    )


def test_a_suite_that_is_not_there_names_the_nearest(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    done = evalkit("run", "tinny.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "tinny.yaml: there is no such file; did you mean 'tiny.yaml'? Check the path.\n"
    )


def test_an_output_folder_that_is_a_file(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    (here / "out").write_text("not a folder")
    done = evalkit("run", "tiny.yaml", "--out", "out")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "out/tiny: nothing can be written here (Not a directory). "
        "Choose another folder with --out.\n"
    )
    assert not (here / "ledger").exists()


def test_an_output_folder_that_may_not_be_written_to(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_suite(here)
    (here / "out").mkdir()
    made = os.mkdir

    def refuse(path: str | Path, *args: int, **more: int) -> None:
        if Path(path).parent == here / "out":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        made(path, *args, **more)

    monkeypatch.setattr(os, "mkdir", refuse)  # whoever is root may write anywhere
    done = evalkit("run", "tiny.yaml", "--out", "out")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "out/tiny: nothing can be written here (Permission denied). "
        "Choose another folder with --out.\n"
    )
    assert not (here / "ledger").exists()


def test_a_ledger_folder_that_is_a_file(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    (here / "paid").write_text("not a folder")
    done = evalkit("run", "tiny.yaml", "--ledger", "paid")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("paid: this names a file; a ledger is a folder. Name a folder with")


@contextmanager
def full_disk(largest: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_leaves_the_run_before_whole(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    assert evalkit("run", "tiny.yaml").code == 0
    home = here / "reports/tiny"
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    largest = max(map(len, before.values()))
    assert largest > 200_000
    with full_disk(largest // 2):
        done = evalkit("run", "tiny.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("reports/tiny/")
    assert done.err.endswith(
        ": the run could not be written (File too large). Earlier runs are untouched; "
        "free some space or choose another folder with --out.\n"
    )
    assert {p: p.read_bytes() for p in home.rglob("*") if p.is_file()} == before
    assert sorted(p.name for p in home.iterdir()) == sorted(
        {p.relative_to(home).parts[0] for p in before}
    )
