"""Open-set matching: are segments that come from nowhere in the corpus turned away?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, rounded
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Matched
from evalkit.core.registry import plugin
from evalkit.metrics._matches import best_scores, is_source
from evalkit.metrics._overall import OverallMetric
from evalkit.metrics._similarities import accepted, equal_error
from evalkit.metrics._unit import UnitMetric


@plugin("metrics", "false_match_rate")
@dataclass(frozen=True, slots=True)
class FalseMatchRate(UnitMetric[Matched]):
    """1 where the best match of a segment without a source is at least `threshold` similar, else 0.

    Less is better. threshold: the similarity from which a match would be reported; it is required,
    since similarities of models differ. 0 for an empty list, NaN for a segment that has a source.
    Source: ISO/IEC 19795-1, false positive identification rate.
    """

    threshold: float | None = None

    word: ClassVar[str] = "false_match_rate"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    evidence_kind: ClassVar[str] = "matches"
    unit: ClassVar[str] = "share of segments without a source"

    def __post_init__(self) -> None:
        """Refuse to do without a threshold."""
        if self.threshold is None or not np.isfinite(self.threshold):
            raise UsageError(
                "'false_match_rate' needs a threshold; write {false_match_rate: {threshold: 0.8}}."
            )

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at: 1."""
        return 1

    def scorable(self, evidence: Matched) -> Bool:
        """Return which segments have no source in the corpus, bool (n,)."""
        return np.asarray(evidence.source < 0)

    def values(self, evidence: Matched) -> Float64:
        """Return 1 or 0 for every segment, float64 (n,)."""
        scores = rounded(best_scores(evidence))
        return np.asarray(scores >= (self.threshold or 0.0), np.float64)


@plugin("metrics", "open_set_eer")
@dataclass(frozen=True, slots=True)
class OpenSetEer(OverallMetric[Matched]):
    """The error where segments with a source are lost as often as others are matched, 0 to 1.

    Less is better. A segment with a source is lost at a threshold where its first place is not
    that source or is less similar; a segment without one is matched where its first place is at
    least that similar. A wrong first place stays lost however low the threshold is, which is how
    this differs from the equal error rate of pairs. NaN without segments of both kinds. Source:
    ISO/IEC 19795-1, where the identification errors meet.
    """

    word: ClassVar[str] = "open_set_eer"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"
    evidence_kind: ClassVar[str] = "matches"
    unit: ClassVar[str] = "share of segments of each kind"

    @property
    def depth(self) -> int:
        """How many places of a ranking it looks at: 1."""
        return 1

    def scorable(self, evidence: Matched) -> Bool:
        """Return which segments count: all, bool (n,)."""
        return np.ones(len(evidence.ids), bool)

    def columns(self, evidence: Matched) -> Mapping[str, Float64]:
        """Return the best similarity, whether there is a source, and whether a match can count.

        A match counts where its first place is the source, or where there is none to be found.
        """
        scores, genuine = best_scores(evidence), evidence.source >= 0
        right = is_source(evidence, 1).any(axis=1) | (~genuine & np.isfinite(scores))
        return {
            "score": np.nan_to_num(rounded(scores)),
            "genuine": genuine.astype(np.float64),
            "counts": right.astype(np.float64),
        }

    def statistic(self, units: Mapping[str, Float64], weights: Float64) -> Float64:
        """Return the equal error rate: float64 (b, n) -> (b,)."""
        genuine, counts = units["genuine"], units["counts"]
        found = accepted(units["score"], genuine * counts, (1.0 - genuine) * counts, weights)
        hit = found.right / (weights @ genuine)[:, None]
        false = found.wrong / (weights @ (1.0 - genuine))[:, None]
        return equal_error(found.thresholds, hit, false)[0]
