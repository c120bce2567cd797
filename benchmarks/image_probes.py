"""Photos changed a second by each image probe at 512 px, beside OpenCV and Pillow doing the same.

    python benchmarks/image_probes.py --json

At severity 3. `_per_second`: photos a second, from pixels to pixels, with one probe after the other
in every round. `_times_opencv`, `_times_pillow`: how long ours takes compared with that library,
where it has the operator, and OpenCV where it is installed. That a peer makes the same of the
photo's middle half is checked first; for noise, that it is as strong. `_items_per_second`: probes
that look at more than pixels, from files to a file; background_swap reads four of them.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import io
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from _measure import machine, paired, ratio, report
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from evalkit.core import registry
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext
from evalkit.media.images import encode_png
from evalkit.probes._images import ImageProbe

SIDE, PHOTOS, SEVERITY = 512, 4, 3
SCALE = SIDE / 224
ITEMS = ("background_swap", "grayscale", "occlusion")
NEAR = 1.5
"""How far a peer may be from ours, in levels of 255, on average over the middle half."""

Change = Callable[[Image.Image], Image.Image]


def photo(number: int) -> Image.Image:
    """Return a picture with soft and hard edges, another one for each number."""
    rng = np.random.default_rng(number)
    small = Image.fromarray(rng.integers(20, 236, (8, 8, 3), dtype=np.uint8))
    image = small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    red, green, blue = rng.integers(0, 256, 3).tolist()
    ImageDraw.Draw(image).ellipse((150, 120, 380, 400), fill=(red, green, blue))
    return image


def ours() -> dict[str, Change]:
    """Return every probe that works on pixels alone, with the same chance each time."""

    def changer(probe: ImageProbe) -> Change:
        return lambda image: probe.redraw(image, SEVERITY, np.random.default_rng(0))

    classes = {name: registry.find("probes", name) for name in registry.names("probes")}
    return {n: changer(cls()) for n, cls in classes.items() if issubclass(cls, ImageProbe)}


def pillow() -> dict[str, Change]:
    """Return what Pillow has."""

    def jpeg(image: Image.Image) -> Image.Image:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=15)
        return Image.open(out).convert("RGB")

    return {
        "gaussian_blur": lambda i: i.filter(ImageFilter.GaussianBlur(3 * SCALE)),
        "jpeg_compression": jpeg,
        "over_exposure": lambda i: ImageEnhance.Brightness(i).enhance(2.0),
        "rotation": lambda i: i.rotate(-20, Image.Resampling.BILINEAR),
    }


def opencv() -> dict[str, Change]:
    """Return what OpenCV has, {} where it is not installed."""
    if importlib.util.find_spec("cv2") is None:
        return {}
    cv2: Any = importlib.import_module("cv2")
    cv2.setNumThreads(1)
    at = np.arange(-15, 16)
    disk = np.clip(6 * SCALE + 0.5 - np.hypot(at[:, None], at), 0, 1).astype(np.float32)
    disk = cv2.GaussianBlur(disk / disk.sum(), (0, 0), 0.5 * SCALE)
    turn = cv2.getRotationMatrix2D(((SIDE - 1) / 2, (SIDE - 1) / 2), -20, 1)
    edge = cv2.BORDER_REPLICATE

    def noisy(pixels: Any) -> Any:
        noise = np.empty((SIDE // 2, SIDE // 2, 3), np.int16)
        cv2.randn(noise, (0, 0, 0), (0.18 * 255,) * 3)
        large = cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
        return cv2.add(pixels, large, dtype=cv2.CV_8U)

    def tiles(pixels: Any) -> Any:
        tile = int(SIDE * 0.4 / SCALE)
        small = cv2.resize(pixels, (tile, tile), interpolation=cv2.INTER_AREA)
        return cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)

    def jpeg(pixels: Any) -> Any:
        stored = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 15])[1]
        return cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1]

    there: dict[str, Callable[[Any], Any]] = {
        "defocus_blur": lambda p: cv2.filter2D(p, -1, disk, borderType=edge),
        "flip": lambda p: cv2.flip(p, -1),
        "gaussian_blur": lambda p: cv2.GaussianBlur(p, (0, 0), 3 * SCALE, borderType=edge),
        "gaussian_noise": noisy,
        "jpeg_compression": jpeg,
        "over_exposure": lambda p: cv2.convertScaleAbs(p, alpha=2),
        "pixelate": tiles,
        "rotation": lambda p: cv2.warpAffine(p, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT),
    }
    return {name: on_pixels(change) for name, change in there.items()}


def on_pixels(change: Callable[[Any], Any]) -> Change:
    """Return a function of arrays as one of images."""
    return lambda image: Image.fromarray(np.ascontiguousarray(change(np.asarray(image))))


def whole(names: tuple[str, ...]) -> dict[str, Callable[[], object]]:
    """Return probes of items, as functions that go through them all, from files to files."""
    mask = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(mask).ellipse((150, 120, 380, 400), fill=255)
    white = Media("image/png", data=encode_png(mask))
    files = [Media("image/png", data=encode_png(photo(n))) for n in range(PHOTOS)]
    items = [Item(f"i{n}", file, mask=white) for n, file in enumerate(files)]

    def through(name: str) -> Callable[[], object]:
        probe = registry.create("probes", name)
        context = ProbeContext(np.random.default_rng(0), items)
        return lambda: [probe.apply(item, SEVERITY, context) for item in items]

    return {name: through(name) for name in names}


def check(name: str, mine: Change, peer: Change) -> None:
    """Stop where a peer does not make the same of a photo, or noise is not as strong."""
    middle = slice(SIDE // 4, 3 * SIDE // 4)
    old, a, b = (
        np.asarray(i, float)[middle, middle] for i in (photo(0), mine(photo(0)), peer(photo(0)))
    )
    apart = np.abs((a - old).std() - (b - old).std()) if "noise" in name else np.abs(a - b).mean()
    if apart > NEAR:
        sys.exit(f"{name}: a peer is {apart:.2f} levels away")


def measured(repeats: int) -> dict[str, float]:
    """Return photos a second of every probe, and how long it takes compared with its peers."""
    photos = [photo(n) for n in range(PHOTOS)]
    peers = {"opencv": opencv(), "pillow": pillow()}
    found: dict[str, float] = {}
    for name, mine in ours().items():
        sides = {peer: there[name] for peer, there in peers.items() if name in there}
        for change in sides.values():
            check(name, mine, change)
        functions = {who: every(one, photos) for who, one in {"ours": mine, **sides}.items()}
        taken = paired(functions, repeats)
        found[f"{name}_per_second"] = round(PHOTOS / median(taken["ours"]), 1)
        for peer in sides:
            found[f"{name}_times_{peer}"] = round(ratio(taken, "ours", peer), 2)
    taken = paired(whole(ITEMS), repeats)
    return found | {f"{n}_items_per_second": round(PHOTOS / median(taken[n]), 1) for n in ITEMS}


def every(change: Change, photos: list[Image.Image]) -> Callable[[], object]:
    """Return a function that changes all photos."""
    return lambda: [change(one) for one in photos]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    report({"benchmark": "image_probes", **measured(args.repeats), **machine()}, args.json)


if __name__ == "__main__":
    main()
