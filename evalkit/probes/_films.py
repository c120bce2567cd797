"""Changes the videos of an item: pictures held or painted, sound remade, all else kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Part
from evalkit.probes._parts import with_parts

if TYPE_CHECKING:
    from evalkit.media.video import Shot

_AUDIBLE = 0.001
"""The largest sample, of full scale 1, above which a sound can be heard: -60 dB."""


def changed_films(item: Item, change: Callable[[Media], Media | None]) -> Item | None:
    """Return the item with its videos changed; None where it has none, or none can be changed.

    change: returns the new video, None where it has to stay. Video files that hold sound alone stay
    too. Raises DataError that names the item where a video cannot be read.
    """
    try:
        parts = tuple(_changed(part, change) for part in item.parts)
    except DataError as e:
        named = (replace(p, where=p.where or f"item '{item.id}'") for p in e.problems)
        raise DataError(*named) from e
    return with_parts(item, parts)


def films(item: Item) -> list[Media]:
    """Return the parts of an item that are given as video."""
    return [p for p in item.parts if isinstance(p, Media) and p.mime.startswith("video/")]


def held(shots: Iterable[Shot], stays: Callable[[int, float], bool]) -> Iterator[Shot]:
    """Yield shots in which the picture before stays where `stays(number, seconds)` is true.

    Times are kept, so that a video has as many pictures as before. The first is always shown.
    """
    shown = None
    for number, (start, end, frame) in enumerate(shots):
        if shown is None or not stays(number, start):
            shown = frame
        yield start, end, shown


def moves(film: Media) -> bool:
    """Return whether there is more than one picture; raises DataError as `picture_count` does."""
    from evalkit.media.video import picture_count

    return picture_count(film) > 1


def audible(film: Media) -> bool:
    """Return whether there is anything to be heard; raises DataError as `soundtrack` does."""
    from evalkit.media.soundtracks import soundtrack
    from evalkit.media.video import has_sound

    if not has_sound(film):
        return False
    with soundtrack(film) as track:
        return any(float(np.abs(block).max(initial=0.0)) > _AUDIBLE for block in track.blocks)


def length(film: Media) -> float:
    """Return how many seconds a video lasts; raises DataError where nothing tells."""
    from evalkit.media.containers import broken
    from evalkit.media.durations import seconds

    total = seconds(film)
    if not total:
        raise broken(film, "how long it lasts cannot be told.")
    return total


def _changed(part: Part, change: Callable[[Media], Media | None]) -> Part:
    """Return a part changed where it is a video with pictures, else the part itself."""
    from evalkit.media.video import has_picture

    if not isinstance(part, Media) or not part.mime.startswith("video/") or not has_picture(part):
        return part
    return change(part) or part
