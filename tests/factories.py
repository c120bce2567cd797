"""Small suites for tests that run the whole thing: a second, not a minute."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit import cli

PASSES = "{case: find, metric: ndcg@10, at: 16, at_least: 0.2}"
OPEN = "{case: find, metric: recall@1, at: 8, at_least: 0.58}"
FAILS = "{case: find, metric: recall@1, at: 8, at_least: 0.9}"
SMALL_GROUP = "{case: find, metric: ndcg@10, at: 16, by: language, at_least: 0.2}"
SMALL_GAP = "{case: find, metric: ndcg@10, at: 16, by: language, gap_at_most: 0.9}"
ASKED = "{case: find, metric: ndcg@10, at: 256, at_least: 0.001}"

READS = "reference: {provider: reference, dimensions: [256]}"
STORED = "vectors: {provider: precomputed, path: data/vectors.npz, nested: yes, sizes: [16, 8]}"

HEAD = """\
suite: {name}
models:
  - {model}
cases:
  - name: find
    data: data
    metrics: [recall@1, ndcg@10]
    groups: [language]
gates:
"""


def tiny_suite(
    folder: Path, gates: Sequence[str] = (PASSES,), name: str = "tiny", model: str = STORED
) -> Path:
    """Write a suite of 40 queries and 20 items of text with vectors of their own; return it.

    At 16 values recall@1 is 0.95, at 8 it is 0.575. The first 34 queries are English, the
    other 6 Spanish: too few for a verdict of their own. The vectors are merely looked up; what
    is about embedding and the ledger is `asking_suite`.
    """
    if not (folder / "data").exists():
        write_data(folder / "data")
    path = folder / f"{name}.yaml"
    lines = [HEAD.format(name=name, model=model), *(f"  - {gate}\n" for gate in gates)]
    path.write_text("".join(lines), "utf-8")
    return path


def asking_suite(folder: Path, gates: Sequence[str] = (ASKED,), name: str = "tiny") -> Path:
    """Write the same suite for a model that reads its 60 texts and is paid for each; return it."""
    return tiny_suite(folder, gates, name, READS)


def write_data(data: Path, queries: int = 40) -> None:
    """Write the data set. queries: 40, or a larger multiple of 20; those beyond 40 are French."""
    data.mkdir(parents=True)
    items = [f"d{n:02}" for n in range(20)]
    asked = [f"q{n:02}" for n in range(queries)]
    spoken = ["en"] * 34 + ["es"] * 6 + ["fr"] * (queries - 40)
    _write_lines(data / "corpus.jsonl", [{"id": d, "text": f"article {d}"} for d in items])
    rows = [
        {"id": q, "text": f"question {q}", "tags": {"language": language}}
        for q, language in zip(asked, spoken, strict=True)
    ]
    _write_lines(data / "queries.jsonl", rows)
    truth = [f"{q}\t{items[n % 20]}\t1\n" for n, q in enumerate(asked)]
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(truth), "utf-8")
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n", "utf-8")
    rng = np.random.default_rng(5)
    corpus = rng.standard_normal((20, 16)).astype(np.float32)
    noise = rng.standard_normal((queries, 16)).astype(np.float32)
    vectors = np.vstack([corpus, np.tile(corpus, (queries // 20, 1)) + 0.9 * noise])
    np.savez(data / "vectors.npz", ids=items + asked, vectors=vectors)


def _write_lines(path: Path, rows: Sequence[object]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The whole of stdout as JSON."""
        return json.loads(self.out)


class Command:
    """Runs `evalkit` in this process."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capsys = patch, capsys

    def __call__(self, *args: str | Path) -> Ended:
        self._patch.setattr(sys, "argv", ["evalkit", *map(str, args)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        code = stopped.value.code
        return Ended(code if isinstance(code, int) else 0, *self._capsys.readouterr())
