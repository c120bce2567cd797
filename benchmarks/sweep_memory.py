"""Peak memory of the exact sweep above a memory-mapped corpus.

    python benchmarks/sweep_memory.py --json

Each shape runs in a process of its own over a corpus file made in a temporary folder. Linux counts
the process's anonymous pages (RssAnon in /proc/self/status) apart from the pages of mapped files
(RssFile); a thread reads the former every 5 ms. What is reported is its peak during the search
less its value just before, so the ids, the queries and the imports are not counted and the ranking
that is returned is. Exits with 1 where a peak is above the budget.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from _measure import machine, report

from evalkit.core.arrays import Vectors, make_vectors
from evalkit.core.protocols import Side
from evalkit.core.registry import create

SHAPES = {"1000000x256": (1_000_000, 256, [64, 128, 256]), "200000x3072": (200_000, 3072, None)}
WHOLE = [256, 384, 1024, 3072]
ROWS_AT_ONCE = 8192


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=list(SHAPES), choices=list(SHAPES))
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--memory", type=int, default=1024, help="budget in MiB")
    parser.add_argument("--folder", type=Path, help="where to make the corpus files")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def write_corpus(path: Path, rows: int, width: int) -> None:
    """Write float32 unit rows, a block at a time."""
    rng = np.random.default_rng(1)
    with path.open("wb") as file:
        for start in range(0, rows, ROWS_AT_ONCE):
            block = rng.standard_normal((min(ROWS_AT_ONCE, rows - start), width), np.float32)
            block /= np.linalg.norm(block, axis=1)[:, None]
            file.write(block.tobytes())


def mapped_vectors(path: Path, rows: int, width: int) -> Vectors:
    matrix = np.memmap(path, np.float32, "r", shape=(rows, width))
    ids = tuple(f"d{i:07d}" for i in range(rows))
    return Vectors(ids, np.arange(rows), np.full((rows, 2), np.nan), matrix, np.ones(rows))


def anonymous() -> int:
    """Return the bytes of anonymous memory that this process holds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("This kernel does not report RssAnon.")


class Peak:
    """The most anonymous memory held while the block runs, above what was held before."""

    def __enter__(self) -> Peak:
        self.before = self.most = anonymous()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.005):
            self.most = max(self.most, anonymous())

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def mib(self) -> float:
        return round((self.most - self.before) / 2**20, 1)


def measure(args: argparse.Namespace) -> None:
    """Search one file, in the process that was started for it, and print what it took."""
    rows, width, some = SHAPES[args.shapes[0]]
    dims = some or WHOLE
    corpus = mapped_vectors(args.file, rows, width)
    raw = np.random.default_rng(2).standard_normal((args.queries, width))
    queries = make_vectors([f"q{i}" for i in range(args.queries)], raw)
    sides = Side((), dict.fromkeys(dims, queries)), Side((), dict.fromkeys(dims, corpus))
    search = create("search", "exact", memory=args.memory)
    start = time.perf_counter()
    with Peak() as peak:
        found = search.rank(*sides, args.k, dims, "cosine")
    assert all((ranking.rows >= 0).all() for ranking in found.values())
    took = round(time.perf_counter() - start, 1)
    print(json.dumps({"peak_mib": peak.mib, "dims": dims, "seconds": took}))


def in_own_process(args: argparse.Namespace, shape: str) -> dict[str, object]:
    rows, width, _ = SHAPES[shape]
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        file = Path(folder) / "corpus.f32"
        write_corpus(file, rows, width)
        command = [sys.executable, __file__, "--shapes", shape, "--file", str(file)]
        for name in ("queries", "k", "memory"):
            command += [f"--{name}", str(getattr(args, name))]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def main() -> int:
    args = arguments()
    if args.file:
        measure(args)
        return 0
    shapes = {shape: in_own_process(args, shape) for shape in args.shapes}
    within = all(float(str(s["peak_mib"])) <= args.memory for s in shapes.values())
    figures = {
        "within_budget": within,
        "budget_mib": args.memory,
        "shapes": shapes,
        "queries": args.queries,
        "k": args.k,
        "numpy": np.__version__,
        **machine(),
    }
    report(figures, args.json)
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
