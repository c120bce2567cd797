"""Which pitches sound, how they follow each other, and landmarks that tell recordings apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .numbers import scramble
from .spectrum import LOWEST, SEMITONES, Floats, Ints, tones

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOTS = 1 << 15
"""How many kinds of landmark are counted."""
_CLEAR = 90
"""A pitch stands out where it is this many steps above the mean level of its moment."""
_NEAREST, _WITHIN = 6, 24
"""A peak is joined to this many later ones, at most so many frames away."""

semitones = tones


def groups(levels: Ints) -> list[Floats]:
    """Pitch statistics of a block from its semitone levels (frames, SEMITONES)."""
    above = np.maximum(levels - _mean(levels) - _CLEAR, 0)
    return [_register(above), _tonality(above), _melody(levels, above)]


def landmarks(levels: Ints) -> NDArray[np.int64]:
    """Slots (n,) of joined spectral peaks and of runs of notes, whatever the loudness."""
    frames, notes = _peaks(levels)
    found = [_words(*_runs(levels))]
    for step in range(1, _NEAREST + 1):
        apart = frames[step:] - frames[:-step]
        move = notes[step:] - notes[:-step]
        joined = (apart > 0) & (apart <= _WITHIN) & (np.abs(move) <= 24)
        first, move, apart = notes[:-step][joined], move[joined], apart[joined]
        found += [
            _words(first, move, apart // 2 * 2),
            _words(first, move, (apart + 1) // 2 * 2 + 1),
        ]
    return np.concatenate(found)


def _mean(levels: Ints) -> Ints:
    mean: Ints = levels.sum(1, keepdims=True) // levels.shape[1]
    return mean


def _register(above: Ints) -> Floats:
    """Shares of clear pitches in quarter octaves, and how clear pitches are (27,)."""
    padded = np.pad(above, ((0, 0), (0, -SEMITONES % 3))).sum(0)
    cells = padded.reshape(-1, 3).sum(1)
    clear = above.max(1)
    share = np.sqrt(cells / (cells.sum() + 1000.0))
    return np.array([*share, clear.sum() / (len(clear) * 512.0)])


def _tonality(above: Ints) -> Floats:
    """How pitch classes are shared out, whatever the key (7 + 12 + 2,)."""
    chroma = _chroma(above)
    total = chroma.sum(0)
    norm = float((total * total).sum()) + 1000.0
    turned = [float((total * np.roll(total, turn)).sum()) / norm for turn in range(1, 7)]
    shares = np.sort(total) / (total.sum() + 1000.0)
    steps = [np.abs(chroma[lag:] - chroma[:-lag]).sum() for lag in (2, 12)]
    return np.array([*turned, *shares, *(step / (2.0 * total.sum() + 1000.0) for step in steps)])


def _chroma(above: Ints) -> Ints:
    """Clear pitches (frames, 12) by pitch class."""
    chroma = np.zeros((len(above), 12), dtype=np.int64)
    for note in range(SEMITONES):
        chroma[:, (LOWEST + note) % 12] += above[:, note]
    return chroma


def _melody(levels: Ints, above: Ints) -> Floats:
    """Steps between successive leading notes, their number and how long they last (30,)."""
    leading = levels.argmax(1)[above.max(1) > 0]
    turns = np.flatnonzero(np.diff(leading)) + 1
    steps = np.clip(np.diff(leading)[turns - 1], -12, 12) + 12
    shares = np.sqrt(np.bincount(steps, minlength=25) / max(1, steps.size))
    lengths = np.diff(np.concatenate([[0], turns, [leading.size]]))
    lasting = [int((lengths > frames).sum()) / max(1, lengths.size) for frames in (2, 5, 10, 20)]
    return np.array([*shares, turns.size / (len(levels) + 1.0), *lasting])


def _peaks(levels: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames and notes of levels that are the highest near them, in order of time."""
    highest = levels
    for axis, reach in ((0, 3), (1, 2)):
        highest = _largest(highest, axis, reach)
    frames, notes = np.nonzero((levels == highest) & (levels > _mean(levels) + _CLEAR))
    return frames.astype(np.int64), notes.astype(np.int64)


def _largest(levels: Ints, axis: int, reach: int) -> Ints:
    """The largest level within `reach` places along an axis."""
    size = levels.shape[axis]
    wide = np.pad(levels, [(reach, reach) if side == axis else (0, 0) for side in (0, 1)])
    shifted = [np.take(wide, np.arange(k, k + size), axis) for k in range(2 * reach + 1)]
    largest: Ints = np.max(shifted, axis=0)
    return largest


def _runs(levels: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each three leading notes in a row: the first and the two steps, the last marked apart."""
    leading = levels.argmax(1)
    steady = leading[1:] == leading[:-1]
    held = leading[1:][steady]
    notes = held[np.flatnonzero(np.diff(held, prepend=-1))].astype(np.int64)
    first, second, third = notes[:-2], notes[1:-1], notes[2:]
    return first, second - first, 1000 + third - second


def _words(
    first: NDArray[np.int64], step: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.int64]:
    code = (first << 24) + ((step + 128) << 12) + last + 128
    return (scramble(code.astype(np.uint64)) % np.uint64(SLOTS)).astype(np.int64)
