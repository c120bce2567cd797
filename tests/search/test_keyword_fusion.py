"""Hybrid search against its two lists fused by hand, and the tuning of its weights."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import make_vectors
from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Side
from tests.search.slow_search import Found, listed

WORDS = "red blue green cotton linen wool shirt lamp chair table small large".split()
DIMS = (4, 8)


def sides(n: int = 150, queries: int = 10) -> tuple[Side, Side]:
    """Return queries and a corpus with words and vectors."""
    rng = np.random.default_rng(3)
    out = []
    for prefix, count in (("q", queries), ("d", n)):
        items = tuple(
            Item(f"{prefix}{i:03d}", " ".join(rng.choice(WORDS, 5))) for i in range(count)
        )
        vectors = make_vectors([i.id for i in items], rng.standard_normal((count, 8)))
        out.append(Side(items, dict.fromkeys(DIMS, vectors)))
    return out[0], out[1]


def make(**given: Any) -> Any:
    return registry.create("search", "keyword_fusion", **given)


def by_hand(queries: Side, corpus: Side, dim: int, depth: int, constant: int) -> Found:
    """Return reciprocal rank fusion of the two lists, worked out in ten lines."""
    names = ("exact", "keyword")
    both = [
        listed(registry.create("search", name).rank(queries, corpus, depth, (dim,), "cosine")[dim])
        for name in names
    ]
    out = []
    for lists in zip(*both, strict=True):
        fused: dict[str, float] = {}
        for one in lists:
            for rank, (item, _) in enumerate(one, 1):
                fused[item] = fused.get(item, 0.0) + 1 / (constant + rank)
        pairs = [(item, round(score, 6)) for item, score in fused.items()]
        out.append(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
    return out


@pytest.mark.parametrize("constant", [60, 5])
def test_reciprocal_rank_agrees_with_ten_lines(constant: int) -> None:
    queries, corpus = sides()
    ours = make(rrf_k=constant).rank(queries, corpus, 20, DIMS, "cosine")
    for dim in DIMS:
        expected = by_hand(queries, corpus, dim, 100, constant)
        for one, right in zip(listed(ours[dim]), expected, strict=True):
            assert [name for name, _ in one] == [name for name, _ in right[:20]]
            np.testing.assert_allclose([s for _, s in one], [s for _, s in right[:20]], atol=2e-6)


def test_lists_are_as_deep_as_what_is_asked_for() -> None:
    queries, corpus = sides()
    ours = listed(make().rank(queries, corpus, 130, DIMS, "cosine")[8])
    expected = by_hand(queries, corpus, 8, 130, 60)
    assert [[i for i, _ in line] for line in ours] == [[i for i, _ in r[:130]] for r in expected]


@pytest.mark.parametrize(("weights", "single"), [((1.0, 0.0), "exact"), ((0.0, 1.0), "keyword")])
def test_all_the_weight_on_one_list_is_that_list(weights: tuple[float, ...], single: str) -> None:
    queries, corpus = sides(60)
    ours = make(fusion="wsum", weights=weights).rank(queries, corpus, 5, DIMS, "cosine")
    alone = registry.create("search", single).rank(queries, corpus, 5, DIMS, "cosine")
    for dim in DIMS:
        for one, right in zip(listed(ours[dim]), listed(alone[dim]), strict=True):
            assert [name for name, _ in one] == [name for name, _ in right]


@pytest.mark.parametrize("fusion", ["rrf", "wsum", "condorcet", "bordafuse", "log_isr"])
def test_the_order_of_rows_does_not_matter(fusion: str) -> None:
    queries, corpus = sides(40)
    order = np.random.default_rng(4).permutation(40)
    items = tuple(corpus.items[n] for n in order)
    old = corpus.vectors[8]
    vectors = make_vectors([i.id for i in items], old.matrix[order], norms=old.norms[order])
    turned = Side(items, dict.fromkeys(DIMS, vectors))
    one, other = (make(fusion=fusion).rank(queries, c, 9, DIMS, "dot") for c in (corpus, turned))
    assert [listed(one[dim]) for dim in DIMS] == [listed(other[dim]) for dim in DIMS]


def test_limits_are_kept() -> None:
    queries, corpus = sides(40)
    names = [item.id for item in corpus.items]
    exclude, pools = {"q000": frozenset(names[:20])}, {"q001": frozenset(names[5:8])}
    ours = listed(make().rank(queries, corpus, 40, (8,), "cosine", exclude, pools)[8])
    assert sorted(name for name, _ in ours[0]) == names[20:]
    assert sorted(name for name, _ in ours[1]) == names[5:8]


def test_what_has_no_vector_is_found_by_its_words() -> None:
    queries, corpus = sides(5, 2)
    lone = Side(
        (*corpus.items, Item("zebra", "a striped zebra")),
        corpus.vectors,
    )
    asked = Side((*queries.items, Item("q9", "zebra")), queries.vectors)
    ranking = make().rank(asked, lone, 3, (8,), "cosine")[8]
    assert ranking.query_ids[-1] == "q9"
    assert listed(ranking)[-1] == [("zebra", round(1 / 61, 6))]
    assert ranking.hits[-1].tolist() == [-1, -1, -1]


def test_the_hit_is_the_row_that_the_vectors_found() -> None:
    queries, corpus = sides(30)
    owners = np.sort(np.random.default_rng(5).integers(0, 30, 90))
    owners[:30] = np.arange(30)
    parted = make_vectors(
        [i.id for i in corpus.items], np.random.default_rng(6).standard_normal((90, 8)), owners
    )
    several = Side(corpus.items, dict.fromkeys(DIMS, parted))
    ours = make().rank(queries, several, 30, (8,), "cosine")[8]
    dense = registry.create("search", "exact").rank(queries, several, 30, (8,), "cosine")[8]
    for q in range(len(queries.items)):
        expected = dict(zip(dense.rows[q].tolist(), dense.hits[q].tolist(), strict=True))
        assert dict(zip(ours.rows[q].tolist(), ours.hits[q].tolist(), strict=True)) == expected


# --- tuning -----------------------------------------------------------------------------------


def told_by(what: str) -> tuple[Side, Side, dict[str, dict[str, int]]]:
    """Return data in which either the vectors or the words tell what is relevant."""
    rng = np.random.default_rng(7)
    target = rng.permutation(40)[:20]
    texts = [f"word{n} {rng.choice(WORDS)}" for n in range(40)]
    matrix = rng.standard_normal((40, 8))
    asked = [texts[n] if what == "words" else str(rng.choice(texts)) for n in target]
    near = matrix[target] if what == "vectors" else rng.standard_normal((20, 8))
    out = []
    for prefix, contents, rows in (("q", asked, near), ("d", texts, matrix)):
        items = tuple(Item(f"{prefix}{n:02d}", text) for n, text in enumerate(contents))
        out.append(Side(items, dict.fromkeys(DIMS, make_vectors([i.id for i in items], rows))))
    return out[0], out[1], {f"q{n:02d}": {f"d{t:02d}": 1} for n, t in enumerate(target)}


@pytest.mark.parametrize("what", ["vectors", "words"])
def test_tuning_puts_the_weight_where_the_answer_is(what: str) -> None:
    queries, corpus, judgements = told_by(what)
    tuned = make(fusion="wsum", tune={"split": "dev"}).tuned(
        queries, corpus, judgements, DIMS, "cosine"
    )
    found = tuned.rank(queries, corpus, 1, DIMS, "cosine")
    chosen = dict(tuned._weights_by_size)
    for dim in DIMS:
        assert chosen[dim] >= 0.5 if what == "vectors" else chosen[dim] <= 0.5
        best = [line[0][0] for line in listed(found[dim])]
        assert best == [next(iter(judgements[item.id])) for item in queries.items]
    assert tuned.tuned(queries, corpus, judgements, DIMS, "cosine") == tuned
    assert make(fusion="wsum").table(DIMS[0]) is None
    for dim in DIMS:
        weights = (chosen[dim], round(1 - chosen[dim], 1))
        assert tuned.table(dim).rows == ((
            20, *weights,
            "tuned on 20 other queries: {:g} for the vectors, {:g} for the words".format(*weights),
        ),)  # fmt: skip


def test_tuning_takes_the_weight_with_the_highest_ndcg() -> None:
    queries, corpus = sides(80, 30)
    rng = np.random.default_rng(8)
    judgements = {q.id: {f"d{n:03d}": 2 for n in rng.permutation(80)[:4]} for q in queries.items}
    tuned = make(fusion="wsum").tuned(queries, corpus, judgements, DIMS, "cosine")
    for dim, weight in tuned._weights_by_size:
        scores = {
            tenth / 10: ndcg(weighted, queries, corpus, judgements, dim)
            for tenth in range(11)
            for weighted in [make(fusion="wsum", weights=(tenth / 10, round(1 - tenth / 10, 1)))]
        }
        assert scores[weight] == max(scores.values())


def ndcg(
    retriever: Any, queries: Side, corpus: Side, judgements: dict[str, dict[str, int]], dim: int
) -> float:
    """Return the mean ndcg@10 where all relevant items have the same grade."""
    total = 0.0
    lines = listed(retriever.rank(queries, corpus, 10, (dim,), "cosine")[dim])
    for query, line in zip(queries.items, lines, strict=True):
        wanted = judgements[query.id]
        gain = sum(1 / np.log2(p + 2) for p, (name, _) in enumerate(line) if name in wanted)
        total += gain / sum(1 / np.log2(p + 2) for p in range(min(10, len(wanted))))
    return round(total / len(queries.items), 9)


def test_equally_good_weights_prefer_the_middle() -> None:
    _, corpus, judgements = told_by("words")
    texts = [corpus.items[int(next(iter(row))[1:])] for row in judgements.values()]
    rows = [corpus.vectors[8].matrix[int(item.id[1:])] for item in texts]
    items = tuple(Item(q, t.content) for q, t in zip(judgements, texts, strict=True))
    both = Side(items, dict.fromkeys(DIMS, make_vectors(list(judgements), np.array(rows))))
    tuned = make(fusion="wsum").tuned(both, corpus, judgements, (8,), "cosine")
    assert tuned._weights_by_size == ((8, 0.5),)


def test_each_size_is_searched_with_its_own_weight() -> None:
    queries, corpus = sides(60)
    tuned = replace(make(fusion="wsum"), _weights_by_size=((4, 1.0), (8, 0.0)))
    ours = tuned.rank(queries, corpus, 5, DIMS, "cosine")
    for dim, weights in ((4, (1.0, 0.0)), (8, (0.0, 1.0))):
        fixed = make(fusion="wsum", weights=weights).rank(queries, corpus, 5, (dim,), "cosine")
        assert listed(ours[dim]) == listed(fixed[dim])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fusion": "rff"}, "did you mean 'rrf'"),
        ({"depth": 50}, "depth: is 50"),
        ({"weights": (0.5, 0.5)}, "'rrf' takes no weights"),
        ({"fusion": "wsum", "weights": (0.5, 0.2, 0.3)}, "there are 3 weights"),
        ({"tune": {"split": "dev"}}, "'rrf' has no weights to tune"),
        ({"fusion": "wsum", "weights": (0.5, 0.5), "tune": {"split": "dev"}}, "beside 'weights'"),
    ],
)
def test_contradictions_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make(**given)


def test_what_cannot_be_tuned_is_refused() -> None:
    queries, corpus = sides(20)
    with pytest.raises(UsageError, match="not tuned"):
        make(fusion="wsum", tune={"split": "dev"}).rank(queries, corpus, 3, DIMS, "cosine")
    with pytest.raises(UsageError, match="no weights to tune"):
        make().tuned(queries, corpus, {"q000": {"d000": 1}}, DIMS, "cosine")
    with pytest.raises(DataError, match="judgement above 0"):
        make(fusion="wsum").tuned(queries, corpus, {"q000": {"d000": 0}}, DIMS, "cosine")
