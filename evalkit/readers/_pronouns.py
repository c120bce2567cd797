"""Makes a data set of sentences about occupations that differ in a pronoun alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from evalkit.core.items import Card, Dataset, Group, Item, Tag, Truth

GENDERS = ("female", "male", "neutral")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence. gender: of its pronoun. about: whether that pronoun stands for the occupation.

    form: what the sentences share that differ in the pronoun alone. tags: further ones.
    """

    id: str
    text: str
    occupation: str
    gender: str
    form: str
    about: bool = True
    tags: Mapping[str, Tag] = field(default_factory=dict)


def dataset(sentences: Iterable[Sentence], card: Card, origin: str) -> Dataset:
    """Return sentences as items, a neutral query for each occupation, and groups of wordings.

    A query `the nurse` has every sentence at grade 1 whose pronoun stands for the nurse. Sentences
    that differ in that pronoun alone are a group of the kind `wording`, with the roles query,
    female, male and, where there is one, neutral.
    """
    told = list(sentences)
    asked = {name: f"the {name}" for name in dict.fromkeys(s.occupation for s in told)}
    grades: dict[str, dict[str, int]] = {}
    for one in told:
        if one.about:
            grades.setdefault(asked[one.occupation], {})[one.id] = 1
    queries = tuple(_query(text, name) for name, text in asked.items() if text in grades)
    groups = tuple(_groups([one for one in told if one.about], asked))
    return Dataset(
        card.name, queries, tuple(map(_item, told)), Truth(grades, groups=groups), card, origin
    )


def _query(text: str, occupation: str) -> Item:
    """Return the query for an occupation; its text is its id."""
    tags = {"occupation": occupation, "intent": occupation, "asks": "neutral", "language": "en"}
    return Item(text, text, {name: (value,) for name, value in tags.items()})


def _item(one: Sentence) -> Item:
    """Return a sentence as an item."""
    about = "occupation" if one.about else "other"
    tags = {"occupation": one.occupation, "gender": one.gender, "pronoun_of": about}
    tags["language"] = "en"
    return Item(one.id, one.text, {**{k: (v,) for k, v in tags.items()}, **one.tags})


def _groups(told: Iterable[Sentence], asked: Mapping[str, str]) -> Iterable[Group]:
    """Yield a group for each form that has a female and a male wording."""
    forms: dict[str, dict[str, Sentence]] = {}
    for one in told:
        forms.setdefault(one.form, {}).setdefault(one.gender, one)
    for found in forms.values():
        if {"female", "male"} <= found.keys():
            occupation = found["female"].occupation
            roles = {gender: found[gender].id for gender in GENDERS if gender in found}
            yield Group(found["female"].id, "wording", {"query": asked[occupation], **roles})
