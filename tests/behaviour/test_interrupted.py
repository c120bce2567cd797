"""Ctrl-C in the middle of embedding: a sentence, exit code 130, and nothing is paid for twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import evalkit
from evalkit.ledger import Ledger
from tests.factories import Command, asking_suite
from tests.prove.crash_rounds import Arena, Figures, write_suite
from tests.services import apart

SLOW = """
import time
from evalkit.cli import main
from evalkit.providers.reference import Reference

embed = Reference.embed

def slowly(self, items, role, dim):
    time.sleep(0.05 * len(items))
    yield from embed(self, items, role, dim)

Reference.embed, Reference.batch = slowly, 4
main()
"""
SENTENCE = "Interrupted. What was embedded is kept: run the same command again to go on.\n"


def start(folder: Path) -> subprocess.Popen[str]:
    """Start a run in a process of its own, where the built-in model takes its time."""
    env = os.environ | {"PYTHONPATH": str(Path(evalkit.__file__).parents[1])}
    command = [sys.executable, "-c", SLOW, "run", "tiny.yaml", "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder, env=env)


def paid(folder: Path) -> int:
    """Return how many inputs the ledger holds."""
    if not (folder / "ledger.sqlite").exists():
        return 0
    with Ledger(folder) as ledger:
        return len(ledger)


def test_ctrl_c_keeps_what_was_embedded(here: Path, evalkit: Command) -> None:
    asking_suite(here)
    running = start(here)
    limit = time.monotonic() + 120
    while paid(here / "ledger") < 8 and running.poll() is None and time.monotonic() < limit:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", SENTENCE)
    kept = paid(here / "ledger")
    assert 8 <= kept < 60
    assert not (here / "reports").exists()

    again = evalkit("run", "tiny.yaml", "--json")
    assert (again.code, again.err) == (0, "")
    (facts,) = again.json["models"]
    assert (facts["found"], facts["sent"], paid(here / "ledger")) == (kept, 60 - kept, 60)


def test_ctrl_c_on_a_service_keeps_every_answer_and_asks_for_none_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with apart("--latency", "0.2", "--log", str(tmp_path / "log.jsonl")) as services:
        for name, value in services.environment.items():
            monkeypatch.setenv(name, value)
        suite, keys = write_suite(tmp_path, 32)
        arena = Arena(tmp_path, suite, keys, services, Figures(len(keys)))
        running = arena.start("first")
        limit = time.monotonic() + 120
        while len(arena.answered()) < 8 and running.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130, arena.said()
        assert arena.said().endswith(SENTENCE)
        assert not (tmp_path / "reports").exists()
        arena.check(set(), 0)
        kept = arena.answered()
        assert 8 <= len(kept) < 32
        assert set(kept) == arena.stored()
        arena.finish()
    assert len(arena.answered()) == len(set(arena.answered())) == 32
    assert arena.figures.damaged == arena.figures.asked_again == 0
