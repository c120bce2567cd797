"""Fair projection: the directions in which groups differ on average are taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.errors import UsageError
from evalkit.core.registry import plugin
from evalkit.core.systems import Sample
from evalkit.transforms._fitted import Removal, Sides, facts, tried
from evalkit.transforms._learning import material


@plugin("transforms", "fair_projection")
@dataclass(frozen=True, slots=True)
class FairProjection:
    """Takes out of vectors the directions in which the means of groups differ, and keeps the rest.

    attribute: the tag of the groups. sides: `query` projects the queries only, so that a stored
    index can stay as it is. Dot products are the same either way: (Pq)'x = q'(Px) = (Pq)'(Px).
    Cosines are not, for projected rows differ in length. Each modality is centred by itself. No
    linear probe learns then from the items it was fitted on to tell their groups apart. It does not
    promise balanced results, and leaves what differs otherwise than in the mean. P = I - N N', N an
    orthonormal basis of the differences of means. Source: Kleindessner, Donini, Russell and Zafar
    2023, where every direction that is fair is kept.
    """

    attribute: str = "gender"
    sides: Sides = "both"

    def __post_init__(self) -> None:
        """Refuse sides that there are not."""
        if self.sides not in ("both", "query"):
            raise UsageError(f"sides is '{self.sides}'; expected both or query.")

    def fit(self, samples: Sequence[Sample]) -> Removal:
        """Return it fitted on vectors of one size; raises DataError where they do not suffice."""
        learnt = material(samples)
        along = learnt.directions()
        told = facts("fair_projection", self.attribute, learnt, along.shape[1])
        nowhere = np.zeros(len(along))
        return replace(tried(Removal(told, nowhere, along, along), learnt), sides=self.sides)
