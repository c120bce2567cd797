"""An item at every severity of a probe, with a picture of each to look at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page, Part
from evalkit.core.plan import ProbePlan
from evalkit.media import previews
from evalkit.media.durations import seconds
from evalkit.media.strips import film_strip, spectrogram
from evalkit.media.video import has_picture, has_sound
from evalkit.pipeline.variants import changed_item

_QUALITY = 88


PIXELS = {"text": 1, "image": 400, "document": 640, "audio": 480, "video": 640}
"""A good longer side for a picture that is looked at by itself, by modality."""


class Step(NamedTuple):
    """An item at one severity.

    item: None where the probe cannot change it. picture: a JPEG; None for text, and where there is
    no item. text: what a text says; the length of media in seconds, where they have one; or, where
    there is no item, why, as far as the probe tells. media: the sound or the film to play.
    """

    severity: int
    item: Item | None
    picture: bytes | None
    text: str
    media: Media | None = None

    @property
    def label(self) -> str:
        """What it is, in words."""
        if self.severity == 0:
            return "as it is"
        return f"severity {self.severity}" + (": cannot be changed" if self.item is None else "")


def sheet(
    probe: ProbePlan,
    item: Item,
    others: Sequence[Item],
    seed: int,
    pixels: int,
    severities: Sequence[int] = (1, 2, 3, 4, 5),
) -> list[Step]:
    """Return the item as it is and at some severities, just as a run with that seed has it.

    others: the items of its side, sorted by id, that the probe may borrow from. pixels: the longer
    side of a picture at most. Pictures show the part of the item that the probe is made for: an
    image, a page as it is printed, four moments of a film above the tones of its sound, or the
    tones of a sound, all on one scale of time. Raises DataError where the item cannot be read.
    """
    levels = (0, *sorted(severities))
    made = [item, *(_changed(probe, item, s, seed, others) for s in levels[1:])]
    shown = [shown_part(probe, one) if isinstance(one, Item) else None for one in made]
    longest = max((_length(part) or 0.0 for part in shown), default=0.0)
    return [
        Step(severity, one, _picture(part, pixels, longest), _told(part), _played(part))
        if isinstance(one, Item)
        else Step(severity, None, None, one)
        for severity, one, part in zip(levels, made, shown, strict=True)
    ]


def shown_part(probe: ProbePlan, item: Item) -> Part | None:
    """Return the first part of an item that the probe is made for, None where there is none."""
    return next((p for p in item.parts if Item("", p).modality in probe.probe.modalities), None)


def _changed(
    probe: ProbePlan, item: Item, severity: int, seed: int, others: Sequence[Item]
) -> Item | str:
    """Return the changed item; else why it stays as it is, "" where there is nothing to change."""
    try:
        return changed_item(probe, item, severity, seed, others) or ""
    except DataError as e:
        return str(e)


def _played(part: Part | None) -> Media | None:
    """Return a sound or a film, None for anything else."""
    timed = isinstance(part, Media) and part.mime.startswith(("audio/", "video/"))
    return part if timed and isinstance(part, Media) else None


def _told(part: Part | None) -> str:
    """Return what a text says, or how long media last."""
    if part is None or isinstance(part, str):
        return part or ""
    lasts = _length(part)
    return "" if lasts is None else f"{lasts:.1f} s"


def _length(part: Part | None) -> float | None:
    """Return how many seconds audio or video last, None for anything else."""
    played = _played(part)
    return None if played is None else seconds(played)


def _picture(part: Part | None, pixels: int, longest: float) -> bytes | None:
    """Return a part as a JPEG, None for text."""
    if part is None or isinstance(part, str):
        return None
    if isinstance(part, Page) or not part.mime.startswith(("audio/", "video/")):
        return previews.picture(part, pixels)
    if part.mime.startswith("video/") and has_picture(part):
        return _jpeg(_film(part, pixels))
    return _jpeg(spectrogram(part, (pixels, pixels // 3), longest))


def _film(film: Media, pixels: int) -> Image.Image:
    """Return moments of a film above the tones of its sound."""
    strip = film_strip(film, pixels)
    if not has_sound(film):
        return strip
    tones = spectrogram(film, (strip.width, pixels // 8))
    both = Image.new("RGB", (strip.width, strip.height + tones.height + 2), "white")
    both.paste(strip, (0, 0))
    both.paste(tones, (0, strip.height + 2))
    return both


def _jpeg(image: Image.Image) -> bytes:
    """Return an image as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
