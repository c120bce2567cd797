"""Media in a form that a service takes: another image, sound or film of the same content."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator

from evalkit.core.items import Item, Media
from evalkit.media.audio import cut_sound
from evalkit.media.durations import seconds
from evalkit.media.images import encode_png, media_image
from evalkit.media.video import cut_video

VERSION = 1
"""Raised when the same input comes to be converted, or a page drawn, in another way.

Vectors of converted media are filed under the media themselves, so that the version tells apart
what was sent. The first one is not written down: what was filed before there were others stays.
"""
LONGEST = 600.0
"""Seconds: longer recordings are left as they are, since the whole result is held in memory."""

_SOUNDS = ("audio/wav", "audio/flac", "audio/mpeg")
_FILM = "video/mp4"
_TAKEN_EVERYWHERE = frozenset({"image/png", "image/jpeg", "audio/wav", "audio/mpeg", _FILM})


def version_for(item: Item) -> str:
    """Return the version of the conversion that an item may go through, "" for none or the first.

    Text, and media of the types that every service takes, are sent as they are.
    """
    media = [part for part in item.parts if not isinstance(part, str)]
    as_is = all(isinstance(p, Media) and p.mime in _TAKEN_EVERYWHERE for p in media)
    return "" if as_is or VERSION == 1 else f"\0{VERSION}"


def converted(media: Media, taken: Collection[str], most_bytes: int) -> Media:
    """Return media as a type that is taken, themselves where they are or nothing can be done.

    An image becomes PNG, or JPEG where that is too large; sound becomes mono WAV, FLAC or MP3 at
    its own rate; film becomes MP4 of H.264 and AAC. taken: MIME types. most_bytes: of the result;
    where no form keeps within it, the last one is returned. Of an animated image the first frame is
    taken. The same input gives the same bytes. Raises DataError for media that cannot be decoded.
    """
    last = media
    for form in _forms(media, taken) if media.mime not in taken else ():
        last = form()
        if len(last.read()) <= most_bytes:
            break
    return last


def _forms(media: Media, taken: Collection[str]) -> Iterator[Callable[[], Media]]:
    """Yield what makes each form that is taken, the most faithful one first."""
    kind = media.mime.partition("/")[0]
    if kind == "image":
        yield from (form for mime, form in _pictures(media) if mime in taken)
    if kind in ("audio", "video") and (seconds(media) or 0.0) > LONGEST:
        return
    if kind == "audio":
        yield from (_sound(media, mime) for mime in _SOUNDS if mime in taken)
    if kind == "video" and _FILM in taken:
        yield lambda: cut_video(media)


def _pictures(media: Media) -> Iterator[tuple[str, Callable[[], Media]]]:
    """Yield the types that an image can be written as, and what writes it."""
    yield "image/png", lambda: Media("image/png", data=encode_png(media_image(media)))
    yield "image/jpeg", lambda: _jpeg(media)


def _jpeg(media: Media) -> Media:
    """Return an image as JPEG."""
    out = io.BytesIO()
    media_image(media).save(out, "JPEG", quality=90)
    return Media("image/jpeg", data=out.getvalue())


def _sound(media: Media, mime: str) -> Callable[[], Media]:
    """Return what writes a sound as a type."""
    return lambda: cut_sound(media, mime=mime)
