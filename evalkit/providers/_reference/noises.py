"""Sounds of events in the training world, made from tones, noise and envelopes at 16 kHz."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .spectrum import RATE

if TYPE_CHECKING:
    from collections.abc import Callable

Wave = NDArray[np.float64]


def times(seconds: float) -> Wave:
    """The moments (n,) of the samples of some seconds."""
    return np.arange(round(seconds * RATE)) / RATE


def coloured(rng: np.random.Generator, size: int, low: float, high: float) -> Wave:
    """Noise (size,) of a power of 1 between two frequencies, with soft edges."""
    turned = np.fft.rfft(rng.normal(size=size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    shape = 1 / (1 + (low / np.maximum(hertz, 1)) ** 6) / (1 + (hertz / high) ** 6)
    noise = np.fft.irfft(turned * shape, size)
    return np.asarray(noise / (np.sqrt((noise * noise).mean()) + 1e-9))


def lay(into: Wave, at: float, what: Wave) -> None:
    """Add a short sound to a longer one at a moment, cut where the longer one ends."""
    start = round(at * RATE)
    part = what[: max(0, into.size - start)]
    into[start : start + part.size] += part


def moments(rng: np.random.Generator, seconds: float, every: float, loose: float) -> list[float]:
    """Moments about `every` seconds apart, moved by a share of that."""
    count = max(1, round(seconds / every))
    start = rng.uniform(0, every)
    found = [start + every * (n + loose * rng.uniform(-0.5, 0.5)) for n in range(count)]
    return [at for at in found if 0 <= at < seconds]


def _decay(t: Wave, half: float, attack: float = 0.003) -> Wave:
    return np.asarray(np.minimum(t / attack, 1) * 0.5 ** (t / half))


def _bell(rng: np.random.Generator, seconds: float) -> Wave:
    wave, base = np.zeros(times(seconds).size), rng.uniform(380, 1000)
    ratios = (0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 2.66, 3.01)
    t = times(rng.uniform(1.2, 2.4))
    parts = [
        rng.uniform(0.3, 1)
        * np.sin(2 * np.pi * base * r * rng.uniform(0.99, 1.01) * t)
        * _decay(t, 0.5 / r**0.5)
        for r in ratios
    ]
    for at in moments(rng, seconds, rng.uniform(0.7, 1.8), 0.1):
        lay(wave, at, np.sum(parts, axis=0) * rng.uniform(0.6, 1))
    return wave


def _dog(rng: np.random.Generator, seconds: float) -> Wave:
    wave, base = np.zeros(times(seconds).size), rng.uniform(250, 480)
    for at in moments(rng, seconds, rng.uniform(0.3, 0.8), 0.5):
        t = times(rng.uniform(0.1, 0.22))
        glide = base * (1.25 - 0.5 * np.abs(t / t[-1] - 0.3))
        phase = 2 * np.pi * np.cumsum(glide) / RATE
        voice = np.sum([np.sin(k * phase) / k**0.7 for k in range(1, 9)], axis=0)
        rough = voice * (1 + 0.6 * coloured(rng, t.size, 200, 3000))
        lay(wave, at, rough * np.abs(np.sin(np.pi * t / t[-1])) ** 0.5 * rng.uniform(0.6, 1))
    return wave


def _rain(rng: np.random.Generator, seconds: float) -> Wave:
    size = times(seconds).size
    wave = coloured(rng, size, rng.uniform(300, 1500), 7000) * rng.uniform(0.4, 0.8)
    t = times(0.02)
    for at in rng.uniform(0, seconds, round(seconds * rng.uniform(10, 60))):
        drop = np.sin(2 * np.pi * rng.uniform(1500, 6000) * t) * _decay(t, 0.004)
        lay(wave, at, drop * rng.uniform(0.5, 3))
    return wave


def _drum(rng: np.random.Generator, seconds: float) -> Wave:
    wave, base = np.zeros(times(seconds).size), rng.uniform(65, 150)
    beat = rng.uniform(0.2, 0.6)
    for n, at in enumerate(moments(rng, seconds, beat, 0.04)):
        t = times(0.4)
        skin = np.sin(2 * np.pi * base * (t + 0.012 * (1 - 0.5 ** (t / 0.02)))) * _decay(t, 0.07)
        skin += 0.3 * coloured(rng, t.size, 200, 3000) * _decay(t, 0.01)
        lay(wave, at, skin * (1.0 if n % 4 == 0 else rng.uniform(0.3, 1)))
    return wave


def _car_horn(rng: np.random.Generator, seconds: float) -> Wave:
    wave, base = np.zeros(times(seconds).size), rng.uniform(330, 450)
    for at in moments(rng, seconds, rng.uniform(0.5, 1.4), 0.3):
        t = times(rng.uniform(0.2, 0.8))
        voices = [
            np.sum([np.sin(2 * np.pi * f * k * t) / k for k in range(1, 8)], axis=0)
            for f in (base, base * 1.26)
        ]
        edge = np.minimum(np.minimum(t, t[-1] - t) / 0.02, 1)
        lay(wave, at, (voices[0] + voices[1]) * edge)
    return wave


def _train(rng: np.random.Generator, seconds: float) -> Wave:
    t = times(seconds)
    rate = rng.uniform(2.8, 5.5)
    pulse = 0.1 + (0.5 + 0.5 * np.cos(2 * np.pi * rate * t)) ** rng.uniform(2, 6)
    wave = coloured(rng, t.size, 150, rng.uniform(1200, 3000)) * pulse
    if rng.random() < 0.6:
        start, base = rng.uniform(0, seconds * 0.6), rng.uniform(380, 620)
        w = times(min(seconds - start, rng.uniform(0.6, 1.5)))
        tones = [np.sin(2 * np.pi * base * r * w) for r in (1, 1.25, 1.5, 2)]
        lay(wave, start, np.sum(tones, axis=0) * np.minimum(w / 0.1, 1) * rng.uniform(0.2, 0.6))
    return wave


def _clock(rng: np.random.Generator, seconds: float) -> Wave:
    wave, every = np.zeros(times(seconds).size), rng.uniform(0.4, 0.62)
    tones = rng.uniform(1200, 4200), rng.uniform(1000, 3500)
    for n, at in enumerate(moments(rng, seconds, every, 0.01)):
        t = times(0.06)
        tick = np.sin(2 * np.pi * tones[n % 2] * t) * _decay(t, 0.007, 0.001)
        tick += 0.6 * coloured(rng, t.size, 1000, 7000) * _decay(t, 0.003, 0.001)
        lay(wave, at, tick)
    return wave + 0.003 * coloured(rng, wave.size, 50, 4000)


def _bird(rng: np.random.Generator, seconds: float) -> Wave:
    wave, base = np.zeros(times(seconds).size), rng.uniform(2000, 3800)
    for at in moments(rng, seconds, rng.uniform(0.15, 0.6), 0.7):
        t = times(rng.uniform(0.05, 0.2))
        sweep = base * (1 + rng.uniform(0.1, 0.6) * t / t[-1])
        sweep = sweep * (1 + 0.03 * np.sin(2 * np.pi * rng.uniform(15, 40) * t))
        call = np.sin(2 * np.pi * np.cumsum(sweep) / RATE) * np.sin(np.pi * t / t[-1])
        lay(wave, at, call * rng.uniform(0.4, 1))
    return wave


def _siren(rng: np.random.Generator, seconds: float) -> Wave:
    t = times(seconds)
    slow, start = rng.uniform(0.15, 0.9), rng.uniform(0, 1)
    turn = (slow * t + start) % 1
    shape = 1 - np.abs(2 * turn - 1) if rng.random() < 0.7 else (turn > 0.5) * 0.6 + 0.1
    hertz = rng.uniform(420, 600) * (rng.uniform(1.8, 2.5) ** shape)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    return np.asarray(np.sum([np.sin(k * phase) / k**1.5 for k in range(1, 6)], axis=0))


def _waves(rng: np.random.Generator, seconds: float) -> Wave:
    t = times(seconds)
    swell = np.sin(np.pi * (t / rng.uniform(2.8, 5.5) + rng.uniform(0, 1))) ** 2
    deep = coloured(rng, t.size, 60, rng.uniform(500, 1200))
    hiss = coloured(rng, t.size, 800, rng.uniform(3500, 7000))
    return np.asarray(deep * (0.15 + 0.6 * swell) + hiss * swell**2 * rng.uniform(0.4, 1))


def _applause(rng: np.random.Generator, seconds: float) -> Wave:
    wave = np.zeros(times(seconds).size)
    for at in rng.uniform(0, seconds, round(seconds * rng.uniform(30, 130))):
        t = times(0.03)
        low = rng.uniform(600, 1800)
        clap = coloured(rng, t.size, low, low * 2.5) * _decay(t, 0.005, 0.001)
        lay(wave, at, clap * rng.uniform(0.3, 1))
    return wave


def _helicopter(rng: np.random.Generator, seconds: float) -> Wave:
    t = times(seconds)
    rate = rng.uniform(9, 15)
    pulse = (0.5 + 0.5 * np.cos(2 * np.pi * rate * t)) ** rng.uniform(2, 8)
    wave = coloured(rng, t.size, 40, rng.uniform(250, 700)) * (0.15 + pulse)
    whine = np.sin(2 * np.pi * rng.uniform(500, 1500) * t) * rng.uniform(0, 0.08)
    return np.asarray(wave + whine)


def _fire(rng: np.random.Generator, seconds: float) -> Wave:
    t = times(seconds)
    wave = coloured(rng, t.size, 40, rng.uniform(200, 500)) * rng.uniform(0.2, 0.6)
    wave += coloured(rng, t.size, 500, 4000) * 0.05
    for at in rng.uniform(0, seconds, round(seconds * rng.uniform(8, 40))):
        short = times(0.012)
        snap = coloured(rng, short.size, 800, 7500) * _decay(short, 0.0015, 0.0003)
        lay(wave, at, snap * rng.lognormal(0, 0.7))
    return wave


NOISES: dict[str, Callable[[np.random.Generator, float], Wave]] = {
    "bell": _bell,
    "dog": _dog,
    "rain": _rain,
    "drum": _drum,
    "car_horn": _car_horn,
    "train": _train,
    "clock": _clock,
    "bird": _bird,
    "siren": _siren,
    "waves": _waves,
    "applause": _applause,
    "helicopter": _helicopter,
    "fire": _fire,
}
"""For each event that is no music what makes some seconds of it."""
