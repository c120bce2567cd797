"""Silhouettes of things that are worn, carried or played with, each in several variants."""

from __future__ import annotations

import math

from .drawing import EMPTY, LIGHT, METAL, SHADE, TRIM, Pen, Point, ellipse


def _mirror(right: list[Point]) -> list[Point]:
    return right + [(-x, y) for x, y in reversed(right)]


def backpack(p: Pen) -> None:
    """A rounded sack with a loop, a front pocket and shoulder straps."""
    w, top = p.u(0.45, 0.62), p.u(-0.75, -0.6)
    p.arc((0, top), (p.u(0.1, 0.2), 0.17), (-180, 0), 0.07, p.rng.choice((TRIM, SHADE)))
    if p.odds(0.5):
        for side in (-1.0, 1.0):
            p.arc((side * w * 0.9, 0.2), (0.2, 0.6), (-90, 90) if side > 0 else (90, 270), 0.08)
    p.pillow(-w, top, w, 0.85, p.u(0.2, 0.4))
    low = p.u(0.1, 0.3)
    p.pillow(-w * 0.8, low, w * 0.8, 0.75, 0.12, p.rng.choice((SHADE, LIGHT, TRIM)))
    if p.odds(0.6):
        p.arc((0, low - 0.1), (w * 0.85, 0.5), (-170, -10), 0.04, p.rng.choice((TRIM, SHADE)))
    p.line([(-w * 0.7, low + 0.08), (w * 0.7, low + 0.08)], 0.04, p.rng.choice((TRIM, METAL)))


def handbag(p: Pen) -> None:
    """A bag, wider than tall, under one or two arched handles."""
    top, w, flare = p.u(-0.25, 0.05), p.u(0.5, 0.75), p.u(0.85, 1.35)
    ink = p.rng.choice((SHADE, TRIM, LIGHT))
    p.arc((0, top), (w * p.u(0.4, 0.75), p.u(0.4, 0.7)), (-180, 0), p.u(0.06, 0.1), ink)
    if p.odds(0.3):
        p.arc((0.06, top), (w * 0.5, 0.4), (-180, 0), 0.07, SHADE)
    if p.odds(0.5):
        p.lathe([(top, w), (0.75, min(w * flare, 0.95))], curved=False)
    else:
        p.blob(_mirror([(w * 0.7, top), (w, 0.3), (w * 0.95, 0.7), (0.3, 0.78)]))
    if p.odds(0.5):
        p.poly([(-w * 0.85, top), (w * 0.85, top), (w * 0.6, 0.3), (-w * 0.6, 0.3)], SHADE)
    p.disc(0, p.u(0.15, 0.3), 0.07, 0.07, p.rng.choice((METAL, TRIM)))


def umbrella(p: Pen) -> None:
    """An open canopy with scalloped edge on a hooked stick, or a furled one."""
    ink = p.rng.choice((TRIM, METAL))
    if p.odds(0.15):
        p.line([(0, -0.95), (0, 0.8)], 0.05, ink)
        p.poly([(0, 0.75), (0.15, -0.5), (0, -0.8), (-0.15, -0.5)])
        p.arc((0.12, 0.8), (0.12, 0.15), (0, 180), 0.06, ink)
        return
    w, edge, rise = p.u(0.8, 0.98), p.u(-0.15, 0.1), p.u(0.5, 0.8)
    p.line([(0, -rise), (0, 0.75)], 0.06, ink)
    p.arc((0.13, 0.75), (0.13, 0.16), (0, 180), 0.06, ink)
    p.poly(ellipse(0, edge, w, rise, -180, 0))
    ribs = p.rng.choice((4, 5, 6))
    for i in range(ribs):
        x = -w + (i + 0.5) * 2 * w / ribs
        p.disc(x, edge, w / ribs, p.u(0.06, 0.12), p.rng.choice((EMPTY, SHADE)))
        if i:
            p.line([(0, edge - rise), (x - w / ribs, edge)], 0.025, SHADE)
    p.line([(0, edge - rise), (0, edge - rise - 0.12)], 0.05, ink)


def t_shirt(p: Pen) -> None:
    """A top with short or long sleeves and a round or pointed neck."""
    w, sleeve, neck = p.u(0.42, 0.55), p.u(0.25, 0.42), p.u(0.14, 0.24)
    drop = p.u(0.35, 0.5)
    cuff = (w + sleeve, -0.75 + drop)
    if p.odds(0.15):
        cuff = (w + sleeve, p.u(0.2, 0.5))
    inner = (cuff[0] - p.u(0.16, 0.26), cuff[1] + 0.16)
    hem = w * p.u(0.95, 1.15)
    right = [(neck, -0.8), (w, -0.7), cuff, inner, (w, -0.25), (hem, 0.8)]
    p.poly(_mirror(right))
    if p.odds(0.7):
        p.disc(0, -0.8, neck, p.u(0.1, 0.2), SHADE)
    else:
        p.poly([(-neck, -0.82), (neck, -0.82), (0, -0.5)], SHADE)
    if p.odds(0.4):
        p.line([(w, -0.28), (w * 0.98, 0.1)], 0.03, SHADE)
        p.line([(-w, -0.28), (-w * 0.98, 0.1)], 0.03, SHADE)


def dress(p: Pen) -> None:
    """A narrow waist over a flared or straight skirt, with straps or sleeves."""
    bust, waist, hem = p.u(0.28, 0.36), p.u(0.19, 0.28), p.u(0.42, 0.85)
    at, neck = p.u(-0.3, -0.05), p.u(0.1, 0.18)
    right: list[Point] = [(neck, -0.95), (bust, -0.92)]
    if p.odds(0.5):
        right += [(bust + p.u(0.15, 0.3), -0.5), (bust + 0.08, -0.42)]
    right += [(bust, -0.55), (waist, at), ((waist + hem) / 2, 0.35), (hem, 0.92)]
    p.poly(_mirror(right))
    p.disc(0, -0.95, neck, p.u(0.1, 0.28), p.rng.choice((EMPTY, SHADE)))
    if p.odds(0.4):
        p.box(-waist - 0.01, at - 0.05, waist + 0.01, at + 0.05, p.rng.choice((TRIM, LIGHT, SHADE)))
    for _ in range(p.rng.randrange(4)):
        x = p.u(-0.6, 0.6)
        p.line([(x * waist, at + 0.15), (x * hem, 0.9)], 0.03, SHADE)


def trousers(p: Pen) -> None:
    """Two legs below a waistband: straight, wide, narrow or short."""
    w, end, cuff = p.u(0.3, 0.42), p.u(0.85, 0.98), p.u(0.13, 0.3)
    if p.odds(0.2):
        end, cuff = p.u(0.1, 0.3), p.u(0.26, 0.34)
    gap, fork = p.u(0.02, 0.14), p.u(-0.4, -0.2)
    left = gap - p.u(0.0, 0.06)
    right = [(w, -0.92), (w * 1.2, -0.45), (gap + 2 * cuff, end), (gap, end), (left, fork)]
    p.poly(_mirror(right))
    p.poly([(-left, fork), (left, fork), (0.12, -0.9), (-0.12, -0.9)])
    p.box(-w, -0.95, w, -0.84, p.rng.choice((SHADE, TRIM, LIGHT)))
    p.line([(0, -0.85), (0, fork)], 0.03, SHADE)
    if p.odds(0.5):
        p.line([(w * 0.95, -0.72), (w * 0.55, -0.6)], 0.03, SHADE)
        p.line([(-w * 0.95, -0.72), (-w * 0.55, -0.6)], 0.03, SHADE)


def sneaker(p: Pen) -> None:
    """A low shoe in profile with a sole, laces and a toe cap."""
    sole, heel, rise = p.u(0.1, 0.2), p.u(-0.35, -0.15), p.u(-0.55, -0.25)
    toe = p.u(0.05, 0.2)
    upper: list[Point] = [(-0.85, heel), (-0.75, rise), (-0.5, rise + 0.12), (-0.15, rise)]
    p.blob([*upper, (0.3, -0.02), (0.85, toe), (0.95, 0.42), (0, 0.45), (-0.88, 0.42)])
    ground = p.rng.choice((LIGHT, METAL, METAL, TRIM))
    p.pillow(-0.93, 0.38, 0.99, 0.42 + sole, min(0.09, sole / 2), ground)
    if p.odds(0.5):
        p.disc(0.78, 0.3, 0.2, 0.16, ground)
    for i in range(p.rng.randrange(2, 5)):
        x, y = -0.1 + 0.13 * i, rise + 0.1 + 0.09 * i
        p.line([(x - 0.06, y + 0.12), (x + 0.08, y)], 0.04, ground)
    if p.odds(0.4):
        p.line([(-0.5, 0.3), (-0.05, -0.05), (0.05, 0.3)], 0.07, p.rng.choice((TRIM, SHADE, LIGHT)))


def boot(p: Pen) -> None:
    """A tall shaft over a foot, with a flat, block or high heel."""
    top, shaft, sole = p.u(-0.95, -0.65), p.u(0.22, 0.34), p.rng.choice((TRIM, SHADE, METAL))
    x = -0.35
    foot = p.u(0.45, 0.6)
    leg: list[Point] = [
        (x - shaft * 0.9, 0.1),
        (x - shaft, top),
        (x + shaft, top),
        (x + shaft, 0.1),
    ]
    p.blob([*leg, (0.4, 0.35), (0.72, foot), (0.7, 0.75), (0.0, 0.75), (x - shaft, 0.75)])
    p.box(x - shaft, top - 0.02, x + shaft, top + 0.2, p.rng.choice((SHADE, LIGHT, TRIM)))
    heel = p.u(0.08, 0.2)
    block = [(-0.15, 0.8), (-0.2, 0.78 + heel), (x - shaft, 0.78 + heel)]
    p.poly([(x - shaft, 0.72), (0.72, 0.72), (0.74, 0.8), *block], sole)
    if p.odds(0.4):
        for i in range(4):
            p.line([(x, top + 0.3 + i * 0.2), (x + shaft, top + 0.35 + i * 0.2)], 0.04, sole)


def hat(p: Pen) -> None:
    """A brimmed hat, a cap with a peak or a knitted bonnet."""
    style = p.rng.randrange(3)
    ink = p.rng.choice((TRIM, SHADE, LIGHT))
    w = p.u(0.42, 0.55)
    if style == 0:
        p.disc(0, 0.35, p.u(0.85, 1.0), p.u(0.12, 0.3))
        crown = p.u(-0.6, -0.3)
        p.lathe([(crown, w * 0.75), (crown + 0.12, w * 0.92), (0.3, w)])
        p.disc(0, 0.3, w, 0.12)
        p.arc((0, 0.18), (w * 0.97, 0.12), (0, 180), p.u(0.08, 0.16), ink)
    elif style == 1:
        p.blob([(0.3, 0.2), (1.0, p.u(0.2, 0.4)), (0.9, 0.5), (0.3, 0.4)], ink)
        p.poly(ellipse(-0.1, 0.35, w * 1.15, p.u(0.7, 0.85), -180, 0))
        p.disc(-0.1, -0.42, 0.06, 0.05, ink)
        p.line([(-0.1, -0.4), (0.05, 0.33)], 0.03, SHADE)
    else:
        p.poly(ellipse(0, 0.35, w * 1.2, p.u(0.8, 1.1), -180, 0))
        p.pillow(-w * 1.25, 0.2, w * 1.25, 0.55, 0.08, p.rng.choice((SHADE, LIGHT)))
        if p.odds(0.6):
            p.disc(0, -0.6, 0.18, 0.18, p.rng.choice((LIGHT, METAL, SHADE)))


def sunglasses(p: Pen) -> None:
    """Two dark lenses in a frame, round, square or winged, sometimes with temples."""
    gap, w, h, style = p.u(0.06, 0.12), p.u(0.34, 0.42), p.u(0.26, 0.38), p.rng.randrange(3)
    lens = p.rng.choice((TRIM, TRIM, SHADE))
    for side in (-1.0, 1.0):
        x = side * (gap + w)
        if p.odds(0.4):
            p.line([(side * (gap + 2 * w), -h * 0.5), (side * 0.98, -h * 0.5 - 0.25)], 0.07)
        for k, ink in ((1.0, 1), (p.u(0.76, 0.86), lens)):
            if style == 0:
                p.disc(x, 0, w * k, h * k * 1.1, ink)
            elif style == 1:
                p.pillow(x - w * k, -h * k, x + w * k, h * k, 0.1 * k, ink)
            else:
                wing = [(-0.85, -0.8), (1.05, -1.0), (0.8, 0.6), (0.0, 1.0), (-0.75, 0.5)]
                p.blob([(x + side * a * w * k, b * h * k) for a, b in wing], ink)
    p.arc((0, 0), (gap * 1.3, h * 0.5), (-170, -10), 0.08)


def guitar(p: Pen) -> None:
    """A waisted body with a sound hole under a long neck."""
    w = p.u(0.34, 0.45)
    p.box(-0.06, -0.95, 0.06, 0.2, TRIM)
    p.box(-0.11, -1.0, 0.11, -0.8, p.rng.choice((TRIM, METAL)))
    p.blob(_mirror([(0.1, -0.15), (w * 0.8, 0.0), (w * 0.6, 0.3), (w, 0.65), (w * 0.6, 0.95)]))
    p.disc(0, 0.32, 0.13, 0.13, p.rng.choice((TRIM, SHADE)))
    p.box(-0.17, 0.66, 0.17, 0.72, TRIM)


def ball(p: Pen) -> None:
    """A sphere with seams."""
    r = p.u(0.6, 0.85)
    p.disc(0, 0, r, r)
    if p.odds(0.6):
        p.arc((-r * 0.9, 0), (r * 0.6, r * 0.8), (-60, 60), 0.04, SHADE)
        p.arc((r * 0.9, 0), (r * 0.6, r * 0.8), (120, 240), 0.04, SHADE)
    if p.odds(0.4):
        p.line([(0, -r), (0, r)], 0.04, SHADE)


def watch(p: Pen) -> None:
    """A small dial between two straps."""
    r, w = p.u(0.32, 0.42), p.u(0.15, 0.25)
    p.lathe([(-0.98, w * 0.8), (0, w), (0.98, w * 0.8)], curved=False)
    rim = p.rng.choice((METAL, TRIM))
    if p.odds(0.3):
        p.pillow(-r, -r, r, r, 0.12, rim)
    else:
        p.disc(0, 0, r, r, rim)
    p.disc(0, 0, r * 0.8, r * 0.8, p.rng.choice((LIGHT, TRIM, METAL)))
    for reach in (0.4, 0.65):
        a = math.radians(p.u(0, 360))
        p.line([(0, 0), (reach * r * math.cos(a), reach * r * math.sin(a))], 0.04, SHADE)


def headphones(p: Pen) -> None:
    """A wide arch between two ear cups."""
    w, ink = p.u(0.55, 0.7), p.rng.choice((TRIM, SHADE, 1))
    p.arc((0, 0.1), (w, p.u(0.75, 0.95)), (-190, 10), p.u(0.08, 0.15))
    for side in (-1.0, 1.0):
        x = side * w
        p.pillow(x - 0.17, 0.0, x + 0.17, p.u(0.55, 0.75), 0.14)
        pad = x - side * 0.23
        p.pillow(pad - 0.06, 0.08, pad + 0.06, 0.55, 0.04, ink)


def suitcase(p: Pen) -> None:
    """An upright case with ribs, wheels and a pull bar."""
    w, top = p.u(0.42, 0.6), p.u(-0.6, -0.3)
    ink = p.rng.choice((TRIM, METAL))
    p.line([(-0.2, top), (-0.2, -0.92), (0.2, -0.92), (0.2, top)], 0.06, ink)
    p.pillow(-w, top, w, 0.8, p.u(0.06, 0.16))
    for i in range(p.rng.choice((0, 3, 5))):
        x = -w * 0.7 + i * w * 0.35
        p.line([(x, top + 0.1), (x, 0.7)], 0.04, SHADE)
    for x in (-w * 0.75, w * 0.75):
        p.disc(x, 0.87, 0.09, 0.09, ink)


def sock(p: Pen) -> None:
    """A soft tube with a bent foot and a cuff."""
    w, top = p.u(0.2, 0.28), p.u(-0.95, -0.6)
    back: list[Point] = [(0.1, 0.88), (-w - 0.15, 0.75), (-w - 0.22, 0.2), (-w - 0.2, top)]
    p.blob([*back, (w - 0.2, top), (w - 0.2, 0.25), (0.55, 0.5), (0.6, 0.85)])
    band = p.rng.choice((LIGHT, SHADE, TRIM))
    p.box(-w - 0.22, top - 0.03, w - 0.18, top + 0.2, band)
    if p.odds(0.5):
        p.disc(0.5, 0.7, 0.15, 0.17, band)
