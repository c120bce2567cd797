"""The exact sweep and FAISS against an answer worked out the slow way."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.arrays import Similarity, make_vectors
from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Side
from tests.search.slow_search import listed, oracle, same, side

DIMS = (4, 8, 32)
SIMILARITIES: tuple[Similarity, ...] = ("cosine", "dot", "euclidean")
BACKENDS = ("exact", "faiss_flat")


def retriever(name: str) -> Any:
    return registry.create("search", name)


def raw(rows: int, seed: int, width: int = 32) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((rows, width)) * rng.uniform(0.3, 4, (rows, 1))


@pytest.mark.parametrize("similarity", SIMILARITIES)
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("k", [1, 7, 400])
def test_agrees_with_the_oracle(backend: str, similarity: Similarity, k: int) -> None:
    vectors = raw(200, 1)
    queries = side(raw(12, 2), DIMS)
    corpus = side(np.concatenate([vectors, vectors[:40], vectors[:40]]), DIMS)
    found = retriever(backend).rank(queries, corpus, k, DIMS, similarity)
    for dim in DIMS:
        same(listed(found[dim]), oracle(queries, corpus, dim, k, similarity))


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_vectors_may_lie_in_memory_in_any_order(similarity: Similarity) -> None:
    values = raw(300, 5)
    names = [f"i{n:03d}" for n in range(300)]
    turned = make_vectors(names, values, out=np.empty((300, 32), np.float32, order="F"))
    odd = Side(tuple(Item(name, name) for name in names), dict.fromkeys(DIMS, turned))
    for queries, corpus in ((odd, side(values, DIMS)), (side(values, DIMS), odd)):
        found = retriever("exact").rank(queries, corpus, 5, DIMS, similarity)
        for dim in DIMS:
            same(listed(found[dim]), oracle(queries, corpus, dim, 5, similarity))


@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_backends_agree_to_the_bit(similarity: Similarity) -> None:
    vectors = raw(3000, 3)
    corpus = side(np.concatenate([vectors, vectors[::3]]), DIMS)
    queries = side(np.concatenate([vectors[:20], raw(20, 4)]), DIMS)
    ours, theirs = (retriever(b).rank(queries, corpus, 50, DIMS, similarity) for b in BACKENDS)
    for dim in DIMS:
        np.testing.assert_array_equal(ours[dim].rows, theirs[dim].rows)
        np.testing.assert_array_equal(ours[dim].scores, theirs[dim].scores)
        np.testing.assert_array_equal(ours[dim].hits, theirs[dim].hits)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_no_vector_is_nearer_than_the_same_vector(backend: str, similarity: Similarity) -> None:
    units = raw(50, 5) / np.linalg.norm(raw(50, 5), axis=1)[:, None]
    both = side(units, DIMS)
    found = retriever(backend).rank(both, both, 3, DIMS, similarity)
    for dim in (DIMS[-1],):
        assert found[dim].rows[:, 0].tolist() == list(range(50))
        best = 0.0 if similarity == "euclidean" else 1.0
        np.testing.assert_array_equal(found[dim].scores[:, 0], best)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 60),
    distinct=st.integers(1, 12),
    k=st.integers(1, 70),
    similarity=st.sampled_from(SIMILARITIES),
)
def test_order_of_rows_does_not_matter(
    seed: int, rows: int, distinct: int, k: int, similarity: Similarity
) -> None:
    rng = np.random.default_rng(seed)
    pool = rng.integers(-2, 3, (distinct, 8)) + 0.5  # few values: many exact ties
    vectors, shuffled = pool[rng.integers(0, distinct, rows)], rng.permutation(rows)
    ids = [f"i{i:03d}" for i in range(rows)]
    queries = side(rng.integers(-2, 3, (5, 8)) + 0.5, (4, 8))
    one = side(vectors, (4, 8), ids)
    other = side(vectors[shuffled], (4, 8), [ids[i] for i in shuffled])
    for dim in (4, 8):
        found = listed(retriever("exact").rank(queries, one, k, (4, 8), similarity)[dim])
        assert found == listed(retriever("exact").rank(queries, other, k, (4, 8), similarity)[dim])
        assert found == oracle(queries, one, dim, k, similarity)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("similarity", ["dot", "euclidean"])
@pytest.mark.parametrize("scale", [1e-4, 1e3])
def test_the_length_of_all_vectors_does_not_change_their_order(
    backend: str, similarity: Similarity, scale: float
) -> None:
    vectors, asked = raw(150, 26), raw(9, 27)
    vectors = np.concatenate([vectors, vectors[:30]])
    plain, scaled = (
        retriever(backend).rank(
            side(asked * s, DIMS), side(vectors * s, DIMS), 20, DIMS, similarity
        )
        for s in (1.0, scale)
    )
    factor = scale**2 if similarity == "dot" else scale
    for dim in DIMS:
        np.testing.assert_array_equal(scaled[dim].rows, plain[dim].rows)
        np.testing.assert_allclose(scaled[dim].scores, plain[dim].scores * factor, rtol=1e-4)


def test_more_ties_than_places_are_settled_by_id() -> None:
    vectors = np.concatenate([np.tile(raw(1, 6), (5000, 1)), raw(500, 7)])
    order = np.random.default_rng(8).permutation(len(vectors))
    names = [f"i{i:05d}" for i in range(len(vectors))]
    queries = side(np.concatenate([vectors[:1], raw(3, 9)]), DIMS)
    corpus = side(vectors[order], DIMS, [names[i] for i in order])
    for backend in BACKENDS:
        found = retriever(backend).rank(queries, corpus, 10, DIMS, "cosine")
        for dim in DIMS:
            assert [name for name, _ in listed(found[dim])[0]] == names[:10]


@pytest.mark.parametrize("backend", BACKENDS)
def test_segments_roll_up_to_their_item_before_the_cut(backend: str) -> None:
    owners = np.random.default_rng(10).integers(0, 40, 300)
    owners[:40] = np.arange(40)
    owners[100:220] = 3  # one long video
    names = [f"v{i:02d}" for i in range(40)]
    corpus = side(raw(300, 11), DIMS, names, owners)
    queries = side(raw(9, 12), DIMS)
    found = retriever(backend).rank(queries, corpus, 10, DIMS, "cosine")
    for dim in DIMS:
        same(listed(found[dim]), oracle(queries, corpus, dim, 10, "cosine"))
        np.testing.assert_array_equal(owners[found[dim].hits], found[dim].rows)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_earliest_of_equal_segments_is_the_hit(backend: str) -> None:
    vectors = np.tile(raw(1, 13), (4, 1))
    spans = np.array([[20.0, 30.0], [0.0, 10.0], [10.0, 20.0], [0.0, 5.0]])
    corpus = side(vectors, (32,), ["b", "a"], np.array([1, 1, 1, 0]), spans)
    found = retriever(backend).rank(side(vectors[:1], (32,)), corpus, 5, (32,), "cosine")[32]
    assert found.rows.tolist() == [[1, 0, -1, -1, -1]]
    assert found.hits.tolist() == [[1, 3, -1, -1, -1]]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_exclude_and_pools(backend: str, similarity: Similarity) -> None:
    rng = np.random.default_rng(14)
    queries = side(raw(8, 15), DIMS)
    corpus = side(raw(120, 16), DIMS, owners=rng.permutation(120))
    ids = corpus.vectors[4].ids
    exclude = {f"i{i:03d}": frozenset(rng.choice(ids, 30).tolist()) for i in range(6)}
    pools = {f"i{i:03d}": frozenset(rng.choice(ids, 40).tolist()) for i in range(4)}
    pools["i003"] = frozenset({"not in the corpus"})
    found = retriever(backend).rank(queries, corpus, 25, DIMS, similarity, exclude, pools)
    for dim in DIMS:
        expected = oracle(queries, corpus, dim, 25, similarity, exclude, pools)
        same(listed(found[dim]), expected)
        assert expected[3] == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_sizes_may_have_vectors_of_their_own(backend: str) -> None:
    small, large = side(raw(80, 17, 4), (4,)), side(raw(80, 18, 8), (8,))
    corpus = Side(small.items, {4: small.vectors[4], 8: large.vectors[8]})
    found = retriever(backend).rank(corpus, corpus, 5, (8, 4), "cosine")
    assert list(found) == [8, 4]
    for dim in (4, 8):
        same(listed(found[dim]), oracle(corpus, corpus, dim, 5, "cosine"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_query_and_none(backend: str) -> None:
    corpus = side(raw(30, 19), DIMS)
    assert retriever(backend).rank(side(raw(1, 20), DIMS), corpus, 4, DIMS, "dot")[4].depth == 4
    none = retriever(backend).rank(side(raw(0, 20), DIMS), corpus, 4, DIMS, "dot")
    assert none[32].rows.shape == (0, 4)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_cannot_be_searched_is_refused(backend: str) -> None:
    queries, nothing = side(raw(2, 21), DIMS), side(raw(0, 22), DIMS)
    with pytest.raises(DataError, match="The corpus is empty"):
        retriever(backend).rank(queries, nothing, 3, DIMS, "cosine")
    with pytest.raises(UsageError, match="no vectors of size 5"):
        retriever(backend).rank(queries, queries, 3, (5,), "cosine")
    with pytest.raises(UsageError, match="at least one"):
        retriever(backend).rank(queries, queries, 0, DIMS, "cosine")
    late = side(np.eye(8), (4, 8), [f"e{i}" for i in range(8)])
    for sides in ((late, side(raw(5, 23, 8), (4, 8))), (side(raw(5, 23, 8), (4, 8)), late)):
        with pytest.raises(DataError, match="item 'e4'"):
            retriever(backend).rank(*sides, 3, (4, 8), "cosine")


def test_a_memory_mapped_corpus_gives_the_same(tmp_path: Path) -> None:
    vectors = raw(500, 24)
    mapped = np.lib.format.open_memmap(
        tmp_path / "unit.npy", "w+", dtype=np.float32, shape=vectors.shape
    )
    ids = [f"i{i:03d}" for i in range(500)]
    in_file = make_vectors(ids, vectors, out=mapped)
    corpus = Side(tuple(Item(i, i) for i in ids), dict.fromkeys(DIMS, in_file))
    queries = side(raw(6, 25), DIMS)
    ours = retriever("exact").rank(queries, corpus, 9, DIMS, "cosine")
    plain = retriever("exact").rank(queries, side(vectors, DIMS), 9, DIMS, "cosine")
    for dim in DIMS:
        assert listed(ours[dim]) == listed(plain[dim])


PROGRAM = """
import hashlib, numpy as np
from evalkit.core import registry
from evalkit.core.arrays import make_vectors
from evalkit.core.protocols import Side
rng = np.random.default_rng(0)
base = rng.standard_normal((9000, 96))
v = make_vectors([f"i{i}" for i in range(12000)], np.concatenate([base, base[:3000]]))
q = make_vectors([f"q{i}" for i in range(70)], rng.standard_normal((70, 96)))
dims = (16, 40, 96)
found = registry.create("search", "exact").rank(
    Side((), dict.fromkeys(dims, q)), Side((), dict.fromkeys(dims, v)), 20, dims, "cosine")
whole = hashlib.sha256()
for dim in dims:
    whole.update(found[dim].rows.tobytes() + found[dim].scores.tobytes())
print(whole.hexdigest())
"""


def test_the_number_of_threads_does_not_matter() -> None:
    digests = set()
    for threads in ("1", "2"):
        settings = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1
