"""Evidence and data sets on swapped words and on associations, for the contract tests."""

from dataclasses import replace

import numpy as np

from evalkit.core.associated import Associated
from evalkit.core.items import Card, Dataset, Group, Item, SideName, Truth
from evalkit.core.swapped import Swapped, Worded

N = 40


def swapped() -> Swapped:
    """Return triples of two an occupation, with lists of 12 over 30 items that share some."""
    rng = np.random.default_rng(21)
    rows = rng.permuted(np.tile(np.arange(30), (3 * N, 1)), axis=1)[:, :12].reshape(N, 3, 12)
    rows[::3, 1] = rows[::3, 0]
    rows[1::4, 2] = rows[1::4, 1]
    rows[5, :, 8:] = -1
    queries = ("n", "p", "c")
    roles: dict[str, tuple[int, ...]] = {f"{w}{n}": (n,) for w in queries for n in range(N)}
    units, clusters = occupations()
    return Swapped(
        tuple(u.id for u in units), rows.copy(), rng.uniform(0.3, 0.9, (N, 2)), roles,
        frozenset(f"d{n}" for n in range(30)), clusters, units,
    )  # fmt: skip


def worded() -> Worded:
    """Return queries beside a document in three wordings, some of them equally near."""
    rng = np.random.default_rng(22)
    words: dict[str, SideName] = {"q": "query", "f": "corpus", "m": "corpus", "t": "corpus"}
    sides: dict[str, SideName] = {
        f"{word}{n}": side for word, side in words.items() for n in range(N)
    }
    roles: dict[str, tuple[int, ...]] = {name: (int(name[1:]),) for name in sides}
    units, clusters = occupations()
    similarity = np.round(rng.uniform(0.3, 0.7, (N, 3)), 1)
    return Worded(tuple(u.id for u in units), similarity, roles, sides, clusters, units)


def associated() -> Associated:
    """Return two tests of four targets and five attributes; the targets of one have a share."""
    rng = np.random.default_rng(23)
    test, place = np.divmod(np.arange(N), 20)
    target, attribute = place // 5 + 4 * test, place % 5 + 5 * test
    similarity = rng.uniform(-0.2, 0.8, N)
    share = np.where(test == 0, rng.uniform(0, 100, 8)[target], np.nan)
    targets, attributes = (tuple(f"{w}{n:02}" for n in range(c)) for w, c in (("t", 8), ("a", 10)))
    names = ((targets, target), (attributes, attribute))
    clusters = tuple(np.array([some[n] for n in at], object) for some, at in names)
    ids = tuple(f"test{t} | {a} | {b}" for t, a, b in zip(test, *clusters, strict=True))
    return Associated(
        ids, ("test0", "test1"), test, targets, target, attributes, attribute,
        in_x=target % 4 < 2, in_a=attribute % 5 < 3, paired=np.ones(N, bool),
        similarity=similarity, centred=similarity - 0.3, share=share,
        clusters=clusters, units=tuple(Item(name, "") for name in ids),
    )  # fmt: skip


def occupations() -> tuple[tuple[Item, ...], tuple[np.ndarray]]:
    """Return units of which two neighbours are of one occupation, and their cluster labels."""
    units = tuple(Item(f"u{i}", "", {"occupation": (f"o{i // 2}",)}) for i in range(N))
    return units, (np.array([u.tag("occupation")[0] for u in units], object),)


def groups() -> Dataset:
    """Return two triples, two documents in three wordings, and two association tests."""
    queries = tuple(Item(f"q{i}", f"query {i}", {"occupation": ("nurse",)}) for i in range(8))
    corpus = tuple(Item(f"d{i}", f"item {i}", {"language": ("en",)}) for i in range(20))
    corpus = tuple(
        replace(item, tags={**item.tags, "share": (f"{7 * n}",)}) for n, item in enumerate(corpus)
    )
    triples = [
        {role: f"q{3 * n + i}" for i, role in enumerate(("neutral", "prototypical", "counter"))}
        for n in range(2)
    ]
    wordings = [
        {"query": f"q{6 + n}"}
        | {role: f"d{3 * n + i}" for i, role in enumerate(("female", "male", "neutral"))}
        for n in range(2)
    ]
    places = ("x1", "x2", "x3", "y1", "y2", "y3", "a1", "a2", "b1", "b2")
    tests = [{role: f"d{10 * n + i}" for i, role in enumerate(places)} for n in range(2)]
    kinds = (("counterfactual", triples), ("wording", wordings), ("association", tests))
    made = tuple(
        Group(f"{kind}{n}", kind, roles) for kind, some in kinds for n, roles in enumerate(some)
    )
    return Dataset("swaps", queries, corpus, Truth(groups=made), Card("swaps"))
