"""Sends pages by fax: black or white, nothing in between, in ever coarser dots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from evalkit.core.arrays import Float64
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._pages import change_pages, is_white
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_DOTS = ((0, 0), (204, 196), (204, 98), (102, 98), (80, 78), (64, 62))
"""Dots an inch across and lines an inch down."""
_KINDS = ("otsu", "bayer")


@plugin("probes", "fax")
@dataclass(frozen=True, slots=True)
class Fax:
    """Makes pages black or white, nothing in between, in ever coarser dots.

    There are 204 x 196, 204 x 98, 102 x 98, 80 x 78 or 64 x 62 dots an inch, or as many as the page
    has where it has fewer. The first two are the fine and the standard resolution of group 3 fax
    (ITU-T T.4), the others levels of evalkit. threshold: `otsu`, one for the whole page that best
    parts ink from paper (Otsu, 1979), or `bayer`, a pattern of 8 x 8 (Bayer, 1973), which keeps
    shades as dots. A changed page is a picture without a text layer. Raises UsageError for another
    threshold, DataError where a document cannot be read.
    """

    threshold: Literal["otsu", "bayer"] = "otsu"

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Colours, pale parts of charts, and small print from 102 dots on."
    changes: ClassVar[float] = 0.95

    def __post_init__(self) -> None:
        """Refuse a threshold that there is not."""
        if self.threshold not in _KINDS:
            raise UsageError(f"threshold: '{self.threshold}' is none: otsu and bayer are.")

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with its pages as they are faxed, or None where it has no ink."""
        if check_severity("fax", severity) == 0:
            return item
        dots = _DOTS[severity]
        return change_pages(item, lambda page, dpi: _faxed(page, dpi, dots, self.threshold))


def _faxed(page: Image.Image, dpi: float, dots: tuple[int, int], threshold: str) -> Image.Image:
    """Return a page in black and white, with so many dots an inch across and down."""
    from PIL import Image

    if is_white(page):
        return page
    across, down = (
        min(side, max(1, round(side * want / dpi)))
        for side, want in zip(page.size, dots, strict=True)
    )
    gray = np.asarray(page.convert("L").resize((across, down), Image.Resampling.BOX))
    limit = otsu(gray) if threshold == "otsu" else _pattern(down, across)
    black_and_white = Image.fromarray(gray > limit)
    return black_and_white.resize(page.size, Image.Resampling.NEAREST)


def otsu(gray: np.ndarray) -> float:
    """Return the gray, 0 to 255, that parts ink (up to it) from paper with the least variance.

    gray: uint8, any shape. N. Otsu, A threshold selection method from gray-level histograms, IEEE
    Transactions on Systems, Man, and Cybernetics 9 (1979).
    """
    counts = np.bincount(gray.ravel(), minlength=256).astype(np.float64)
    below = np.cumsum(counts)
    mass = np.cumsum(counts * np.arange(256))
    above = below[-1] - below
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = (mass / below - (mass[-1] - mass) / above) ** 2 * below * above
    best = np.nan_to_num(apart)
    return float(np.flatnonzero(best == best.max()).mean())


def _pattern(rows: int, columns: int) -> Float64:
    """Return the thresholds of ordered dithering, (rows, columns), between 0 and 255.

    B. E. Bayer, An optimum method for two-level rendition of continuous-tone pictures, ICC 1973.
    """
    tile = np.zeros((1, 1))
    for _ in range(3):
        tile = np.block([[4 * tile, 4 * tile + 2], [4 * tile + 3, 4 * tile + 1]])
    limits = (tile + 0.5) * 255 / tile.size
    return np.tile(limits, (-(-rows // 8), -(-columns // 8)))[:rows, :columns]
