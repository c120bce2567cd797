"""Linear probes: how well context, and content, can be read off a vector by a straight cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Bool, Float64, Int64
from evalkit.core.crossed import Crossed
from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.metrics._crossing import cell_means, codes, kinds
from evalkit.metrics._leakage import held_out, taught
from evalkit.metrics._unit import UnitMetric

_FOLDS = 10


class _LinearProbe(UnitMetric[Crossed]):
    """The share of a cell's items whose label a linear probe tells that never saw their fold.

    The probe is ridge regression on labels written as 0 and 1, with a free constant; the label
    wins that gains most over its share among those learnt from. The penalty is `ridge` times the
    mean squared distance of the vectors from their mean. The probe is taken as it is: the interval
    says how items vary and not how another probe would.
    """

    __slots__ = ()

    evidence_kind: ClassVar[str] = "crossed"
    unit: ClassVar[str] = "share of items"
    ridge: float

    def __post_init__(self) -> None:
        """Refuse a penalty that is none."""
        if not 0 < self.ridge <= 1e6:
            raise UsageError(f"ridge is {self.ridge}; expected more than 0, such as 0.1.")

    def _told(self, evidence: Crossed, labels: Int64, folds: Int64) -> Float64:
        """Return the share of each cell's items whose label is told right, float64 (n,)."""
        if not evidence.members:
            return np.full(len(evidence.ids), np.nan)
        of, fold = labels[evidence.cell], folds[evidence.cell] % _FOLDS
        right = _guesses(evidence.vectors.astype(np.float64), of, fold, self.ridge) == of
        return cell_means(evidence, right.astype(np.float64))


@plugin("metrics", "context_leakage")
@dataclass(frozen=True, slots=True)
class ContextLeakage(_LinearProbe):
    """How often a linear probe reads the context off a vector whose content it never saw, 0 to 1.

    Less is better; 1 over the number of contexts by chance. The probe learns on nine tenths of the
    contents and is tried on the others, so that it must have found the context itself and not the
    cells. A high value says that the context is there to be used, not that similarity uses it: see
    `confounding_ratio`. NaN for a cell whose context holds no other content. ridge: the penalty,
    0.1 where not given. Source: Alain and Bengio 2017.
    """

    ridge: float = 0.1

    word: ClassVar[str] = "context_leakage"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def scorable(self, evidence: Crossed) -> Bool:
        """Return which cells have other contents beside them, bool (n,)."""
        return np.asarray(kinds(evidence).beside.any(axis=1))

    def values(self, evidence: Crossed) -> Float64:
        """Return the share of each cell's items whose context is told, float64 (n,)."""
        return self._told(evidence, codes(evidence.contexts), codes(evidence.contents))


@plugin("metrics", "content_accuracy")
@dataclass(frozen=True, slots=True)
class ContentAccuracy(_LinearProbe):
    """How often a linear probe reads the content off a vector from a context it never saw, 0 to 1.

    More is better; 1 over the number of contents by chance. The counterpart of `context_leakage`:
    the probe learns on some contexts and is tried on the others. NaN for a cell whose content is
    in no other context. ridge: the penalty, 0.1 where not given. Source: Alain and Bengio 2017.
    """

    ridge: float = 0.1

    word: ClassVar[str] = "content_accuracy"

    def scorable(self, evidence: Crossed) -> Bool:
        """Return which cells have their content elsewhere, bool (n,)."""
        return np.asarray(kinds(evidence).like.any(axis=1))

    def values(self, evidence: Crossed) -> Float64:
        """Return the share of each cell's items whose content is told, float64 (n,)."""
        return self._told(evidence, codes(evidence.contents), codes(evidence.contexts))


def _guesses(vectors: Float64, labels: Int64, folds: Int64, ridge: float) -> Int64:
    """Return the label that a probe learnt on the other folds gives each row, int64 (m,).

    The label wins that gains most over its share in the other folds, so that rare ones may win.
    """
    wanted = (np.arange(labels.max() + 1) == labels[:, None]).astype(np.float64)
    shares = taught(wanted, folds)
    better = held_out(vectors @ vectors.T, wanted, folds, ridge) - shares
    gained = better / np.where(shares > 0, shares, 1.0)
    return np.asarray(np.where(shares > 0, gained, -np.inf).argmax(axis=1), np.int64)
