"""Ogg files that are the same each time: their random serial number is replaced."""

from __future__ import annotations

import zlib

_MIRRORED = bytes(int(f"{n:08b}"[::-1], 2) for n in range(256))
_HEAD = 27


def same_each_time(data: bytes) -> bytes:
    """Return an Ogg file whose stream has the serial number 1, check sums included.

    data: whole pages of one stream, as libsndfile writes them (RFC 3533, section 6).
    """
    out = bytearray(data)
    at = 0
    while at < len(out):
        table = out[at + _HEAD : at + _HEAD + out[at + 26]]
        until = at + _HEAD + len(table) + sum(table)
        out[at + 14 : at + 18] = (1).to_bytes(4, "little")
        out[at + 22 : at + 26] = bytes(4)
        out[at + 22 : at + 26] = _check_sum(bytes(out[at:until])).to_bytes(4, "little")
        at = until
    return bytes(out)


def _check_sum(page: bytes) -> int:
    """Return the CRC-32 of Ogg (0x04c11db7, not mirrored, from 0) by way of zlib's mirrored one."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
