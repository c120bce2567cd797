import io
from itertools import pairwise

import av
import numpy as np
import pytest

from evalkit.core.items import Media
from evalkit.media.audio import encode_sound, read_sound
from evalkit.media.video import encode_video, frames
from evalkit.media.wholeness import stated_size
from tests.media.making import complaint, contained, film, grays, tone, wav

RIFF = encode_sound(tone(0.1), 16_000, "audio/wav")


def stated(data: bytes) -> int | None:
    file = io.BytesIO(data)
    found = stated_size(file)
    assert file.tell() == 0
    return found


def box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


WHOLE = {
    "wav": RIFF,
    "ogg": encode_sound(tone(1.0), 16_000, "audio/ogg"),
    "mp4": film().data or b"",
    "matroska": contained("matroska", "libx264", [(n / 5, 60) for n in range(9)]).data or b"",
    "avi": contained("avi", "mpeg4", [(n / 5, 60) for n in range(9)]).data or b"",
}


@pytest.mark.parametrize("form", WHOLE)
def test_whole_files_and_files_with_more_behind_them(form: str) -> None:
    assert stated(WHOLE[form]) is None
    assert stated(WHOLE[form] + b"more") is None


@pytest.mark.parametrize("form", ["wav", "matroska", "avi"])
def test_the_size_of_a_file_that_was_cut(form: str) -> None:
    data = WHOLE[form]
    assert stated(data[: len(data) // 2]) == len(data)


def test_the_page_of_an_ogg_file_that_was_cut() -> None:
    data = WHOLE["ogg"]
    starts = [n for n in range(len(data)) if data[n : n + 4] == b"OggS"]
    assert stated(data[:-9]) == len(data)
    for here, there in pairwise(starts):
        assert stated(data[: there - 9]) == there
        assert stated(data[:there]) is None, here


def test_an_mp4_with_its_index_in_front_that_was_cut() -> None:
    data = encode_video(grays(24), 12, None, 0)
    moov, mdat = data.index(b"moov") - 4, data.index(b"mdat") - 4
    index, media = bytearray(data[moov:]), data[mdat:moov]
    at = index.index(b"stco") + 12  # where the pictures lie: they move back by the index
    moved = int.from_bytes(index[at : at + 4], "big") + len(index)
    index[at : at + 4] = moved.to_bytes(4, "big")
    front = data[:mdat] + bytes(index) + media
    assert len(frames(Media("video/mp4", data=front), 3)) == 3
    told = complaint(lambda: frames(Media("video/mp4", data=front[:-200]), 1))
    assert told.startswith(f"it is cut short: {len(front) - 200:,} of its {len(front):,} bytes")


def test_boxes_that_do_not_matter_may_be_cut() -> None:
    head = box(b"ftyp", b"isom") + box(b"mdat", bytes(50))
    assert stated(head + box(b"free", bytes(100))[:30]) is None
    assert stated(head + box(b"moov", bytes(100))[:30]) == len(head) + 108
    long = box(b"ftyp", b"isom") + b"\0\0\0\1mdat" + (10_000).to_bytes(8, "big")
    assert stated(long) == 12 + 10_000
    assert stated(box(b"ftyp", b"isom") + b"\0\0\0\0mdat" + bytes(99)) is None


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0])
def test_sizes_that_are_not_known_in_a_stream(size: int) -> None:
    streamed = RIFF[:4] + size.to_bytes(4, "little") + RIFF[8:]
    assert stated(streamed) is None
    assert len(read_sound(Media("audio/wav", data=streamed))) == 1600


def test_matroska_of_unknown_size() -> None:
    class Pipe(io.BytesIO):
        seek = None  # type: ignore[assignment]

    out = Pipe()
    with av.open(out, "w", format="matroska") as container:
        track = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        block = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.int16), "s16", "mono")
        block.sample_rate, block.pts = 16_000, 0
        container.mux(track.encode(block))
    assert stated(out.getvalue()) is None


@pytest.mark.parametrize(
    "data", [b"", b"R", b"RIFF", b"OggS", b"\x1aE\xdf\xa3", b"\x1aE\xdf\xa3\0\0", b"\0\0\0\x08ftyp"]
)
def test_crumbs_say_nothing(data: bytes) -> None:
    assert stated(data) is None


def test_a_few_bytes_less_are_padding() -> None:
    assert stated(RIFF[:-8]) is None
    assert len(read_sound(wav(tone(0.1)))) == 1600
