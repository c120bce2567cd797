"""Writes the text files of the data set: corpus, queries, judgements, pairs."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from sounds_maker.synth import generator

from .catalogue import SEED, Clip, clips, ids, tags
from .rules import Intent, answer, intents

Row = dict[str, Any]


@cache
def asked() -> dict[str, tuple[Intent, str, str]]:
    """Return need, language and words of every query by its id."""
    everything = [(intent, code, text) for intent in intents() for code, text in intent.ask]
    order = generator(SEED, "queries").permutation(len(everything))
    return {f"q{place:04d}": everything[int(k)] for place, k in enumerate(order, 1)}


def corpus_rows() -> list[Row]:
    """Return the items of the corpus."""
    return [
        {"id": name, "video": f"media/{name}.mp4", "tags": tags(clip)}
        for name, clip in clips().items()
    ]


def query_rows() -> list[Row]:
    """Return the queries with their tags."""
    return [
        {
            "id": name,
            "text": text,
            "tags": {"intent": intent.id, "language": code, "about": intent.about},
        }
        for name, (intent, code, text) in asked().items()
    ]


def judgements() -> list[tuple[Any, ...]]:
    """Return query, item, grade, start and end, best first."""
    rows: list[tuple[Any, ...]] = []
    for name, (intent, _, _) in asked().items():
        graded = ((item, answer(intent, clip)) for item, clip in clips().items())
        found = [(item, *row) for item, row in graded if row is not None]
        found.sort(key=lambda row: (-row[1], row[0]))
        rows += [(name, *("" if value is None else value for value in row)) for row in found]
    return rows


def _pair(clip: Clip) -> tuple[str, str, str, str] | None:
    """Return a copy with its source, or a look-alike with what it is like."""
    if clip.copy_of:
        return ids()[clip.copy_of], ids()[clip.key], "duplicate", clip.edit
    if not clip.twin_of:
        return None
    kinds = {"both": "other_take", "sight_only": "other_sound", "sound_only": "other_sight"}
    return ids()[clip.twin_of], ids()[clip.key], "different", kinds[clip.mix]


def pair_rows() -> list[tuple[str, str, str, str]]:
    """Return the pairs of near duplicates and of look-alikes."""
    return sorted(pair for clip in clips().values() if (pair := _pair(clip)))


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
