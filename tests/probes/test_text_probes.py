"""What the probes of text do to letters, words and spaces."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Probe, ProbeContext
from evalkit.probes._boilerplate import SENTENCES
from evalkit.probes._language import languages_of
from evalkit.probes._texts import edit_some, in_case_of, slip_some
from evalkit.probes.homoglyphs import _CLASSES, _DOUBLES
from evalkit.probes.invisible import _EMPTY_ISOLATE, _ZERO_WIDTH

NAMES = (
    "misspelling", "ocr", "casing", "spacing", "homoglyphs", "invisible", "unicode_form",
    "diacritics", "length", "word_order", "abbreviation", "jargon", "register", "dialect",
)  # fmt: skip
UNORDERED = {"casing", "spacing", "unicode_form"}
ENGLISH = (
    "The doctor told us that the colour of the harbour changes in the evening, when the pavement "
    "is wet and kids need a warm jumper; it takes about ten minutes to find out whether the film "
    "is really in the cinema, and a receipt is needed. Café prices go up: 30 cm of cake, 5 euros."
)
SPANISH = (
    "El médico dice que los niños necesitan vacunas, así que quiero comprar un billete barato para "
    "ir en coche o en autobús hasta el colegio; había mucha lluvia en la acera y el césped estaba "
    "lleno de huevos, y también llevaba una camiseta de flores que pesa 300 g."
)


def context(seed: int = 0) -> ProbeContext:
    return ProbeContext(np.random.default_rng(seed))


def changed(
    name: str,
    text: str,
    severity: int = 3,
    seed: int = 0,
    tags: Mapping[str, tuple[str, ...]] | None = None,
    **params: Any,
) -> str | None:
    probe = cast("Probe", registry.create("probes", name, **params))
    item = probe.apply(Item("a", text, tags or {}), severity, context(seed))
    return None if item is None else cast("str", item.content)


def edits(one: str, other: str) -> int:
    row, codes = np.arange(len(other) + 1), np.array([ord(sign) for sign in other])
    for i, sign in enumerate(one, 1):
        unequal = (codes != ord(sign)).astype(int)
        best = np.minimum(row[1:] + 1, row[:-1] + unequal)
        steps = np.concatenate([[i], best]) - np.arange(len(other) + 1)
        row = np.minimum.accumulate(steps) + np.arange(len(other) + 1)
    return int(row[-1])


# --- every probe -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", [ENGLISH, SPANISH])
def test_severity_zero_changes_nothing_and_a_seed_gives_one_text(name: str, text: str) -> None:
    probe = cast("Probe", registry.create("probes", name))
    item = Item("a", text)
    assert probe.apply(item, 0, context()) is item
    for severity in range(1, 6):
        one, other = changed(name, text, severity, 7), changed(name, text, severity, 7)
        assert one == other
        assert one is not None or (name == "abbreviation" and text is ENGLISH)
        assert one != text


@pytest.mark.parametrize("name", sorted(set(NAMES) - UNORDERED))
@pytest.mark.parametrize("text", [ENGLISH, SPANISH])
def test_the_effect_grows_with_severity(name: str, text: str) -> None:
    means = []
    for severity in range(1, 6):
        found = [changed(name, text, severity, seed) or text for seed in range(3)]
        means.append(sum(edits(text, new) for new in found) / len(found))
    assert means == sorted(means)
    assert means[-1] > means[0] or name in ("abbreviation", "diacritics")


@pytest.mark.parametrize("name", sorted(UNORDERED))
def test_kinds_say_that_they_are_not_ordered(name: str) -> None:
    assert registry.find("probes", name).ordered is False


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=40), severity=st.integers(1, 5))
def test_any_text_stays_a_sound_text(name: str, text: str, severity: int) -> None:
    new = changed(name, text, severity)
    if new is not None:
        assert new != text
        assert new.strip() or not text.strip()
        new.encode()


@pytest.mark.parametrize("name", NAMES)
def test_other_parts_stay_and_tags_too(name: str) -> None:
    image = Media("image/png", data=b"x")
    item = Item("a", (image, SPANISH, image), {"language": ("es",)})
    probe = cast("Probe", registry.create("probes", name))
    new = probe.apply(item, 3, context())
    assert new is not None
    assert new.parts[0] is image
    assert new.parts[2] is image
    assert new.parts[1] != SPANISH
    assert (new.id, new.tags) == (item.id, item.tags)
    assert probe.apply(Item("a", image), 3, context()) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_text_cannot_be_changed(name: str) -> None:
    assert changed(name, "") is None
    assert changed(name, " \n") is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("severity", [-1, 6, True, 1.0, "high"])
def test_other_severities_are_refused(name: str, severity: int) -> None:
    with pytest.raises(UsageError, match=f"severity of '{name}' is .* whole number from 0 to 5"):
        changed(name, "text", severity)


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("invisible", {"kind": "ghost"}, "kind of 'invisible' to be any, zero_width, bidi or del"),
        ("length", {"how": "grow"}, "how of 'length' to be pad, pad_before or cut, got 'grow'"),
        ("jargon", {"to": "slang"}, "to of 'jargon' to be lay or professional, got 'slang'"),
        ("spacing", {"share": 0}, "share of 'spacing' to be above 0 and at most 1, got 0"),
        ("spacing", {"share": 1.5}, "at most 1, got 1.5"),
        ("spacing", {"share": True}, "at most 1, got True"),
        ("spacing", {"share": "half"}, "at most 1, got 'half'"),
        ("spacing", {"share": float("nan")}, "at most 1, got nan"),
    ],
)
def test_bad_parameters_name_the_choices(name: str, params: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        registry.create("probes", name, **params)


# --- misspelling -------------------------------------------------------------------------------


def spellings(text: str, language: str, severity: int = 1) -> set[str]:
    tags = {"language": (language,)}
    return {str(changed("misspelling", text, severity, s, tags)) for s in range(60)}


def test_english_is_misspelt_as_it_sounds() -> None:
    assert {"fone", "phonne"} & spellings("phone", "en", 5)
    assert any("recieve" in text for text in spellings("to receive or to receive", "en", 5))
    assert "nife" in spellings("knife", "en")
    assert "runing" in spellings("running", "en")


def test_spanish_is_misspelt_as_it_sounds() -> None:
    assert "uevo" in spellings("huevo", "es")
    assert "baca" in spellings("vaca", "es")
    assert "pero" in spellings("perro", "es")
    assert "muchacho" not in spellings("muchacho", "es")
    assert not any("muca" in word for word in spellings("muchacho", "es", 5))


def test_rules_of_one_language_are_not_used_in_another() -> None:
    assert "uevo" not in spellings("huevo", "en")
    assert "uevo" not in spellings("huevo", "fr", 5)
    assert changed("misspelling", "huevo", tags={"language": ("fr",)}) is None


def test_a_slip_keeps_capitals() -> None:
    assert spellings("PHOTO", "en", 1) <= {w.upper() for w in spellings("photo", "en", 1)}


def test_a_single_slip_is_the_slightest() -> None:
    assert all(edits("thief", word) == 1 for word in spellings("thief", "en", 1))


# --- OCR ---------------------------------------------------------------------------------------


def readings(text: str, severity: int = 5) -> set[str]:
    return {str(changed("ocr", text, severity, seed)) for seed in range(80)}


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("0", "O"), ("1", "l"), ("5", "S"), ("8", "B"), ("e", "c"), ("m", "rn"), ("rn", "m"),
        ("cl", "d"), ("fi", "ﬁ"), ("é", "e"), ("W", "VV"),
    ],
)  # fmt: skip
def test_shapes_that_look_alike_are_confused(printed: str, read: str) -> None:
    assert any(read in text for text in readings(" ".join([printed] * 8)))


def test_long_words_may_keep_the_break_they_had_in_print() -> None:
    assert any("-\n" in word for word in readings("Ж" * 4 + "щ" * 6))
    assert changed("ocr", "Жщщ") is None


def test_ocr_changes_the_share_it_says() -> None:
    text = "e" * 400
    for severity, count in enumerate((8, 20, 40, 60, 100), 1):
        assert str(changed("ocr", text, severity)).count("c") == count


# --- casing and spacing ------------------------------------------------------------------------


def test_the_five_cases() -> None:
    text = "Warm USB lamp, naïve"
    assert changed("casing", text, 1) == "warm usb lamp, naïve"
    assert changed("casing", text, 2) == "WARM USB LAMP, NAÏVE"
    assert changed("casing", text, 3) == "Warm Usb Lamp, Naïve"
    assert changed("casing", text, 5) == "wArM uSb LaMp, NaÏvE"
    turned = str(changed("casing", text, 4))
    assert turned.casefold() == text.casefold()
    assert sum(a != b for a, b in zip(text, turned, strict=True)) == 8


def test_a_text_that_is_in_that_case_cannot_be_changed() -> None:
    assert changed("casing", "warm lamp", 1) is None
    assert changed("casing", "WARM", 2) is None
    assert changed("casing", "猫 12", 4) is None


def test_spaces_go_wrong_in_five_ways() -> None:
    text = "one two, three-four five (2.5 cm) 10%"
    assert changed("spacing", text, 1) == text.replace(" ", "  ")
    assert changed("spacing", text, 2) == text.replace(" ", "\t")
    joined, parted = str(changed("spacing", text, 3)), str(changed("spacing", text, 4))
    assert joined.count(" ") == text.count(" ") - 2
    assert parted.count(" ") == text.count(" ") + 2
    assert joined.replace(" ", "") == parted.replace(" ", "") == text.replace(" ", "")
    assert changed("spacing", text, 5) == "one two three four five 2.5 cm 10%"


def test_the_share_of_lost_spaces_is_a_parameter() -> None:
    assert changed("spacing", "a b c d e", 3, share=1.0) == "abcde"
    assert str(changed("spacing", "a b c d e", 3, share=0.5)).count(" ") == 2


def test_punctuation_alone_is_left() -> None:
    assert changed("spacing", "?!", 5) is None
    assert changed("spacing", "plain words", 5) is None


# --- homoglyphs, invisible characters, Unicode forms, diacritics -------------------------------


@pytest.mark.parametrize(("severity", "share"), [*enumerate((0.05, 0.1, 0.2, 0.4, 0.8), 1)])
def test_the_share_of_doubles_is_what_it_says(severity: int, share: float) -> None:
    text = "aceop" * 40 + "mtfk" * 10 + " 123"
    new = str(changed("homoglyphs", text, severity))
    apart = [(a, b) for a, b in zip(text, new, strict=True) if a != b]
    assert len(apart) == round(share * 200)
    assert all(b in _DOUBLES[a] for a, b in apart)


def test_doubles_are_single_letters_of_another_alphabet() -> None:
    for one in _CLASSES:
        latin, others = one[0], one[1:]
        assert unicodedata.name(latin).startswith("LATIN")
        assert others
        for double in others:
            name = unicodedata.name(double)
            assert name.startswith(("CYRILLIC", "GREEK", "ARMENIAN", "LATIN SMALL LETTER SCRIPT"))
            assert _DOUBLES[double] == latin
    assert sum(map(len, _CLASSES)) == len({sign for one in _CLASSES for sign in one})


def test_other_alphabets_get_latin_doubles() -> None:
    new = str(changed("homoglyphs", "соса", 5))
    assert set(new) & set("coa")
    assert changed("homoglyphs", "猫123") is None


@pytest.mark.parametrize(("severity", "count"), [*enumerate((1, 2, 5, 10, 20), 1)])
def test_how_many_things_are_hidden(severity: int, count: int) -> None:
    widths = str(changed("invisible", "warm lamp", severity, kind="zero_width"))
    assert re.sub(f"[{_ZERO_WIDTH}]", "", widths) == "warm lamp"
    assert len(widths) == len("warm lamp") + count
    deleted = str(changed("invisible", "warm lamp", severity, kind="deletion"))
    assert deleted.count("\b") == count
    assert re.sub("[a-z]\b", "", deleted) == "warm lamp"


def shown(text: str) -> str:
    """Return a text as a screen shows it."""
    turned = re.sub("\u2066\u202e(.)(.)\u202c\u2069", r"\2\1", text)
    while "\b" in turned:
        turned = re.sub("[^\b]\b", "", turned)
    return re.sub(f"[{_ZERO_WIDTH}{_EMPTY_ISOLATE}]", "", turned)


@pytest.mark.parametrize("kind", ["any", "zero_width", "bidi", "deletion"])
@pytest.mark.parametrize("text", ["tea", "warm red lamp", "a", "שלום", "2 aa"])
def test_what_is_hidden_leaves_the_look(kind: str, text: str) -> None:
    for severity in range(1, 6):
        for seed in range(4):
            new = changed("invisible", text, severity, seed, kind=kind)
            assert new is not None
            assert shown(new) == text


def test_bidi_controls_really_swap_letters() -> None:
    new = str(changed("invisible", "ab", 1, kind="bidi"))
    assert re.sub("[^a-z]", "", new) == "ba"


def test_every_unicode_form_is_the_same_text_by_nfkc() -> None:
    text = "Café fine first offer 12 ½ of straße..."
    assert changed("unicode_form", "é", 1) == "e\u0301"
    assert changed("unicode_form", "½", 1) is None
    assert changed("unicode_form", "½", 2) == "1⁄2"
    assert changed("unicode_form", "Ab 1", 3) == "Ａｂ　１"
    assert changed("unicode_form", "Az 9", 4) == "\U0001d5d4\U0001d607 \U0001d7f5"
    assert changed("unicode_form", "first offer", 5) == "ﬁr\ufb06\u00a0oﬀer"
    whole = unicodedata.normalize("NFKC", text)
    forms = {str(changed("unicode_form", text, severity)) for severity in range(1, 6)}
    assert len(forms) == 5
    assert {unicodedata.normalize("NFKC", form) for form in forms} == {whole}


def test_marks_are_dropped_from_three_alphabets_only() -> None:
    assert changed("diacritics", "Año Straße œuvre Łódź é", 5) == "Ano Strasse oeuvre Lodz e"
    assert changed("diacritics", "e\u0301 ё ά", 5) == "e е α"
    assert changed("diacritics", "が กำ हिन्दी plain", 5) is None


def test_marks_are_dropped_by_fifths() -> None:
    text = "é" * 10
    for severity in range(1, 6):
        assert str(changed("diacritics", text, severity)).count("e") == 2 * severity


# --- length and order --------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "count"), [*enumerate((1, 2, 5, 10, 20), 1)])
@pytest.mark.parametrize(("language", "text"), [("en", "red lamp"), ("es", "lámpara roja")])
def test_padding_adds_as_many_sentences(
    severity: int, count: int, language: str, text: str
) -> None:
    tags = {"language": (language,)}
    after = str(changed("length", text, severity, tags=tags))
    before = str(changed("length", text, severity, tags=tags, how="pad_before"))
    assert after.startswith(f"{text}. ")
    assert before.endswith(f" {text}")
    for new in (after, before):
        assert sum(sentence in new for sentence in SENTENCES[language]) == count


def test_a_text_that_ends_gets_no_second_full_stop() -> None:
    assert "lamp? " in str(changed("length", "a lamp?", 1))
    assert "?." not in str(changed("length", "a lamp?", 1))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_padding_is_twenty_sentences_in_each_language(language: str) -> None:
    assert len(set(SENTENCES[language])) == 20
    assert all(sentence.endswith(".") for sentence in SENTENCES[language])


def test_cutting_leaves_the_first_words() -> None:
    text = " ".join(f"w{n}" for n in range(100))
    for severity, left in enumerate((90, 75, 50, 25, 10), 1):
        assert str(changed("length", text, severity, how="cut")).split() == text.split()[:left]
    assert changed("length", "two words", 1, how="cut") == "two"
    assert changed("length", "word", 5, how="cut") is None


def test_words_move_and_punctuation_stays() -> None:
    text = "one two, three four; five six seven eight nine ten."
    for severity in range(1, 6):
        new = str(changed("word_order", text, severity))
        moved = [(a, b) for a, b in zip(words(text), words(new), strict=True) if a != b]
        assert len(moved) == 2 * severity
        assert sorted(words(new)) == sorted(words(text))
        assert re.sub(r"\w+", "x", new) == re.sub(r"\w+", "x", text)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def test_words_that_are_all_alike_have_no_other_order() -> None:
    assert changed("word_order", "no no no") is None
    assert all(changed("word_order", "no no no no yes", 1, seed) for seed in range(9))


# --- languages and places ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "text", "languages"),
    [
        ({"language": ("es",)}, "the lamp", {"es"}),
        ({"language": ("en-GB", "pt_BR")}, "", {"en", "pt"}),
        ({"language": ("unknown",)}, "the lamp is red", {"en"}),
        ({}, "el reloj de la cocina", {"es"}),
        ({}, "USB-C hub", set()),
    ],
)
def test_the_language_is_the_tag_or_what_small_words_tell(
    tags: Any, text: str, languages: set[str]
) -> None:
    assert languages_of(Item("a", text, tags), text) == languages


def test_edits_never_overlap_and_stop_at_the_count() -> None:
    rng = np.random.default_rng(0)
    assert edit_some("abcd", [(0, 2, "X"), (1, 3, "Y"), (2, 4, "Z")], 3, rng) in ("XZ", "aYd")
    assert edit_some("abcd", [(0, 1, "X"), (1, 2, "Y")], 1, rng) in ("Xbcd", "aYcd")
    assert edit_some("abcd", [], 5, rng) == "abcd"
    assert slip_some("abcd", [(0, 3, "xyz"), (2, 4, "cX")], 1, rng) == "abcX"


@pytest.mark.parametrize(
    ("old", "new", "cased"),
    [("Doctor", "physician", "Physician"), ("GP", "doctor", "DOCTOR"), ("a", "b", "b")],
)
def test_case_is_kept(old: str, new: str, cased: str) -> None:
    assert in_case_of(old, new) == cased
