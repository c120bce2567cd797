"""Labels shuffled among the items of each pool: what lists show where nobody looks at groups."""

from __future__ import annotations

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.balanced import Balanced
from evalkit.stats.exchange import total_chances
from evalkit.stats.label_shuffles import strata_of


def are_hard(evidence: Balanced) -> bool:
    """Return whether every item belongs to one group, or to none, entirely."""
    return bool(np.isin(evidence.member, (0.0, 1.0)).all())


def first_chances(evidence: Balanced, query: int, k: int) -> Float64:
    """Return how likely each number of items of the first group is in the top k of a query.

    float64 (labelled places + 1,). Exact: the number of each stratum follows the hypergeometric
    distribution, and their sum is taken. Labels must be hard.
    """
    row = evidence.rows[query, :k]
    listed, strata = row[row >= 0], strata_of(evidence, query)
    first = evidence.member[:, 0] > 0
    size, own = _counts(strata), _counts(np.where(first, strata, -1))
    chances = np.ones(1)
    for stratum, drawn in _counts(strata[listed]).items():
        part = total_chances((1,) * drawn, size[stratum], own.get(stratum, 0))
        chances = np.convolve(chances, part)
    return chances


def _counts(strata: Int64) -> dict[int, int]:
    """Return how many items each stratum has."""
    names, counts = np.unique(strata[strata >= 0], return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))
