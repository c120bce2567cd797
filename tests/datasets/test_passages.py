"""The passages data set keeps every promise its card makes."""

import json
import math
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit.core import registry

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "passages"
STYLES = ("question", "keywords", "colloquial")
Row = dict[str, Any]


@cache
def lines(name: str) -> list[Row]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def qrels() -> dict[str, dict[str, int]]:
    rows = (FOLDER / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "query-id\tcorpus-id\tscore"
    graded: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows[1:]:
        query, item, score = row.split("\t")
        assert item not in graded[query], row
        graded[query][item] = int(score)
    return graded


@cache
def card() -> Row:
    found: Row = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    return found


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def test_it_loads_as_a_folder() -> None:
    reader = registry.create("readers", "folder")
    assert reader.claims(str(FOLDER))
    data = reader.read(str(FOLDER))
    assert len(data.corpus) == len(lines("corpus.jsonl"))
    assert len(data.queries) == len(lines("queries.jsonl"))
    assert data.card.languages == ("en",)


def test_the_card_is_complete_and_counts_right() -> None:
    assert card()["name"] == "passages"
    assert card()["licence"] == "CC0-1.0"
    about = card()["about"]
    topics = {row["tags"]["topic"] for row in lines("corpus.jsonl")}
    intents = {row["tags"]["intent"] for row in lines("queries.jsonl")}
    assert f"{len(lines('corpus.jsonl'))} short English passages of {len(topics)} topics" in about
    assert f"{len(intents)} needs of their readers in {len(lines('queries.jsonl'))}" in about
    assert all(f"{style} (" in about for style in STYLES)
    for key in ("source", "ground_truth", "limits"):
        assert card()[key], key


def test_passages_are_of_like_length_and_distinct() -> None:
    texts = [row["text"] for row in lines("corpus.jsonl")]
    assert len({text.casefold() for text in texts}) == len(texts)
    lengths = [len(text.split()) for text in texts]
    assert min(lengths) >= 35
    assert max(lengths) <= 75
    assert set(Counter(row["tags"]["topic"] for row in lines("corpus.jsonl")).values()) == {8}


def test_ids_and_order_tell_nothing_of_the_topic() -> None:
    first = [row["tags"]["topic"] for row in lines("corpus.jsonl")[:22]]
    assert len(set(first)) > 8
    assert all(re.fullmatch(r"p\d{3}", row["id"]) for row in lines("corpus.jsonl"))


def test_every_need_is_asked_in_each_style() -> None:
    styles: dict[str, list[str]] = defaultdict(list)
    for row in lines("queries.jsonl"):
        assert set(row["tags"]) == {"topic", "style", "intent"}
        styles[row["tags"]["intent"]].append(row["tags"]["style"])
    assert all(sorted(found) == sorted(STYLES) for found in styles.values())
    texts = [row["text"].casefold() for row in lines("queries.jsonl")]
    assert len(set(texts)) == len(texts)


def test_every_query_has_one_answer_of_its_topic() -> None:
    topics = {row["id"]: row["tags"]["topic"] for row in lines("corpus.jsonl")}
    assert set(qrels()) == {row["id"] for row in lines("queries.jsonl")}
    for row in lines("queries.jsonl"):
        grades = qrels()[row["id"]]
        assert set(grades.values()) <= {0, 1, 2}
        answers = [item for item, grade in grades.items() if grade == 2]
        assert len(answers) == 1
        assert topics[answers[0]] == row["tags"]["topic"]


def test_wordings_of_a_need_share_its_judgements() -> None:
    judged: dict[str, list[dict[str, int]]] = defaultdict(list)
    for row in lines("queries.jsonl"):
        judged[row["tags"]["intent"]].append(qrels()[row["id"]])
    assert all(grades == found[0] for found in judged.values() for grades in found)


def test_all_grades_occur() -> None:
    grades = Counter(grade for found in qrels().values() for grade in found.values())
    assert grades[0] >= 100
    assert grades[1] >= 60


def found_by_words(query: str) -> str:
    """Return the passage that shares the most, and the rarest, words with a query."""
    corpus: dict[str, set[str]] = {
        row["id"]: set(words(row["text"])) for row in lines("corpus.jsonl")
    }
    common = Counter(word for used in corpus.values() for word in used)
    rare = {word: math.log(1 + len(corpus) / count) for word, count in common.items()}
    asked = set(words(query))
    return max(corpus, key=lambda item: sum(rare[word] for word in asked & corpus[item]))


def test_shared_words_alone_do_not_find_the_answer() -> None:
    right: dict[str, list[bool]] = defaultdict(list)
    for row in lines("queries.jsonl"):
        hit = qrels()[row["id"]].get(found_by_words(row["text"]), 0) == 2
        right[row["tags"]["style"]].append(hit)
    share = {style: sum(hits) / len(hits) for style, hits in right.items()}
    assert share["colloquial"] < 0.20
    assert share["question"] < 0.65
    assert share["colloquial"] < share["question"] < share["keywords"]


def test_files_match_their_sources() -> None:
    command = [sys.executable, str(FOLDER / "make.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    copy = shutil.copytree(FOLDER, tmp_path / "passages")
    with (copy / "qrels.tsv").open("a", encoding="utf-8") as file:
        file.write("q001\tp001\t2\n")
    command = [sys.executable, str(copy / "make.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "differs: qrels.tsv\n")


@pytest.mark.parametrize("file", sorted((FOLDER / "sources").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_source_has_eight_passages_and_five_needs(file: Path) -> None:
    topic = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(topic) == {"topic", "passages", "needs"}
    assert len(topic["passages"]) == 8
    assert len(topic["needs"]) == 5
    for need in topic["needs"]:
        assert set(need) <= {*STYLES, "answers", "helps", "near"}
