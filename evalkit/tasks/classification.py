"""Classification by voting: the nearest labelled items say what an item is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Int64, best_first, id_ranks
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Labelled
from evalkit.core.items import UNKNOWN, Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.tasks import _units

_POINTS = 20
_MATRIX = 40
"""With more labels than this, the most common mistakes are listed in place of a matrix."""
_MISTAKES = 30


@plugin("tasks", "classification")
@dataclass(frozen=True, slots=True)
class Classification:
    """Every unit takes the label that most of its nearest neighbours in the corpus carry.

    label: the tag that holds the label. of: what is classified, the queries, or the corpus item by
    item, each by all others. weighted: whether votes count by similarity. apart: a tag; items that
    share its value with a unit, other photos of the same product for instance, do not vote. k: the
    neighbourhoods whose tables are shown; metrics name theirs, as in `accuracy@5`. A corpus of one
    text per label, with the label as its tag, makes label prompts. purpose: what the model is told.
    """

    label: str
    of: Literal["queries", "corpus"] = "queries"
    weighted: bool = False
    apart: str = ""
    k: tuple[int, ...] = (5,)
    purpose: Literal["retrieval", "classification"] = "retrieval"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "tags"
    evidence_kind: ClassVar[str] = Labelled.kind

    def __post_init__(self) -> None:
        """Refuse a neighbourhood of nobody."""
        if not self.k or min(self.k) < 1:
            raise UsageError(f"k is {list(self.k)}; expected a list of numbers from 1, as [1, 5].")

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the sides that must hold items: the queries too where they are classified."""
        return frozenset({"corpus"} if self.of == "corpus" else {"query", "corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return what is classified."""
        return data.corpus if self.of == "corpus" else data.queries

    def needs(self, data: Dataset) -> Needs:
        """Return what is classified as queries, and the whole corpus."""
        return Needs(self.units(data), data.corpus, self.purpose)

    def problems(self, data: Dataset) -> list[str]:
        """Return what the labels lack."""
        return [
            *_units.unlabelled(self.units(data), self.label, "item to classify"),
            *_units.unlabelled(data.corpus, self.label, "corpus item"),
        ]

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Labelled]:
        """Return the neighbours of every unit at each size, `depth` of them or the largest k."""
        units = self.units(data)
        own, voters = (_units.labels(some, self.label) for some in (units, data.corpus))
        known = _units.classes(own, voters)
        labels = np.append(_units.positions(voters, known), -1)
        found = rank(max(depth, *self.k), exclude=self._excluded(units, data.corpus, voters))
        return {
            dim: Labelled(
                ids=tuple(unit.id for unit in units),
                true=_units.positions(own, known),
                classes=known,
                neighbours=labels[ranking.rows],
                scores=ranking.scores,
                rows=ranking.rows,
                weighted=self.weighted,
                clusters=(_units.clusters(units),),
                units=units,
                corpus=data.corpus,
            )
            for dim, ranking in found.items()
        }

    def _excluded(
        self, units: Sequence[Item], corpus: Sequence[Item], voters: Sequence[str]
    ) -> dict[str, frozenset[str]]:
        """Return the items that may not vote: without a label, the unit itself, set apart."""
        mute = {item.id for item, label in zip(corpus, voters, strict=True) if not label}
        kept: dict[str, set[str]] = defaultdict(set)
        for item in corpus if self.apart else ():
            for value in set(item.tag(self.apart)) - {UNKNOWN}:
                kept[value].add(item.id)
        return {
            unit.id: frozenset(mute.union({unit.id}, *(kept[v] for v in unit.tag(self.apart))))
            for unit in units
        }

    def details(self, evidence: Labelled) -> Iterator[Table]:
        """Yield the confusion matrix and the abstention curve of each k."""
        for k in self.k:
            yield _confusion(evidence, k)
            yield _abstention(evidence, k)


def _confusion(evidence: Labelled, k: int) -> Table:
    """Return how often units of each label (rows) were given each label (columns)."""
    known = evidence.true >= 0
    guessed = evidence.predicted(k)[known]
    counts = np.zeros((len(evidence.classes), len(evidence.classes) + 1), np.int64)
    np.add.at(counts, (evidence.true[known], guessed), 1)
    names = evidence.classes
    if len(names) > _MATRIX:
        return _mistakes(counts, (*names, "no vote"), k)
    rows: tuple[tuple[str | float | None, ...], ...] = tuple(
        (name, *map(int, row)) for name, row in zip(names, counts, strict=True) if row.sum()
    )
    note = "Rows: what items are. Columns: what their neighbours voted for."
    columns = ("", *names, "no vote")
    return Table(f"confusion@{k}", f"Confusion at k = {k}", columns, rows, note, "matrix")


def _mistakes(counts: Int64, names: tuple[str, ...], k: int) -> Table:
    """Return the most common mistakes, where there are too many labels for a matrix."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MISTAKES]
    places = [divmod(int(at), len(names)) for at in order if wrong.flat[at] > 0]
    rows = tuple((names[own], names[voted], int(wrong[own, voted])) for own, voted in places)
    note = f"The most common ones among {len(names) - 1} labels."
    columns = ("what items are", "what was voted", "how often")
    return Table(f"confusion@{k}", f"Mistakes at k = {k}", columns, rows, note)


def _abstention(evidence: Labelled, k: int) -> Table:
    """Return accuracy over coverage when the units with the narrowest votes are left out."""
    known = np.flatnonzero(evidence.true >= 0)
    votes = np.sort(np.pad(evidence.votes(k)[known], ((0, 0), (1, 0))), axis=1)
    lead = votes[:, -1] - votes[:, -2]
    total = votes.sum(axis=1)
    margin = np.divide(lead, total, out=np.zeros_like(lead), where=total > 0)
    order = best_first(margin, id_ranks([evidence.ids[n] for n in known]))
    right = (evidence.predicted(k)[known] == evidence.true[known])[order]
    counts = np.unique(np.linspace(1, len(known), min(_POINTS, len(known))).round().astype(int))
    rows = tuple((c / len(known), float(right[:c].mean())) for c in counts.tolist())
    note = "The share of units that get a label at all, those with the clearest vote first."
    columns = ("coverage", "accuracy")
    return Table(
        f"abstention@{k}",
        f"Accuracy when unsure units get no label, k = {k}",
        columns,
        rows,
        note,
        "curves",
    )
