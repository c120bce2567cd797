"""Recordings made longer or shorter at the same pitch."""

from __future__ import annotations

import numpy as np

from evalkit.core.arrays import Float32

_FRAME = 0.04
_SEARCH = 0.01
"""Seconds of a frame, and by how much its place may move to fit what went before."""


def stretched(samples: Float32, rate: int, tempo: float) -> Float32:
    """Return sound `tempo` times as fast at the same pitch, float32 (round(n / tempo),).

    samples: float32 (n,), `rate` a second. Overlapping frames of 40 ms are laid at another
    distance, each moved by up to 10 ms to where it continues the last one best: W. Verhelst and
    M. Roelands, An overlap-add technique based on waveform similarity (WSOLA), ICASSP 1993.
    """
    hop = max(2, round(_FRAME * rate / 2))
    reach = max(1, round(_SEARCH * rate))
    length = round(len(samples) / tempo)
    window = np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    rest = np.zeros(3 * hop + 2 * reach, np.float32)
    padded = np.concatenate([np.zeros(hop + reach, np.float32), samples, rest])
    out = np.zeros(length + 3 * hop, np.float32)
    at = reach  # of the last frame in `padded`; the first is half silence, as its window rises
    for number in range(length // hop + 2):
        if number:
            wish = min(round(number * hop * tempo), len(samples) + hop)
            wanted = padded[at + hop : at + 3 * hop]
            at = wish + _best(padded[wish : wish + 2 * (hop + reach)], wanted)
        out[number * hop : (number + 2) * hop] += window * padded[at : at + 2 * hop]
    return out[hop : hop + length]


def _best(place: Float32, wanted: Float32) -> int:
    """Return from where in a stretch of sound it is most like what is wanted."""
    from scipy.signal import correlate

    if not place.any() or not wanted.any():
        return (len(place) - len(wanted)) // 2
    return int(np.argmax(correlate(place, wanted, "valid", "fft")))
