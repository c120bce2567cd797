"""Building blocks of sound: time axes, shaped noise, decaying partials, mixing."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Wave = NDArray[np.float64]
Rng = np.random.Generator
Strengths = Sequence[float] | Wave


def generator(*names: object) -> Rng:
    """Return a random generator that depends on the given names alone."""
    digest = hashlib.sha256("\0".join(map(str, names)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def silence(seconds: float) -> Wave:
    """Return zeros."""
    return np.zeros(round(seconds * RATE))


def axis(seconds: float) -> Wave:
    """Return the time of every sample in seconds."""
    return np.arange(round(seconds * RATE)) / RATE


def band(samples: Wave, low: float, high: float) -> Wave:
    """Return the part of a sound between two frequencies in hertz, with soft edges."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    below = 1 / (1 + (low / np.maximum(hertz, 1e-3)) ** 6)
    above = 1 / (1 + (hertz / high) ** 6)
    return np.fft.irfft(spectrum * below * above, len(samples))


def hiss(rng: Rng, seconds: float, low: float, high: float) -> Wave:
    """Return noise between two frequencies with a root mean square of one."""
    noise = band(rng.standard_normal(round(seconds * RATE)), low, high)
    return noise / max(float(np.sqrt(np.mean(noise**2))), 1e-9)


def pink(rng: Rng, seconds: float) -> Wave:
    """Return noise with equal power in every octave from 60 Hz on, root mean square of one."""
    spectrum = np.fft.rfft(rng.standard_normal(round(seconds * RATE)))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    weight = np.where(hertz < 60, 0, np.maximum(hertz, 60) ** -0.5)
    noise = np.fft.irfft(spectrum * weight, round(seconds * RATE))
    return noise / max(float(np.sqrt(np.mean(noise**2))), 1e-9)


def glide(hertz: Wave, overtones: Sequence[float] = (1.0,)) -> Wave:
    """Return a tone that follows a frequency curve, with overtones of the given strengths."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    total = np.zeros_like(phase)
    for number, strength in enumerate(overtones, 1):
        total += strength * np.sin(number * phase)
    return total


def ring(
    seconds: float, hertz: float, ratios: Strengths, strengths: Strengths, decay: float
) -> Wave:
    """Return partials that die away, the higher the sooner; decay is in seconds."""
    t = axis(seconds)
    total = np.zeros_like(t)
    for ratio, strength in zip(ratios, strengths, strict=True):
        if hertz * ratio < 0.45 * RATE:
            fade = np.exp(-t * ratio**0.5 / decay)
            total += strength * fade * np.sin(2 * np.pi * hertz * ratio * t)
    return total


def arch(count: int, attack: float, release: float) -> Wave:
    """Return an envelope of `count` samples that rises and falls in the given seconds."""
    t = np.arange(count) / RATE
    rise = np.minimum(1, (t + 1 / RATE) / max(attack, 1e-4))
    fall = np.minimum(1, (t[::-1] + 1 / RATE) / max(release, 1e-4))
    return np.minimum(rise, fall)


def add(target: Wave, piece: Wave, at: float, gain: float = 1.0) -> None:
    """Mix a piece into a longer sound from a time in seconds on; what hangs over is cut."""
    start = round(at * RATE)
    if start >= len(target):
        return
    room = len(target) - start
    target[start : start + room][: len(piece)] += gain * piece[:room]


def level(samples: Wave, peak: float) -> Wave:
    """Return a sound scaled to a peak, its first and last 10 ms faded."""
    loudest = float(np.max(np.abs(samples)))
    faded = samples * arch(len(samples), 0.01, 0.01)
    return faded * (peak / max(loudest, 1e-9))
