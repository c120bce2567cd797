"""Scans pages with too few pixels an inch."""

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

_DPI = (0, 150, 120, 96, 72, 50)


@plugin("probes", "low_dpi")
@dataclass(frozen=True, slots=True)
class LowDpi:
    """Brings pages down to 150, 120, 96, 72 or 50 pixels an inch, and back to their pixels.

    Down by averaging, as a sensor does, and up by cubic interpolation, so that a page keeps its
    size. 150 is what offices send by mail, 96 and 72 are screenshots; levels of evalkit. A page
    that is a picture with fewer pixels an inch than that is left as it is. A changed page is a
    picture without a text layer. Raises DataError where a document cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Footnotes and the digits of small tables, from 96 dpi down."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with coarser pages, or None where it has no page that can be coarser."""
        if check_severity("low_dpi", severity) == 0:
            return item
        return change_pages(item, lambda page, dpi: _coarser(page, _DPI[severity] / dpi))


def _coarser(page: Image.Image, scale: float) -> Image.Image:
    """Return a page with its pixels reduced to a share of each side, at its own size."""
    from PIL import Image

    if scale >= 1:
        return page
    few = (max(1, round(page.width * scale)), max(1, round(page.height * scale)))
    small = page.resize(few, Image.Resampling.BOX)
    return small.resize(page.size, Image.Resampling.BICUBIC)
