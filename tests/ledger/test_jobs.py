"""Long jobs: a token before anything is sent, the same after a crash, another after a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.core.errors import UsageError
from evalkit.ledger import Job, Ledger
from tests.ledger.samples import name, record


def test_a_job_keeps_its_token_until_it_is_over(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        token = store.start_job(name("k"), "m")
        assert store.jobs([name("k"), name("x")]) == {name("k"): Job(token, "")}
    with Ledger(tmp_path) as store:  # as after a kill between the two steps
        assert store.start_job(name("k"), "m") == token
        store.set_handle(name("k"), "arn:1")
        assert store.start_job(name("k"), "m") == token
        assert store.jobs([name("k")]) == {name("k"): Job(token, "arn:1")}
        assert store.info().jobs == 1
    assert len(token) <= 64
    assert token.isalnum()
    assert token.isascii()


@pytest.mark.parametrize("failed", [True, False])
def test_the_next_job_has_another_token(tmp_path: Path, failed: bool) -> None:
    with Ledger(tmp_path) as store:
        tokens = [store.start_job(name("k"), "m"), store.start_job(name("other"), "m")]
        store.set_handle(name("k"), "arn:1")
        store.end_job(name("k"), failed=failed)
        assert store.jobs([name("k")]) == {}
        tokens.append(store.start_job(name("k"), "m"))
        assert store.jobs([name("k")]) == {name("k"): Job(tokens[-1], "")}
    assert len(set(tokens)) == 3


def test_storing_the_answer_ends_the_job(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        for key in (name("k"), name("r")):
            store.start_job(key, "m")
            store.set_handle(key, "arn")
        store.put("m", "1", {name("k"): [record(1)]}, {name("r"): "no."})
        assert store.jobs([name("k"), name("r")]) == {}
        assert store.info().jobs == 0


def test_a_handle_without_a_job_is_a_mistake(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        with pytest.raises(UsageError, match="no handle before `start_job`"):
            store.set_handle(name("k"), "arn")
        store.start_job(name("k"), "m")
        store.end_job(name("k"), failed=True)
        with pytest.raises(UsageError, match="no handle before `start_job`"):
            store.set_handle(name("k"), "arn")
