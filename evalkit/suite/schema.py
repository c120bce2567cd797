"""The grammar of a suite file, as pydantic models: what may be written, before any of it is found.

Keys whose machinery does not exist so far are part of the grammar and refused when a suite is
resolved.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from evalkit.suite.entries import (
    MetricEntry,
    Model,
    Name,
    Named,
    Plugin,
    Selector,
    Selectors,
    Sizes,
    Texts,
)

BOUNDS = (
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
)
"""A gate has exactly one of these."""
COMPARED = ("at", "model", "system", "case", "run")
"""What a gate may compare with."""

_OnTrouble = Literal["miss", "nan", "stop"]
_Amount = Annotated[float, Field(ge=0)]
_Size = Annotated[int, Field(ge=1)]


class Strict(BaseModel):
    """Refuses unknown keys and values of another type."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class UseCase(Strict):
    """What the measured model is for: shown in the report and in the system card, all optional."""

    problem: Texts | None = None
    """The problem that is solved."""
    stakeholders: Texts | None = None
    """Who is concerned."""
    workflow: Texts | None = None
    """How the model is used, and where people look at what it does."""
    inputs: Texts | None = None
    """What goes in."""
    outputs: Texts | None = None
    """What comes out."""
    intrinsic_variation: Texts | None = None
    """Differences between inputs that should change the output."""
    confounding_variation: Texts | None = None
    """Differences between inputs that should not change the output."""
    error_costs: dict[str, _Amount] | None = None
    """What each kind of error costs, on any scale."""


class Waive(Strict):
    """A miss that is accepted: it turns only a failure into `waived`."""

    model: str
    """The one model that the waiver is for."""
    why: Annotated[str, Field(min_length=1)]
    """The reason, for whoever reads the report."""
    owner: Annotated[str, Field(min_length=1)]
    """Who answers for it."""
    until: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = ""
    """The last day on which it holds, such as 2027-01-31; for ever where it is left out."""


class Target(Strict):
    """What a gate compares with: exactly one of these."""

    at: _Size | None = None
    """Another vector size of the same model."""
    model: str | None = None
    """Another model of the suite."""
    system: str | None = None
    """Another system of the case."""
    case: str | None = None
    """Another case with equal queries and truth."""
    run: str | None = None
    """The folder of a stored run, relative to the suite file."""


class GateFile(Strict):
    """A bound on one metric, with exactly one of the bounds."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [bound]} for bound in BOUNDS]}
    )

    case: str
    """The case that the gate is about."""
    metric: str
    """A metric of that case, such as ndcg@10."""
    at: _Size
    """The vector size that is judged."""
    model: str | None = None
    """One model of the suite; every model where it is left out."""
    system: str = "plain"
    """A system of the case."""
    probe: Texts | None = None
    """Probes such as typos/3, a list of them, or a pattern such as '*/3'; one verdict each."""
    by: str | None = None
    """A group of the case: one verdict per value."""
    where: Selector | None = None
    """Query tags and values: only these queries are judged."""
    at_least: float | None = None
    """The metric is at least this."""
    at_most: float | None = None
    """The metric is at most this."""
    within: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    """The metric lies between the two numbers."""
    drop_at_most: _Amount | None = None
    """The metric drops by at most this from the clean input to the probe's."""
    mean_drop_at_most: _Amount | None = None
    """The mean of the drops under the gate's probes is at most this: one verdict for all."""
    worst_drop_at_most: _Amount | None = None
    """The drop under each of the gate's probes is at most this: one verdict for all."""
    gap_at_most: _Amount | None = None
    """No group of `by` trails the rest by more than this."""
    excess_at_most: _Amount | None = None
    """The metric lies above what chance gives by at most this, for metrics that know chance."""
    excess_within: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    """The metric minus what chance gives lies between the two numbers."""
    no_worse_than: Target | None = None
    """The metric is no worse than the other's by more than `margin`."""
    advantage_over: Target | None = None
    """The metric is better than the other's by at least `margin`."""
    margin: _Amount | None = None
    """How much worse or better, with no_worse_than and advantage_over."""
    decide: Literal["interval", "point"] = "interval"
    """Judge the confidence interval, or the point estimate alone."""
    waive: Waive | None = None
    """Accept a failure of one model, with the reason."""


class PublishedFile(Strict):
    """The benchmark that the data of a case are, so that published figures stand beside its own."""

    benchmark: Annotated[str, Field(min_length=1)]
    """A benchmark with published figures, such as ActivityNet or ViDoRe."""
    revision: Annotated[str, Field(min_length=1)]
    """Which edition of the benchmark the data are: a version, a split, a commit or a date."""


class CaseFile(Strict):
    """A task over queries and a corpus chosen from a data set."""

    name: Name
    """What the case is called in gates and reports."""
    data: Texts
    """A folder or file, relative to the suite file, or a list: ids then become dataset/id."""
    task: Plugin = Named("retrieval", "retrieval")
    """What is asked of the model."""
    queries: Selectors = ({},)
    """Tags and the values that queries must have, or a list of these of which one must be met;
    `modality` is a tag of every item, `dataset` of those of united data sets."""
    corpus: Selectors = ({},)
    """Tags and the values that corpus items must have, or a list of these."""
    relevant: Annotated[int, Field(ge=1)] = 1
    """The grade from which an item counts as relevant."""
    metrics: Annotated[list[MetricEntry], Field(min_length=1)]
    """Metrics such as ndcg@10, recall@5 or map."""
    groups: list[str] = []
    """Query tags to compare groups by; an intersection is written language*category."""
    systems: Annotated[list[Plugin], Field(min_length=1)] = [Named("plain", "plain")]
    """What is built around the model; plain is exact search."""
    probes: list[Plugin] = []
    """Confounding variation, with `severities` (1 to 5) and `side` (query, corpus or both)."""
    effective: dict[str, Any] | None = None
    """When an input is answered well: {metric: ndcg@10, at_least: 0.5}, {similarity: {at_least:
    0.7}}, {judgements: FILE} or {judged: {depth: 5}}; gives the metric `effective`."""
    published: PublishedFile | None = None
    """The benchmark that the data are, {benchmark: ActivityNet, revision: ...}: reports show what
    was published for it beside what is measured."""
    similarity: Literal["cosine", "dot", "euclidean"] = "cosine"
    """How two vectors are compared."""
    overflow: Literal["truncate", "error", "segment"] = "truncate"
    """What happens to an input that is too long: its beginning is embedded, it fails, or its parts
    are embedded as vectors of their own."""
    on_refusal: _OnTrouble = "miss"
    """What a query scores whose input the model's filter refused; miss is 0, nan is no score."""
    on_item_error: _OnTrouble = "nan"
    """What a query scores whose input could not be embedded."""
    min_scored: Annotated[float, Field(ge=0, le=1)] = 0.98
    """The least share of queries with a score; a gate below it is missing."""
    keep: _Size = 20
    """How many places of each ranking are stored."""


class SuiteFile(Strict):
    """An evalkit suite: customer queries, ground truth, models, and what they must achieve."""

    suite: Name
    """The suite's name, and the folder of its reports."""
    about: str = ""
    """What the suite asks, in a sentence."""
    use_case: UseCase = UseCase()
    """What the measured model is for."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 7
    """The seed of everything random: probes and intervals."""
    models: Annotated[list[Model], Field(min_length=1)]
    """Embedding models: a provider's name, or name: {provider: ..., parameter: ...}."""
    dimensions: Sizes | None = None
    """Vector sizes, for every model that has none of its own; all it offers where left out."""
    cases: Annotated[list[CaseFile], Field(min_length=1)]
    """What is measured."""
    gates: list[GateFile] = []
    """What must hold."""
    content: Literal["show", "hash"] = "show"
    """Whether reports show what queries say, or only a digest of it."""
    needs: list[str] = []
    """What must be at hand for the suite to run: service, espeak-ng, minilm, or data
    that are not shipped."""


class CaseLeft(CaseFile):
    """What is left of a case once everything wrong was taken out of it."""

    name: Name = ""
    data: Texts = ()
    metrics: list[MetricEntry] = []


class GateLeft(GateFile):
    """What is left of a gate once everything wrong was taken out of it."""

    case: str = ""
    metric: str = ""
    at: int = 0


class SuiteLeft(SuiteFile):
    """What is left of a suite once everything wrong was taken out of it, to look for more."""

    suite: Name = ""
    models: list[Model] = []
    cases: list[CaseLeft] = []  # type: ignore[assignment]
    gates: list[GateLeft] = []  # type: ignore[assignment]


def json_schema() -> str:
    """Return the JSON Schema of a suite file as indented JSON with sorted keys."""
    schema = SuiteFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
