"""Pairs of a data set to hold a similarity against: pairs drawn by chance, and true ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit.archive import Run
from evalkit.core.errors import UsageError
from evalkit.core.items import Card, Content, Dataset, Item, Media, SideName, Truth

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 100
"""How many items of each side are drawn at most."""
_DUPLICATE = "duplicate"
_LIKE = ("like", "varied")
_KEPT_LETTERS = 1_000
"""The longest text that a run keeps; a longer one was cut there."""
_Name = tuple[SideName, str]
"""A side and an id."""
_Both = tuple[_Name, _Name]


@dataclass(frozen=True, slots=True)
class KnownPairs:
    """Items to compare, and which of the pairs that they make are true.

    firsts, seconds: like the first and like the second of two items in question. true: positions
    of true pairs. random: positions of all other pairs that nothing says belong together. words:
    what was drawn and how, for a person.
    """

    firsts: tuple[Item, ...]
    seconds: tuple[Item, ...]
    true: tuple[tuple[int, int], ...]
    random: tuple[tuple[int, int], ...]
    words: str


def known_pairs(data: Dataset, one: str, other: str, seed: int, most: int = MOST) -> KnownPairs:
    """Return pairs of items of two modalities, drawn from a data set by a seed.

    True are a query and an item with a grade above 0, a pair labelled `duplicate`, and an anchor
    with what is `like` or `varied` in its group; at most `most` of them, each of another first
    item. Random is every other pair of the same items that is not known to be true; where there is
    no true pair, of `most` items a side. Raises UsageError where the data set has no two items of
    these modalities.
    """
    rng, items = np.random.default_rng(seed), _items(data)
    related = list(_true(data))
    drawn = _drawn(_oriented(related, items, one, other), rng, most)
    if drawn:
        firsts, seconds = (tuple(dict.fromkeys(side)) for side in zip(*drawn, strict=True))
    else:
        firsts, seconds = (_some(items, kind, rng, most) for kind in (one, other))
    together = {frozenset(pair) for pair in related}
    places = [{name: n for n, name in enumerate(side)} for side in (firsts, seconds)]
    true = tuple((places[0][a], places[1][b]) for a, b in drawn)
    random = tuple(
        (n, m)
        for n, a in enumerate(firsts)
        for m, b in enumerate(seconds)
        if a != b and frozenset((a, b)) not in together
    )
    if not random:
        what = f"the data set '{data.name}' has no two items, {one} and {other}, to compare with."
        raise UsageError(f"{what} Name another data set, or none.")
    words = (
        f"{len(true):,} true and {len(random):,} random pairs of {len(firsts)} {one} and "
        f"{len(seconds)} {other} items of '{data.name}', drawn with seed {seed}"
    )
    one_side, other_side = (tuple(items[name] for name in side) for side in (firsts, seconds))
    return KnownPairs(one_side, other_side, true, random, words)


def _items(data: Dataset) -> dict[_Name, Item]:
    """Return all items of a data set by side and id."""
    queries: dict[_Name, Item] = {("query", item.id): item for item in data.queries}
    return queries | {("corpus", item.id): item for item in data.corpus}


def _true(data: Dataset) -> Iterator[tuple[_Name, _Name]]:
    """Yield what the truth of a data set says belongs together.

    Pairs and groups name an item of the corpus before one of the queries.
    """
    for query, row in sorted(data.truth.grades.items()):
        yield from ((("query", query), ("corpus", i)) for i, g in sorted(row.items()) if g > 0)
    corpus = {item.id for item in data.corpus}
    said = [(p.a, p.b) for p in data.truth.pairs if p.label == _DUPLICATE]
    said += [
        (group.roles["anchor"], item)
        for group in data.truth.groups
        for role, item in group.roles.items()
        if "anchor" in group.roles and role.rstrip("0123456789") in _LIKE
    ]
    for a, b in sorted(said):
        yield ("corpus" if a in corpus else "query", a), ("corpus" if b in corpus else "query", b)


def _oriented(
    pairs: Sequence[_Both], items: Mapping[_Name, Item], one: str, other: str
) -> list[_Both]:
    """Return the true pairs of two modalities, the first item being of the first."""
    kinds = [(items[a].modality, items[b].modality) for a, b in pairs]
    straight = [pair for pair, kind in zip(pairs, kinds, strict=True) if kind == (one, other)]
    turned = [(b, a) for (a, b), kind in zip(pairs, kinds, strict=True) if kind == (other, one)]
    return straight or turned


def _drawn(pairs: Sequence[_Both], rng: np.random.Generator, most: int) -> list[_Both]:
    """Return some pairs by chance, each of another first item; an id means one item a side."""
    found: dict[str, _Both] = {}
    seconds: dict[str, _Name] = {}
    for n in rng.permutation(len(pairs)):
        a, b = pairs[int(n)]
        if a[1] not in found and seconds.setdefault(b[1], b) == b and a != b:
            found[a[1]] = a, b
        if len(found) == most:
            break
    return [found[name] for name in sorted(found)]


def _some(
    items: Mapping[_Name, Item], kind: str, rng: np.random.Generator, most: int
) -> tuple[_Name, ...]:
    """Return items of a modality by chance, each id once."""
    fits = {name[1]: name for name, item in items.items() if item.modality == kind}
    chosen = sorted(fits)
    return tuple(fits[chosen[int(n)]] for n in sorted(rng.permutation(len(chosen))[:most]))


def kept_data(run: Run, case: str = "") -> Dataset:
    """Return what a stored run keeps of a case's items, with its judgements.

    case: the first one where it is empty. Whole are texts shorter than 1,000 letters; images are
    there as the small pictures that a run keeps; longer texts and other media are left out. Raises
    UsageError for a case that the run does not have, or that keeps none of its content.
    """
    names = [one.name for one in run.cases]
    chosen = case or names[0]
    if chosen not in names:
        raise UsageError(f"the run '{run.id}' has no case '{chosen}'; it has {', '.join(names)}.")
    import pyarrow.compute as pc

    mine = run.items.filter(pc.equal(run.items["case"], chosen))
    sides = {
        side: kept_items(mine.filter(pc.equal(mine["side"], side))) for side in ("query", "corpus")
    }
    if not sides["query"] and not sides["corpus"]:
        what = f"the run '{run.id}' keeps no text or image of '{chosen}' that could be embedded."
        raise UsageError(f"{what} Name its data set with --data instead.")
    grades: dict[str, dict[str, int]] = {}
    for row in run.judgements.to_pylist():
        there = row["query"] in sides["query"] and row["item"] in sides["corpus"]
        if there and row["case"] == chosen:
            grades.setdefault(row["query"], {})[row["item"]] = int(row["grade"])
    queries, corpus = (tuple(side.values()) for side in sides.values())
    return Dataset(f"{run.suite}: {chosen}", queries, corpus, Truth(grades), Card(chosen))


def kept_items(items: pa.Table) -> dict[str, Item]:
    """Return what a stored run keeps of items of one case and side, by id, as `kept_data` does."""
    found = {}
    for row in items.to_pylist():
        content = _kept(row)
        if content is not None:
            tags = {name: _tag(value) for name, value in json.loads(row["tags"]).items()}
            found[row["id"]] = Item(row["id"], content, tags)
    return found


def _kept(row: dict[str, object]) -> Content | None:
    """Return the content of an item as a run keeps it, None where that is not the item."""
    text, picture = row["text"], row["picture"]
    if row["modality"] == "text" and isinstance(text, str) and 0 < len(text) < _KEPT_LETTERS:
        return None if _is_hidden(text) else text
    if row["modality"] == "image" and isinstance(picture, bytes):
        return Media("image/jpeg", data=picture)
    return None


def _is_hidden(text: str) -> bool:
    """Return whether a run keeps a digest in place of the text."""
    head, _, rest = text.partition(" ")
    return head == "sha256" and len(rest) == 12


def _tag(value: object) -> tuple[str, ...] | dict[str, float]:
    """Return the value of a tag as items have it."""
    return dict(value) if isinstance(value, dict) else tuple(value)  # type: ignore[arg-type]
