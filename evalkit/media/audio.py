"""Sound in and out: any file becomes mono samples at one rate, and samples become a file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import UsageError
from evalkit.core.extras import expect
from evalkit.core.items import Media
from evalkit.media.ogg import same_each_time
from evalkit.media.resampling import regrouped, resampled
from evalkit.media.soundtracks import soundtrack

RATE = 16_000
"""Samples a second of all sound that is compared."""

_WRITTEN = {
    "audio/wav": ("WAV", "PCM_16"),
    "audio/flac": ("FLAC", "PCM_16"),
    "audio/ogg": ("OGG", "VORBIS"),
    "audio/mpeg": ("MP3", "MPEG_LAYER_III"),
}
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_MP3_KILOBITS = {16_000: (8, 160), 32_000: (32, 320)}
"""The least and most kbit/s of an MP3 from so many samples a second on."""
_MP3_LATE = 1_105
"""Samples by which an MP3 begins late where it is too small to say so itself."""
_AT_ONCE = 1 << 16
_QUALITY = 0.6
"""Of MP3 and Ogg Vorbis, from 0 (smallest) to 1 (best)."""


def read_sound(
    media: Media, rate: int = RATE, start: float = 0.0, end: float | None = None
) -> Float32:
    """Return the sound of audio or video as mono samples, float32 (n,) in -1..1.

    rate: samples a second. start, end: seconds; to the end where None. Channels are averaged.
    Raises DataError and UsageError as `soundtrack` does.
    """
    return np.concatenate(list(_mono(media, rate, start, end)))


def sound_blocks(media: Media, rate: int = RATE, seconds: float = 10.0) -> Iterator[Float32]:
    """Yield the whole sound as mono blocks, float32 (n,) in -1..1, of so many seconds each.

    The last block may be shorter. A recording of any length takes the memory of a few blocks.
    Raises DataError and UsageError as `soundtrack` does.
    """
    size = round(seconds * rate)
    if size < 1:
        raise UsageError(f"{seconds} s is no length for a block of sound: it must hold a sample.")
    yield from regrouped(_mono(media, rate, 0.0, None), size)


def encode_sound(samples: Float32, rate: int, mime: str) -> bytes:
    """Return mono samples as a file; the same samples give the same bytes.

    samples: float32 (n,) in -1..1, clipped where they are not; rate: samples a second. mime:
    audio/wav and audio/flac (16 bits), audio/ogg (Vorbis) or audio/mpeg (MP3, which knows nine
    rates up to 48 kHz: others are raised to the next). Raises UsageError for other types.
    """
    return encode_blocks([samples], rate, mime)


def encode_blocks(
    blocks: Iterable[Float32], rate: int, mime: str, quality: float = _QUALITY
) -> bytes:
    """Return mono blocks as one file, as `encode_sound` does; quality: 0 to 1, of lossy ones."""
    expect("soundfile")
    import soundfile

    if mime not in _WRITTEN:
        raise UsageError(f"'{mime}' is no sound that can be written: {', '.join(_WRITTEN)} are.")
    form, coding = _WRITTEN[mime]
    kept = next((r for r in _MP3_RATES if r >= rate), _MP3_RATES[-1]) if form == "MP3" else rate
    out = io.BytesIO()
    level = {"compression_level": 1 - quality} if form in ("MP3", "OGG") else {}
    with soundfile.SoundFile(out, "w", kept, 1, coding, format=form, **level) as file:
        for block in regrouped(resampled(blocks, rate, kept), _AT_ONCE):
            file.write(np.clip(block, -1, 1))
    return same_each_time(out.getvalue()) if form == "OGG" else out.getvalue()


def through_mp3(samples: Float32, rate: int, kilobits: int) -> Float32:
    """Return sound as it comes back from MP3 of so many kbit/s, float32 (n,), in its old place.

    samples: float32 (n,) in -1..1; rate: samples a second, which the result has again; the MP3 has
    16 kHz at least, and 24 kHz at most for up to 32 kbit/s. kilobits: 8 to 160, constant. Raises
    UsageError for others.
    """
    expect("soundfile")
    import soundfile

    if not 8 <= kilobits <= 160:
        raise UsageError(f"{kilobits} kbit/s is no rate of MP3 here: 8 to 160 are.")
    rates = [r for r in _MP3_RATES if 16_000 <= r <= (24_000 if kilobits <= 32 else 48_000)]
    kept = next((r for r in rates if r >= rate), rates[-1])
    least, most = _MP3_KILOBITS[32_000 if kept >= 32_000 else 16_000]
    level = (most - kilobits) / (most - least)
    coded = np.concatenate(list(resampled([samples], rate, kept)))
    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", kept, 1, "MPEG_LAYER_III", None, "MP3", True, level, "CONSTANT"
    ) as file:
        file.write(np.clip(coded, -1, 1))
    out.seek(0)
    heard, _ = soundfile.read(out, dtype="float32")
    late = _MP3_LATE if len(heard) > len(coded) else 0
    back = np.concatenate(list(resampled([heard[late:]], kept, rate)))[: len(samples)]
    return np.pad(back, (0, len(samples) - len(back)))


def cut_sound(
    media: Media, start: float = 0.0, end: float | None = None, mime: str = "audio/wav"
) -> Media:
    """Return the sound from `start` to `end` seconds as a file of its own, mono, at its own rate.

    The bytes are what a service would be sent, so that their digest is of what was sent. Raises
    DataError as `soundtrack` does and UsageError as `encode_sound` does.
    """
    with soundtrack(media, start, end) as track:
        return Media(mime, data=encode_blocks(track.mono(), track.rate, mime))


def _mono(media: Media, rate: int, start: float, end: float | None) -> Iterator[Float32]:
    """Yield mono blocks at a rate, float32 (n,) in -1..1."""
    if rate < 1:
        raise UsageError(f"{rate} samples a second is no rate: it must be 1 or more.")
    with soundtrack(media, start, end) as track:
        for block in resampled(track.mono(), track.rate, rate):
            yield np.clip(block, -1, 1)
