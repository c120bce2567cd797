"""Clustering: do items that belong to one topic fall together without being told the topics?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64, Int64, Vectors
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Clustered
from evalkit.core.extras import expect
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.tasks import _units
from evalkit.tasks._directions import means

_WORD = re.compile(r"[^\W\d_]{2,}")
_WORDS_SHOWN = 6


@plugin("tasks", "clustering")
@dataclass(frozen=True, slots=True)
class Clustering:
    """Vectors are put into clusters, which are compared with the topics that items carry.

    label: the tag that holds the topic. of: what is clustered, the corpus or the queries. method:
    `kmeans` on unit vectors, repeated with other seeds, or `agglomerative` with average cosine
    distance, which has no chance in it. groups: how many clusters, as many as there are topics
    where it is 0. An item with several vectors counts with their mean.
    """

    label: str
    of: Literal["queries", "corpus"] = "corpus"
    method: Literal["kmeans", "agglomerative"] = "kmeans"
    groups: int = 0
    repeats: int = 10
    seed: int = 7

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "tags"
    evidence_kind: ClassVar[str] = Clustered.kind

    def __post_init__(self) -> None:
        """Refuse numbers that make no clustering."""
        if self.groups < 0 or self.groups == 1 or not 1 <= self.repeats <= 100:
            raise UsageError(
                f"groups is {self.groups} and repeats {self.repeats}; expected 2 or more groups, "
                "or 0 for as many as there are topics, and 1 to 100 repeats."
            )

    @property
    def _side(self) -> SideName:
        """The side whose items are clustered."""
        return "corpus" if self.of == "corpus" else "query"

    @property
    def sides(self) -> frozenset[SideName]:
        """Return the side whose items are clustered."""
        return frozenset({self._side})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return what is clustered."""
        return data.corpus if self.of == "corpus" else data.queries

    def needs(self, data: Dataset) -> Needs:
        """Return what is clustered and nothing else."""
        units = self.units(data)
        return (
            Needs((), units, "clustering")
            if self.of == "corpus"
            else Needs(units, (), "clustering")
        )

    def problems(self, data: Dataset) -> list[str]:
        """Return what the topics lack."""
        return _units.unlabelled(self.units(data), self.label, "item to cluster")

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Clustered]:
        """Return the clusters of every unit at each size."""
        units = self.units(data)
        topics = _units.labels(units, self.label)
        known = _units.classes(topics)
        return {
            dim: Clustered(
                ids=tuple(unit.id for unit in units),
                true=_units.positions(topics, known),
                classes=known,
                assigned=self._assigned(vectors, units, self.groups or len(known)),
                clusters=(_units.clusters(units),),
                units=units,
                side=self._side,
            )
            for dim, vectors in rank.vectors(self._side).items()
        }

    def _assigned(self, vectors: Vectors, units: Sequence[Item], groups: int) -> Int64:
        """Return the cluster of each unit, int64 (repeats, n), -1 for a unit without a vector.

        Items are taken in the order of their ids, so that the order of rows does not matter.
        """
        ids = sorted(vectors.ids)
        place = {name: n for n, name in enumerate(vectors.ids)}
        rows = means(vectors)[[place[name] for name in ids]]
        groups = min(groups, len(np.unique(rows, axis=0)))
        if groups < 2:  # one thing only, or nothing: there is nothing to tell apart
            found = np.zeros((self.repeats if self.method == "kmeans" else 1, len(ids)), np.int64)
        elif self.method == "kmeans":
            found = self._kmeans(rows, groups)
        else:
            found = _agglomerative(rows, groups)
        column = {name: n for n, name in enumerate(ids)}
        found = np.pad(found, ((0, 0), (0, 1)), constant_values=-1)
        return found[:, [column.get(unit.id, -1) for unit in units]]

    def _kmeans(self, rows: Float64, groups: int) -> Int64:
        """Return the clusters of k-means with one seed after the other."""
        expect("sklearn")
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            found = [
                KMeans(groups, n_init=1, random_state=self.seed + n).fit_predict(rows)
                for n in range(self.repeats)
            ]
        return np.array(found, np.int64)

    def details(self, evidence: Clustered) -> Iterator[Table]:
        """Yield what each cluster of the first repetition holds: main topic, typical words."""
        assigned = evidence.assigned[0]
        texts = [_words(unit) for unit in evidence.units]
        everything = Counter(word for words in texts for word in set(words))
        rows = []
        for cluster in sorted(set(assigned.tolist()) - {-1}):
            at = np.flatnonzero(assigned == cluster)
            topics = Counter(evidence.classes[t] for t in evidence.true[at] if t >= 0)
            topic, most = min(topics.items(), key=lambda pair: (-pair[1], pair[0]), default=("", 0))
            inside = Counter(word for n in at for word in set(texts[n]))
            rows.append(
                (str(cluster + 1), len(at), topic, most / len(at), _typical(inside, everything))
            )
        columns = ("cluster", "items", "main topic", "its share", "typical words")
        order = tuple(sorted(rows, key=lambda row: -row[1]))
        note = "The first repetition. Words are typical that are common inside and rare outside."
        yield Table("clusters", "What the clusters hold", columns, order, note)


def _agglomerative(rows: Float64, groups: int) -> Int64:
    """Return the clusters of average linkage by cosine distance, int64 (1, n)."""
    expect("sklearn")
    from sklearn.cluster import AgglomerativeClustering

    made = AgglomerativeClustering(groups, metric="cosine", linkage="average")
    return np.array([made.fit_predict(rows)], np.int64)


def _words(unit: Item) -> list[str]:
    """Return the words of an item's text, without case."""
    texts = [part for part in unit.parts if isinstance(part, str)]
    return _WORD.findall(" ".join(texts).casefold())


def _typical(inside: Counter[str], everything: Counter[str]) -> str:
    """Return the words that are common inside a cluster and rare outside, the best first.

    A word counts by how many of its items are inside, times the logarithm of how much more often
    than elsewhere it occurs there.
    """

    def worth(word: str) -> float:
        return inside[word] * math.log(1 + inside[word] / (1 + everything[word] - inside[word]))

    best = sorted((word for word in inside if inside[word] > 1), key=lambda w: (-worth(w), w))
    return ", ".join(best[:_WORDS_SHOWN])
