"""The offline encoder hears and sees films: what it finds, what it ignores, and exact bits."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from reportlab.pdfgen.canvas import Canvas

from evalkit.core.items import Item, Media, Page, Part
from evalkit.core.protocols import Embedded, Role
from evalkit.media.audio import encode_sound
from evalkit.media.images import encode_png
from evalkit.media.video import encode_video
from evalkit.providers import reference
from evalkit.providers._reference import fit_senses, senses, weights
from evalkit.providers._reference.encoder import ReferenceEncoder
from evalkit.providers._reference.film import film
from evalkit.providers._reference.hearing import recording
from evalkit.providers._reference.scene import photograph
from evalkit.providers._reference.sound import leveled, listen
from evalkit.providers._reference.sound_words import events, genres, instruments
from evalkit.providers._reference.tunes import tune
from evalkit.providers.reference import Reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16_000
ROLE = Role("corpus", frozenset({"audio", "video"}))


@pytest.fixture(scope="module")
def encoder() -> ReferenceEncoder:
    return ReferenceEncoder()


@pytest.fixture(scope="module")
def sounds(encoder: ReferenceEncoder) -> tuple[NDArray[np.float32], list[int]]:
    """Vectors of recordings that the fit never heard, and the source that each is of."""
    drawn = [recording(990, number) for number in range(24)]
    named = [int(said[senses.slices()[senses.SOUND]].argmax()) for _, said in drawn]
    return np.array([encoder.encode_sound([samples]) for samples, _ in drawn]), named


def _share_found(
    queries: NDArray[np.float32], items: NDArray[np.float32], wanted: list[set[int]]
) -> float:
    best = np.argsort(-queries @ items.T, axis=1, kind="stable")[:, :10]
    found = [
        len(w.intersection(row.tolist())) / min(10, len(w))
        for row, w in zip(best, wanted, strict=True)
        if w
    ]
    return float(np.mean(found))


def _films(numbers: range) -> list[tuple[list[Any], int]]:
    seen = senses.slices()[senses.SEEN]
    drawn = [film(990, number) for number in numbers]
    return [([(n / 8, f) for n, f in enumerate(fs)], int(s[seen].argmax())) for fs, s in drawn]


def test_sounds_are_found_by_their_names_but_not_perfectly(
    encoder: ReferenceEncoder, sounds: tuple[NDArray[np.float32], list[int]]
) -> None:
    vectors, named = sounds
    names = [table[0][0] for table in (*events().values(), *instruments().values())]
    wanted = [{i for i, n in enumerate(named) if n == place} for place in range(len(names))]
    found = _share_found(encoder.encode_texts(names), vectors, wanted)
    assert 2 * (10 / len(named)) < found < 0.99


def test_films_are_found_by_their_names(encoder: ReferenceEncoder) -> None:
    drawn = _films(range(14))
    vectors = np.array([encoder.encode_video(frames) for frames, _ in drawn])
    names = [table[2][0] for table in events().values()]
    wanted = [{i for i, (_, n) in enumerate(drawn) if n == place} for place in range(len(names))]
    best = np.argsort(-encoder.encode_texts(names) @ vectors.T, axis=1)[:, :2]
    hits = [bool(w & set(row.tolist())) for row, w in zip(best, wanted, strict=True)]
    assert np.mean(hits) > 3 * 2 / len(drawn)


def test_a_cut_lies_nearest_to_its_own_tune(encoder: ReferenceEncoder) -> None:
    rng = np.random.default_rng(5)
    tunes = [
        tune(rng, genre, instrument, 7.0) / 12
        for genre in list(genres())[:4]
        for instrument in ("flute", "organ")
    ]
    tracks = np.array([encoder.encode_sound([one.astype(np.float32)]) for one in tunes])
    cuts = [0.3 * one[3 * RATE : 6 * RATE] for one in tunes]
    noisy = [cut + rng.normal(0, 0.003, cut.size) for cut in cuts]
    asked = np.array([encoder.encode_sound([one.astype(np.float32)]) for one in noisy])
    right = (asked @ tracks.T).argmax(1) == np.arange(len(tunes))
    assert right.mean() >= 0.6


def test_loudness_changes_almost_nothing(encoder: ReferenceEncoder) -> None:
    samples, _ = recording(990, 3)
    loud, soft = (encoder.encode_sound([samples * gain]) for gain in (1.0, 0.1))
    assert loud @ soft > 0.97


@pytest.mark.parametrize("samples", [np.zeros(RATE), np.zeros(0), np.ones(800) * 1e-7, np.ones(50)])
def test_silence_has_a_vector_and_says_nothing(
    encoder: ReferenceEncoder, samples: NDArray[np.float64]
) -> None:
    assert leveled(samples.astype(np.float32)) is None
    vector = encoder.encode_sound([samples.astype(np.float32)])
    assert np.array_equal(vector, encoder.encode_sound([]))
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_short_and_long_sounds_have_vectors(encoder: ReferenceEncoder) -> None:
    samples, _ = recording(990, 1)
    assert np.linalg.norm(encoder.encode_sound([samples[:800]])) == pytest.approx(1, abs=1e-5)
    block = np.resize(samples, RATE)
    whole = listen([block] * 20)
    assert whole.seconds == pytest.approx(20)
    assert encoder.encode_sound([block] * 20) @ encoder.encode_sound([block]) > 0.99


def test_texts_about_things_name_no_sound(encoder: ReferenceEncoder) -> None:
    from evalkit.providers._reference.encoder import _clear
    from evalkit.providers._reference.phrases import texts

    said = [_clear(encoder._text_senses(one.text)) for one in texts(random.Random(9), 1200)[-150:]]
    silent = [np.linalg.norm(one) < 0.25 for one in said]
    assert np.mean(silent) > 0.85


def _items(folder: Path) -> list[Item]:
    """A recording, a film with sound, a photo and a page, in files of telling names, with tags."""
    samples, _ = recording(990, 6)
    frames, _ = film(990, 4)
    sound, movie = folder / "a dog barks.wav", folder / "a car horn.mp4"
    sound.write_bytes(encode_sound(samples, RATE, "audio/wav"))
    movie.write_bytes(encode_video(frames[:12], 8, samples[: 3 * RATE // 2], RATE))
    photo, report = folder / "a red mug.png", folder / "profits rose.pdf"
    photo.write_bytes(encode_png(photograph(random.Random(5), "chair", "blue", "striped")))
    page = Canvas(str(report), (300, 120), invariant=True)
    page.drawString(20, 60, "our oldest ferry sails again")
    page.save()
    tags = {"event": ("dog",)}
    return [
        Item("dog", Media("audio/wav", path=sound), tags),
        Item("horn", Media("video/mp4", path=movie), tags),
        Item("both", ("a bell in the snow", Media("audio/wav", path=sound)), tags),
        Item("mug", Media("image/png", path=photo), tags),
        Item("profits", Page(Media("application/pdf", path=report), 1), tags),
    ]


def _vectors(items: list[Item]) -> list[NDArray[np.float32]]:
    found = {o.index: o for o in Reference().embed(items, ROLE, 1024)}
    vectors = []
    for place in range(len(items)):
        outcome = found[place]
        assert isinstance(outcome, Embedded)
        vectors.append(outcome.vector)
    return vectors


def _nameless(part: Part, names: dict[Path, Path]) -> Part:
    """The part, its bytes now under another name."""
    if isinstance(part, str):
        return part
    if isinstance(part, Page):
        return Page(Media(part.document.mime, path=names[part.document.path or Path()]), part.page)
    return Media(part.mime, path=names[part.path or Path()])


def test_names_and_tags_change_no_vector_and_nor_do_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = _items(tmp_path)
    told = _vectors(items)
    monkeypatch.setattr(reference, "_READ", {})  # else a page is not read again
    names = {one: one.rename(tmp_path / str(n)) for n, one in enumerate(sorted(tmp_path.iterdir()))}
    parts = [tuple(_nameless(part, names) for part in item.parts) for item in items]
    bare = [Item(f"x{n}", one if len(one) > 1 else one[0]) for n, one in enumerate(parts)]
    assert len(names) == 4
    for one, vector in zip(bare, told, strict=True):
        assert np.array_equal(_vectors([one])[0], vector)


def test_a_mix_is_the_mean_of_its_parts(tmp_path: Path) -> None:
    items = _items(tmp_path)
    mixed = items[2]
    parts = _vectors([Item(str(n), part) for n, part in enumerate(mixed.parts)])
    mean = np.mean(_full(mixed.parts), axis=0)[:1024]
    np.testing.assert_allclose(_vectors([mixed])[0], mean / np.linalg.norm(mean), atol=1e-6)
    assert len(parts) == 2


def _full(parts: tuple[str | Media | Page, ...]) -> list[NDArray[np.float32]]:
    items = [Item(str(n), part) for n, part in enumerate(parts)]
    found = sorted(Reference().embed(items, ROLE, 3072), key=lambda outcome: outcome.index)
    return [outcome.vector for outcome in found if isinstance(outcome, Embedded)]


_DIGEST = """
import hashlib, json, sys
import numpy as np
from evalkit.providers._reference.encoder import ReferenceEncoder
from evalkit.providers._reference.film import film
from evalkit.providers._reference.hearing import recording
e, (samples, _), (frames, _) = ReferenceEncoder(), recording(990, 8), film(990, 8)
rows = [e.encode_sound([samples]), e.encode_video(enumerate(frames), [samples])]
print(json.dumps(hashlib.sha256(np.array(rows).tobytes()).hexdigest()))
"""


def test_thread_counts_change_no_bit(encoder: ReferenceEncoder) -> None:
    (samples, _), (frames, _) = recording(990, 8), film(990, 8)
    rows = [encoder.encode_sound([samples]), encoder.encode_video(enumerate(frames), [samples])]
    here = hashlib.sha256(np.array(rows).tobytes()).hexdigest()
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    told = subprocess.run(
        [sys.executable, "-c", _DIGEST],
        env={**os.environ, **threads},
        capture_output=True,
        check=True,
    )
    assert json.loads(told.stdout) == here


def test_a_small_refit_of_the_texts_about_sounds_says_much_the_same() -> None:
    """Stated tolerance: a mean cosine of .6, as a third of the texts teach less."""
    shipped, _ = weights.load_senses()
    rarity = weights.load()[0].text_rarity
    text_map, text_gain = fit_senses.fit_texts(rarity, fit_senses.TEXTS * 3 // 10)
    cosines = []
    for slots in np.random.default_rng(3).integers(0, text_map.shape[1], (50, 400)):
        old = shipped.text_map[:, slots].sum(1) * shipped.text_gain
        new = text_map[:, slots].sum(1) * text_gain
        cosines.append(old @ new / (np.linalg.norm(old) * np.linalg.norm(new)))
    assert np.mean(cosines) > 0.6
