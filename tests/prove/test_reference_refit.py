"""Proof that the shipped weights of the reference encoder are what its fit scripts make."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from evalkit.providers._reference import (
    fit,
    fit_senses,
    image,
    reading_fit,
    reading_letters,
    sight,
    sound,
    weights,
)
from evalkit.providers._reference.encoder import quantised, text_concepts
from evalkit.providers._reference.film import film
from evalkit.providers._reference.hearing import recording
from evalkit.providers._reference.phrases import CONCEPTS, texts
from evalkit.providers._reference.scene import photograph

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.prove


def test_a_refit_of_the_text_map_says_the_same() -> None:
    """Stated tolerance: concept vectors of cosine .999; solvers may round differently."""
    shipped, _ = weights.load()
    rarity, text_map, text_gain = fit.fit_text(fit.TEXTS)
    assert np.array_equal(rarity, shipped.text_rarity)
    refitted = replace(shipped, text_map=text_map, text_gain=text_gain)
    for one in texts(random.Random(2024), 1200)[-100:]:
        old = text_concepts(one.text, shipped)[0]
        new = text_concepts(one.text, refitted)[0]
        assert old @ new >= 0.999 * np.linalg.norm(old) * np.linalg.norm(new)


def test_a_refit_of_the_texts_about_sounds_says_the_same() -> None:
    """Stated tolerance: concept vectors of cosine .999; solvers may round differently."""
    shipped, _ = weights.load_senses()
    rarity = weights.load()[0].text_rarity
    text_map, text_gain = fit_senses.fit_texts(rarity, fit_senses.TEXTS)
    rng = np.random.default_rng(3)
    for slots in rng.integers(0, text_map.shape[1], (50, 400)):
        old = shipped.text_map[:, slots].sum(1) * shipped.text_gain
        new = text_map[:, slots].sum(1) * text_gain
        assert old @ new >= 0.999 * np.linalg.norm(old) * np.linalg.norm(new)


def _agree(
    raw: list[NDArray[np.float64]], shipped: fit_senses.Map, refitted: fit_senses.Map
) -> bool:
    """Whether two maps name the same in features (n, f): cosines of .999 and as much length."""
    old, new = (
        quantised(np.array(raw), mean, scale) @ mapped.T * gain
        for mean, scale, mapped, gain in (shipped, refitted)
    )
    lengths, others = np.linalg.norm(old, axis=1), np.linalg.norm(new, axis=1)
    alike = (old * new).sum(1) >= 0.999 * lengths * others
    return bool(np.all(alike & (np.abs(others / lengths - 1) < 0.01)))


def test_a_refit_of_the_image_map_says_the_same() -> None:
    """Stated tolerance: concept vectors of cosine .999; solvers may round differently."""
    own, _ = weights.load()
    shipped = (own.image_mean, own.image_scale, own.image_map, own.image_gain)
    rng = random.Random(2024)
    blocks = (CONCEPTS.kinds, CONCEPTS.colours, CONCEPTS.patterns)
    shown = [photograph(rng, *(rng.choice(names) for names in blocks)) for _ in range(50)]
    raw = [np.concatenate(image.groups(one)) for one in shown]
    assert _agree(raw, shipped, fit.fit_images(fit.PICTURES))


def test_a_refit_of_the_sound_map_says_the_same() -> None:
    """Stated tolerance: concept vectors of cosine .999; solvers may round differently."""
    own, _ = weights.load_senses()
    shipped = (own.sound_mean, own.sound_scale, own.sound_map, own.sound_gain)
    heard = [sound.listen([recording(990, n)[0]]).features for n in range(30)]
    raw = [one for one in heard if one is not None]
    assert len(raw) > 25
    assert _agree(raw, shipped, fit_senses.fit_sounds(fit_senses.RECORDINGS))


def test_a_refit_of_the_film_map_says_the_same() -> None:
    """Stated tolerance: concept vectors of cosine .999; solvers may round differently."""
    own, _ = weights.load_senses()
    shipped = (own.sight_mean, own.sight_scale, own.sight_map, own.sight_gain)
    raw = []
    for number in range(20):
        seen = sight.Seen()
        seen.add(film(990, number)[0])
        raw.append(np.concatenate(seen.features))
    assert _agree(raw, shipped, fit_senses.fit_films(fit_senses.FILMS))


def test_a_refit_of_the_reader_reads_the_same() -> None:
    """Stated tolerance: 98 of 100 letters; which comparisons are kept may turn on rounding."""
    shipped, _ = reading_letters.load()
    refitted = reading_fit.fit()
    known = reading_fit.pieces(reading_fit.world(8))
    shown = known.windows[known.classes != reading_fit.NONE].astype(np.float32)
    old, new = (reader.scores(shown).argmax(1) for reader in (shipped, refitted))
    assert np.mean(old == new) >= 0.98
