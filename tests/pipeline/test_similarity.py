"""How alike two items are, against which pairs, and through which of their pieces."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Card, Dataset, Group, Item, Media, Page, Pair, Truth
from evalkit.core.plan import ModelPlan
from evalkit.core.protocols import Usage
from evalkit.ledger import Ledger
from evalkit.media.audio import encode_sound, read_sound
from evalkit.media.images import media_image
from evalkit.media.pages import page_image
from evalkit.media.video import encode_video, frames, has_sound
from evalkit.pipeline.known_pairs import known_pairs
from evalkit.pipeline.leaving_out import MOST_WORDS, without
from evalkit.pipeline.purse import Purse
from evalkit.pipeline.similarity import Question, needed, percentile, similar
from tests.toys import Toy, dataset

RATE = 8_000


def png(image: Image.Image) -> Media:
    out = io.BytesIO()
    image.save(out, "PNG")
    return Media("image/png", data=out.getvalue())


def plan(model: Toy | None = None, dims: tuple[int, ...] = (16, 4)) -> ModelPlan:
    return ModelPlan("toy", "toy", model or Toy(), dims)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger") as found:
        yield found


# --- leaving out ----------------------------------------------------------------------------------


def test_each_word_of_a_text_is_left_out_once() -> None:
    found = list(without(Item("x", "warm  red scarf")))
    assert [one.item.content for one in found] == ["red scarf", "warm  scarf", "warm  red"]
    assert [one.label for one in found] == ["warm", "red", "scarf"]
    assert [one.place for one in found] == [(0, 4), (6, 9), (10, 15)]


def test_a_text_of_one_word_cannot_lose_it() -> None:
    assert list(without(Item("x", "scarf"))) == []


def test_chinese_characters_are_left_out_one_by_one() -> None:
    assert [one.label for one in without(Item("x", "京都の temple"))] == [
        "京",
        "都",
        "の",
        "temple",
    ]


def test_a_long_text_loses_several_words_at_a_time() -> None:
    text = " ".join(f"w{n}" for n in range(3 * MOST_WORDS - 1))
    found = list(without(Item("x", text)))
    assert len(found) == MOST_WORDS
    assert found[0].label == "w0 w1 w2"
    assert text[slice(*map(int, found[-1].place))] == found[-1].label


def test_each_tile_of_an_image_takes_its_mean_colour() -> None:
    image = Image.new("RGB", (40, 40), "white")
    image.paste((0, 0, 0), (10, 0, 20, 10))
    found = list(without(Item("x", png(image))))
    assert len(found) == 16
    tile = next(one for one in found if one.label == "row 1, column 2")
    assert isinstance(tile.item.content, Media)
    assert media_image(tile.item.content).getextrema() == ((239, 255),) * 3
    assert tile.place == (0.25, 0.0, 0.5, 0.25)


def test_each_second_of_a_sound_is_silent_in_turn() -> None:
    samples = np.full(round(2.5 * RATE), 0.5, np.float32)
    found = list(
        without(Item("x", Media("audio/wav", data=encode_sound(samples, RATE, "audio/wav"))))
    )
    assert [one.label for one in found] == ["0 to 1 s", "1 to 2 s", "2 to 2.5 s"]
    second = found[1].item.content
    assert isinstance(second, Media)
    heard = read_sound(second, RATE)
    assert (heard[RATE : 2 * RATE] == 0).all()
    assert (heard[:RATE] > 0.4).all()
    assert (heard[2 * RATE :] > 0.4).all()


def test_each_second_of_a_film_is_black_and_silent_in_turn() -> None:
    shots = [Image.new("RGB", (64, 48), "white")] * 8
    tone = np.full(2 * RATE, 0.5, np.float32)
    film = Media("video/mp4", data=encode_video(shots, 4, tone, RATE))
    found = list(without(Item("x", film)))
    assert len(found) == 2
    first, whole = found[0].item.content, found[0].whole.content
    assert isinstance(first, Media)
    assert isinstance(whole, Media)
    bright = [np.asarray(frame).mean() for frame in frames(first, 2)]
    assert bright[0] < 20 < 235 < bright[1]
    assert min(np.asarray(frame).mean() for frame in frames(whole, 2)) > 235
    assert has_sound(first)
    assert np.abs(read_sound(first, RATE)[1000 : RATE - 1000]).max() < 0.05
    assert np.abs(read_sound(whole, RATE)[1000 : RATE - 1000]).max() > 0.3


def test_each_region_of_a_page_is_white_in_turn() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, (200, 200))
    canvas.rect(0, 150, 50, 50, fill=1)
    canvas.save()
    page = Page(Media("application/pdf", data=out.getvalue()), 1)
    found = list(without(Item("x", page)))
    assert [one.kind for one in found] == ["region"] * 16
    dark = [np.asarray(page_image(one.item.content, 50)).min() < 50 for one in found]  # type: ignore[arg-type]
    assert dark == [False] + [True] * 15


def test_pages_of_a_document_are_left_out_whole() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, (100, 100))
    for word in ("one", "two"):
        canvas.drawString(10, 10, word)
        canvas.showPage()
    canvas.save()
    found = list(without(Item("x", Media("application/pdf", data=out.getvalue()))))
    assert [(one.kind, one.label) for one in found] == [("page", "page 1"), ("page", "page 2")]


def test_of_a_mix_each_part_loses_its_own_pieces() -> None:
    found = list(without(Item("x", ("red scarf", png(Image.new("RGB", (8, 8)))))))
    assert [one.part for one in found] == [0, 0, *[1] * 16]
    assert found[0].item.parts[0] == "scarf"
    assert found[2].item.parts[0] == "red scarf"


def test_a_part_that_is_one_word_is_left_out_of_a_mix() -> None:
    first = next(without(Item("x", ("scarf", "red wool"))))
    assert first.item.content == ("red wool",)


# --- known pairs ----------------------------------------------------------------------------------


def test_true_pairs_are_judged_ones_and_random_pairs_are_all_others() -> None:
    data = dataset(40)
    found = known_pairs(data, "text", "text", 7, most=20)
    assert len(found.true) == len(found.firsts) == 20
    named = {(found.firsts[a].id, found.seconds[b].id) for a, b in found.true}
    assert all(data.truth.grades[a][b] > 0 for a, b in named)
    others = {(found.firsts[a].id, found.seconds[b].id) for a, b in found.random}
    assert not any(data.truth.grades[a].get(b) for a, b in others)
    assert len(others) > 300
    assert found == known_pairs(data, "text", "text", 7, most=20)
    assert found != known_pairs(data, "text", "text", 8, most=20)
    assert found.words.startswith("20 true and ")
    assert found.words.endswith("of 'toys', drawn with seed 7")


def test_pairs_are_turned_to_fit_the_two_items() -> None:
    image = png(Image.new("RGB", (4, 4)))
    data = Dataset(
        "d",
        (Item("1", "red"), Item("2", "blue")),
        (Item("1", image), Item("2", image)),
        Truth({"1": {"1": 1}, "2": {"2": 1}}),
        Card("d"),
    )
    found = known_pairs(data, "image", "text", 7)
    assert {item.modality for item in found.firsts} == {"image"}
    assert {item.modality for item in found.seconds} == {"text"}
    assert sorted(found.true) == [(0, 0), (1, 1)]
    assert sorted(found.random) == [(0, 1), (1, 0)]


def test_duplicates_and_anchors_are_true_pairs_too() -> None:
    items = tuple(Item(name, name) for name in "abcdef")
    pairs = (Pair("a", "b", "duplicate"), Pair("a", "c", "different"))
    groups = (Group("g", "like_varied", {"anchor": "d", "varied2": "e", "unlike": "f"}),)
    data = Dataset("d", (), items, Truth(pairs=pairs, groups=groups), Card("d"))
    found = known_pairs(data, "text", "text", 7)
    named = {(found.firsts[n].id, found.seconds[m].id) for n, m in found.true}
    assert named == {("a", "b"), ("d", "e")}


def test_without_truth_every_pair_is_random() -> None:
    data = Dataset("d", (), tuple(Item(n, n) for n in "abc"), Truth(), Card("d"))
    found = known_pairs(data, "text", "text", 7)
    assert (len(found.true), len(found.random)) == (0, 6)
    with pytest.raises(UsageError, match="no two items, text and image"):
        known_pairs(data, "text", "image", 7)


# --- similarity -----------------------------------------------------------------------------------


def test_the_percentile_counts_ties_half() -> None:
    assert percentile(0.5, np.array([0.1, 0.5, 0.5, 0.9])) == 50
    assert percentile(2, np.array([0.1])) == 100
    assert np.isnan(percentile(1, np.empty(0)))


def test_cosines_are_those_of_the_vectors_at_each_size(store: Ledger) -> None:
    a, b = Item("a", "word01 please"), Item("b", "word01 thing word02")
    found = similar(Question(a, b, plan()), Purse(store))
    toy = Toy()
    for one in found.sizes:
        first, second = (toy.vector(str(x.content))[: one.dim].astype(float) for x in (a, b))
        cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
        assert one.cosine == pytest.approx(cosine, abs=1e-6)
    assert [one.dim for one in found.sizes] == [16, 4]
    assert np.isnan(found.sizes[0].among_random)


def test_a_true_pair_lies_above_random_ones(store: Ledger) -> None:
    pairs = known_pairs(dataset(40), "text", "text", 7)
    a, b = Item("a", "word01 please"), Item("b", "word01 thing word02")
    found = similar(Question(a, b, plan(), pairs), Purse(store))
    widest = found.sizes[0]
    assert widest.among_random > 99
    assert 0 < widest.among_true < 100
    assert len(found.true[16]) == len(pairs.true)
    assert (np.diff(found.random[16]) >= 0).all()


def test_the_word_that_both_share_matters_most(store: Ledger) -> None:
    a, b = Item("a", "please word01"), Item("b", "word01 thing")
    found = similar(Question(a, b, plan(), explain=True), Purse(store))
    assert found.changes[0].label == "word01"
    assert found.changes[0].changes[16] < -0.2
    again = similar(Question(replace(a, content="please"), b, plan()), Purse(store))
    whole = similar(Question(a, b, plan()), Purse(store))
    lost = next(c for c in found.changes if (c.item, c.label) == ("A", "word01"))
    expected = again.sizes[0].cosine - whole.sizes[0].cosine
    assert lost.changes[16] == pytest.approx(expected, abs=2e-6)


def test_what_the_model_refuses_is_named(store: Ledger) -> None:
    toy = Toy(refuse=frozenset({"bad words"}))
    question = Question(Item("a", "bad words"), Item("b", "good"), plan(toy))
    with pytest.raises(DataError, match=r"A \(text\): toy has no vector for it: the filter"):
        similar(question, Purse(store))


def test_a_piece_that_the_model_refuses_is_told_and_the_rest_goes_on(store: Ledger) -> None:
    toy = Toy(refuse=frozenset({"fine"}))
    question = Question(Item("a", "fine words"), Item("b", "good things"), plan(toy), explain=True)
    found = similar(question, Purse(store))
    last = found.changes[-1]
    assert (last.item, last.label, dict(last.changes)) == ("A", "words", {})
    assert last.reason == "the filter refused it."
    assert len(found.changes) == 4


def test_known_items_that_are_refused_are_left_out_and_counted(store: Ledger) -> None:
    pairs = known_pairs(dataset(10), "text", "text", 7)
    toy = Toy(refuse=frozenset({str(pairs.firsts[0].content)}))
    question = Question(Item("a", "word01"), Item("b", "word02"), plan(toy), pairs)
    found = similar(question, Purse(store))
    assert len(found.true[16]) == len(pairs.true) - 1
    assert found.pairs.endswith("; 1 of the items have no vector and are left out")


def test_a_model_that_looks_vectors_up_cannot_leave_anything_out(store: Ledger) -> None:
    @dataclass(slots=True)
    class Stored(Toy):
        keyed_by = "id"

    question = Question(Item("a", "x y"), Item("b", "y"), plan(Stored()), explain=True)
    with pytest.raises(UsageError, match="looks stored vectors up"):
        similar(question, Purse(store))


def test_what_is_needed_is_counted_and_nothing_is_asked(store: Ledger) -> None:
    @dataclass(slots=True)
    class Paid(Toy):
        def usage(self, items: Sequence[Item], role: object, dim: int) -> Usage:
            return Usage(calls=len(items), tokens=10 * len(items))

    toy = Paid()
    question = Question(Item("a", "x y"), Item("b", "y"), plan(toy), explain=True)
    first = needed(question, Purse(store, dry=True))
    assert (first.to_embed, first.paid, first.service, toy.asked) == (3, 0, True, [])
    assert first.cost.unknown == ("text",)
    similar(question, Purse(store))
    after = needed(question, Purse(store, dry=True))
    assert (after.to_embed, after.paid) == (0, 3)
