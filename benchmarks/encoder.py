"""How much media the built-in encoder embeds a second: images, pages, seconds of sound and film.

Everything is generated and encoded first (JPEG, PDF, Ogg Vorbis, H.264 with AAC); what is timed is
decoding, converting and embedding through the provider. Each figure is the median over rounds, in
which the kinds take turns. Every item must get a vector, the same one in every round. Pages are
different ones in every round, since a process reads a page once.

Peak memory is that of a process of its own, as Linux tells it (VmHWM): while it embeds 10,000
images in batches, after a tenth of them and after all; and for a film of two hours with sound
beside one of two minutes. `--images 0` and `--minutes 0` leave these out.
"""

from __future__ import annotations

import argparse
import io
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from _measure import machine, paired, report
from av import VideoFrame
from PIL import Image, ImageDraw

from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Role
from evalkit.media.audio import RATE, encode_sound
from evalkit.media.films import write_film
from evalkit.media.video import encode_video
from evalkit.providers.reference import Reference

ROLE = Role("corpus", frozenset({"text"}))
FILM_RATE = 12
LONG_RATE = 1
SMALL = (160, 120)
"""Size of the images that are embedded by the thousand."""
WORDS = "the company reported higher sales of lamps and chairs in spring while costs fell".split()


def image(number: int, size: tuple[int, int] = (640, 480)) -> Item:
    """Return a picture as JPEG, soft blocks of colour."""
    rng = np.random.default_rng([1, number])
    small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    file = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=85)
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


def text(number: int) -> Item:
    """Return a sentence of twelve words."""
    rng = np.random.default_rng([5, number])
    return Item(f"t{number}", " ".join([*rng.choice(WORDS, 11), str(number)]))


def embedded(items: list[Item], before: dict[str, bytes]) -> None:
    """Embed items; stops where one has no vector or another one than before."""
    for outcome in Reference().embed(items, ROLE, 3072):
        if not isinstance(outcome, Embedded):
            sys.exit(f"{items[outcome.index].id} has no vector: {outcome}")
        vector = outcome.vector.tobytes()
        if before.setdefault(items[outcome.index].id, vector) != vector:
            sys.exit(f"{items[outcome.index].id} has another vector in another round")


def speeds(items: int, seconds: float, rounds: int) -> dict[str, object]:
    """Return how many of each kind are embedded a second."""
    makers: dict[str, Callable[[int], Item]] = {
        "images": image,
        "pages": page,
        "audio_seconds": partial(audio, seconds),
        "video_seconds": partial(video, seconds),
        "texts": text,
    }
    amounts = {name: seconds if name.endswith("_seconds") else 1.0 for name in makers}
    counts = {name: items * {"images": 4, "texts": 100}.get(name, 1) for name in makers}
    before: dict[str, bytes] = {}
    for make in makers.values():
        embedded([make(10**6)], before)  # loads the weights

    def rounds_of(name: str) -> Callable[[], None]:
        apart = counts[name] if name == "pages" else 0
        sets = [[makers[name](n + apart * r) for n in range(counts[name])] for r in range(rounds)]
        turns = iter(sets)
        return lambda: embedded(next(turns), before)

    timed = paired({name: rounds_of(name) for name in makers}, rounds)
    figures: dict[str, object] = {
        f"{name}_per_second": round(counts[name] * amounts[name] / median(timed[name]), 1)
        for name in makers
    }
    return {**figures, "items": counts}


def in_own_process(*argument: str) -> list[float]:
    """Return the peaks in MB that this program prints when it is started to be watched."""
    command = [sys.executable, __file__, "--watch", *argument]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(kilobytes) / 1024 for kilobytes in done.stdout.split()]


def memory_of_images(count: int) -> dict[str, object]:
    """Return the peak memory, in MB, after a tenth of many images and after all of them."""
    tenth, whole = in_own_process("images", str(count))
    return {
        "images_embedded": count,
        "tenth_of_images_mb": round(tenth, 1),
        "all_images_mb": round(whole, 1),
        "all_images_to_tenth": round(whole / tenth, 3),
    }


def memory_of_films(minutes: int) -> dict[str, object]:
    """Return the peak memory, in MB, of embedding a long film and one of two minutes."""
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for length in (2, minutes):
            path = Path(folder) / f"{length}.mp4"
            path.write_bytes(write_film(long_shots(60 * length), long_sound(60 * length), RATE))
            peaks += in_own_process("film", str(path))
    return {
        "film_minutes": minutes,
        "two_minutes_mb": round(peaks[0], 1),
        "long_film_mb": round(peaks[1], 1),
        "long_film_to_two_minutes": round(peaks[1] / peaks[0], 3),
    }


def long_shots(seconds: int) -> Iterator[tuple[float, float, VideoFrame]]:
    """Yield the frames of a long film of 96 x 72 pixels, a few scenes over and over."""
    rng = np.random.default_rng(6)
    scenes = [
        VideoFrame.from_ndarray(rng.integers(0, 255, (72, 96, 3), dtype=np.uint8), "rgb24")
        for _ in range(8)
    ]
    for n in range(seconds * LONG_RATE):
        yield n / LONG_RATE, (n + 1) / LONG_RATE, scenes[n // 5 % 8]


def long_sound(seconds: int) -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """Yield the sound of a long film, the same ten seconds over and over."""
    block = samples(10, 0)[:, None]
    for _ in range(seconds // 10):
        yield block


def watch(what: str, of: str) -> None:
    """Embed, and print the peak memory in kilobytes: the work of a process that is watched."""
    if what == "film":
        embedded([Item("film", Media("video/mp4", Path(of)))], {})
        print(peak())
        return
    count, model = int(of), Reference()
    bounds = [*range(0, count // 10, model.batch), *range(count // 10, count, model.batch), count]
    for start, end in itertools.pairwise(bounds):
        embedded([image(number, SMALL) for number in range(start, end)], {})
        if end in (count // 10, count):
            print(peak())


def peak() -> int:
    """Return the most memory that this process has held, in kilobytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--items", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each recording and film")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=10_000, help="for the peak of memory")
    parser.add_argument("--minutes", type=int, default=120, help="of film for the peak of memory")
    parser.add_argument("--watch", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.watch:
        watch(*args.watch)
        return
    figures = speeds(args.items, args.seconds, args.rounds)
    figures |= memory_of_images(args.images) if args.images else {}
    figures |= memory_of_films(args.minutes) if args.minutes else {}
    report({"benchmark": "encoder", **figures, **machine()}, args.json)


if __name__ == "__main__":
    main()
