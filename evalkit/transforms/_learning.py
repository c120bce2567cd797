"""What transforms learn from: rows with a known group, sample by sample, and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.arrays import Float64, Int64
from evalkit.core.errors import DataError, Problem
from evalkit.core.systems import Sample

FEWEST = 5
"""Fewer items than this say too little of where the mean of their group lies."""
_NEGLIGIBLE = 1e-7
"""Distances of means below this share of a vector's length are rounding of float32."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Rows whose group is known, of samples in which two groups or more are.

    matrix: float64 (n, dim), the rows. labels, strata: int64 (n,), the group and the sample of
    each. counts: how many items of each group each modality has, left out samples included.
    chosen: how the items were picked.
    """

    matrix: Float64
    labels: Int64
    strata: Int64
    groups: tuple[str, ...]
    counts: tuple[tuple[str, tuple[int, ...]], ...]
    chosen: str = ""

    def centred(self) -> Float64:
        """Return the rows around the mean of their sample, float64 (n, dim).

        What tells modalities apart is then not mistaken for what tells groups apart.
        """
        found = self.matrix.copy()
        for stratum in np.unique(self.strata):
            found[self.strata == stratum] -= found[self.strata == stratum].mean(axis=0)
        return found

    def means(self, matrix: Float64) -> Iterator[Float64]:
        """Yield for each sample the mean of its groups, float64 (groups that it has, dim).

        matrix: float64 (n, dim), what became of the rows.
        """
        for stratum in np.unique(self.strata):
            inside = self.strata == stratum
            rows, labels = matrix[inside], self.labels[inside]
            yield np.stack([rows[labels == label].mean(axis=0) for label in np.unique(labels)])

    def directions(self) -> Float64:
        """Return an orthonormal basis of what the means of groups differ in, float64 (dim, r).

        r is 0 where they coincide in every sample, and at most the groups minus 1 for each.
        """
        differences = np.concatenate([m - m.mean(axis=0) for m in self.means(self.matrix)])
        _, sizes, axes = np.linalg.svd(differences, full_matrices=False)
        length = np.sqrt((self.matrix * self.matrix).sum() / len(self.matrix))
        return np.ascontiguousarray(axes[sizes > _NEGLIGIBLE * length].T)

    def gap(self, matrix: Float64) -> float:
        """Return the largest distance between the means of two groups of a sample.

        matrix: float64 (n, dim), what became of the rows.
        """
        between = (m[:, None] - m for m in self.means(matrix))
        return max(float(np.sqrt((d * d).sum(axis=2)).max()) for d in between)


def material(samples: Sequence[Sample]) -> Material:
    """Return what can be learnt from samples; raises DataError where it does not suffice.

    A sample with one known group or none tells nothing of how groups differ, and is left out; its
    counts are kept.
    """
    _check(samples)
    groups = samples[0].groups
    counts = [np.bincount(s.labels[s.labels >= 0], minlength=len(groups)) for s in samples]
    _check_counts(samples, counts)
    kept = [n for n, count in enumerate(counts) if np.count_nonzero(count) > 1]
    known = [samples[n].labels >= 0 for n in kept]
    rows = [samples[n].matrix[some] for n, some in zip(kept, known, strict=True)]
    return Material(
        matrix=np.concatenate(rows).astype(np.float64),
        labels=np.concatenate([samples[n].labels[k] for n, k in zip(kept, known, strict=True)]),
        strata=np.repeat(kept, [len(part) for part in rows]),
        groups=groups,
        counts=tuple((s.modality, tuple(c.tolist())) for s, c in zip(samples, counts, strict=True)),
        chosen=samples[0].chosen,
    )


def _check(samples: Sequence[Sample]) -> None:
    """Raise DataError for samples that are none, or do not go together."""
    if not samples:
        raise DataError(Problem("items to fit on", "there are none.", "Choose others with 'fit'."))
    dim, groups = samples[0].matrix.shape[-1], samples[0].groups
    for sample in samples:
        where, shape = _where(sample), sample.matrix.shape
        if len(shape) != 2 or shape[1] != dim or sample.labels.shape != shape[:1]:
            what = f"vectors are {shape} and labels {sample.labels.shape}; expected (n, {dim}) "
            raise DataError(Problem(where, f"{what}and (n,).", "Cut all to one size."))
        if sample.groups != groups:
            what = f"the groups are {', '.join(sample.groups)}; others have {', '.join(groups)}."
            raise DataError(Problem(where, what, "Declare the same groups for all samples."))
        outside = int(((sample.labels < -1) | (sample.labels >= len(groups))).sum())
        if outside:
            what = f"{outside} of {len(sample.labels)} labels are none of the {len(groups)} groups."
            raise DataError(Problem(where, what, "Give places among the groups, or -1."))
        bad = int((~np.isfinite(sample.matrix).all(axis=1)).sum())
        if bad:
            what = f"{bad} of {len(sample.matrix)} vectors hold NaN or infinity."
            raise DataError(Problem(where, what, "Embed them again or leave them out."))


def _check_counts(samples: Sequence[Sample], counts: Sequence[Int64]) -> None:
    """Raise DataError where no sample has two groups, or one has too few items of a group."""
    groups = samples[0].groups
    if not any(np.count_nonzero(count) > 1 for count in counts):
        seen = "; ".join(
            f"{s.modality}: {_told(groups, c)} of {len(s.labels)}"
            for s, c in zip(samples, counts, strict=True)
        )
        what = f"no modality has items of two known groups ({seen})."
        raise DataError(Problem("items to fit on", what, "Choose others with 'fit'."))
    for sample, count in zip(samples, counts, strict=True):
        if np.count_nonzero(count) > 1 and count[count > 0].min() < FEWEST:
            what = f"{_told(groups, count)}; a group needs {FEWEST} items or more, or none at all."
            fix = "Fit on more items, or leave the group out with 'fit'."
            raise DataError(Problem(_where(sample), what, fix))


def _where(sample: Sample) -> str:
    """Return where a sample is, for a person."""
    return f"items to fit on, {sample.modality}"


def _told(groups: Sequence[str], count: Int64) -> str:
    """Return how many items each group has, in words."""
    return ", ".join(f"{g} {c}" for g, c in zip(groups, count.tolist(), strict=True)) or "0"
