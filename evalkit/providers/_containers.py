"""Names of MIME types, and which container the first bytes of a file open."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = {
    "image/jpeg": "image/jpg image/pjpeg",
    "image/png": "image/x-png",
    "audio/wav": "audio/x-wav audio/wave audio/vnd.wave",
    "audio/mpeg": "audio/mp3 audio/x-mp3 audio/x-mpeg",
    "audio/flac": "audio/x-flac",
    "audio/mp4": "audio/m4a audio/x-m4a",
    "audio/ogg": "audio/opus audio/x-ogg",
    "video/mp4": "video/x-mp4 video/x-m4v",
    "video/x-matroska": "video/mkv video/matroska",
    "video/quicktime": "video/mov",
    "video/x-msvideo": "video/avi video/msvideo",
}
_CONTAINERS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "WebP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF or HEIF": "image/avif image/heic image/heif",
    "WAV": "audio/wav",
    "MP3": "audio/mpeg",
    "Ogg": "audio/ogg video/ogg",
    "FLAC": "audio/flac",
    "AAC": "audio/aac",
    "MP4 or MOV": "audio/mp4 video/mp4 video/quicktime video/3gpp",
    "Matroska or WebM": "audio/webm video/webm video/x-matroska",
    "AVI": "video/x-msvideo",
    "FLV": "video/x-flv",
    "WMV": "video/x-ms-wmv",
    "MPEG": "video/mpeg",
    "PDF": "application/pdf",
}
_BEGINNINGS = {
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "JPEG": (b"\xff\xd8\xff",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*"),
    "MP3": (b"ID3",),
    "Ogg": (b"OggS",),
    "FLAC": (b"fLaC",),
    "Matroska or WebM": (b"\x1aE\xdf\xa3",),
    "FLV": (b"FLV\x01",),
    "WMV": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",),
    "MPEG": (b"\0\0\x01\xba", b"\0\0\x01\xb3"),
    "PDF": (b"%PDF-",),
}
_RIFF = {b"WAVE": "WAV", b"WEBP": "WebP", b"AVI ": "AVI"}
_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")


def _turned(table: Mapping[str, str]) -> dict[str, str]:
    """Return which key each of the words of a table's values stands under."""
    return {word: key for key, words in table.items() for word in words.split()}


_USUAL, _EXPECTED = _turned(_NAMES), _turned(_CONTAINERS)


def normal_mime(mime: str) -> str:
    """Return a MIME type by its usual name, without parameters: image/jpg is image/jpeg."""
    plain = mime.partition(";")[0].strip().lower()
    return _USUAL.get(plain, plain)


def expected_container(mime: str) -> str:
    """Return the container that a MIME type by its usual name means, "" for none that is known."""
    return _EXPECTED.get(mime, "")


def container_of(head: bytes) -> str:
    """Return which container the first 16 bytes of a file open, "" for none that is known."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "")
    if head[4:8] in _BOXES:
        return "AVIF or HEIF" if head[8:12] in _PICTURES else "MP4 or MOV"
    for name, beginnings in _BEGINNINGS.items():
        if head.startswith(beginnings):
            return name
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "MP3" if head[1] & 0x06 else "AAC"
    return ""
