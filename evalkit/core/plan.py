"""A suite after everything in it was found: what to run, with objects instead of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from evalkit.core.arrays import Similarity
from evalkit.core.items import Dataset, Item
from evalkit.core.metric import Metric
from evalkit.core.protocols import Embedder, Probe, SideName, Task
from evalkit.core.results import CLEAN, PLAIN, StoredScores
from evalkit.core.systems import System

CORPUS_TAG = "corpus."
"""What stands before a tag of corpus items in the name of a group."""


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """A model of the suite and the sizes asked of it.

    how: `cut` takes smaller sizes from the widest where the model is nested; `request` asks the
    service for each size.
    """

    name: str
    provider: str
    embedder: Embedder
    dims: tuple[int, ...]
    how: Literal["cut", "request"] = "cut"


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """A probe of a case: one cell `name/severity@side` per severity; side may be `both`."""

    name: str
    probe: Probe
    severities: tuple[int, ...]
    side: SideName | Literal["both"]

    @property
    def ordered(self) -> bool:
        """Whether its effect grows with severity; otherwise severities are kinds."""
        return bool(getattr(self.probe, "ordered", True))

    def on(self, side: SideName) -> bool:
        """Return whether it changes a side."""
        return self.side in (side, "both")

    def label(self, severity: int) -> str:
        """Return the probe's name in a cell, such as `typos/3@query`."""
        return f"{self.name}/{severity}@{self.side}"


@dataclass(frozen=True, slots=True)
class CasePlan:
    """A case: a task over queries and a corpus that were chosen from a data set.

    data holds the selected part only. groups: query tags, `corpus.` before a corpus tag, `a*b` for
    an intersection. on_refusal, on_item_error: what a query without a vector scores (`miss`: what
    an empty list scores). keep: how many places of each ranking are stored at least. published:
    the benchmark that the data are, with what others published for it, as a run stores it.
    """

    name: str
    data: Dataset
    task: Task
    task_name: str
    metrics: tuple[Metric, ...]
    systems: tuple[System, ...]
    probes: tuple[ProbePlan, ...] = ()
    groups: tuple[str, ...] = ()
    relevant: int = 1
    similarity: Similarity = "cosine"
    overflow: Literal["truncate", "error", "segment"] = "truncate"
    on_refusal: Literal["miss", "nan", "stop"] = "miss"
    on_item_error: Literal["miss", "nan", "stop"] = "nan"
    min_scored: float = 0.98
    keep: int = 20
    published: Mapping[str, object] = field(default_factory=dict)

    @property
    def units(self) -> tuple[Item, ...]:
        """What scores are of, with the tags of relevant items where a group names them.

        A group `corpus.gender` is the tag `gender` of the items that answer a unit, all its values.
        """
        units = self.task.units(self.data)
        named = {tag for group in self.groups for tag in group.split("*")}
        tags = sorted(tag for tag in named if tag.startswith(CORPUS_TAG))
        items = {item.id: item for item in self.data.corpus} if tags else {}
        return tuple(self._with_tags(unit, tags, items) for unit in units) if tags else units

    def _with_tags(self, unit: Item, tags: Sequence[str], items: Mapping[str, Item]) -> Item:
        """Return a unit with tags of the items that answer it."""
        grades = self.data.truth.grades.get(unit.id, {})
        right = [items[name] for name, grade in grades.items() if grade >= self.relevant]
        found = dict(unit.tags)
        for tag in tags:
            values = {v for item in right for v in item.tag(tag.removeprefix(CORPUS_TAG))}
            found |= {tag: tuple(sorted(values))} if values else {}
        return replace(unit, tags=found)

    def reading(self, kind: str) -> tuple[Metric, ...]:
        """Return the metrics that read evidence of a kind."""
        kinds = ("any", kind) if kind == self.task.evidence_kind else (kind,)
        return tuple(m for m in self.metrics if m.evidence_kind in kinds)

    @property
    def kept(self) -> int:
        """How many places of each ranking are stored: `keep`, or more for a metric with a cut-off.

        A metric without one, which looks very deep, does not count.
        """
        cuts = [getattr(metric, "k", None) for metric in self.metrics]
        return max([self.keep, *(k for k in cuts if isinstance(k, int))])

    @property
    def depth(self) -> int:
        """How deep rankings must be: what the metrics read, at least what is kept.

        A metric that reads beyond its cut-off says how far in `reach`.
        """
        return max([self.kept, *(getattr(m, "reach", m.depth) for m in self.metrics)])


@dataclass(frozen=True, slots=True)
class Against:
    """What a comparison compares with: another size, model, system or case, or a stored run."""

    kind: Literal["at", "model", "system", "case", "run"]
    name: str
    stored: StoredScores | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """The one bound of a gate. value: the number; high: the upper end of `within` and the like."""

    kind: Literal[
        "at_least",
        "at_most",
        "within",
        "drop_at_most",
        "mean_drop_at_most",
        "worst_drop_at_most",
        "gap_at_most",
        "excess_at_most",
        "excess_within",
        "no_worse_than",
        "advantage_over",
    ]
    value: float
    high: float | None = None
    against: Against | None = None

    def __str__(self) -> str:
        """Return the bound in words."""
        words = {
            "at_least": f"at least {self.value:.10g}",
            "at_most": f"at most {self.value:.10g}",
            "within": f"within {self.value:.10g} to {self.high or 0:.10g}",
            "drop_at_most": f"drops by at most {self.value:.10g}",
            "mean_drop_at_most": f"drops on average by at most {self.value:.10g}",
            "worst_drop_at_most": f"drops under each by at most {self.value:.10g}",
            "gap_at_most": f"trails the rest by at most {self.value:.10g}",
            "excess_at_most": f"exceeds chance by at most {self.value:.10g}",
            "excess_within": f"lies within {self.value:.10g} to {self.high or 0:.10g} of chance",
        }
        if self.against is None:
            return words[self.kind]
        other = f"{self.against.kind} {self.against.name}"
        if self.kind == "no_worse_than":
            return f"no worse than {other} by more than {self.value:.10g}"
        return f"better than {other} by at least {self.value:.10g}"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A miss that is accepted for one model, with the reason and who answers for it."""

    model: str
    why: str
    owner: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class GatePlan:
    """A gate as written. model "" means every model; `probe` may be a list or a pattern `*/3`.

    probes: the labels that are meant; probe: how they were written. by: a group of the case ("" for
    all queries). where: tag -> values that units must carry.
    decide: `interval` (three-way) or `point` (the estimate alone). aim: what the metric holds lists
    against, in words, "" for one without a target.
    """

    case: str
    metric: str
    at: int
    bound: Bound
    model: str = ""
    system: str = PLAIN
    probes: tuple[str, ...] = (CLEAN,)
    probe: str = CLEAN
    by: str = ""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decide: Literal["interval", "point"] = "interval"
    waive: Waiver | None = None
    line: int = 0
    aim: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole suite, ready to run.

    origin: the file; digest: SHA-256 of its text. lacks: what the suite says it needs and is not at
    hand here, a sentence each. substituted: whether its models stand in place of the suite's own,
    so that a gate which none of them can be judged by is left out instead of being an error.
    """

    name: str
    about: str
    origin: str
    digest: str
    seed: int
    use_case: Mapping[str, object]
    models: tuple[ModelPlan, ...]
    cases: tuple[CasePlan, ...]
    gates: tuple[GatePlan, ...]
    content: Literal["show", "hash"] = "show"
    lacks: tuple[str, ...] = ()
    substituted: bool = False
