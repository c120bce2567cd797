"""Lays stimuli and tests out as the files of a data set."""

import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

from associations_maker.sources import Stimulus, Test, shares, tests

SEED = 20266
Row = dict[str, Any]
Names = dict[Stimulus, str]


def named(made: list[Test]) -> Names:
    """Return an id for every stimulus, dealt by chance; a word in several tests is one item."""
    every = sorted({stimulus for test in made for some in test.sets.values() for stimulus in some})
    random.Random(SEED).shuffle(every)
    return {stimulus: f"c{n + 1:04}" for n, stimulus in enumerate(every)}


def files() -> dict[str, str]:
    """Return the content of every text file."""
    made = tests()
    names = named(made)
    return {"corpus.jsonl": _lines(_corpus(names)), "groups.jsonl": _lines(_groups(made, names))}


def drawn() -> dict[str, str]:
    """Return what is drawn under every picture's file name."""
    return {f"{name}.png": s.said for s, name in named(tests()).items() if not s.language}


def _corpus(names: Names) -> Iterator[Row]:
    """Yield the lines of corpus.jsonl."""
    concepts = sorted({stimulus.concept for stimulus in names})
    random.Random(SEED).shuffle(concepts)
    intent = {concept: f"i{n + 1:03}" for n, concept in enumerate(concepts)}
    known = shares()
    for stimulus, name in names.items():
        tags = {"set": stimulus.kept_in, "intent": intent[stimulus.concept]}
        if not stimulus.language:
            yield {"id": name, "image": f"images/{name}.png", "tags": tags}
            continue
        tags["language"] = stimulus.language
        if stimulus.language == "en" and stimulus.said in known:
            tags["share"] = known[stimulus.said]
        yield {"id": name, "text": stimulus.said, "tags": tags}


def _groups(made: list[Test], names: Names) -> Iterator[Row]:
    """Yield the lines of groups.jsonl."""
    for test in made:
        roles = {
            f"{letter}{n + 1}": names[stimulus]
            for letter, some in test.sets.items()
            for n, stimulus in enumerate(some)
        }
        yield {"id": test.name, "kind": test.kind, **roles}


def _lines(rows: Iterable[Row]) -> str:
    """Return rows as JSONL, by id."""
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ordered)
