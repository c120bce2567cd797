"""The run object: everything a report, a comparison or a dashboard may ask about one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from evalkit.core.items import Card
from evalkit.core.results import Cell, Detail, Estimate, Lost, NotOffered, Verdict

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa  # noqa: TC004  (only annotations use it)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as it was run: its data, how much of it, and how it was judged.

    depth: how deep rankings were searched; keep: how many places of each are stored. corpus_counts:
    how many items of the corpus there are of each modality, empty in runs that did not store it.
    effective: the criterion of the metric of that name, empty without one. truth: what the task
    compares with: grades, tags, pairs or groups. published: the benchmark that the data are, and
    the figures that others published for it; empty where the suite names none. protected: the tag
    whose groups the task protects, "" for a task that protects none and in runs of earlier
    versions; protected_groups: those groups.
    """

    name: str
    task: str
    dataset: str
    fingerprint: str
    queries: int
    corpus: int
    query_modalities: tuple[str, ...]
    corpus_modalities: tuple[str, ...]
    metrics: tuple[str, ...]
    groups: tuple[str, ...]
    systems: tuple[str, ...]
    probes: tuple[str, ...]
    relevant: int
    similarity: str
    depth: int
    keep: int
    card: Card
    corpus_counts: Mapping[str, int] = field(default_factory=dict)
    effective: Mapping[str, object] = field(default_factory=dict)
    truth: str = "grades"
    published: Mapping[str, object] = field(default_factory=dict)
    protected: str = ""
    protected_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How one side of a case was answered by a model, and what that costs at list price.

    dims: the sizes that one answer serves. seconds: the median over inputs of how long the call
    took that answered each, as the ledger holds it; n: inputs of which that is known. dollars: the
    list price of 1,000 such inputs, 0 for a model that runs here. None where it is not known.
    """

    case: str
    side: str
    dims: tuple[int, ...]
    seconds: float | None
    n: int
    dollars: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A gate that was decided otherwise in an earlier run. before, after: statuses, "" for none.

    was, now: what was observed; NaN where nothing was.
    """

    gate: str
    cell: Cell
    metric: str
    group: str
    before: str
    after: str
    was: float
    now: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A query whose score differs most from an earlier run; results: what came first then."""

    cell: Cell
    metric: str
    unit: str
    before: float
    after: float
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """What differs from an earlier run of the suite.

    kind: `baseline`, which the suite names, or `previous`, the newest run before this one. gates:
    how many verdicts both runs reached. turns: those that differ. changes: paired regressions on
    clean input, positive is worse. moved: the queries that changed most. note: what could not be
    compared, "" where everything was.
    """

    run: str
    created: str
    kind: str
    gates: int
    turns: tuple[Turn, ...] = ()
    changes: tuple[Estimate, ...] = ()
    moved: tuple[Moved, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model as it was run. sizes: those asked of it; offered: those it has.

    dollars: what this run paid for it, about; unpriced: what of that has no known price. calls,
    throttled: requests that this run made, also to poll jobs and to copy their files, and those of
    them the service put off. rechecked: stored inputs that were asked for again and answered;
    recheck_failed: those that got no vector; recheck_in_jobs: those not asked for, since they take
    jobs; conflicts: inputs that the service answered differently. audit: a line for each size asked
    for by itself, saying how it compares with the widest one cut. paces: how fast and at what price
    each side of each case is answered. forms: which of several documented forms of an answer this
    run met, where a service's pages leave that open.
    """

    name: str
    provider: str
    model: str
    revision: str
    about: str
    sizes: tuple[int, ...]
    offered: tuple[int, ...]
    nested: str
    how: str
    wanted: int
    found: int
    sent: int
    lost: int
    dollars: float = 0.0
    unpriced: tuple[str, ...] = ()
    calls: int = 0
    throttled: int = 0
    rechecked: int = 0
    recheck_failed: int = 0
    recheck_in_jobs: int = 0
    conflicts: int = 0
    audit: tuple[str, ...] = ()
    paces: tuple[Pace, ...] = ()
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """A metric as it was computed: better high, low or zero, range, unit and its definition.

    params: its parameters but the cut-off, which is part of the name; JSON values only.
    """

    name: str
    better: str
    low: float
    high: float
    unit: str
    definition: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One finished run.

    scores, rankings, judgements, items and examples are Arrow tables with the columns of the
    Parquet files of the same names; examples may be without columns. provenance holds versions,
    seeds and digests. since: what differs from an earlier run, None where there is none.
    """

    id: str
    suite: str
    about: str
    created: str
    parent: str
    use_case: Mapping[str, object]
    provenance: Mapping[str, object]
    cases: tuple[CaseFacts, ...]
    models: tuple[ModelFacts, ...]
    metrics: tuple[MetricFacts, ...]
    estimates: tuple[Estimate, ...]
    verdicts: tuple[Verdict, ...]
    lost: tuple[Lost, ...]
    not_offered: tuple[NotOffered, ...]
    scores: pa.Table
    rankings: pa.Table
    judgements: pa.Table
    items: pa.Table
    examples: pa.Table
    details: tuple[Detail, ...] = ()
    since: Since | None = None

    def frame(self) -> pd.DataFrame:
        """Return the estimates as a frame, one row each, the cell in columns of its own."""
        import pandas as pd

        return pd.DataFrame([asdict(e.cell) | _without_cell(e) for e in self.estimates])

    def verdict_frame(self) -> pd.DataFrame:
        """Return the verdicts as a frame, one row each."""
        import pandas as pd

        return pd.DataFrame([asdict(v.cell) | _without_cell(v) for v in self.verdicts])

    def score_frame(self) -> pd.DataFrame:
        """Return the scores of every unit as a frame: cell, metric, column, unit, value."""
        frame: pd.DataFrame = self.scores.to_pandas()
        return frame

    def rankings_frame(self) -> pd.DataFrame:
        """Return the stored rankings as a frame: cell, query, rank, item, score, grade and span."""
        frame: pd.DataFrame = self.rankings.to_pandas()
        return frame

    def failed(self) -> tuple[Verdict, ...]:
        """Return the verdicts that break the build: failed or missing."""
        return tuple(v for v in self.verdicts if v.status in ("fail", "missing"))


def _without_cell(row: Estimate | Verdict) -> dict[str, object]:
    """Return the fields of a row but the cell."""
    values = asdict(row)
    del values["cell"]
    return values
