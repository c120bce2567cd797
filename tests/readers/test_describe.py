"""What is in a data set is counted once, for people and for programs."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from evalkit.core.items import Card, Dataset, Group, Item, Media, Page, Pair, Truth
from evalkit.media.audio import encode_sound
from evalkit.readers.describe import describe, spread


def picture(width: int, height: int) -> Media:
    out = io.BytesIO()
    Image.new("RGB", (width, height)).save(out, "PNG")
    return Media("image/png", data=out.getvalue())


def paper(path: Path, pages: int) -> Media:
    sheets = [Image.new("RGB", (60, 80)) for _ in range(pages)]
    sheets[0].save(path, "PDF", save_all=True, append_images=sheets[1:])
    return Media("application/pdf", path=path)


def hum(seconds: float) -> Media:
    samples = np.full(round(16_000 * seconds), 0.1, np.float32)
    return Media("audio/wav", data=encode_sound(samples, 16_000, "audio/wav"))


def dataset(queries: list[Item], corpus: list[Item], truth: Truth | None = None) -> Dataset:
    return Dataset(
        "d", tuple(queries), tuple(corpus), truth or Truth(), Card("d", languages=("en",))
    )


def test_items_and_tags_are_counted_by_side() -> None:
    queries = [
        Item("q1", "one", {"language": ("en",), "sort": ("a", "b")}),
        Item("q2", "two", {"language": ("es",)}),
        Item("q3", ("three", picture(4, 4)), {"sort": {"b": 0.5, "c": 0.5}}),
    ]
    told = describe(dataset(queries, [Item("c1", picture(4, 2))]))
    asked, corpus = told.sides
    assert asked.modalities == {"text": 2, "mixed": 1}
    assert asked.tags == {"language": {"en": 1, "es": 1}, "sort": {"b": 2, "a": 1, "c": 1}}
    assert asked.untagged == {"language": 1, "sort": 1}
    assert (corpus.modalities, corpus.tags) == ({"image": 1}, {})
    assert told.languages == ("en", "es")


def test_languages_are_those_of_the_card_where_no_query_has_one() -> None:
    assert describe(dataset([Item("q", "x")], [Item("c", "y")])).languages == ("en",)


def test_judgements_pairs_and_groups_are_counted() -> None:
    queries, corpus = [Item(f"q{n}", "x") for n in range(3)], [Item(f"c{n}", "y") for n in range(4)]
    truth = Truth(
        grades={"q0": {"c0": 3, "c1": 0, "c2": 1}, "q1": {"c0": 3}},
        pairs=(Pair("c0", "c1", "duplicate", "crop"), Pair("c1", "c2", "different")),
        groups=(Group("g", "triplet", {"a": "c0", "b": "c1"}),),
    )
    told = describe(dataset(queries, corpus, truth))
    assert told.grades == {0: 1, 1: 1, 3: 2}
    assert told.per_query is not None
    assert told.relevant is not None
    assert (told.per_query.low, told.per_query.median, told.per_query.high) == (1, 2, 3)
    assert (told.relevant.low, told.relevant.high) == (1, 2)
    assert told.unjudged == ("q2",)
    assert told.unasked == 2
    assert told.pairs == (("different", "", 1), ("duplicate", "crop", 1))
    assert told.groups == {"triplet": 1}


def test_sizes_and_lengths_are_measured(tmp_path: Path) -> None:
    document = paper(tmp_path / "a.pdf", 3)
    corpus = [
        Item("i", picture(40, 20)), Item("s", hum(0.5)), Item("d", document),
        Item("p", Page(document, 2))
    ]  # fmt: skip
    told = describe(dataset([Item("q", "four")], corpus))
    assert {s.what: (s.n, s.low, s.total) for s in told.spreads} == {
        "characters of text, queries": (1, 4, 4),
        "width of images in pixels, corpus": (1, 40, 40),
        "height of images in pixels, corpus": (1, 20, 20),
        "seconds of audio, corpus": (1, 0.5, 0.5),
        "pages of documents, corpus": (1, 3, 3),
    }
    assert told.unreadable == ()


def test_a_file_that_several_items_share_is_measured_once(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture(5, 5).read())
    media = Media("image/png", path=path)
    queries = [Item("q1", media), Item("q2", (media, "but blue"))]
    told = describe(dataset(queries, [Item("c", media)]))
    widths = {s.what: s.n for s in told.spreads if "width" in s.what}
    sides = ("queries", "corpus")
    assert widths == {f"width of images in pixels, {side}": 1 for side in sides}


def test_items_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    gone = Media("image/png", path=tmp_path / "gone.png")
    corpus = [
        Item("i", gone), Item("j", gone), Item("k", Media("audio/wav", data=b"no sound")),
        Item("p", Page(paper(tmp_path / "a.pdf", 1), 7)), Item("t", "text"),
    ]  # fmt: skip
    told = describe(dataset([Item("q", "x")], corpus))
    assert [(one.side, one.item) for one in told.unreadable] == [
        ("corpus", "i"), ("corpus", "j"), ("corpus", "k"), ("corpus", "p")
    ]  # fmt: skip
    assert told.unreadable[0].why == "cannot be read (No such file or directory)."


def test_a_spread_has_bins_that_hold_everything() -> None:
    made = spread("x", [1, 2, 3, 10])
    assert made is not None
    assert (made.n, made.low, made.median, made.high, made.total) == (4, 1, 2.5, 10, 16)
    assert (made.bins[0][0], made.bins[-1][1]) == (1, 10)
    assert [n for _, _, n in made.bins] == [2, 1, 0, 0, 0, 1]
    alike = spread("x", [7, 7])
    assert alike is not None
    assert alike.bins == ((6.5, 7.5, 2),)
    assert spread("x", []) is None
