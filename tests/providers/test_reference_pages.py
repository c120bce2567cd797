"""The offline encoder reads pages: words from pixels, the same bits whatever the batch."""

from __future__ import annotations

import random
import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from evalkit.providers._reference import reading_fit, reading_letters
from evalkit.providers._reference.encoder import ReferenceEncoder
from evalkit.providers._reference.page_ink import marks
from evalkit.providers._reference.page_layout import layout
from evalkit.providers._reference.pages import PageEncoder, page_texts
from evalkit.providers._reference.reading import page_words
from evalkit.providers._reference.reading_world import Line, lines, render

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

STORY = """
Old sailors whisper about lanterns beneath the harbour wall. Grandmother planted seven pear trees
beside the chapel. A stubborn goat refused to cross the wooden bridge. Thunder rolled over the
valley before supper. The clockmaker repaired a broken violin for his nephew. Children painted
dragons on paper kites. Our neighbour sells honey and candles at the village fair. Nobody believed
the wandering juggler. Frost covered every window of the old mill. The librarian keeps maps of
forgotten islands. Pirates buried nothing but empty bottles. A gentle breeze carried the smell of
fresh pastry. The blacksmith forged a crooked key. Snow delayed the mountain train until Thursday.
Twelve geese marched through the market square. The astronomer polished her brass telescope.
Farmers gathered plums in wicker baskets. A tired messenger slept under the oak. The puppet theatre
opens again in spring. Foxes left tracks around the frozen pond. The tailor mended a velvet curtain.
Bakers argue about the proper shape of pretzels. The ferryman hums a melancholy tune. Moths danced
around the kerosene lamp. A hidden staircase leads to the bell tower. The gardener trims roses with
silver scissors. Lightning split the ancient willow. Shepherds count their flock at dusk. The
orchestra rehearsed inside an empty barn. Rusty anchors decorate the fishing museum. The beekeeper
wears a straw hat. Students launched a rocket made of cardboard. Ravens stole the bright buttons.
The potter shaped a tall jug. Firewood burned slowly in the kitchen stove. A marble statue guards
the fountain. The watchman lost his umbrella again. Swallows nest above the stable door. The cook
seasoned the soup with thyme. Carpenters built a spiral ladder. Morning fog hid the lighthouse.
"""
SENTENCES = re.findall(r"[^.]+", " ".join(STORY.split()))[:40]
PAGES = 20


def _page(sentences: list[str], font: str, size: float = 10) -> Image.Image:
    """A page of short lines with the sentences."""
    written, line, y = [], "", 60.0
    for word in " ".join(sentences).split():
        if len(line) + len(word) > 60:
            written.append(Line(line, font, size, 55, y))
            line, y = "", y + 1.3 * size
        line += f"{word} "
    return render([*written, Line(line, font, size, 55, y)])


def _share_read(font: str, size: float = 10, grain: int = 0) -> float:
    """The share of the words of a random page that are read as they are written."""
    words = sorted(set(" ".join(SENTENCES).split()))
    written = lines(random.Random(8), words, font, size, 10)
    got = page_words(render(written, grain, seed=3))
    want = [word.lower() for line in written for word in line.text.split()]
    return sum(word in got for word in want) / len(want)


@pytest.fixture(scope="module")
def encoder() -> ReferenceEncoder:
    return ReferenceEncoder()


@pytest.fixture(scope="module")
def story() -> list[Image.Image]:
    fonts = ("Helvetica", "Times-Roman", "Courier", "Helvetica-Bold")
    return [_page(SENTENCES[2 * n : 2 * n + 2], fonts[n % 4]) for n in range(PAGES)]


@pytest.mark.parametrize(
    ("font", "least"), [("Helvetica", 0.75), ("Times-Roman", 0.5), ("Courier", 0.6)]
)
def test_words_are_read_from_pixels_in_common_fonts(font: str, least: float) -> None:
    assert _share_read(font) > least


def test_a_blurred_and_speckled_page_is_still_read() -> None:
    assert _share_read("Helvetica", 11, grain=1) > 0.6


def test_reading_goes_down_one_column_and_then_the_next() -> None:
    left = [Line("alpha garden market", "Helvetica", 12, 50, 80 + 16 * n) for n in range(5)]
    right = [Line("window people number", "Helvetica", 12, 330, 80 + 16 * n) for n in range(5)]
    words = page_words(render([*left, *right]))
    assert words.index("window") > max(n for n, word in enumerate(words) if word == "garden")


def test_numbers_are_read_as_digits() -> None:
    words = page_words(render([Line("Total 4,821 and 1990", "Helvetica", 12, 60, 100)]))
    assert words == ["total", "4", "821", "and", "1990"]


@pytest.fixture(scope="module")
def encoded(encoder: ReferenceEncoder, story: list[Image.Image]) -> NDArray[np.float32]:
    return PageEncoder(encoder).encode(story)


@pytest.mark.parametrize(("size", "least"), [(3072, 0.8), (256, 0.7)])
def test_a_few_words_of_a_page_find_it(
    encoder: ReferenceEncoder, encoded: NDArray[np.float32], size: int, least: float
) -> None:
    pages = encoded[:, :size]
    queries = encoder.encode_texts(SENTENCES)[:, :size]
    pages = pages / np.linalg.norm(pages, axis=1, keepdims=True)
    first = np.argsort(-(queries @ pages.T), axis=1)[:, :3]
    found = np.mean([number // 2 in row for number, row in enumerate(first)])
    assert found > least  # by chance 3 / PAGES = .15


def test_vectors_are_unit_and_the_same_in_every_batch(
    encoder: ReferenceEncoder, story: list[Image.Image], encoded: NDArray[np.float32]
) -> None:
    pages = PageEncoder(encoder)
    together = pages.encode(story[:2])
    assert (together == encoded[:2]).all()
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert all(
        (pages.encode([one])[0] == row).all() for one, row in zip(story, together, strict=False)
    )
    assert pages.encode([]).shape == (0, 3072)


def test_a_page_without_words_is_encoded_as_a_picture(encoder: ReferenceEncoder) -> None:
    blank = Image.new("RGB", (300, 400), "white")
    expected = encoder.encode_images([blank])
    assert (PageEncoder(encoder).encode([blank]) == expected).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK"])
def test_a_page_of_any_mode_and_of_one_pixel_is_taken(mode: str) -> None:
    assert page_words(Image.new(mode, (1, 1))) == []
    assert page_words(Image.new(mode, (90, 7))) == []


def test_charts_and_tables_are_named() -> None:
    bars, pie = (Image.new("RGB", (600, 600), "white") for _ in range(2))
    for n, height in enumerate((90, 200, 140, 260)):
        box = (100 + 80 * n, 400 - height, 140 + 80 * n, 400)
        ImageDraw.Draw(bars).rectangle(box, fill="steelblue")
    for n, colour in enumerate(("navy", "orange", "teal")):
        ImageDraw.Draw(pie).pieslice((150, 150, 400, 400), 120 * n, 120 * n + 120, fill=colour)
    rows = [("North", "1,204"), ("South", "877"), ("East", "1,530"), ("West", "642")]
    cells = [
        Line(text, "Helvetica", 10, 60 + 250 * k, 90 + 18 * n)
        for n, row in enumerate(rows)
        for k, text in enumerate(row)
    ]
    assert _drawn(bars) == ["bar chart"]
    assert _drawn(pie) == ["pie chart"]
    assert page_texts(render(cells))[1] == ["table"]
    assert page_texts(_page(SENTENCES[:6], "Helvetica"))[1] == []


def _drawn(image: Image.Image) -> list[str]:
    return layout(np.asarray(image.convert("L"), dtype=np.int16), marks(image), [])


def test_a_small_refit_reads_what_it_was_shown() -> None:
    written = reading_fit.world(2)
    known = reading_fit.pieces(written)
    letters = reading_fit.solve(known, 192, len(reading_letters.GLYPHS), reading_fit.NO_LETTER)
    cuts = reading_fit.parted(written)
    judge = reading_fit.solve(cuts, 48, 1, reading_fit.NO_CUT)
    place = known.classes != reading_fit.NONE
    reader = reading_letters.Reader(letters, judge)
    scores = reader.scores(known.windows[place].astype(np.float32))
    glyphs = [reading_letters.GLYPHS[one] for one in known.classes[place]]
    right = [reading_letters.SIGNS.index(reading_letters.sign(one)) for one in glyphs]
    assert np.mean(scores.argmax(1) == right) > 0.6
    likely = judge.values(cuts.windows.astype(np.float32))[:, 0] > 500
    assert np.mean(likely == (cuts.classes == 0)) > 0.8


def test_what_is_given_up_costs_least() -> None:
    rng = np.random.default_rng(4)
    useful, noise = rng.normal(size=(400, 3)), rng.normal(size=(400, 5))
    shown = np.concatenate([useful, noise], axis=1)
    wanted = useful @ rng.normal(size=(3, 2))
    kept, solved = reading_fit._fewer(shown.T @ shown + np.eye(8), shown.T @ wanted, 3)
    assert kept.tolist() == [0, 1, 2]
    assert np.abs(shown[:, kept] @ solved - wanted).max() < 0.1


def test_a_damaged_reader_is_refused(tmp_path: Path) -> None:
    for name in (reading_letters.FILE, reading_letters.HASH):
        shutil.copy(reading_letters.FOLDER / name, tmp_path)
    content = bytearray((tmp_path / reading_letters.FILE).read_bytes())
    content[1000] ^= 1
    (tmp_path / reading_letters.FILE).write_bytes(content)
    with pytest.raises(ValueError, match="restore the file or refit"):
        reading_letters.load(tmp_path)
