"""What is built around a model: an ordered list of steps from items to ranked lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from evalkit.core.arrays import Float64, Int64
from evalkit.core.items import Content, Dataset, Item
from evalkit.core.protocols import Retriever, SideName


@dataclass(frozen=True, slots=True)
class Piece:
    """One of the pieces that an item is embedded as.

    span: from and to within the item, in seconds, pages (counted from 1) or characters; None where
    the piece stands for the whole item.
    """

    content: Content
    span: tuple[float, float] | None = None


class Prepare(Protocol):
    """A step before embedding: an item becomes other content, or pieces that it owns.

    It comes after the probe, so that pieces are cut from changed input.
    """

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides it works on."""

    @property
    def combine(self) -> Literal["best", "mean"]:
        """Return how pieces count: each as a vector of its owner, or as the mean of all."""

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        """Return the modalities of what becomes of an item with these; the same where it stays.

        An item of several kinds has `mixed` besides.
        """

    def apply(self, item: Item) -> Sequence[Piece]:
        """Return the pieces in order, the item's own content where the step is not for it.

        Raises DataError where the step is for it and there can be no piece.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Vectors that a transform is fitted on. matrix: float64 (n, dim), unit rows, of one modality.

    labels: int64 (n,), the group of each in `groups`, -1 where it is not known. chosen: how the
    items were picked, such as `people, pool natural`.
    """

    matrix: Float64
    labels: Int64
    groups: tuple[str, ...]
    modality: str
    chosen: str = ""


FITTED = "fitted"
"""The name of the table that says what a transform was fitted on."""
TUNED = "tuned"
"""The name of the table that says what a retriever was tuned to: one row, its last cell a sentence.

A retriever that is tuned may give it: `table(dim) -> Table | None`.
"""


class Fitted(Protocol):
    """A transform that is ready.

    It may have besides `table() -> Table`, named `fitted`, of one row: what it was fitted on.
    """

    def apply(self, matrix: Float64, side: SideName) -> Float64:
        """Return vectors of a side transformed, float64 (n, dim or less), not always unit."""


class Transform(Protocol):
    """A step after the cut, once per size: vectors of both sides become other vectors."""

    @property
    def attribute(self) -> str:
        """Return the tag whose groups it is fitted on."""

    def fit(self, samples: Sequence[Sample]) -> Fitted:
        """Return it fitted on vectors of one size; raises DataError where they do not suffice."""


@dataclass(frozen=True, slots=True)
class Rerank:
    """A last step: the best items found are put in order anew by another model of the suite.

    model: its name in the suite. depth: how many of the best are taken over, at least those asked
    for.
    """

    model: str
    depth: int = 100


@dataclass(frozen=True, slots=True)
class System:
    """What is built around a model: preparations, a retriever, and perhaps a second model.

    tuning: queries with judgements that the case does not measure, for a retriever that is tuned;
    its corpus is the case's. fit: tags and values of the items that a transform is fitted on;
    fitting: these items, none of which the case measures.
    """

    name: str
    retriever: Retriever
    params: Mapping[str, object] = field(default_factory=dict)
    prepare: tuple[Prepare, ...] = ()
    rerank: Rerank | None = None
    tuning: Dataset | None = None
    transform: Transform | None = None
    fit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fitting: Dataset | None = None

    def prepared(self, side: SideName) -> tuple[Prepare, ...]:
        """Return the preparations of one side, in order."""
        return tuple(step for step in self.prepare if side in step.sides)
