"""Parts of recordings that are cut when they are read."""

import tracemalloc
from pathlib import Path

import pytest

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media
from evalkit.media import cuts
from evalkit.media.audio import cut_sound
from evalkit.media.video import cut_video, sound_of, without_sound
from evalkit.prepare.segments import Segments
from evalkit.prepare.tracks import Tracks
from tests.media.making import film, stored, tone, wav, written


@pytest.fixture(autouse=True)
def last(monkeypatch: pytest.MonkeyPatch) -> cuts._Last:
    found = cuts._Last(200_000)
    monkeypatch.setattr(cuts, "_LAST", found)
    return found


def test_a_part_has_the_bytes_that_cutting_gives() -> None:
    sound, movie = wav(tone(2.0)), film(24, 12, tone(2.0))
    assert cuts.cut(sound, 0.5, 1.5).read() == cut_sound(sound, 0.5, 1.5).data
    part = cuts.cut(movie, 0.5, 1.5)
    assert part.read() == cut_video(movie, 0.5, 1.5).data
    assert Item("a", part).digest() == Item("b", cut_video(movie, 0.5, 1.5)).digest()
    assert (part.mime, part.data, part.path) == ("video/mp4", None, None)


def test_a_track_has_the_bytes_that_taking_it_out_gives() -> None:
    movie = film(24, 12, tone(2.0))
    assert cuts.track(movie, "sight").read() == without_sound(movie).data
    assert cuts.track(movie, "sound").read() == sound_of(movie).data
    kept = [piece.content for piece in Tracks(keep="both").apply(Item("a", movie))]
    assert kept == [cuts.track(movie, "sight"), cuts.track(movie, "sound")]


def test_a_long_recording_is_cut_in_the_memory_of_some_segments(
    tmp_path: Path, last: cuts._Last
) -> None:
    long = stored(tmp_path, "a.wav", written(tone(300.0, 8_000), 8_000), "audio/wav")
    Segments(seconds=1.0).apply(Item("warm", wav(tone(3.0))))
    tracemalloc.start()
    try:
        pieces = Segments(seconds=1.0).apply(Item("a", long))
        heard = 0
        for piece in pieces:
            assert isinstance(piece.content, Media)
            heard += len(piece.content.read())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(pieces) == 300
    assert heard > 4_800_000
    assert peak < 1_500_000
    assert last.held <= 200_000


def test_a_part_is_cut_once_while_it_is_kept(last: cuts._Last) -> None:
    part = cuts.cut(wav(tone(2.0)), 0.0, 1.0)
    assert part.read() is part.read()
    assert last.held == len(part.read())


def test_a_part_of_a_file_that_changed_is_cut_again(tmp_path: Path) -> None:
    file = stored(tmp_path, "a.wav", written(tone(2.0), 16_000), "audio/wav")
    part = cuts.cut(file, 0.0, 1.0)
    before = part.read()
    stored(tmp_path, "a.wav", written(tone(3.0, hertz=880), 16_000), "audio/wav")
    assert part.read() != before
    (tmp_path / "a.wav").unlink()
    with pytest.raises(DataError, match="cannot be read"):
        part.read()
