"""Transforms of vectors for use outside a run: fitted, saved to a plain file, and loaded again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from evalkit.api.running import load
from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, Problem, UsageError, nearest
from evalkit.core.items import UNKNOWN
from evalkit.core.plan import CasePlan, ModelPlan, Plan
from evalkit.core.systems import Fitted, Sample, System, Transform
from evalkit.ledger import Ledger
from evalkit.transforms._files import load as load_transform
from evalkit.transforms._files import save as save_transform

__all__ = ["fit", "fitted", "load_transform", "save_transform"]
T = TypeVar("T")


def fit(
    name: str,
    vectors: Float64,
    groups: Sequence[str],
    modalities: Sequence[str] = (),
    *,
    chosen: str = "",
    **params: object,
) -> Fitted:
    """Return a transform such as `leace` fitted on vectors of one model and size.

    vectors: (n, dim), made unit rows here. groups: the group of each, `unknown` or "" where it is
    not known. modalities: of each, all text where not given; each is centred by itself. chosen: how
    the items were picked, kept with the numbers. params: such as `attribute`, as in a suite.
    Raises UsageError for a wrong name or parameter, DataError for a vector that is zero, NaN or
    infinite and where the items do not suffice.
    """
    transform: Transform = registry.create("transforms", name, **params)
    kinds = np.array(list(modalities) or ["text"] * len(groups))
    if np.ndim(vectors) != 2 or not len(vectors) == len(groups) == len(kinds):
        told = f"vectors are {np.shape(vectors)}, with {len(groups)} groups and {len(kinds)}"
        raise UsageError(f"{told} modalities; expected a row for each.")
    rows = _unit(vectors)
    names = tuple(sorted(set(groups) - {UNKNOWN, ""}))
    place = {group: n for n, group in enumerate(names)}
    labels = np.array([place.get(group, -1) for group in groups], np.int64)
    return transform.fit(
        [
            Sample(rows[kinds == kind], labels[kinds == kind], names, str(kind), chosen)
            for kind in np.unique(kinds)
        ]
    )


def _unit(vectors: Float64) -> Float64:
    """Return rows made unit; raises DataError, which counts from 1, for rows that cannot be."""
    rows = np.asarray(vectors, np.float64)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if len(bad):
        what = "is zero" if lengths[bad[0]] == 0 else "holds NaN or infinity"
        more = f", and {len(bad) - 1} more cannot be used" if len(bad) > 1 else ""
        raise DataError(Problem(f"vector {bad[0] + 1}", f"it {what}{more}.", "Leave it out."))
    found: Float64 = rows / lengths
    return found


def fitted(
    path: str | Path | Plan,
    case: str,
    system: str,
    *,
    model: str = "",
    ledger: str | Path | None = None,
    offline: bool = False,
) -> Mapping[int, Fitted]:
    """Return the transform of a suite's system as a run fits it, by size.

    model: where the suite has several. offline: an input that was never embedded is an error; what
    a run embedded is in the ledger and costs nothing.
    Raises SuiteError, UsageError for a name that the suite does not have or a system without a
    transform, DataError, ProviderError.
    """
    from evalkit.pipeline.embed import embed_case
    from evalkit.pipeline.purse import Purse
    from evalkit.pipeline.transforming import fitted as fits

    plan = path if isinstance(path, Plan) else load(path)
    cases, models = {c.name: c for c in plan.cases}, {m.name: m for m in plan.models}
    wanted: CasePlan = _named(cases, case, "case")
    asked: ModelPlan = _named(models, model or next(iter(models)), "model")
    if not model and len(models) > 1:
        raise UsageError(f"the suite has {len(models)} models; name one of {', '.join(models)}.")
    found: System = _named({s.name: s for s in wanted.systems}, system, "system")
    if found.transform is None:
        raise UsageError(f"the system '{system}' has no transform to fit.")
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        embedded = embed_case(wanted, asked, plan.seed, Purse(store, offline), (found,))
    return fits(embedded, found)


def _named(known: Mapping[str, T], name: str, kind: str) -> T:
    """Return what has a name; raises UsageError where nothing has."""
    if name not in known:
        raise UsageError(f"the suite has no {kind} '{name}'; {nearest(name, known)}")
    return known[name]
