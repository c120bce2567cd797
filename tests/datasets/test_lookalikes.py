"""The lookalikes data set keeps every promise its card makes."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from evalkit.core import registry

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "lookalikes"
LANGUAGES = {"en", "es", "de", "fr", "pt"}
LOOK = ("kind", "shape", "colour", "pattern")
Row = dict[str, Any]


@cache
def lines(name: str, folder: Path = FOLDER) -> list[Row]:
    text = (folder / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def corpus() -> dict[str, Row]:
    return {row["id"]: row["tags"] for row in lines("corpus.jsonl")}


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
def pairs() -> list[list[str]]:
    rows = (FOLDER / "pairs.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "a\tb\tlabel\tkind"
    return [row.split("\t") for row in rows[1:]]


@cache
def card() -> Row:
    found: Row = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    return found


@cache
def needs() -> list[Row]:
    text = (FOLDER / "sources" / "needs.yaml").read_text(encoding="utf-8")
    found: list[Row] = yaml.safe_load(text)
    return found


def asked(kind: str) -> list[Row]:
    return [row for row in lines("queries.jsonl") if row["tags"]["query_kind"] == kind]


def look(tags: Row) -> tuple[str, ...]:
    return tuple(tags[name] for name in LOOK)


def pixels(name: str) -> np.ndarray:
    with Image.open(FOLDER / "images" / f"{name}.jpg") as image:
        return np.asarray(image.convert("L").resize((160, 160)), dtype=np.float64)


def test_it_loads_as_a_folder() -> None:
    data = registry.create("readers", "folder").read(str(FOLDER))
    assert (len(data.corpus), len(data.queries)) == (380, 342)
    assert len(data.truth.pairs) == 240
    assert {item.modality for item in data.corpus} == {"image"}
    assert {item.modality for item in data.queries} == {"image", "text", "mixed"}


def test_the_card_is_complete_and_counts_right() -> None:
    about = " ".join(card()["about"].split())
    kinds = Counter(row["tags"]["query_kind"] for row in lines("queries.jsonl"))
    products = {tags["product"] for tags in corpus().values()}
    shelves = {tags["category"] for tags in corpus().values()}
    copies = [tags for tags in corpus().values() if tags["copy"] != "original"]
    photos = len(corpus()) - len(copies)
    assert (
        f"{photos} photos of {len(products)} products of 20 kinds on {len(shelves)} shelv" in about
    )
    assert f"{len(copies)} near-duplicates of some of them: {len(corpus())} pictures" in about
    assert f"{kinds['photo']} third photos, {kinds['copy']} degraded copies" in about
    assert f"{len(needs())} wishes" in about
    assert f"{kinds['modified']} times said beside the photo and {kinds['words']} times" in about
    assert f"{len(lines('queries.jsonl'))} queries" in about
    assert card()["licence"] == "CC0-1.0"
    assert set(card()["languages"]) == LANGUAGES
    assert all(card()[key] for key in ("source", "ground_truth", "limits"))


def test_there_are_enough_shelves_and_kinds_of_queries() -> None:
    shelves = Counter(tags["category"] for tags in corpus().values())
    assert len(shelves) >= 16
    assert min(shelves.values()) >= 12
    kinds = Counter(row["tags"]["query_kind"] for row in lines("queries.jsonl"))
    assert kinds["photo"] >= 80
    assert kinds["copy"] >= 60
    assert kinds["modified"] == kinds["words"] >= 60


def test_no_product_of_the_storefront_is_repeated() -> None:
    sold = {look(row) for row in lines("products.jsonl", FOLDER.parent / "storefront")}
    here = {look(tags) for tags in corpus().values()}
    assert len(here) == 130
    assert not here & sold


def test_every_product_has_two_photos_that_differ_in_background() -> None:
    scenes: dict[str, list[str]] = defaultdict(list)
    for tags in corpus().values():
        if tags["copy"] == "original":
            scenes[tags["product"]].append(tags["background"])
    for row in asked("photo"):
        scenes[row["tags"]["product"]].append(row["tags"]["background"])
    assert all(len(found) == len(set(found)) == 3 for found in scenes.values())


def test_pictures_decode_at_their_size() -> None:
    used = {row["image"] for row in lines("corpus.jsonl")}
    used |= {row["image"] for row in lines("queries.jsonl") if "image" in row}
    used |= {row["parts"][0]["image"] for row in asked("modified")}
    assert {f"images/{path.name}" for path in (FOLDER / "images").iterdir()} == used
    small = {f"images/{n}.jpg" for n, tags in corpus().items() if tags["copy"] == "resized"}
    for name in used:
        with Image.open(FOLDER / name) as image:
            image.load()
            assert (image.format, image.mode) == ("JPEG", "RGB")
            low, high = (84, 112) if name in small else (160, 160)
            assert low <= image.width == image.height <= high


def test_no_picture_is_both_asked_with_and_found() -> None:
    bytes_of = {path.name: path.read_bytes() for path in (FOLDER / "images").iterdir()}
    assert len(set(bytes_of.values())) == len(bytes_of)


def test_the_folder_is_small() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 3 * 1024 * 1024


def test_ids_and_order_tell_nothing_of_the_kind() -> None:
    kinds = {tags["kind"] for tags in corpus().values()}
    assert len({row["tags"]["kind"] for row in lines("corpus.jsonl")[:21]}) > 5
    assert len({row["tags"]["kind"] for row in lines("queries.jsonl")[:21]}) > 5
    names = [row["id"] + row.get("image", "") for name in ("corpus", "queries")
             for row in lines(f"{name}.jsonl")]  # fmt: skip
    assert not any(kind in name for name in names for kind in kinds)


# --- pairs --------------------------------------------------------------------------------------


def test_pairs_are_balanced_and_unique() -> None:
    labels = Counter((label, kind) for _, _, label, kind in pairs())
    assert {n for (label, _), n in labels.items() if label == "duplicate"} == {20}
    assert {n for (label, _), n in labels.items() if label == "different"} == {30}
    assert len({frozenset(row[:2]) for row in pairs()}) == len(pairs()) == 240


def test_duplicates_are_copies_and_say_how_they_were_made() -> None:
    for a, b, label, kind in pairs():
        if label == "duplicate":
            assert corpus()[a]["copy"] == "original"
            assert corpus()[b]["copy"] == kind
            assert {**corpus()[a], "copy": kind} == corpus()[b]


def test_different_pairs_differ_in_one_thing() -> None:
    may = {"pattern": {"pattern"}, "colour": {"colour"}, "shape": {"shape"}}
    for a, b, label, kind in pairs():
        if label == "different":
            one, two = corpus()[a], corpus()[b]
            apart = {name for name in LOOK if one[name] != two[name]}
            assert kind in apart
            assert apart <= may.get(kind, {"kind", "shape"})
            assert one["copy"] == two["copy"] == "original"
    same = [corpus()[a]["background"] == corpus()[b]["background"]
            for a, b, label, _ in pairs() if label == "different"]  # fmt: skip
    assert sum(same) >= 30


@pytest.mark.parametrize("kind", ["recompressed", "resized", "watermark", "mirrored"])
def test_a_copy_looks_like_its_source_more_than_other_photos_of_the_product_do(kind: str) -> None:
    for a, b, _, how in pairs():
        if how != kind:
            continue
        source, copy = pixels(a), pixels(b)
        copy = copy[:, ::-1] if kind == "mirrored" else copy
        others = [n for n, t in corpus().items() if t["product"] == corpus()[a]["product"]
                  and t["background"] != corpus()[a]["background"]]  # fmt: skip
        near = np.abs(source - copy).mean()
        assert near < min(np.abs(source - pixels(n)).mean() for n in others)


# --- judgements ---------------------------------------------------------------------------------


def test_every_query_has_an_answer_and_all_grades_occur() -> None:
    assert list(qrels()) == [row["id"] for row in lines("queries.jsonl")]
    assert all(3 in grades.values() for grades in qrels().values())
    assert {grade for grades in qrels().values() for grade in grades.values()} == {0, 1, 2, 3}


def test_a_photo_finds_its_product_and_a_little_its_kind_and_colour() -> None:
    for row in asked("photo"):
        tags = row["tags"]
        alike = {n for n, t in corpus().items()
                 if (t["kind"], t["colour"]) == (tags["kind"], tags["colour"])}  # fmt: skip
        own = {n for n, t in corpus().items() if t["product"] == tags["product"]}
        assert qrels()[row["id"]] == {n: 3 if n in own else 1 for n in alike}


def test_a_copy_finds_its_source_and_the_copies_of_that() -> None:
    twins = {b: a for a, b, label, _ in pairs() if label == "duplicate"}
    with_twin = 0
    for row in asked("copy"):
        grades = qrels()[row["id"]]
        found = [name for name, grade in grades.items() if grade == 3]
        with_twin += len(found) == 2
        assert len({twins.get(name, name) for name in found}) == 1
        own = {n for n, t in corpus().items() if t["product"] == row["tags"]["product"]}
        assert set(grades) == own
        assert {corpus()[n]["background"] for n in found} == {row["tags"]["background"]}
    assert with_twin == len(asked("copy")) / 2


def expected(need: Row, tags: Row) -> int | None:
    """Return the grade that the card promises, written apart from the maker's rule."""
    ((field, value),) = need["change"].items()
    was = dict(zip(LOOK, need["of"], strict=True))
    if field == "background":
        if look(tags) != tuple(need["of"]):
            return None
        return 3 if tags["background"] == value else 0
    if look(tags) == tuple(need["of"]):
        return 0
    if tags[field] != value or tags["kind"] != (was | {field: value})["kind"]:
        return None
    kept = {name: tags[name] == was[name] for name in LOOK if name != field}
    if field == "kind":
        return (None, 1, 3)[kept["colour"] + kept["pattern"]]
    others = [kept[name] for name in ("colour", "pattern") if name != field]
    if not all(others):
        return 1
    return 3 if kept["shape"] else 2


def test_wishes_are_graded_by_the_rule() -> None:
    for kind in ("modified", "words"):
        for row in asked(kind):
            need = needs()[int(row["tags"]["intent"][1:]) - 1]
            graded = {n: expected(need, tags) for n, tags in corpus().items()}
            known = {n: grade for n, grade in graded.items() if grade is not None}
            assert qrels()[row["id"]] == known
            assert 0 in known.values(), "the unchanged product is judged"


def test_a_wish_is_said_beside_a_photo_of_the_product_and_in_words() -> None:
    shown = {row["image"]: look(row["tags"]) for row in asked("photo")}
    for beside, alone in zip(asked("modified"), asked("words"), strict=True):
        image, said = beside["parts"]
        need = needs()[int(beside["tags"]["intent"][1:]) - 1]
        code = beside["tags"]["language"]
        assert shown[image["image"]] == tuple(need["of"])
        assert said == {"text": need[code]["photo"]}
        assert alone["text"] == need[code]["words"]
        differ = {k for k in beside["tags"] if beside["tags"][k] != alone["tags"][k]}
        assert differ == {"query_kind"}


def test_wishes_come_in_five_languages_and_four_changes() -> None:
    codes = [set(need) - {"of", "change"} for need in needs()]
    assert sum(found == LANGUAGES for found in codes) == 8
    single = Counter(next(iter(found)) for found in codes if len(found) == 1)
    assert set(single) == LANGUAGES
    assert max(single.values()) - min(single.values()) <= 1
    changes = Counter(row["tags"]["change"] for row in asked("modified"))
    assert set(changes) == {"colour", "pattern", "kind", "background"}
    assert min(changes.values()) >= 12


def test_no_wording_comes_twice() -> None:
    texts = [need[code][way].casefold() for need in needs() for code in set(need) & LANGUAGES
             for way in ("photo", "words")]  # fmt: skip
    assert len(set(texts)) == len(texts)


# --- the script ---------------------------------------------------------------------------------


def test_files_match_their_sources() -> None:
    command = [sys.executable, str(FOLDER / "make.py"), "--check", "--every", "193", "--jobs", "1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "all files match their sources\n"
