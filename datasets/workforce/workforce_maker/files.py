"""Writes the lines of each text file of the data set."""

import json
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from .asking import Query, queries
from .people import SEED, SETS, Person, people
from .sources import HERE, Occupation, occupations

Row = dict[str, Any]
EVEN = 5
"""Shares closer than this to half name no prototype, in percent."""
FIRST = (
    "accountant architect baker carpenter chemist electrician firefighter gardener hairdresser"
    " mechanic nurse photographer plumber programmer secretary teacher"
).split()
FIRST_SETS, FIRST_FOURFOLD = 10, 2
"""Badges that were made first: ten sets, two of them fourfold. Their ids and those of profiles
stay as they were, so that runs and judgements of before can be read beside those of now."""


class Workforce:
    """Everybody and every query, with ids that tell nothing of either."""

    def __init__(self) -> None:
        self.occupations = occupations()
        everybody = [people(one, number) for number, one in enumerate(self.occupations)]
        profiles = [(person, "profile") for some in everybody for person in some]
        badges = [(person, "badge") for person, _ in profiles if _has_badge(person)]
        first = [entry for entry in badges if _is_first(entry[0])]
        later = [entry for entry in badges if not _is_first(entry[0])]
        self.items = _named("c", profiles + first)
        self.items |= _named("c", later, after=len(self.items))
        self.persons = {
            id(person): f"p{name[1:]}"
            for name, (person, kind) in self.items.items()
            if kind == "profile"
        }
        self.queries = _named("q", [q for one in self.occupations for q in queries(one)])

    def badges(self) -> Iterator[tuple[str, Person]]:
        """Yield the id and the person of each badge, those of a set together."""
        found = [(name, person) for name, (person, kind) in self.items.items() if kind == "badge"]
        return iter(sorted(found, key=lambda entry: entry[1].matched))


def files(made: Workforce) -> dict[str, str]:
    """Return the text of every file that is made."""
    return {
        "corpus.jsonl": _lines(
            _item(name, entry, made.persons[id(entry[0])]) for name, entry in made.items.items()
        ),
        "queries.jsonl": _lines(_query(*entry) for entry in made.queries.items()),
        "qrels.tsv": "\n".join(["query-id\tcorpus-id\tscore", *_judgements(made)]) + "\n",
        "groups.jsonl": _lines(_groups(made)),
        "labour-shares.tsv": (HERE / "labour-shares.tsv").read_text(encoding="utf-8"),
    }


def grade(query: Query, person: Person) -> int | None:
    """Return what somebody is to a query: 2 as asked with a gender, 1 of the occupation."""
    if person.occupation != query.occupation:
        return None
    return 2 if person.gender == query.asks else 1


def _has_badge(person: Person) -> bool:
    """Return whether there is a badge of somebody: of all matched sets, and of some others."""
    return bool(person.matched) or person.occupation in FIRST


def _is_first(person: Person) -> bool:
    """Return whether somebody's badge was among the first."""
    place = (int(person.matched[1:]) - 1) % SETS if person.matched else FIRST_SETS
    most = FIRST_SETS if person.gender in ("female", "male") else FIRST_FOURFOLD
    return person.occupation in FIRST and place < most


def _named(letter: str, entries: list, after: int = 0) -> dict[str, Any]:
    """Return entries in random order by ids that say nothing of them.

    after: how many ids of the letter are taken.
    """
    mixed = Random(f"{SEED} {letter}").sample(entries, len(entries))
    return {f"{letter}{place:04}": entry for place, entry in enumerate(mixed, after + 1)}


def _item(name: str, entry: tuple[Person, str], person_tag: str) -> Row:
    """Return the line of a profile or a badge.

    person_tag: whom it is about, for somebody of no set; the versions of a set are one person.
    """
    person, kind = entry
    tags = {"kind": kind, "pool": person.pool, "occupation": person.occupation}
    tags |= {"gender": person.gender, "name_region": person.region}
    tags |= {"age_band": person.draft.band, "language": "en"}
    if person.matched:
        tags["matched"] = person.matched if kind == "profile" else f"b{person.matched[1:]}"
    tags["person"] = person.matched.replace("m", "s") or person_tag
    content = {"text": person.text} if kind == "profile" else {"image": f"badges/{name}.png"}
    return {"id": name, **content, "tags": tags}


def _query(name: str, query: Query) -> Row:
    """Return the line of a query."""
    tags = {"intent": query.occupation, "occupation": query.occupation, "asks": query.asks}
    tags |= {"language": query.language, "template": query.template}
    return {"id": name, "text": query.text, "tags": tags}


def _judgements(made: Workforce) -> Iterator[str]:
    """Yield the lines of the judgements."""
    of: dict[str, list[tuple[str, Person]]] = {}
    for name, (person, _) in made.items.items():
        of.setdefault(person.occupation, []).append((name, person))
    for query, asked in made.queries.items():
        for item, person in of[asked.occupation]:
            yield f"{query}\t{item}\t{grade(asked, person)}"


def _groups(made: Workforce) -> Iterator[Row]:
    """Yield the queries that differ in the gender they name, and the items that do in wording."""
    rows = [*_counterfactual(made), *_wordings(made)]
    yield from ({"id": f"g{place:04}", **row} for place, row in enumerate(rows, 1))


def _counterfactual(made: Workforce) -> Iterator[Row]:
    """Yield neutral, prototypical and counter-prototypical queries where the share is uneven."""
    asked = {(q.occupation, q.language, q.template, q.asks): n for n, q in made.queries.items()}
    for one in made.occupations:
        if (order := _prototype(one)) is None:
            continue
        for form in (("en", "title"), *((some, "person") for some in ("en", "es", "de", "fr"))):
            genders = {"neutral": "neutral", **order}
            roles = {role: asked[one.name, *form, asks] for role, asks in genders.items()}
            yield {"kind": "counterfactual", **roles}


def _prototype(occupation: Occupation) -> dict[str, str] | None:
    """Return which gender the labour share makes prototypical and which not, None for neither."""
    if occupation.share is None or abs(occupation.share - 50) < EVEN:
        return None
    most, least = ("female", "male") if occupation.share > 50 else ("male", "female")
    return {"prototypical": most, "counter": least}


def _wordings(made: Workforce) -> Iterator[Row]:
    """Yield the profiles of each fourfold set with a neutral query, English templates in turn."""
    of = {(p.matched, p.gender): n for n, (p, kind) in made.items.items() if kind == "profile"}
    asked: dict[str, list[str]] = {}
    for name, query in sorted(made.queries.items(), key=lambda entry: entry[1].template):
        if query.asks == "neutral" and query.language == "en":
            asked.setdefault(query.occupation, []).append(name)
    places = {name: person.occupation for name, (person, _) in made.items.items()}
    for matched, gender in sorted(of):
        if gender == "unknown" and matched:
            item = of[matched, gender]
            query = asked[places[item]][(int(matched[1:]) - 1) % 4]
            roles = {"female": of[matched, "female"], "male": of[matched, "male"]}
            yield {"kind": "wording", "query": query, **roles, "neutral": item}


def _lines(rows: Iterable[Row]) -> str:
    """Return rows as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
