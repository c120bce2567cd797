"""The offline encoder keeps what it promises: same bits, usable prefixes, honest weaknesses."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from PIL import Image

from evalkit.providers._reference import fit, image, weights
from evalkit.providers._reference.attributes import colours, patterns
from evalkit.providers._reference.encoder import ReferenceEncoder, quantised, text_concepts
from evalkit.providers._reference.scene import photograph
from evalkit.providers._reference.vocabulary import LANGUAGES, kinds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ITEMS, QUERIES = 120, 120
TEMPLATES = (
    "I am looking for a {colour} {kind}, {pattern}",
    "me gustaría {kind} de color {colour} {pattern}",
    "ich hätte gern {kind} in {colour}, {pattern}",
    "je voudrais {kind} de couleur {colour} {pattern}",
    "gostaria de {kind} na cor {colour} {pattern}",
)


class World(NamedTuple):
    """Pictures and descriptions of the same items, and queries with their relevant items."""

    pictures: list[Image.Image]
    descriptions: list[str]
    queries: list[str]
    relevant: list[set[int]]
    colour_relevant: dict[str, set[int]]


@pytest.fixture(scope="module")
def encoder() -> ReferenceEncoder:
    return ReferenceEncoder()


@pytest.fixture(scope="module")
def world() -> World:
    """Other seeds, half as much jitter again, half the backgrounds and all templates unseen."""
    rng = random.Random(2024)
    combinations = [(k, c, p) for k in kinds() for c in colours() for p in patterns()]
    items = rng.sample(combinations, ITEMS)
    pictures = [
        photograph(rng, *item, strength=1.5, unseen=number % 2 == 0)
        for number, item in enumerate(items)
    ]
    wanted = rng.choices(items, k=QUERIES)
    return World(
        pictures,
        [_worded(rng, item, "{pattern} {kind} / {colour}") for item in items],
        [_worded(rng, item, None) for item in wanted],
        [{i for i, item in enumerate(items) if item == want} for want in wanted],
        {c: {i for i, item in enumerate(items) if item[1] == c} for c in colours()},
    )


@pytest.fixture(scope="module")
def pictures(encoder: ReferenceEncoder, world: World) -> NDArray[np.float32]:
    return encoder.encode_images(world.pictures)


def _worded(rng: random.Random, item: tuple[str, str, str], template: str | None) -> str:
    language = rng.randrange(len(LANGUAGES))
    kind, colour, pattern = item
    return (template or TEMPLATES[language]).format(
        kind=rng.choice(kinds()[kind][0][language]),
        colour=rng.choice(colours()[colour][language]),
        pattern=rng.choice(patterns()[pattern][language]),
    )


def _recall(
    queries: NDArray[np.float32],
    items: NDArray[np.float32],
    relevant: list[set[int]],
    width: int = 3072,
    k: int = 10,
) -> float:
    left, right = (
        v[:, :width] / np.linalg.norm(v[:, :width], axis=1, keepdims=True) for v in (queries, items)
    )
    best = np.argsort(-left @ right.T, axis=1, kind="stable")[:, :k]
    found = [
        len(wanted.intersection(row.tolist())) / min(k, len(wanted))
        for row, wanted in zip(best, relevant, strict=True)
    ]
    return float(np.mean(found))


def _with_typos(rng: random.Random, text: str, count: int) -> str:
    letters = list(text)
    for _ in range(count):
        place = rng.randrange(len(letters))
        letters[place] = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return "".join(letters)


def test_the_same_input_gives_the_same_bits(
    encoder: ReferenceEncoder, world: World, pictures: NDArray[np.float32]
) -> None:
    texts = world.queries
    together = encoder.encode_texts(texts)
    assert np.array_equal(together, encoder.encode_texts(texts[::-1])[::-1])
    assert np.array_equal(together[3], encoder.encode_texts(texts[3:4])[0])
    few = world.pictures[:70]
    assert np.array_equal(pictures[:70], encoder.encode_images(few[::-1])[::-1])
    assert np.array_equal(pictures[5], encoder.encode_images(few[5:6])[0])


def test_rows_are_float32_of_unit_length(
    encoder: ReferenceEncoder, pictures: NDArray[np.float32]
) -> None:
    assert pictures.dtype == np.float32
    assert pictures.shape == (ITEMS, encoder.width)
    np.testing.assert_allclose(np.linalg.norm(pictures, axis=1), 1, atol=1e-5)
    assert encoder.encode_texts([]).shape == encoder.encode_images([]).shape == (0, 3072)


def test_photos_are_found_well_but_not_perfectly_and_less_so_in_short(
    encoder: ReferenceEncoder, world: World, pictures: NDArray[np.float32]
) -> None:
    queries = encoder.encode_texts(world.queries)
    full, short = (_recall(queries, pictures, world.relevant, width) for width in (3072, 256))
    assert 10 * (10 / ITEMS) <= full < 0.95
    assert short + 0.03 < full
    assert short > 5 * (10 / ITEMS)


def test_grey_pictures_hurt_queries_for_a_colour(
    encoder: ReferenceEncoder, world: World, pictures: NDArray[np.float32]
) -> None:
    wanted = list(world.colour_relevant)
    queries = encoder.encode_texts(wanted)
    relevant = [world.colour_relevant[colour] for colour in wanted]
    grey = encoder.encode_images([picture.convert("L") for picture in world.pictures])
    assert _recall(queries, grey, relevant) + 0.3 < _recall(queries, pictures, relevant)


def test_typos_hurt_texts(encoder: ReferenceEncoder, world: World) -> None:
    rng = random.Random(8)
    described = encoder.encode_texts(world.descriptions)
    clean = encoder.encode_texts(world.queries)
    typed = encoder.encode_texts([_with_typos(rng, query, 4) for query in world.queries])
    before, after = (_recall(v, described, world.relevant, k=1) for v in (clean, typed))
    assert before > 0.8
    assert 0.2 < after < before - 0.1


@pytest.mark.parametrize(
    ("one", "other", "unlike"),
    [
        ("waterproof", "wasserdicht", "Holz"),
        ("red mug", "taza roja", "blue chair"),
        ("Regenschirm", "parapluie", "Hose"),
        ("bottle 500 ml", "botella 500 ml", "bottle 750 ml"),
    ],
)
def test_languages_share_meanings(
    encoder: ReferenceEncoder, one: str, other: str, unlike: str
) -> None:
    first, second, third = encoder.encode_texts([one, other, unlike])
    assert first @ second > first @ third + 0.01


@pytest.mark.parametrize("text", ["", " ", "!!!", "the of", "茶壶", "\x00", "🫖", "a" * 20_000])
def test_odd_texts_have_vectors(encoder: ReferenceEncoder, text: str) -> None:
    vector = encoder.encode_texts([text])[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"]
)
@pytest.mark.parametrize("size", [(1, 1), (3, 500), (640, 480)])
def test_odd_pictures_have_vectors(
    encoder: ReferenceEncoder, mode: str, size: tuple[int, int]
) -> None:
    vector = encoder.encode_images([Image.new(mode, size)])[0]
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_transparency_is_white_and_depth_is_kept(encoder: ReferenceEncoder, world: World) -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    white = Image.new("RGB", (40, 40), "white")
    assert np.array_equal(*encoder.encode_images([clear, white]))
    grey = world.pictures[0].convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert np.array_equal(*encoder.encode_images([grey, deep]))


def test_tampered_weights_are_refused(tmp_path: Path) -> None:
    for name in (weights.FILE, weights.HASH, weights.SENSES_FILE, weights.SENSES_HASH):
        shutil.copy(weights.FOLDER / name, tmp_path / name)
    assert ReferenceEncoder(tmp_path).revision == ReferenceEncoder().revision
    for name in (weights.SENSES_FILE, weights.FILE):
        content = bytearray((tmp_path / name).read_bytes())
        content[len(content) // 2] ^= 1
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=f"{name}.*restore the file or refit it"):
            ReferenceEncoder(tmp_path)


def test_a_small_fit_repeats_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["fit", "--scale", "0.004", "--out", str(tmp_path)])
    fit.main()
    files = (weights.FILE, weights.SENSES_FILE)
    first = [(tmp_path / name).read_bytes() for name in files]
    fit.main()
    assert first == [(tmp_path / name).read_bytes() for name in files]
    assert ReferenceEncoder(tmp_path).revision != ReferenceEncoder().revision


def test_a_small_refit_of_the_text_map_says_much_the_same(world: World) -> None:
    """Stated tolerance: a mean cosine of .75, as a third of the texts teach less."""
    shipped, _ = weights.load()
    rarity, text_map, text_gain = fit.fit_text(fit.TEXTS * 3 // 10)
    refitted = replace(shipped, text_rarity=rarity, text_map=text_map, text_gain=text_gain)
    cosines = []
    for query in world.queries[:50]:
        old, new = (text_concepts(query, fitted)[0] for fitted in (shipped, refitted))
        cosines.append(old @ new / (np.linalg.norm(old) * np.linalg.norm(new)))
    assert np.mean(cosines) > 0.75


def _shown(
    raw: NDArray[np.float64], fitted: tuple[NDArray[np.float64], ...]
) -> NDArray[np.float64]:
    """Concept vectors of raw features by means, deviations, a map and its gains; unit rows."""
    mean, scale, image_map, gain = fitted
    concepts = quantised(raw, mean, scale) @ image_map.T * gain
    return np.asarray(concepts / np.linalg.norm(concepts, axis=1, keepdims=True))


def test_a_small_refit_of_the_image_map_says_much_the_same(world: World) -> None:
    """Stated tolerance: a mean cosine of .3, as so few pictures teach little; by chance it is 0.

    The means are those of a sample of the world: within a deviation of theirs, over all features.
    """
    count = 60
    own, _ = weights.load()
    shipped = (own.image_mean, own.image_scale, own.image_map, own.image_gain)
    refitted = fit.fit_images(count)
    raw = np.array([np.concatenate(image.groups(one)) for one in world.pictures[:25]])
    mixed = np.random.default_rng(4).permutation(own.image_map, axis=1)
    same, other = (
        np.mean((_shown(raw, (*shipped[:2], one, own.image_gain)) * _shown(raw, refitted)).sum(1))
        for one in (own.image_map, mixed)
    )
    assert same > 0.3
    assert abs(other) < 0.15
    errors = (refitted[0] - own.image_mean) / own.image_scale * np.sqrt(count)
    assert np.sqrt(np.mean(errors**2)) < 1.2
