"""Authored pairs of phrases, and the probes that write one half for the other."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import DataError
from evalkit.core.items import Item
from evalkit.core.protocols import Probe, ProbeContext
from evalkit.probes import _rewording
from evalkit.probes._phrases import phrases_of
from evalkit.probes._wordings_file import Wording, key, read_wordings

KINDS = {
    "jargon": ("lay", "professional"),
    "register": ("casual", "formal"),
    "dialect": ("european", "american"),
    "abbreviation": ("short", "long"),
}
AUTHORED = ("jargon", "register", "dialect")
FOLDER = Path(_rewording.__file__).with_name("_wordings")
DATASETS = Path(__file__).parents[2] / "datasets"


def pairs(kind: str) -> list[Wording]:
    return list(read_wordings(FOLDER / f"{kind}.tsv", KINDS[kind]))


def reworded(
    kind: str, text: str, severity: int = 5, seed: int = 0, language: str = "", **params: Any
) -> str | None:
    probe = cast("Probe", registry.create("probes", kind, **params))
    item = Item("a", text, {"language": (language,)} if language else {})
    new = probe.apply(item, severity, ProbeContext(np.random.default_rng(seed)))
    return None if new is None else cast("str", new.content)


# --- the shipped pairs -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_enough_pairs_in_both_languages(kind: str) -> None:
    found = Counter(wording.language for wording in pairs(kind))
    assert set(found) == {"en", "es"}
    assert min(found.values()) >= 60
    assert found.total() >= 120


@pytest.mark.parametrize("kind", AUTHORED)
@pytest.mark.parametrize("by", ["signs", "words"])
def test_no_more_than_ten_pairs_share_a_template(kind: str, by: str) -> None:
    made = Counter(
        (one.language, *_difference(*one.halves, words=by == "words")) for one in pairs(kind)
    )
    assert made.most_common(1)[0][1] <= 10


def _difference(one: str, other: str, words: bool) -> tuple[Any, ...]:
    """Return what differs between two phrases once what they begin and end with alike is gone."""
    a: Any = tuple(one.split()) if words else one
    b: Any = tuple(other.split()) if words else other
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    end = 0
    while end < min(len(a), len(b)) and a[-1 - end] == b[-1 - end]:
        end += 1
    return a[: len(a) - end], b[: len(b) - end]


def test_the_check_for_templates_sees_one() -> None:
    assert _difference("colour", "color", words=False) == _difference("odour", "odor", words=False)
    assert _difference("big cat", "large cat", words=True) == (("big",), ("large",))


@pytest.mark.parametrize("kind", AUTHORED)
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_phrase_stands_in_two_pairs(kind: str, language: str) -> None:
    phrases = [key(h) for one in pairs(kind) if one.language == language for h in one.halves]
    assert len(phrases) == len(set(phrases))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("direction", [0, 1])
def test_every_pair_is_found_and_written_both_ways(kind: str, direction: int) -> None:
    for one in pairs(kind):
        old, new = (one.halves[direction], one.halves[1 - direction])
        text, expected = (half.replace("#", "7.5") for half in (old, new))
        to = KINDS[kind][1 - direction]
        assert reworded(kind, f"({text})", language=one.language, to=to) == f"({expected})"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("language", "least"), [("en", 0.1), ("es", 0.15)])
def test_shipped_queries_have_such_phrases(kind: str, language: str, least: float) -> None:
    lines = (DATASETS / "storefront" / "queries.jsonl").read_text("utf-8").splitlines()
    texts = [r["text"] for r in map(json.loads, lines) if r["tags"]["language"] == language]
    found = [reworded(kind, text, language=language) is not None for text in texts]
    assert sum(found) >= least * len(found)


# --- how phrases are found and written ---------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "new"),
    [
        ("jargon", "Doctor, DOCTOR and the doctor's car", "Physician, PHYSICIAN and the physician's"
         " motor vehicle"),
        ("jargon", "high  blood\npressure", "hypertension"),
        ("jargon", "a lamp, an eye doctor", "a luminaire, an ophthalmologist"),
        ("jargon", "a painkiller and a swelling", "an analgesic and an oedema"),
        ("register", "a cheap photo for my sister", "an inexpensive photograph for my sibling"),
        ("register", "I don’t, I can't", "I do not, I cannot"),
        ("dialect", "A programme on grey tyres", "A program on gray tires"),
        ("dialect", "la gorra con cremallera", "la cachucha con cierre"),
        ("abbreviation", "30cm, 2.5 KG & 1,000 ml", "30 centimetres, 2.5 KILOGRAMS and 1,000 "
         "millilitres"),
        ("abbreviation", '13" w/ 3 LED, led by UV', "13 inches with three light-emitting diode, "
         "led by ultraviolet"),
        ("abbreviation", "79.99 EUR", "79.99 euros"),
    ],
)  # fmt: skip
def test_phrases_keep_case_numbers_and_articles(kind: str, text: str, new: str) -> None:
    assert reworded(kind, text) == new


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("jargon", "doctoral carpets lamp-post lampshade"),
        ("jargon", "luminaire"),
        ("register", "needing it cheaply"),
        ("abbreviation", "C5 5-4 2.5 13:30 €20 x2 10.11.2024"),
    ],
)
def test_parts_of_words_and_numbers_stay(kind: str, text: str) -> None:
    assert reworded(kind, text) is None


def test_a_phrase_inside_the_one_to_write_stays() -> None:
    assert reworded("register", "el teléfono móvil", language="es") is None
    assert reworded("register", "el móvil", language="es") == "el teléfono móvil"


def test_the_longest_phrase_comes_first() -> None:
    assert reworded("jargon", "a broken bone is broken") == "a fracture is defective"


def test_only_the_language_of_the_text_counts() -> None:
    text = "jersey"
    assert reworded("dialect", text, language="es") == "suéter"
    assert reworded("dialect", text, language="en") is None
    assert reworded("dialect", text, language="de") is None
    assert reworded("dialect", text) == "suéter"
    assert reworded("dialect", "the jersey on the grey lamp") == "the jersey on the gray lamp"


@pytest.mark.parametrize("kind", KINDS)
def test_each_severity_replaces_a_fifth_more(kind: str) -> None:
    words = [one.halves[0].replace("#", "7.5") for one in pairs(kind) if one.language == "en"][:10]
    text = " ; ".join(words)
    for severity in range(1, 6):
        new = str(reworded(kind, text, severity, language="en", to=KINDS[kind][1]))
        apart = [1 for a, b in zip(words, new.split(" ; "), strict=True) if a != b]
        assert len(apart) == 2 * severity


def test_at_least_one_phrase_is_replaced() -> None:
    assert reworded("jargon", "the lamp", 1) == "the luminaire"


def test_the_slightest_change_comes_first_and_chance_decides_between_equals() -> None:
    text = "trousers in a colour, metres, litres"
    for seed in range(5):
        assert reworded("dialect", text, 1, seed) == "trousers in a color, metres, litres"
        assert reworded("dialect", text, 3, seed) == "trousers in a color, meters, liters"
    assert len({reworded("dialect", "grey or grey", 1, seed) for seed in range(9)}) == 2


def test_there_and_back_is_the_same() -> None:
    there = str(reworded("dialect", "Grey tyres, a jumper and two litres of petrol"))
    assert there == "Gray tires, a sweater and two liters of gasoline"
    assert (
        reworded("dialect", there, to="european") == "Grey tyres, a jumper and two litres of petrol"
    )


# --- files of one's own ------------------------------------------------------------------------


def written(folder: Path, *lines: str) -> Path:
    file = folder / "own.tsv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_pairs_of_ones_own_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    file = written(tmp_path, "language\tlay\tprofessional", "en\twidget\tRX-7 unit", "")
    assert reworded("jargon", "two Widgets, a widget and a doctor", pairs=file) == (
        "two Widgets, an RX-7 unit and a doctor"
    )


def test_a_missing_half_is_refused_with_file_and_line(tmp_path: Path) -> None:
    file = written(
        tmp_path, "language\tlay\tprofessional", "en\tcar\tmotor vehicle", "en\tlamp\t",
        "en\t\tluminaire", "en\tdog", "\tcat\tfelid",
    )  # fmt: skip
    with pytest.raises(DataError) as caught:
        registry.create("probes", "jargon", pairs=file)
    found = [(problem.where, problem.what) for problem in caught.value.problems]
    assert found == [
        (f"{file}:3", "the pair has no professional: en | lamp | ."),
        (f"{file}:4", "the pair has no lay: en |  | luminaire."),
        (f"{file}:5", "the pair has no professional: en | dog."),
        (f"{file}:6", "the pair has no language:  | cat | felid."),
    ]


@pytest.mark.parametrize(
    ("lines", "where", "said"),
    [
        ((), ":1", "expected the columns language, lay, professional, got"),
        (("language\tcasual\tformal",), ":1", "got language, casual, formal"),
        (("language\tlay\tprofessional", "en\ta\tb\tc"), ":2", "expected 3 columns, got 4"),
        (("language\tlay\tprofessional", "en\ta\tb", "en\tc\tA"), ":3", "'A' is on line 2 already"),
        (("language\tlay\tprofessional", "en\tsame\tSame"), ":2", "'Same' is on line 2 already"),
    ],
)
def test_other_files_are_refused_too(
    tmp_path: Path, lines: tuple[str, ...], where: str, said: str
) -> None:
    file = written(tmp_path, *lines)
    with pytest.raises(DataError) as caught:
        read_wordings(file, ("lay", "professional"))
    assert caught.value.problems[0].where == f"{file}{where}"
    assert said in caught.value.problems[0].what


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        registry.create("probes", "jargon", pairs=tmp_path / "none.tsv")
    (tmp_path / "latin.tsv").write_bytes("language\tlay\tprofessional\nes\tañ".encode("latin-1"))
    with pytest.raises(DataError, match="cannot be read"):
        registry.create("probes", "jargon", pairs=tmp_path / "latin.tsv")


def test_the_phrases_of_no_language_find_nothing() -> None:
    halves = KINDS["jargon"]
    none = phrases_of(FOLDER / "jargon.tsv", halves, "lay", frozenset({"xx"}))
    assert list(none.edits("the physician")) == []
