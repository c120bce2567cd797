"""A data set while it is made of other files, and how it becomes a folder."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalkit.core.errors import DataError, OutputError, Problem
from evalkit.readers._media_files import Found
from evalkit.readers._truth import Judgements

_GROUND_TRUTH = "Each text is judged for the file it was written about. All else is not judged."
_LIMITS = [
    "A file that suits a text it was not written for counts as not relevant.",
    "Nobody has judged the files that were found.",
]


@dataclass(slots=True)
class Entry:
    """An item or a query: its content as the format writes it, and tags with their values."""

    content: dict[str, Any]
    tags: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, tags: Mapping[str, Iterable[str]]) -> None:
        """Add values of tags; none is kept twice."""
        for name, values in tags.items():
            if found := dict.fromkeys(values):
                self.tags.setdefault(name, {}).update(found)

    def row(self, name: str) -> dict[str, Any]:
        """Return the line of this entry."""
        tags = {k: next(iter(v)) if len(v) == 1 else list(v) for k, v in self.tags.items()}
        return {"id": name, **self.content, **({"tags": tags} if tags else {})}


@dataclass(slots=True)
class Draft:
    """Items and queries by id, and the judgements between them."""

    corpus: dict[str, Entry] = field(default_factory=dict)
    queries: dict[str, Entry] = field(default_factory=dict)
    judged: Judgements = field(default_factory=Judgements)


def write(draft: Draft, found: Mapping[str, Found], source: Path, out: Path, link: bool) -> None:
    """Write a data set folder beside its place and move it there when it is whole.

    Raises OutputError where that is not possible, DataError where a file is gone by now; nothing is
    left behind.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as partial:
            folder = Path(partial) / "whole"
            folder.mkdir()
            _write_texts(folder, draft, _card(draft, source, out))
            _place_media(folder, found, link)
            if out.exists():
                out.rmdir()
            folder.rename(out)
    except OSError as e:
        what = f"cannot be written ({e.strerror or e})."
        fix = "Name another folder, or leave out --link." if link else "Name another folder."
        raise OutputError(Problem(str(out), what, fix)) from e


def _write_texts(folder: Path, draft: Draft, card: dict[str, object]) -> None:
    """Write the card, both sides and the judgements."""
    import yaml

    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=100)
    (folder / "dataset.yaml").write_text(text, encoding="utf-8", newline="\n")
    for name, side in (("corpus.jsonl", draft.corpus), ("queries.jsonl", draft.queries)):
        with (folder / name).open("w", encoding="utf-8", newline="\n") as file:
            for key, entry in side.items():
                file.write(json.dumps(entry.row(key), ensure_ascii=False) + "\n")
    lines = "\n".join(_judgement_lines(draft.judged))
    (folder / "qrels.tsv").write_text(lines + "\n", encoding="utf-8", newline="\n")


def _judgement_lines(judged: Judgements) -> list[str]:
    """Return the lines of qrels.tsv; the columns of places only where one is known."""
    spans = judged.spans
    lines = ["query-id\tcorpus-id\tscore" + ("\tstart\tend\tpage" if spans else "")]
    for query, row in judged.grades.items():
        for item, grade in row.items():
            span = spans.get((query, item))
            places = (span.start, span.end, span.page) if span else (None, None, None)
            cells = ["" if place is None else f"{place:g}" for place in places] if spans else []
            lines.append("\t".join([query, item, str(grade), *cells]))
    return lines


def _card(draft: Draft, source: Path, out: Path) -> dict[str, object]:
    """Return what the data set says of itself, to be completed by its owner."""
    tags = {name: entry.tags for name, entry in draft.queries.items()}
    languages = {value for found in tags.values() for value in found.get("language", ())}
    content = [entry.content for entry in draft.corpus.values()]
    modalities = {key for entry in content for key in entry if key != "page"}
    return {
        "name": out.resolve().name,
        "about": f"The files of {source.resolve().name} and what was written about them.",
        "licence": "",
        "source": "",
        "languages": sorted(languages),
        "modalities": sorted(modalities),
        "groups": sorted({name for found in tags.values() for name in found}),
        "ground_truth": _GROUND_TRUTH,
        "limits": _LIMITS,
    }


def _place_media(folder: Path, found: Mapping[str, Found], link: bool) -> None:
    """Copy or link every file but texts, which stand in the corpus itself."""
    for name, file in found.items():
        if file.kind == "text":
            continue
        path = folder / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if link:
                os.link(file.path.resolve(), path)
            else:
                shutil.copyfile(file.path, path)
        except FileNotFoundError as e:
            what = "the file was there and is gone."
            raise DataError(Problem(str(file.path), what, "Restore it and try again.")) from e
