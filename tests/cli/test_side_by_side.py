"""Several suites at once: results in the order of the files, one interruption for all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import evalkit as package
from evalkit.cli.side_by_side import results
from evalkit.core.errors import DataError, OutputError
from tests.factories import FAILS, PASSES, Command, tiny_suite

WORK = """
import os, time
from evalkit.core.errors import DataError, Problem

def work(path):
    if path.name == "dies":
        os._exit(9)
    if path.name == "wrong":
        raise DataError(Problem("here", "it is wrong.", "Mend it."))
    time.sleep(0.3 if path.name == "slow" else 0)
    return path.name, os.getpid(), os.environ.get("OMP_NUM_THREADS")
"""
WAITING = """
import sys, time
from pathlib import Path
import typer
from evalkit.cli.batch import interruptible
from evalkit.cli.side_by_side import results

def work(path):
    path.write_text("begun")
    try:
        time.sleep(60)
    finally:
        path.write_text("ended in order")

if __name__ == "__main__":
    try:
        with interruptible():
            list(results(work, [Path("a"), Path("b"), Path("c")], 2))
    except typer.Exit as e:
        sys.exit(e.exit_code)
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return a module that processes started here can import."""
    (tmp_path / "side_by_side_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "side_by_side_work", raising=False)
    return __import__("side_by_side_work")


def test_results_come_in_the_order_of_the_files_from_other_processes(made: ModuleType) -> None:
    paths = [Path("slow"), Path("wrong"), Path("b"), Path("c")]
    found: list[tuple[Path, Any]] = list(results(made.work, paths, 2))
    assert [path for path, _ in found] == paths
    first, wrong, *others = (result for _, result in found)
    assert isinstance(wrong, DataError)
    assert str(wrong) == "here: it is wrong. Mend it."
    assert [first[0], *(name for name, *_ in others)] == ["slow", "b", "c"]
    assert os.getpid() not in {process for _, process, _ in [first, *others]}
    assert first[2] is not None


def test_one_at_a_time_needs_no_other_process(made: ModuleType) -> None:
    found: list[Any] = [result for _, result in results(made.work, [Path("a"), Path("b")], 1)]
    assert [process for _, process, _ in found] == [os.getpid()] * 2


def test_a_process_that_is_killed_is_told_of(made: ModuleType) -> None:
    (_, dead), _ = results(made.work, [Path("dies"), Path("slow")], 2)
    assert isinstance(dead, OutputError)
    assert str(dead) == (
        "dies: the process that ran it was ended from outside, perhaps for want of memory. "
        "What was embedded is kept; run the suites one after the other: --jobs 1."
    )


def test_ctrl_c_ends_all_of_them_in_order(tmp_path: Path) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    env = os.environ | {"PYTHONPATH": str(Path(package.__file__).parents[1])}
    running = subprocess.Popen(
        [sys.executable, "waiting.py"], cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True
    )
    limit = time.monotonic() + 60
    while not all((tmp_path / n).exists() for n in "ab") and time.monotonic() < limit:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=50)
    assert running.returncode == 130
    assert err == "Interrupted. What was embedded is kept: run the same command again to go on.\n"
    assert [(tmp_path / n).read_text() for n in "ab"] == ["ended in order"] * 2
    assert not (tmp_path / "c").exists()


def test_two_suites_at_once_say_what_they_say_one_by_one(here: Path, evalkit: Command) -> None:
    for name, gates in (("one", [PASSES]), ("two", [FAILS])):
        (here / name).mkdir()
        tiny_suite(here / name, gates)
        suite = here / name / "tiny.yaml"
        suite.write_text(suite.read_text().replace("suite: tiny", f"suite: {name}"))
    done = {
        jobs: evalkit("run", "one/tiny.yaml", "two/tiny.yaml", "--jobs", jobs, "--json")
        for jobs in ("1", "2")
    }
    assert [d.code for d in done.values()] == [1, 1]
    alone, together = ([run["verdicts"] for run in d.json] for d in done.values())
    assert alone == together


def test_a_budget_is_counted_over_suites_one_by_one(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    done = evalkit("run", "tiny.yaml", "--max-cost", "1", "--jobs", "2")
    assert done.code == 2
    assert done.err == "--max-cost counts over suites that run one by one; leave --jobs out.\n"
