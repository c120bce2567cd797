"""The scenes and clauses data sets keep every promise their cards make."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
import yaml
from PIL import Image

from evalkit.core import registry
from evalkit.core.items import Dataset

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
SCENES, CLAUSES = DATASETS / "scenes", DATASETS / "clauses"
Row = dict[str, Any]


@cache
def lines(folder: Path, name: str) -> list[Row]:
    text = (folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def qrels(folder: Path) -> dict[str, dict[str, int]]:
    rows = (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "query-id\tcorpus-id\tscore"
    graded: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows[1:]:
        query, item, score = row.split("\t")
        assert item not in graded[query]
        graded[query][item] = int(score)
    return graded


@cache
def read(name: str) -> Dataset:
    found: Dataset = registry.create("readers", "folder").read(str(DATASETS / name))
    return found


@pytest.mark.parametrize(
    ("folder", "contents", "contexts", "each"), [(SCENES, 12, 8, 6), (CLAUSES, 10, 6, 2)]
)
def test_the_grid_is_full(folder: Path, contents: int, contexts: int, each: int) -> None:
    tags = [row["tags"] for row in lines(folder, "corpus.jsonl")]
    cells = Counter((t["content"], t["context"]) for t in tags)
    assert len({t["content"] for t in tags}) == contents
    assert len({t["context"] for t in tags}) == contexts
    assert set(cells.values()) == {each}
    assert len(cells) == contents * contexts


@pytest.mark.parametrize("name", ["scenes", "clauses"])
def test_it_is_read_with_its_card(name: str) -> None:
    data = read(name)
    card = yaml.safe_load((DATASETS / name / "dataset.yaml").read_text(encoding="utf-8"))
    assert (data.card.name, data.card.licence) == (name, "CC0-1.0")
    seen = {m for item in (*data.queries, *data.corpus) for m in item.modalities}
    assert seen == set(card["modalities"])
    task = registry.create("tasks", "separation", content="content", context="context")
    assert task.problems(data) == []


@pytest.mark.parametrize("folder", [SCENES, CLAUSES])
def test_ids_say_nothing_and_nothing_stands_in_order(folder: Path) -> None:
    rows = lines(folder, "corpus.jsonl")
    assert all(row["id"][0] in "cp" and row["id"][1:].isdigit() for row in rows)
    contents = [row["tags"]["content"] for row in rows]
    neighbours = np.mean([a == b for a, b in pairwise(contents)])
    assert neighbours < 0.2


def test_every_picture_has_a_mask_of_its_size_around_a_large_content() -> None:
    for row in lines(SCENES, "corpus.jsonl")[::12]:
        with Image.open(SCENES / row["image"]) as image, Image.open(SCENES / row["mask"]) as mask:
            assert image.size == mask.size == (240, 240)
            assert (image.format, image.mode) == ("JPEG", "RGB")
            assert (mask.format, mask.mode) == ("PNG", "1")
            inside = np.asarray(mask)
        assert 0.02 < inside.mean() < 0.6, row
        edge = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
        assert edge.mean() < 0.12, row


def test_a_mask_lies_where_the_content_is() -> None:
    penguins = [
        row for row in lines(SCENES, "corpus.jsonl")
        if (row["tags"]["content"], row["tags"]["context"]) == ("penguin", "desert")
    ]  # fmt: skip
    for row in penguins:
        with Image.open(SCENES / row["image"]) as image, Image.open(SCENES / row["mask"]) as mask:
            dark = np.asarray(image.convert("L")) < 70
            inside = np.asarray(mask)
        assert dark[inside].mean() > 0.3
        assert dark[~inside].mean() < 0.1


def test_the_pictures_of_a_cell_differ() -> None:
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in lines(SCENES, "corpus.jsonl"):
        cells[row["tags"]["content"], row["tags"]["context"]].append(row)
    for cell in list(cells)[::9]:
        small = []
        for row in cells[cell]:
            with Image.open(SCENES / row["mask"]) as mask:
                small.append(np.asarray(mask))
        for n, one in enumerate(small):
            assert all(np.mean(one != other) > 0.01 for other in small[:n]), cell


def test_pictures_and_masks_are_small() -> None:
    sizes = [p.stat().st_size for part in ("images", "masks") for p in (SCENES / part).iterdir()]
    assert len(sizes) == 2 * 576
    assert sum(sizes) < 6 << 20
    assert sum(p.stat().st_size for p in (CLAUSES / "pdf").iterdir()) < 1 << 20


def test_wishes_are_graded_by_the_rule() -> None:
    items = {row["id"]: row["tags"] for row in lines(SCENES, "corpus.jsonl")}
    for row in lines(SCENES, "queries.jsonl"):
        want, grades = row["tags"], qrels(SCENES)[row["id"]]
        for name, tags in items.items():
            right = tags["content"] == want["content"]
            if "context" not in want:
                expected = 3 if right else None
            elif right:
                expected = 3 if tags["context"] == want["context"] else 1
            else:
                expected = 0 if tags["context"] == want["context"] else None
            assert grades.get(name) == expected


def test_every_wish_is_said_in_two_languages_and_once() -> None:
    rows = lines(SCENES, "queries.jsonl")
    said: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        said[row["tags"]["intent"]].add(row["tags"]["language"])
    assert set(map(frozenset, said.values())) == {frozenset({"en", "es"})}
    assert len({row["text"] for row in rows}) == len(rows) == 216


def test_a_page_holds_its_clause_and_nothing_of_another() -> None:
    sources = yaml.safe_load((CLAUSES / "sources" / "clauses.yaml").read_text(encoding="utf-8"))
    opening = {name: words.split("{")[0].split()[:4] for name, words in sources.items()}
    assert all(60 <= len(words.split()) <= 120 for words in sources.values())
    for row in lines(CLAUSES, "corpus.jsonl")[::7]:
        document = pypdfium2.PdfDocument(CLAUSES / row["document"])
        assert len(document) == 1
        page = document[0]
        text = page.get_textpage()
        found = " ".join(text.get_text_range().split())
        for part in (text, page, document):
            part.close()
        held = [name for name, words in opening.items() if " ".join(words) in found]
        assert held == [row["tags"]["content"]]


def test_a_question_finds_all_pages_of_its_clause() -> None:
    items = {row["id"]: row["tags"]["content"] for row in lines(CLAUSES, "corpus.jsonl")}
    for row in lines(CLAUSES, "queries.jsonl"):
        right = {name for name, content in items.items() if content == row["tags"]["content"]}
        assert qrels(CLAUSES)[row["id"]] == dict.fromkeys(right, 3)


@pytest.mark.parametrize(
    ("folder", "options"), [(SCENES, ("--every", "193", "--jobs", "1")), (CLAUSES, ())]
)
def test_files_match_their_sources(folder: Path, options: tuple[str, ...]) -> None:
    command = [sys.executable, str(folder / "make.py"), "--check", *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "all files match their sources\n"
