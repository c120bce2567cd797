import io
import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from evalkit.core.errors import DataError
from evalkit.core.items import Media
from evalkit.media.durations import seconds


class Pipe(io.BytesIO):
    """A sink that cannot go back, so that no duration is written into the file's head."""

    seek = None  # type: ignore[assignment]


def video(form: str, codec: str, frames: int = 15, sink: io.BytesIO | None = None) -> bytes:
    out = sink or io.BytesIO()
    with av.open(out, "w", format=form) as container:
        stream = container.add_stream(codec, rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 9 * n, np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def opus(lasts: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for n in range(0, 48_000 * lasts, 960):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), "s16", "mono")
            frame.rate, frame.pts = 48_000, n
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def wav(lasts: float) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(2 * round(8_000 * lasts)))
    return out.getvalue()


@pytest.fixture(autouse=True)
def _silence(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    capfd.readouterr()
    yield
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("form", "codec"),
    [("mp4", "mpeg4"), ("mov", "mpeg4"), ("mp4", "h264"), ("matroska", "mpeg4"), ("avi", "mpeg4")],
)
def test_video_as_its_container_says(form: str, codec: str) -> None:
    data = video(form, codec)
    assert seconds(Media("video/mp4", data=data)) == pytest.approx(1.5, abs=0.01)


def test_webm_that_was_streamed_is_added_up_from_its_packets() -> None:
    streamed = video("webm", "libvpx-vp9", sink=Pipe())
    with av.open(io.BytesIO(streamed), "r") as container:
        assert container.duration is None
    assert seconds(Media("video/webm", data=streamed)) == pytest.approx(1.5, abs=0.01)
    stored = video("webm", "libvpx-vp9")
    assert seconds(Media("video/webm", data=stored)) == pytest.approx(1.5, abs=0.01)


def test_audio() -> None:
    assert seconds(Media("audio/wav", data=wav(2.25))) == pytest.approx(2.25)
    assert seconds(Media("audio/ogg", data=opus(2))) == pytest.approx(2, abs=0.02)


def test_files_are_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "a é.wav"
    path.write_bytes(wav(1))
    assert seconds(Media("audio/wav", path)) == pytest.approx(1)


def test_nothing_is_told_where_nothing_can_be() -> None:
    assert seconds(Media("audio/wav", data=wav(0))) is None


M3U = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "data", [b"text", M3U, b"ffconcat version 1.0\nfile a.wav\n", b"\x89PNG\r\n\x1a\n" * 9]
)
def test_bytes_that_are_no_audio_or_video(data: bytes) -> None:
    with pytest.raises(DataError, match=r"^its bytes are no audio or video that can be read"):
        seconds(Media("video/mp4", data=data))


def test_video_that_is_cut_short() -> None:
    data = video("mp4", "mpeg4")
    with pytest.raises(DataError, match=r"or are cut short\. Store it again, or leave it out\.$"):
        seconds(Media("video/mp4", data=data[: len(data) // 8]))


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with pytest.raises(DataError, match=r"a\.mp4: cannot be read \(No such file or directory\)"):
        seconds(Media("video/mp4", path))
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"a\.mp4: it is empty: it holds 0 bytes\. Store it again"):
        seconds(Media("video/mp4", path))
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match=r"a\.mp4: its bytes are no audio or video"):
        seconds(Media("video/mp4", path))
