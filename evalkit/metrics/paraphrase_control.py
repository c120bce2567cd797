"""Paraphrase control: is an answer in other words preferred to a contradiction?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from evalkit.core.arrays import Bool, Float64, rounded
from evalkit.core.contrasted import Contrasted
from evalkit.core.registry import plugin
from evalkit.metrics._contrasts import ContrastMetric, held, of_both, whole


@plugin("metrics", "paraphrase_control")
@dataclass(frozen=True, slots=True)
class ParaphraseControl(ContrastMetric):
    """Queries that prefer their answer in other words to the contradicting document, 0 to 1.

    The mean of the two queries of a pair. More is better, 0.5 by chance. The paraphrase is as far
    from the answer as the contradiction is, counted in edits: a model that goes by the surface
    alone stays near chance. A tie is wrong. NaN where a query, a document or a paraphrase of the
    pair has no vector; where no pair has a paraphrase, none can be scored.
    """

    word: ClassVar[str] = "paraphrase_control"
    unit: ClassVar[str] = "share of queries, 0.5 by chance"

    def scorable(self, evidence: Contrasted) -> Bool:
        """Return whether the pairs have paraphrases: all or none, bool (n,)."""
        return np.full(len(evidence.ids), bool(np.isfinite(evidence.control).any()))

    def values(self, evidence: Contrasted) -> Float64:
        """Return the share of the two queries of a pair that are right, float64 (n,)."""
        same = rounded(evidence.control)
        contrary = rounded(evidence.similarity[:, (0, 1), (1, 0)])
        found = whole(evidence, same - contrary)
        return of_both(held(found > 0, found))
