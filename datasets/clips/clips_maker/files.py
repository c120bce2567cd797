"""Renders clips and reads and writes them as MP4 with H.264 and AAC."""

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sounds_maker.events import EVENTS
from sounds_maker.synth import RATE, Wave, add, generator, hiss, level, silence

from . import scene as drawing
from .catalogue import SEED, Clip, Scene

QUALITY, COARSE = 28, 38
"""Constant rate factors of what is shipped and of copies that were encoded again."""

BEDS = {
    "meadow": (200, 1200, 0.010),
    "street": (40, 300, 0.030),
    "beach": (400, 3500, 0.012),
    "room": (90, 140, 0.010),
    "night": (3800, 4600, 0.006),
    "snow": (60, 500, 0.004),
}
"""The faint noise of a place: from and to which frequency in hertz, and how loud."""


def picture(clip: Clip) -> Iterator[Image.Image]:
    """Yield the frames of a clip, edits included."""
    skip = round(clip.trim * drawing.FRAMES)
    gain = float(generator(SEED, clip.key, "light").choice([0.72, 1.3]))
    for part in clip.scenes:
        told = drawing.Scene(part.sight, part.background, part.motion, part.seconds)
        for frame in drawing.frames(told, generator(SEED, part.sight_seed)):
            if skip:
                skip -= 1
                continue
            if clip.edit == "brightness":
                frame = frame.point([min(255, round(v * gain)) for v in range(256)] * 3)
            yield frame


def _heard(part: Scene) -> Wave:
    """Return the sound of one scene above the noise of its place."""
    rng = generator(SEED, part.sound_seed)
    made = level(EVENTS[part.sound](rng, part.seconds), float(rng.uniform(0.4, 0.8)))
    low, high, loud = BEDS[part.background]
    return made + loud * float(rng.uniform(0.5, 1.5)) * hiss(rng, part.seconds, low, high)


def soundtrack(clip: Clip) -> Wave:
    """Return the samples of a clip, edits included."""
    whole = silence(clip.scenes[-1].at + clip.scenes[-1].seconds)
    for part in clip.scenes:
        add(whole, _heard(part), part.at)
    return np.clip(whole[round(clip.trim * RATE) :], -1, 1)


def encode(frames: Iterable[Image.Image], samples: Wave, quality: int) -> bytes:
    """Return frames and samples as the bytes of an MP4 file, the same for the same input.

    x264's macroblock tree is off: with it, the same frames gave different bytes from run to run.
    """
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as box:
        video = box.add_stream("libx264", rate=drawing.FRAMES)
        video.width, video.height = drawing.SIZE
        video.pix_fmt, video.time_base = "yuv420p", Fraction(1, drawing.FRAMES)
        video.codec_context.thread_count = 1
        video.options = {
            "crf": str(quality),
            "preset": "slow",
            "g": "50",
            "x264-params": "mbtree=0",
        }
        audio = box.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 24_000
        for image in frames:
            box.mux(video.encode(av.VideoFrame.from_image(image)))
        box.mux(video.encode(None))
        for start in range(0, len(samples), 1024):
            piece = samples[None, start : start + 1024].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            frame.time_base = Fraction(1, RATE)
            box.mux(audio.encode(frame))
        box.mux(audio.encode(None))
    return held.getvalue()


def decode(data: bytes) -> tuple[NDArray[np.uint8], Wave]:
    """Return the frames (n, 120, 160, 3) and the samples of an encoded clip."""
    with av.open(io.BytesIO(data), "r") as box:
        frames = [frame.to_ndarray(format="rgb24") for frame in box.decode(video=0)]
    with av.open(io.BytesIO(data), "r") as box:
        pieces = [frame.to_ndarray().ravel() for frame in box.decode(audio=0)]
    return np.stack(frames), np.concatenate(pieces).astype(np.float64)


def render(clip: Clip) -> bytes:
    """Return a clip as the bytes of its file."""
    first = encode(picture(clip), soundtrack(clip), QUALITY)
    if clip.edit != "reencode":
        return first
    frames, samples = decode(first)
    return encode(map(Image.fromarray, frames), samples, COARSE)
