"""Backpacks, handbags, umbrellas, hats and sunglasses."""

from itertools import pairwise

from ..masks import Point, ellipse, poly, rounded_box, smooth, spline, stroke, union
from ..paint import DARK, LEATHER, METAL, WOOD, Layer


def backpack(layer: Layer, shape: str) -> None:
    """Draw a rucksack: zipped daypack, roll-top or one with a buckled flap."""
    tone = tuple(layer.look.base)
    layer.part(stroke([(42, 16), (44, 8), (56, 8), (58, 16)], 2.6), DARK, puff=1)
    for side in (-1, 1):
        strap = [(50 + side * 20, 26), (50 + side * 33, 44), (50 + side * 29, 78)]
        layer.part(stroke(strap, 5), tone, puff=1.5, tone=0.6)
    top = 12.0
    body = [(50, top), (66, 16), (73, 34), (74, 62), (72, 86), (50, 90)]
    layer.part(smooth(body + [(100 - x, y) for x, y in reversed(body[1:-1])]), puff=7, folds=0.04)
    if shape == "roll-top":
        layer.part(rounded_box(29, 12, 71, 22, 4), puff=3, tone=0.9)
        layer.part(stroke([(50, 20), (50, 56)], 3, curved=False), DARK, puff=1)
        layer.part(rounded_box(46, 46, 54, 53, 1.5), METAL, puff=1, gloss=0.3)
    elif shape == "flap":
        flap = smooth([(29, 20), (50, 13), (71, 20), (72, 46), (50, 55), (28, 46)])
        layer.part(flap, tone, puff=4, tone=0.9)
        for x in (40, 60):
            layer.part(stroke([(x, 40), (x, 66)], 3.2, curved=False), LEATHER, puff=1)
            layer.part(rounded_box(x - 2.6, 56, x + 2.6, 62, 1), METAL, puff=1, gloss=0.3)
    else:
        layer.part(stroke([(31, 42), (36, 22), (64, 22), (69, 42)], 1.2), DARK, puff=0.6)
    low = 60 if shape != "flap" else 66
    layer.part(rounded_box(33, low, 67, 86, 6), puff=4, tone=0.94)
    layer.part(stroke([(36, low + 5), (64, low + 5)], 1.2, curved=False), DARK, puff=0.6)


def handbag(layer: Layer, shape: str) -> None:
    """Draw an open tote, a shoulder bag with a flap or a rounded bowling bag."""
    if shape == "tote":
        layer.part(stroke([(36, 42), (38, 12), (62, 12), (64, 42)], 3), LEATHER, puff=1)
        layer.part(poly([(20, 38), (80, 38), (75, 88), (25, 88)]), puff=4, folds=0.04)
        layer.part(poly([(20, 38), (80, 38), (79, 43), (21, 43)]), LEATHER, puff=1, tone=0.9)
        for x in (36, 64):
            layer.part(ellipse(x, 41, 1.6, 1.6), METAL, puff=1, gloss=0.4)
        return
    if shape == "shoulder":
        layer.part(stroke([(22, 48), (30, 14), (70, 14), (78, 48)], 2.2), LEATHER, puff=1)
        layer.part(rounded_box(18, 44, 82, 84, 8), puff=5)
        flap = smooth([(18, 45), (50, 42), (82, 45), (80, 60), (50, 70), (20, 60)])
        layer.part(flap, tuple(layer.look.base), puff=3, tone=0.88)
        layer.part(rounded_box(46, 63, 54, 71, 2), METAL, puff=1, gloss=0.5)
        return
    for reach in (14, 18):
        loop = [(34, 50), (37, 30 - reach / 2), (63, 30 - reach / 2), (66, 50)]
        layer.part(stroke(loop, 2.6), LEATHER, puff=1, tone=1.2 if reach == 18 else 0.8)
    outline: list[Point] = [(16, 80), (20, 56), (34, 42), (66, 42), (80, 56), (84, 80), (50, 86)]
    layer.part(smooth(outline), puff=7)
    layer.part(stroke([(28, 46), (50, 41), (72, 46)], 1.4), METAL, puff=0.6)
    layer.part(rounded_box(20, 76, 80, 84, 3), LEATHER, puff=1.5)


def umbrella(layer: Layer, shape: str) -> None:
    """Draw an open umbrella: hooked handle, short straight handle or flat parasol."""
    arch = 12.0 if shape == "parasol" else 0.0
    foot = 88.0 if shape != "folding" else 74.0
    layer.part(stroke([(50, 14 + arch), (50, foot - 6)], 1.8, curved=False), METAL, puff=0.7)
    if shape == "stick":
        hook = [(50, 74), (50, 86), (54, 91), (59, 90), (61, 85)]
        layer.part(stroke(hook, 3.6), WOOD, puff=1.2, gloss=0.2)
    elif shape == "folding":
        layer.part(stroke([(50, 69), (50, 79)], 5.5, curved=False), DARK, puff=1.5, gloss=0.2)
    else:
        layer.part(stroke([(50, 58), (50, 90)], 3, curved=False), WOOD, puff=1)
    rim = 55.0 if shape != "parasol" else 46.0
    dome = spline([(8, rim), (16, 33 + arch * 0.6), (32, 19 + arch), (50, 14 + arch)], closed=False)
    dome += [(100 - x, y) for x, y in reversed(dome)]
    xs = [92, 78, 64, 50, 36, 22, 8]
    hem: list[Point] = []
    for right, left in pairwise(xs):
        hem += [(right, rim), ((right + left) / 2, rim - 5)]
    layer.part(poly([*dome, *spline([*hem, (8, rim)], closed=False)]), puff=8)
    ribs = [stroke([(50, 15 + arch), ((x + 50) / 2 + (x - 50) * 0.17, 30 + arch), (x, rim)], 0.7)
            for x in (22, 36, 50, 64, 78)]  # fmt: skip
    layer.part(union(*ribs), tuple(layer.look.base), puff=0.6, tone=0.6, clear=0.7)
    layer.part(stroke([(50, 9 + arch), (50, 14 + arch)], 2, curved=False), METAL, puff=0.7)


def hat(layer: Layer, shape: str) -> None:
    """Draw a wide-brimmed hat, a peaked cap or a knitted beanie."""
    tone = tuple(layer.look.base)
    if shape == "cap":
        peak = smooth([(55, 60), (82, 60), (95, 69), (90, 74), (70, 70), (52, 70)])
        layer.part(peak, tone, puff=2.5, tone=0.85)
        crown = smooth([(18, 66), (20, 44), (36, 28), (56, 28), (70, 42), (73, 66), (46, 72)])
        layer.part(crown, puff=8, folds=0.03)
        layer.part(stroke([(44, 27), (50, 46), (51, 70)], 0.7), tone, puff=0.6, tone=0.6)
        layer.part(ellipse(45, 27, 2.6, 1.8), tone, puff=1, tone=0.9)
        return
    if shape == "beanie":
        layer.part(ellipse(50, 17, 9, 9), tone, puff=4, tone=1.15, folds=0.3)
        dome = smooth([(22, 66), (24, 42), (38, 24), (62, 24), (76, 42), (78, 66)])
        layer.part(dome, puff=8, folds=0.05)
        layer.part(rounded_box(20, 60, 80, 78, 6), tone, puff=3, tone=0.9)
        ribs = [stroke([(x, 62), (x, 76)], 0.7, curved=False) for x in range(24, 79, 4)]
        layer.part(union(*ribs), tone, puff=0.5, tone=0.6, clear=0.6)
        return
    layer.part(ellipse(50, 66, 43, 14), puff=4)
    layer.part(ellipse(50, 65, 27, 7), tone, puff=2, tone=0.5)
    crown = smooth([(26, 64), (29, 40), (38, 29), (50, 32), (62, 29), (71, 40), (74, 64), (50, 70)])
    layer.part(crown, puff=6)
    band = smooth([(25.6, 64), (26.5, 56), (50, 61), (73.5, 56), (74.4, 64), (50, 70)])
    layer.part(band, tone, puff=2, tone=0.42)


LENSES: dict[str, list[Point]] = {
    "square": [(-15, -11), (0, -12), (15, -11), (14, 6), (9, 11), (-8, 11), (-14, 6)],
    "aviator": [(-15, -10), (0, -11), (15, -9), (15, 1), (7, 14), (-6, 14), (-14, 4)],
    "round": [(-13, 0), (-9, -10), (0, -13), (9, -10), (13, 0), (9, 10), (0, 13), (-9, 10)],
}


def sunglasses(layer: Layer, shape: str) -> None:
    """Draw a pair of sunglasses from the front with the arms folded back."""
    tone = tuple(layer.look.base)
    layer.part(stroke([(11, 45), (18, 33), (34, 30)], 2.6), tone, puff=1, tone=0.75)
    layer.part(stroke([(89, 45), (82, 33), (66, 30)], 2.6), tone, puff=1, tone=0.75)
    layer.part(stroke([(42, 47), (50, 43.5), (58, 47)], 3.6), tone, puff=1)
    if shape == "aviator":
        layer.part(stroke([(36, 40), (64, 40)], 2, curved=False), tone, puff=1)
    rim = 1.30 if shape != "aviator" else 1.2
    for cx, flip in ((27.5, -1), (72.5, 1)):
        edge = LENSES[shape]
        frame = smooth([(cx + flip * x * rim, 51 + y * rim) for x, y in edge])
        glass = smooth([(cx + flip * x, 51 + y) for x, y in edge])
        layer.part(frame, puff=1.5)
        layer.part(glass, (0.14, 0.13, 0.14), puff=4, gloss=0.5)
        gleam = poly([(cx - 8, 52), (cx + 1, 41), (cx + 5, 41), (cx - 5, 54)])
        layer.part(gleam, (0.75, 0.80, 0.85), puff=2, clear=0.30, gloss=0)
