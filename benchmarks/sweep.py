"""The exact sweep against one matrix product and against FAISS called once per size.

    python benchmarks/sweep.py --json

ratio_to_product: time of a search at all sizes over the time of one full-width float32 product of
the same queries and corpus. speedup_over_faiss_per_size: time of FAISS Flat, prepared and called
once per size, over the time of the same search. That both find the same is checked first.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from _measure import machine, medians, paired, random_vectors, ratio, report, side

from evalkit.core.arrays import Float32, Ranking
from evalkit.core.registry import create


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dims", type=int, nargs="+", default=[256, 384, 1024, 3072])
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def faiss_per_size(queries: Float32, corpus: Float32, dims: Sequence[int], k: int) -> None:
    """Do what a user of FAISS does for several sizes: cut, make unit, index, search."""
    import faiss

    for dim in dims:
        left, right = queries[:, :dim].copy(), corpus[:, :dim].copy()
        faiss.normalize_L2(left)
        faiss.normalize_L2(right)
        index = faiss.IndexFlatIP(dim)
        index.add(right)
        index.search(left, k)


def check_equal(ours: dict[int, Ranking], theirs: dict[int, Ranking]) -> None:
    for dim, ranking in ours.items():
        np.testing.assert_array_equal(ranking.rows, theirs[dim].rows)
        np.testing.assert_array_equal(ranking.scores, theirs[dim].scores)


def main() -> None:
    import faiss

    args = arguments()
    width = max(args.dims)
    left = random_vectors("q", args.queries, width, 1)
    right = random_vectors("d", args.rows, width, 2)
    queries, corpus = side(left, args.dims), side(right, args.dims)

    def search(name: str) -> dict[int, Ranking]:
        found: dict[int, Ranking] = create("search", name).rank(
            queries, corpus, args.k, args.dims, "cosine"
        )
        return found

    check_equal(search("exact"), search("faiss_flat"))
    seconds = paired(
        {
            "sweep": lambda: search("exact"),
            "product": lambda: left.matrix @ right.matrix.T,
            "faiss": lambda: faiss_per_size(left.matrix, right.matrix, args.dims, args.k),
        },
        args.repeats,
    )
    figures = {
        "ratio_to_product": ratio(seconds, "sweep", "product"),
        "speedup_over_faiss_per_size": ratio(seconds, "faiss", "sweep"),
        "seconds": medians(seconds),
        "shape": {"queries": args.queries, "rows": args.rows, "dims": args.dims, "k": args.k},
        "repeats": args.repeats,
        "faiss": faiss.__version__,
        "numpy": np.__version__,
        **machine(),
    }
    report(figures, args.json)


if __name__ == "__main__":
    main()
