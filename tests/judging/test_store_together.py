"""Many reviewers at once, in threads and in processes, one of which is killed: nothing is lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from evalkit.judging.store import Store
from tests.judging.studies import make, marks

REVIEWERS = [f"reviewer {n}" for n in range(8)]
PROMPTS, FEWER, WANTED = 40, 15, 3
ROOT = Path(__file__).parents[2]

WORKER = """
import sys, time
from evalkit.judging.store import Store
from tests.judging.studies import marks
address, names, stop = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
with Store(address) as store:
    while True:
        idle = True
        for name in names:
            if prompt := store.claim("study", name):
                idle = False
                if prompt.id == stop:
                    print("holding", flush=True)
                    time.sleep(600)
                store.save("study", name, prompt.id, marks(), f"{name} on {prompt.id}")
        if idle and not any(store.waiting("study", name) for name in names):
            break
        time.sleep(0.02 * idle)
"""


def test_threads_lose_and_double_nothing(address: str) -> None:
    with Store(address) as store:
        store.add(make(PROMPTS, WANTED))
        failures: list[BaseException] = []
        workers = [threading.Thread(target=_judge, args=(store, n, failures)) for n in REVIEWERS]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        assert failures == []
        _assert_whole(store, PROMPTS)


def _judge(store: Store, name: str, failures: list[BaseException]) -> None:
    try:
        while True:
            prompt = store.claim("study", name)
            if prompt is not None:
                store.save("study", name, prompt.id, marks(), f"{name} on {prompt.id}")
            elif store.waiting("study", name) == 0:
                return
            else:
                time.sleep(0.01)
    except BaseException as e:
        failures.append(e)


def test_a_killed_process_loses_its_own_hold_and_nothing_else(address: str) -> None:
    """One process is killed while it holds a prompt; the others finish all but that one."""
    with Store(address) as store:
        store.add(make(FEWER, WANTED))
    killed = _start(address, REVIEWERS[:1], "p00005")
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"holding\n"
    others = _start(address, REVIEWERS[1:], "none")
    time.sleep(0.2)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    with Store(address) as store:
        while store.progress("study").finished < FEWER - 1:
            assert others.poll() is None
            time.sleep(0.05)
        assert store.progress("study").held == 1
        held = store.claim("study", REVIEWERS[0])
        assert held is not None
        assert held.id == "p00005"
        store.save("study", REVIEWERS[0], "p00005", marks(), f"{REVIEWERS[0]} on p00005")
        _, told = others.communicate(timeout=60)
        assert (others.returncode, told) == (0, b"")
        _assert_whole(store, FEWER)


def test_a_claim_waits_for_a_prompt_that_is_just_being_saved(address: str) -> None:
    """The last prompt is locked by a transaction that does not take it: nobody is told `none`."""
    if "://" not in address:
        pytest.skip("SQLite has one transaction that writes at a time")
    with Store(address) as store, Store(address) as other:
        store.add(make(1, wanted=2))
        found: list[object] = []
        with store._turn("study", "ana") as turn:
            turn.prompt("p00001")
            thread = threading.Thread(target=lambda: found.append(other.claim("study", "ben")))
            thread.start()
            thread.join(0.3)
            assert found == []
        thread.join(30)
        assert found == [make(1).prompts[0]]


def test_stores_opened_at_once_make_their_tables_once(address: str) -> None:
    made: list[Store] = []
    threads = [threading.Thread(target=lambda: made.append(Store(address))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(made) == 6
    for store in made:
        assert store.names() == ()
        store.close()


def _start(address: str, names: Iterable[str], stop: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "error", "-c", WORKER, address, ",".join(names), stop]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _assert_whole(store: Store, prompts: int) -> None:
    said = store.judgements("study")
    assert len(said) == prompts * WANTED * 2
    assert {one.version for one in said} == {1}
    assert all(one.comment == f"{one.reviewer} on {one.prompt}" for one in said)
    by_prompt = Counter(one.prompt for one in said)
    assert set(by_prompt.values()) == {WANTED * 2}
    seen = store.progress("study")
    assert (seen.finished, seen.held) == (prompts, 0)
    assert sum(seen.reviewers.values()) == prompts * WANTED
    judged = Counter(e.prompt for e in store.events("study") if e.action == "judged")
    assert set(judged.values()) == {WANTED}
    _assert_one_holder_at_a_time(store)


def _assert_one_holder_at_a_time(store: Store) -> None:
    holder: dict[str, str] = {}
    for event in store.events("study"):
        if event.action == "claimed":
            assert event.prompt not in holder
            holder[event.prompt] = event.reviewer
        elif event.action in ("judged", "released", "expired"):
            assert holder.pop(event.prompt) == event.reviewer
