"""The command line, run in a folder of its own with a ledger of its own."""

from pathlib import Path

import pytest

from tests.factories import Command


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, an empty one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVALKIT_LEDGER", str(tmp_path / "ledger"))
    return tmp_path


@pytest.fixture
def evalkit(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return a function that runs a command there."""
    return Command(monkeypatch, capsys)
