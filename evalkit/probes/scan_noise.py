"""Puts the grain of a sensor, or specks of dust and dropped pixels, on pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._pages import change_pages
from evalkit.probes._severity import check_severity

if TYPE_CHECKING:
    from PIL import Image

_SIGMA = (0.0, 0.02, 0.04, 0.08, 0.12, 0.18)
_SPECKS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1)
_KINDS = ("grain", "specks")


@plugin("probes", "scan_noise")
@dataclass(frozen=True, slots=True)
class ScanNoise:
    """Adds noise to every pixel of a page at 200 dpi.

    kind: `grain`, Gaussian of standard deviation 0.02, 0.04, 0.08, 0.12 or 0.18 (white is 1, paper
    cannot get whiter); or `specks`, of which 0.5, 1, 2, 5 or 10 % of the pixels are, half of them
    black and half white. Alike in all colours. Levels of evalkit. A changed page is a picture
    without a text layer. Raises UsageError for another kind, DataError where a document cannot be
    read.
    """

    kind: Literal["grain", "specks"] = "grain"

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Points and commas in small print, which specks look like."
    changes: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        """Refuse a kind that there is not."""
        if self.kind not in _KINDS:
            raise UsageError(f"kind: '{self.kind}' is no noise of scans: grain and specks are.")

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with noisy pages, or None where it has no page."""
        if check_severity("scan_noise", severity) == 0:
            return item
        if self.kind == "grain":
            return change_pages(item, lambda page, _: _grainy(page, _SIGMA[severity], ctx.rng))
        return change_pages(item, lambda page, _: _speckled(page, _SPECKS[severity], ctx.rng))


def _grainy(page: Image.Image, sigma: float, rng: np.random.Generator) -> Image.Image:
    """Return a page with Gaussian noise of a standard deviation, 1 being white."""
    from PIL import Image

    pixels = np.asarray(page)
    noise = rng.standard_normal(pixels.shape[:2], np.float32) * np.float32(255 * sigma)
    whole = np.rint(noise, out=noise).astype(np.int16)
    noisy = pixels + (whole if pixels.ndim == 2 else whole[..., None])
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _speckled(page: Image.Image, share: float, rng: np.random.Generator) -> Image.Image:
    """Return a page with a share of its pixels made black or white."""
    from PIL import Image

    pixels = np.array(page)
    drawn = rng.random(pixels.shape[:2], np.float32)
    pixels[drawn < share / 2] = 0
    pixels[drawn > 1 - share / 2] = 255
    return Image.fromarray(pixels)
