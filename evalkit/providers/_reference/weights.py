"""The fitted numbers: read from one file that must match its published hash."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
FILE = "weights.npz"
HASH = "weights.sha256"


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


STORED = {"text_rarity": np.uint8, "text_map": np.int8, "image_map": np.int16}


def load(folder: Path = FOLDER) -> tuple[Weights, str]:
    """The weights in a folder and their SHA-256.

    Raises:
        ValueError: the file does not have the hash that lies beside it.
    """
    content = (folder / FILE).read_bytes()
    expected = (folder / HASH).read_text(encoding="ascii").split()[0]
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise ValueError(
            f"{folder / FILE}: its SHA-256 is {digest[:12]}..., expected {expected[:12]}...;"
            " restore the file or refit it with python -m evalkit.providers._reference.fit"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        stored = {name: arrays[name] for name in arrays.files}
    rarity = stored.pop("text_rarity").astype(np.int64)
    return Weights(rarity, **{k: v.astype(np.float64) for k, v in stored.items()}), digest


def save(weights: Weights, folder: Path = FOLDER) -> str:
    """Write the weights and their SHA-256 into a folder; the hash."""
    arrays = {field.name: getattr(weights, field.name) for field in fields(weights)}
    packed = {name: array.astype(STORED.get(name, array.dtype)) for name, array in arrays.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **packed)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    (folder / FILE).write_bytes(buffer.getvalue())
    (folder / HASH).write_text(f"{digest}  {FILE}\n", encoding="ascii")
    return digest
