"""Two runs, or two cells of one, compared; a TREC run scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.api.running import SEED, load, read
from evalkit.archive import Run
from evalkit.core.plan import Plan
from evalkit.core.results import Cell, Estimate
from evalkit.ledger import Ledger

if TYPE_CHECKING:
    from evalkit.pipeline.paired_spaces import PairedSpaces


def compare(before: str | Path | Run, after: str | Path | Run) -> tuple[Estimate, ...]:
    """Return the paired change from one run to another, per cell and metric; positive is worse."""
    from evalkit.pipeline.compare import compare as compare_runs

    old, new = (one if isinstance(one, Run) else read(one) for one in (before, after))
    return compare_runs(old, new)


def compare_spaces(
    before: str | Path | Run,
    after: str | Path | Run,
    suite: str | Path | Plan,
    suite_before: str | Path | Plan | None = None,
    *,
    ledger: str | Path | None = None,
    k: int = 10,
    most: int = 1_000,
    seed: int = SEED,
) -> tuple[PairedSpaces, ...]:
    """Return how alike two runs' vectors of the same inputs are, per case, model and size.

    suite: what the runs were made from, and suite_before where that was another for the earlier
    one. The vectors are those of the ledger under the model and revision that each run names;
    nothing is embedded. k: how many neighbours are compared. most: of more queries and items than
    this a sample is taken, drawn by seed. What cannot be compared has a note that says why.
    Raises SuiteError or DataError where a suite or run cannot be read.
    """
    from evalkit.pipeline.paired_spaces import paired_spaces

    old, new = (one if isinstance(one, Run) else read(one) for one in (before, after))
    plan = suite if isinstance(suite, Plan) else load(suite)
    earlier = suite_before if isinstance(suite_before, Plan | None) else load(suite_before)
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        return tuple(paired_spaces((old, new), (earlier or plan, plan), store, k, most, seed))


def difference(
    of: str | Path | Run,
    cell: Cell,
    other: Cell,
    metrics: Sequence[str] = (),
    groups: Sequence[str] = (),
) -> tuple[Estimate, ...]:
    """Return the paired difference of two cells of one case of a run, per metric.

    It is a `loss` where the size alone differs, positive being worse for `cell`, else an
    `advantage`, positive being better for it. What the run does not store is estimated from its
    scores, as the run would have done. groups: tags, for a difference per value of each as well.
    Raises DataError where the two cells share no scores.
    """
    from evalkit.pipeline.compare import difference as difference_of

    return difference_of(of if isinstance(of, Run) else read(of), cell, other, metrics, groups)


@dataclass(frozen=True, slots=True)
class Scored:
    """A TREC run scored. per_query: query -> metric -> score; left_out: queries not judged."""

    means: dict[str, float]
    per_query: dict[str, dict[str, float]]
    queries: int
    left_out: tuple[str, ...]


def score(
    qrels: str | Path,
    run_file: str | Path,
    metrics: Sequence[str],
    *,
    ties: str = "trec_eval",
    relevant: int = 1,
) -> Scored:
    """Return the scores of a TREC run file against TREC judgements, as `trec_eval -c` means them.

    ties: `trec_eval`, `id` or `rank`. relevant: the grade from which an item counts as relevant.
    Raises DataError naming file and line, UsageError for an unknown metric.
    """
    from evalkit.core import registry
    from evalkit.ranking import trec

    wanted = {name: registry.metric(name) for name in metrics}
    found = trec.evidence(qrels, run_file, ties, relevant)
    columns = {name: trec.values(metric, found.ranked) for name, metric in wanted.items()}
    return Scored(
        means={name: float(column.mean()) for name, column in columns.items()},
        per_query={
            query: {name: float(column[n]) for name, column in columns.items()}
            for n, query in enumerate(found.ranked.ids)
        },
        queries=len(found.ranked.ids),
        left_out=found.left_out,
    )
