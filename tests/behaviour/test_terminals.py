"""What a person sees on a narrow and on a wide terminal, and what ends where nobody reads."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from evalkit import cli
from tests.factories import FAILS, OPEN, Command, asking_suite, tiny_suite

Place = Callable[[], AbstractContextManager[int]]
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
GATE = "find: recall@1 at 8 on vectors is at least 0.9"
TABLE = "reference   60       0              60"


def on_terminal(patch: pytest.MonkeyPatch, evalkit: Command, columns: int, *args: str) -> str:
    """Return everything that a command writes to a terminal that many columns wide.

    The standard streams of this process are that terminal meanwhile.
    """
    patch.setenv("TERM", "xterm")
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        patch.delenv(name, raising=False)
    screen, process = pty.openpty()
    fcntl.ioctl(process, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown: list[bytes] = []
    watcher = threading.Thread(target=lambda: shown.extend(pieces(screen)))
    watcher.start()
    with standard_streams(process):
        evalkit(*args)
    watcher.join()
    os.close(screen)
    return b"".join(shown).decode()


@contextlib.contextmanager
def standard_streams(process: int) -> Iterator[None]:
    """Let the standard streams be a terminal, which is closed in the end."""
    kept = [os.dup(n) for n in range(3)]
    for n in range(3):
        os.dup2(process, n)
    try:
        with pytest.MonkeyPatch.context() as patch, open(process, "w") as stream:
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            yield
    finally:
        for n, old in enumerate(kept):
            os.dup2(old, n)
            os.close(old)


def pieces(screen: int) -> Iterator[bytes]:
    """Yield what a terminal shows, until the last program has left it."""
    with contextlib.suppress(OSError):
        while some := os.read(screen, 65536):
            yield some


def test_a_narrow_terminal_shows_all_of_a_run_within_its_width(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_suite(here, [OPEN, FAILS])
    shown = on_terminal(monkeypatch, evalkit, 40, "run", "tiny.yaml")
    assert "\x1b[1;31mFAIL" in shown
    told = ANSI.sub("", shown)
    assert re.search(r"40/40, \d+(\.\d)?/s, 0:00:00 le", told)
    final = told[told.index("tiny: 1 inconclusive, 1 fail") :].partition("vectors: 60")[0]
    assert max(map(len, final.splitlines())) <= 40
    assert GATE in " ".join(final.split())


@pytest.mark.parametrize(("columns", "row"), [(30, "  inputs: 60; already paid: 0;"), (100, TABLE)])
def test_a_table_that_does_not_fit_becomes_a_list(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch, columns: int, row: str
) -> None:
    asking_suite(here)
    told = ANSI.sub("", on_terminal(monkeypatch, evalkit, columns, "check", "tiny.yaml"))
    lines = [line.rstrip() for line in told.splitlines()]
    assert row in lines
    assert max(map(len, lines)) <= columns


@contextlib.contextmanager
def closed_pipe() -> Iterator[int]:
    """Yield the end of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@contextlib.contextmanager
def full_device() -> Iterator[int]:
    """Yield a device on which there is no room for a byte."""
    handle = os.open("/dev/full", os.O_WRONLY)
    yield handle
    os.close(handle)


FULL = (
    "stdout: what is to be told cannot be written (No space left on device). "
    "Free some space, or send it elsewhere.\n"
)
PLACES = [(closed_pipe, 141, ""), (full_device, 2, FULL)]


MAIN = [sys.executable, "-c", "from evalkit.cli import main; main()"]


@pytest.mark.parametrize(("place", "code", "said"), PLACES, ids=["pipe", "device"])
def test_a_process_that_cannot_tell_anything_ends_in_order(
    place: Place, code: int, said: str
) -> None:
    with place() as handle:
        done = subprocess.run([*MAIN, "list"], stdout=handle, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr.decode()) == (code, said)


@pytest.mark.parametrize(("place", "code", "said"), PLACES, ids=["pipe", "device"])
def test_a_process_that_cannot_say_what_is_wrong_ends_in_order(
    place: Place, code: int, said: str
) -> None:
    with place() as handle:
        done = subprocess.run([*MAIN, "no-command"], stdout=subprocess.PIPE, stderr=handle)
    assert (done.returncode, done.stdout) == (code, b"")


@pytest.mark.parametrize(("place", "code", "said"), PLACES, ids=["pipe", "device"])
def test_a_run_of_which_nobody_hears_is_kept(
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: Place,
    code: int,
    said: str,
) -> None:
    tiny_suite(here)
    monkeypatch.setattr(sys, "argv", ["evalkit", "run", "tiny.yaml"])
    with place() as handle, open(handle, "w", closefd=False) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
    assert stopped.value.code == code
    assert list(here.glob("reports/tiny/*/run.json"))
    assert capsys.readouterr().err.endswith(said)
