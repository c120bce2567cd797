"""What a report shows of media: a small picture, and a sound to listen to."""

from __future__ import annotations

import io
import itertools

import numpy as np
from PIL import Image, ImageDraw

from evalkit.core.items import Media, Page
from evalkit.media.audio import RATE, encode_blocks, read_sound
from evalkit.media.images import thumbnail
from evalkit.media.pages import page_image
from evalkit.media.video import frame_blocks, has_picture, has_sound

_WAVE = (320, 80)
_BLUE = "#4c78a8"
_LISTENED = 600.0
"""Seconds of a recording that are drawn."""
_WAVE_RATE = 8_000
_DARK = 16.0
"""The mean gray, of 255, from which a frame counts as a picture."""
_LOOKED_AT = 20.0
_PLAYED_BYTES = 40_000
_QUALITY = 82


def picture(part: Media | Page, pixels: int) -> bytes | None:
    """Return a small picture of media, None where there is none to be had.

    A JPEG whose longer side has at most `pixels` pixels: of an image, of a page (the first one of a
    document), or of the first frame of a video that is not black; for audio, and for video that
    holds sound alone, its waveform as PNG, blue on white, 320 x 80 or smaller. Raises DataError
    where the media cannot be read.
    """
    if isinstance(part, Page):
        return _small(page_image(part, _resolution(pixels)), pixels)
    kind = part.mime.partition("/")[0]
    if kind == "image":
        return thumbnail(part, pixels)
    if kind == "video" and has_picture(part):
        return _small(_first_frame(part), pixels)
    if kind in ("audio", "video"):
        return _waveform(part, pixels)
    if part.mime == "application/pdf":
        return picture(Page(part, 1), pixels)
    return None


def player(media: Media, seconds: float = 4.0) -> bytes | None:
    """Return the first seconds of the sound of audio or video as Ogg Vorbis, 16 kHz mono.

    At most 40 kB: longer ones are cut. None where there is no sound. The same media give the same
    bytes. Raises DataError where the media cannot be read.
    """
    if not media.mime.startswith(("audio/", "video/")) or not has_sound(media):
        return None
    samples = read_sound(media, RATE, 0.0, seconds)
    while len(data := encode_blocks([samples], RATE, "audio/ogg", quality=0.3)) > _PLAYED_BYTES:
        samples = samples[: len(samples) * _PLAYED_BYTES // len(data) * 9 // 10]
    return data


def _resolution(pixels: int) -> int:
    """Return the pixels an inch at which a common page is about twice as large as wanted."""
    return max(36, pixels // 5)


def _small(image: Image.Image, pixels: int) -> bytes:
    """Return an image as JPEG, its longer side at most `pixels`."""
    image.thumbnail((pixels, pixels), Image.Resampling.LANCZOS, reducing_gap=None)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def _first_frame(media: Media) -> Image.Image:
    """Return the first frame that is not black, among the first 20 seconds; else the first."""
    shots = frame_blocks(media, per_second=2.0, height=240)
    _, first = next(shots)  # there is one, or an error
    for time, image in itertools.chain([(0.0, first)], shots):
        if np.asarray(image.convert("L")).mean() >= _DARK:
            return image
        if time >= _LOOKED_AT:
            break
    return first


def _waveform(media: Media, pixels: int) -> bytes:
    """Return the loudest and the lowest sample of each column, drawn as PNG."""
    width, height = (max(1, round(side * min(1, pixels / _WAVE[0]))) for side in _WAVE)
    samples = read_sound(media, _WAVE_RATE, 0.0, _LISTENED)
    image = Image.new("RGB", (width, height), "white")
    draw, middle = ImageDraw.Draw(image), (height - 1) / 2
    edges = np.linspace(0, len(samples), width + 1).astype(int)
    for x, (start, end) in enumerate(itertools.pairwise(edges)):
        column = samples[start : max(end, start + 1)]
        top, bottom = (round(middle - middle * float(v)) for v in (column.max(), column.min()))
        draw.line([(x, top), (x, bottom)], fill=_BLUE)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
