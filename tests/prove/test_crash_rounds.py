"""Proof that nothing that was committed is lost, or bought again, when processes are killed."""

from dataclasses import asdict
from pathlib import Path

import pytest

from tests.prove.crash_rounds import crash

INPUTS, ROUNDS, SEED = 2000, 30, 11


@pytest.mark.prove
def test_thirty_rounds_of_kill_9(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = crash(tmp_path, INPUTS, ROUNDS, SEED)
    with capsys.disabled():
        told = asdict(found) | {"extra": found.extra, "in_flight": found.in_flight}
        print("\n" + "\n".join(f"{name}: {value}" for name, value in told.items()))  # noqa: T201
    assert (found.damaged, found.asked_again) == (0, 0)
    assert found.stored[-1] == INPUTS
    assert found.stored == sorted(found.stored)
    assert 0 <= found.extra <= found.in_flight
    assert found.kills >= ROUNDS
