"""The fitted reader of letters: how much a piece of ink looks like each letter."""

from __future__ import annotations

import hashlib
import io
import unicodedata
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FOLDER = Path(__file__).parent
FILE, HASH = "reading.npz", "reading.sha256"
GLYPHS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    ".,-:;/()%$&'+=€£áàâäãéèêíóòôöõúùûüñçßÄÖÜ"
)
"""What the classifier tells apart."""
SIGNS = " 0123456789abcdefghijklmnopqrstuvwxyzß"
"""What it says: letters without case and accent, and a space for everything else."""
LEVELS = 63
"""The most that a comparison gives: sums of 2048 of them by 8 bits stay exact in 24 bits."""
FULL = 1000
"""The score of a perfect letter."""
AT_ONCE = 512
"""Windows that are compared at once, so that what they give stays near the processor."""


def sign(glyph: str) -> str:
    """The sign that a glyph is read as."""
    if not glyph.isalnum():
        return " "
    return "ß" if glyph == "ß" else unicodedata.normalize("NFKD", glyph.casefold())[0]


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Comparisons of a window with training windows, and a linear map of what they give."""

    compare: Floats
    """Integers -7 to 7 (window, h) stored as int8."""
    start: Floats
    """Where each comparison begins to count, integers (h,)."""
    gain: Floats
    """LEVELS by the width of its range (h,)."""
    map: Floats
    """Integers (h, outputs) stored as int8."""
    unit: Floats
    """What one unit of the map is worth, of FULL (outputs,)."""

    def hidden(self, windows: Floats) -> Floats:
        """The comparisons (n, h) of windows (n, window), whole numbers 0 to LEVELS."""
        met: Floats = windows @ self.compare
        met -= self.start
        met *= self.gain
        np.clip(met, 0, LEVELS, out=met)
        return np.floor(met, out=met)

    def values(self, windows: Floats) -> Floats:
        """Whole numbers (n, outputs), FULL for a match, of windows (n, window) of integers."""
        found = np.empty((len(windows), self.unit.size), dtype=np.float32)
        for start in range(0, len(windows), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            found[part] = np.rint((self.hidden(windows[part]) @ self.map) * self.unit)
        return found


class Reader(NamedTuple):
    """What tells the letters, and what tells whether a cut lies between two of them."""

    letters: Comparisons
    """From `reading_cuts.windows` to GLYPHS."""
    cuts: Comparisons
    """From `reading_cuts.beside` to one number."""

    def scores(self, windows: Floats) -> NDArray[np.int64]:
        """The score of each sign for windows (n, window); (n, signs), exact."""
        glyphs = self.letters.values(windows)
        found = [glyphs[:, members].max(1) for members in _members()]
        return np.stack(found, axis=1).clip(0, FULL).astype(np.int64)


@cache
def _members() -> tuple[NDArray[np.int64], ...]:
    """For each sign the places of its glyphs."""
    signs = np.array([sign(glyph) for glyph in GLYPHS])
    return tuple(np.flatnonzero(signs == one) for one in SIGNS)


_STORED = {"compare": np.int8, "map": np.int8}


@cache
def load(folder: Path = FOLDER) -> tuple[Reader, str]:
    """The fitted reader in a folder and its SHA-256.

    Raises:
        ValueError: the file does not have the hash that lies beside it.
    """
    content = (folder / FILE).read_bytes()
    expected = (folder / HASH).read_text(encoding="ascii").split()[0]
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise ValueError(
            f"{folder / FILE}: its SHA-256 is {digest[:12]}..., expected {expected[:12]}...;"
            " restore the file or refit it with"
            " python -m evalkit.providers._reference.reading_fit"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        stored = {name: arrays[name].astype(np.float32) for name in arrays.files}
    return Reader(*(_part(stored, name) for name in Reader._fields)), digest


def _part(stored: dict[str, Floats], name: str) -> Comparisons:
    """One part of the reader from arrays whose names begin with its own."""
    start = f"{name}_"
    found = {key: stored[key] for key in stored if key.startswith(start)}
    return Comparisons(**{key.removeprefix(start): array for key, array in found.items()})


def save(reader: Reader, folder: Path = FOLDER) -> str:
    """Write the fitted reader and its SHA-256 into a folder; the hash."""
    packed = {
        f"{name}_{key}": array.astype(_STORED.get(key, array.dtype))
        for name, part in reader._asdict().items()
        for key, array in asdict(part).items()
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **packed)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / FILE).write_bytes(buffer.getvalue())
    (folder / HASH).write_text(f"{digest}  {FILE}\n", encoding="ascii")
    return digest
