"""Judgements of reviewers: applied to a run, and planned for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.api.running import REPORTS, Stored, keep, read
from evalkit.archive import Run

if TYPE_CHECKING:
    from evalkit.judging.aggregate import How
    from evalkit.pipeline.settling import JudgementPlan


def apply_judgements(
    run: str | Path | Run,
    store_url: str | Path,
    study: str,
    *,
    out: str | Path = REPORTS,
    how: How = "majority",
) -> Stored:
    """Store a new run below `out`: a stored run with what the reviewers of a study say applied.

    Nothing is embedded or searched; the run's `parent` is the run that was judged. run: that run or
    its folder, or a suite's folder, of which the newest is taken. store_url: the file of
    judgements, or the URL of its database. how: `majority` or `dawid-skene`.
    Raises UsageError where the study judges another run or nobody has judged; DataError.
    """
    from evalkit.judging.store import Store
    from evalkit.pipeline.judged import apply

    judged = run if isinstance(run, Run) else read(run)
    with Store(store_url) as store:
        done = apply(judged, store.study(study), store.judgements(study), how)
    return Stored(done, keep(done, Path(out)))


def judgement_plan(
    run: str | Path | Run,
    store_url: str | Path | None = None,
    study: str | None = None,
    *,
    width: float = 0.1,
    share: float | None = None,
    wanted: int = 3,
    depth: int = 5,
) -> JudgementPlan:
    """Return how many inputs of a stored run to judge, and which would settle its open gates.

    width: of the interval of the share of effective inputs, high minus low. share: the one that is
    expected, told by what is judged already where None. wanted, depth: judgements an input and
    results a list, where no study is named. Raises UsageError for an unknown study or a width that
    no interval can have; DataError.
    """
    from evalkit.judging.store import Store
    from evalkit.pipeline.settling import judgement_plan as plan_of

    judged = run if isinstance(run, Run) else read(run)
    if study is None or store_url is None:
        return plan_of(judged, None, (), width, share, wanted, depth)
    with Store(store_url) as store:
        return plan_of(judged, store.study(study), store.judgements(study), width, share)
