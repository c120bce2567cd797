"""Cuts off the margins of pages, as a badly set copier does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._pages import change_pages
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_CUT = (0.0, 0.02, 0.04, 0.07, 0.10, 0.14)


@plugin("probes", "margin_crop")
@dataclass(frozen=True, slots=True)
class MarginCrop:
    """Cuts 2, 4, 7, 10 or 14 % of its width and height off every edge of a page.

    What is left keeps its scale, so that the page gets smaller. Usual margins are about 12 % of the
    width and 9 % of the height: the first three levels take headers and page numbers at most, the
    last takes letters from the ends of lines. Levels of evalkit. A changed page is a picture
    without a text layer. Raises DataError where a document cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Headers, page numbers, and at 14 % the ends of lines."
    changes: ClassVar[float] = 1.0

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with its pages cut, or None where it has no page."""
        if check_severity("margin_crop", severity) == 0:
            return item
        return change_pages(item, lambda page, _: _cut(page, _CUT[severity]))


def _cut(page: Image.Image, share: float) -> Image.Image:
    """Return a page without a share of its sides at each edge; at least a pixel is cut and left."""
    if min(page.size) < 3:
        return page
    x, y = (max(1, round(side * share)) for side in page.size)
    return page.crop((x, y, page.width - x, page.height - y))
