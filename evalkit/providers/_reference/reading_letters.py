"""The fitted reader of letters: how much a piece of ink looks like each letter."""

from __future__ import annotations

import hashlib
import io
import unicodedata
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

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


def sign(glyph: str) -> str:
    """The sign that a glyph is read as."""
    if not glyph.isalnum():
        return " "
    return "ß" if glyph == "ß" else unicodedata.normalize("NFKD", glyph.casefold())[0]


@dataclass(frozen=True, slots=True)
class Letters:
    """Comparisons of a window with training windows, and a linear map from them to glyphs."""

    compare: Floats
    """Integers -7 to 7 (window, h) stored as int8."""
    start: Floats
    """Where each comparison begins to count, integers (h,)."""
    gain: Floats
    """LEVELS by the width of its range (h,)."""
    map: Floats
    """Integers (h, glyphs) stored as int8."""
    unit: Floats
    """The score that one unit of the map is worth (glyphs,)."""

    def hidden(self, windows: Floats) -> Floats:
        """The comparisons (n, h) of windows (n, window), whole numbers 0 to LEVELS."""
        met: Floats = windows @ self.compare
        met -= self.start
        met *= self.gain
        np.floor(met, out=met)
        return np.clip(met, 0, LEVELS, out=met)

    def scores(self, windows: Floats) -> NDArray[np.int64]:
        """The score of each sign for windows (n, window) of integers; (n, signs), exact."""
        glyphs = np.rint((self.hidden(windows) @ self.map) * self.unit)
        found = [glyphs[:, members].max(1) for members in _members()]
        return np.stack(found, axis=1).clip(0, FULL).astype(np.int64)


@cache
def _members() -> tuple[NDArray[np.int64], ...]:
    """For each sign the places of its glyphs."""
    signs = np.array([sign(glyph) for glyph in GLYPHS])
    return tuple(np.flatnonzero(signs == one) for one in SIGNS)


_STORED = {"compare": np.int8, "map": np.int8}


@cache
def load(folder: Path = FOLDER) -> tuple[Letters, str]:
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
    return Letters(**stored), digest


def save(letters: Letters, folder: Path = FOLDER) -> str:
    """Write the fitted reader and its SHA-256 into a folder; the hash."""
    arrays = {field.name: getattr(letters, field.name) for field in fields(letters)}
    packed = {name: array.astype(_STORED.get(name, array.dtype)) for name, array in arrays.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **packed)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / FILE).write_bytes(buffer.getvalue())
    (folder / HASH).write_text(f"{digest}  {FILE}\n", encoding="ascii")
    return digest
