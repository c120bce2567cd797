"""The sounds of 14 everyday events, each with its own random parameters."""

from collections.abc import Callable

import numpy as np

from .instruments import play
from .synth import RATE, Rng, Wave, add, arch, axis, band, glide, hiss, ring, silence

Maker = Callable[[Rng, float], Wave]


def _times(rng: Rng, seconds: float, gap: float, spread: float) -> list[float]:
    """Return starting times about `gap` seconds apart."""
    times = [float(rng.uniform(0.02, 0.25))]
    while times[-1] < seconds - 0.15:
        times.append(times[-1] + gap * float(rng.uniform(1 - spread, 1 + spread)))
    return times[:-1]


def bell(rng: Rng, seconds: float) -> Wave:
    """Strokes of a bell: inharmonic partials, a sharp attack, a slow decay."""
    hertz = rng.uniform(400, 680)
    ratios = np.array([1, 1.2, 1.51, 2.02, 2.68, 2.93]) * rng.uniform(0.985, 1.015, 6)
    strengths = rng.uniform(0.3, 1, 6)
    stroke = ring(3, hertz, ratios, strengths, rng.uniform(0.45, 0.9))
    out = silence(seconds)
    for at in _times(rng, seconds, rng.uniform(0.8, 1.5), 0.03):
        add(out, stroke, at, rng.uniform(0.7, 1))
    return out


def _bark(rng: Rng, hertz: float) -> Wave:
    """Return one bark: a harsh falling tone with breath."""
    seconds = float(rng.uniform(0.12, 0.19))
    curve = hertz * np.linspace(1.15, 0.75, round(seconds * RATE)) * (1 + 0.03 * rng.normal())
    voice = np.tanh(2.5 * glide(curve, (1, 0.9, 0.8, 0.6, 0.4, 0.3)))
    return (voice + 0.25 * hiss(rng, seconds, 400, 3000)) * arch(len(curve), 0.012, 0.07)


def dog(rng: Rng, seconds: float) -> Wave:
    """Barks in groups of one to three."""
    hertz, out = rng.uniform(320, 620), silence(seconds)
    for at in _times(rng, seconds, rng.uniform(0.6, 1.1), 0.25):
        for number in range(rng.integers(1, 4)):
            add(out, _bark(rng, hertz), at + 0.22 * number, rng.uniform(0.7, 1))
    return out


def rain(rng: Rng, seconds: float) -> Wave:
    """Steady noise with the patter of drops."""
    out = hiss(rng, seconds, rng.uniform(500, 900), rng.uniform(5000, 7500))
    for at in rng.uniform(0, seconds, round(rng.uniform(12, 30) * seconds)):
        drop = ring(0.03, rng.uniform(1200, 3500), (1, 1.7), (1, 0.4), 0.008)
        add(out, drop, at, rng.uniform(1, 3.5))
    return out


def drum(rng: Rng, seconds: float) -> Wave:
    """Thumps of a drum in a repeated pattern."""
    low, beat = rng.uniform(70, 105), rng.uniform(0.22, 0.34)
    accents = rng.choice([0.0, 0.55, 0.75], 4, p=[0.35, 0.4, 0.25])
    accents[0] = 1.0
    curve = low * (1 + 0.5 * np.exp(-axis(0.25) / 0.03))
    thump = glide(curve, (1, 0.3)) * np.exp(-axis(0.25) / 0.07)
    stick = hiss(rng, 0.02, 1500, 5000) * arch(320, 0.001, 0.018)
    out = silence(seconds)
    for number in range(int(seconds / beat)):
        gain = accents[number % 4] * rng.uniform(0.9, 1.1)
        add(out, thump, 0.05 + number * beat, gain)
        add(out, stick, 0.05 + number * beat, 0.12 * gain)
    return out


def car_horn(rng: Rng, seconds: float) -> Wave:
    """Honks of two steady tones."""
    shift, out, at = rng.uniform(0.92, 1.08), silence(seconds), float(rng.uniform(0.05, 0.3))
    while at < seconds - 0.2:
        length = float(rng.choice([0.25, 0.4, 0.8, 1.2]))
        flat = np.ones(round(length * RATE))
        honk = sum(glide(f * shift * flat, (1, 0.7, 0.6, 0.4, 0.3, 0.2)) for f in (400, 500))
        add(out, honk * arch(len(flat), 0.02, 0.05), at)
        at += length + float(rng.uniform(0.12, 0.5))
    return out


def train(rng: Rng, seconds: float) -> Wave:
    """Chuffs three to five times a second, a rumble, and the whistle."""
    rate = rng.uniform(3, 5)
    out = 0.25 * hiss(rng, seconds, 40, 160)
    for number in range(int(seconds * rate)):
        chuff = hiss(rng, 0.2, 200, rng.uniform(1600, 2600)) * arch(3200, 0.03, 0.14)
        add(out, chuff, number / rate, 1.0 if number % 4 == 0 else 0.6)
    at, flat = rng.uniform(0.2, max(0.3, seconds - 1.6)), np.ones(round(1.1 * RATE))
    root = rng.uniform(480, 600)
    whistle = sum(glide(root * r * flat, (1, 0.3)) for r in (1, 1.26, 1.5))
    add(out, whistle * arch(len(flat), 0.08, 0.2), at, 0.6)
    return out


def clock(rng: Rng, seconds: float) -> Wave:
    """Ticks and tocks, two a second."""
    high, low = rng.uniform(1900, 2800), rng.uniform(1200, 1800)
    out, gap = 0.002 * hiss(rng, seconds, 100, 4000), 0.5 * rng.uniform(0.93, 1.07)
    for number in range(int(seconds / gap)):
        hertz = high if number % 2 == 0 else low
        tick = ring(0.06, hertz, (1, 1.6, 2.3), (1, 0.6, 0.3), 0.009)
        add(out, tick, 0.1 + number * gap, rng.uniform(0.9, 1))
    return out


def bird(rng: Rng, seconds: float) -> Wave:
    """Groups of rising chirps."""
    low, high = rng.uniform(2000, 2800), rng.uniform(3400, 5000)
    length, out = float(rng.uniform(0.07, 0.16)), silence(seconds)
    curve = np.geomspace(low, high, round(length * RATE))
    chirp = glide(curve, (1, 0.15)) * arch(len(curve), 0.02, 0.04)
    for at in _times(rng, seconds, rng.uniform(0.6, 1.0), 0.3):
        for number in range(rng.integers(2, 6)):
            add(out, chirp, at + number * (length + 0.03), rng.uniform(0.6, 1))
    return out


def siren(rng: Rng, seconds: float) -> Wave:
    """A tone that slowly sweeps up and down."""
    low, high, period = rng.uniform(480, 620), rng.uniform(1000, 1250), rng.uniform(1.6, 3.6)
    sway = 0.5 - 0.5 * np.cos(2 * np.pi * (axis(seconds) / period + rng.uniform()))
    return glide(low + (high - low) * sway, (1, 0.1, 0.35, 0.05, 0.15))


def waves(rng: Rng, seconds: float) -> Wave:
    """Noise that swells every three to five seconds."""
    period, start = rng.uniform(3, 5), rng.uniform()
    swell = (0.5 - 0.5 * np.cos(2 * np.pi * (axis(seconds) / period + start))) ** 2
    deep = hiss(rng, seconds, 60, rng.uniform(500, 900))
    spray = hiss(rng, seconds, 1000, rng.uniform(3500, 5500))
    return deep * (0.25 + 0.6 * swell) + 0.7 * spray * swell**2


def piano(rng: Rng, seconds: float) -> Wave:
    """Notes of a major or minor scale, up and down, on a piano."""
    steps = (0, 2, 4, 5, 7, 9, 11, 12) if rng.uniform() < 0.6 else (0, 2, 3, 5, 7, 8, 10, 12)
    order = list(steps) + list(steps[-2:0:-1])
    root, gap, at = int(rng.integers(52, 66)), float(rng.uniform(0.22, 0.42)), 0.05
    first, out = int(rng.integers(0, 8)), silence(seconds)
    while at < seconds - 0.1:
        tone = play("piano", root + order[first % len(order)], 2.2 * gap, rng)
        add(out, tone, at, rng.uniform(0.7, 1))
        at, first = at + gap, first + 1
    return out


def applause(rng: Rng, seconds: float) -> Wave:
    """Very many claps at random times."""
    out = silence(seconds)
    claps = [
        hiss(rng, 0.02, 600, rng.uniform(1800, 4200))
        * np.exp(-axis(0.02) / rng.uniform(2e-3, 5e-3))
        for _ in range(24)
    ]
    for at in rng.uniform(0, seconds, round(rng.uniform(55, 130) * seconds)):
        add(out, claps[rng.integers(24)], at, rng.uniform(0.2, 1))
    return out


def helicopter(rng: Rng, seconds: float) -> Wave:
    """Ten to fourteen pulses of low noise a second under a thin whine."""
    rate, t = rng.uniform(10, 14), axis(seconds)
    pulse = np.exp(-((t * rate) % 1) / 0.22)
    whine = glide(np.full(len(t), rng.uniform(900, 1500)), (1, 0.5))
    return hiss(rng, seconds, 50, rng.uniform(400, 600)) * (0.12 + pulse) + 0.05 * whine


def fire(rng: Rng, seconds: float) -> Wave:
    """Crackling over a low rumble."""
    out = 0.35 * hiss(rng, seconds, 40, 220) + 0.06 * hiss(rng, seconds, 300, 3000)
    for at in rng.uniform(0, seconds, round(rng.uniform(14, 34) * seconds)):
        snap = rng.standard_normal(160) * np.exp(-np.arange(160) / rng.uniform(8, 40))
        add(out, snap, at, min(3.0, rng.exponential(0.8)))
    return band(out, 30, 6500)


EVENTS: dict[str, Maker] = {
    "bell": bell,
    "dog": dog,
    "rain": rain,
    "drum": drum,
    "car_horn": car_horn,
    "train": train,
    "clock": clock,
    "bird": bird,
    "siren": siren,
    "waves": waves,
    "piano": piano,
    "applause": applause,
    "helicopter": helicopter,
    "fire": fire,
}
