"""Another sample rate for sound of any length, block by block, as if it were done at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache

import numpy as np

from evalkit.core.arrays import Float32

_FINEST = 4096
"""Rates that have no common measure are taken as the nearest fraction of this denominator."""
_AT_ONCE = 1 << 15
_REACH = 10
"""Zero crossings of the low-pass filter on either side, as in `scipy.signal.resample_poly`."""


def regrouped(blocks: Iterable[Float32], size: int) -> Iterator[Float32]:
    """Yield the same rows in blocks of `size`, a shorter one last; at most one block is held.

    blocks: float32, (n,) or (n, channels) each, of any lengths.
    """
    held: list[Float32] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block)
        if count < size:
            continue
        whole = np.concatenate(held)
        full = count - count % size
        for start in range(0, full, size):
            yield whole[start : start + size]
        held, count = [whole[full:].copy()], count - full
    if count:
        yield np.concatenate(held)


def resampled(blocks: Iterable[Float32], have: int, want: int) -> Iterator[Float32]:
    """Yield sound of `have` samples a second as sound of `want` samples a second.

    blocks: float32, (n,) or (n, channels). n samples become ceil(n x want / have). Where the two
    rates have no common measure the ratio is off by less than 1 in 10 million. The filter is the
    Kaiser-windowed low-pass of `scipy.signal.resample_poly`, and blocks overlap by its length, so
    that the result does not depend on where they were cut.
    """
    if have == want:
        yield from blocks
        return
    ratio = Fraction(want, have).limit_denominator(_FINEST)
    if want > have:
        ratio = 1 / Fraction(have, want).limit_denominator(_FINEST)
    yield from _converted(blocks, ratio.numerator, ratio.denominator)


def _converted(blocks: Iterable[Float32], up: int, down: int) -> Iterator[Float32]:
    """Yield `up` samples for every `down`."""
    from scipy.signal import resample_poly

    margin = down * math.ceil(_REACH * max(up, down) / up / down)
    step = down * math.ceil(max(_AT_ONCE, 2 * margin) / down)
    edge = margin * up // down
    held: Float32 | None = None
    for block in regrouped(blocks, step):
        held = _silence(margin, block) if held is None else held
        held = np.concatenate([held, block])
        if len(held) < step + 2 * margin:
            continue
        out = resample_poly(held[: step + 2 * margin], up, down, window=_filter(up, down))
        yield out[edge : edge + step * up // down]
        held = held[step:]
    if held is not None:
        rest = math.ceil((len(held) - margin) * up / down)
        padded = np.concatenate([held, _silence(margin, held)])
        yield resample_poly(padded, up, down, window=_filter(up, down))[edge : edge + rest]


def _silence(rows: int, like: Float32) -> Float32:
    """Return zeros of so many rows, with the channels of another block."""
    return np.zeros((rows, *like.shape[1:]), np.float32)


@lru_cache(maxsize=8)
def _filter(up: int, down: int) -> Float32:
    """Return the taps of the low-pass filter, float32 (2 x reach x max(up, down) + 1,)."""
    from scipy.signal import firwin

    widest = max(up, down)
    taps = firwin(2 * _REACH * widest + 1, 1 / widest, window=("kaiser", 5.0))
    return np.asarray(taps, np.float32)
