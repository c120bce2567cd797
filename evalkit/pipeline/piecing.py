"""Items taken apart before they are embedded, and their answers put together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evalkit.core.arrays import NO_DIRECTION
from evalkit.core.items import Item
from evalkit.core.protocols import Failed
from evalkit.core.systems import Piece, Prepare
from evalkit.ledger import Record
from evalkit.pipeline.sending import Answer
from evalkit.pipeline.ways import combine, pieces


@dataclass(frozen=True, slots=True)
class PieceItem(Item):
    """A piece as the item that a model is asked for; span: where in its owner it lies."""

    span: tuple[float, float] | None = None


def take_apart(item: Item, steps: tuple[Prepare, ...]) -> list[PieceItem]:
    """Return the pieces of an item after some steps, their ids derived from its own.

    Raises DataError where a step is for the item and leaves nothing of it.
    """
    found: list[Piece] = pieces(item, steps)
    if len(found) == 1 and found[0].span is None:
        return [PieceItem(item.id, found[0].content, item.tags)]
    return [
        PieceItem(f"{item.id}\0{n}", piece.content, item.tags, span=piece.span)
        for n, piece in enumerate(found)
    ]


def as_text(item: Item, apart: Sequence[PieceItem]) -> Item | None:
    """Return an item as the text that its pieces hold, None where they hold other things."""
    texts = [part for piece in apart for part in piece.parts]
    said = [part for part in texts if isinstance(part, str)]
    return item.with_content("\n".join(said)) if said and len(said) == len(texts) else None


def fold(
    apart: Mapping[str, Sequence[PieceItem]], said: Mapping[str, Answer], steps: tuple[Prepare, ...]
) -> dict[str, Answer]:
    """Return the answers of owners from those of their pieces.

    An item is lost with all its pieces, for the first one's reason; where some are lost it counts
    as truncated. Owners of whose pieces nothing is known, as in a dry run, are left out.
    """
    folded: dict[str, Answer] = {}
    for owner, parts in apart.items():
        answers = [(part, said[part.id]) for part in parts if part.id in said]
        records = [r for part, a in answers if isinstance(a, list) for r in _placed(part, a)]
        gone = [a for _, a in answers if not isinstance(a, list)]
        if records:
            cut = [replace(r, truncated=True) for r in records] if gone else records
            folded[owner] = _mean(cut) if combine(steps) == "mean" and len(cut) > 1 else cut
        elif gone:
            folded[owner] = gone[0]
    return folded


def _placed(part: PieceItem, records: Sequence[Record]) -> list[Record]:
    """Return a piece's vectors with the piece's place in its owner."""
    return [r if part.span is None else replace(r, span=part.span) for r in records]


def _mean(records: Sequence[Record]) -> Answer:
    """Return one vector: the mean of unit vectors, which stands for the whole item."""
    rows = np.stack([r.vector.astype(np.float64) / r.norm for r in records])
    vector = rows.mean(axis=0)
    length = float(np.sqrt((vector * vector).sum()))
    if length <= NO_DIRECTION:
        return Failed(0, f"the mean of its {len(records)} vectors is zero: it has no direction.")
    return [replace(records[0], vector=vector.astype(np.float32), norm=length, span=None)]
