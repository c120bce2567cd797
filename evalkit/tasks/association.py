"""Association: do two sets of words or pictures lie unequally near to two sets of attributes?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64, Vectors
from evalkit.core.associated import Associated
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.protocols import Needs, Rank
from evalkit.core.registry import plugin
from evalkit.core.results import Table
from evalkit.tasks import _association_tables, _roles, _stimuli, _units
from evalkit.tasks._directions import directions
from evalkit.tasks._stimuli import Stimuli

_TINY = 1e-12


@plugin("tasks", "association")
@dataclass(frozen=True, slots=True)
class Association:
    """Tests of two sets of targets, X and Y, against two sets of attributes, A and B.

    A group in `groups.jsonl` of the kind `kind` is a test: it names corpus items in the roles x1,
    x2 ..., y1 ..., a1 ..., b1 .... X and Y have equal sizes; a test without Y is of single targets.
    share: the tag of a target that says what is known of it in the world, a number such as the
    percentage of women in an occupation. Items that share the tag `intent` are one concept, in
    another language for instance, and are resampled together.
    """

    kind: str = "association"
    share: str = "share"

    truth: ClassVar[Literal["grades", "tags", "pairs", "groups"]] = "groups"
    evidence_kind: ClassVar[str] = Associated.kind
    sides: ClassVar[frozenset[SideName]] = frozenset({"corpus"})

    def units(self, data: Dataset) -> tuple[Item, ...]:
        """Return an item a target and attribute of a test, with the tags both share, and `test`."""
        items = {item.id: item for item in data.corpus}
        return tuple(
            _unit(test, items[target], items[attribute])
            for test, target, attribute in _stimuli.cells(self._tests(data))
        )

    def needs(self, data: Dataset) -> Needs:
        """Return the stimuli of all tests."""
        named = {name for test in self._tests(data) for name in test.all()}
        kept = tuple(item for item in data.corpus if item.id in named)
        return Needs((), kept, "clustering")

    def problems(self, data: Dataset) -> list[str]:
        """Return what the tests lack: sets, sizes, numbers for shares; or that there is none."""
        return _stimuli.problems(data, self.kind) + self._unread_shares(data)

    def evidence(
        self, data: Dataset, rank: Rank, depth: int, relevant: int
    ) -> Mapping[int, Associated]:
        """Return the similarities of every test at each size, as they are and centred."""
        tests, items = self._tests(data), self.needs(data).corpus
        cells, units = list(_stimuli.cells(tests)), self.units(data)
        near = rank.similarity([(target, attribute) for _, target, attribute in cells])
        known = {item.id: item for item in items}
        names = [tuple(sorted({cell[n] for cell in cells})) for n in (1, 2)]
        places = [{name: n for n, name in enumerate(some)} for some in names]
        target, attribute = (
            np.array([place[cell[n]] for cell in cells], np.int64)
            for n, place in enumerate(places, 1)
        )
        concepts = [_units.clusters([known[name] for name in some]) for some in names]
        shares = np.array([self._share(known[name]) for name in names[0]])
        made = {test.id: (n, test) for n, test in enumerate(tests)}
        found = {}
        for dim, vectors in rank.vectors("corpus").items():
            rows = _centred(vectors, items)
            of = {item.id: n for n, item in enumerate(items)}
            first, second = (rows[[of[cell[n]] for cell in cells]] for n in (1, 2))
            found[dim] = Associated(
                ids=tuple(unit.id for unit in units),
                tests=tuple(test.id for test in tests),
                test=np.array([made[cell[0]][0] for cell in cells], np.int64),
                targets=names[0],
                target=target,
                attributes=names[1],
                attribute=attribute,
                in_x=np.array([cell[1] in made[cell[0]][1].x for cell in cells], bool),
                in_a=np.array([cell[2] in made[cell[0]][1].a for cell in cells], bool),
                paired=np.array([bool(made[cell[0]][1].y) for cell in cells], bool),
                similarity=near[dim],
                centred=(first * second).sum(axis=1),
                share=shares[target],
                clusters=(concepts[0][target], concepts[1][attribute]),
                units=units,
            )
        return found

    def details(self, evidence: Associated) -> Iterator[Table]:
        """Yield the effect and p-value of every test, and the lean of every target."""
        yield _association_tables.effects(evidence)
        yield _association_tables.leans(evidence)

    def _tests(self, data: Dataset) -> list[Stimuli]:
        """Return the tests that have all they need."""
        return _stimuli.tests(data, self.kind)

    def _share(self, item: Item) -> float:
        """Return what is known of a target, NaN where nothing is, or no number."""
        try:
            return float(" ".join(item.tag(self.share)))
        except ValueError:
            return float("nan")

    def _unread_shares(self, data: Dataset) -> list[str]:
        """Return which targets have a share that is no number."""
        wrong = [i for i in data.corpus if i.tag(self.share) and not np.isfinite(self._share(i))]
        where = f"{data.origin or data.name}, corpus.jsonl"
        return [
            f"{where}: the tag '{self.share}' of '{item.id}' is '{' '.join(item.tag(self.share))}';"
            " it must be a number."
            for item in wrong[:20]
        ]


def _unit(test: str, target: Item, attribute: Item) -> Item:
    """Return a target beside an attribute as an item."""
    made = _roles.unit(_stimuli.name(test, target.id, attribute.id), (target, attribute))
    return Item(made.id, made.content, {**made.tags, "test": (test,)})


def _centred(vectors: Vectors, items: Sequence[Item]) -> Float64:
    """Return unit rows after the mean of each modality is taken away, (items, dim), NaN for none.

    NaN besides where nothing is left. Pictures and texts lie apart from each other; the mean of all
    of them would leave each kind on its own side.
    """
    rows = directions(vectors, items).astype(np.float64)
    modality = np.array([item.modality for item in items])
    for one in set(modality.tolist()):
        own = modality == one
        known = own & np.isfinite(rows).all(axis=1)
        if known.any():
            rows[own] -= rows[known].mean(axis=0)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.where(lengths > _TINY, rows / np.where(lengths > _TINY, lengths, 1.0), np.nan)
