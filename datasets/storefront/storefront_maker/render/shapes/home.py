"""Vases, lamps, chairs, tables, cushions and wall clocks."""

import math
from collections.abc import Sequence

from ..masks import Point, ellipse, minus, poly, revolve, rounded_box, smooth, stroke, union
from ..paint import DARK, METAL, WOOD, Layer

VASE_SIDES: dict[str, list[Point]] = {
    "bulbous": [(26, 9), (32, 7), (42, 13), (57, 25), (70, 23), (84, 13)],
    "cylinder": [(20, 14), (40, 13.5), (60, 14), (84, 14)],
    "amphora": [(18, 12), (25, 8), (36, 18), (46, 21), (64, 14), (84, 9)],
}


def vase(layer: Layer, shape: str) -> None:
    """Draw an open vase; the amphora has two ears."""
    sides = VASE_SIDES[shape]
    top, neck = float(sides[0][0]), float(sides[0][1])
    tone = tuple(layer.look.base)
    if shape == "amphora":
        ear: list[Point] = [(42, 24), (31, 21), (28, 33), (33, 41)]
        layer.part(stroke(ear, 3.5), tone, puff=1)
        layer.part(stroke([(100 - x, y) for x, y in ear], 3.5), tone, puff=1)
    layer.part(revolve(sides, 0.16), turned=True)
    layer.part(ellipse(50, top, neck, neck * 0.22), tone, puff=1, tone=1.1)
    layer.part(ellipse(50, top + 0.4, neck - 1.6, neck * 0.22 - 0.9), tone, puff=3, tone=0.32)


def table_lamp(layer: Layer, shape: str) -> None:
    """Draw a lamp: cone or drum shade on a stem, or a globe on a foot."""
    foot = revolve([(82, 4), (84, 15), (87, 15)], 0.16)
    layer.part(foot, (0.32, 0.29, 0.27), turned=True, gloss=0.3)
    if shape == "globe":
        layer.part(revolve([(70, 8), (83, 6)], 0.2), WOOD, turned=True)
        layer.part(ellipse(50, 46, 26, 26), turned=True, tone=1.08, gloss=0.15)
        return
    layer.part(revolve([(48, 2), (70, 2.4), (84, 3)], 0.2), METAL, turned=True, gloss=0.4)
    layer.part(ellipse(50, 72, 7, 7), WOOD, puff=4, gloss=0.2)
    if shape == "cone":
        shade = revolve([(16, 10), (34, 20), (52, 29)], 0.13)
        layer.part(shade, turned=True, tone=1.08)
        layer.part(ellipse(50, 52, 27.5, 2.8), (1.0, 0.93, 0.72), puff=1, tone=0.95)
    else:
        layer.part(revolve([(18, 24), (35, 24), (52, 24)], 0.13), turned=True, tone=1.08)
        layer.part(ellipse(50, 18, 23, 2.6), (0.99, 0.92, 0.74), puff=1)


def _legs(layer: Layer, feet: Sequence[tuple[Point, Point]], width: float, wood: bool) -> None:
    """Draw straight legs from seat or table top to the floor."""
    for top, bottom in feet:
        leg = stroke([top, bottom], width, curved=False)
        layer.part(leg, WOOD if wood else METAL, puff=1, gloss=0.05)


def chair(layer: Layer, shape: str) -> None:
    """Draw a chair with a back, an armchair or a round stool."""
    if shape == "stool":
        feet = [((36, 45), (28, 88)), ((64, 45), (72, 88)), ((50, 47), (50, 91))]
        _legs(layer, feet, 3.6, True)
        layer.part(stroke([(33, 70), (67, 70)], 2.4, curved=False), WOOD, puff=1)
        layer.part(revolve([(38, 23), (45, 23)], 0.24))
        layer.part(ellipse(50, 38, 23, 5.8), puff=2, tone=1.08)
        return
    back = [((36, 58), (35, 86)), ((71, 55), (74, 82))]
    front = [((29, 62), (26, 93)), ((65, 64), (66, 93))]
    _legs(layer, back + front, 3.4, True)
    if shape == "armchair":
        layer.part(rounded_box(68, 38, 78, 64, 4), puff=3, tone=0.86)
    layer.part(smooth([(36, 10), (68, 9), (73, 30), (71, 56), (36, 58), (33, 32)]), puff=4)
    layer.part(smooth([(32, 55), (72, 53), (70, 65), (26, 66)]), puff=2.5, tone=1.04)
    layer.part(poly([(27, 64), (69, 63), (68, 68), (27, 69)]), tuple(layer.look.base), tone=0.7)
    if shape == "armchair":
        layer.part(rounded_box(22, 40, 33, 68, 4), puff=3, tone=0.95)


def table(layer: Layer, shape: str) -> None:
    """Draw a round pedestal table, a four-legged one or one on trestles."""
    tone = tuple(layer.look.base)
    if shape == "round":
        layer.part(revolve([(78, 5), (85, 20), (88, 21)], 0.16), tone, turned=True, tone=0.8)
        layer.part(revolve([(44, 8), (60, 4), (82, 6)], 0.2), tone, turned=True, tone=0.8)
        layer.part(revolve([(38, 38), (42, 38)], 0.28), tone, puff=2, tone=0.8)
        layer.part(ellipse(50, 37.5, 38, 10.6), puff=3)
        return
    if shape == "trestle":
        for x in (24.0, 76.0):
            for end in (x - 9, x + 9):
                layer.part(stroke([(x, 46), (end, 88)], 3, curved=False), tone, puff=1, tone=0.8)
            layer.part(stroke([(x - 6, 74), (x + 6, 74)], 2, curved=False), tone, tone=0.8)
    else:
        for top, foot in (((28, 44), (28, 78)), ((74, 44), (74, 78)), ((14, 48), (14, 90))):
            layer.part(stroke([top, foot], 4, curved=False), tone, puff=1, tone=0.8)
        layer.part(stroke([(86, 48), (86, 90)], 4, curved=False), tone, puff=1, tone=0.8)
    layer.part(poly([(10, 47), (90, 47), (90, 52), (10, 52)]), tone, puff=1, tone=0.72)
    layer.part(poly([(22, 36), (78, 36), (90, 47), (10, 47)]), puff=1.5)


def cushion(layer: Layer, shape: str) -> None:
    """Draw a square, a round or a long cushion."""
    if shape == "round":
        layer.part(ellipse(50, 53, 34, 32), puff=9, folds=0.07)
        layer.part(ellipse(50, 52, 2.6, 2.4), tuple(layer.look.base), puff=1.5, tone=0.7)
        return
    x, y = (37.0, 22.0) if shape == "bolster" else (34.0, 33.0)
    bow = 4.0
    edge: list[Point] = [(-x, -y), (-x / 2, -y + bow * 0.7), (0, -y + bow), (x / 2, -y + bow * 0.7)]
    edge += [(x, -y), (x - bow * 0.8, -y / 2), (x - bow, 0), (x - bow * 0.8, y / 2)]
    edge += [(-px, -py) for px, py in edge]
    outline = [(50 + px, 54 + py) for px, py in edge]
    layer.part(smooth(outline), puff=8, folds=0.06)
    seam = minus(smooth(outline), smooth([(50 + 0.97 * p, 54 + 0.97 * q) for p, q in edge]))
    layer.part(seam, tuple(layer.look.base), puff=1, tone=0.75, clear=0.7)


def wall_clock(layer: Layer, shape: str) -> None:
    """Draw a round, square or sunburst clock whose frame carries the colour."""
    tone = tuple(layer.look.base)
    reach = 37.0
    if shape == "sunburst":
        reach = 27.0
        for k in range(24):
            way = math.tau * k / 24
            tip = (50 + 43 * math.cos(way), 50 + 43 * math.sin(way))
            layer.part(stroke([(50, 50), tip], 2.2, curved=False), tone, puff=0.7)
    if shape == "square":
        layer.part(rounded_box(14, 14, 86, 86, 7), puff=2.5)
        face = rounded_box(24, 24, 76, 76, 4)
        reach = 33.0
    else:
        layer.part(ellipse(50, 50, reach, reach), puff=2.5)
        face = ellipse(50, 50, reach * 0.78, reach * 0.78)
    layer.part(face, (0.95, 0.94, 0.90), puff=3, tone=0.95, gloss=0.1)
    _dial(layer, reach * 0.70)


def _dial(layer: Layer, radius: float) -> None:
    """Draw the hour marks and the hands."""
    marks = []
    for hour in range(12):
        way = math.tau * hour / 12
        near, far = radius * (0.82 if hour % 3 else 0.74), radius * 0.96
        ends = [(50 + r * math.sin(way), 50 - r * math.cos(way)) for r in (near, far)]
        marks.append(stroke(ends, 1.2 if hour % 3 else 2.0, curved=False))
    turn = float(layer.look.rng.uniform(0, 12))
    for share, length, width in ((turn / 12, 0.5, 2.6), (turn % 1, 0.8, 1.8)):
        way = math.tau * share
        tip = (50 + radius * length * math.sin(way), 50 - radius * length * math.cos(way))
        marks.append(stroke([(50, 50), tip], width, curved=False))
    layer.part(union(*marks, ellipse(50, 50, 2, 2)), DARK, puff=0.7)
