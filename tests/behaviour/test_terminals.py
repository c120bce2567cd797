"""What a person sees on a narrow and on a wide terminal."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

import evalkit
from evalkit.cli.output import pace
from tests.factories import FAILS, OPEN, PASSES, tiny_suite

ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
GATE = "find: recall@1 at 8 on vectors is at least 0.9"
TABLE = "vectors   60       0              60"


def on_terminal(folder: Path, columns: int, *args: str) -> str:
    """Return everything that a command writes to a terminal that many columns wide."""
    env = os.environ | {"PYTHONPATH": str(Path(evalkit.__file__).parents[1]), "TERM": "xterm"}
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        env.pop(name, None)
    screen, process = pty.openpty()
    fcntl.ioctl(process, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "evalkit", *args]
    with subprocess.Popen(
        command, stdin=process, stdout=process, stderr=process, cwd=folder, env=env
    ):
        os.close(process)
        shown = b"".join(pieces(screen))
    os.close(screen)
    return shown.decode()


def pieces(screen: int) -> Iterator[bytes]:
    """Yield what a terminal shows, until the last program has left it."""
    with contextlib.suppress(OSError):
        while some := os.read(screen, 65536):
            yield some


def test_a_narrow_terminal_shows_all_of_a_run_within_its_width(tmp_path: Path) -> None:
    tiny_suite(tmp_path, [OPEN, FAILS])
    shown = on_terminal(tmp_path, 40, "run", "tiny.yaml", "--ledger", "paid")
    assert "\x1b[1;31mFAIL" in shown
    told = ANSI.sub("", shown)
    assert re.search(r"40/40, \d+(\.\d)?/s, 0:00:00 le", told)
    final = told[told.index("tiny: 1 inconclusive, 1 fail") :].partition("vectors: 60")[0]
    assert max(map(len, final.splitlines())) <= 40
    assert GATE in " ".join(final.split())


@pytest.mark.parametrize(("columns", "row"), [(30, "  inputs: 60; already paid: 0;"), (100, TABLE)])
def test_a_table_that_does_not_fit_becomes_a_list(tmp_path: Path, columns: int, row: str) -> None:
    tiny_suite(tmp_path, [PASSES])
    told = ANSI.sub("", on_terminal(tmp_path, columns, "check", "tiny.yaml", "--ledger", "paid"))
    lines = [line.rstrip() for line in told.splitlines()]
    assert row in lines
    assert max(map(len, lines)) <= columns


def test_pace_says_rate_and_time_left() -> None:
    assert pace(0, 10, 5.0) == ""
    assert pace(50, 300, 10.0) == ", 5.0/s, 0:00:50 left"
    assert pace(1000, 720_000, 10.0) == ", 100/s, 1:59:50 left"
