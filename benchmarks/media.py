"""How fast media become pixels and samples, beside the libraries underneath, and in what memory.

Images (JPEG and PNG, 640 x 480) beside Pillow, which opens and converts them and checks nothing;
PDF pages at 100 dots an inch beside pypdfium2 with the document kept open; half a minute of stereo
sound at 44.1 kHz as 16 kHz mono beside `soundfile.read`, which leaves rate and channels as they
are; half a minute of 320 x 240 video, 4 frames a second kept as RGB, beside PyAV, which decodes
all frames and keeps none. Peak memory is that of a process of its own which goes through the
frames of a video once, as Linux tells it (VmHWM): two hours of it beside two minutes.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from _measure import machine, paired, ratio, report
from PIL import Image

from evalkit.core.arrays import Float32
from evalkit.core.items import Media, Page
from evalkit.media.audio import read_sound
from evalkit.media.images import open_rgb
from evalkit.media.pages import page_image
from evalkit.media.video import encode_video, frame_blocks

IMAGES, PAGES, SECONDS, PER_SECOND, DPI = 40, 10, 30, 4, 100
WATCH = """
import sys
from pathlib import Path
from evalkit.core.items import Media
from evalkit.media.video import frame_blocks
seen = sum(1 for _ in frame_blocks(Media("video/mp4", Path(sys.argv[1])), 1.0, 120))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(seen, status["VmHWM"].split()[0])
"""


def scene(number: int, size: tuple[int, int]) -> Image.Image:
    """Return a picture that is neither flat nor noise, another one for each number."""
    y, x = np.mgrid[: size[1], : size[0]]
    waves = (np.sin((x + 9 * number) / 23), np.cos((y - 5 * number) / 17), np.sin((x + y) / 41))
    pixels = np.stack([127.5 + 127.5 * wave for wave in waves], axis=2)
    return Image.fromarray(pixels.astype(np.uint8))


def images(repeats: int) -> dict[str, float]:
    """Return images decoded a second, and how long that takes compared with Pillow."""
    files = [encoded(scene(n, (640, 480)), ("JPEG", "PNG")[n % 2]) for n in range(IMAGES)]

    def ours() -> list[Image.Image]:
        return [open_rgb(data, "x") for data in files]

    def peer() -> list[Image.Image]:
        return [Image.open(io.BytesIO(data)).convert("RGB") for data in files]

    same([np.asarray(a) for a in ours()], [np.asarray(b) for b in peer()])
    return timed("images_per_second", "times_pillow", IMAGES, ours, peer, repeats)


def pages(repeats: int, folder: Path) -> dict[str, float]:
    """Return pages drawn a second, and how long that takes compared with pypdfium2."""
    import pypdfium2

    path = folder / "a.pdf"
    path.write_bytes(document())
    media = Media("application/pdf", path)

    def ours() -> list[Image.Image]:
        return [page_image(Page(media, n + 1), DPI) for n in range(PAGES)]

    def peer() -> list[Image.Image]:
        pdf = pypdfium2.PdfDocument(path)
        drawn = [pdf[n].render(scale=DPI / 72).to_pil().convert("RGB") for n in range(PAGES)]
        pdf.close()
        return drawn

    same([np.asarray(a) for a in ours()], [np.asarray(b) for b in peer()])
    return timed("pages_per_second", "times_pypdfium2", PAGES, ours, peer, repeats)


def sounds(repeats: int) -> dict[str, float]:
    """Return seconds of sound read a second, and how long that takes beside soundfile."""
    import soundfile

    time = np.arange(SECONDS * 44_100) / 44_100
    both = np.stack([np.sin(2 * np.pi * hertz * time) / 2 for hertz in (440, 660)], axis=1)
    out = io.BytesIO()
    soundfile.write(out, both, 44_100, format="FLAC")
    media = Media("audio/flac", data=out.getvalue())

    def ours() -> Float32:
        return read_sound(media)

    def peer() -> Any:
        return soundfile.read(io.BytesIO(out.getvalue()), dtype="float32")[0]

    at = np.arange(SECONDS * 16_000) / 16_000
    wanted = sum(np.sin(2 * np.pi * hertz * at) / 4 for hertz in (440, 660))
    same([ours()[1_000:-1_000]], [np.asarray(wanted)[1_000:-1_000]], 0.01)
    same([peer()], [both], 0.001)
    return timed("sound_seconds_per_second", "times_soundfile", SECONDS, ours, peer, repeats)


def videos(repeats: int) -> dict[str, float]:
    """Return seconds of video watched a second, and how long that takes beside PyAV."""
    import av

    shots = (scene(n, (320, 240)) for n in range(SECONDS * 12))
    data = encode_video(shots, 12, None, 0)
    media = Media("video/mp4", data=data)

    def ours() -> int:
        return sum(1 for _ in frame_blocks(media, PER_SECOND, 240))

    def peer() -> int:
        with av.open(io.BytesIO(data), "r") as container:
            container.streams.video[0].thread_type = "AUTO"
            return len([0 for _ in container.decode(video=0)])

    assert (ours(), peer()) == (SECONDS * PER_SECOND, SECONDS * 12)
    return timed("video_seconds_per_second", "times_pyav", SECONDS, ours, peer, repeats)


def memory(folder: Path) -> dict[str, float]:
    """Return the peak memory, in MB, of watching two hours and two minutes, and their ratio."""
    megabytes = []
    for minutes in (2, 120):
        path = folder / f"{minutes}.mp4"
        path.write_bytes(encode_video(long(60 * minutes), 1, None, 0))
        command = [sys.executable, "-c", WATCH, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seen, kilobytes = map(int, done.stdout.split())
        assert seen == 60 * minutes
        megabytes.append(kilobytes / 1024)
    return {
        "two_minutes_mb": round(megabytes[0], 1),
        "two_hours_mb": round(megabytes[1], 1),
        "two_hours_to_two_minutes": round(megabytes[1] / megabytes[0], 3),
    }


def long(count: int) -> Iterator[Image.Image]:
    """Yield the frames of a long video, a few scenes over and over."""
    scenes = [scene(n, (160, 120)) for n in range(8)]
    for n in range(count):
        yield scenes[n // 4 % 8]


def document() -> bytes:
    """Return a PDF of text and boxes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, A4, invariant=True)
    for page in range(PAGES):
        for line in range(50):
            canvas.drawString(60, 780 - 14 * line, f"Line {line} of page {page}: " + "words " * 12)
        canvas.rect(60, 30, 200 + page, 30, fill=1)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def encoded(image: Image.Image, form: str) -> bytes:
    """Return an image as a file."""
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def same(ours: list[Any], theirs: list[Any], apart: float = 0.0) -> None:
    """Stop where two sides do not find the same."""
    for a, b in zip(ours, theirs, strict=True):
        if a.shape != b.shape or np.abs(a.astype(float) - b).max() > apart:
            sys.exit("what was read is not what the peer reads")


def timed(
    name: str,
    times: str,
    amount: int,
    ours: Callable[[], object],
    peer: Callable[[], object],
    repeats: int,
) -> dict[str, float]:
    """Return the rate of our side, and its time divided by the peer's."""
    taken = paired({"ours": ours, "peer": peer}, repeats)
    rate = amount / median(taken["ours"])
    return {name: round(rate, 1), times: round(ratio(taken, "ours", "peer"), 2)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = images(args.repeats) | pages(args.repeats, folder)
        found |= sounds(args.repeats) | videos(args.repeats) | memory(folder)
    report({"benchmark": "media", **found, **machine()}, args.json)


if __name__ == "__main__":
    main()
