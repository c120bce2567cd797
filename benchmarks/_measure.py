"""Side-by-side timing, random vectors and JSON output, shared by the benchmarks.

Timings are compared inside one process: each round runs every function once, in an order that
changes from round to round, and a ratio is the median of the rounds' ratios. So a machine that is
busy with something else slows both sides of a ratio alike.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np

from evalkit.core.arrays import Vectors, make_vectors
from evalkit.core.items import Item
from evalkit.core.protocols import Side

Seconds = dict[str, list[float]]


def paired(functions: Mapping[str, Callable[[], object]], repeats: int) -> Seconds:
    """Return the seconds that each function took in each round."""
    names = list(functions)
    seconds: Seconds = {name: [] for name in names}
    for turn in range(repeats):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            start = time.perf_counter()
            functions[name]()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(seconds: Seconds, name: str, to: str) -> float:
    """Return how many times as long one function took as another: the median over rounds."""
    return median(a / b for a, b in zip(seconds[name], seconds[to], strict=True))


def medians(seconds: Seconds) -> dict[str, float]:
    """Return the median seconds of each function."""
    return {name: round(median(values), 4) for name, values in seconds.items()}


def cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def machine() -> dict[str, object]:
    """Return what a figure was measured on: cores, processor family, Python."""
    return {
        "cores": cores(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
    }


def report(figures: Mapping[str, object], as_json: bool) -> None:
    """Print the figures: one JSON object on one line, or one figure per line for a person."""
    if as_json:
        print(json.dumps(figures))
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        shown = f"{value:.3f}" if isinstance(value, float) else value
        print(f"{name:<{width}}  {shown}")


def random_vectors(prefix: str, rows: int, width: int, seed: int) -> Vectors:
    """Return random unit vectors of items called by the prefix and a number."""
    rng = np.random.default_rng(seed)
    raw = np.empty((rows, width), np.float32)
    for start in range(0, rows, 8192):
        part = raw[start : start + 8192]
        part[:] = rng.standard_normal(part.shape, dtype=np.float32)
    return make_vectors([f"{prefix}{i:07d}" for i in range(rows)], raw, out=raw)


def side(vectors: Vectors, dims: Sequence[int]) -> Side:
    """Return items of which every size is a prefix of the same vectors."""
    return Side(tuple(Item(i, i) for i in vectors.ids), dict.fromkeys(dims, vectors))
