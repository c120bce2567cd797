"""The fitted numbers: read from files that must match their published hashes."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
FILE, SENSES_FILE = "weights.npz", "senses.npz"
HASH, SENSES_HASH = "weights.sha256", "senses.sha256"


@dataclass(frozen=True, slots=True)
class Weights:
    """Linear maps from features to concepts; each map holds integers with a gain a row."""

    text_rarity: NDArray[np.int64]
    """How rare each text feature is, in sixteenths; (SLOTS,) stored as uint8."""
    text_map: NDArray[np.float64]
    """Concepts and details x text features; (c + d, SLOTS) stored as int8."""
    text_gain: NDArray[np.float64]
    """What one unit of each row of the text map is worth; (c + d,)."""
    image_mean: NDArray[np.float64]
    """Mean of each image feature; (f,)."""
    image_scale: NDArray[np.float64]
    """Deviation of each image feature; (f,)."""
    image_map: NDArray[np.float64]
    """Concepts x image features; (c, f) stored as int16."""
    image_gain: NDArray[np.float64]
    """What one unit of each row of the image map is worth; (c,)."""


@dataclass(frozen=True, slots=True)
class Senses:
    """Linear maps to the concepts of sound and motion picture, as in `Weights`."""

    text_map: NDArray[np.float64]
    """Concepts x text features; (s, SLOTS) stored as int8."""
    text_gain: NDArray[np.float64]
    """What one unit of each row of the text map is worth; (s,)."""
    sound_mean: NDArray[np.float64]
    """Mean of each sound feature; (f,)."""
    sound_scale: NDArray[np.float64]
    """Deviation of each sound feature; (f,)."""
    sound_map: NDArray[np.float64]
    """Concepts x sound features; (s, f) stored as int16."""
    sound_gain: NDArray[np.float64]
    """What one unit of each row of the sound map is worth; (s,)."""
    sight_mean: NDArray[np.float64]
    """Mean of each feature of a film: of its stills, its background and its motion; (g,)."""
    sight_scale: NDArray[np.float64]
    """Deviation of each feature of a film; (g,)."""
    sight_map: NDArray[np.float64]
    """Concepts x features of a film; (s, g) stored as int16."""
    sight_gain: NDArray[np.float64]
    """What one unit of each row of the film map is worth; (s,)."""


Fitted = TypeVar("Fitted", Weights, Senses)
STORED = {
    "text_rarity": np.uint8,
    "text_map": np.int8,
    "image_map": np.int16,
    "sound_map": np.int16,
    "sight_map": np.int16,
}


def load(folder: Path = FOLDER) -> tuple[Weights, str]:
    """The weights of texts and pictures in a folder and their SHA-256.

    Raises:
        ValueError: the file does not have the hash that lies beside it.
    """
    stored, digest = _read(folder, FILE, HASH)
    rarity = stored.pop("text_rarity").astype(np.int64)
    return Weights(rarity, **_floats(stored)), digest


def load_senses(folder: Path = FOLDER) -> tuple[Senses, str]:
    """The weights of sounds and films in a folder and their SHA-256; raises as `load` does."""
    stored, digest = _read(folder, SENSES_FILE, SENSES_HASH)
    return Senses(**_floats(stored)), digest


def save(weights: Fitted, folder: Path = FOLDER) -> str:
    """Write the weights and their SHA-256 into a folder; the hash."""
    senses = isinstance(weights, Senses)
    file, beside = (SENSES_FILE, SENSES_HASH) if senses else (FILE, HASH)
    arrays = {field.name: getattr(weights, field.name) for field in fields(weights)}
    packed = {name: array.astype(STORED.get(name, array.dtype)) for name, array in arrays.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **packed)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / file).write_bytes(buffer.getvalue())
    (folder / beside).write_text(f"{digest}  {file}\n", encoding="ascii")
    return digest


def _read(folder: Path, file: str, beside: str) -> tuple[dict[str, NDArray[np.generic]], str]:
    """The arrays of a file and its SHA-256, which must be the one that lies beside it."""
    content = (folder / file).read_bytes()
    expected = (folder / beside).read_text(encoding="ascii").split()[0]
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise ValueError(
            f"{folder / file}: its SHA-256 is {digest[:12]}..., expected {expected[:12]}...;"
            " restore the file or refit it with python -m evalkit.providers._reference.fit"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}, digest


def _floats(stored: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float64]]:
    """The arrays as they are computed with: the column of a text feature lies in one piece."""
    return {
        name: array.astype(np.float64, order="F" if name == "text_map" else "C")
        for name, array in stored.items()
    }
