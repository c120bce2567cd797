"""Proof that the shipped weights of the reference encoder are what its fit scripts make."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from evalkit.providers._reference import fit, fit_senses, reading_fit, reading_letters, weights
from evalkit.providers._reference.encoder import text_concepts
from evalkit.providers._reference.phrases import texts

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


def test_a_refit_of_the_reader_reads_the_same() -> None:
    """Stated tolerance: 98 of 100 letters; which comparisons are kept may turn on rounding."""
    shipped, _ = reading_letters.load()
    refitted = reading_fit.fit()
    known = reading_fit.pieces(reading_fit.world(8))
    shown = known.windows[known.classes != reading_fit.NONE].astype(np.float32)
    old, new = (reader.scores(shown).argmax(1) for reader in (shipped, refitted))
    assert np.mean(old == new) >= 0.98
