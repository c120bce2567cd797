"""Lets another page shine through from the back of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._pages import change_pages, is_white, pages_of, sheet
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_THROUGH = (0.0, 0.05, 0.10, 0.15, 0.25, 0.35)
_BLUR = 1 / 200
"""Inches by which paper spreads what shines through, as a standard deviation."""


@plugin("probes", "bleed_through")
@dataclass(frozen=True, slots=True)
class BleedThrough:
    """Darkens pages by 5, 10, 15, 25 or 35 % of the ink of another page, mirrored.

    The other page is the first one of another item of the same side, drawn by chance, blurred by
    1/200 inch and fitted to the page. Levels of evalkit. A changed page is a picture without a text
    layer. Raises DataError where a document, or the one that is borrowed, cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing a reader needs; pale marks drown in what shines through."
    changes: ClassVar[float] = 0.9

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with a page behind its own, or None without pages or a page to lend."""
        if check_severity("bleed_through", severity) == 0:
            return item
        lender = ctx.donor(item, _has_page) if _has_page(item) else None
        if lender is None:
            return None
        behind, dpi = sheet(next(page for part in lender.parts for page in pages_of(part)))
        back = _back(behind, dpi, _THROUGH[severity])
        return change_pages(item, lambda page, _: page if is_white(back) else _on(page, back))


def _has_page(item: Item) -> bool:
    """Return whether an item is or holds a document."""
    return "document" in item.modalities


def _back(page: Image.Image, dpi: float, through: float) -> Image.Image:
    """Return how a page looks through the paper: mirrored, blurred, pale and without colour."""
    from PIL import ImageFilter, ImageOps

    mirrored = ImageOps.mirror(page.convert("L")).filter(ImageFilter.GaussianBlur(_BLUR * dpi))
    return mirrored.point([round(255 - through * (255 - value)) for value in range(256)])


def _on(page: Image.Image, back: Image.Image) -> Image.Image:
    """Return a page darkened by its back."""
    from PIL import Image, ImageChops

    fitted = back.resize(page.size, Image.Resampling.BILINEAR) if back.size != page.size else back
    return ImageChops.multiply(page, fitted.convert(page.mode))
