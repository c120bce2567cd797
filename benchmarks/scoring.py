"""How long scoring takes: 10,000 queries x 100 results on all metrics, and 10,000 resamples.

Beside it ranx through its dictionaries, and pytrec_eval in an interpreter that has it
(`--peer PYTHON`), on the metrics that each offers. Times are the least of some repeats, in seconds
of the wall clock and of the processor, the first of which compiles; the means are compared.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read by numpy: more only wait for each other

import numpy as np
from _measure import machine, report

ROOT = Path(__file__).parents[1]

JUDGED, CORPUS = 20, 100_000
METRICS = (
    "recall@10 hit@10 precision@10 ndcg@10 ndcg_exp@10 mrr mrr@10 map map@10 r_precision"
    " avg_recall judged@10"
).split()
RANX_NAMES = (
    "recall@10 hit_rate@10 precision@10 ndcg@10 ndcg_burges@10 mrr mrr@10 map map@10 r-precision"
).split()
IN_RANX = dict(zip(METRICS, RANX_NAMES, strict=False))  # it has no avg_recall and no judged
IN_PYTREC_EVAL = {
    "recall@10": "recall_10",
    "hit@10": "success_10",
    "precision@10": "P_10",
    "ndcg@10": "ndcg_cut_10",
    "mrr": "recip_rank",
    "map": "map",
    "map@10": "map_cut_10",
    "r_precision": "Rprec",
}
BLOCK_BYTES = 4_000_000
"""Small enough for a processor's cache, since every metric reads each block of weights again."""


class Data:
    """Random results and judgements; every query has a relevant item."""

    def __init__(self, queries: int, depth: int) -> None:
        rng = np.random.default_rng(5)
        self.rows = np.argsort(rng.random((queries, 4 * depth)), axis=1)[:, :depth]
        self.rows += rng.integers(0, CORPUS - 4 * depth, (queries, 1))
        found = rng.permuted(self.rows, axis=1)[:, : JUDGED // 2]
        missed = CORPUS + np.argsort(rng.random((queries, JUDGED)), axis=1)[:, : JUDGED // 2]
        self.judged = rng.permuted(np.hstack([found, missed]), axis=1)
        self.grades = -np.sort(-rng.integers(0, 4, (queries, JUDGED)), axis=1)
        self.grades[:, 0] = 3
        self.scores = np.broadcast_to(np.linspace(1, 0, depth), self.rows.shape)

    def dicts(self) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
        """Return judgements and results as dictionaries of strings."""
        judged, run = {}, {}
        for q in range(len(self.rows)):
            grades, scores = self.grades[q].tolist(), self.scores[q].tolist()
            judged[f"q{q}"] = dict(zip(map(str, self.judged[q].tolist()), grades, strict=True))
            run[f"q{q}"] = dict(zip(map(str, self.rows[q].tolist()), scores, strict=True))
        return judged, run


def best(name: str, repeats: int, work: Callable[[], Any], seconds: dict[str, float]) -> Any:
    """Note the least wall and processor time of some repeats; return what the work returned."""
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    seconds |= {name: min(walls), f"{name}_processor": min(processors)}
    return result


def evalkit(data: Data, repeats: int, resamples: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the times of scoring and of the bootstrap, and the means."""
    from evalkit.core import registry
    from evalkit.core.evidence import Ranked

    metrics = {name: registry.metric(name) for name in METRICS}

    def scoring() -> dict[str, Any]:
        arrays = data.rows, data.scores, data.judged, data.grades
        evidence = Ranked(tuple(map(str, range(len(data.rows)))), *arrays, 1, (), (), ())
        return {name: metric.per_unit(evidence) for name, metric in metrics.items()}

    seconds: dict[str, float] = {}
    scores = best("evalkit", repeats, scoring, seconds)
    best("evalkit_bootstrap", 1, lambda: resample(metrics, scores, resamples), seconds)
    means = {name: float(np.nanmean(s.columns["value"])) for name, s in scores.items()}
    return seconds, means


def resample(metrics: dict[str, Any], scores: dict[str, Any], resamples: int) -> None:
    """Summarise every metric under the same resamples of the queries."""
    rng, n = np.random.default_rng(7), len(next(iter(scores.values())).ids)
    rows = max(1, BLOCK_BYTES // (8 * n))
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n) * 1.0
        for name, metric in metrics.items():
            metric.summary(scores[name], weights)


def ranx_dicts(data: Data, repeats: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the times of ranx through `Qrels` and `Run`, building included, and the means."""
    warnings.simplefilter("ignore")
    from ranx import Qrels, Run, evaluate

    judged, run = data.dicts()
    wanted = list(IN_RANX.values())
    seconds: dict[str, float] = {}

    def whole() -> Any:
        return evaluate(Qrels(judged), Run(run), wanted)

    means = best("ranx_dict", repeats, whole, seconds)
    return seconds, {ours: float(means[theirs]) for ours, theirs in IN_RANX.items()}


def pytrec_eval(data: Data, repeats: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the times of pytrec_eval, reading the dictionaries included, and the means."""
    import pytrec_eval as trec  # type: ignore[import-not-found]

    judged, run = data.dicts()
    wanted = {name.replace("_10", ".10") for name in IN_PYTREC_EVAL.values()}
    seconds: dict[str, float] = {}

    def whole() -> Any:
        return trec.RelevanceEvaluator(judged, wanted).evaluate(run)

    values = best("pytrec_eval", repeats, whole, seconds)
    means = {
        ours: float(np.mean([row[theirs] for row in values.values()]))
        for ours, theirs in IN_PYTREC_EVAL.items()
    }
    return seconds, means


def elsewhere(python: str, peer: str, args: argparse.Namespace) -> dict[str, Any] | None:
    """Return what a peer measures in a process of its own, None where it is not installed."""
    sizes = ("queries", "depth", "repeats")
    options = [f"--{name}={getattr(args, name)}" for name in sizes]
    command = [python, __file__, f"--only={peer}", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def figures(args: argparse.Namespace) -> dict[str, Any]:
    """Return all times, how they compare, and the largest difference of any mean."""
    seconds, means = evalkit(Data(args.queries, args.depth), args.repeats, args.resamples)
    peers = {"ranx_dict": sys.executable, "pytrec_eval": args.peer}
    found = {name: elsewhere(python, name, args) for name, python in peers.items()}
    apart = 0.0
    for peer in filter(None, found.values()):
        seconds |= peer["seconds"]
        apart = max(apart, *(abs(means[name] - mean) for name, mean in peer["means"].items()))
    times = {key: round(value, 4) for key, value in seconds.items()}
    return {
        "benchmark": "scoring",
        "queries": args.queries,
        "results": args.depth,
        "metrics": METRICS,
        "resamples": args.resamples,
        "seconds": times,
        "times_slower": {
            peer: round(seconds[peer] / seconds["evalkit" + peer.removeprefix(name)], 1)
            for name in peers
            if found[name]
            for peer in (name, f"{name}_processor")
        },
        **machine(),
        "not_installed": [name for name, peer in found.items() if peer is None],
        "largest_difference_of_means": apart,
    }


def main() -> None:
    """Measure and print, as lines or as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--depth", type=int, default=100)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    peers = ROOT / ".venv-peers/bin/python"
    parser.add_argument("--peer", default=str(peers), help="a Python that has pytrec_eval")
    parser.add_argument("--only", choices=["ranx_dict", "pytrec_eval"], help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.only:
        peer = ranx_dicts if args.only == "ranx_dict" else pytrec_eval
        seconds, means = peer(Data(args.queries, args.depth), args.repeats)
        print(json.dumps({"seconds": seconds, "means": means}))
    else:
        report(figures(args), args.json)


if __name__ == "__main__":
    main()
