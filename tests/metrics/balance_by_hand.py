"""Evidence on balance written out as letters: `MMF?` is two men, a woman and nobody known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evalkit.core.balanced import Balanced
from evalkit.core.items import Item
from tests.metrics.evidence_by_hand import NAN, clusters

GROUPS = ("male", "female")
LETTERS = {"M": (1.0, 0.0), "F": (0.0, 1.0), "?": (0.0, 0.0)}


def listed(*lists: str, rest: str = "", groups: Sequence[str] = GROUPS, **given: Any) -> Balanced:
    """Lists of one pool each; `rest` is what else every pool holds. A space ends a list early."""
    pools = [one.strip() + rest for one in lists]
    start = np.cumsum([0, *map(len, pools)])
    depth = max(map(len, lists))
    rows = np.full((len(lists), depth), -1, np.int64)
    pool = np.zeros((len(lists), int(start[-1])), bool)
    for n, one in enumerate(lists):
        length = len(one.strip())
        rows[n, :length] = start[n] + np.arange(length)
        pool[n, start[n] : start[n + 1]] = True
    member = np.array([LETTERS[letter] for letter in "".join(pools)]).reshape(-1, 2)
    return balanced(rows, pool, member, groups, **given)


def balanced(
    rows: np.ndarray,
    pool: np.ndarray,
    member: np.ndarray,
    groups: Sequence[str] = GROUPS,
    **given: Any,
) -> Balanced:
    """Neutral queries of a subject each, held against equal parts, of any coverage."""
    n, m = len(rows), len(groups)
    ids = tuple(f"q{i}" for i in range(n))
    parts: dict[str, Any] = {
        "target": np.full((n, m), 1 / m),
        "shares": np.full((n, m), NAN),
        "relevant": np.zeros(pool.shape, bool),
        "named": np.full(n, -1, np.int64),
        "coverage": 0.0,
        "clusters": clusters(ids),
        "matched": np.zeros(len(member), np.int64),
    }
    units = tuple(Item(name, "") for name in ids)
    corpus = tuple(Item(f"d{i:04}", "") for i in range(len(member)))
    whole = {name: given.get(name, value) for name, value in parts.items()}
    target = np.broadcast_to(np.asarray(whole["target"], float), (n, m))
    return Balanced(
        ids, rows, tuple(groups), member, pool, target, whole["shares"], whole["relevant"],
        whole["named"], whole["coverage"], whole["clusters"], units, corpus, whole["matched"],
    )  # fmt: skip
