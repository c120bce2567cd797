"""What the probes of video do to pictures, sound and length."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.arrays import Float32
from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Probe, ProbeContext
from evalkit.media.audio import encode_sound, read_sound
from evalkit.media.durations import seconds
from evalkit.media.video import encode_video, frame_blocks, frames, has_sound, picture_count

RATE = 16_000
PICTURES = (
    "brightness_drift", "frame_drop", "frame_rate", "freeze", "leading_black", "reencode",
    "resolution", "shake", "trim",
)  # fmt: skip
SOUNDS = ("mute", "sound_swap")
STILL = ("frame_drop", "frame_rate", "freeze")
"""Probes that hold pictures, so that there is nothing to do where there is one."""


def tone(length: float, hertz: float) -> Float32:
    time = np.arange(round(length * RATE)) / RATE
    return (0.4 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def film(count: int = 20, samples: Float32 | None = None, size: tuple[int, int] = (64, 48)) -> Item:
    """Return a film of 20 pictures a second, each of another gray: 30, 38, 46 ..."""
    shots = [Image.new("RGB", size, (30 + 8 * n,) * 3) for n in range(count)]
    return Item("f", Media("video/mp4", data=encode_video(shots, 20, samples, RATE)))


@cache
def both() -> Item:
    return film(20, tone(1.0, 400))


@cache
def lender() -> Item:
    other = film(10, tone(0.5, 3000))
    return Item("other", other.content)


def media(item: Item | None) -> Media:
    assert item is not None
    assert isinstance(item.content, Media)
    assert item.content.mime == "video/mp4"
    return item.content


def apply(name: str, item: Item, severity: int, others: Sequence[Item] = ()) -> Item | None:
    probe = cast("Probe", registry.create("probes", name))
    return probe.apply(item, severity, ProbeContext(np.random.default_rng(severity), others))


@cache
def changed(name: str, severity: int) -> Item:
    """Return the film of `both` under a probe that may borrow from `lender`."""
    new = apply(name, both(), severity, [lender()])
    assert new is not None
    return new


def grays(item: Item | None) -> list[int]:
    shots = frame_blocks(media(item), 20, 48)
    return [int(np.asarray(shot.convert("L")).mean().round()) for _, shot in shots]


def steps(item: Item | None) -> int:
    """Return how many pictures differ from the one before."""
    return int((np.abs(np.diff(grays(item))) > 2).sum())


def lasts(item: Item | None) -> float:
    found = seconds(media(item))
    assert found is not None
    return found


def loudness(samples: Float32) -> float:
    return float(np.sqrt(np.square(samples).mean()))


def strength(samples: Float32, hertz: float) -> float:
    """Return the amplitude of a tone."""
    time = np.arange(len(samples)) / RATE
    return float(2 * np.abs((samples * np.exp(-2j * np.pi * hertz * time)).mean()))


# --- pictures that are held ----------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "lost"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 11)])
def test_dropped_pictures_are_replaced_by_the_one_before(severity: int, lost: int) -> None:
    new = changed("frame_drop", severity)
    assert steps(new) == 19 - lost
    assert grays(new)[0] == pytest.approx(30, abs=2)
    assert picture_count(media(new)) == 20


def test_a_low_frame_rate_holds_every_so_manieth_picture() -> None:
    shown = grays(changed("frame_rate", 2))
    assert shown == pytest.approx([30 + 8 * (n // 4 * 4) for n in range(20)], abs=3)
    assert [steps(changed("frame_rate", s)) for s in range(1, 6)] == [9, 4, 2, 1, 0]


def test_a_frozen_video_stands_still_in_one_stretch_and_goes_on_in_time() -> None:
    shown = grays(changed("freeze", 1))
    moved = np.abs(np.diff(shown)) > 2
    still = np.flatnonzero(~moved)
    assert len(still) in (11, 12)
    assert still[-1] - still[0] == len(still) - 1
    assert shown[0] == pytest.approx(30, abs=2)
    assert shown[-1] == pytest.approx(30 + 8 * 19, abs=2)


def test_every_level_of_freezing_leaves_less_movement() -> None:
    counts = [steps(changed("freeze", severity)) for severity in range(1, 6)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2] > counts[4] == 0
    assert set(grays(changed("freeze", 5))) <= {29, 30, 31}


@pytest.mark.parametrize("name", STILL)
def test_one_picture_cannot_be_held(name: str) -> None:
    assert apply(name, film(1), 1) is None


# --- pictures that are painted -------------------------------------------------------------------


def test_light_drifts_by_stops_and_is_as_it_was_in_the_middle() -> None:
    shots = [Image.new("RGB", (64, 48), (100, 100, 100))] * 21
    item = Item("f", Media("video/mp4", data=encode_video(shots, 20, None, RATE)))
    for severity, stops in ((2, 1.0), (5, 3.0)):
        shown = grays(apply("brightness_drift", item, severity))
        down, up = sorted((shown[0], shown[20]))
        assert down == pytest.approx(100 / 2 ** (stops / 2.2), abs=3)
        assert up == pytest.approx(min(255, 100 * 2 ** (stops * 0.9 / 2.2)), abs=5)
        assert shown[10] == pytest.approx(100, abs=6)


def test_detail_is_lost_with_resolution() -> None:
    stripes = Image.fromarray(np.tile(np.array([0, 0, 255, 255], np.uint8), (48, 16))).convert(
        "RGB"
    )
    item = Item("f", Media("video/mp4", data=encode_video([stripes] * 4, 20, None, RATE)))
    spread = [
        float(np.asarray(frames(media(apply("resolution", item, s)), 1)[0].convert("L")).std())
        for s in range(1, 6)
    ]
    assert spread[0] > 60
    assert spread[4] < 15
    assert spread == sorted(spread, reverse=True)


def test_coarser_encoding_takes_fewer_bytes() -> None:
    rng = np.random.default_rng(1)
    noise = [Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)) for _ in range(6)]
    item = Item("f", Media("video/mp4", data=encode_video(noise, 20, None, RATE)))
    sizes = [len(media(apply("reencode", item, s)).read()) for s in range(1, 6)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[4] < sizes[0] / 4


@pytest.mark.parametrize("severity", [1, 5])
def test_a_shaken_picture_moves_within_its_reach(severity: int) -> None:
    shot = Image.new("RGB", (224, 224), "black")
    shot.paste("white", (100, 100, 124, 124))
    item = Item("f", Media("video/mp4", data=encode_video([shot] * 20, 20, None, RATE)))
    places = []
    for image in frames(media(apply("shake", item, severity)), 20):
        down, across = np.nonzero(np.asarray(image.convert("L")) > 128)
        places.append((down.mean() - 111.5, across.mean() - 111.5))
    reach = np.abs(places).max(axis=0)
    assert (reach <= 8 * severity + 1).all()
    assert (reach > 3 * severity).all()
    assert len(set(places)) > 10


# --- length --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "left"), [(1, 0.9), (3, 0.6), (5, 0.3)])
def test_a_trimmed_video_keeps_its_middle(severity: int, left: float) -> None:
    new = changed("trim", severity)
    assert lasts(new) == pytest.approx(left, abs=0.06)
    assert len(read_sound(media(new))) == pytest.approx(left * RATE, abs=0.06 * RATE)
    assert np.mean(grays(new)) == pytest.approx(np.mean(grays(both())), abs=5)


@pytest.mark.parametrize(("severity", "wait"), [(1, 1), (5, 8)])
def test_black_and_silence_come_before_the_whole_video(severity: int, wait: int) -> None:
    new = changed("leading_black", severity)
    assert lasts(new) == pytest.approx(1 + wait, abs=0.06)
    shown = grays(new)
    assert max(shown[: 20 * wait]) < 5
    assert shown[20 * wait :] == pytest.approx(grays(both()), abs=3)
    heard = read_sound(media(new))
    assert loudness(heard[: (wait * RATE) - 1000]) < 0.001
    assert loudness(heard[wait * RATE :]) == pytest.approx(0.4 / 2**0.5, abs=0.02)


# --- sound ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", range(1, 6))
def test_a_share_of_the_sound_is_silent(severity: int) -> None:
    heard = read_sound(media(changed("mute", severity)))
    blocks = heard[: len(heard) // 320 * 320].reshape(-1, 320)
    silent = np.abs(blocks).max(axis=1) < 0.02
    assert silent.mean() == pytest.approx(0.2 * severity, abs=0.04)
    assert np.ptp(np.flatnonzero(silent)) == silent.sum() - 1


def test_another_sound_takes_over_at_the_same_loudness() -> None:
    own, other = [], []
    for severity in range(1, 6):
        heard = read_sound(media(changed("sound_swap", severity)))[1000:-1000]
        own.append(strength(heard, 400))
        other.append(float(np.sqrt(max(0.0, 2 * loudness(heard) ** 2 - own[-1] ** 2))))
    assert own == pytest.approx([0.32, 0.24, 0.16, 0.08, 0.0], abs=0.02)
    assert other == pytest.approx([0.08, 0.16, 0.24, 0.32, 0.4], abs=0.04)


@pytest.mark.parametrize("name", SOUNDS)
def test_pictures_stay_where_the_sound_changes(name: str) -> None:
    new = changed(name, 5)
    assert grays(new) == pytest.approx(grays(both()), abs=2)
    assert lasts(new) == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_silent_video_is_left_as_it_is(name: str) -> None:
    assert apply(name, film(4), 3, [lender()]) is None
    assert apply(name, film(4, np.zeros(3200, np.float32)), 3, [lender()]) is None


def test_without_another_sound_none_is_swapped() -> None:
    broken = Item("broken", Media("video/mp4", data=b"no film"))
    words, silent = Item("words", "a film"), Item("silent", film(4).content)
    twin = Item("twin", both().content)
    assert apply("sound_swap", both(), 3) is None
    assert apply("sound_swap", both(), 3, [words, silent, twin, broken]) is None
    assert apply("sound_swap", both(), 3, [words, silent, broken, lender()]) is not None


@pytest.mark.parametrize("name", PICTURES)
def test_the_sound_goes_on_where_pictures_change(name: str) -> None:
    new = media(changed(name, 3))
    assert has_sound(new)
    assert strength(read_sound(new)[-RATE // 2 :], 400) == pytest.approx(0.4, abs=0.08)


# --- odd videos ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*PICTURES, *SOUNDS])
@pytest.mark.parametrize("count", [1, 2])
def test_the_shortest_videos_are_read_back(name: str, count: int) -> None:
    short = film(count, tone(count / 20, 400), (18, 15))
    new = apply(name, short, 5, [lender()])
    if name in STILL and count == 1:
        assert new is None
        return
    assert lasts(new) > 0
    assert len(frames(media(new), 2)) == 2
    assert len(read_sound(media(new))) > 0


@pytest.mark.parametrize("name", [*PICTURES, *SOUNDS])
def test_a_broken_video_is_an_error_that_names_the_item(name: str, tmp_path: Path) -> None:
    bad = Item("bad", Media("video/mp4", data=b"no film"))
    with pytest.raises(DataError, match="item 'bad': its bytes are no audio or video"):
        apply(name, bad, 2, [lender()])
    stored = tmp_path / "gone.mp4"
    with pytest.raises(DataError, match=r"gone\.mp4: cannot be read"):
        apply(name, Item("bad", Media("video/mp4", stored)), 2, [lender()])


@pytest.mark.parametrize("name", [*PICTURES, *SOUNDS])
def test_a_video_file_of_sound_alone_cannot_be_changed(name: str) -> None:
    item = Item("f", Media("video/mp4", data=encode_sound(tone(0.2, 400), RATE, "audio/wav")))
    assert apply(name, item, 3, [lender()]) is None


def test_every_video_of_a_mix_is_changed_and_nothing_else() -> None:
    sound = Media("audio/wav", data=encode_sound(tone(0.2, 400), RATE, "audio/wav"))
    clip = media(film(4, tone(0.2, 400)))
    new = apply("trim", Item("mix", ("words", clip, sound, clip)), 2)
    assert new is not None
    assert (new.parts[0], new.parts[2]) == ("words", sound)
    assert new.parts[1] != clip != new.parts[3]
