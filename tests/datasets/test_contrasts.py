"""The contrasts data set keeps every promise its card makes."""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from evalkit.core import registry

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "contrasts"
KINDS = {
    "negation",
    "exclusion",
    "antonym",
    "number",
    "unit",
    "date",
    "quantifier",
    "temporal_order",
    "role_swap",
    "attribute_binding",
}
DRAWN = {"attribute_binding", "number", "negation"}
ROLES = ("query1", "document1", "query2", "document2", "paraphrase1", "paraphrase2")
Row = dict[str, Any]


@cache
def lines(name: str) -> list[Row]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def items() -> dict[str, Row]:
    return {row["id"]: row for name in ("queries.jsonl", "corpus.jsonl") for row in lines(name)}


@cache
def card() -> Row:
    found: Row = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    return found


@cache
def texts() -> dict[str, dict[str, str]]:
    """Return what is said in each role of the pairs of two texts, by pair."""
    return {
        group["id"]: {role: items()[group[role]]["text"] for role in ROLES}
        for group in lines("groups.jsonl")
        if "text" in items()[group["document1"]]
    }


@cache
def tags() -> dict[str, Row]:
    return {group["id"]: items()[group["query1"]]["tags"] for group in lines("groups.jsonl")}


def words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.casefold())


def edits(one: str, other: str) -> int:
    """Return how many words have to be put in, taken out or replaced."""
    left, right = words(one), words(other)
    row = list(range(len(right) + 1))
    for i, word in enumerate(left, 1):
        before, row = row, [i]
        for j, other_word in enumerate(right, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (word != other_word)))
    return row[-1]


@cache
def templates() -> list[tuple[str, Row]]:
    """Return every template with the name of its file."""
    files = sorted((FOLDER / "sources").glob("*.yaml"))
    return [(f.stem, t) for f in files for t in yaml.safe_load(f.read_text(encoding="utf-8"))]


def test_it_loads_as_a_folder() -> None:
    data = registry.create("readers", "folder").read(str(FOLDER))
    assert len(data.corpus) == len(lines("corpus.jsonl"))
    assert len(data.truth.groups) == len(lines("groups.jsonl"))
    assert registry.create("tasks", "contrast").problems(data) == []


def test_there_is_enough_of_everything() -> None:
    found = Counter((t["pairing"], t["kind"]) for t in tags().values())
    assert sum(found.values()) >= 400
    assert {kind for pairing, kind in found if pairing == "text-text"} == KINDS
    assert {kind for pairing, kind in found if pairing == "text-image"} == DRAWN
    assert Counter(t["language"] for t in tags().values())["es"] >= 60
    english = Counter(
        t["kind"] for t in tags().values() if (t["pairing"], t["language"]) == ("text-text", "en")
    )
    assert min(english.values()) >= 30, "a gate on fewer pairs is inconclusive"


def test_the_card_counts_right() -> None:
    about = " ".join(card()["about"].split())
    pairing = Counter(t["pairing"] for t in tags().values())
    of_texts = Counter(t["language"] for t in tags().values() if t["pairing"] == "text-text")
    drawn = Counter(t["kind"] for t in tags().values() if t["pairing"] == "text-image")
    assert f"{len(tags())} minimal pairs" in about
    assert f"{pairing['text-text']} pairs are of two short texts" in about
    assert f"({of_texts['en']} English, {of_texts['es']} Spanish)" in about
    assert f"{pairing['text-image']} of two drawings" in about
    for kind in DRAWN:
        assert f"{kind} ({drawn[kind]})" in about
    assert (
        f"{len({t['template'] for t in tags().values()})} templates, two to six pairs each" in about
    )
    assert set(card()["groups"]) == set(lines("corpus.jsonl")[0]["tags"])


def test_at_most_ten_pairs_share_a_template() -> None:
    assert max(Counter(t["template"] for t in tags().values()).values()) <= 10


def blanked(template: Row, row: str) -> tuple[str, ...]:
    """Return what is left of a pair once what was filled in is taken out again."""
    fills = sorted((part.strip() for part in row.split(" ; ")), key=len, reverse=True)
    slots = {chr(97 + n): f.strip() for n, f in enumerate(row.split(" ; "))}
    patterns = [template[name].format(**slots) for name in ("q1", "q2", "doc") if name in template]
    for fill in fills:
        patterns = [re.sub(rf"(?<!\w){re.escape(fill)}(?!\w)", "_", p) for p in patterns]
    return tuple(patterns)


def test_patterns_differ_once_their_gaps_are_blanked() -> None:
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    counts: Counter[tuple[str, ...]] = Counter()
    for _, template in templates():
        for row in template["rows"]:
            pattern = blanked(template, row)
            found[pattern].add(template["id"])
            counts[pattern] += 1
    assert max(counts.values()) <= 10
    assert {len(names) for names in found.values()} == {1}


def test_a_pair_has_all_its_roles_and_says_nothing_twice() -> None:
    for group in lines("groups.jsonl"):
        assert tuple(sorted(group)) == tuple(sorted(("id", "kind", *ROLES)))
        shared = ("kind", "template", "intent", "topic", "language", "pairing")
        assert len({tuple(items()[group[r]]["tags"][t] for t in shared) for r in ROLES}) == 1
    for said in texts().values():
        assert len({text.casefold() for text in said.values()}) == len(ROLES), said


def test_no_query_and_no_document_is_there_twice() -> None:
    for name in ("queries.jsonl", "corpus.jsonl"):
        said = [row["text"].casefold() for row in lines(name) if "text" in row]
        assert [text for text, count in Counter(said).items() if count > 1] == []


def test_ids_say_nothing_of_the_content() -> None:
    for role in ROLES:
        numbers = [int(group[role][1:]) for group in lines("groups.jsonl")]
        middle = len(lines("corpus.jsonl" if role[0] != "q" else "queries.jsonl")) / 2
        assert abs(np.mean(numbers) / middle - 1) < 0.12, role


def test_documents_differ_in_one_detail() -> None:
    sizes = [edits(said["document1"], said["document2"]) for said in texts().values()]
    assert max(sizes) <= 10, "two long names that change places"
    assert np.median(sizes) == 1
    assert np.mean([size <= 4 for size in sizes]) > 0.98


def test_a_paraphrase_is_about_as_far_from_its_document_as_the_contradiction() -> None:
    against, beside = [], []
    for pair, said in texts().items():
        contrast = edits(said["document1"], said["document2"])
        for i in ("1", "2"):
            away = edits(said[f"document{i}"], said[f"paraphrase{i}"])
            assert away >= min(contrast, 4) - 2, (pair, said)
            assert away <= contrast + 2, (pair, said)
            against.append(contrast)
            beside.append(away)
    assert 0.9 < np.mean(beside) / np.mean(against) < 1.3


def test_a_paraphrase_keeps_the_detail() -> None:
    for said in texts().values():
        apart = edits(said["document1"], said["document2"])
        assert edits(said["paraphrase1"], said["paraphrase2"]) == apart


def overlap(query: str, document: str) -> int:
    return len(set(words(query)) & set(words(document)))


def test_common_words_do_not_tell_which_document_answers() -> None:
    """Also in parts of words: a query may not lean to its own document by spelling alone."""
    right = []
    for said in texts().values():
        q1, q2, d1, d2 = (said[r] for r in ("query1", "query2", "document1", "document2"))
        right.append(overlap(q1, d1) > overlap(q1, d2) and overlap(q2, d2) > overlap(q2, d1))
    assert np.mean(right) < 0.02


def judgements() -> Iterator[tuple[str, str, int]]:
    for row in (FOLDER / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, item, grade = row.split("\t")
        yield query, item, int(grade)


def test_the_answer_and_its_paraphrase_are_relevant_and_the_contradiction_is_judged_0() -> None:
    expected = {}
    for group in lines("groups.jsonl"):
        for i, j in (("1", "2"), ("2", "1")):
            for name in ("document", "paraphrase"):
                expected[group[f"query{i}"], group[f"{name}{i}"]] = 1
                expected[group[f"query{i}"], group[f"{name}{j}"]] = 0
    assert {(query, item): grade for query, item, grade in judgements()} == expected


# --- drawings -----------------------------------------------------------------------------------


@cache
def pixels(item: str) -> Any:
    with Image.open(FOLDER / items()[item]["image"]) as image:
        return np.asarray(image.convert("RGB"), float)


def drawn() -> list[Row]:
    return [g for g in lines("groups.jsonl") if "image" in items()[g["document1"]]]


def test_drawings_are_small() -> None:
    files = list((FOLDER / "images").iterdir())
    assert {f"images/{f.name}" for f in files} == {
        row["image"] for row in lines("corpus.jsonl") if "image" in row
    }
    assert sum(f.stat().st_size for f in files) < 3_000_000


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_the_other_arrangement_looks_no_more_alike_than_the_contradiction(kind: str) -> None:
    """Pixel by pixel, so that comparing pictures as they stand does not pass the control."""
    for group in drawn():
        if tags()[group["id"]]["kind"] != kind:
            continue
        contrast = np.abs(pixels(group["document1"]) - pixels(group["document2"])).mean()
        assert contrast > 0.1, group["id"]
        for i in ("1", "2"):
            away = np.abs(pixels(group[f"document{i}"]) - pixels(group[f"paraphrase{i}"])).mean()
            assert away > 0.6 * contrast, group["id"]


def test_bound_colours_change_places_and_nothing_else_does() -> None:
    for group in drawn():
        if tags()[group["id"]]["kind"] == "attribute_binding":
            one, other = (pixels(group[f"document{i}"]) for i in "12")
            ground = one[0, 0]
            empty = [(np.abs(p - ground).max(axis=2) < 12).mean() for p in (one, other)]
            assert empty[0] == pytest.approx(empty[1], abs=0.03)


# --- the script ---------------------------------------------------------------------------------


def test_files_match_their_sources() -> None:
    command = [sys.executable, str(FOLDER / "make.py"), "--check", "--every", "40"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "all files match their sources\n"


def test_it_can_be_made_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "make.py"), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("corpus.jsonl", "queries.jsonl", "groups.jsonl", "qrels.tsv", "dataset.yaml"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()
    assert len(list((tmp_path / "images").iterdir())) == len(drawn()) * 4
