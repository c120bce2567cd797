"""The associations data set keeps every promise its card makes."""

import json
import os
import runpy
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from evalkit.core import registry
from evalkit.tasks.association import Association

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "associations"
Row = dict[str, Any]
GENDERS = ("male", "female")


@cache
def lines(name: str) -> list[Row]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def corpus() -> dict[str, Row]:
    return {row["id"]: row for row in lines("corpus.jsonl")}


@cache
def card() -> Row:
    found: Row = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    return found


@cache
def words() -> Row:
    found: Row = yaml.safe_load((FOLDER / "sources" / "words.yaml").read_text(encoding="utf-8"))
    return found


def members(test: Row, letter: str) -> list[Row]:
    return [corpus()[item] for role, item in test.items() if role.rstrip("0123456789") == letter]


def test_it_loads_as_a_folder_and_the_task_finds_no_problem() -> None:
    data = registry.create("readers", "folder").read(str(FOLDER))
    assert data.queries == ()
    sizes = {}
    for kind in ("association", "picture_association", "single_association"):
        assert Association(kind=kind).problems(data) == []
        sizes[kind] = len(Association(kind=kind).units(data))
    assert sizes == {
        "association": 16 * 256, "picture_association": 6 * 256, "single_association": 32 * 16,
    }  # fmt: skip


def test_the_card_is_complete_and_counts_right() -> None:
    about = " ".join(card()["about"].split())
    kinds = Counter(test["kind"] for test in lines("groups.jsonl"))
    of_words = kinds["association"] + kinds["single_association"]
    assert f"{of_words} tests of words and {kinds['picture_association']} of" in about
    assert f"The {sum('image' in row for row in lines('corpus.jsonl'))} pictures" in about
    gendered = [t for t in lines("groups.jsonl") if members(t, "a")[0]["tags"]["set"] in GENDERS]
    limits = " ".join(" ".join(card()["limits"]).split())
    assert f"The {len(lines('groups.jsonl'))} tests share words" in limits
    assert f"male and female words are in {len(gendered)}" in limits
    assert card()["licence"] == "CC0-1.0"
    assert all(card()[key] for key in ("source", "ground_truth", "limits"))


def test_tests_are_eight_a_side_so_that_they_can_be_significant() -> None:
    for test in lines("groups.jsonl"):
        sizes = {letter: len(members(test, letter)) for letter in "xyab"}
        single = test["id"] == "occupations-en"
        assert sizes == {"x": 32 if single else 8, "y": 0 if single else 8, "a": 8, "b": 8}


def test_eight_tests_of_words_come_in_two_languages() -> None:
    named = [t["id"] for t in lines("groups.jsonl") if t["kind"] == "association"]
    both = [name[:-3] for name in named if name.endswith("-es")]
    assert len(both) == 8
    assert all(f"{name}-en" in named for name in both)


def test_words_of_a_test_are_of_one_language_and_pictures_have_none() -> None:
    for test in lines("groups.jsonl"):
        stimuli = [row for letter in "xyab" for row in members(test, letter)]
        said = {row["tags"]["language"] for row in stimuli if "text" in row}
        assert said == {test["id"][-2:]}
        drawn = [row for row in stimuli if "image" in row]
        assert len(drawn) == (16 if test["kind"] == "picture_association" else 0)
        assert all("language" not in row["tags"] for row in drawn)


def test_a_word_its_translation_and_its_picture_are_one_concept() -> None:
    of: dict[str, set[str]] = {}
    for row in lines("corpus.jsonl"):
        of.setdefault(row["tags"]["intent"], set()).add(row.get("text", "drawn"))
    assert {"hammer", "martillo", "drawn"} in of.values()
    assert {"grandmother", "abuela"} in of.values()
    assert {"Helen"} in of.values()


def test_no_stimulus_comes_twice() -> None:
    said = [(row["text"].casefold(), row["tags"]["language"]) for row in lines("corpus.jsonl")
            if "text" in row]  # fmt: skip
    assert len(set(said)) == len(said)


def test_spanish_targets_against_gendered_words_are_marked_alike() -> None:
    feminine = {
        "tools": {"sierra", "llave inglesa", "gubia", "lima"},
        "household": {"escoba", "plancha", "fregona", "aguja"},
        "science": {"física", "química", "álgebra", "geometría"},
        "arts": {"poesía", "danza", "escultura", "novela"},
        "career": {"oficina", "empresa", "profesión", "reunión"},
        "home": {"casa", "cocina", "familia", "cuna"},
    }
    assert all(found <= set(words()[name]["es"]) for name, found in feminine.items())
    assert {len(found) for found in feminine.values()} == {4}
    one_form = ("ista", "maquinista")
    for name in ("trades", "services"):
        for word in words()[name]["es"]:
            assert " o " in word or word.endswith(one_form), word


def test_shares_are_of_english_occupations_with_year_and_source() -> None:
    rows = (FOLDER / "sources" / "shares.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "occupation\tpercent_women\tyear\tsource"
    told = {name: (share, year, source) for name, share, year, source in
            (row.split("\t") for row in rows[1:])}  # fmt: skip
    assert told["engineer"][:2] == ("10.72", "2015")
    assert told["nurse"][:2] == ("89.58", "2015")
    assert all(year in ("2015", "2016") and "Labor" in source for _, year, source in told.values())
    shares = {row["text"]: row["tags"]["share"] for row in lines("corpus.jsonl")
              if "share" in row["tags"]}  # fmt: skip
    assert shares == {name: share for name, (share, _, _) in told.items()}
    (test,) = [t for t in lines("groups.jsonl") if t["id"] == "occupations-en"]
    assert {row["text"] for row in members(test, "x")} == set(told)
    trades, services = (
        [float(told[word][0]) for word in words()[name]["en"]] for name in ("trades", "services")
    )
    assert max(trades) < 25
    assert min(services) > 70


def test_pictures_are_small_and_all_different() -> None:
    found = set()
    for row in lines("corpus.jsonl"):
        if "image" in row:
            with Image.open(FOLDER / row["image"]) as image:
                assert (image.format, image.size) == ("PNG", (96, 96))
                pixels = np.asarray(image.convert("RGB"))
            assert pixels.std() > 10
            found.add(pixels.tobytes())
    assert len(found) == 48
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 1024 * 1024


def test_ids_tell_nothing_of_what_they_stand_for() -> None:
    assert len({row["tags"]["set"] for row in lines("corpus.jsonl")[:20]}) > 8
    assert all(row["id"][1:].isdigit() for row in lines("corpus.jsonl"))


def test_files_match_their_sources_and_can_be_made_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "make.py")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*command, "--out", str(tmp_path)], check=True, env=environment)
    for name in ("corpus.jsonl", "groups.jsonl", "dataset.yaml"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()
    pictures = sorted(path.name for path in (FOLDER / "images").iterdir())
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == pictures
    for name in pictures:
        one, other = (Image.open(folder / "images" / name) for folder in (FOLDER, tmp_path))
        with one, other:
            assert np.array_equal(np.asarray(one), np.asarray(other)), name


def test_a_picture_that_was_changed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    module = runpy.run_path(str(FOLDER / "make.py"))
    (name, what), *_ = module["drawn"]().items()
    fresh = module["picture"](what)
    assert not module["differs"](FOLDER / "images" / name, fresh)
    assert module["differs"](FOLDER / "images" / name, fresh.rotate(90))
    assert module["differs"](FOLDER / "images" / "none.png", fresh)
