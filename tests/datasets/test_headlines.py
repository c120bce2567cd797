"""The headlines data set keeps every promise its card makes."""

import json
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit.core import registry

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "headlines"
LANGUAGES = {"en", "es", "de", "fr", "pt", "it", "ar", "ja"}
SCRIPTS = {"ar": "ARABIC", "ja": "CJK|HIRAGANA|KATAKANA"}
Row = dict[str, Any]


@cache
def lines(name: str) -> list[Row]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def table(name: str) -> list[list[str]]:
    rows = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [row.split("\t") for row in rows]


@cache
def tags() -> dict[str, Row]:
    return {row["id"]: row["tags"] for row in lines("corpus.jsonl")}


@cache
def texts() -> dict[str, str]:
    return {row["id"]: row["text"] for row in lines("corpus.jsonl")}


@cache
def qrels() -> dict[str, dict[str, int]]:
    graded: dict[str, dict[str, int]] = defaultdict(dict)
    for query, item, score in table("qrels.tsv")[1:]:
        assert item not in graded[query], (query, item)
        graded[query][item] = int(score)
    return graded


@cache
def card() -> Row:
    found: Row = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    return found


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def shared(one: str, other: str) -> float:
    """Return the share of the words of two headlines that both have."""
    left, right = set(words(texts()[one])), set(words(texts()[other]))
    return len(left & right) / len(left | right)


def wanted(query: str) -> set[str]:
    """Return the headlines that tell the story asked for."""
    return {item for item, score in qrels()[query].items() if score == 3}


def test_it_loads_as_a_folder() -> None:
    data = registry.create("readers", "folder").read(str(FOLDER))
    assert len(data.corpus) == len(lines("corpus.jsonl"))
    assert len(data.truth.pairs) == len(table("pairs.tsv")) - 1
    assert len(data.truth.groups) == len(lines("groups.jsonl"))
    assert set(data.card.languages) == LANGUAGES


def test_there_is_enough_of_everything() -> None:
    rows = lines("corpus.jsonl")
    languages = Counter(row["tags"]["language"] for row in rows)
    assert len(rows) >= 480
    assert len({row["text"].casefold() for row in rows}) == len(rows)
    assert set(languages) == LANGUAGES
    assert min(languages.values()) >= 25
    assert languages.most_common(1)[0][0] == "en"
    assert len({row["tags"]["topic"] for row in rows}) == 12


def test_the_card_counts_right() -> None:
    about = card()["about"]
    languages = Counter(row["tags"]["language"] for row in lines("corpus.jsonl"))
    least, most = min(languages.values()), sorted(languages.values())[-2]
    stories = {row["tags"]["story"] for row in lines("corpus.jsonl")}
    intents = {row["tags"]["intent"] for row in lines("queries.jsonl")}
    assert f"{len(lines('corpus.jsonl'))} headlines of 12 topics in eight languages" in about
    assert f"({languages['en']} English, {least} to {most} in each of the others)" in about
    assert f"{len(stories)} stories, ten a topic" in about
    assert f"{len(lines('queries.jsonl'))} queries ask for {len(intents)} of the stories" in about
    assert f"{len(lines('groups.jsonl'))} groups of the kind like_varied" in about
    assert all(card()[key] for key in ("licence", "source", "ground_truth", "limits"))


def test_the_prevalence_is_the_one_of_the_card() -> None:
    labels = Counter(row[2] for row in table("pairs.tsv")[1:])
    total = sum(labels.values())
    promise = (
        f"{total} pairs, of which {labels['duplicate']} are duplicates:"
        f" prevalence {labels['duplicate'] / total:.3f}"
    )
    assert promise in card()["about"]
    assert total >= 300
    assert 0.3 < labels["duplicate"] / total < 0.37


def test_no_character_is_missing_or_decomposed() -> None:
    strange = {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}
    for row in lines("corpus.jsonl") + lines("queries.jsonl"):
        text = row["text"]
        assert text == unicodedata.normalize("NFC", text).strip(), row
        assert not {unicodedata.category(c) for c in text} & strange, row
        assert "\ufffd" not in text, row
        assert not re.search(r"\w\?\w|\?\?|&\w+;|Ã", text), row  # traces of a wrong encoding


@pytest.mark.parametrize("language", SCRIPTS)
def test_a_language_is_written_in_its_script(language: str) -> None:
    for row in lines("corpus.jsonl"):
        letters = [c for c in row["text"] if c.isalpha()]
        own = [c for c in letters if re.match(SCRIPTS[language], unicodedata.name(c))]
        spoken = row["tags"]["language"] == language
        assert (len(own) == len(letters)) == spoken, row


def test_a_story_has_a_lead_and_a_paraphrase() -> None:
    versions: dict[str, list[str]] = defaultdict(list)
    for row in lines("corpus.jsonl"):
        versions[row["tags"]["story"]].append(row["tags"]["version"])
        assert (row["tags"]["version"] == "translation") == (row["tags"]["language"] != "en")
    for story, found in versions.items():
        count = Counter(found)
        assert count["lead"] == count["paraphrase"] == 1, story
        assert count["edit"] <= 1, story


def test_ids_and_order_tell_nothing_of_the_topic() -> None:
    assert all(re.fullmatch(r"c\d{4}", row["id"]) for row in lines("corpus.jsonl"))
    assert len({row["tags"]["topic"] for row in lines("corpus.jsonl")[:24]}) > 7


def test_pairs_name_two_known_headlines_and_no_pair_stands_twice() -> None:
    assert table("pairs.tsv")[0] == ["a", "b", "label", "kind"]
    seen = set()
    for a, b, _, _ in table("pairs.tsv")[1:]:
        assert a != b
        assert {a, b} <= texts().keys()
        assert frozenset((a, b)) not in seen
        seen.add(frozenset((a, b)))


def test_a_pair_is_what_its_kind_says() -> None:
    kinds = {"duplicate": {"edit", "paraphrase", "translation"}}
    kinds["different"] = {"number", "outcome", "entity", "topic"}
    for a, b, label, kind in table("pairs.tsv")[1:]:
        one, other = tags()[a], tags()[b]
        assert kind in kinds[label]
        assert one["topic"] == other["topic"]
        assert (one["story"] == other["story"]) == (label == "duplicate")
        assert (one["affair"] == other["affair"]) == (kind != "topic")
        if label == "duplicate":
            assert {one["version"], other["version"]} == {"lead", kind}


def test_every_kind_of_pair_is_there_often_enough() -> None:
    kinds = Counter(row[3] for row in table("pairs.tsv")[1:])
    assert min(kinds.values()) >= 60


def figures(text: str) -> set[str]:
    """Return the figures of a headline without separators and final zeros (90 mil is 90,000)."""
    joined = re.sub(r"(?<=\d)[., \u202f](?=\d{3})", "", text)
    return {found.rstrip("0") for found in re.findall(r"\d+", joined)}


def test_duplicates_agree_in_their_figures() -> None:
    compared = 0
    for a, b, label, _ in table("pairs.tsv")[1:]:
        left, right = figures(texts()[a]), figures(texts()[b])
        if label == "duplicate" and left and right:
            compared += 1
            assert left <= right or right <= left, (texts()[a], texts()[b])
    assert compared >= 60


def test_pairs_that_differ_share_more_words_than_paraphrases() -> None:
    found: dict[str, list[float]] = defaultdict(list)
    for a, b, _, kind in table("pairs.tsv")[1:]:
        if tags()[a]["language"] == tags()[b]["language"] == "en":
            found[kind].append(shared(a, b))
    mean = {kind: sum(values) / len(values) for kind, values in found.items()}
    assert mean["edit"] > mean["number"] > mean["paraphrase"]
    assert min(mean["outcome"], mean["entity"]) > mean["paraphrase"] > mean["topic"]


def test_groups_hold_like_varied_and_unlike_descriptions() -> None:
    assert len(lines("groups.jsonl")) >= 40
    for group in lines("groups.jsonl"):
        assert group["kind"] == "like_varied"
        roles = ("anchor", "like", "varied", "unlike")
        anchor, like, varied, unlike = (group[role] for role in roles)
        told = [tags()[item]["story"] for item in (anchor, like, varied)]
        assert len(set(told)) == 1
        assert tags()[unlike]["affair"] == tags()[anchor]["affair"]
        assert tags()[unlike]["story"] not in told
        assert min(shared(anchor, like), shared(anchor, unlike)) > shared(anchor, varied)


def test_every_need_is_asked_in_three_ways() -> None:
    rows = lines("queries.jsonl")
    intents = Counter(row["tags"]["intent"] for row in rows)
    assert len(rows) >= 120
    assert len(intents) >= 30
    assert min(intents.values()) >= 3
    assert len({row["text"].casefold() for row in rows}) == len(rows)
    assert {row["tags"]["language"] for row in rows} == LANGUAGES


def test_a_query_is_judged_by_story_and_entity() -> None:
    assert set(qrels()) == {row["id"] for row in lines("queries.jsonl")}
    kinds = {tags()[a]["affair"]: kind for a, _, _, kind in table("pairs.tsv")[1:] if kind in
             ("number", "outcome", "entity")}  # fmt: skip
    for query, grades in qrels().items():
        affairs = {tags()[item]["affair"] for item in wanted(query)}
        stories = {tags()[item]["story"] for item in wanted(query)}
        assert len(affairs) == len(stories) == 1
        (affair,) = affairs
        every = {item for item, found in tags().items() if found["story"] in stories}
        assert wanted(query) == every
        assert 0 in grades.values()
        siblings = {s for i, s in grades.items() if tags()[i]["affair"] == affair and s != 3}
        assert siblings == ({0} if kinds[affair] == "entity" else {1})
        assert all(s == 0 for i, s in grades.items() if tags()[i]["affair"] != affair)


def test_formulations_of_a_need_share_its_judgements() -> None:
    judged: dict[str, list[dict[str, int]]] = defaultdict(list)
    for row in lines("queries.jsonl"):
        judged[row["tags"]["intent"]].append(qrels()[row["id"]])
    assert all(grades == found[0] for found in judged.values() for grades in found)


def pattern(text: str, slots: set[str]) -> str:
    """Return a query with every run of slot words and numbers replaced by one blank."""
    blanked = (("_" if word in slots or word.isdigit() else word) for word in words(text))
    return re.sub(r"_( _)+", "_", " ".join(blanked))


def test_few_queries_share_a_pattern() -> None:
    affairs: dict[str, set[str]] = defaultdict(set)
    for row in lines("corpus.jsonl"):
        affairs[row["tags"]["affair"]].update(words(row["text"]))
    found: Counter[str] = Counter()
    for row in lines("queries.jsonl"):
        affair = tags()[next(iter(wanted(row["id"])))]["affair"]
        found[pattern(row["text"], affairs[affair])] += 1
    assert max(found.values()) <= 3, found.most_common(3)


def test_patterns_blank_what_a_template_would_fill() -> None:
    slots = {"red", "mug"}
    assert pattern("Red mug for 20", slots) == pattern("mug for red mug", slots) == "_ for _"


def test_few_headlines_begin_alike_across_affairs() -> None:
    begun: dict[str, set[str]] = defaultdict(set)
    for row in lines("corpus.jsonl"):
        begun[" ".join(words(row["text"])[:3])].add(row["tags"]["affair"])
    assert max(map(len, begun.values())) <= 3


def test_files_match_their_sources_and_a_changed_file_is_noticed(tmp_path: Path) -> None:
    copy = shutil.copytree(FOLDER, tmp_path / "headlines")
    command = [sys.executable, str(copy / "make.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with (copy / "pairs.tsv").open("a", encoding="utf-8") as file:
        file.write("c0001\tc0002\tduplicate\tedit\n")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "differs: pairs.tsv\n")


def test_it_can_be_made_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "make.py"), "--out", str(tmp_path / "here")]
    subprocess.run(command, check=True, timeout=60)
    for made in (tmp_path / "here").iterdir():
        assert made.read_bytes() == (FOLDER / made.name).read_bytes()
