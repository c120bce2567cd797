"""Claims: no two processes pay for one input, and what a dead one held is free."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from evalkit.ledger import Ledger, owners
from tests.ledger.samples import DIM, harm, name, record

KEYS = [name(k) for k in range(40)]


def test_an_input_is_claimed_by_one_only(tmp_path: Path) -> None:
    with Ledger(tmp_path) as mine, Ledger(tmp_path) as other:
        assert mine.claim(KEYS[:3]) == set(KEYS[:3])
        assert mine.claim(KEYS[:4]) == set(KEYS[:4])
        assert other.claim(KEYS[2:6]) == set(KEYS[4:6])
        assert mine.info().claims == 6


def test_what_is_stored_or_refused_is_not_claimed(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store, Ledger(tmp_path) as other:
        store.put("m", "1", {KEYS[0]: [record(1)]}, {KEYS[1]: "no."})
        assert other.claim(KEYS[:3]) == {KEYS[2]}


def test_storing_ends_claims(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.claim(KEYS[:3])
        store.put("m", "1", {KEYS[0]: [record(1)]}, {KEYS[1]: "no."})
        assert store.info().claims == 1


def test_released_claims_are_free_and_those_of_others_stay(tmp_path: Path) -> None:
    with Ledger(tmp_path) as mine, Ledger(tmp_path) as other:
        mine.claim(KEYS[:2])
        other.release(KEYS[:2])
        assert other.claim(KEYS[:2]) == set()
        mine.release(KEYS[:1])
        assert other.claim(KEYS[:2]) == {KEYS[0]}


def test_closing_releases(tmp_path: Path) -> None:
    with Ledger(tmp_path) as mine:
        mine.claim(KEYS)
    with Ledger(tmp_path) as other:
        assert other.claim(KEYS) == set(KEYS)


def test_a_claim_that_ran_out_is_free_unless_renewed(tmp_path: Path) -> None:
    with Ledger(tmp_path) as mine, Ledger(tmp_path) as other:
        mine.claim(KEYS[:2], seconds=-1)
        assert mine.renew(KEYS[:1]) == {KEYS[0]}
        assert other.claim(KEYS[:2]) == {KEYS[1]}
        assert mine.renew(KEYS[:2]) == {KEYS[0]}


def test_a_claim_on_another_machine_lasts_until_it_runs_out(tmp_path: Path) -> None:
    elsewhere = json.dumps(["another machine", 1, "1", "00"])
    with Ledger(tmp_path) as store:
        store.claim(KEYS[:2])
        harm(tmp_path, "UPDATE claim SET owner = ?", elsewhere)
        assert store.claim(KEYS[:2]) == set()
        harm(tmp_path, "UPDATE claim SET expires = 1 WHERE key = ?", KEYS[1])
        assert store.claim(KEYS[:2]) == {KEYS[1]}


def test_a_process_that_took_the_number_of_a_dead_one_is_another(tmp_path: Path) -> None:
    machine, pid, started, _ = json.loads(owners.new_owner())
    assert not owners.is_dead(json.dumps([machine, pid, started, "x"]))
    assert owners.is_dead(json.dumps([machine, pid, started + "0", "x"]))
    assert not owners.is_dead(json.dumps([machine, pid, "", "x"]))  # not told: expiry decides
    assert not owners.is_dead(json.dumps([machine, 1, "", "x"]))


def test_threads_of_a_process_may_share_a_ledger(tmp_path: Path) -> None:
    done = threading.Event()
    trouble: list[BaseException] = []

    def renewing() -> None:
        try:
            while not done.is_set():
                store.renew(KEYS)
        except BaseException as e:
            trouble.append(e)

    with Ledger(tmp_path) as store:
        store.claim(KEYS)
        thread = threading.Thread(target=renewing)
        thread.start()
        for k, key in enumerate(KEYS):
            store.put("m", "1", {key: [record(k)]})
            assert list(store.get([key], DIM)) == [key]
        done.set()
        thread.join()
    assert trouble == []


def _claim_one_by_one(folder: str, ready: Barrier, out: str) -> None:
    with Ledger(Path(folder)) as store:
        ready.wait(60)
        mine = [key.decode() for key in KEYS if store.claim([key])]
        for key in mine:
            store.put("m", "1", {key.encode(): [record(1)]})
    Path(out).write_text(json.dumps(mine))


def test_each_input_is_claimed_by_exactly_one_process(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    outs = [tmp_path / "a.json", tmp_path / "b.json"]
    workers = [
        context.Process(target=_claim_one_by_one, args=(str(tmp_path / "l"), ready, str(out)))
        for out in outs
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    claimed = [key for out in outs for key in json.loads(out.read_text())]
    assert sorted(claimed) == sorted(key.decode() for key in KEYS)


HOLDER = """
import sys, time
from pathlib import Path
from evalkit.ledger import Ledger
store = Ledger(Path(sys.argv[1]))
store.claim([str(k).encode().ljust(32, b".") for k in range(40)])
print("claimed", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="tells no start times")
def test_what_a_killed_process_held_is_free_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "claimed\n"
        with Ledger(tmp_path) as store:
            assert store.claim(KEYS) == set()
            os.kill(holder.pid, signal.SIGKILL)
            os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet reaped
            assert store.info().claims == 0
            assert store.claim(KEYS[:20]) == set(KEYS[:20])
            holder.wait(60)
            assert store.claim(KEYS) == set(KEYS)
