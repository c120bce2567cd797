"""How long audio and video last, as their containers say or their packets add up to."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from evalkit.core.items import Media
from evalkit.media.containers import lasting, opened, refuse_endless

if TYPE_CHECKING:
    from av.container import InputContainer


def seconds(media: Media) -> float | None:
    """Return how many seconds a piece of audio or video lasts.

    None where neither its container nor its packets tell. Raises DataError where the file cannot be
    read, its bytes are neither audio nor video, or it lasts longer than a day.
    """
    with opened(media) as container:
        found = lasting(container) or _added_up(container)
    refuse_endless(media, found)
    return found


def _added_up(container: InputContainer) -> float | None:
    """Return the seconds from the first packet's beginning to the last one's end, or None."""
    begins: dict[int, Fraction] = {}
    ends: dict[int, Fraction] = {}
    for packet in container.demux():
        if not packet.size or packet.time_base is None:
            continue
        at = _time(packet.pts, packet.time_base, ends.get(packet.stream_index, Fraction(0)))
        begins.setdefault(packet.stream_index, at)
        until = at + Fraction(packet.duration or 0) * packet.time_base
        ends[packet.stream_index] = max(until, ends.get(packet.stream_index, until))
    if not ends:
        return None
    return float(max(ends.values()) - min(begins.values())) or None


def _time(pts: Any, base: Fraction, otherwise: Fraction) -> Fraction:
    """Return when a packet is shown; `otherwise` where it does not say."""
    return otherwise if pts is None else Fraction(pts) * base
