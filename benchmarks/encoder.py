"""How much media the built-in encoder embeds a second: images, pages, seconds of sound and film.

Everything is generated and encoded first (JPEG, PDF, Ogg Vorbis, H.264 with AAC); what is timed is
decoding, converting and embedding through the provider. Each figure is the median over rounds, in
which the kinds take turns. Every item must get a vector, the same one in every round.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from _measure import machine, paired, report
from PIL import Image, ImageDraw

from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Role
from evalkit.media.audio import RATE, encode_sound
from evalkit.media.video import encode_video
from evalkit.providers.reference import Reference

ROLE = Role("corpus", frozenset({"text"}))
FILM_RATE = 12
WORDS = "the company reported higher sales of lamps and chairs in spring while costs fell".split()


def image(number: int) -> Item:
    """Return a photograph of 640 x 480 pixels, blocks of colour under noise."""
    rng = np.random.default_rng([1, number])
    small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    file = io.BytesIO()
    small.resize((640, 480), Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
    return Item(f"i{number}", Media("image/jpeg", data=file.getvalue()))


def page(number: int) -> Item:
    """Return a page of 40 lines, as a PDF without a text layer."""
    rng = np.random.default_rng([2, number])
    sheet = Image.new("RGB", (827, 1169), "white")
    pen = ImageDraw.Draw(sheet)
    for line in range(40):
        pen.text((70, 60 + 26 * line), " ".join(rng.choice(WORDS, 9)), fill="black", font_size=18)
    file = io.BytesIO()
    sheet.save(file, "PDF", resolution=100)
    return Item(f"p{number}", Page(Media("application/pdf", data=file.getvalue()), 1))


def samples(seconds: float, number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return notes under some noise, mono at 16 kHz."""
    rng = np.random.default_rng([3, number])
    t = np.arange(round(seconds * RATE)) / RATE
    notes = 440 * 2 ** (rng.integers(-12, 12, t.size // 4000 + 1).repeat(4000)[: t.size] / 12)
    tune = np.sin(2 * np.pi * np.cumsum(notes) / RATE) * 0.4
    return (tune + rng.normal(0, 0.02, t.size)).astype(np.float32)


def audio(seconds: float, number: int) -> Item:
    """Return a recording as Ogg Vorbis."""
    data = encode_sound(samples(seconds, number), RATE, "audio/ogg")
    return Item(f"a{number}", Media("audio/ogg", data=data))


def video(seconds: float, number: int) -> Item:
    """Return a film of 320 x 240 pixels with sound, a disc that moves over a picture."""
    rng = np.random.default_rng([4, number])
    ground = Image.fromarray(rng.integers(0, 255, (3, 4, 3), dtype=np.uint8)).resize((320, 240))
    frames = []
    for n in range(round(seconds * FILM_RATE)):
        frame = ground.copy()
        x = n * 7 % 320
        ImageDraw.Draw(frame).ellipse((x, 90, x + 50, 140), fill="red")
        frames.append(frame)
    data = encode_video(frames, FILM_RATE, samples(seconds, number), RATE)
    return Item(f"v{number}", Media("video/mp4", data=data))


def embedded(items: list[Item], before: dict[str, bytes]) -> None:
    """Embed items; stops where one has no vector or another one than before."""
    for outcome in Reference().embed(items, ROLE, 3072):
        if not isinstance(outcome, Embedded):
            sys.exit(f"{items[outcome.index].id} has no vector: {outcome}")
        vector = outcome.vector.tobytes()
        if before.setdefault(items[outcome.index].id, vector) != vector:
            sys.exit(f"{items[outcome.index].id} has another vector in another round")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--items", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each recording and film")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    makers: dict[str, Callable[[int], Item]] = {
        "images": image,
        "pages": page,
        "audio_seconds": partial(audio, args.seconds),
        "video_seconds": partial(video, args.seconds),
    }
    amounts = {name: 1.0 if name in ("images", "pages") else args.seconds for name in makers}
    counts = {name: 4 * args.items if name == "images" else args.items for name in makers}
    sets = {name: [make(n) for n in range(counts[name])] for name, make in makers.items()}
    before: dict[str, bytes] = {}
    for items in sets.values():
        embedded(items[:1], before)  # loads the weights
    timed = paired({name: partial(embedded, sets[name], before) for name in sets}, args.rounds)
    figures = {
        f"{name}_per_second": counts[name] * amounts[name] / median(timed[name]) for name in sets
    }
    report({"benchmark": "encoder", **figures, "items": counts, **machine()}, args.json)


if __name__ == "__main__":
    main()
