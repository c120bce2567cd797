"""MP4 files written from frames and sound: H.264 and AAC, the same bytes each time."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Float32
from evalkit.core.errors import UsageError
from evalkit.core.extras import expect
from evalkit.media.resampling import regrouped, resampled

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    Packets = list[Packet[VideoStream]]

_CLOCK = 90_000
"""Ticks a second of the time stamps."""
CRF = 20
"""How coarse pictures are written, from 0 (without loss) to 51, as H.264 counts it."""
_H264 = {
    "preset": "veryfast",
    "threads": "1",
    "bf": "0",
    "mbtree": "0",
    "rc-lookahead": "0",
}
"""One thread, since x264 cuts pictures by their number; no frames out of order; no `mbtree`, which
gave other bytes for the same frames now and then."""
_AAC_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_BITS_A_CHANNEL = 64_000


def write_film(
    pictures: Iterable[tuple[float, float, VideoFrame]],
    blocks: Iterable[Float32] | None = None,
    rate: int = 0,
    crf: int = CRF,
) -> bytes:
    """Return an MP4 of frames and sound.

    pictures: (seconds at which it is seen, seconds at which it is seen no more, frame), rising;
    sizes are made even, as H.264 wants it. blocks: float32 (n, channels) in -1..1 at `rate` samples
    a second, one or two channels; None for a film without sound. crf: 0 (finest) to 51. Frames and
    blocks are taken as they come, and only the result is held. Raises UsageError where there is no
    frame.
    """
    expect("av")
    import av
    from av.video.reformatter import VideoReformatter

    out, shots = io.BytesIO(), iter(pictures)
    first = next(shots, None)
    if first is None:
        raise UsageError("a film of no frames cannot be written.")
    options = {"fflags": "+bitexact"}
    lengths: dict[int | None, int] = {}
    shaper = VideoReformatter()
    with av.open(out, "w", format="mp4", options=options) as container:
        film = _video(container, first[2], crf)
        sound = None if blocks is None else _Sound(container, blocks, rate)
        for start, end, frame in itertools.chain([first], shots):
            shot = _stamped(shaper.reformat(frame, film.width, film.height, "yuv420p"), start, end)
            lengths[shot.pts] = shot.duration
            container.mux(_timed(film.encode(shot), lengths))
            if sound is not None:
                sound.write_until(end)
        container.mux(_timed(film.encode(None), lengths))
        if sound is not None:
            sound.finish()
    return out.getvalue()


def _video(container: OutputContainer, like: VideoFrame, crf: int) -> VideoStream:
    """Return a new H.264 stream for frames such as this one."""
    film = container.add_stream("libx264", rate=25, options=_H264 | {"crf": str(crf)})
    film.width, film.height = like.width + like.width % 2, like.height + like.height % 2
    film.pix_fmt = "yuv420p"
    film.codec_context.time_base = Fraction(1, _CLOCK)
    film.time_base = Fraction(1, _CLOCK)
    return film


def _stamped(shot: VideoFrame, start: float, end: float) -> VideoFrame:
    """Return a frame with the times, in seconds, at which it is seen and seen no more."""
    shot.pict_type = 0
    shot.time_base = Fraction(1, _CLOCK)
    shot.pts = round(start * _CLOCK)
    shot.duration = max(1, round(end * _CLOCK) - shot.pts)
    return shot


def _timed(packets: Packets, lengths: dict[int | None, int]) -> Packets:
    """Return packets that last as long as their frames do, which the encoder does not keep."""
    for packet in packets:
        packet.duration = lengths.pop(packet.pts, 1)
    return packets


class _Sound:
    """The sound of a film, written as far as its pictures are."""

    def __init__(self, container: OutputContainer, blocks: Iterable[Float32], rate: int) -> None:
        self._container = container
        self._rate = next((r for r in _AAC_RATES if r >= rate), _AAC_RATES[-1])
        self._blocks: Iterator[Float32] = regrouped(resampled(blocks, rate, self._rate), 1024)
        self._place = 0
        self._held = next(self._blocks, None)
        channels = 1 if self._held is None else self._held.shape[1]
        self._layout = "mono" if channels == 1 else "stereo"
        self._stream: AudioStream = container.add_stream(
            "aac", rate=self._rate, layout=self._layout
        )
        self._stream.bit_rate = _BITS_A_CHANNEL * channels

    def write_until(self, time: float) -> None:
        """Write the blocks that begin before a time, in seconds."""
        while self._held is not None and self._place < time * self._rate:
            self._write(self._held)
            self._held = next(self._blocks, None)

    def finish(self) -> None:
        """Write the rest, and what the encoder holds back."""
        self.write_until(float("inf"))
        self._container.mux(self._stream.encode(None))

    def _write(self, block: Float32) -> None:
        """Write one block, float32 (n, channels)."""
        import av

        planes = np.ascontiguousarray(np.clip(block, -1, 1).T)
        frame = av.AudioFrame.from_ndarray(planes, "fltp", self._layout)
        frame.sample_rate, frame.time_base = self._rate, Fraction(1, self._rate)
        frame.pts = self._place
        self._place += len(block)
        self._container.mux(self._stream.encode(frame))
