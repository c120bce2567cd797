"""Renders recordings and reads and writes them as OGG Vorbis."""

import io
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from .catalogue import SEED, Sound, ids, sounds
from .events import EVENTS
from .instruments import solo
from .melodies import perform
from .synth import RATE, Wave, add, generator, hiss, level

SMALL = 0.99
"""Compression level of what is shipped; 1 is smallest."""


def encode(samples: Wave, form: str = "OGG", subtype: str = "VORBIS") -> bytes:
    """Return mono samples as the bytes of a small OGG Vorbis (or other) file."""
    held = io.BytesIO()
    soundfile.write(held, samples, RATE, format=form, subtype=subtype, compression_level=SMALL)
    return held.getvalue()


def decode(data: bytes) -> Wave:
    """Return the samples of an encoded file."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float64")
    if rate != RATE or samples.ndim != 1:
        raise ValueError(f"expected {RATE} Hz mono, found {rate} Hz and {samples.ndim} axes")
    return np.asarray(samples, dtype=np.float64)


@lru_cache(maxsize=96)
def render(sound: Sound) -> Wave:
    """Return the samples of a recording, before they are encoded."""
    peak = float(generator(SEED, "peak", sound.key).uniform(0.45, 0.85))
    if sound.parts:
        return _sequence(sound)
    if sound.copy_of:
        return _copy(sound)
    if sound.track:
        return level(perform(sound.track, sound.seconds), peak)
    rng = generator(SEED, sound.key)
    if sound.kind == "instrument":
        made = solo(sound.label, rng, sound.seconds)
    else:
        made = EVENTS[sound.label](rng, sound.seconds)
    return level(made + _room(sound, float(np.abs(made).max())), peak)


def _room(sound: Sound, peak: float) -> Wave:
    """Return faint background noise, louder in some takes than in others."""
    rng = generator(SEED, "room", sound.key)
    return peak * float(rng.uniform(0.0005, 0.008)) * hiss(rng, sound.seconds, 60, 3000)


def _sequence(sound: Sound) -> Wave:
    """Return the parts of a long recording over the noise of a room."""
    out = 0.002 * hiss(generator(SEED, sound.key), sound.seconds, 60, 3000)
    for part in sound.parts:
        add(out, render(part), part.at)
    return np.clip(out, -1, 1)


def _copy(sound: Sound) -> Wave:
    """Return a track that went through one edit."""
    source, rng = render(sounds()[ids()[sound.copy_of]]), generator(SEED, sound.key)
    if sound.edit == "trim":
        first = round(sound.trim * RATE)
        return source[first : first + round(sound.seconds * RATE)]
    if sound.edit == "reencode":
        return np.clip(decode(encode(source, "MP3", "MPEG_LAYER_III"))[: len(source)], -1, 1)
    if sound.edit == "gain":
        return source * float(rng.choice([0.35, 0.5, 1.15]))
    noise = hiss(rng, len(source) / RATE, 80, 6000)
    loud = float(np.sqrt(np.mean(source**2)))
    return np.clip(source + loud * 10 ** (-25 / 20) * noise, -1, 1)


def write(folder: Path, name: str, samples: Wave) -> None:
    """Write samples as `name`.ogg below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.ogg").write_bytes(encode(samples))
