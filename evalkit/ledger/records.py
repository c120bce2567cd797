"""What the ledger keeps and tells: records, conflicts, jobs, sums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.core.arrays import Float32

KEY_BYTES = 32


@dataclass(slots=True, eq=False)
class Record:
    """One vector as it was answered. vector: float32 (dim,); norm: its length; see `Embedded`.

    chars: the characters of text behind this vector, 0 for none; estimated: the tokens that were
    expected. Both stand beside `tokens`, so that what a service reports corrects later estimates.
    A vector that was looked up is read-only. The class is not frozen, since that would make the
    records of a large ledger several times as slow to build.
    """

    vector: Float32
    norm: float
    kind: str = "whole"
    span: tuple[float, float] | None = None
    tokens: int | None = None
    truncated: bool = False
    request_id: str = ""
    attempts: int = 1
    seconds: float = 0.0
    served: str = ""
    chars: int = 0
    estimated: float = 0.0


@dataclass(frozen=True, slots=True)
class Conflict:
    """A model gave another vector for what it was asked before; the first one stays.

    cosine: how alike they are, the least of all parts; NaN where the number of parts differs.
    """

    key: bytes
    model: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Job:
    """A long job at a service. token: names it; handle: the service's own name, "" before that."""

    token: str
    handle: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What a model has used so far, summed over stored vectors.

    inputs: those stored. tokens: as the service counted them. seconds: of the average call. The
    others are sums over vectors with reported tokens: counted_for_chars and chars where characters
    are known, counted_for_estimate and estimated where an estimate is.
    """

    inputs: int
    tokens: int
    seconds: float
    counted_for_chars: int
    chars: int
    counted_for_estimate: int
    estimated: float

    @property
    def tokens_per_char(self) -> float | None:
        """Tokens for each character of text, as reported; None where nothing was."""
        return self.counted_for_chars / self.chars if self.chars else None

    @property
    def tokens_per_estimate(self) -> float | None:
        """Reported tokens for each estimated one; None where nothing was reported."""
        return self.counted_for_estimate / self.estimated if self.estimated else None


def key(
    model: str,
    revision: str,
    request: Mapping[str, object],
    dim: int,
    content: str,
    repeat: int = 0,
) -> bytes:
    """Return what a vector is filed under, 32 bytes.

    content: the item's digest, and the version of the conversion that it goes through if not the
    first.
    """
    parts = [model, revision, dict(request), dim, content, repeat]
    return hashlib.sha256(as_json(parts).encode()).digest()


def as_json(value: object) -> str:
    """Return a value as one line of JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
