"""Names and links that mean harm, or that a shell got wrong: a sentence, and nothing is lost."""

import json
from pathlib import Path

import pytest

from tests.factories import Command, tiny_suite


def test_a_pattern_that_cannot_be_followed(evalkit: Command) -> None:
    done = evalkit("run", "suites/**.yaml")
    assert done.code == 2
    assert done.err.startswith("suites/**.yaml: the pattern cannot be followed (")
    assert done.err.endswith("Write '**' alone between slashes, as in 'suites/**/*.yaml'.\n")


def test_an_empty_name_runs_nothing(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    done = evalkit("run", "")
    assert (done.code, done.out) == (2, "")
    assert done.err == "A suite's name is empty. Name a file, a folder or a pattern.\n"


def test_two_suites_of_one_name_do_not_share_a_folder(here: Path, evalkit: Command) -> None:
    first = tiny_suite(here)
    second = here / "other.yaml"
    second.write_text(first.read_text())
    done = evalkit("run", "tiny.yaml", "other.yaml")
    assert done.code == 2
    assert done.err == (
        "other.yaml: 'tiny.yaml' is called 'tiny' as well, and runs of both would share a folder. "
        "Rename one, or run them one by one with different --out.\n"
    )
    assert not (here / "reports").exists()


@pytest.mark.parametrize("target", ["nowhere", "reports"])
def test_an_output_folder_that_is_a_dead_link(here: Path, evalkit: Command, target: str) -> None:
    tiny_suite(here)
    (here / "reports").symlink_to(target)
    done = evalkit("run", "tiny.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("reports/tiny: nothing can be written here (")
    assert not (here / "ledger").exists()


def test_control_characters_of_data_do_not_reach_the_terminal(here: Path, evalkit: Command) -> None:
    path = tiny_suite(here)
    path.write_text(path.read_text().replace("data: data", r'data: "\e]0;owned\a\nx"'))
    done = evalkit("check", "tiny.yaml")
    assert done.code == 2
    assert r"\x1b]0;owned\x07\nx" in done.err
    assert done.err.count("\n") == 1


def test_a_ranking_is_no_deeper_than_the_corpus(here: Path, evalkit: Command) -> None:
    path = tiny_suite(here, ["{case: find, metric: recall@999999, at: 16, at_least: 0.2}"])
    deep = path.read_text().replace("recall@1, ", "recall@999999, ")
    path.write_text(deep.replace("groups:", "keep: 100000000\n    groups:"))
    done = evalkit("run", "tiny.yaml", "--json")
    assert done.code == 0
    assert json.loads(done.out)["verdicts"][0]["observed"] == 1.0


def test_a_broken_pointer_to_the_latest_run_is_no_run(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    (here / "reports/tiny").mkdir(parents=True)
    (here / "reports/tiny/latest").write_bytes(b"\xff\xfe")
    assert evalkit("check", "tiny.yaml").code == 0
