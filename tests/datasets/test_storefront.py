"""Tests that the storefront data set keeps every promise its card makes."""

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "datasets" / "storefront"
LANGUAGES = {"en", "es", "de", "fr", "pt"}
MEGABYTE = 1024 * 1024
Row = dict[str, Any]


@cache
def lines(name: str) -> list[Row]:
    """Return the rows of one JSONL file."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def qrels() -> dict[str, dict[str, int]]:
    """Return the grades of every query by item."""
    rows = (FOLDER / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "query-id\tcorpus-id\tscore"
    graded: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows[1:]:
        query, item, score = row.split("\t")
        assert item not in graded[query], row
        graded[query][item] = int(score)
    return graded


@cache
def intents() -> dict[str, list[Row]]:
    """Return the queries of every intent."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for query in lines("queries.jsonl"):
        grouped[query["tags"]["intent"]].append(query)
    return grouped


@pytest.fixture(scope="module")
def maker() -> Iterator[Any]:
    """Lend an importer for the modules that make the data set."""
    sys.path.insert(0, str(FOLDER))
    yield lambda name: import_module(f"storefront_maker.{name}")
    sys.path.remove(str(FOLDER))


def test_card_has_all_keys() -> None:
    card = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    assert card["name"] == "storefront"
    assert card["licence"] == "CC0-1.0"
    assert set(card["languages"]) == LANGUAGES
    assert set(card["modalities"]) == {"text", "image"}
    assert set(card["groups"]) <= set(lines("queries.jsonl")[0]["tags"])
    for key in ("source", "ground_truth", "limits", "about"):
        assert card[key], key


def test_card_states_the_counts_that_are_there() -> None:
    about = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))["about"]
    assert f"{len(lines('products.jsonl'))} products" in about
    assert f"{len(intents())} intents" in about
    assert f"{len(lines('queries.jsonl'))} queries" in about


def test_card_names_every_style() -> None:
    card = yaml.safe_load((FOLDER / "dataset.yaml").read_text(encoding="utf-8"))
    for style in {query["tags"]["style"] for query in lines("queries.jsonl")}:
        assert f"{style} (" in card["about"]


def test_products_are_complete() -> None:
    products = lines("products.jsonl")
    assert len(products) >= 400
    assert len({product["kind"] for product in products}) == 20
    for product in products:
        assert product["title"]
        assert product["description"]
        assert len(product["category"]) == 3
        assert product["price"] > 0
        assert product["currency"] == "EUR"
        assert len(product["attributes"]) >= 5
        assert product["image"]["background"]
        assert product["image"]["lighting"]


def test_every_product_is_a_text_and_a_photo() -> None:
    items = {item["id"]: item for item in lines("corpus.jsonl")}
    assert len(items) == len(lines("corpus.jsonl")) == 2 * len(lines("products.jsonl"))
    for product in lines("products.jsonl"):
        text, photo = items[f"{product['id']}-text"], items[f"{product['id']}-photo"]
        assert product["title"] in text["text"]
        assert "image" not in text
        assert photo["image"] == f"images/{product['id']}.jpg"
        assert "text" not in photo
        shared = {key: photo["tags"][key] for key in text["tags"]}
        assert shared == text["tags"]
        assert text["tags"]["product"] == product["id"]


def test_listing_tells_what_the_photo_hides(maker: Any) -> None:
    phrases = maker("wording")._phrases()
    items = {item["id"]: item for item in lines("corpus.jsonl")}
    for product in lines("products.jsonl"):
        text = items[f"{product['id']}-text"]["text"]
        for name, value in product["attributes"].items():
            entry = phrases[name]
            forms = entry[value] if isinstance(value, bool) else entry
            assert any(form.format(value=value) in text for form in forms), (product["id"], name)


def test_photos_decode_at_their_size() -> None:
    photos = sorted((FOLDER / "images").iterdir())
    assert [photo.stem for photo in photos] == [p["id"] for p in lines("products.jsonl")]
    for photo in photos:
        with Image.open(photo) as image:
            image.load()
            assert (image.format, image.size, image.mode) == ("JPEG", (192, 192), "RGB")


def test_folder_is_small() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 6 * MEGABYTE
    assert (FOLDER / "qrels.tsv").stat().st_size < 1.5 * MEGABYTE


def test_intents_and_languages() -> None:
    languages = {name: [q["tags"]["language"] for q in rows] for name, rows in intents().items()}
    single = Counter(codes[0] for codes in languages.values() if len(codes) == 1)
    everywhere = [codes for codes in languages.values() if set(codes) == LANGUAGES]
    assert len(languages) >= 240
    assert len(everywhere) >= 60
    assert len(everywhere) + sum(single.values()) == len(languages)
    assert set(single) == LANGUAGES
    assert max(single.values()) - min(single.values()) <= 2
    assert len(lines("queries.jsonl")) >= 480


def test_queries_are_distinct_and_tagged() -> None:
    queries = lines("queries.jsonl")
    assert len({query["id"] for query in queries}) == len(queries)
    assert len({query["text"].casefold() for query in queries}) == len(queries)
    for query in queries:
        assert set(query["tags"]) == {"intent", "language", "category", "style", "shows"}
        assert query["tags"]["shows"] in {"visible", "hidden"}


def test_styles_and_lengths_vary() -> None:
    styles = Counter(query["tags"]["style"] for query in lines("queries.jsonl"))
    lengths = [len(query["text"].split()) for query in lines("queries.jsonl")]
    assert {"short", "long", "attributes", "vague", "numeric"} <= set(styles)
    assert min(lengths) <= 3
    assert max(lengths) >= 20
    assert sum(q["tags"]["shows"] == "visible" for q in lines("queries.jsonl")) >= 60


def test_judgements_refer_to_items_and_queries() -> None:
    items = {item["id"] for item in lines("corpus.jsonl")}
    assert set(qrels()) == {query["id"] for query in lines("queries.jsonl")}
    for grades in qrels().values():
        assert set(grades) <= items
        assert set(grades.values()) <= {0, 1, 2, 3}
        for item, score in grades.items():
            name, _, face = item.partition("-")
            assert grades[f"{name}-{'photo' if face == 'text' else 'text'}"] == score


def test_every_query_has_few_exact_products() -> None:
    exact = [list(grades.values()).count(3) // 2 for grades in qrels().values()]
    assert min(exact) >= 1
    assert max(exact) <= 12
    assert 1 <= sum(exact) / len(exact) <= 5


def test_near_misses_and_all_grades_exist() -> None:
    scores = Counter(score for grades in qrels().values() for score in grades.values())
    assert set(scores) == {0, 1, 2, 3}
    near = [grades for grades in qrels().values() if 0 in grades.values()]
    assert len(near) >= 0.95 * len(qrels())


def test_twins_look_alike_but_differ_inside() -> None:
    looks: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for product in lines("products.jsonl"):
        key = ("kind", "line", "colour", "pattern", "shape", "material")
        looks[tuple(product[name] for name in key)].append(product)
    twins = [group for group in looks.values() if len(group) > 1]
    assert len(twins) >= 100
    for group in twins:
        assert len({json.dumps(twin["attributes"]) for twin in group}) == len(group)


def test_few_queries_share_a_pattern(maker: Any) -> None:
    pattern = maker("words").pattern
    shared = Counter(pattern(query["text"]) for query in lines("queries.jsonl"))
    assert max(shared.values()) <= 3, shared.most_common(3)


def test_patterns_blank_the_slot_words(maker: Any) -> None:
    words = maker("words")
    assert words.pattern("red mug") == words.pattern("Blaue Tasse") == "_"
    assert words.pattern("blue cup under 20 euros") == "_ under _"
    assert words.content_words("The Mugs, été!") == {"mug", "ete"}


def test_many_queries_share_no_word_with_exact_titles(maker: Any) -> None:
    content = maker("words").content_words
    titles = {product["id"]: content(product["title"]) for product in lines("products.jsonl")}
    apart: dict[str, list[bool]] = defaultdict(list)
    for query in lines("queries.jsonl"):
        exact = [i.partition("-")[0] for i, s in qrels()[query["id"]].items() if s == 3]
        used = set().union(*(titles[name] for name in exact))
        apart[query["tags"]["language"]].append(not content(query["text"]) & used)
    every = [one for those in apart.values() for one in those]
    assert sum(every) >= 0.40 * len(every)
    share = {code: round(100 * sum(those) / len(those)) for code, those in apart.items()}
    assert share == {"en": 31, "es": 93, "de": 90, "fr": 83, "pt": 93}
    limits = " ".join(yaml.safe_load((FOLDER / "dataset.yaml").read_text("utf-8"))["limits"])
    assert f"Of all queries {100 * sum(every) / len(every):.0f} percent share no content" in limits
    assert "93 percent of those in Spanish and Portuguese, 90 in German and 83 in French" in limits
    assert "only 31 percent of those in English" in limits


def test_file_names_and_ids_tell_nothing() -> None:
    kinds = {product["kind"] for product in lines("products.jsonl")}
    first = [product["kind"] for product in lines("products.jsonl")[:21]]
    assert len(set(first)) > 5
    for item in lines("corpus.jsonl"):
        assert not any(kind in item["id"] + item.get("image", "") for kind in kinds)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 3),
        ({"pattern": "plain"}, 2),
        ({"price": 21.0}, 2),
        ({"price": 21.0, "pattern": "plain"}, 1),
        ({"price": 30.0}, 0),
        ({"colour": "red"}, 0),
        ({"colour": "red", "price": 30.0}, None),
        ({"kind": "bottle"}, 2),
        ({"kind": "bottle", "pattern": "plain"}, 1),
        ({"kind": "teapot"}, 1),
        ({"kind": "teapot", "pattern": "plain"}, None),
        ({"kind": "hat"}, None),
    ],
)
def test_rule(maker: Any, changes: Row, expected: int | None) -> None:
    rules = maker("rules")
    must, want = {"colour": "blue", "price": "<=20"}, {"pattern": "striped"}
    intent = rules.Intent("n000", "mug", must, want, "short", {"en": "blue striped cup"})
    product = {"kind": "mug", "colour": "blue", "pattern": "striped", "price": 19.0}
    assert rules.grade(intent, {**product, "attributes": {}, **changes}) == expected


def test_photo_settles_only_visible_needs(maker: Any) -> None:
    for intent in maker("rules").load_intents():
        hidden = {*intent.must, *intent.want} - {"colour", "pattern", "shape"}
        tags = {query["tags"]["shows"] for query in intents()[intent.id]}
        assert tags == {"hidden" if hidden else "visible"}


def test_files_match_their_sources() -> None:
    command = [sys.executable, str(FOLDER / "make.py"), "--check", "--every", "105", "--jobs", "1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
