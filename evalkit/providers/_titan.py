"""What the Titan models share: one input a call, and texts that the service counts as too long.

They have no option that truncates, and no tokenizer of theirs is public. A text that may fit is
sent whole; where the service counts too many tokens and says so, it is cut in that proportion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal

from evalkit.core.protocols import Embedded, Role
from evalkit.providers._bedrock import Bedrock, Reply
from evalkit.providers._calls import Call, Outcome, Piece, Rejected
from evalkit.providers._filing import Parameters
from evalkit.providers._gathering import Gathering
from evalkit.providers._parts import text_of
from evalkit.providers._pieces import text_pieces

_CUTS = 4
_MARGIN = 0.97
_LIMIT_AND_COUNT = (
    re.compile(r"max\w* input tokens\D+([\d,]+)\D+([\d,]+)", re.I),
    re.compile(r"maxlength\D+([\d,]+)\D+([\d,]+)", re.I),
)

_Long = dict[tuple[int, str], list[list[Piece]]]
"""Item and the service's sentence -> for each text that was too long, the parts to send instead."""


@dataclass(frozen=True, kw_only=True)
class Titan(Bedrock):
    """A Titan embedding model; subclasses say how one piece is asked for (`embed_one`)."""

    nested: ClassVar[Literal["yes", "no", "unknown"]] = "unknown"

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return the region and what is done with a text that is too long; there is no purpose."""
        return {"any": self.place, "long": {"overflow": role.overflow}}

    def embed_one(self, piece: Piece, dim: int) -> Embedded:
        """Ask for one piece, once; raises Transient, Rejected or ProviderError, see `_calls`."""
        raise NotImplementedError

    def outcomes(
        self, pieces: Sequence[Piece], role: Role, dim: int, whole: Gathering
    ) -> Iterator[Outcome]:
        """Yield what came of pieces; what the service counts as too long is cut and sent again."""
        waiting = list(pieces)
        for cuts in reversed(range(_CUTS + 1 if role.overflow != "error" else 1)):
            long: _Long = {}
            sending = partial(self._send_or_cut, role=role, dim=dim, long=long if cuts else None)
            calls, waiting = [(piece,) for piece in waiting], []
            for outcome in self._engine.run(calls, sending):
                cut = long.get((outcome.index, getattr(outcome, "reason", "")))
                if not cut:
                    yield outcome
                    continue
                parts = cut.pop()
                waiting += parts
                whole.expect(outcome.index, len(parts) - 1)

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Ask for each piece, once."""
        return [self.embed_one(piece, dim) for piece in call]

    def _send_or_cut(
        self, call: Call, role: Role, dim: int, long: _Long | None
    ) -> Sequence[Outcome]:
        """Ask for one piece; where it is too long, note its parts under what the service said."""
        try:
            return self.send(call, role, dim)
        except Rejected as e:
            share = _fitting_share(e.reason)
            if share is None or long is None:
                raise
            parts = shorter(call[0], role, share)
            if parts:
                long.setdefault((call[0].index, e.reason), []).append(parts)
            raise


def tokens_of(reply: Reply) -> int | None:
    """Return how many tokens the service counted, None where it does not say."""
    count: Any = reply.body.get("inputTextTokenCount")
    return count if type(count) is int else reply.tokens


def shorter(piece: Piece, role: Role, share: float) -> list[Piece]:
    """Return a piece with its text cut to about a share of it, by the rule of `role.overflow`.

    Whatever else the item holds goes with every part of the text. Empty where nothing can be cut.
    """
    text = text_of(piece.item)
    rest = tuple(part for part in piece.item.parts if not isinstance(part, str))
    most = max(1, int(len(text) * share))
    parts = text_pieces(piece.index, piece.item.with_content(text), role, most_chars=most)
    return [_rejoined(piece, part, rest) for part in parts if isinstance(part, Piece)]


def _rejoined(whole: Piece, part: Piece, rest: tuple[Any, ...]) -> Piece:
    """Return a part of a text with the item's media, its span counted from the item's beginning."""
    span = part.span
    if span and whole.span:
        span = (span[0] + whole.span[0], span[1] + whole.span[0])
    item = part.item.with_content((text_of(part.item), *rest)) if rest else part.item
    truncated = whole.truncated or part.truncated
    return replace(part, item=item, span=span or whole.span, truncated=truncated)


def _fitting_share(reason: str) -> float | None:
    """Return which share of a text would fit, from the service's sentence; None for others."""
    for pattern in _LIMIT_AND_COUNT:
        if found := pattern.search(reason):
            limit, count = (int(number.replace(",", "")) for number in found.groups())
            return _MARGIN * limit / count if 0 < limit < count else None
    return 0.5 if "too many input tokens" in reason.lower() else None
