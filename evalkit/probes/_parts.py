"""An item put together again from its parts, once a probe has worked on them."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.core.items import Item, Part


def with_parts(item: Item, parts: Sequence[Part]) -> Item | None:
    """Return an item with other parts in place of its own, None where all are the same as before.

    A mix stays one, and what has one part alone keeps it alone.
    """
    if all(new is old for new, old in zip(parts, item.parts, strict=True)):
        return None
    return item.with_content(tuple(parts) if isinstance(item.content, tuple) else parts[0])
