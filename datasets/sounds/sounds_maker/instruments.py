"""Single notes and short solo phrases of eight instruments."""

from dataclasses import dataclass

import numpy as np

from .synth import RATE, Rng, Wave, add, arch, axis, glide, hiss, ring, silence

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Voice:
    """How an instrument sounds: overtones, attack, decay (0: sustained), vibrato, breath, range."""

    overtones: tuple[float, ...]
    attack: float
    decay: float
    vibrato: float
    breath: float
    low: int
    high: int


VOICES = {
    "flute": Voice((1, 0.28, 0.1, 0.03), 0.07, 0, 0.006, 0.05, 67, 88),
    "violin": Voice(
        (1, 0.8, 0.7, 0.6, 0.5, 0.42, 0.35, 0.3, 0.2, 0.15), 0.1, 0, 0.012, 0.02, 57, 84
    ),
    "guitar": Voice((1, 0.7, 0.5, 0.35, 0.22, 0.15, 0.1), 0.004, 0.55, 0, 0, 45, 72),
    "trumpet": Voice((0.6, 0.9, 1, 0.8, 0.6, 0.45, 0.3, 0.2), 0.03, 0, 0.004, 0.01, 58, 80),
    "piano": Voice((1, 0.55, 0.3, 0.2, 0.12, 0.08), 0.003, 0.9, 0, 0, 43, 84),
    "organ": Voice((1, 0.8, 0.5, 0.6, 0, 0.35, 0, 0.3), 0.015, 0, 0.002, 0, 45, 79),
    "xylophone": Voice((1, 0, 0.5, 0.12), 0.001, 0.16, 0, 0, 69, 93),
    "synth": Voice((1, 0.5, 0.33, 0.25, 0.2, 0.17, 0.14), 0.004, 0.18, 0, 0, 45, 76),
    "bass": Voice((1, 0.5, 0.15), 0.006, 0.5, 0, 0, 28, 52),
}
SOLOISTS = ("flute", "violin", "guitar", "trumpet", "piano", "organ", "xylophone", "drum")


def hertz(midi: float) -> float:
    """Return the frequency of a MIDI note number."""
    return float(440 * 2 ** ((midi - 69) / 12))


def _sustained(voice: Voice, midi: float, seconds: float, rng: Rng) -> Wave:
    """Return a blown, bowed or piped note."""
    t = axis(seconds)
    sway = voice.vibrato * np.sin(2 * np.pi * rng.uniform(4.6, 6.2) * t) * np.minimum(1, t / 0.3)
    kept = [a for k, a in enumerate(voice.overtones, 1) if hertz(midi) * k < 0.45 * RATE]
    tone = glide(hertz(midi) * (1 + sway), kept)
    return (tone + voice.breath * hiss(rng, seconds, 800, 6000)) * arch(len(t), voice.attack, 0.06)


def play(name: str, midi: float, seconds: float, rng: Rng) -> Wave:
    """Return one note of an instrument; a drum ignores the pitch."""
    if name == "drum":
        return beat("tom" if midi < 60 else "snare", rng)
    voice = VOICES[name]
    if not voice.decay:
        return _sustained(voice, midi, seconds, rng)
    stretch = 3e-4 if name == "piano" else 0.0
    ratios = [k * (1 + stretch * k * k) for k in range(1, len(voice.overtones) + 1)]
    decay = voice.decay * 2 ** ((60 - midi) / 24)
    tone = ring(seconds, hertz(midi), ratios, voice.overtones, decay)
    return tone * arch(len(tone), voice.attack, 0.03)


def beat(kind: str, rng: Rng) -> Wave:
    """Return one stroke of a kit: kick, tom, snare or hat."""
    if kind == "hat":
        return 0.35 * hiss(rng, 0.06, 5000, 7800) * np.exp(-axis(0.06) / 0.015)
    if kind == "snare":
        rattle = hiss(rng, 0.16, 900, 6000) * np.exp(-axis(0.16) / 0.04)
        return 0.5 * rattle + 0.5 * ring(0.16, 190, (1, 1.6), (1, 0.5), 0.05)
    low = 52.0 if kind == "kick" else float(rng.uniform(90, 120))
    curve = low * (1 + 1.2 * np.exp(-axis(0.25) / 0.02))
    return glide(curve, (1, 0.2)) * np.exp(-axis(0.25) / 0.08)


def _drum_solo(rng: Rng, seconds: float) -> Wave:
    """Return a pattern of toms and snare with fills."""
    gap, out = float(rng.uniform(0.12, 0.19)), silence(seconds)
    pattern = rng.choice(["kick", "tom", "snare", "hat", ""], 8, p=[0.2, 0.25, 0.2, 0.15, 0.2])
    pattern[0] = "kick"
    for number in range(int((seconds - 0.2) / gap)):
        name = str(pattern[number % 8]) if rng.uniform() < 0.88 else "snare"
        if name:
            add(out, beat(name, rng), 0.04 + number * gap, rng.uniform(0.6, 1))
    return out


def solo(name: str, rng: Rng, seconds: float) -> Wave:
    """Return a short improvised phrase on one instrument."""
    if name == "drum":
        return _drum_solo(rng, seconds)
    voice, out = VOICES[name], silence(seconds)
    scale = MAJOR if rng.uniform() < 0.5 else MINOR
    root, step = int(rng.integers(voice.low, voice.high - 12)), int(rng.integers(0, 7))
    unit, at = float(rng.uniform(0.16, 0.34)), 0.04
    while at < seconds - 0.3:
        length = unit * float(rng.choice([1, 1, 2, 3]))
        midi = root + 12 * (step // 7) + scale[step % 7]
        add(out, play(name, midi, min(length * 1.05, seconds - at), rng), at, rng.uniform(0.7, 1))
        step = int(np.clip(step + rng.integers(-3, 4), 0, 9))
        at += length
    return out
