"""Lights pages from one side, as on a desk by a window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._pages import change_pages
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_LOST = (0.0, 0.10, 0.20, 0.35, 0.50, 0.70)


@plugin("probes", "uneven_light")
@dataclass(frozen=True, slots=True)
class UnevenLight:
    """Takes 10, 20, 35, 50 or 70 % of the light from the darkest corner of a page.

    Full light at the opposite corner falls off evenly in between, in a direction drawn by chance.
    Levels of evalkit. A changed page is a picture without a text layer. Raises DataError where a
    document cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Shades of gray that a chart's legend tells apart."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with its pages lit from a side, or None where it has no page."""
        if check_severity("uneven_light", severity) == 0:
            return item
        towards = ctx.rng.uniform(0, 2 * math.pi)
        return change_pages(item, lambda page, _: _lit(page, towards, _LOST[severity]))


def _lit(page: Image.Image, towards: float, lost: float) -> Image.Image:
    """Return a page that loses light in a direction, in radians, up to a share at its far end."""
    from PIL import Image, ImageChops

    across = np.linspace(-1, 1, page.width, dtype=np.float32) * math.cos(towards)
    down = np.linspace(-1, 1, page.height, dtype=np.float32) * math.sin(towards)
    far = (down[:, None] + across) / (abs(math.cos(towards)) + abs(math.sin(towards)))
    light = np.rint(255 * (1 - lost * (far + 1) / 2)).astype(np.uint8)
    return ImageChops.multiply(page, Image.fromarray(light).convert(page.mode))
