import io
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from evalkit.core.errors import UsageError
from evalkit.core.items import Media
from evalkit.media.audio import read_sound
from evalkit.media.durations import seconds
from evalkit.media.video import (
    cut_video,
    encode_video,
    frame_blocks,
    frames,
    has_sound,
    sound_of,
    without_sound,
)
from tests.media.making import complaint, contained, film, grays, stored, tone


def gray(image: Image.Image) -> int:
    return int(np.asarray(image.convert("L")).mean().round())


def shades(media: Media, per_second: float) -> list[int]:
    return [gray(image) for _, image in frame_blocks(media, per_second, 48)]


def test_frames_come_from_the_middles_of_equal_parts() -> None:
    found = frames(film(24, 12), 4)
    assert {(image.mode, image.size) for image in found} == {("RGB", (64, 48))}
    assert [gray(image) for image in found] == pytest.approx(
        [40 + 8 * n for n in (3, 9, 15, 21)], abs=3
    )
    part = frames(film(24, 12), 2, start=1.0, end=1.5, height=24)
    assert {image.size for image in part} == {(32, 24)}
    assert [gray(image) for image in part] == pytest.approx([40 + 8 * n for n in (13, 16)], abs=3)


def test_more_frames_than_there_are_repeat_some() -> None:
    assert len(frames(film(1, 12), 5)) == 5


def test_far_apart_frames_are_the_same_as_in_passing() -> None:
    shots = [(float(2 * n), 40 + 4 * n) for n in range(45)]
    for form, codec in (("mp4", "libx264"), ("matroska", "libx264"), ("mpegts", "mpeg2video")):
        long = contained(form, codec, shots)
        passing = dict(frame_blocks(long, 0.5, 48))
        found = frames(long, 3, start=10, end=70)
        assert [gray(image) for image in found] == [gray(passing[t]) for t in (20.0, 40.0, 60.0)]


def test_frames_follow_time_stamps_where_the_rate_varies() -> None:
    shots = [(0.0, 40), (0.2, 80), (2.0, 120), (2.2, 160), (3.8, 200), (4.0, 240)]
    uneven = contained("mp4", "libx264", shots)
    assert shades(uneven, 1) == pytest.approx([40, 80, 120, 160, 240], abs=4)
    assert [gray(i) for i in frames(uneven, 2, end=4.0)] == pytest.approx([80, 160], abs=4)
    cut = cut_video(uneven, 1.0, 4.0)
    assert seconds(cut) == pytest.approx(3.0, abs=0.05)
    assert shades(cut, 2) == pytest.approx([80, 80, 120, 160, 160, 160], abs=5)


def test_times_of_blocks() -> None:
    times = [time for time, _ in frame_blocks(film(24, 12), 5, 20)]
    assert times == pytest.approx([n / 5 for n in range(10)])


def test_a_two_hour_video_is_streamed_in_little_memory(tmp_path: Path) -> None:
    def made(name: str, shots: int) -> Media:
        data = encode_video((Image.new("RGB", (64, 48)) for _ in range(shots)), 0.05, None, 0)
        return stored(tmp_path, name, data, "video/mp4")

    peaks = []
    for media, expected in ((made("a.mp4", 12), 24), (made("b.mp4", 360), 720)):
        tracemalloc.start()
        assert sum(1 for _ in frame_blocks(media, 0.1, 48)) == expected
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] + 100_000


def test_a_cut_is_that_part_with_its_sound_and_the_same_each_time() -> None:
    whole = film(36, 12, tone(3.0))
    cut = cut_video(whole, 1.0, 2.0)
    assert cut == cut_video(whole, 1.0, 2.0)
    assert (cut.mime, cut.path) == ("video/mp4", None)
    assert seconds(cut) == pytest.approx(1.0)
    assert shades(cut, 12) == pytest.approx(shades(whole, 12)[12:24], abs=3)
    heard, expected = read_sound(cut), read_sound(whole, start=1.0, end=2.0)
    assert np.corrcoef(heard, expected)[0, 1] > 0.98
    with av.open(io.BytesIO(cut.data or b"")) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]


@pytest.mark.parametrize(("channels", "kept"), [(1, 1), (2, 2), (6, 1)])
def test_a_cut_keeps_one_channel_and_two(channels: int, kept: int) -> None:
    shots, one = [(n / 5, 60) for n in range(10)], tone(2.0, 48_000)
    sound = np.stack([one] + [one / 2] * (channels - 1)).astype(np.float32)
    film = contained("mov", "libx264", shots, sound, "pcm_s16le")
    cut = cut_video(film, 0.5, 1.5)
    with av.open(io.BytesIO(cut.data or b"")) as container:
        track = container.streams.audio[0]
        assert (track.rate, len(track.layout.channels)) == (48_000, kept)
    assert read_sound(cut).std() == pytest.approx(sound.mean(axis=0).std(), rel=0.05)


def test_a_cut_after_the_end_of_the_sound_is_silent() -> None:
    shots = [(n / 5, 9 * n) for n in range(20)]
    cut = cut_video(contained("mp4", "libx264", shots, tone(1.0, 48_000)), 2.0, 3.0)
    assert seconds(cut) == pytest.approx(1.0, abs=0.05)
    assert np.abs(read_sound(cut)).max() < 0.01


def test_video_without_sound() -> None:
    silent = film()
    assert not has_sound(silent)
    assert not has_sound(cut_video(silent, 0.5, 1.0))
    assert complaint(lambda: sound_of(silent)).startswith("it holds no sound.")


def test_sound_without_video_is_an_error() -> None:
    alone = contained("mp4", "", (), tone(1.0, 48_000))
    assert has_sound(alone)
    fix = "Store it as sound, .m4a or .wav for instance, or leave it out."
    told = f"it holds no moving picture. {fix}"
    assert complaint(lambda: frames(alone, 1)) == told
    assert complaint(lambda: cut_video(alone, 0.2, 0.8)) == told
    assert complaint(lambda: list(frame_blocks(alone, 1, 48))) == told


def test_pictures_and_sound_apart() -> None:
    whole = film(24, 12, tone(2.0))
    silent, heard = without_sound(whole), sound_of(whole)
    assert has_sound(whole)
    assert not has_sound(silent)
    assert seconds(silent) == pytest.approx(2.0)
    assert shades(silent, 12) == pytest.approx(shades(whole, 12), abs=3)
    assert heard.mime == "audio/wav"
    assert np.allclose(read_sound(heard), read_sound(whole), atol=1e-4)


def test_odd_sizes_are_made_even_and_the_same_frames_give_the_same_bytes() -> None:
    data = encode_video(grays(3, (33, 21)), 10, tone(0.3, 12_345), 12_345)
    assert data == encode_video(grays(3, (33, 21)), 10, tone(0.3, 12_345), 12_345)
    assert frames(Media("video/mp4", data=data), 1)[0].size == (34, 22)
    with pytest.raises(UsageError, match="a film of no frames"):
        encode_video([], 10, None, 0)


def test_phone_videos_stand_upright() -> None:
    lying = Image.new("RGB", (64, 48), "blue")
    lying.paste("red", (0, 0, 64, 24))
    data = encode_video([lying] * 3, 10, None, 0)
    one, minus = (1 << 16).to_bytes(4, "big"), (-(1 << 16)).to_bytes(4, "big", signed=True)
    straight = one + bytes(12) + one + bytes(12) + (1 << 30).to_bytes(4, "big")
    clockwise = bytes(4) + one + bytes(4) + minus + bytes(16) + (1 << 30).to_bytes(4, "big")
    at = data.index(straight, data.index(b"tkhd"))
    turned = Media("video/mp4", data=data[:at] + clockwise + data[at + 36 :])
    for media in (turned, cut_video(turned, 0.1)):
        image = frames(media, 1)[0]
        assert image.size == (48, 64)
        left, right = (np.asarray(image)[30, x].astype(int) for x in (5, 42))
        assert left[2] - left[0] > 150  # the top has gone to the right
        assert right[0] - right[2] > 150
    assert frames(turned, 1, height=32)[0].size == (24, 32)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("form", ["mp4", "matroska", "avi"])
def test_video_that_is_cut_short_is_an_error(tmp_path: Path, form: str, share: float) -> None:
    codec = "mpeg4" if form == "avi" else "libx264"
    data = contained(form, codec, [(n / 5, 9 * n) for n in range(20)]).data or b""
    media = stored(tmp_path, "a.mp4", data[: int(len(data) * share)], "video/mp4")
    works: tuple[Callable[..., object], ...] = (frames, cut_video)
    for work in works:
        told = complaint(partial(work, media, 1))
        assert told.startswith(f"{media.path}: ")
        assert "cut short" in told


def test_a_coding_that_is_not_known_is_an_error() -> None:
    data = film().data or b""
    unknown = Media("video/mp4", data=data.replace(b"avc1", b"zzzz"))
    assert complaint(lambda: frames(unknown, 1)).startswith("its picture is in a coding that")


def test_pictures_that_are_far_too_large_are_refused_by_their_header(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evalkit.media.reels.MAX_PIXELS", 64 * 48 - 1)
    told = complaint(lambda: frames(film(), 1))
    assert told.startswith("its picture has 64 x 48 pixels; at most")


def test_a_strip_that_would_be_scaled_to_an_enormous_picture_is_an_error() -> None:
    out = io.BytesIO()
    with av.open(out, "w", format="avi") as container:
        strip = container.add_stream("mpeg4", rate=12)
        strip.width, strip.height, strip.pix_fmt = 8190, 2, "yuv420p"
        container.mux(strip.encode(av.VideoFrame.from_ndarray(np.zeros((2, 8190, 3), np.uint8))))
        container.mux(strip.encode(None))
    video = Media("video/x-msvideo", data=out.getvalue())
    assert complaint(lambda: list(frame_blocks(video, 1, 240))).startswith(
        "its picture has 8190 x 2 pixels, too narrow a strip to be scaled to a height of 240."
    )
    assert [image.size for image in frames(video, 1)] == [(8190, 2)]


def test_more_than_a_day_is_refused_before_anything_is_decoded() -> None:
    years = contained("matroska", "libx264", [(0.0, 40), (4e6, 80)], tone(1.0, 48_000))
    told = "it says that it lasts 1,111 hours; at most 24 are read. Cut it into parts,"
    for work in (
        seconds,
        read_sound,
        cut_video,
        without_sound,
        partial(frames, count=1),
        lambda media: list(frame_blocks(media, 1, 48)),
    ):
        assert complaint(partial(work, years)).startswith(told)


def test_time_stamps_beyond_the_end_are_not_believed() -> None:
    data = film(24, 12).data or b""
    step = data.index(b"stts") + 16  # how long each frame lasts
    slow = Media("video/mp4", data=data[:step] + b"\x7f\xff\xff\xff" + data[step + 4 :])
    assert seconds(slow) == 2.0
    assert len(list(frame_blocks(slow, 4, 48))) <= 13
    assert len(frames(slow, 3)) == 3


def test_bytes_that_are_no_video(tmp_path: Path) -> None:
    for name, data in (("a.mp4", b""), ("b.mp4", b"text " * 99), ("c.mp4", b"%PDF-1.4")):
        media = stored(tmp_path, name, data, "video/mp4")
        assert complaint(partial(frames, media, 1)).startswith(f"{media.path}: it")
    gone = Media("video/mp4", tmp_path / "d.mp4")
    assert "cannot be read (No such file" in complaint(lambda: cut_video(gone, 0, 1))
    assert "cannot be read (Is a dir" in complaint(lambda: has_sound(Media("video/mp4", tmp_path)))


def test_times_and_counts_that_make_no_sense() -> None:
    video = film()
    assert complaint(lambda: cut_video(video, 5.0)) == (
        "it has no picture from 5.00 s on: it lasts 2.00 s. Correct the times."
    )
    for work in (
        lambda: frames(video, 0),
        lambda: frames(video, 1, height=0),
        lambda: frames(video, 1, start=-1),
        lambda: cut_video(video, 1.0, 1.0),
        lambda: list(frame_blocks(video, 0, 48)),
    ):
        with pytest.raises(UsageError):
            work()
