"""Mugs, bottles, teapots and frying pans."""

from ..masks import Point, ellipse, minus, poly, revolve, rounded_box, smooth, stroke, union
from ..paint import DARK, METAL, Layer

MUG_SIDES: dict[str, list[Point]] = {
    "straight": [(30, 23), (45, 23), (62, 23), (80, 22)],
    "tapered": [(30, 25), (45, 23), (62, 19), (80, 15)],
    "rounded": [(32, 21), (45, 26), (60, 27), (72, 23), (80, 15)],
}


def mug(layer: Layer, shape: str) -> None:
    """Draw a cup with a handle, seen slightly from above."""
    sides = MUG_SIDES[shape]
    cx, rim, width = 44.0, float(sides[0][0]), float(sides[0][1])
    tone = tuple(layer.look.base)
    reach = 18 if shape == "tapered" else 15
    start = cx + width - 3
    handle = [(start, 40), (start + reach, 40), (start + reach, 64), (start - 3, 66)]
    layer.part(stroke(handle, 6), tone, puff=2)
    layer.part(revolve(sides, 0.22, cx), turned=True)
    layer.part(ellipse(cx, rim, width, width * 0.22), tone, puff=1, tone=1.12)
    hollow = ellipse(cx, rim + 0.5, width - 2, width * 0.22 - 1.4)
    layer.part(hollow, (0.93, 0.92, 0.89), puff=5, tone=0.72, gloss=0)
    drink = minus(hollow, ellipse(cx, rim - 3, width, width * 0.22))
    layer.part(drink, (0.60, 0.58, 0.55), puff=1, tone=0.8, gloss=0)


BOTTLE_SIDES: dict[str, list[Point]] = {
    "slim": [(22, 7), (30, 7.5), (37, 13), (60, 13), (88, 12.5)],
    "wide": [(24, 11), (29, 12), (37, 19), (60, 19), (88, 18)],
    "handled": [(25, 9), (31, 10), (38, 16), (60, 16), (88, 15)],
}


def bottle(layer: Layer, shape: str) -> None:
    """Draw a drinking flask with a screw cap, or with a carrying loop."""
    sides = BOTTLE_SIDES[shape]
    top, neck = float(sides[0][0]), float(sides[0][1])
    if shape == "handled":
        loop = [(50 - neck + 1, top - 5), (50 - neck, top - 14), (50 + neck, top - 14)]
        layer.part(stroke([*loop, (50 + neck - 1, top - 5)], 4), DARK, puff=1)
    layer.part(revolve(sides, 0.14), turned=True)
    collar = revolve([(top - 1, neck - 1), (top + 2, neck - 1)], 0.2)
    layer.part(collar, METAL, turned=True, gloss=0.4)
    cap = revolve([(top - 10, neck - 0.5), (top - 1.5, neck + 0.5)], 0.2)
    layer.part(cap, DARK, turned=True, gloss=0.2, tone=1.4)
    layer.part(ellipse(50, top - 10, neck - 0.5, neck * 0.2), (0.28, 0.28, 0.29), puff=1)


TEAPOT_SIDES: dict[str, list[Point]] = {
    "round": [(36, 10), (42, 20), (55, 27), (68, 25), (79, 14)],
    "tall": [(26, 9), (36, 15), (55, 20), (70, 22), (80, 18)],
    "low": [(46, 14), (52, 25), (62, 31), (72, 28), (79, 18)],
}


def teapot(layer: Layer, shape: str) -> None:
    """Draw a teapot with spout, handle and lid."""
    sides = TEAPOT_SIDES[shape]
    tone = tuple(layer.look.base)
    top, neck = float(sides[0][0]), float(sides[0][1])
    belly = max(w for _, w in sides)
    spout = [(50 + belly - 7, 70), (50 + belly + 6, 60), (50 + belly + 9, top + 6)]
    spout += [(50 + belly + 15, top + 1), (50 + belly + 17, top + 4), (50 + belly + 12, 62)]
    layer.part(smooth([*spout, (50 + belly - 4, 77)]), tone, puff=3)
    left = 50 - belly
    grip = [(left + 8, top + 9), (left - 8, top + 5), (left - 12, top + 20), (left + 3, 72)]
    layer.part(stroke(grip, 4.5), tone, puff=1.5)
    layer.part(revolve(sides, 0.16), turned=True)
    layer.part(ellipse(50, top, neck + 1.5, neck * 0.22), tone, puff=1, tone=0.75)
    lid = revolve([(top - 6, 3), (top - 4, neck * 0.75), (top, neck)], 0.18)
    layer.part(lid, tone, turned=True, tone=1.06)
    layer.part(ellipse(50, top - 9, 3.4, 3.2), tone, puff=2, tone=1.1)


def frying_pan(layer: Layer, shape: str) -> None:
    """Draw a pan from above: shallow and round, deep with a lid, or a square grill pan."""
    tone = tuple(layer.look.base)
    layer.part(stroke([(58, 58), (92, 92)], 6.5, curved=False), DARK, puff=2, gloss=0.2)
    layer.part(stroke([(56, 56), (68, 68)], 8, curved=False), METAL, puff=2)
    layer.part(ellipse(91, 91, 1.1, 1.1), (0.55, 0.55, 0.55), puff=1)
    if shape == "grill":
        layer.part(rounded_box(10, 10, 67, 67, 8), tone, puff=2)
        layer.part(rounded_box(14, 14, 63, 63, 6), (0.13, 0.13, 0.14), puff=3, gloss=0.1)
        ribs = [stroke([(20, y), (57, y)], 2.2, curved=False) for y in range(20, 60, 7)]
        layer.part(union(*ribs), (0.24, 0.24, 0.25), puff=0.7)
        return
    layer.part(ellipse(38, 38, 30, 30), tone, puff=2, tone=1.05)
    if shape == "deep":
        layer.part(ellipse(38, 38, 27, 27), (0.66, 0.71, 0.74), puff=6, tone=0.95, gloss=0.5)
        shine = poly([(20, 42), (42, 18), (48, 19), (22, 50)])
        layer.part(shine, (0.88, 0.92, 0.94), puff=2, clear=0.6)
        layer.part(minus(ellipse(38, 38, 27.5, 27.5), ellipse(38, 38, 25.8, 25.8)), METAL, puff=1)
        layer.part(ellipse(38, 38, 4.6, 4.6), DARK, puff=2, gloss=0.3)
        return
    layer.part(ellipse(38, 38, 26.5, 26.5), (0.22, 0.22, 0.23), puff=5, gloss=0.1)
    layer.part(ellipse(38, 38, 21.5, 21.5), (0.17, 0.17, 0.18), puff=2, gloss=0.1)
