"""Rounds of `kill -9`: two processes share a ledger, and the services count what they answered."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from evalkit.core.items import Item
from evalkit.core.protocols import Role, SideName
from evalkit.core.registry import create
from evalkit.ledger import Ledger, key
from tests.services import Apart, apart

ROOT = Path(__file__).parents[2]
DIM, CONCURRENCY, LATENCY = 256, 4, 0.1
NOVA = {"nested": "no", "concurrency": CONCURRENCY}
SUITE = f"""\
suite: crash
models:
  - nova: {{provider: nova, nested: no, concurrency: {CONCURRENCY}}}
dimensions: [{DIM}]
cases:
  - {{name: find, data: data, metrics: [recall@1]}}
gates:
  - {{case: find, metric: recall@1, at: {DIM}, at_least: 0.001}}
"""
_MOST_SECONDS = 120.0


@dataclass
class Figures:
    """What came of the rounds.

    inputs: different ones. kills: processes that were alive when killed. answered: inputs as the
    services counted them. asked_again: inputs that were asked although the ledger held them.
    damaged: records that `verify` found. stored: inputs in the ledger after each round.
    """

    inputs: int
    kills: int = 0
    answered: int = 0
    asked_again: int = 0
    damaged: int = 0
    stored: list[int] = field(default_factory=list)

    @property
    def extra(self) -> int:
        """Answers that were paid for twice."""
        return self.answered - self.inputs

    @property
    def in_flight(self) -> int:
        """Requests that may have been under way at the kills, at most."""
        return CONCURRENCY * self.kills


def write_suite(folder: Path, inputs: int) -> tuple[Path, dict[str, bytes]]:
    """Write a suite of so many different texts; return it, and digest -> key in the ledger."""
    data = folder / "data"
    data.mkdir()
    half = inputs // 2
    sides: dict[SideName, list[Item]] = {
        "query": [Item(f"q{n}", f"question number {n}") for n in range(half)],
        "corpus": [Item(f"d{n}", f"article number {n}") for n in range(inputs - half)],
    }
    for name, items in (("queries", sides["query"]), ("corpus", sides["corpus"])):
        rows = [{"id": item.id, "text": item.content} for item in items]
        (data / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    grades = "".join(f"q{n}\td{n}\t1\n" for n in range(half))
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + grades, "utf-8")
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n", "utf-8")
    suite = folder / "crash.yaml"
    suite.write_text(SUITE, "utf-8")
    return suite, _keys(sides)


def _keys(sides: Mapping[SideName, Sequence[Item]]) -> dict[str, bytes]:
    """Return what each text's vector is filed under, by the text's digest."""
    nova = create("providers", "nova", **NOVA)
    found: dict[str, bytes] = {}
    for side, items in sides.items():
        for item in items:
            request = nova.request(item, Role(side, frozenset({"text"})), DIM)
            digest = item.digest()
            found[digest] = key(nova.model, nova.revision, request, DIM, digest)
    return found


@dataclass
class Arena:
    """A suite, a ledger, services in another process, and what they logged so far."""

    folder: Path
    suite: Path
    keys: Mapping[str, bytes]
    services: Apart
    figures: Figures

    @property
    def log(self) -> Path:
        """The file to which the services append every input that they answered."""
        return self.folder / "log.jsonl"

    def answered(self) -> list[str]:
        """Return the digests of all inputs that were answered so far."""
        lines = self.log.read_text("utf-8").split("\n")[:-1]
        return [json.loads(line)["digest"] for line in lines]

    def stored(self) -> set[str]:
        """Return the digests of what the ledger holds."""
        with Ledger(self.folder / "ledger") as ledger:
            held = ledger.get(self.keys.values(), DIM)
        return {digest for digest, name in self.keys.items() if name in held}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a run of the suite."""
        command = [sys.executable, "-m", "evalkit", "run", str(self.suite)]
        command += ["--ledger", str(self.folder / "ledger"), "--out", str(self.folder / "reports")]
        env = os.environ | self.services.environment | {"PYTHONPATH": str(ROOT)}
        with (self.folder / f"{name}.txt").open("wb") as out:
            return subprocess.Popen(command, stdout=out, stderr=out, env=env, cwd=self.folder)

    def round(self, rng: random.Random, most: int) -> None:
        """Let two runs go on until some inputs more are answered, and kill both."""
        before = self.stored() if self.figures.stored else set()
        known = len(self.answered())
        runs = [self.start("first"), self.start("second")]
        goal, until = known + rng.randint(1, most), time.monotonic() + _MOST_SECONDS
        while len(self.answered()) < goal and any(run.poll() is None for run in runs):
            if time.monotonic() > until:
                raise AssertionError(f"nothing goes on: {self.said()}")
            time.sleep(0.01)
        for run in rng.sample(runs, 2):
            time.sleep(rng.uniform(0, 0.15))
            self.kill(run)
        self.check(before, known)

    def kill(self, run: subprocess.Popen[bytes]) -> None:
        """Kill a run, unless it has ended by itself, which it may do well only."""
        code = run.poll()
        if code is None:
            run.kill()
            self.figures.kills += 1
        elif code not in {0, 1}:
            raise AssertionError(f"a run ended with {code}: {self.said()}")
        run.wait()

    def check(self, before: set[str], known: int) -> None:
        """Open the ledger and compare it with what the services answered since."""
        time.sleep(3 * LATENCY)  # what was in flight is answered, too late
        self.figures.asked_again += sum(d in before for d in self.answered()[known:])
        with Ledger(self.folder / "ledger") as ledger:
            verified = ledger.verify()
        self.figures.damaged += len(verified.damaged) + len(verified.index)
        stored = self.stored()
        if before - stored:
            raise AssertionError(f"{len(before - stored)} inputs left the ledger")
        self.figures.stored.append(len(stored))

    def finish(self) -> None:
        """Run the suite to its end."""
        before, known = self.stored(), len(self.answered())
        code = self.start("last").wait(_MOST_SECONDS)
        if code not in {0, 1}:
            raise AssertionError(f"the last run ended with {code}: {self.said()}")
        self.check(before, known)
        self.figures.answered = len(self.answered())

    def said(self) -> str:
        """Return what the runs wrote."""
        return "\n".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.txt")))


def crash(folder: Path, inputs: int, rounds: int, seed: int) -> Figures:
    """Kill two runs in each round, run to the end, and return what came of it."""
    rng = random.Random(seed)
    with apart("--latency", str(LATENCY), "--log", str(folder / "log.jsonl")) as services:
        with patch.dict(os.environ, services.environment):  # the address is part of a key
            suite, keys = write_suite(folder, inputs)
        arena = Arena(folder, suite, keys, services, Figures(len(keys)))
        for _ in range(rounds):
            arena.round(rng, 2 * inputs // (rounds + 1))
        arena.finish()
        unknown = Counter(arena.answered()).keys() - keys.keys()
        if unknown:
            raise AssertionError(f"{len(unknown)} answers are of no input of the suite")
    return arena.figures
