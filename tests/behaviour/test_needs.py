"""Suites that need a service or a program: skipped in a folder, explained where named."""

from pathlib import Path

import pytest

from tests.behaviour.test_paying import paid_suite
from tests.factories import Command, tiny_suite


def test_a_suite_in_a_folder_that_lacks_its_service_is_skipped_with_a_line(
    here: Path, evalkit: Command
) -> None:
    tiny_suite(here)
    paid_suite(here)
    done = evalkit("run", here, "--jobs", "1")
    assert done.code == 0
    assert f"{here / 'paid.yaml'}: skipped. nova: " in done.err
    assert "credentials" in done.err
    assert "tiny: 1 pass" in done.out


def test_a_suite_that_is_named_says_what_it_lacks(here: Path, evalkit: Command) -> None:
    ended = evalkit("run", paid_suite(here))
    assert ended.code == 3
    assert "nova: " in ended.err
    assert "credentials" in ended.err
    assert "Traceback" not in ended.err


def test_check_prices_without_credentials_and_says_what_a_run_lacks(
    here: Path, evalkit: Command
) -> None:
    done = evalkit("check", paid_suite(here))
    assert done.code == 0
    assert "60 calls" in done.out
    assert "To run it: nova: " in done.out


def test_an_unknown_need_names_the_nearest(here: Path, evalkit: Command) -> None:
    suite = tiny_suite(here)
    suite.write_text(suite.read_text() + "needs: [servce]\n")
    ended = evalkit("check", suite)
    assert ended.code == 2
    assert "did you mean 'service'?" in ended.err


def test_a_program_that_is_missing_is_named(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(here))
    suite = tiny_suite(here)
    suite.write_text(suite.read_text() + "needs: [espeak-ng]\n")
    ended = evalkit("run", suite)
    assert ended.code == 3
    assert "espeak-ng is not installed; `make system` installs it." in ended.err


def test_data_that_are_not_shipped_are_named(here: Path, evalkit: Command) -> None:
    shipped = Path(__file__).parents[2] / "suites" / "published-benchmark.yaml"
    (here / "suites").mkdir()
    (here / "suites" / shipped.name).write_text(shipped.read_text("utf-8"), "utf-8")
    tiny_suite(here / "suites")
    done = evalkit("run", "suites", "--jobs", "1")
    assert done.code == 0
    assert "tiny: 1 pass" in done.out
    told = (
        "skipped. there is no 'mine/scifact': the suite needs the data of SciFact (scifact.zip of"
    )
    assert told in done.err
    ended = evalkit("run", f"suites/{shipped.name}")
    assert ended.code == 3
    assert "which evalkit does not ship; fetch them and put them there." in ended.err


def test_a_suite_that_is_named_among_others_is_skipped_too(here: Path, evalkit: Command) -> None:
    """As where a shell spells out `suites/*.yaml`."""
    ended = evalkit("run", paid_suite(here), tiny_suite(here), "--jobs", "1")
    assert ended.code == 0
    assert "paid.yaml: skipped. nova: " in ended.err
    assert "tiny: 1 pass" in ended.out
