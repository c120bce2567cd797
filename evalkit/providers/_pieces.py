"""Items made into pieces that a model takes: limits are checked here, before anything is sent."""

from __future__ import annotations

import base64
import io
import math
import re
import unicodedata
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Page, Part
from evalkit.core.protocols import Failed, Role, Usage
from evalkit.providers._calls import Piece
from evalkit.providers._containers import container_of, expected_container, normal_mime
from evalkit.providers._page_images import WHOLE_PDF, check_page, is_pdf, is_pdf_page

BYTES_PER_TOKEN = 4.0
"""How many bytes of UTF-8 are taken for one token where a service has not told better."""


# --- text -------------------------------------------------------------------------------------

_NEAR = 200
_HALF = re.compile("[\ud800-\udfff]")
_JOINER = "\u200d"
_SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


def text_pieces(
    index: int,
    item: Item,
    role: Role,
    *,
    most_chars: int,
    chars_per_token: float = BYTES_PER_TOKEN,
    most_tokens: int | None = None,
) -> list[Piece | Failed]:
    """Return what is sent for an item of text: all of it, or what `role.overflow` makes of it.

    most_chars, most_tokens: the most that one input may have; tokens are estimated as bytes of
    UTF-8 divided by `chars_per_token`. A text that is too long is cut and marked as truncated, or
    fails, or becomes several pieces whose spans count characters. Several parts of text are one
    text with line breaks between. Parts of blanks alone are not sent.
    """
    text = "\n".join(part for part in item.parts if isinstance(part, str))
    if wrong := _unsendable(item, text):
        return [Failed(index, wrong)]
    most_bytes = math.inf if most_tokens is None else most_tokens * chars_per_token
    end = _cut(text, 0, most_chars, most_bytes)
    if end == len(text):
        return [_text_piece(index, item, text, chars_per_token)]
    if role.overflow == "error":
        return [Failed(index, _too_long(text, most_chars, most_tokens, chars_per_token))]
    if role.overflow == "truncate":
        return [_beginning(index, item, text[:end], chars_per_token)]
    return [
        replace(_text_piece(index, item, text[a:b], chars_per_token), span=(float(a), float(b)))
        for a, b in segments(text, most_chars, most_bytes)
        if text[a:b].strip()
    ]


def _unsendable(item: Item, text: str) -> str:
    """Return why a text cannot be sent at any length, "" where it can."""
    if item.modality != "text":
        return f"it is no text but {item.modality}."
    if not text.strip():
        return "its text is empty."
    if _HALF.search(text):
        return "its text holds half of a character (a lone surrogate), which cannot be sent."
    return ""


def _text_piece(index: int, item: Item, text: str, bytes_per_token: float) -> Piece:
    """Return a piece that sends a text for an item."""
    sent = item if item.content == text else item.with_content(text)
    return Piece(index, sent, tokens=_tokens(text, bytes_per_token))


def _tokens(text: str, bytes_per_token: float = BYTES_PER_TOKEN) -> int:
    """Return an estimate of a text's tokens: bytes of UTF-8 divided and rounded up."""
    return math.ceil(len(text.encode()) / bytes_per_token)


def _beginning(index: int, item: Item, text: str, bytes_per_token: float) -> Piece | Failed:
    """Return the piece for the beginning of a text that was cut."""
    if not text.strip():
        return Failed(index, "the beginning of its text, as far as the model reads, is blank.")
    return replace(_text_piece(index, item, text, bytes_per_token), truncated=True)


def _too_long(text: str, most_chars: int, most_tokens: int | None, bytes_per_token: float) -> str:
    """Return the sentence for a text over a limit, in the unit of that limit."""
    fix = "Shorten it, or let the suite say 'overflow: truncate' or 'overflow: segment'."
    if len(text) > most_chars or most_tokens is None:
        return f"its text has {len(text):,} characters; the model takes {most_chars:,}. {fix}"
    about = _tokens(text, bytes_per_token)
    return f"its text has about {about:,} tokens; the model takes {most_tokens:,}. {fix}"


def segments(text: str, most_chars: int, most_bytes: float = math.inf) -> Iterator[tuple[int, int]]:
    """Yield begin and end of consecutive parts of a text that cover all of it, none empty.

    Each has at most so many characters and, unless one character alone has more, so many bytes of
    UTF-8. Parts end between words where a word ends near the limit.
    """
    begin = 0
    while begin < len(text):
        end = _cut(text, begin, most_chars, most_bytes)
        yield begin, end
        begin = end


def _cut(text: str, begin: int, most_chars: int, most_bytes: float) -> int:
    """Return where the part that begins at `begin` ends: after a word, or at least a character."""
    end = _farthest(text, begin, max(most_chars, 1), most_bytes)
    if end == len(text):
        return end
    nearest = end - min((end - begin) // 2, _NEAR)
    for at in range(end, nearest, -1):
        between_words = text[at].isspace() or text[at - 1].isspace()
        if between_words and not _belong_together(text[at - 1], text[at]):
            return at
    for at in range(end, nearest, -1):
        if not _belong_together(text[at - 1], text[at]):
            return at
    return end


def _farthest(text: str, begin: int, most_chars: int, most_bytes: float) -> int:
    """Return the last end that keeps within both limits, at least one character on."""
    part = text[begin : begin + most_chars]
    encoded = part.encode()
    if len(encoded) <= most_bytes:
        return begin + len(part)
    cut = int(most_bytes)
    while cut > 0 and encoded[cut] & 0xC0 == 0x80:  # inside a character
        cut -= 1
    return begin + max(len(encoded[:cut].decode()), 1)


def _belong_together(before: str, after: str) -> bool:
    """Return whether a cut between two characters would tear one visible character apart."""
    return (
        unicodedata.category(after).startswith("M")
        or after in _SKIN_TONES
        or _JOINER in (before, after)
        or before + after == "\r\n"
    )


# --- media ------------------------------------------------------------------------------------

ONE_AT_A_TIME = (
    "it has several parts, and the model takes one at a time: the system step `parts` embeds each "
    "by itself."
)


def media_piece(
    index: int,
    item: Item,
    *,
    most_bytes: int,
    mimes: Collection[str],
    most_seconds: float | None = None,
    most_pixels: tuple[int, int] | None = None,
    pages: bool = False,
    tokens: int = 0,
) -> Piece | Failed:
    """Return what is sent for an item of one image, document page, audio or video, or Failed.

    most_bytes: of the file, before base64 makes it a third larger. mimes: the MIME types taken;
    media of other types are converted to one of them where that can be.
    most_seconds: of audio and video. most_pixels: the most in width and in height. pages:
    whether pages of PDF documents are taken; they are drawn by `with_pages_drawn` when they are
    sent, and have to be there now. tokens: what the piece counts for a cap on tokens. The piece's
    media carry the usual name of their type.
    """
    try:
        if pages and is_pdf_page(item.parts[0]) and len(item.parts) == 1:
            return _page_piece(index, item, tokens)
        media = _as_taken(media_of(item), mimes, most_bytes, most_seconds)
        wrong = (
            _wrong_type(media, mimes)
            or _wrong_file(media, most_bytes)
            or _wrong_seconds(media, most_seconds)
            or _wrong_pixels(media, most_pixels)
        )
    except DataError as e:
        wrong = str(e)
    if wrong:
        return Failed(index, wrong)
    page = isinstance(item.parts[0], Page)
    return Piece(index, item.with_content(Page(media, 1) if page else media), tokens=tokens)


def _page_piece(index: int, item: Item, tokens: int) -> Piece:
    """Return the piece for a page of a PDF document; raises DataError where it is not there."""
    page = item.parts[0]
    assert isinstance(page, Page)
    check_page(page)
    return Piece(index, item, tokens=tokens)


def media_of(item: Item) -> Media:
    """Return the one piece of media of an item, its MIME type by its usual name.

    A page is the image that it is; raises DataError for anything else than one piece of media.
    """
    if len(item.parts) > 1:
        raise DataError(ONE_AT_A_TIME)
    part = item.parts[0]
    if isinstance(part, str):
        raise DataError("it is text where media were expected.")
    media = part.document if isinstance(part, Page) else part
    media = replace(media, mime=normal_mime(media.mime))
    if isinstance(part, Page) and not media.mime.startswith("image/"):
        raise DataError("its page is one of a document, and the model takes images alone.")
    if isinstance(part, Page) and part.page != 1:
        raise DataError(f"its document is one image, which has no page {part.page}.")
    return media


def _as_taken(
    media: Media, mimes: Collection[str], most_bytes: int, most_seconds: float | None
) -> Media:
    """Return media as one of the types taken, themselves where that cannot be.

    Raises DataError where they would have to be converted and are too long or cannot be decoded.
    """
    from evalkit.media.converting import converted

    taken = {normal_mime(mime) for mime in mimes}
    kinds = {mime.partition("/")[0] for mime in taken}
    if media.mime in taken or media.mime.partition("/")[0] not in kinds:
        return media
    if wrong := _wrong_seconds(media, most_seconds):
        raise DataError(wrong)
    try:
        return converted(media, taken, most_bytes)
    except DataError as e:
        why = f"{e.problems[0].what} {e.problems[0].fix}".rstrip()
        raise DataError(f"its type is {media.mime}, and it cannot be converted: {why}") from e


def _wrong_type(media: Media, mimes: Collection[str]) -> str:
    """Return the sentence for a MIME type that is not taken, "" for one that is."""
    taken = sorted({normal_mime(mime) for mime in mimes})
    if media.mime in taken:
        return ""
    if is_pdf(media):
        return WHOLE_PDF
    kind = media.mime.partition("/")[0] + "/"
    taken = [mime for mime in taken if mime.startswith(kind)] or taken
    return f"its type is {media.mime or 'unknown'}; the model takes {', '.join(taken)}."


def _wrong_file(media: Media, most_bytes: int) -> str:
    """Return the sentence for a file of a wrong size or container, "" for one that is right."""
    head, size = _looked_at(media)
    expected, found = expected_container(media.mime), container_of(head)
    if not size:
        return "its file is empty."
    if size > most_bytes:
        return f"its file has {size:,} bytes; the model takes {most_bytes:,}."
    if expected in ("", found):
        return ""
    seen = f"begin like {found}" if found else f"do not begin like {expected}"
    return f"its type says {media.mime}, but its bytes {seen}."


def size_of(media: Media) -> int:
    """Return how many bytes a piece of media has; raises DataError where it cannot be read."""
    return _looked_at(media)[1]


def _looked_at(media: Media) -> tuple[bytes, int]:
    """Return the first 16 bytes of a piece of media and how many it has in all."""
    if media.path is None or media.data is not None:
        data = media.read()
        return data[:16], len(data)
    try:
        with media.path.open("rb") as file:
            return file.read(16), file.seek(0, io.SEEK_END)
    except OSError as e:
        raise DataError(f"its file cannot be read ({e.strerror}).") from e


def _wrong_seconds(media: Media, most: float | None) -> str:
    """Return the sentence for audio or video that lasts too long or cannot be timed, or ""."""
    from evalkit.media.durations import seconds

    if most is None or not media.mime.startswith(("audio/", "video/")):
        return ""
    lasts = seconds(media)
    if lasts is None:
        return "how long it lasts cannot be told from its file."
    return "" if lasts <= most else f"it lasts {lasts:.1f} seconds; the model takes {most:g}."


def _wrong_pixels(media: Media, most: tuple[int, int] | None) -> str:
    """Return the sentence for an image with too many pixels, "" for one within the limit."""
    if most is None or not media.mime.startswith("image/"):
        return ""
    width, height = _pixels(media)
    if width <= most[0] and height <= most[1]:
        return ""
    return f"it has {width} x {height} pixels; the model takes {most[0]} x {most[1]}."


def _pixels(media: Media) -> tuple[int, int]:
    """Return an image's width and height from its header alone."""
    from PIL import Image

    source = media.path if media.path and media.data is None else io.BytesIO(media.read())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes that are checked here
            with Image.open(source) as image:
                return image.size
    except Exception as e:  # decoders raise whatever they trip over
        raise DataError("its bytes are no image that can be read, or one far too large.") from e


# --- what goes into a request, and what it uses -------------------------------------------------


def base64_text(data: bytes) -> str:
    """Return bytes as base64 without line breaks."""
    return base64.b64encode(data).decode("ascii")


def usage_of(items: Iterable[Item]) -> Usage:
    """Return what embedding items is expected to use, one call for each item.

    Tokens are estimated as bytes of UTF-8 divided by four; a document page counts as an image;
    seconds come from the containers of audio and video, 0 where those cannot be read.
    """
    total = Usage()
    for item in items:
        total += Usage(calls=1)
        for part in item.parts:
            total += _usage_of_part(part)
    return total


def _usage_of_part(part: Part) -> Usage:
    """Return what one part of an item is expected to use besides its call."""
    if isinstance(part, str):
        return Usage(tokens=_tokens(part), chars=len(part))
    kind = "" if isinstance(part, Page) else normal_mime(part.mime).partition("/")[0]
    if kind == "audio":
        return Usage(audio_seconds=_seconds(part))
    if kind == "video":
        return Usage(video_seconds=_seconds(part))
    return Usage(images=1)


def _seconds(part: Part) -> float:
    """Return how long audio or video lasts, 0 where that cannot be told."""
    from evalkit.media.durations import seconds

    assert isinstance(part, Media)
    try:
        return seconds(part) or 0.0
    except DataError:
        return 0.0
