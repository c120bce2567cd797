"""kill -9 in the middle of two runs that share a ledger: a small version of the crash rounds."""

from pathlib import Path

from tests.prove.crash_rounds import crash

INPUTS, ROUNDS, SEED = 120, 3, 71


def test_killed_runs_lose_only_what_was_in_flight(tmp_path: Path) -> None:
    found = crash(tmp_path, INPUTS, ROUNDS, SEED)
    assert (found.damaged, found.asked_again) == (0, 0)
    assert found.stored[-1] == INPUTS
    assert 0 <= found.extra <= found.in_flight
    assert found.kills >= 3
