"""Keyword search against BM25 written out, and what counts as a word."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import make_vectors
from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Content, Item, Media
from evalkit.core.protocols import Side
from evalkit.search._words import words
from tests.search.slow_search import Found, listed

PHOTO = Media("image/png", data=b"a picture")
WORDS = "red blue green cotton linen wool shirt lamp chair table small large".split()


def side(contents: Sequence[Content], prefix: str = "d") -> Side:
    """Return items of which none has a vector."""
    items = tuple(Item(f"{prefix}{n:02d}", content) for n, content in enumerate(contents))
    return Side(items, {4: make_vectors([], np.zeros((0, 4)))})


def found(queries: Side, corpus: Side, k: int = 50, **given: object) -> Found:
    limits = {name: given.pop(name) for name in ("exclude", "pools") if name in given}
    retriever = registry.create("search", "keyword", **given)
    return listed(retriever.rank(queries, corpus, k, (4,), "cosine", **limits)[4])


def bm25(query: str, corpus: Side, k1: float, b: float) -> list[tuple[str, float]]:
    """Return ids and scores above 0 by the formula that Lucene uses, best first."""
    texts = {item.id: Counter(str(item.content).split()) for item in corpus.items}
    mean = sum(text.total() for text in texts.values()) / len(texts)
    scores = dict.fromkeys(texts, 0.0)
    for word in query.split():
        having = sum(word in text for text in texts.values())
        rare = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
        for name, text in texts.items():
            if not text[word]:
                continue
            long = k1 * (1 - b + b * text.total() / mean)
            scores[name] += rare * text[word] / (text[word] + long)
    kept = [(name, round(score, 6)) for name, score in scores.items() if score > 0]
    return sorted(kept, key=lambda pair: (-pair[1], pair[0]))


@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (0.9, 0.4), (0.0, 0.0), (2.0, 1.0)])
def test_agrees_with_the_formula(k1: float, b: float) -> None:
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(WORDS, n)) for n in rng.integers(1, 12, 60)]
    asked = [" ".join(rng.choice(WORDS, n)) for n in rng.integers(1, 5, 10)]
    corpus, queries = side([*texts, *texts[:10]]), side(asked, "q")
    for k in (5, 100):
        for ours, query in zip(found(queries, corpus, k, k1=k1, b=b), asked, strict=True):
            right = bm25(query, corpus, k1, b)[:k]
            assert [name for name, _ in ours] == [name for name, _ in right]
            np.testing.assert_allclose([s for _, s in ours], [s for _, s in right], atol=2e-6)


def test_only_items_that_share_a_word_are_found_ties_by_id() -> None:
    corpus = side(["a red chair", "a blue chair", "a blue lamp", "a blue chair"])
    ours = found(side(["red chair", "blue chair", "sofa"], "q"), corpus)
    assert [[name for name, _ in line] for line in ours] == [
        ["d00", "d01", "d03"],
        ["d01", "d03", "d00", "d02"],
        [],
    ]


def test_items_and_queries_without_text_are_never_found_and_find_nothing() -> None:
    texts: list[Content] = ["red chair", PHOTO, "", (PHOTO, "red lamp"), "...", "blue"]
    lines = found(side(["red", PHOTO, (PHOTO, "blue"), "!"], "q"), side(texts))
    assert [[name for name, _ in line] for line in lines] == [["d00", "d03"], [], ["d05"], []]
    same = found(side(["red"], "q"), side(["red chair", "blue", "red lamp"]))
    other = found(side(["red"], "q"), side(["red chair", PHOTO, "blue", "red lamp"]))
    assert [s for _, s in same[0]] == [s for _, s in other[0]]
    assert found(side(["red"], "q"), side([PHOTO, ""])) == [[]]


def test_one_ranking_serves_every_size_and_needs_no_vectors() -> None:
    corpus, queries = side(["red chair", PHOTO]), side(["chair"], "q")
    rankings = registry.create("search", "keyword").rank(queries, corpus, 3, (9, 4), "dot")
    assert list(rankings) == [9, 4]
    ranking = rankings[9]
    assert ranking is rankings[4]
    assert (ranking.query_ids, ranking.doc_ids) == (("q00",), ("d00", "d01"))
    assert ranking.rows.tolist() == [[0, -1, -1]]
    assert ranking.hits.tolist() == [[-1, -1, -1]]


def test_exclude_and_pools_are_kept_before_the_cut() -> None:
    corpus = side(["red", "red red", "red red red", "red blue"])
    everything = [name for name, _ in found(side(["red"], "q"), corpus)[0]]
    assert sorted(everything) == ["d00", "d01", "d02", "d03"]
    best = everything[0]
    ours = found(side(["red"], "q"), corpus, 1, exclude={"q00": frozenset({best, "unknown"})})
    assert [name for name, _ in ours[0]] == everything[1:2]
    pools = {"q00": frozenset({everything[3], best})}
    ours = found(side(["red"], "q"), corpus, pools=pools, exclude={"q00": frozenset({best})})
    assert [name for name, _ in ours[0]] == everything[3:]
    assert found(side(["red"], "q"), corpus, pools={"q00": frozenset()}) == [[]]


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    corpus, queries = (side([" ".join(rng.choice(WORDS, 5)) for _ in range(n)]) for n in (50, 8))
    turned = Side(tuple(corpus.items[n] for n in rng.permutation(50)), corpus.vectors)
    assert found(queries, corpus, 7) == found(queries, turned, 7)


@pytest.mark.parametrize("method", ["lucene", "robertson", "atire"])
def test_the_variants_put_the_fuller_match_first(method: str) -> None:
    corpus = side(["red chair", "red lamp", "blue sofa", "green sofa", "white rug"])
    ours = found(side(["red chair"], "q"), corpus, method=method)
    assert [name for name, _ in ours[0]] == ["d00", "d01"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The CAFÉ, in Zürich!", ["the", "cafe", "in", "zurich"]),
        ("straße ﬁne ①", ["strasse", "fine", "1"]),
        ("e-mail 3.5 kg it's snake_case", "e mail 3 5 kg it s snake case".split()),
        ("東京都 A4ケース 本", ["東京", "京都", "a4", "ケー", "ース", "本"]),
        ("ガラス ｶﾞﾗｽ", ["ガラ", "ラス", "ガラ", "ラス"]),
        ("السَّلامُ عليكم", ["السلام", "عليكم"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("한국어 책", ["한국", "국어", "책"]),
        ("Ёлка елка", ["елка", "елка"]),
        ("  \n—", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_what_cannot_be_searched_is_refused() -> None:
    with pytest.raises(DataError, match="The corpus is empty"):
        found(side(["red"], "q"), side([]))
    with pytest.raises(UsageError, match="at least one"):
        found(side(["red"], "q"), side(["red"]), 0)
    with pytest.raises(UsageError, match=r"b: is 1\.5"):
        registry.create("search", "keyword", b=1.5)
    with pytest.raises(UsageError, match="k1: is -1"):
        registry.create("search", "keyword", k1=-1.0)
