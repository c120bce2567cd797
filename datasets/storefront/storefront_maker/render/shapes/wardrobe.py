"""T-shirts, dresses, trousers, sneakers and boots."""

import numpy as np

from ..masks import Point, ellipse, minus, mirrored, poly, rounded_box, smooth, stroke, union
from ..paint import DARK, LEATHER, Layer


def t_shirt(layer: Layer, shape: str) -> None:
    """Draw a T-shirt laid flat: short sleeves, long sleeves or none."""
    if shape == "long-sleeved":
        left: list[Point] = [(40, 14), (29, 18), (18, 44), (9, 76), (18, 80), (29, 48)]
    elif shape == "sleeveless":
        left = [(41, 14), (35, 15), (34, 28), (29, 36)]
    else:
        left = [(40, 14), (28, 18), (10, 38), (20, 48), (29, 40)]
    body = mirrored([*left, (30, 60), (29, 88)])
    layer.part(body, puff=4, folds=0.10)
    tone = tuple(layer.look.base)
    depth = 12 if shape == "sleeveless" else 8
    collar = np.minimum(ellipse(50, 14, 10.5, depth + 1.6), body)
    layer.part(collar, tone, puff=1, tone=0.8)
    layer.part(np.minimum(ellipse(50, 13.4, 9, depth), body), tone, puff=2, tone=0.38)
    hem = stroke([(30, 85.5), (50, 86), (70, 85.5)], 0.6)
    layer.part(hem, tone, puff=0.5, tone=0.55, clear=0.6)
    if shape != "sleeveless":
        end = (30, 46) if shape == "short-sleeved" else (29.5, 50)
        seam = stroke([(30, 19), (31, 30), end], 0.6)
        layer.part(union(seam, seam[:, ::-1]), tone, puff=0.5, tone=0.55, clear=0.6)


def dress(layer: Layer, shape: str) -> None:
    """Draw a dress laid flat: flared, long, or a straight shift."""
    neck: list[Point] = [(42, 9), (36, 10)]
    if shape == "flared":
        left = [*neck, (37, 20), (35, 28), (39, 45), (17, 80), (30, 83)]
    elif shape == "long":
        left = [*neck, (37, 20), (36, 26), (40, 40), (30, 70), (26, 94), (38, 96)]
    else:
        left = [(41, 7), (34, 9), (25, 25), (32, 29), (36, 24), (36, 46), (31, 72), (30, 94)]
    body = mirrored(left)
    layer.part(body, puff=4, folds=0.12)
    tone = tuple(layer.look.base)
    neckline = ellipse(50, 9, 8.5, 10 if shape != "shift" else 6)
    layer.part(np.minimum(neckline, body), tone, puff=2, tone=0.4)
    if shape == "shift":
        return
    waist = 45 if shape == "flared" else 40
    layer.part(stroke([(39.5, waist), (60.5, waist)], 2.6, curved=False), tone, puff=1, tone=0.7)
    low = 78 if shape == "flared" else 90
    pleats = [stroke([(50 + 0.5 * k, waist + 3), (50 + 1.5 * k, low)], 0.7, curved=False)
              for k in (-14, -8, -2, 4, 10)]  # fmt: skip
    layer.part(union(*pleats), tone, puff=0.6, tone=0.6, clear=0.35)


def trousers(layer: Layer, shape: str) -> None:
    """Draw trousers laid flat: slim, wide-legged or cut short."""
    tone = tuple(layer.look.base)
    ends = {"slim": (28, 40, 92), "wide": (19, 45, 92), "shorts": (24, 47, 58)}
    outer, inner, low = ends[shape]
    left: list[Point] = [(34, 9), (32, 22), (outer, low), (inner, low + 1), (50, 36)]
    half = poly([*left, (50, 9)])
    layer.part(union(half, half[:, ::-1]), puff=4, folds=0.09, across=True)
    layer.part(poly([(34, 8), (66, 8), (66.3, 13), (33.7, 13)]), tone, puff=1, tone=0.8)
    loops = [rounded_box(x - 0.8, 7.5, x + 0.8, 14, 0.5) for x in (38, 50, 62)]
    layer.part(union(*loops), tone, puff=0.5, tone=0.65)
    seams = [stroke([(50, 13), (50, 36)], 0.8, curved=False)]
    seams += [stroke([(40, 13.5), (38, 20), (32.6, 22)], 0.7)]
    seams += [stroke([(60, 13.5), (62, 20), (67.4, 22)], 0.7)]
    layer.part(union(*seams), tone, puff=0.5, tone=0.55, clear=0.8)
    layer.part(ellipse(50, 10.5, 1.1, 1.1), (0.75, 0.68, 0.5), puff=0.6)


def sneaker(layer: Layer, shape: str) -> None:
    """Draw a sports shoe from the side: low, high-top or without laces."""
    tall = shape == "high-top"
    top = 26.0 if tall else 40.0
    upper: list[Point] = [(14, 70), (13, 56), (16, top + 2), (24, top - 1), (37, top)]
    upper += [(45, top + 10), (58, 55), (75, 59), (88, 66), (89, 74), (50, 76)]
    layer.part(smooth(upper), puff=5)
    layer.part(smooth([(18, top + 2), (27, top - 1), (36, top + 1.5), (27, top + 4)]), DARK, puff=1)
    tone = tuple(layer.look.base)
    layer.part(smooth([(78, 60), (90, 67), (89, 75), (74, 75), (73, 66)]), tone, puff=3, tone=0.82)
    layer.part(smooth([(13, 55), (22, 57), (23, 74), (13, 74)]), tone, puff=2, tone=0.75)
    sole = smooth([(11, 72), (50, 74), (91, 71), (92, 79), (84, 82), (18, 82), (10, 79)])
    layer.part(sole, (0.93, 0.93, 0.90), puff=2)
    layer.part(stroke([(12, 80.5), (50, 82), (91, 79)], 1.6), (0.45, 0.43, 0.41), puff=0.7)
    if shape == "slip-on":
        gusset = smooth([(38, 48), (49, 51), (46, 62), (36, 60)])
        layer.part(gusset, DARK, puff=1, tone=1.3)
        return
    first = (40.0, top + 3) if tall else (44.0, top + 6)
    rows = 5 if tall else 4
    for k in range(rows):
        x, y = first[0] + (66 - first[0]) * k / rows, first[1] + (57 - first[1]) * k / rows
        lace = stroke([(x - 5, y + 6), (x + 2.5, y + 0.5)], 1.9, curved=False)
        layer.part(lace, (0.95, 0.95, 0.93), puff=0.6)


def boot(layer: Layer, shape: str) -> None:
    """Draw a boot from the side: laced ankle boot, elastic-sided or knee-high."""
    tone = tuple(layer.look.base)
    top = 10.0 if shape == "knee-high" else 32.0
    leg: list[Point] = [(25, 82), (24, 60), (26, top + 12), (25, top), (54, top), (53, top + 14)]
    foot: list[Point] = [(54, 56), (64, 63), (80, 67), (87, 75), (86, 84)]
    layer.part(smooth([*leg, *foot]), puff=5)
    layer.part(ellipse(39.5, top + 0.5, 14, 2.2), tone, puff=1, tone=0.45)
    layer.part(poly([(22, 81), (88, 81), (88, 86), (46, 86), (44, 92), (22, 92)]), DARK, puff=1)
    if shape == "laced":
        for k in range(6):
            y = top + 7 + 5.0 * k
            x = 52 + max(0, k - 3) * 3
            layer.part(stroke([(x - 6, y + 3), (x + 3, y)], 1.4, curved=False), (0.88, 0.8, 0.6))
        return
    if shape == "elastic-sided":
        gusset = smooth([(35, top + 3), (46, top + 3), (44, top + 26), (38, top + 26)])
        layer.part(gusset, DARK, puff=1, tone=1.4)
        layer.part(stroke([(26, top), (26, top - 5), (30, top - 4)], 2), LEATHER, puff=0.7)
        return
    cuff = minus(rounded_box(23, top + 4, 57, top + 9, 2), ellipse(0, 0, 1, 1))
    layer.part(cuff, tone, puff=1, tone=0.65)
    layer.part(rounded_box(47, top + 4.5, 51, top + 9, 1), (0.75, 0.72, 0.6), puff=0.7, gloss=0.3)
