"""Evidence and a data set on balance, for the contract tests."""

import numpy as np

from evalkit.core.balanced import Balanced
from evalkit.core.items import Card, Dataset, Item, Truth

N = 40
ITEMS = 36


def balanced() -> Balanced:
    """Return lists of 12 over pools of 30 of 36 items: two groups and some unknown.

    Query 0 can find nothing. Every third query names a group. Two queries are of one occupation.
    """
    rng = np.random.default_rng(24)
    pool = rng.permuted(np.tile(np.arange(ITEMS) < 30, (N // 2, 1)), axis=1).repeat(2, axis=0)
    rows = np.stack([rng.permutation(np.flatnonzero(row))[:12] for row in pool]).astype(np.int64)
    pool[0], rows[0] = False, -1
    member = np.eye(3)[np.arange(ITEMS) % 7 % 3][:, :2]
    target = np.where(np.arange(N)[:, None] % 4 < 2, 0.5, np.array([0.3, 0.7]))
    shares = np.repeat(rng.uniform(0.1, 0.9, N // 2), 2)
    named = np.where(np.arange(N) % 3 == 0, np.arange(N) % 2, -1)
    jobs = tuple(f"o{i // 2}" for i in range(N))
    units = tuple(Item(f"q{i}", "", {"occupation": (job,)}) for i, job in enumerate(jobs))
    return Balanced(
        tuple(u.id for u in units), rows, ("female", "male"), member, pool, target,
        np.column_stack([shares, 1 - shares]), rng.random((N, ITEMS)) < 0.4, named, 0.2,
        (np.array(jobs, object),), units, tuple(Item(f"d{i:02}", "") for i in range(ITEMS)),
        np.zeros(ITEMS, np.int64),
    )  # fmt: skip


def tagged() -> Dataset:
    """Return four queries in two trades, of which one asks for red, and nine items a trade."""
    asks = ("neutral", "neutral", "red", "neutral")
    trades = ("baker", "baker", "baker", "smith")
    queries = tuple(
        Item(f"q{i}", f"query {i}", {"asks": (asks[i],), "trade": (trades[i],)}) for i in range(4)
    )
    colours = ("red", "blue") * 4 + ("unknown",)
    corpus = tuple(
        Item(f"d{9 * t + i}", f"{trade} {i}", {"colour": (colour,), "trade": (trade,)})
        for t, trade in enumerate(("baker", "smith"))
        for i, colour in enumerate(colours)
    )
    return Dataset("balance", queries, corpus, Truth(), Card("balance"))


BALANCE = {
    "protected": "colour",
    "groups": ("red", "blue"),
    "others": ("unknown",),
    "pool": "trade",
    "subject": "trade",
    "neutral": {"asks": "neutral"},
    "coverage": 0.7,
    "k": 4,
}
"""Parameters of the task on `tagged`."""
