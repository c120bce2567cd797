"""Whether a file of sound or pictures is all there, by the sizes that are written in it."""

from __future__ import annotations

from typing import BinaryIO

_SLACK = 8
"""Bytes of padding that some writers count and leave out."""
_NOT_KNOWN = 2**32 - 256
"""Sizes from here on stand for "not known" in RIFF files that were streamed."""
_NEEDED = (b"mdat", b"moov", b"moof")
_BOXES = 100_000
_TAIL = 1 << 17  # an Ogg page has at most 65,307 bytes


def stated_size(file: BinaryIO) -> int | None:
    """Return how many bytes a file must have, None where it does not say or has them all.

    Understands RIFF (WAV, AVI), the boxes of MP4 and QuickTime (ISO/IEC 14496-12, 4.2), the segment
    of Matroska and WebM (RFC 8794) and the last page of Ogg (RFC 3533). Leaves the file at its
    beginning.
    """
    there = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    stated = None
    if head[:4] == b"RIFF":
        stated = _riff(head)
    elif head[:4] == b"OggS":
        stated = _ogg(file, there)
    elif head[:4] == b"\x1aE\xdf\xa3":
        stated = _matroska(file)
    elif head[4:8] in (b"ftyp", b"styp", b"wide", b"free", b"skip", *_NEEDED):
        stated = _boxes(file, there)
    file.seek(0)
    return stated if stated is not None and stated > there + _SLACK else None


def _riff(head: bytes) -> int | None:
    """Return the size that a RIFF header states."""
    size = int.from_bytes(head[4:8], "little")
    return size + 8 if size < _NOT_KNOWN else None


def _boxes(file: BinaryIO, there: int) -> int | None:
    """Return where the box of MP4 ends that reaches beyond the file, if it holds what is needed."""
    at = 0
    for _ in range(_BOXES):
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8 or len(head) < 8:
            return None
        at += size
        if at > there:
            return at if head[4:8] in _NEEDED else None
    return None


def _matroska(file: BinaryIO) -> int | None:
    """Return where the segment of a Matroska file ends, None where its size is not known."""
    file.seek(4)
    header = _number(file)
    file.seek(header or 0, 1)
    if header is None or file.read(4) != b"\x18S\x80g":
        return None
    size = _number(file)
    return None if size is None else file.tell() + size


def _number(file: BinaryIO) -> int | None:
    """Return a number of variable length as EBML writes it, None where all its bits are set."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    bits = 7 * length
    value = int.from_bytes(first + file.read(length - 1), "big") & ((1 << bits) - 1)
    return None if value == (1 << bits) - 1 else value


def _ogg(file: BinaryIO, there: int) -> int | None:
    """Return where the last page of an Ogg file ends."""
    begin = file.seek(max(0, there - _TAIL))
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or page + 27 > len(tail):
        return None
    table = tail[page + 27 : page + 27 + tail[page + 26]]
    return begin + page + 27 + tail[page + 26] + sum(table)
