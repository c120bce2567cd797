"""Several processes and one ledger, and processes that are killed in the middle."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

from evalkit.ledger import Ledger
from tests.ledger.samples import DIM, name, record, segments


def _write(folder: str, start: int, ready: Barrier) -> None:
    ready.wait(60)
    with Ledger(Path(folder)) as store:
        for k in range(start, start + 50):
            assert store.put("m", "1", {name(k): [record(k)]}) == ()


def test_several_processes_share_one_ledger(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(3)
    workers = [context.Process(target=_write, args=(str(tmp_path), s, ready)) for s in (0, 25, 25)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    with Ledger(tmp_path) as store:
        assert len(store) == 75
        assert store.verify().sound
        found = store.get((name(k) for k in range(75)), DIM)
    assert all(found[name(k)][0].vector.tobytes() == record(k).vector.tobytes() for k in range(75))


def test_a_segment_has_one_writer_at_a_time_and_is_taken_up_by_the_next(tmp_path: Path) -> None:
    with Ledger(tmp_path) as a, Ledger(tmp_path) as b:
        a.put("m", "1", {name("a"): [record(1)]})
        b.put("m", "1", {name("b"): [record(2)]})
        assert len(segments(tmp_path)) == 2
    with Ledger(tmp_path) as c:
        c.put("m", "1", {name("c"): [record(3)]})
        assert len(c.get([name("a"), name("b"), name("c")], DIM)) == 3
    assert len(segments(tmp_path)) == 2


WRITER = """
import sys
from pathlib import Path
from evalkit.ledger import Ledger
from tests.ledger.samples import name, record
store = Ledger(Path(sys.argv[1]))
for k in range(int(sys.argv[2]), 10**9, 5):
    store.put("m", "1", {name(n): [record(n), record(n + 1)] for n in range(k, k + 5)})
    print(k, flush=True)
"""


def test_what_was_committed_before_a_kill_is_there(tmp_path: Path) -> None:
    rng = random.Random(1)
    root = Path(__file__).parents[2]
    committed: list[int] = []
    for turn in range(3):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(turn * 10**6)]
        with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline()]
            time.sleep(rng.uniform(0.0, 0.3))
            os.kill(writer.pid, signal.SIGKILL)
            lines += writer.stdout.read().splitlines(keepends=True)
        assert writer.returncode == -signal.SIGKILL
        committed += [int(line) for line in lines if line.endswith("\n")]
        keys = {name(n): n for k in committed for n in range(k, k + 5)}
        with Ledger(tmp_path) as store:
            told = store.verify()
            found = store.get(keys, DIM)
        assert told.sound
        assert told.inputs >= len(keys)
        assert found.keys() == keys.keys()
        for key, n in keys.items():
            assert [r.norm for r in found[key]] == [record(n).norm, record(n + 1).norm]
    assert len(segments(tmp_path)) == 1
