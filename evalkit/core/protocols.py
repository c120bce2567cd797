"""What the plugins of each family must offer. The pipeline knows these and no plugin by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

import numpy as np

from evalkit.core.arrays import Float32, Float64, Int64, Ranking, Similarity, Vectors
from evalkit.core.evidence import Evidence
from evalkit.core.items import Dataset, Item
from evalkit.core.items import SideName as SideName

# --- embedding models -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Role:
    """Why an item is embedded: on which side, against which modalities, for what purpose.

    overflow: what to do with an input that is too long for the model: cut it, fail it, or embed its
    parts as vectors of their own.
    """

    side: SideName
    corpus_modalities: frozenset[str]
    purpose: Literal["retrieval", "classification", "clustering"] = "retrieval"
    overflow: Literal["truncate", "error", "segment"] = "truncate"


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """One vector of one item. An item may yield several, told apart by kind and span.

    index: the item's position in the batch. vector: float32 (dim,). norm: its length as the model
    gave it. span: from and to, in seconds for media and in characters for text, or None for the
    whole item. tokens: as the service counted them, None where it did not say. truncated: whether
    less than the whole was embedded. served: the model version that the service says it used, ""
    where it says nothing. attempts: how often it was asked. seconds: how long the last took.
    parts: how many vectors the item has in all; its answer is complete with that many.
    """

    index: int
    vector: Float32
    norm: float
    kind: str = "whole"
    span: tuple[float, float] | None = None
    tokens: int | None = None
    truncated: bool = False
    request_id: str = ""
    served: str = ""
    attempts: int = 1
    seconds: float = 0.0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """The model's content filter refused an item: counted and shown, never retried."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An item could not be embedded: unreadable, unsupported, not there, or badly answered.

    attempts: how often a service was asked for it, and may have charged; 0 where it was not.
    """

    index: int
    reason: str
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a service is expected to charge for: calls, tokens of text, images, seconds of media.

    chars: the characters behind the tokens, so that what services report can correct the estimate.
    """

    calls: float = 0.0
    tokens: float = 0.0
    images: int = 0
    audio_seconds: float = 0.0
    video_seconds: float = 0.0
    chars: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Return both together."""
        return Usage(*(getattr(self, f) + getattr(other, f) for f in self.__slots__))


@dataclass(slots=True)
class Traffic:
    """What has gone to and come from a service so far; read while a run goes on.

    calls: attempts made, those to start and poll jobs and to copy their files included; prices
    follow from `Usage`, not from them. answered: attempts that were answered with vectors.
    throttled, failed: attempts that were refused for their number, or failed and may be repeated.
    in_flight: calls that wait for an answer; allowed: how many may at present.
    """

    calls: int = 0
    answered: int = 0
    throttled: int = 0
    failed: int = 0
    in_flight: int = 0
    allowed: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a hosted model, for the table of `evalkit list providers`.

    service: who serves it. limits: modality -> the most it takes, in words. switch: how queries are
    told from documents, "" where they are not. per_call: items in one call; per_call_of:
    modality -> the same of its items, where they are fewer. retires: the day, such as 2027-04-01,
    "" where none is known. others: what the same provider offers with other parameters, as those
    parameters.
    """

    service: str
    limits: Mapping[str, str]
    switch: str = ""
    per_call: int = 1
    retires: str = ""
    others: tuple[Mapping[str, str], ...] = ()
    per_call_of: Mapping[str, int] = field(default_factory=dict)


class Embedder(Protocol):
    """An embedding model as configured in a suite.

    It knows nothing of tasks or of what was paid for already. One that looks stored vectors up by
    item id says so with the class attribute `keyed_by = "id"`; it cannot embed what a probe
    changed. One that has to be paid for, or that must be there, may have besides:

    usage(items, role, dim) -> Usage    what embedding items would use, without calling anything
    traffic: Traffic                    what went to and fro
    unusable() -> str                   what it lacks here (credentials, a package), "" for nothing
    facts: Facts                        what is known of it
    least: int                          how few items are worth sending together, 1 where not said

    One that embeds some items in long jobs offers `JobEmbedder`.
    """

    @property
    def model(self) -> str:
        """The model's own name; with `revision`, part of what a paid vector is filed under."""

    @property
    def revision(self) -> str:
        """What changes whenever the same input could give another vector."""

    @property
    def modalities(self) -> frozenset[str]:
        """The modalities it accepts."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The vector sizes it offers, widest first."""

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        """Whether a smaller size is the beginning of a larger one."""

    @property
    def batch(self) -> int:
        """How many items it likes to be given at once."""

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        """Return every parameter, JSON values only, that could change this item's vector.

        With the item they are what its vector is filed under. One that does not enter the request
        for it stays out: a resolution of pages where it is text, a rule for texts that are too long
        where it is short. Else the same vector is paid for twice.
        """

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield the outcome for each item, in any order; a vector for each of its parts.

        Raises ProviderError where all is lost.
        """


class JobEmbedder(Embedder, Protocol):
    """An embedder that does some items in jobs of minutes: long text, audio and video.

    A job survives the process that started it: whoever runs a suite stores the token before
    `submit` and the handle after it, and goes on polling what was started earlier.
    """

    @property
    def poll_seconds(self) -> float:
        """How long to wait between two polls of a job at first; the wait grows."""

    def wants_job(self, item: Item, role: Role) -> bool:
        """Return whether an item is embedded in a job instead of by `embed`."""

    def submit(self, item: Item, role: Role, dim: int, token: str) -> str:
        """Start a job and return its handle; the same token never starts, or costs, a second one.

        Raises ProviderError where all is lost, DataError where the item cannot be sent, Busy where
        no further job is taken at present.
        """

    def poll(
        self, handle: str, item: Item, role: Role, dim: int
    ) -> Sequence[Embedded | Refused | Failed] | None:
        """Return what came of a job, with the index 0, or None while it goes on.

        Parts of an item that failed are told by one Failed beside the Embedded of the others.
        """

    def forget(self, handle: str) -> None:
        """Clear away what a job left behind at the service; called once its answer is stored."""


# --- search -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Items with their vectors at each size.

    vectors maps a size to the `Vectors` to use for it, which may be wider: the first `dim` values
    are meant then, so that all sizes of a nested model share one matrix. `Vectors.ids` name a
    subset of the items: those that could be embedded.
    """

    items: tuple[Item, ...]
    vectors: Mapping[int, Vectors]


class Retriever(Protocol):
    """Finds the best corpus items for each query, at every size asked for."""

    def rank(
        self,
        queries: Side,
        corpus: Side,
        k: int,
        dims: Sequence[int],
        similarity: Similarity,
        exclude: Mapping[str, frozenset[str]] | None = None,
        pools: Mapping[str, frozenset[str]] | None = None,
    ) -> dict[int, Ranking]:
        """Return the top k items per query and size.

        exclude: query id -> item ids that may not be found. pools: query id -> the only item ids
        that may be. A corpus item with several rows counts with its best one, before the cut at k.
        Rankings name items that have vectors, or all items where words find them too; `hits` is -1
        where no row won.
        """


# --- probes -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProbeContext:
    """What a probe may draw on.

    rng: a generator seeded by suite, probe, severity and item id. others: the items of the same
    side, sorted by id, from which a probe may borrow a background, a voice or a page.
    """

    rng: np.random.Generator
    others: Sequence[Item] = ()

    def donor(self, item: Item, fits: Callable[[Item], bool]) -> Item | None:
        """Return one of the other items that fits, by chance, None where none does."""
        for place in self.rng.permutation(len(self.others)):
            other = self.others[int(place)]
            if other.id != item.id and fits(other):
                return other
        return None


class Probe(Protocol):
    """Changes an input in a way that should not matter, at severities 1 (least) to 5.

    It says which modalities it changes, on which sides it may stand, and what meaning it may break.
    One whose levels differ in kind instead of in strength (casing: lower, upper, title ...) says
    `ordered: ClassVar[bool] = False`: its effect need not grow with severity. One that leaves the
    input as it is and has the model asked once more says `asks_again: ClassVar[bool] = True`.
    """

    modalities: ClassVar[frozenset[str]]
    sides: ClassVar[frozenset[SideName]]
    may_break: ClassVar[str]
    changes: ClassVar[float]
    """The share of items it really changes at any severity, at least, on ordinary input."""

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the changed item, None where it cannot be changed; severity 0 changes nothing."""


# --- tasks and evidence -------------------------------------------------------------------------


class Rank(Protocol):
    """Search as a task sees it: the pipeline has fixed model, system, probe and similarity.

    Items that could not be embedded are in no ranking, have no row and no similarity.
    """

    def __call__(
        self,
        depth: int,
        exclude: Mapping[str, frozenset[str]] | None = None,
        pools: Mapping[str, frozenset[str]] | None = None,
    ) -> Mapping[int, Ranking]:
        """Return a ranking per size; rows count in the needed corpus, one list for every query."""

    def spans(self, dim: int, hits: Int64) -> Float64:
        """Return which part of its item each hit of the last ranking is, float64 (n, k, 2)."""

    def vectors(self, side: SideName) -> Mapping[int, Vectors]:
        """Return a side's unit vectors at each size, cut to it; a row has an owner and a span."""

    def similarity(self, pairs: Sequence[tuple[str, str]]) -> Mapping[int, Float64]:
        """Return the similarity of items by id at each size, float64 (n,), best rows of each.

        Ids are looked up in the corpus, then among the queries; NaN where one has no vector.
        """


@dataclass(frozen=True, slots=True)
class Needs:
    """What a task wants embedded: the items of each side, and the purpose told to the model."""

    queries: tuple[Item, ...]
    corpus: tuple[Item, ...]
    purpose: Literal["retrieval", "classification", "clustering"] = "retrieval"


class Task(Protocol):
    """Turns vectors into evidence; it calls no model and computes no number.

    It may have besides `details(evidence) -> Sequence[Table]`, tables for the report on what it
    found on clean input at one size, `problems(data) -> Sequence[str]`, sentences on what the data
    lack for it, and `protected: str`, the tag of items whose groups it protects, with `groups`, the
    values of that tag: reports take both as groups of people.
    """

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]]
    evidence_kind: ClassVar[str]

    @property
    def sides(self) -> frozenset[SideName]:
        """Return which sides of a data set must hold items."""

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return what scores are of, in the order of the evidence; their tags make groups."""

    def needs(self, data: Dataset) -> Needs:
        """Return what is to be embedded; known before anything is spent."""

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Evidence]:
        """Return the evidence at each size, for metrics that look `depth` places deep."""


# --- readers ----------------------------------------------------------------------------------


class Reader(Protocol):
    """Reads one format of data set."""

    def claims(self, path: str) -> bool:
        """Return whether the file or folder looks like this format."""

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
