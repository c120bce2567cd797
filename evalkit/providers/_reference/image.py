"""What a picture shows, as numbers: colours, outline, edges and texture of its object.

Everything summed is an integer; square roots and divisions act on single numbers. Both are exact
under IEEE 754, so the features are the same bits on every processor and in every batch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .mask import Bools, Ints, box_sum, foreground

Floats = NDArray[np.float64]
Shorts = NDArray[np.int32]
Singles = NDArray[np.float32]

SIDE = 96
CROP = 48
HUES = 24
DIRECTIONS = 8
_CELLS = HUES * 6 + 8
REACHES = (1, 2, 3, 4, 6, 8, 11)
_ANGLES = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
_COS = np.rint(1024 * np.cos(_ANGLES)).astype(np.int32)
_SIN = np.rint(1024 * np.sin(_ANGLES)).astype(np.int32)
_RING = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))


def groups(image: Image.Image) -> list[Floats]:
    """The feature groups of one picture of any size and mode, each a float64 vector."""
    picture = on_white(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=3.0)
    rgb = np.asarray(picture, dtype=np.int64)
    mask = foreground(rgb)
    grey = (77 * rgb[..., 0] + 150 * rgb[..., 1] + 29 * rgb[..., 2]) >> 8
    square = _square(mask)
    close = _resized(grey, square)
    shape = _resized(mask * 255, square)
    return [
        *_colours(rgb, mask),
        _edges(grey, np.full_like(grey, 255)),
        _edges(close, np.minimum(255, box_sum(shape, 2) // 8)),
        _edges(shape, np.full_like(shape, 255)),
        _blocks(shape, 4).ravel() / (255.0 * 16),
        _outline(shape, mask),
        _texture(rgb, grey, mask),
        _neighbours(grey, mask, 2),
        _neighbours(grey, mask, 4),
    ]


def colour_shares(rgb: Ints) -> Floats:
    """Square roots of the shares of colour cells among pixels (..., 3) of 0 to 255; (152,)."""
    pixels = rgb.reshape(-1, 1, 3)
    return _colours(pixels, np.ones(pixels.shape[:2], dtype=bool))[0]


def edge_shares(grey: Ints) -> Floats:
    """Square roots of edge shares per direction and cell of a square grey picture (288,)."""
    return _edges(grey, np.full_like(grey, 255))


def on_white(image: Image.Image) -> Image.Image:
    """The picture as 8-bit RGB; what is transparent becomes white."""
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        values = np.asarray(image, dtype=np.float64)
        scale = 255.0 / max(255.0, float(values.max(initial=0)))
        if image.mode != "F":
            scale = min(scale, 1.0 / 257) if scale < 1 else 1.0
        image = Image.fromarray(np.clip(np.rint(values * scale), 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return image if image.mode == "RGB" else image.convert("RGB")


def _square(mask: Bools) -> tuple[int, int, int, int]:
    """The square (left, top, right, bottom) around the mask, with a margin, inside the picture."""
    spans = []
    for axis in (0, 1):
        mass = np.cumsum(mask.sum(axis))
        low, high = np.searchsorted(mass * 100, (mass[-1], mass[-1] * 99))
        spans.append((int(low), int(high) + 1))
    extent = max(high - low for low, high in spans)
    side = min(SIDE, extent + 2 * max(2, extent // 12))
    starts = [min(max((low + high - side) // 2, 0), SIDE - side) for low, high in spans]
    return starts[0], starts[1], starts[0] + side, starts[1] + side


def _resized(values: Ints, square: tuple[int, int, int, int]) -> Ints:
    """The square of a (SIDE, SIDE) picture at (CROP, CROP)."""
    image = Image.fromarray(values.astype(np.uint8))
    return np.asarray(
        image.resize((CROP, CROP), Image.Resampling.BILINEAR, box=square), dtype=np.int64
    )


def _colours(rgb: Ints, mask: Bools) -> tuple[Floats, Floats]:
    """Square roots of the shares of colour cells in the picture and in its object, (152,) each."""
    red, green, blue = (rgb[..., channel].astype(np.int32).ravel() for channel in range(3))
    top = np.maximum(np.maximum(red, green), blue)
    chroma = top - np.minimum(np.minimum(red, green), blue)
    hue = _hue(red, green, blue, top, np.maximum(chroma, 1))
    vivid = np.minimum(chroma, 80)
    strong = 255 * chroma > 140 * top
    value = np.minimum(top * 2, 509)
    bright = (value >= 255).astype(np.int32)
    value -= 255 * bright
    sector, turned = hue >> 6, hue & 63
    within = mask.ravel().astype(np.int32) * _CELLS
    places, amounts = [within + HUES * 6 + (top >> 5)], [(80 - vivid) * (64 * 255)]
    for turn, near in ((0, 64 - turned), (1, turned)):
        spoke = np.where(sector + turn < HUES, sector + turn, 0)
        first = within + (spoke * 2 + strong) * 3 + bright
        for step, level in ((0, 255 - value), (1, value)):
            places.append(first + step)
            amounts.append(vivid * near * level)
    cells = np.zeros(2 * _CELLS)
    for place, amount in zip(places, amounts, strict=True):
        cells += np.bincount(place, amount, cells.size)
    outside, inside = cells[:_CELLS], cells[_CELLS:]
    return _shares(outside + inside, mask.size), _shares(inside, int(mask.sum()))


def _hue(red: Shorts, green: Shorts, blue: Shorts, top: Shorts, chroma: Shorts) -> Shorts:
    """The hue, 0 to 1535, of colours whose largest part is `top`; all (n,) int32."""
    is_red, is_blue = top == red, top == blue
    apart = np.where(is_red, green - blue, np.where(is_blue, red - green, blue - red))
    start = np.where(is_red, 1536, np.where(is_blue, 1024, 512))
    hue = start + np.floor(apart * 256 / chroma).astype(np.int32)
    turned: Shorts = np.where(hue >= 1536, hue - 1536, hue)
    return turned


def _shares(cells: Floats, pixels: int) -> Floats:
    """Square roots of the shares of 6 x HUES vivid and 8 grey cells among some pixels (152,)."""
    return np.sqrt(cells / (80.0 * 64 * 255 * max(1, pixels)))


def _blocks(values: NDArray[np.integer], size: int) -> Ints:
    """Sums over size x size blocks of an array (..., h, w)."""
    *more, height, width = values.shape
    rows = values.reshape(*more, height // size, size, width).sum(-2, dtype=np.int64)
    total: Ints = rows.reshape(*more, height // size, width // size, size).sum(-1)
    return total


def _gradient(grey: Ints) -> tuple[Ints, Ints]:
    """Horizontal and vertical differences of the picture, smoothed by 1-2-1 across."""
    wide = np.pad(grey, 1, mode="edge")
    down = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    across = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    return (down[:, 2:] - down[:, :-2]) >> 2, (across[2:] - across[:-2]) >> 2


def _edges(grey: Ints, weight: Ints) -> Floats:
    """Square roots of edge shares per direction and cell of a 6 x 6 grid (288,)."""
    dx, dy = (side.astype(np.int32) for side in _gradient(grey))
    size = 887 * np.rint(np.sqrt(dx * dx + dy * dy)).astype(np.int32)
    factor = weight.astype(np.int32)
    responses = np.empty((DIRECTIONS, *grey.shape), dtype=np.int32)
    for response, cos, sin in zip(responses, _COS, _SIN, strict=True):
        np.multiply(dx, cos, out=response)
        response += dy * sin
        np.abs(response, out=response)
        response -= size
        np.maximum(response, 0, out=response)
        response *= factor
        response >>= 8
    cells = _blocks(responses, grey.shape[0] // 6).ravel()
    return np.sqrt(cells / (int(cells.sum()) + 300.0 * grey.size))


def _outline(shape: Ints, mask: Bools) -> Floats:
    """Place, size, fill, symmetry and row and column widths of the object (30,)."""
    solid = (shape > 127).astype(np.int64)
    area = max(1, int(solid.sum()))
    across, down = solid.sum(0), solid.sum(1)
    spans = [max(1, int((side > 0).sum())) for side in (across, down)]
    mirrored = int((solid & solid[:, ::-1]).sum())
    upturned = int((solid & solid[::-1]).sum())
    crossings = [int(np.abs(np.diff(solid, axis=axis)).sum()) for axis in (0, 1)]
    facts = [
        int(mask.sum()) / mask.size,
        spans[0] / CROP,
        spans[1] / CROP,
        area / (spans[0] * spans[1]),
        mirrored / area,
        upturned / area,
    ]
    facts += [turns / (8.0 * CROP) for turns in crossings]
    inner = np.abs(np.diff(solid, axis=1)).sum(1)
    facts += [int(part.sum()) / 32.0 for part in np.split(inner, 6)]
    widths = [np.sqrt(side.reshape(8, -1).sum(1) / (6.0 * CROP)) for side in (across, down)]
    return np.concatenate([facts, *widths])


def _texture(rgb: Ints, grey: Ints, mask: Bools) -> Floats:
    """How colours differ over short ways inside the object, by length and direction (40,)."""
    core = box_sum(mask.astype(np.int64), 1) == 9
    planes = np.moveaxis(rgb, 2, 0).astype(np.float32, order="C")
    inner = core.astype(np.float32)
    means = np.array([_differences(planes, inner, reach) for reach in REACHES])
    ordered = np.sort(means, axis=1)
    level = ordered[:, 0] + ordered[:, 1] + ordered[:, 2] + ordered[:, 3]
    scale = level.max() + 24.0
    light = np.sort(grey[mask])
    spread = [light[(light.size - 1) * q // 20] / 255 for q in (1, 5, 10, 15, 19)]
    return np.concatenate(
        [
            np.sqrt(level / 1000),
            level / scale,
            (ordered[:, 3] - ordered[:, 0]) / scale,
            (ordered[:, 3] + ordered[:, 2] - ordered[:, 1] - ordered[:, 0]) / scale,
            (means[:, 0] - means[:, 2]) / scale,
            spread,
        ]
    )


def _differences(planes: Singles, core: Singles, reach: int) -> list[float]:
    """Mean colour difference of pixel pairs inside the object, in four directions.

    planes: (3, h, w), core: (h, w); their sums stay below 2 ** 24 and so are exact.
    """
    means = []
    for dy, dx in ((0, 1), (1, 1), (1, 0), (1, -1)):
        here, there = _pair(planes, dy * reach, dx * reach)
        change = here - there
        np.abs(change, out=change)
        one, other = _pair(core, dy * reach, dx * reach)
        both = one * other
        total = sum(float(np.vdot(plane, both)) for plane in change)
        means.append(total / max(1.0, float(both.sum())))
    return means


def _pair(values: Singles, dy: int, dx: int) -> tuple[Singles, Singles]:
    """Two views of an array (..., h, w), the second shifted by (dy, dx) with dy >= 0."""
    height, width = values.shape[-2:]
    left, right = max(0, -dx), max(0, dx)
    here = values[..., : height - dy, left : width - right]
    there = values[..., dy:, left + dx : width - right + dx]
    return here, there


def _neighbours(grey: Ints, mask: Bools, radius: int) -> Floats:
    """Square roots of the shares of the 10 uniform local binary patterns in the object (10,)."""
    wide = np.pad(grey.astype(np.int16), radius, mode="edge")
    height, width = grey.shape
    limit = wide[radius:-radius, radius:-radius] + 7
    brighter = np.stack(
        [
            wide[radius * (1 + dy) :, radius * (1 + dx) :][:height, :width] > limit
            for dy, dx in _RING
        ]
    )
    turns = (brighter != np.roll(brighter, 1, axis=0)).sum(0, dtype=np.int8)
    code = np.where(turns <= 2, brighter.sum(0, dtype=np.int8), np.int8(9))[mask]
    return np.sqrt(np.bincount(code, minlength=10) / max(1, code.size))
