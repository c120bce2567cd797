"""Reads evalkit's own format: a folder with a card, JSONL items and tab-separated judgements.

    dataset.yaml    the card: name, about, licence, source, languages, modalities, groups,
                    ground_truth, limits; and `truth`, which says what the ground truth is:
                    grades (the default), tags, pairs, groups, or a list of these
    corpus.jsonl    {"id", "text" | "image" | "audio" | "video" | "document" + "page" | "parts",
                    "tags": {name: value | [values] | {value: weight}}}, one item a line
    queries.jsonl   the same; needed for grades
    qrels.tsv       query-id corpus-id score [start end page]; needed for grades
    pairs.tsv       a b label [kind]
    groups.jsonl    {"id", "kind", role: item id, role: item id, ...}

Media lie beside these and are read when they are needed; that they exist is checked at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evalkit.core.items import Dataset, Item, Truth
from evalkit.core.registry import plugin
from evalkit.readers import _truth
from evalkit.readers._card import NAME, read_card
from evalkit.readers._items import items
from evalkit.readers._layout import is_beir, require_folder
from evalkit.readers._problems import Problems

_FILES = (NAME, "corpus.jsonl", "queries.jsonl", "qrels.tsv")


@plugin("readers", "folder")
@dataclass(frozen=True, slots=True)
class Folder:
    """Reads a folder with `dataset.yaml`, `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`."""

    def claims(self, path: str) -> bool:
        """Return whether the path is a folder with one of these files, and no BEIR folder."""
        root = Path(path)
        return not is_beir(root) and any((root / name).is_file() for name in _FILES)

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        root, problems = require_folder(path), Problems(path)
        card, kinds = read_card(root, problems)
        corpus = items(root, "corpus.jsonl", "corpus", problems)
        queries: dict[str, Item] = {}
        if "grades" in kinds or (root / "queries.jsonl").exists():
            queries = items(root, "queries.jsonl", "query set", problems)
        truth = _read_truth(root, kinds, queries, corpus, problems)
        problems.stop()
        sides = tuple(queries.values()), tuple(corpus.values())
        return Dataset(card.name, *sides, truth, card, origin=path)


def _read_truth(
    root: Path,
    kinds: tuple[str, ...],
    queries: dict[str, Item],
    corpus: dict[str, Item],
    problems: Problems,
) -> Truth:
    """Return what the truth files that are announced or there say."""
    known = queries.keys() | corpus.keys()
    judged = _truth.Judgements()
    if "grades" in kinds or (root / "qrels.tsv").exists():
        before = problems.count
        judged = _truth.judgements(root, "qrels.tsv", queries, corpus, problems)
        if queries and corpus and not judged.grades and problems.count == before:
            what = f"none of the {len(queries)} queries has a judgement."
            problems.add(str(root / "qrels.tsv"), what, "Write query-id corpus-id score lines.")
    pairs = "pairs" in kinds or (root / "pairs.tsv").exists()
    groups = "groups" in kinds or (root / "groups.jsonl").exists()
    return Truth(
        judged.grades,
        judged.spans,
        _truth.pairs(root, "pairs.tsv", known, problems) if pairs else (),
        _truth.groups(root, "groups.jsonl", known, problems) if groups else (),
    )
