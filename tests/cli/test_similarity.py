"""`evalkit similarity`: how alike two items are, offline, and a price before anything is paid."""

import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image

from evalkit import api
from evalkit.core.errors import UsageError
from evalkit.pipeline.similarity import Needed
from tests.factories import Command, asking_suite, write_data

SMALL = ("--at", "256")


def test_two_texts_are_compared_at_every_size(here: Path, evalkit: Command) -> None:
    done = evalkit("similarity", "warm red scarf", "a scarf of red wool")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[:4] == [
        "A: warm red scarf",
        "B: a scarf of red wool",
        "reference",
        "size   cosine",
    ]
    found = re.findall(r"^(\d+) +(0\.\d{3})$", done.out, re.M)
    assert [size for size, _ in found] == ["3072", "1024", "384", "256"]


def test_what_matters_is_named_first(here: Path, evalkit: Command) -> None:
    done = evalkit("similarity", "please a scarf", "scarf", *SMALL, "--explain", "--json")
    first = done.json["changes"][0]
    assert (first["item"], first["kind"], first["label"]) == ("A", "word", "scarf")
    assert first["changes"]["256"] < -0.2
    text = evalkit("similarity", "please a scarf", "scarf", *SMALL, "--explain").out
    assert re.search(r"^A +scarf +-0\.\d{3}$", text, re.M)


def test_an_image_loses_its_tiles(here: Path, evalkit: Command) -> None:
    Image.new("RGB", (32, 32), "red").save(here / "red.png")
    done = evalkit("similarity", "red", "red.png", *SMALL, "--explain", "--json")
    assert [c["kind"] for c in done.json["changes"]] == ["tile"] * 16
    assert done.json["b"] == {"id": "red", "modality": "image"}


def test_a_data_set_shows_where_the_answer_lies(here: Path, evalkit: Command) -> None:
    write_data(here / "data")
    done = evalkit("similarity", "q03", "d03", *SMALL, "--data", "data", "--json")
    found = done.json
    assert (found["a"]["id"], found["b"]["id"]) == ("q03", "d03")
    assert found["true_pairs"] == 40
    assert found["random_pairs"] == 40 * 20 - 40
    assert 0 <= found["sizes"][0]["percentile_among_random"] <= 100
    text = evalkit("similarity", "q03", "d03", *SMALL, "--data", "data").out
    assert "A: question q03\n" in text
    assert "40 true and 760 random pairs of 40 text and 20 text items of 'data'" in text
    assert "drawn with seed 7." in text


def test_a_run_stands_for_its_data(here: Path, evalkit: Command) -> None:
    stored = api.run(asking_suite(here), out=here / "reports")
    done = evalkit("similarity", "q03", "d03", *SMALL, "--run", stored.folder, "--json")
    kept = done.json
    assert "of 'tiny: find'" in kept["pairs"]
    whole = evalkit("similarity", "q03", "d03", *SMALL, "--data", "data", "--json").json
    assert kept["sizes"] == whole["sizes"]
    assert (kept["random_pairs"], kept["true_pairs"]) == (760, 40)


def test_the_same_twice_is_the_same(here: Path, evalkit: Command) -> None:
    write_data(here / "data")
    args = ("similarity", "a", "b c", *SMALL, "--data", "data", "--explain", "--json")
    assert evalkit(*args).out == evalkit(*args, "--offline").out


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["a", "b", "--model", "referense"], 2, "did you mean 'reference'"),
        (["a", "b", "--at", "3"], 2, "has no size 3. Offered: 3072, 1024, 384, 256."),
        (["a", "no.png"], 2, "no.png: "),
        (["", "b"], 2, "the item is empty"),
        (["a", "b", "--data", "nowhere"], 2, "nowhere: there is no such file"),
        (["a", "b", "--data", "d", "--run", "r"], 2, "not both"),
        (["a", "b", "--offline"], 3, "--offline forbids asking"),
    ],
)
def test_what_is_wrong_is_said(
    here: Path, evalkit: Command, args: list[str], code: int, says: str
) -> None:
    done = evalkit("similarity", *args)
    assert done.code == code
    assert says in done.err
    assert done.out == ""


def test_a_service_is_asked_only_after_the_price_was_agreed_to(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", os.urandom(8).hex())
    done = evalkit("similarity", "red scarf", "wool", "--model", "nova")
    assert done.code == 2
    assert re.match(r"2 inputs would be sent; about (under )?\$0\.0", done.err)
    assert "say --yes to go on. Nothing was sent." in done.err


def test_a_no_sends_nothing(here: Path) -> None:
    asked: list[Needed] = []

    def no(needed: Needed) -> bool:
        asked.append(needed)
        return False

    with pytest.raises(UsageError, match="Nothing was sent"):
        api.similarity("red scarf", "wool", model="nova", explain=True, agree=no)
    assert [(one.to_embed, one.service) for one in asked] == [(4, True)]
    assert asked[0].cost.dollars > 0
    assert json.dumps(asked[0].cost.unknown) == "[]"
