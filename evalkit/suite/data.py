"""The data sets of a suite: read once, united where a case names several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from evalkit.core import registry
from evalkit.core.errors import EvalkitError
from evalkit.core.items import Card, Dataset, Item, Span, Truth
from evalkit.core.protocols import Reader
from evalkit.suite.entries import cut
from evalkit.suite.paths import is_broken_link, located, resembling
from evalkit.suite.place import Place

_EXPECTED = (
    "a folder with dataset.yaml, corpus.jsonl, queries.jsonl and qrels.tsv, a BEIR folder, "
    "or a table (.csv, .parquet)"
)


@dataclass(slots=True)
class Library:
    """Data sets by their path, each read once however many cases use it."""

    base: Path
    read: dict[Path, Dataset | None] = field(default_factory=dict)

    def get(self, written: tuple[str, ...], place: Place) -> Dataset | None:
        """Return the data set that a case names, several united; None where one is wrong."""
        if not written:
            return None
        several = len(written) > 1
        sets = [
            self._one(path, place.at(row) if several else place) for row, path in enumerate(written)
        ]
        found = [data for data in sets if data is not None]
        if len(found) < len(sets):
            return None
        if not several:
            return found[0]
        names = [data.name for data in found]
        for name in sorted({name for name in names if names.count(name) > 1}):
            place.wrong(f"two data sets are called '{name}'.", "Rename one in its dataset.yaml.")
        return unite(found) if len(set(names)) == len(names) else None

    def _one(self, written: str, place: Place) -> Dataset | None:
        """Return the data set at one path, relative to the suite file."""
        path = located(self.base, written)
        if path is None and is_broken_link(self.base, written):
            place.wrong("this is a link that leads nowhere.", "Correct the link.")
            return None
        if path is None:
            hint = resembling(self.base, written)
            what = f"there is no data set at '{cut(written)}'{f'; {hint}' if hint else '.'}"
            place.wrong(what, "Paths are relative to the suite file.")
            return None
        key = path.resolve()
        if key not in self.read:
            self.read[key] = _read(path, written, place)
        return self.read[key]


def _read(path: Path, written: str, place: Place) -> Dataset | None:
    """Return the data set at a path, None where it cannot be read."""
    try:
        for name in registry.names("readers"):
            reader: Reader = registry.find("readers", name)()
            if reader.claims(str(path)):
                return reader.read(str(path))
    except EvalkitError as e:
        place.take(e, lead=False)
        return None
    except PermissionError:
        what = f"'{cut(written)}' cannot be read (Permission denied)."
        place.wrong(what, "Correct its permissions.")
        return None
    place.wrong(f"'{cut(written)}' is no data set; expected {_EXPECTED}.")
    return None


def unite(sets: list[Dataset]) -> Dataset:
    """Return one data set with the items of all, their ids written `dataset/id`."""
    return Dataset(
        name="+".join(data.name for data in sets),
        queries=tuple(_renamed(data.name, item) for data in sets for item in data.queries),
        corpus=tuple(_renamed(data.name, item) for data in sets for item in data.corpus),
        truth=_united_truth(sets),
        card=_united_card([data.card for data in sets]),
        origin=", ".join(data.origin or data.name for data in sets),
    )


def _renamed(name: str, item: Item) -> Item:
    """Return the item with the data set before its id, and as its tag `dataset`."""
    return replace(item, id=f"{name}/{item.id}", tags={"dataset": (name,), **item.tags})


def _united_truth(sets: list[Dataset]) -> Truth:
    """Return what is known of the items of all data sets, under their new ids."""
    grades: dict[str, Mapping[str, int]] = {}
    spans: dict[tuple[str, str], Span] = {}
    pairs, groups = [], []
    for data in sets:
        name, truth = data.name, data.truth
        for query, row in truth.grades.items():
            grades[f"{name}/{query}"] = {f"{name}/{item}": g for item, g in row.items()}
        spans |= {(f"{name}/{q}", f"{name}/{i}"): span for (q, i), span in truth.spans.items()}
        pairs += [replace(p, a=f"{name}/{p.a}", b=f"{name}/{p.b}") for p in truth.pairs]
        for group in truth.groups:
            roles = {role: f"{name}/{item}" for role, item in group.roles.items()}
            groups.append(replace(group, id=f"{name}/{group.id}", roles=roles))
    return Truth(grades, spans, tuple(pairs), tuple(groups))


def _united_card(cards: list[Card]) -> Card:
    """Return a card that says of all what each says of itself."""

    def prose(attribute: str) -> str:
        said = [(card.name, getattr(card, attribute)) for card in cards]
        return " ".join(f"{name}: {text}" for name, text in said if text)

    def words(attribute: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(w for card in cards for w in getattr(card, attribute)))

    return Card(
        name="+".join(card.name for card in cards),
        about=prose("about"),
        licence=prose("licence"),
        source=prose("source"),
        languages=words("languages"),
        modalities=words("modalities"),
        groups=words("groups"),
        ground_truth=prose("ground_truth"),
        limits=tuple(f"{card.name}: {limit}" for card in cards for limit in card.limits),
    )
