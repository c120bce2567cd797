"""Fingerprint matching: is the source of a segment found, how high, and in the right place?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Matched
from evalkit.core.registry import plugin
from evalkit.metrics._matches import SourceMetric, is_source


@plugin("metrics", "source_hit")
@dataclass(frozen=True, slots=True)
class SourceHit(SourceMetric):
    """1 where the source of a segment is among the top k, else 0; more is better.

    `source_hit@1` is the top-1 accuracy of fingerprint papers. NaN for a segment that has no
    source in the corpus. Source: Chang et al. 2021, neural audio fingerprint.
    """

    k: int
    word: ClassVar[str] = "source_hit"

    def values(self, evidence: Matched) -> Float64:
        """Return 1 or 0 for every segment, float64 (n,)."""
        return np.asarray(is_source(evidence, self.k).any(axis=1), np.float64)


@plugin("metrics", "source_mrr")
@dataclass(frozen=True, slots=True)
class SourceMrr(SourceMetric):
    """1 over the rank of the source of a segment, 0 beyond the top k; more is better.

    0 to 1. NaN for a segment that has no source in the corpus. Source: Voorhees 1999, with one
    right answer.
    """

    k: int
    word: ClassVar[str] = "source_mrr"
    unit: ClassVar[str] = "mean reciprocal rank"

    def values(self, evidence: Matched) -> Float64:
        """Return the reciprocal rank for every segment, float64 (n,)."""
        found = is_source(evidence, self.k)
        worth = found / np.arange(1, found.shape[1] + 1)
        return np.asarray(worth.max(axis=1, initial=0.0))


@plugin("metrics", "offset_hit")
@dataclass(frozen=True, slots=True)
class OffsetHit(SourceMetric):
    """1 where the first place is the source and the part of it that won is the right one, else 0.

    More is better. The right part is one that holds the true start of the segment, `tolerance`
    seconds (0.5 where not given) before and after it allowed. 0 where a recording won as a whole:
    it tells no place. NaN for a segment whose source, or whose start in it, is not known. How near
    the found start lies depends on the length of the parts; papers with parts of 1 s every 0.5 s
    call this "top-1 near". Source: Chang et al. 2021.
    """

    tolerance: float = 0.5

    word: ClassVar[str] = "offset_hit"

    def __post_init__(self) -> None:
        """Refuse a tolerance that is no length of time."""
        if not (np.isfinite(self.tolerance) and self.tolerance >= 0):
            raise UsageError(f"tolerance is {self.tolerance}; expected seconds from 0, as 0.5.")

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at: 1."""
        return 1

    def scorable(self, evidence: Matched) -> Bool:
        """Return which segments have a source, and a known start in it, bool (n,)."""
        return np.asarray((evidence.source >= 0) & np.isfinite(evidence.place[:, 0]))

    def values(self, evidence: Matched) -> Float64:
        """Return 1 or 0 for every segment, float64 (n,)."""
        true = evidence.place[:, :1]
        low, high = evidence.spans[:, :1, 0], evidence.spans[:, :1, 1]
        inside = (low - self.tolerance <= true) & (true <= high + self.tolerance)
        return np.asarray((is_source(evidence, 1) & inside).any(axis=1), np.float64)
