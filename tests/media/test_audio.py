import tracemalloc
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media
from evalkit.media.audio import RATE, cut_sound, encode_sound, read_sound, sound_blocks
from evalkit.media.durations import seconds
from tests.media.making import complaint, contained, film, stored, tone, wav, written

MIMES = ("audio/wav", "audio/flac", "audio/ogg", "audio/mpeg")
NO_MEDIA = (
    "its bytes are no audio or video that can be read, or are cut short."
    " Store it again, or leave it out."
)


def middle_hertz(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * rate / len(samples))


@pytest.mark.parametrize("mime", MIMES)
def test_every_type_is_written_and_read_back_and_is_the_same_each_time(mime: str) -> None:
    samples = tone(1.5)
    data = encode_sound(samples, RATE, mime)
    assert data == encode_sound(samples, RATE, mime)
    back = read_sound(Media(mime, data=data))
    assert back.dtype == np.float32
    assert back.shape == samples.shape
    assert np.corrcoef(back, samples)[0, 1] > 0.999
    assert seconds(Media(mime, data=data)) == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("rate", [7_350, 8_000, 11_025, 22_050, 44_100, 44_101, 48_000, 192_000])
def test_any_rate_becomes_the_one_that_is_asked_for(rate: int) -> None:
    found = read_sound(wav(tone(1.0, rate), rate))
    assert abs(len(found) - RATE) <= 1
    assert middle_hertz(found, RATE) == pytest.approx(440, abs=2)
    assert np.abs(found).max() == pytest.approx(0.5, abs=0.02)


def test_channels_are_averaged() -> None:
    left, right = tone(0.5), tone(0.5, hertz=880)
    both = read_sound(wav(np.stack([left, right], axis=1)))
    assert np.allclose(both, (left + right) / 2, atol=1e-4)
    six = read_sound(wav(np.stack([left] * 5 + [0 * left], axis=1)))
    assert np.allclose(six, left * 5 / 6, atol=1e-4)


def test_eight_bits_at_eight_kilohertz() -> None:
    found = read_sound(wav(tone(1.0, 8_000), 8_000, "PCM_U8"))
    assert len(found) == RATE
    assert np.abs(found - tone(1.0))[200:-200].max() < 0.02


def test_silence_is_sound() -> None:
    assert read_sound(wav(np.zeros(1600, np.float32))).tolist() == [0.0] * 1600


@pytest.mark.parametrize("mime", MIMES)
def test_a_twentieth_of_a_second(mime: str) -> None:
    clip = Media(mime, data=encode_sound(tone(0.05), RATE, mime))
    assert len(read_sound(clip)) == 800


def test_louder_than_full_scale_is_clipped() -> None:
    loud = read_sound(wav(4 * tone(0.1), coding="FLOAT"))
    assert (loud.min(), loud.max()) == (-1.0, 1.0)


def test_values_that_are_no_numbers_are_an_error() -> None:
    samples = tone(0.1)
    samples[50] = np.nan
    for work in (read_sound, cut_sound):
        told = complaint(partial(work, wav(samples, coding="FLOAT")))
        assert told.startswith("its sound holds values that are no numbers.")


@pytest.mark.parametrize("rate", [RATE, 8_000, 44_100])
def test_blocks_are_the_whole_sound_in_pieces(rate: int) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 70_001).astype(np.float32)
    whole = read_sound(wav(noise, coding="FLOAT"), rate)
    blocks = list(sound_blocks(wav(noise, coding="FLOAT"), rate, seconds=0.7))
    assert {len(block) for block in blocks[:-1]} == {round(0.7 * rate)}
    assert np.array_equal(np.concatenate(blocks), whole)
    shrunk = np.gcd(rate, RATE)
    at_once = noise if rate == RATE else resample_poly(noise, rate // shrunk, RATE // shrunk)
    assert np.allclose(whole, np.clip(at_once, -1, 1), atol=1e-5)


@pytest.mark.parametrize("rate", [50, 80])
def test_two_hours_are_streamed_in_little_memory(tmp_path: Path, rate: int) -> None:
    long = np.tile(tone(72.0, 100, hertz=3.0), 100)
    media = stored(tmp_path, "a.flac", written(long, 100, "FLAC"), "audio/flac")
    next(sound_blocks(media, rate))  # loads what is loaded once
    tracemalloc.start()
    blocks = sum(1 for _ in sound_blocks(media, rate, seconds=10.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert blocks == 720
    assert peak < 8_000_000 < 4 * rate * 7200 * 7


def test_a_cut_is_that_part_and_its_digest_is_of_its_bytes() -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 3 * 8_000).astype(np.float32)
    cut = cut_sound(wav(noise, 8_000), 0.5, 1.25)
    assert (cut.mime, cut.path) == ("audio/wav", None)
    assert np.allclose(read_sound(cut, 8_000), noise[4_000:10_000], atol=1e-4)
    assert cut == cut_sound(wav(noise, 8_000), 0.5, 1.25)
    assert Item("a", cut).digest() != Item("a", wav(noise, 8_000)).digest()
    part = read_sound(wav(noise, 8_000), 8_000, 0.5, 1.25)
    assert np.allclose(part, noise[4_000:10_000], atol=1e-4)


def test_a_cut_may_be_of_another_type_and_reach_beyond_the_end() -> None:
    cut = cut_sound(wav(tone(1.0, 50_000), 50_000), 0.5, 9.0, "audio/mpeg")
    assert seconds(cut) == pytest.approx(0.5, abs=0.05)
    with pytest.raises(UsageError, match=r"^'audio/aac' is no sound that can be written"):
        cut_sound(wav(tone(1.0)), mime="audio/aac")


@pytest.mark.parametrize("mime", MIMES)
def test_sound_that_is_cut_short_is_an_error(mime: str) -> None:
    data = encode_sound(tone(4.0) + 0.1 * tone(4.0, hertz=3_000), RATE, mime)
    told = complaint(lambda: read_sound(Media(mime, data=data[: len(data) * 2 // 3])))
    assert "cut short" in told


@pytest.mark.parametrize(
    "data", [b"text " * 99, bytes(500), b"RIFF0000WAVEoops", b"OggS" + bytes(99), b"%PDF-1.4"]
)
def test_other_bytes_are_an_error_that_names_the_file(tmp_path: Path, data: bytes) -> None:
    media = stored(tmp_path, "a.wav", data, "audio/wav")
    assert complaint(lambda: read_sound(media)) == f"{media.path}: {NO_MEDIA}"


def test_no_bytes_no_file_and_a_folder_are_errors_that_name_the_file(tmp_path: Path) -> None:
    empty = stored(tmp_path, "a.wav", b"", "audio/wav")
    assert complaint(lambda: read_sound(empty)).startswith(f"{empty.path}: it is empty: it holds 0")
    gone, folder = (Media("audio/wav", path) for path in (tmp_path / "b.wav", tmp_path))
    assert complaint(lambda: read_sound(gone)) == (
        f"{gone.path}: cannot be read (No such file or directory). Restore the file."
    )
    assert "cannot be read (Is a directory)" in complaint(lambda: read_sound(folder))


def test_a_file_without_samples_is_an_error() -> None:
    told = complaint(lambda: read_sound(wav(np.zeros(0, np.float32))))
    assert told.startswith("its sound is empty: it holds no samples.")


def test_times_outside_the_sound() -> None:
    assert complaint(lambda: read_sound(wav(tone(1.0)), start=1.5)) == (
        "it has no sound from 1.50 s on: it lasts 1.00 s. Correct the times."
    )
    for start, end in ((-1.0, None), (2.0, 1.0), (1.0, 1.0)):
        with pytest.raises(UsageError, match="is no stretch of time"):
            read_sound(wav(tone(3.0)), start=start, end=end)


@pytest.mark.parametrize("rate", [1, 19, 10_000_001, 200_000_000])
def test_a_sample_rate_that_no_sound_has_is_an_error(rate: int) -> None:
    data = written(tone(0.1), RATE)
    lying = Media("audio/wav", data=data[:24] + rate.to_bytes(4, "little") + data[28:])
    told = f"its sound has {rate:,} samples a second; 20 to 10,000,000 can be read."
    for work in (read_sound, cut_sound, lambda media: list(sound_blocks(media))):
        assert complaint(partial(work, lying)).startswith(told)


@pytest.mark.parametrize(("rate", "length"), [(0, 1.0), (16_000, 0.0)])
def test_a_rate_and_a_length_are_above_zero(rate: int, length: float) -> None:
    with pytest.raises(UsageError, match=r"is no (rate|length)"):
        list(sound_blocks(wav(tone(0.1)), rate, length))


def test_the_sound_of_a_video_lies_where_it_is_heard() -> None:
    video = film(36, 12, tone(3.0))
    whole = read_sound(video)
    assert len(whole) == 48_000
    assert np.corrcoef(whole, tone(3.0))[0, 1] > 0.99
    part = read_sound(video, start=1.5, end=2.5)
    assert np.allclose(part, whole[24_000:40_000], atol=0.02)


def test_video_is_silent_before_and_after_its_sound() -> None:
    shots = [(n / 5, 9 * n) for n in range(20)]
    video = contained("mp4", "libx264", shots, tone(1.0, 48_000), late=1.0)
    found = read_sound(video)
    assert len(found) == pytest.approx(4 * RATE, abs=0.2 * RATE)
    loudness = [float(np.abs(found[n : n + 1600]).mean()) for n in (4_000, 20_000, 40_000, 55_000)]
    assert loudness == pytest.approx([0, 0.318, 0, 0], abs=0.03)
    assert np.abs(read_sound(video, start=2.5, end=3.5)).max() < 0.01


def test_sound_alone_in_a_video_container() -> None:
    alone = contained("mp4", "", (), tone(1.0, 48_000))
    assert len(read_sound(alone)) == RATE
    assert len(read_sound(Media("audio/mp4", data=alone.data))) == RATE


def test_video_without_sound_is_an_error() -> None:
    assert complaint(lambda: read_sound(film())) == (
        "it holds no sound. Use media with sound, or leave it out."
    )


@pytest.mark.parametrize("form", ["adts", "matroska", "mov", "mpegts"])
def test_other_containers(form: str) -> None:
    found = read_sound(contained(form, "", (), tone(1.0, 48_000)))
    assert len(found) == pytest.approx(RATE, abs=1_500)
    assert middle_hertz(found[2_000:14_000], RATE) == pytest.approx(440, abs=2)


def test_a_coding_that_is_not_known_is_an_error() -> None:
    data = contained("mov", "", (), tone(1.0, 48_000), "pcm_s16le").data or b""
    assert data.count(b"sowt") == 1
    told = complaint(lambda: read_sound(Media("audio/mp4", data=data.replace(b"sowt", b"zzzz"))))
    assert told.startswith("its sound is in a coding that is not known. Store it as H.264 and AAC")
