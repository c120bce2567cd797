"""Writes the text files of the data set: corpus, queries, judgements, pairs."""

import json
from collections.abc import Iterable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from .catalogue import SEED, ids, sounds, tags
from .rules import Intent, answer, intents
from .segments import Segment, answers, segments, strangers
from .synth import generator

Row = dict[str, Any]


@cache
def asked() -> dict[str, Segment | tuple[Intent, str, str]]:
    """Return every query by its id: a piece of sound, or a need with its language and words."""
    everything: list[Segment | tuple[Intent, str, str]] = [*segments(), *strangers()]
    everything += [(intent, code, text) for intent in intents() for code, text in intent.ask]
    order = generator(SEED, "queries").permutation(len(everything))
    return {f"q{place:04d}": everything[int(k)] for place, k in enumerate(order, 1)}


def corpus_rows() -> list[Row]:
    """Return the items of the corpus."""
    return [
        {"id": name, "audio": f"media/{name}.ogg", "tags": tags(sound)}
        for name, sound in sounds().items()
    ]


def query_rows() -> list[Row]:
    """Return the queries: pieces of sound and words."""
    return [_query(name, query) for name, query in asked().items()]


def _query(name: str, query: Segment | tuple[Intent, str, str]) -> Row:
    """Return one query with its tags."""
    if isinstance(query, Segment):
        need = query.within + query.source.key
        places = sorted({segment.within + segment.source.key for segment in segments()})
        number = places.index(need) if query.kind == "segment" else None
        told = {
            "intent": f"x{name[1:]}" if number is None else f"s{number:04d}",
            "query_kind": query.kind,
            "degradation": query.degradation,
            "source_unit": "long" if query.within else "track" if query.source.track else "clip",
        }
        return {"id": name, "audio": f"asked/{name}.ogg", "tags": told}
    intent, language, text = query
    kind = "moment" if intent.after else "text"
    told = {
        "intent": intent.id,
        "query_kind": kind,
        "language": language,
        "about": intent.about,
    }
    return {"id": name, "text": text, "tags": told}


def judgements() -> list[tuple[Any, ...]]:
    """Return query, item, grade, start and end, best first."""
    rows: list[tuple[Any, ...]] = []
    for name, query in asked().items():
        if isinstance(query, Segment):
            found: list[tuple[Any, ...]] = list(answers(query))
        else:
            graded = ((item, answer(query[0], sound)) for item, sound in sounds().items())
            found = [(item, *row) for item, row in graded if row is not None]
        found.sort(key=lambda row: (-row[1], row[0]))
        rows += [(name, *("" if value is None else value for value in row)) for row in found]
    return rows


def pair_rows() -> list[tuple[str, str, str, str]]:
    """Return copies as duplicates, and tracks alike in genre and tempo as different."""
    tracks = [sound for sound in sounds().values() if sound.track]
    rows = [(ids()[s.copy_of], ids()[s.key], "duplicate", s.edit) for s in tracks if s.copy_of]
    for one, two in combinations(tracks, 2):
        assert one.track
        assert two.track
        alike = (one.label, one.track.bpm) == (two.label, two.track.bpm)
        if alike and one.track.seed != two.track.seed and not (one.copy_of and two.copy_of):
            same = one.track.lead == two.track.lead
            if same or not (one.copy_of or two.copy_of):
                kind = "lookalike" if same else "same_genre"
                rows.append((ids()[one.key], ids()[two.key], "different", kind))
    return sorted(rows)


def _lines(path: Path, rows: Iterable[Any]) -> None:
    """Write one JSON object a line."""
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _table(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write tab-separated rows below a header."""
    lines = ("\t".join(map(str, row)) for row in (header, *rows))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_texts(folder: Path) -> None:
    """Write corpus.jsonl, queries.jsonl, qrels.tsv and pairs.tsv."""
    folder.mkdir(parents=True, exist_ok=True)
    _lines(folder / "corpus.jsonl", corpus_rows())
    _lines(folder / "queries.jsonl", query_rows())
    header = ("query-id", "corpus-id", "score", "start", "end")
    _table(folder / "qrels.tsv", header, judgements())
    _table(folder / "pairs.tsv", ("a", "b", "label", "kind"), pair_rows())
