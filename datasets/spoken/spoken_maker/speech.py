"""Speaks a sentence with espeak-ng, a program of its own, and brings it to 16 kHz FLAC."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .plan import SPEEDS, Rendering

RATE = 16_000
LOUDNESS = 70
"""Of 100, the program's own default, at which some voices are clipped."""
STEP = 1 / 1024
"""Samples are rounded to 11 bits, which halves the files; the noise lies 50 dB below the speech."""


def installed() -> bool:
    """Return whether espeak-ng is there."""
    return shutil.which("espeak-ng") is not None


def speak(one: Rendering) -> np.ndarray:
    """Return a rendering as mono samples at 16 kHz, float64 (n,), in -1..1."""
    import soundfile
    from scipy.signal import resample_poly

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "speech.wav"
        manner = ["-v", one.voice.name, "-s", str(SPEEDS[one.speed]), "-a", str(LOUDNESS)]
        command = ["espeak-ng", *manner, "-w", str(path), one.sentence.text]
        subprocess.run(command, check=True, capture_output=True)
        samples, rate = soundfile.read(path)
    common = np.gcd(rate, RATE)
    even = resample_poly(samples, RATE // common, rate // common)
    return np.round(np.clip(even, -1.0, 1.0 - STEP) / STEP) * STEP


def encode(samples: np.ndarray) -> bytes:
    """Return samples as the bytes of a 16-bit FLAC file."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="FLAC", subtype="PCM_16", compression_level=1.0)
    return file.getvalue()
