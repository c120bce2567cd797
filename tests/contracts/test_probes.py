"""What every probe promises, checked on all that are registered.

Text, pictures, sounds, pages and films are small and made here; every item has others of its kind
to borrow from, pictures have masks, and sounds are one sentence in several voices.
"""

import hashlib
import io
import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from evalkit.core import registry
from evalkit.core.arrays import Float32, Float64
from evalkit.core.errors import UsageError
from evalkit.core.items import Dataset, Item, Media, Page
from evalkit.core.protocols import Probe, ProbeContext
from evalkit.media.audio import encode_sound, read_sound
from evalkit.media.durations import seconds
from evalkit.media.images import encode_png, item_image
from evalkit.media.pages import page_image, pages
from evalkit.media.video import encode_video, frame_blocks, has_sound

MODALITIES = ("text", "image", "audio", "video", "document")
VARIANTS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "background_noise": ({}, {"kind": "white"}, {"kind": "babble"}),
    "codec": ({}, {"kind": "mulaw"}),
    "fax": ({}, {"threshold": "bayer"}),
    "scan_noise": ({}, {"kind": "specks"}),
}
"""Parameters to try a probe with, where those that it has by itself do not show all of it."""
NOT_IN_STOREFRONT = frozenset({"background_swap"})
"""Probes of text and images that need what `storefront` lacks, such as masks."""
STOREFRONT = Path(__file__).parents[2] / "datasets" / "storefront"
SEVERITIES = range(1, 6)
RATE = 16_000
WORDS = (
    "warm red wool scarf", "gorra de algodón para niños", "blaue Vase 30 cm", "tasse à café",
    "lamp that does not need a cable", "Stuhl für draußen", "a present for my sister", "USB-C hub",
    "zapatillas de correr", "noise cancelling headphones, black", "tea", "кружка с крышкой",
    "kids' grey pyjamas, cheap, 2 sizes, approx. 30 cm",
    "lorry, petrol, trousers, biscuits, autumn: approx. 30 cm, 5 kg, 20 mm",
)  # fmt: skip


def _named(name: str, params: Mapping[str, Any]) -> str:
    return name + ",".join(f"[{key}={value}]" for key, value in params.items())


CASES = {
    _named(name, params): (name, params)
    for name in registry.names("probes")
    for params in VARIANTS.get(name, ({},))
}


# --- samples -----------------------------------------------------------------------------------


@cache
def samples(modality: str) -> tuple[Item, ...]:
    if modality == "text":
        return tuple(Item(f"t{n}", text) for n, text in enumerate(WORDS))
    made = {
        "image": (_picture, 8),
        "audio": (_speech, 3),
        "video": (_film, 2),
        "document": (_page, 2),
    }
    make, count = made[modality]
    return tuple(make(n) for n in range(count))


def _picture(seed: int) -> Item:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    large = small.resize((48, 40), Image.Resampling.BICUBIC)
    mask = Image.new("L", (48, 40))
    ImageDraw.Draw(mask).ellipse((12, 8, 34, 32), fill=255)
    white = Media("image/png", data=encode_png(mask))
    return Item(f"i{seed}", Media("image/png", data=encode_png(large)), mask=white)


def _voice(pitch: float, length: float) -> Float32:
    """Return syllables on a buzz: pulses through three resonances, louder and softer."""
    time = np.arange(round(length * RATE)) / RATE
    sound = np.zeros_like(time)
    for n in range(1, int(4000 / pitch)):
        gain = sum(1 / (1 + ((n * pitch - formant) / 150) ** 2) for formant in (600, 1400, 2600))
        sound += gain * np.sin(2 * np.pi * n * pitch * time + n * n)
    loud = np.clip(np.sin(2 * np.pi * 3 * time), 0, None) ** 0.5
    heard = loud * sound
    return np.asarray(0.5 * heard / np.abs(heard).max(), np.float32)


def _speech(n: int) -> Item:
    data = encode_sound(_voice(110 + 45 * n, 1.2), RATE, "audio/wav")
    tags = {"sentence": ("s1",), "voice": (f"v{n}",)}
    return Item(f"a{n}", Media("audio/wav", data=data), tags)


def _film(n: int) -> Item:
    shots = []
    for place in range(14):
        shot = Image.linear_gradient("L").resize((64, 48)).rotate(90 * n).convert("RGB")
        left = 2 + 3 * place
        ImageDraw.Draw(shot).rectangle((left, 12, left + 16, 34), fill=(220, 60 * n, 40))
        shots.append(shot)
    time = np.arange(round(0.7 * RATE)) / RATE
    sweep = 0.5 * np.sin(2 * np.pi * 2000 * time**2).astype(np.float32)
    data = encode_video(shots, 20, sweep if n else _voice(120, 0.7), RATE)
    return Item(f"v{n}", Media("video/mp4", data=data))


def _page(n: int) -> Item:
    out = io.BytesIO()
    canvas = Canvas(out, (180, 150), invariant=True)
    canvas.setFont("Helvetica", 9)
    for row, words in enumerate(WORDS[5 * n : 5 * n + 7]):
        plain = words[:18].encode("ascii", "ignore").decode()
        canvas.drawString(20, 122 - 12 * row, f"{plain} {row}{n}")
    canvas.setFillGray(0.5)
    canvas.rect(20, 18, 60 + 30 * n, 16, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    return Item(f"d{n}", Page(Media("application/pdf", data=out.getvalue()), 1))


# --- probes on samples -------------------------------------------------------------------------


def probe(case: str) -> Probe:
    name, params = CASES[case]
    return cast("Probe", registry.create("probes", name, **params))


def asks_again(case: str) -> bool:
    """Return whether a probe asks the model anew instead of changing an item."""
    return bool(getattr(probe(case), "asks_again", False))


def apply(case: str, item: Item, severity: int, others: Sequence[Item] = ()) -> Item | None:
    """Return what a probe makes of an item, with the same chance at every severity."""
    seed = hashlib.sha256(f"{case}|{item.id}".encode()).digest()[:8]
    rng = np.random.default_rng(int.from_bytes(seed, "big"))
    lent = others or tuple(o for m in MODALITIES for o in samples(m))
    return probe(case).apply(item, severity, ProbeContext(rng, lent))


@cache
def changed(case: str, item_id: str, severity: int) -> Item | None:
    item = next(i for m in MODALITIES for i in samples(m) if i.id == item_id)
    return apply(case, item, severity)


def mine(case: str, modality: str = "") -> list[Item]:
    known = [modality] if modality else sorted(probe(case).modalities)
    return [item for one in known for item in samples(one)]


def pairs(case: str, severity: int, modality: str = "") -> list[tuple[Item, Item]]:
    """Return the items that a probe changes, each before and after."""
    both = [(item, changed(case, item.id, severity)) for item in mine(case, modality)]
    return [(old, new) for old, new in both if new is not None]


# --- how far apart two items are ---------------------------------------------------------------


def distance(old: Item, new: Item) -> float:
    if isinstance(old.content, str) and isinstance(new.content, str):
        return _edits(old.content, new.content) / len(old.content)
    return {"image": _pictures, "document": _sheets, "audio": _sounds, "video": _films}[
        old.modality
    ](old, new)


def _edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            cost = min(row[j] + 1, row[j - 1] + 1, before + (sign != against))
            before, row[j] = row[j], cost
    return row[-1]


def _pixels(one: Image.Image, other: Image.Image) -> float:
    apart = ImageChops.difference(one, other.resize(one.size))
    return float(np.asarray(apart, np.float64).mean())


def _pictures(old: Item, new: Item) -> float:
    return _pixels(item_image(old), item_image(new))


def _sheets(old: Item, new: Item) -> float:
    assert isinstance(old.content, Page)
    assert isinstance(new.content, Page)
    return _pixels(page_image(old.content, 120), page_image(new.content, 120))


def _sounds(old: Item, new: Item) -> float:
    return _spectra_apart(*(_spectrum(_sound(_media(item))) for item in (old, new)))


def _films(old: Item, new: Item) -> float:
    """Return the difference of frames (0 to 255), of length, and of sound; the rest is dark."""
    one, other = _shots(_media(old)), _shots(_media(new))
    dark = Image.new("RGB", one[0].size)
    count = max(len(one), len(other))
    seen = [
        _pixels(*(shots[n] if n < len(shots) else dark for shots in (one, other)))
        for n in range(count)
    ]
    return sum(seen) / len(one) + _longer(len(one), len(other)) + _sounds(old, new)


def _media(item: Item) -> Media:
    assert isinstance(item.content, Media)
    return item.content


@cache
def _shots(media: Media) -> list[Image.Image]:
    return [shot for _, shot in frame_blocks(media, 10, 48)]


@cache
def _sound(media: Media) -> Float32:
    return read_sound(media) if has_sound(media) else np.zeros(1, np.float32)


def _spectrum(samples: Float32) -> Float64:
    """Return decibels above -80 in 10 ms frames and 32 bands, (frames, 32)."""
    padded = np.pad(samples, (0, -len(samples) % 160 + 320))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 320)[::160]
    power = np.abs(np.fft.rfft(frames * np.hanning(320), axis=1)) ** 2
    bands = power[:, :160].reshape(len(power), 32, 5).mean(axis=2) / 320
    decibels: Float64 = 10 * np.log10(bands + 1e-8) + 80
    return decibels


def _spectra_apart(one: Float64, other: Float64) -> float:
    """Return the mean difference in dB with the other drawn out to the same length, and of that."""
    rows = np.arange(len(one)) * len(other) // len(one)
    return float(np.abs(one - other[rows]).mean() + _longer(len(one), len(other)))


def _longer(one: int, other: int) -> float:
    """Return how far two lengths are apart: 20 for each time that one is e times the other."""
    return 20 * abs(float(np.log(other / one)))


# --- the contract ------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_it_does(case: str) -> None:
    cls = type(probe(case))
    assert cls.modalities <= set(MODALITIES)
    assert cls.modalities
    assert cls.sides <= {"query", "corpus"}
    assert cls.sides
    assert 0 < cls.changes <= 1
    assert cls.may_break.endswith(".")


@pytest.mark.parametrize("case", CASES)
def test_severity_zero_is_the_item_itself(case: str) -> None:
    for modality in MODALITIES:
        for item in samples(modality):
            assert apply(case, item, 0) is item


@pytest.mark.parametrize("case", CASES)
def test_other_severities_are_usage_errors(case: str) -> None:
    for severity in (-1, 6, 2.5, True, "1"):
        with pytest.raises(UsageError, match="whole number from 0 to 5"):
            apply(case, samples("text")[0], cast("int", severity))


@pytest.mark.parametrize("case", CASES)
def test_the_same_seed_gives_the_same_item(case: str) -> None:
    for item in mine(case):
        for severity in SEVERITIES if item.modality == "text" else (4,):
            assert apply(case, item, severity) == changed(case, item.id, severity)


@pytest.mark.parametrize("case", CASES)
def test_the_declared_share_is_really_changed(case: str) -> None:
    for modality, severity in itertools.product(probe(case).modalities, SEVERITIES):
        found = pairs(case, severity, modality)
        assert all((new.digest() == old.digest()) == asks_again(case) for old, new in found)
        assert len(found) >= probe(case).changes * len(samples(modality))


@cache
def storefront() -> Dataset:
    return cast("Dataset", registry.create("readers", "folder").read(str(STOREFRONT)))


@pytest.mark.parametrize(
    "case",
    [
        case
        for case, (name, _) in CASES.items()
        if probe(case).modalities & {"text", "image"} and name not in NOT_IN_STOREFRONT
    ],
)
@pytest.mark.parametrize("severity", [1, 5])
def test_the_declared_share_of_a_shipped_data_set_is_changed(case: str, severity: int) -> None:
    data = storefront()
    items = (*data.queries, *data.corpus)
    for modality, count in (("text", 60), ("image", 8)):
        if modality in probe(case).modalities:
            all_of_it = [item for item in items if item.modality == modality]
            chosen = np.random.default_rng(0).permutation(len(all_of_it))[:count]
            own = [all_of_it[int(place)] for place in chosen]
            found = [apply(case, item, severity, own) is not None for item in own]
            assert sum(found) >= probe(case).changes * len(own)


@pytest.mark.parametrize("case", CASES)
def test_what_comes_out_is_a_sound_item_of_the_same_kind(case: str) -> None:
    for item, new in (both for severity in SEVERITIES for both in pairs(case, severity)):
        assert (new.id, new.tags, new.modality) == (item.id, item.tags, item.modality)
        _decodes(new)


def _decodes(item: Item) -> None:
    """Check that a changed item can be read as what it says it is."""
    if isinstance(item.content, str):
        assert item.content.strip()
        item.content.encode()
    elif isinstance(item.content, Page):
        assert item.content in pages(item.content.document)
        assert page_image(item.content, 30).size > (0, 0)
    elif item.modality == "image":
        assert item_image(item).size > (0, 0)
    else:
        assert (seconds(_media(item)) or 0) > 0
        assert np.isfinite(_sound(_media(item))).all()
        assert item.modality == "audio" or _shots(_media(item))


@pytest.mark.parametrize("case", CASES)
def test_other_modalities_are_left_alone(case: str) -> None:
    for modality in set(MODALITIES) - probe(case).modalities:
        for item in samples(modality):
            assert apply(case, item, 3) is None


@pytest.mark.parametrize("case", CASES)
def test_of_a_mix_only_its_own_parts_change(case: str) -> None:
    own = probe(case).modalities
    firsts = {m: samples(m)[0] for m in MODALITIES}
    firsts |= {old.modality: old for old, _ in reversed(pairs(case, 3))}
    tags = {name: tag for item in firsts.values() for name, tag in item.tags.items()}
    content = tuple(item.parts[0] for item in firsts.values())
    mix = Item("mix", content, tags, firsts["image"].mask)
    new = apply(case, mix, 3)
    assert new is not None
    for old, part in zip(mix.parts, new.parts, strict=True):
        assert (part == old) != (Item("", old).modality in own and not asks_again(case))


@pytest.mark.parametrize("case", [c for c in CASES if getattr(probe(c), "ordered", True)])
def test_the_effect_grows_with_severity_on_average(case: str) -> None:
    for modality in sorted(probe(case).modalities):
        means = []
        for severity in SEVERITIES:
            found = [distance(old, new) for old, new in pairs(case, severity, modality)]
            means.append(sum(found) / len(found))
        assert means == sorted(means), (modality, means)
        assert means[-1] > means[0]
