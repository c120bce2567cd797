"""The exact sweep against mteb's search path called once per size on the same arrays.

    python benchmarks/peer_mteb.py --json

Runs where mteb is installed; `make bench-peers` makes an environment for it. mteb embeds and
searches in one go (`SearchEncoderWrapper`), so it is given a model that returns the vectors it is
handed. speedup_over_mteb: the time of its search over that of one sweep, the median over rounds.
speedup_without_loaders: the same, less what it spends on making its data loaders, of which vectors
at hand have no need; what is left is its cosine, torch's top k and its heaps. That both find the
same scores is checked first.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import time
from statistics import median
from typing import Any

import numpy as np
from _measure import machine, random_vectors, report, side

from evalkit.core.arrays import Float32, Ranking, Vectors
from evalkit.core.registry import create

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dims", type=int, nargs="+", default=[256, 384, 1024, 3072])
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


class Stored:
    """A model to mteb: it hands out stored vectors, block after block, cut to one size."""

    mteb_model_meta = None

    def __init__(self, queries: Float32, corpus: Float32, dim: int) -> None:
        self._vectors = {"query": queries[:, :dim], "document": corpus[:, :dim]}
        self._given = {"query": 0, "document": 0}

    def encode(self, inputs: Any, *, prompt_type: Any, **_: object) -> Float32:
        start = self._given[prompt_type.value]
        self._given[prompt_type.value] = stop = start + len(inputs.dataset)
        return self._vectors[prompt_type.value][start:stop]

    def similarity(self, left: Any, right: Any) -> Any:
        from mteb.similarity_functions import cos_sim

        return cos_sim(left, right)


class Mteb:
    """mteb's search, with the time of its data loaders kept apart."""

    def __init__(self, queries: Vectors, corpus: Vectors, k: int) -> None:
        from mteb.mocks.mock_tasks import MockRetrievalTask
        from mteb.models import search_wrappers

        make = importlib.import_module("datasets").Dataset.from_dict
        self._wrappers: Any = search_wrappers
        self._loader = search_wrappers.create_dataloader
        self._vectors = queries.matrix, corpus.matrix
        self._data = [make({"id": list(v.ids), "text": list(v.ids)}) for v in (queries, corpus)]
        self._task = {
            "task_metadata": MockRetrievalTask.metadata,
            "hf_split": "test",
            "hf_subset": "default",
            "encode_kwargs": {"batch_size": 32, "show_progress_bar": False},
        }
        self._k = k
        self.loading = 0.0
        search_wrappers.create_dataloader = self._timed_loader

    def _timed_loader(self, *args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        loader = self._loader(*args, **kwargs)
        self.loading += time.perf_counter() - start
        return loader

    def search(self, dim: int) -> dict[str, dict[str, float]]:
        wrapper = self._wrappers.SearchEncoderWrapper(Stored(*self._vectors, dim))
        queries, corpus = self._data
        wrapper.index(corpus, **self._task)
        found: dict[str, dict[str, float]] = wrapper.search(queries, top_k=self._k, **self._task)
        return found


def check_equal(ours: Ranking, theirs: dict[str, dict[str, float]]) -> None:
    """Fail unless the scores of all places agree; float32 may order near-ties another way."""
    for query, scores in zip(ours.query_ids, ours.scores, strict=True):
        expected = sorted(theirs[query].values(), reverse=True)
        np.testing.assert_allclose(scores, expected, atol=5e-6)


def seconds_of(action: Any) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    args = arguments()
    left = random_vectors("q", args.queries, max(args.dims), 1)
    right = random_vectors("d", args.rows, max(args.dims), 2)
    sides = side(left, args.dims), side(right, args.dims)
    exact, peer = create("search", "exact"), Mteb(left, right, args.k)

    found = exact.rank(*sides, args.k, args.dims, "cosine")
    for dim in args.dims:
        check_equal(found[dim], peer.search(dim))
    ours, theirs, loading = [], [], []
    for _ in range(args.repeats):
        ours.append(seconds_of(lambda: exact.rank(*sides, args.k, args.dims, "cosine")))
        peer.loading = 0.0
        theirs.append(seconds_of(lambda: [peer.search(dim) for dim in args.dims]))
        loading.append(peer.loading)
    rounds = list(zip(ours, theirs, loading, strict=True))
    figures = {
        "speedup_over_mteb": median(whole / sweep for sweep, whole, _ in rounds),
        "speedup_without_loaders": median((whole - load) / sweep for sweep, whole, load in rounds),
        "seconds": {"sweep": median(ours), "mteb": median(theirs), "loaders": median(loading)},
        "shape": {"queries": args.queries, "rows": args.rows, "dims": args.dims, "k": args.k},
        "repeats": args.repeats,
        "mteb": importlib.metadata.version("mteb"),
        "torch": importlib.metadata.version("torch"),
        "numpy": np.__version__,
        **machine(),
    }
    report(figures, args.json)


if __name__ == "__main__":
    main()
