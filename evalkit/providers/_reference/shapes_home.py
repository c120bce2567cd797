"""Silhouettes of things that stand in a home, each in several variants."""

from __future__ import annotations

import math

from .drawing import BODY, LIGHT, METAL, SHADE, TRIM, Pen, ellipse


def mug(p: Pen) -> None:
    """A straight mug, a round cup on a saucer or a conical tall cup, with one ear."""
    h, w, foot, tilt = p.u(0.5, 0.85), p.u(0.42, 0.65), p.u(0.7, 1.05), p.u(0.03, 0.18)
    cup = p.odds(0.3)
    if cup:
        h, foot = p.u(0.4, 0.55), p.u(0.35, 0.5)
        p.disc(0, h, w * 1.5, tilt + 0.08, p.rng.choice((BODY, LIGHT, METAL)))
    ear = (p.u(0.22, 0.42), h * p.u(0.4, 0.65))
    p.arc((w * 0.95, p.u(-0.1, 0.05)), ear, (-100, 110), p.u(0.09, 0.17))
    if cup:
        p.lathe([(-h, w), (-h * 0.2, w * 0.97), (h * 0.6, w * 0.7), (h, w * foot)])
    else:
        p.lathe([(-h, w), (h * 0.85, w * foot), (h, w * foot * 0.93)], curved=False)
        p.disc(0, h, w * foot * 0.93, tilt * 0.7)
    p.disc(0, -h, w, tilt, LIGHT)
    p.disc(0, -h + 0.01, w * 0.9, tilt * 0.8, p.rng.choice((SHADE, SHADE, TRIM)))


def bottle(p: Pen) -> None:
    """A flask, a wine bottle, a sports bottle or a carafe with a cap."""
    w, neck, shoulder = p.u(0.24, 0.42), p.u(0.08, 0.2), p.u(-0.55, -0.05)
    top = p.u(-0.98, -0.8)
    ink = p.rng.choice((TRIM, METAL, SHADE, BODY))
    if p.odds(0.6):
        p.lathe([(top, neck), (shoulder - 0.2, neck), (shoulder, w), (0.9, w), (0.97, w * 0.9)])
    else:
        cone = [(top, neck), (shoulder, neck), (shoulder + 0.15, w), (0.95, w)]
        p.lathe(cone, curved=False)
    p.box(-neck * 1.15, top - 0.05, neck * 1.15, top + p.u(0.08, 0.25), ink)
    if p.odds(0.4):
        p.box(-w, p.u(0, 0.2), w, p.u(0.4, 0.7), p.rng.choice((LIGHT, SHADE)))
    if p.odds(0.25):
        p.arc((0, top), (neck, 0.16), (-180, 0), 0.06, ink)


def teapot(p: Pen) -> None:
    """A round or tall pot with spout, ear, lid and knob."""
    w, h = p.u(0.48, 0.65), p.u(0.36, 0.62)
    p.arc((-w * 0.9, 0), (p.u(0.22, 0.36), h * 0.65), (80, 280), p.u(0.07, 0.13))
    tip = (w + p.u(0.3, 0.45), -h * p.u(0.5, 1.0))
    root = w * 0.75
    spout = [(root, h * 0.5), (w + 0.15, h * 0.1), tip]
    p.blob([*spout, (tip[0] - 0.12, tip[1] - 0.02), (w + 0.02, -h * 0.15), (root, -h * 0.2)])
    if p.odds(0.6):
        p.disc(0, 0.05, w, h)
        p.box(-w * 0.5, h * 0.9, w * 0.5, h + 0.12)
    else:
        p.lathe([(-h, w * 0.6), (-h * 0.5, w * 0.8), (h * 0.6, w), (h, w * 0.9)])
    p.disc(0, -h * 0.85, w * 0.55, 0.09, p.rng.choice((SHADE, LIGHT)))
    p.disc(0, -h * 0.95, w * 0.42, 0.09)
    p.disc(0, -h - p.u(0.08, 0.16), 0.09, 0.09, p.rng.choice((BODY, TRIM, METAL)))


def frying_pan(p: Pen) -> None:
    """A pan from above or from the side, with one long stem."""
    r, width, ink = p.u(0.42, 0.56), p.u(0.08, 0.14), p.rng.choice((BODY, TRIM, METAL))
    if p.odds(0.65):
        a = math.radians(p.rng.choice((0, 45, -45, 90, 20)) + p.u(-15, 15))
        x, y, flat = -0.38 * math.cos(a), -0.38 * math.sin(a), p.u(0.6, 1.0)
        reach = r + p.u(0.6, 0.8)
        p.line([(x, y), (x + reach * math.cos(a), y + reach * math.sin(a))], width, ink)
        p.disc(x, y, r, r * flat)
        p.disc(x, y, r * 0.86, r * flat * 0.84, p.rng.choice((SHADE, TRIM)))
        p.disc(x, y + 0.02, r * 0.72, r * flat * 0.68, p.rng.choice((SHADE, TRIM)))
        return
    deep = p.u(0.2, 0.34)
    p.line([(0.2, 0), (0.98, -p.u(0.1, 0.35))], width, ink)
    p.lathe([(0, r), (deep, r * 0.82)], curved=False)
    p.disc(-0.0, 0, r, p.u(0.04, 0.16), SHADE)


def vase(p: Pen) -> None:
    """A turned vessel with a belly and a neck, sometimes with stems."""
    lip, neck, belly, foot = p.u(0.15, 0.4), p.u(0.1, 0.25), p.u(0.36, 0.6), p.u(0.16, 0.35)
    low = p.u(-0.1, 0.4)
    top = p.u(-0.85, -0.6)
    for _ in range(p.rng.choice((0, 0, 0, 3, 5))):
        x = p.u(-0.4, 0.4)
        p.line([(0, top), (x, top - 0.4)], 0.04, TRIM)
        p.disc(x, top - 0.4, 0.1, 0.1, p.rng.choice((METAL, LIGHT)))
    rise = (top + 0.2, neck)
    if p.odds(0.75):
        p.lathe([(top, lip), rise, (low - 0.3, belly * 0.85), (low, belly), (0.9, foot)])
    else:
        p.lathe([(top, lip), (0.1, lip * 0.75), (0.9, foot)])
    p.disc(0, top, lip, p.u(0.03, 0.1), SHADE)
    p.disc(0, 0.9, foot, 0.04)


def lamp(p: Pen) -> None:
    """A lamp with a cone or drum shade on a turned, thin or ball foot, or a desk lamp."""
    ink = p.rng.choice((TRIM, METAL, BODY, LIGHT))
    if p.odds(0.2):
        p.disc(-0.25, 0.88, 0.4, 0.09, ink)
        p.line([(-0.25, 0.85), (-0.45, 0.1), (0.15, -0.55)], 0.08, ink)
        p.poly([(0.05, -0.75), (0.3, -0.55), (0.6, 0.0), (-0.1, -0.25)])
        return
    top, bottom, edge = p.u(0.2, 0.45), p.u(0.5, 0.75), p.u(-0.2, 0.1)
    style = p.rng.randrange(3)
    p.disc(0, 0.9, p.u(0.25, 0.42), 0.08, ink)
    if style == 0:
        p.line([(0, 0), (0, 0.9)], p.u(0.06, 0.13), ink)
    elif style == 1:
        p.disc(0, 0.5, p.u(0.25, 0.4), 0.4, ink)
        p.line([(0, -0.1), (0, 0.9)], 0.1, ink)
    else:
        p.lathe([(edge, 0.06), (0.3, 0.1), (0.55, 0.26), (0.9, 0.2)], ink)
    if p.odds(0.3):
        p.lathe([(-0.9, 0.1), (-0.7, bottom * 0.7), (edge, bottom)])
    else:
        p.lathe([(-0.9, top), (edge, bottom)], curved=False)
    p.disc(0, edge, bottom, p.u(0.01, 0.08), p.rng.choice((LIGHT, SHADE)))


def chair(p: Pen) -> None:
    """A seat with a back on four legs, from the front or the side, or an armchair."""
    w, leg = p.u(0.36, 0.5), p.rng.choice((BODY, TRIM, METAL))
    seat, top, wide = p.u(0.05, 0.25), p.u(-0.98, -0.75), p.u(0.06, 0.11)
    if p.odds(0.2):
        p.pillow(-0.55, top + 0.1, 0.55, 0.6, 0.2)
        p.pillow(-0.8, -0.1, -0.5, 0.75, 0.12, LIGHT)
        p.pillow(0.5, -0.1, 0.8, 0.75, 0.12, SHADE)
        p.pillow(-0.52, 0.1, 0.52, 0.45, 0.1, LIGHT)
        p.box(-0.7, 0.74, -0.58, 0.92, leg)
        p.box(0.58, 0.74, 0.7, 0.92, leg)
        return
    depth = p.u(0.1, 0.45)
    for x, y in ((-w, 0.95), (w, 0.95), (w + depth, 0.8), (depth - w, 0.8)):
        p.line([(x * 0.95, seat), (x, y)], wide, leg)
    if p.odds(0.5):
        p.pillow(depth - w, top, depth + w, seat - p.u(0.05, 0.3), 0.09)
        p.line([(depth - w * 0.8, seat), (depth - w * 0.8, seat - 0.4)], wide, leg)
        p.line([(depth + w * 0.8, seat), (depth + w * 0.8, seat - 0.4)], wide, leg)
    else:
        for x in (-w, -w * 0.33, w * 0.33, w):
            p.line([(depth + x, seat), (depth + x, top)], wide)
        p.line([(depth - w, top), (depth + w, top)], wide * 1.7)
    p.poly([(-w, seat + 0.08), (w, seat + 0.08), (w + depth, seat - 0.1), (depth - w, seat - 0.1)])
    p.box(-w, seat + 0.06, w, seat + p.u(0.12, 0.2), SHADE)


def table(p: Pen) -> None:
    """A top on four legs, a round top on a column, or a plain side view."""
    w, top, leg = p.u(0.75, 1.0), p.u(-0.4, -0.1), p.rng.choice((BODY, BODY, TRIM, METAL))
    wide, back = p.u(0.06, 0.12), p.u(0.12, 0.3)
    bottom = p.u(0.45, 0.75)
    if p.odds(0.3):
        p.line([(0, top), (0, bottom)], p.u(0.1, 0.18), leg)
        p.disc(0, bottom, p.u(0.3, 0.5), 0.09, leg)
        p.disc(0, top + 0.06, w * 0.9, back * 0.8, SHADE)
        p.disc(0, top, w * 0.9, back * 0.8)
        return
    splay = p.u(0, 0.08)
    for x in (-1.0, 1.0):
        p.line([(x * w * 0.75, top - back), (x * (w * 0.75 + splay), bottom - 0.18)], wide, leg)
        p.line([(x * w * 0.93, top), (x * (w * 0.93 + splay), bottom)], wide, leg)
    inner = w * p.u(0.72, 0.85)
    p.poly([(-w, top), (w, top), (inner, top - back), (-inner, top - back)])
    p.box(-w, top, w, top + p.u(0.06, 0.16), SHADE)


def cushion(p: Pen) -> None:
    """A soft square, oblong or round pad with pinched corners."""
    w, h, pinch = p.u(0.65, 0.85), p.u(0.5, 0.85), p.u(0.76, 0.95)
    if p.odds(0.15):
        p.disc(0, 0, w, w * p.u(0.7, 1.0))
        p.disc(0, 0, 0.06, 0.06, SHADE)
        return
    quarter = [(w, -h), (w * pinch, -h * 0.4), (w * pinch, h * 0.4), (w, h)]
    lower = [(w * 0.4, h * pinch), (-w * 0.4, h * pinch)]
    p.blob(quarter + lower + [(-x, -y) for x, y in quarter] + [(-x, -y) for x, y in lower])
    if p.odds(0.3):
        p.arc((0, 0), (w * 0.86, h * 0.86), (20, 70), 0.04, SHADE)
    if p.odds(0.25):
        for x, y in ((w, h), (-w, h), (w, -h), (-w, -h)):
            p.line([(x, y), (x * 1.12, y * 1.12)], 0.07, p.rng.choice((TRIM, LIGHT)))


def wall_clock(p: Pen) -> None:
    """A round or square dial with ticks and two hands."""
    r, square = p.u(0.68, 0.88), p.odds(0.25)
    face = p.rng.choice((LIGHT, BODY, METAL, METAL))
    ink = SHADE if face != METAL else TRIM
    if square:
        p.pillow(-r, -r, r, r, 0.1)
        p.pillow(-r * 0.84, -r * 0.84, r * 0.84, r * 0.84, 0.05, face)
    else:
        p.disc(0, 0, r, r)
        p.disc(0, 0, r * p.u(0.72, 0.88), r * 0.82, face)
    step = p.rng.choice((30, 30, 90))
    for degrees in range(0, 360, step):
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        p.line([(c * r * 0.62, s * r * 0.62), (c * r * 0.74, s * r * 0.74)], 0.05, ink)
    for reach, width in ((0.35, 0.09), (0.58, 0.06)):
        a = math.radians(p.u(0, 360))
        p.line([(0, 0), (reach * r * math.cos(a), reach * r * math.sin(a))], width, ink)
    p.disc(0, 0, 0.05, 0.05, ink)


def bowl(p: Pen) -> None:
    """A half sphere or a flat dish, open at the top."""
    w, h, tilt = p.u(0.7, 0.95), p.u(0.35, 0.65), p.u(0.05, 0.25)
    foot = p.u(0.25, 0.4)
    p.lathe([(-0.2, w), (0.0, w * 0.95), (h * 0.6, w * 0.65), (h, foot), (h + 0.07, foot)])
    p.disc(0, -0.2, w, tilt, LIGHT)
    p.disc(0, -0.19, w * 0.93, tilt * 0.85, p.rng.choice((SHADE, SHADE, METAL)))


def plant(p: Pen) -> None:
    """Leaves above a tapered pot; the pot carries the colour."""
    w = p.u(0.32, 0.5)
    for _ in range(p.rng.randrange(6, 12)):
        a, reach = math.radians(p.u(-165, -15)), p.u(0.5, 0.85)
        x, y = reach * math.cos(a), 0.15 + reach * math.sin(a) * 1.1
        side = (-math.sin(a) * p.u(0.06, 0.16), math.cos(a) * 0.1)
        middle = (x * 0.6, 0.15 + (y - 0.15) * 0.6)
        tips = [(middle[0] + k * side[0], middle[1] + k * side[1]) for k in (1, -1)]
        p.poly([(0, 0.2), tips[0], (x, y), tips[1]], p.rng.choice((TRIM, METAL)))
    p.lathe([(0.15, w), (0.9, w * p.u(0.6, 0.85))], curved=False)
    p.box(-w * 1.1, 0.12, w * 1.1, p.u(0.22, 0.32), p.rng.choice((BODY, LIGHT, SHADE)))


def candle(p: Pen) -> None:
    """A wax column with a wick and often a flame."""
    w, top = p.u(0.16, 0.36), p.u(-0.55, -0.2)
    if p.odds(0.4):
        p.disc(0, 0.82, w * 2, 0.12, p.rng.choice((TRIM, METAL)))
    p.lathe([(top, w), (0.8, w * p.u(0.95, 1.1))], curved=False)
    p.disc(0, top, w, 0.06, LIGHT)
    p.line([(0, top), (0.01, top - 0.14)], 0.05, TRIM)
    if p.odds(0.7):
        p.blob([(0, top - 0.4), (0.08, top - 0.16), (0, top - 0.08), (-0.08, top - 0.16)], METAL)


def book(p: Pen) -> None:
    """A closed cover seen from the front or slightly turned, with pages at the edge."""
    w, h, thick = p.u(0.5, 0.68), p.u(0.7, 0.88), p.u(0.08, 0.2)
    p.poly([(w, -h), (w + thick, -h + thick), (w + thick, h - thick * 0.4), (w, h)], METAL)
    p.box(-w, -h, w, h)
    p.box(-w, -h, -w + p.u(0.06, 0.14), h, SHADE)
    p.box(-w * 0.5, -h * 0.6, w * 0.7, -h * p.u(0.3, 0.45), p.rng.choice((LIGHT, TRIM)))
    if p.odds(0.4):
        p.poly(ellipse(w * 0.1, h * 0.3, 0.25, 0.25), p.rng.choice((LIGHT, SHADE, TRIM)))
