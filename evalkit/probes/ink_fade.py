"""Fades ink towards the paper, as a toner that runs low does."""

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

_LEFT = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25)


@plugin("probes", "ink_fade")
@dataclass(frozen=True, slots=True)
class InkFade:
    """Leaves 85, 70, 55, 40 or 25 % of the contrast between ink and white paper.

    What is white stays white, unlike with `contrast`, which pulls all towards the mean. Levels of
    evalkit. A changed page is a picture without a text layer. Raises DataError where a document
    cannot be read.
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"document"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Pale marks: lines of tables and light parts of charts may vanish."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with pale pages, or None where it has no page or only blank ones."""
        if check_severity("ink_fade", severity) == 0:
            return item
        return change_pages(item, lambda page, _: _faded(page, _LEFT[severity]))


def _faded(page: Image.Image, left: float) -> Image.Image:
    """Return a page with a share of the darkness of its ink; a white page is left as it is."""
    if is_white(page):
        return page
    levels = [round(255 - left * (255 - value)) for value in range(256)]
    return page.point(levels * len(page.getbands()))
