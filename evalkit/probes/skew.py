"""Lays pages askew, as they come out of a feeder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._pages import change_pages, is_white
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_DEGREES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)


@plugin("probes", "skew")
@dataclass(frozen=True, slots=True)
class Skew:
    """Turns pages about their middle by 0.5, 1, 2, 4 or 8 degrees, left or right by chance.

    The page keeps its size; what comes in from outside is white, and corners are lost. Levels of
    evalkit: feeders of scanners are specified at up to one degree, hands on a glass do the rest.
    A changed page is a picture without a text layer. Raises DataError where a document cannot be
    read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing a reader needs; at 8 degrees corners of the page are lost."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with its pages askew, or None where it has no page or only blank ones."""
        if check_severity("skew", severity) == 0:
            return item
        degrees = _DEGREES[severity] * (1 if ctx.rng.random() < 0.5 else -1)
        return change_pages(item, lambda page, _: _turned(page, degrees))


def _turned(page: Image.Image, degrees: float) -> Image.Image:
    """Return a page turned on a white ground; a white page is left as it is."""
    from PIL import Image

    if is_white(page):
        return page
    return page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="white")
