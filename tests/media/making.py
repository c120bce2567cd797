"""Small media, made for the tests of this folder."""

import io
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from evalkit.core.arrays import Float32
from evalkit.core.errors import DataError
from evalkit.core.items import Media
from evalkit.media.video import encode_video


def tone(seconds: float, rate: int = 16_000, hertz: float = 440.0) -> Float32:
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def written(samples: Float32, rate: int, form: str = "WAV", coding: str | None = None) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format=form, subtype=coding)
    return out.getvalue()


def wav(samples: Float32, rate: int = 16_000, coding: str = "PCM_16") -> Media:
    return Media("audio/wav", data=written(samples, rate, "WAV", coding))


def grays(count: int, size: tuple[int, int] = (64, 48)) -> list[Image.Image]:
    return [Image.new("RGB", size, (8 * n + 40,) * 3) for n in range(count)]


def film(
    count: int = 24,
    per_second: float = 12,
    samples: Float32 | None = None,
    size: tuple[int, int] = (64, 48),
) -> Media:
    data = encode_video(grays(count, size), per_second, samples, 16_000)
    return Media("video/mp4", data=data)


def contained(
    form: str,
    codec: str,
    shots: Sequence[tuple[float, int]] = (),
    sound: Float32 | None = None,
    coding: str = "aac",
    late: float = 0.0,
) -> Media:
    """Return a container with gray frames at given seconds, and 48 kHz sound that may be late."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        if shots:
            film = cast("av.VideoStream", container.add_stream(codec, rate=25))
            film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        if sound is not None:
            planes = np.atleast_2d(sound)
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(planes)]
            made = container.add_stream(coding, rate=48_000, layout=layout)
            track = cast("av.AudioStream", made)
        for time, gray in shots:
            shot = av.VideoFrame.from_ndarray(np.full((48, 64, 3), gray, np.uint8), "rgb24")
            shot.time_base, shot.pts = Fraction(1, 25), round(time * 25)
            container.mux(film.encode(shot))
        if shots:
            container.mux(film.encode(None))
        if sound is not None:
            heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(planes), "fltp", layout)
            heard.sample_rate, heard.pts = 48_000, round(late * 48_000)
            container.mux(track.encode(heard))
            container.mux(track.encode(None))
    return Media("video/mp4", data=out.getvalue())


def complaint(work: Callable[[], object]) -> str:
    with pytest.raises(DataError) as caught:
        work()
    return str(caught.value)


def stored(folder: Path, name: str, data: bytes, mime: str) -> Media:
    path = folder / name
    path.write_bytes(data)
    return Media(mime, path)
