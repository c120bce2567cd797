"""Ctrl-C in the middle of embedding: a sentence, exit code 130, and nothing is paid for twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import evalkit
from evalkit.ledger import Ledger
from tests.factories import tiny_suite

SLOW = """
import os, time
from dataclasses import dataclass
import numpy as np
from evalkit.cli import main
from evalkit.core.protocols import Embedded
from evalkit.core.registry import plugin

@plugin("providers", "slow")
@dataclass(frozen=True)
class Slow:
    "A model that takes its time."
    model, revision, sizes, nested, batch = "slow", "1", (16, 8), "yes", 4
    modalities = frozenset({"text"})
    def request(self, role, dim):
        return {}
    def embed(self, items, role, dim):
        for index, item in enumerate(items):
            time.sleep(float(os.environ["PAUSE"]))
            seed = int.from_bytes(item.digest().encode()[:8], "big")
            vector = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
            yield Embedded(index, vector, float(np.linalg.norm(vector)))

main()
"""
SENTENCE = "Interrupted. What was embedded is kept: run the same command again to go on.\n"


def start(folder: Path, pause: float) -> subprocess.Popen[str]:
    """Start a run of the slow model in a process of its own."""
    root = str(Path(evalkit.__file__).parents[1])
    env = os.environ | {"PAUSE": str(pause), "PYTHONPATH": root}
    command = [sys.executable, "-c", SLOW, "run", "tiny.yaml", "--ledger", "paid", "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder, env=env)


def paid(folder: Path) -> int:
    """Return how many inputs the ledger holds."""
    if not (folder / "paid/ledger.sqlite").exists():
        return 0
    with Ledger(folder / "paid") as ledger:
        return len(ledger)


def test_ctrl_c_keeps_what_was_embedded(tmp_path: Path) -> None:
    path = tiny_suite(tmp_path, ["{case: find, metric: ndcg@10, at: 16, at_least: 0.001}"])
    model = path.read_text().replace("provider: precomputed, path: data/vectors.npz", "")
    model = model.replace("vectors: {, nested: yes, sizes: [16, 8]}", "slow")
    path.write_text(model)
    running = start(tmp_path, pause=0.05)
    limit = time.monotonic() + 120
    while paid(tmp_path) < 8 and running.poll() is None and time.monotonic() < limit:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", SENTENCE)
    kept = paid(tmp_path)
    assert 8 <= kept < 60
    assert list((tmp_path / "reports/tiny").iterdir()) == []

    again = start(tmp_path, pause=0)
    out, err = again.communicate(timeout=120)
    assert (again.returncode, err) == (0, "")
    (facts,) = json.loads(out)["models"]
    assert (facts["found"], facts["sent"], paid(tmp_path)) == (kept, 60 - kept, 60)
