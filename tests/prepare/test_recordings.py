"""Segments and tracks, on small sounds and films that are really cut."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media
from evalkit.core.systems import Piece
from evalkit.media.audio import RATE, encode_sound, read_sound
from evalkit.media.durations import seconds
from evalkit.media.video import frames, has_picture, has_sound
from evalkit.prepare.segments import Segments
from evalkit.prepare.tracks import Tracks
from tests.media.making import complaint, contained, film, stored, tone, wav

TWO_TONES = np.concatenate([tone(1.0), tone(1.0, hertz=880), tone(0.5)])


def media(piece: Piece) -> Media:
    assert isinstance(piece.content, Media)
    return piece.content


def hertz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE / len(samples))


def test_a_sound_is_cut_where_its_spans_say() -> None:
    pieces = Segments(seconds=1.0).apply(Item("a", wav(TWO_TONES)))
    assert [piece.span for piece in pieces] == [(0.0, 1.0), (1.0, 2.0), (2.0, 2.5)]
    assert {media(piece).mime for piece in pieces} == {"audio/wav"}
    heard = [read_sound(media(piece)) for piece in pieces]
    assert [len(samples) for samples in heard] == [RATE, RATE, RATE // 2]
    assert [hertz(samples) for samples in heard] == pytest.approx([440, 880, 440], abs=3)


def test_segments_may_overlap() -> None:
    pieces = Segments(seconds=1.0, overlap=0.5).apply(Item("a", wav(TWO_TONES)))
    assert [piece.span for piece in pieces] == [(n / 2, n / 2 + 1) for n in range(4)]


def test_a_film_is_cut_with_its_sound() -> None:
    pieces = Segments(seconds=1.0).apply(Item("a", film(24, 12, tone(2.0))))
    assert [piece.span for piece in pieces[:2]] == [(0.0, 1.0), (1.0, 2.0)]
    assert {media(piece).mime for piece in pieces} == {"video/mp4"}
    assert all(has_sound(media(piece)) for piece in pieces)
    shown = [float(np.asarray(frames(media(piece), 1)[0]).mean()) for piece in pieces[:2]]
    assert shown == pytest.approx([40 + 8 * 6, 40 + 8 * 18], abs=4)


def test_what_fits_into_one_segment_keeps_its_bytes() -> None:
    short = wav(tone(1.0))
    assert Segments(seconds=1.0).apply(Item("a", short)) == [Piece(short)]


def test_the_same_recording_gives_the_same_segments() -> None:
    for item in (Item("a", wav(TWO_TONES)), Item("b", film(24, 12, tone(2.0)))):
        assert Segments(seconds=1.0).apply(item) == Segments(seconds=1.0).apply(item)


def test_other_items_are_left_alone() -> None:
    clip = wav(tone(3.0))
    for content in ("words", ("words", clip), Media("image/png", Path("nowhere.png"))):
        for step in (Segments(seconds=1.0), Tracks()):
            assert step.apply(Item("a", content)) == [Piece(content)]
    assert Tracks().apply(Item("a", clip)) == [Piece(clip)]


@pytest.mark.parametrize(("length", "overlap"), [(0.0, 0.0), (1.0, 1.0), (4000, 0), (1, -1)])
def test_segments_that_would_not_end(length: float, overlap: float) -> None:
    with pytest.raises(UsageError, match="cannot overlap by"):
        Segments(seconds=length, overlap=overlap)


def test_a_recording_that_cannot_be_cut_is_named(tmp_path: Path) -> None:
    data = encode_sound(tone(1.0), RATE, "audio/wav")
    cut = stored(tmp_path, "a.wav", data[:9000], "audio/wav")
    told = complaint(lambda: Segments(seconds=0.5).apply(Item("a", cut)))
    assert told.startswith(f"{cut.path}: it is cut short: 9,000 of its 32,044 bytes are there.")
    empty = stored(
        tmp_path,
        "b.wav",
        data[:4] + (36).to_bytes(4, "little") + data[8:40] + bytes(4),
        "audio/wav",
    )
    assert complaint(lambda: Segments().apply(Item("b", empty))) == (
        f"{empty.path}: its length cannot be told, so it cannot be cut into segments."
        " Store it again, or leave it out."
    )


def test_pictures_and_sound_become_pieces_of_their_own() -> None:
    whole = film(12, 12, tone(1.0))
    sight, sound = map(media, Tracks().apply(Item("a", whole)))
    assert (sight.mime, sound.mime) == ("video/mp4", "audio/wav")
    assert (has_picture(sight), has_sound(sight)) == (True, False)
    assert seconds(sight) == pytest.approx(1.0, abs=0.05)
    assert np.corrcoef(read_sound(sound)[:RATE], tone(1.0))[0, 1] > 0.99
    assert [media(p) for p in Tracks(keep="sight").apply(Item("a", whole))] == [sight]
    assert [media(p) for p in Tracks(keep="sound").apply(Item("a", whole))] == [sound]


def test_a_film_without_sound_has_its_pictures_alone() -> None:
    silent = Item("a", film(12, 12))
    assert [media(piece).mime for piece in Tracks().apply(silent)] == ["video/mp4"]
    assert complaint(lambda: Tracks(keep="sound").apply(silent)) == (
        "it holds no sound. Use media with sound, or leave it out."
    )


def test_sound_that_is_called_a_film_has_no_pictures_to_keep() -> None:
    alone = Item("a", contained("mp4", "", (), tone(0.5, 48_000)))
    for step in (Tracks(), Tracks(keep="sight")):
        assert complaint(partial(step.apply, alone)).startswith("it holds no moving picture.")
    (sound,) = Tracks(keep="sound").apply(alone)
    assert len(read_sound(media(sound))) == RATE // 2
