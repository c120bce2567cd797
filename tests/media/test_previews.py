import io
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from evalkit.core.items import Media, Page
from evalkit.media.audio import read_sound
from evalkit.media.durations import seconds
from evalkit.media.previews import picture, player
from evalkit.media.video import encode_video
from tests.media.making import complaint, contained, film, stored, tone, wav


def shown(part: Media | Page, pixels: int = 128) -> Image.Image:
    data = picture(part, pixels)
    assert data is not None
    assert data == picture(part, pixels)
    return Image.open(io.BytesIO(data))


def blue(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L")) < 200


def test_an_image() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 150), (255, 0, 0, 0)).save(out, "PNG")
    small = shown(Media("image/png", data=out.getvalue()))
    assert (small.format, small.size) == ("JPEG", (128, 64))
    assert small.getpixel((5, 5)) == (255, 255, 255)


def test_a_page_and_a_document() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, (400, 800), invariant=True)
    canvas.rect(0, 0, 400, 400, stroke=0, fill=1)
    canvas.showPage()
    canvas.save()
    made = Media("application/pdf", data=out.getvalue())
    for part in (Page(made, 1), made):
        small = shown(part)
        assert (small.format, small.size) == ("JPEG", (64, 128))
        assert blue(small).mean() == pytest.approx(0.5, abs=0.03)
    assert max(shown(made, 1000).size) == 1000


def test_the_first_frame_that_is_not_black() -> None:
    shots = [Image.new("RGB", (64, 48))] * 20 + [Image.new("RGB", (64, 48), "red")] * 10
    late = shown(Media("video/mp4", data=encode_video(shots, 10, tone(3.0), 16_000)))
    assert late.format == "JPEG"
    red, green, _ = late.getpixel((30, 30))  # type: ignore[misc]
    assert red - green > 150
    dark = shown(Media("video/mp4", data=encode_video(shots[:20], 10, None, 0)))
    assert np.asarray(dark).max() < 10


def test_a_waveform() -> None:
    samples = np.concatenate([np.zeros(16_000, np.float32), 1.6 * tone(1.0)])
    wave = shown(wav(samples), 320)
    assert (wave.format, wave.size) == ("PNG", (320, 80))
    heights = blue(wave).sum(axis=0)
    assert set(heights[:150]) == {1}
    assert (heights[170:310] > 50).all()
    assert shown(wav(samples), 160).size == (160, 40)


@pytest.mark.parametrize("count", [1, 5, 100])
def test_a_waveform_of_few_samples(count: int) -> None:
    assert blue(shown(wav(np.full(count, 0.5, np.float32)), 320)).any(axis=0).all()


def test_sound_alone_in_a_video_container_is_drawn_as_a_waveform() -> None:
    alone = contained("mp4", "", (), tone(1.0, 48_000))
    assert shown(alone, 320).size == (320, 80)


def test_what_has_no_picture() -> None:
    assert picture(Media("text/plain", data=b"x"), 64) is None
    assert player(Media("image/png", data=b"x")) is None


@pytest.mark.parametrize("media", [wav(tone(9.0, 44_100), 44_100), film(108, 12, tone(9.0))])
def test_a_player_holds_the_first_seconds(media: Media) -> None:
    data = player(media)
    assert data is not None
    assert data == player(media)
    assert len(data) <= 40_000
    short = Media("audio/ogg", data=data)
    assert seconds(short) == pytest.approx(4.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(read_sound(short)[16_000:32_000]))
    assert spectrum.argmax() == pytest.approx(440, abs=1)


def test_a_player_stays_small() -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 16_000 * 30).astype(np.float32)
    data = player(wav(noise), seconds=30)
    assert data is not None
    assert 20_000 < len(data) <= 40_000


def test_video_without_sound_has_no_player() -> None:
    assert player(film()) is None


def test_media_that_cannot_be_read_are_errors_that_name_the_file(tmp_path: Path) -> None:
    for name, mime in (("a.png", "image/png"), ("a.wav", "audio/wav"), ("a.mp4", "video/mp4")):
        media = stored(tmp_path, name, b"text " * 20, mime)
        assert complaint(partial(picture, media, 64)).startswith(f"{media.path}: its by")
    broken = Media("audio/wav", tmp_path / "a.wav")
    assert complaint(lambda: player(broken)).startswith(f"{broken.path}: its bytes")
