"""Contrast accuracy: does each query of a minimal pair prefer the document that answers it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.contrasted import Contrasted
from evalkit.core.registry import plugin
from evalkit.metrics._contrasts import ContrastMetric, held, margins, of_both


@plugin("metrics", "contrast_accuracy")
@dataclass(frozen=True, slots=True)
class ContrastAccuracy(ContrastMetric):
    """Pairs in which both queries prefer their own document to the other one, 0 to 1.

    More is better, 0.25 by chance: two queries have to be right at once. A tie is wrong, so that a
    model which cannot tell two documents apart scores 0. NaN where a query or a document has no
    vector. Source: the pairwise accuracy of NevIR, Weller, Lawrie and Van Durme 2024.
    """

    word: ClassVar[str] = "contrast_accuracy"
    unit: ClassVar[str] = "share of pairs, 0.25 by chance"

    def values(self, evidence: Contrasted) -> Float64:
        """Return 1 for pairs in which both are right, float64 (n,)."""
        found = margins(evidence)
        return held(np.asarray((found > 0).all(axis=1)), found[:, 0])


@plugin("metrics", "contrast_query_accuracy")
@dataclass(frozen=True, slots=True)
class ContrastQueryAccuracy(ContrastMetric):
    """Queries that prefer the document that answers them to its contradiction, 0 to 1.

    The mean of the two queries of a pair. More is better, 0.5 by chance, which a model reaches too
    that prefers one document whatever is asked: read it beside `contrast_accuracy`. A tie is wrong.
    NaN where a query or a document of the pair has no vector.
    """

    word: ClassVar[str] = "contrast_query_accuracy"
    unit: ClassVar[str] = "share of queries, 0.5 by chance"

    def values(self, evidence: Contrasted) -> Float64:
        """Return the share of the two queries of a pair that are right, float64 (n,)."""
        found = margins(evidence)
        return of_both(held(found > 0, found))


@plugin("metrics", "same_document")
@dataclass(frozen=True, slots=True)
class SameDocument(ContrastMetric):
    """Pairs in which one document wins both queries, as if the detail did not matter, 0 to 1.

    Less is better, 0.5 by chance; near 1 for a model that is blind to the detail. Where a query
    likes both documents equally none wins. NaN where a query or a document has no vector. Source:
    reported with NevIR, Weller, Lawrie and Van Durme 2024.
    """

    word: ClassVar[str] = "same_document"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    unit: ClassVar[str] = "share of pairs, 0.5 by chance"

    def values(self, evidence: Contrasted) -> Float64:
        """Return 1 where one query is right and the other wrong, float64 (n,)."""
        found = margins(evidence)
        return held(found[:, 0] * found[:, 1] < 0, found[:, 0])


@plugin("metrics", "contrast_margin")
@dataclass(frozen=True, slots=True)
class ContrastMargin(ContrastMetric):
    """How much more similar a query is to its answer than to the contradiction, on average.

    Similarity of the answer minus that of the contradiction, the mean of the two queries of a pair;
    -2 to 2. More is better, 0 by chance; what one document gains from both queries cancels out. NaN
    where a query or a document of the pair has no vector.
    """

    word: ClassVar[str] = "contrast_margin"
    unit: ClassVar[str] = "similarity"
    range: ClassVar[tuple[float, float]] = (-2.0, 2.0)

    def values(self, evidence: Contrasted) -> Float64:
        """Return the mean margin of the two queries of a pair, float64 (n,)."""
        return of_both(margins(evidence))
