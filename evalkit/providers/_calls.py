"""What is sent to a service at a time, what can come of it, and how trouble is sorted.

A service's provider cuts items into pieces and pieces into calls; `_flow` sends the calls. What
goes wrong is one of four kinds:

    configuration   ProviderError        stops the run at once and says which setting
    item            Rejected             this input cannot be embedded; the others can
    refused         Rejected(refused)    the content filter said no; never asked again
    transient       Transient            worth another attempt later
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Failed, Refused

Outcome = Embedded | Refused | Failed


@dataclass(frozen=True, slots=True)
class Piece:
    """What is sent for an item: the whole of it, or one part of a long one.

    index: the item's position in the batch. item: the item with the content that is sent. span:
    which part of the item that is, None for all of it. truncated: whether something was cut off
    before sending. tokens: an estimate, for a cap on tokens per minute.
    """

    index: int
    item: Item
    span: tuple[float, float] | None = None
    truncated: bool = False
    tokens: int = 0


Call = tuple[Piece, ...]
"""The pieces that one request carries."""
Send = Callable[[Call], Sequence[Outcome]]
"""Makes one attempt; raises Transient, Rejected or ProviderError."""


class Transient(Exception):
    """A failure that may pass: throttling, a timeout, a reset, an answer that makes no sense.

    after: seconds that the service asked to wait, None where it did not. throttled: whether it
    asked for fewer calls.
    """

    def __init__(self, reason: str, *, after: float | None = None, throttled: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.after, self.throttled = reason, after, throttled


class Rejected(Exception):
    """The service will not embed (one of) the pieces of a call, however often it is asked."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.refused = reason, refused


def answer(
    piece: Piece,
    values: object,
    dim: int,
    *,
    kind: str = "whole",
    span: tuple[float, float] | None = None,
    tokens: int | None = None,
    truncated: bool = False,
    request_id: str = "",
    served: str = "",
) -> Embedded:
    """Return a service's vector for a piece; raises Transient where it is none.

    values: the numbers as the service gave them, expected to be `dim` finite ones that are not all
    zero. The other parameters are those of `Embedded`; span and truncated add to the piece's own.
    """
    try:
        vector = np.asarray(values, np.float32)
    except (TypeError, ValueError) as e:
        raise Transient("the service answered something that is no vector.") from e
    if vector.shape != (dim,):
        raise Transient(f"the service answered {vector.size} values where {dim} were expected.")
    if not np.isfinite(vector).all():
        raise Transient("the service answered a vector with NaN or infinity in it.")
    norm = float(np.linalg.norm(vector.astype(np.float64)))
    if norm == 0:
        raise Transient("the service answered a vector of zeros.")
    return Embedded(
        piece.index,
        vector,
        norm,
        kind=kind,
        span=span or piece.span,
        tokens=tokens,
        truncated=truncated or piece.truncated,
        request_id=request_id,
        served=served,
    )


def complete(outcomes: Sequence[Outcome], call: Call) -> Sequence[Outcome]:
    """Return the outcomes of a call; raises Transient where a piece has none."""
    if len(outcomes) < len(call) or {o.index for o in outcomes} != {p.index for p in call}:
        raise Transient(
            f"the service answered {len(outcomes)} vectors for {len(call)} inputs, or for others."
        )
    return outcomes


def in_calls(pieces: Iterable[Piece | Failed], most: int, most_tokens: int = 0) -> list[Call]:
    """Return pieces in calls of at most `most` pieces and, where given, `most_tokens` tokens.

    What is Failed already makes no call and is left out.
    """
    calls: list[Call] = []
    held: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, Failed):
            continue
        tokens = sum(p.tokens for p in held) + piece.tokens
        if held and (len(held) == most or (most_tokens and tokens > most_tokens)):
            calls.append(tuple(held))
            held = []
        held.append(piece)
    return [*calls, tuple(held)] if held else calls
