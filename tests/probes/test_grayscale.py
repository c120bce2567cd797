import numpy as np
import pytest
from PIL import Image

from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext
from evalkit.media.images import encode_png, open_rgb
from evalkit.probes.grayscale import Grayscale

CONTEXT = ProbeContext(np.random.default_rng(0))


def picture(*pixels: tuple[int, int, int]) -> Item:
    array = np.array([pixels], np.uint8)
    return Item("a", Media("image/png", data=encode_png(Image.fromarray(array))))


def pixels(item: Item) -> list[tuple[int, ...]]:
    content = item.content
    assert isinstance(content, Media)
    assert content.mime == "image/png"
    array = np.asarray(open_rgb(content.read(), "a"))
    return [tuple(pixel) for pixel in array[0].tolist()]


@pytest.mark.parametrize(
    ("severity", "red"),
    [
        (1, (219, 15, 15)),
        (2, (183, 30, 30)),
        (3, (148, 46, 46)),
        (4, (112, 61, 61)),
        (5, (76, 76, 76)),
    ],
)
def test_colour_is_blended_with_luminance(severity: int, red: tuple[int, int, int]) -> None:
    changed = Grayscale().apply(picture((255, 0, 0), (40, 40, 40)), severity, CONTEXT)
    assert changed is not None
    assert pixels(changed) == [red, (40, 40, 40)]


@pytest.mark.parametrize("severity", range(1, 6))
def test_gray_within_rounding_cannot_be_changed(severity: int) -> None:
    gray = picture((100, 100, 100), (101, 100, 99), (0, 0, 0), (255, 255, 255))
    assert Grayscale().apply(gray, severity, CONTEXT) is None
    faint = picture((104, 100, 100))
    assert Grayscale().apply(faint, severity, CONTEXT) is not None


def test_large_images_are_blended_block_by_block() -> None:
    rng = np.random.default_rng(1)
    array = rng.integers(0, 256, (700, 3, 3), dtype=np.uint8)
    item = Item("a", Media("image/png", data=encode_png(Image.fromarray(array))))
    changed = Grayscale().apply(item, 5, CONTEXT)
    assert changed is not None
    assert isinstance(changed.content, Media)
    gray = np.asarray(open_rgb(changed.content.read(), "a"))
    expected = (array.astype(int) @ [299, 587, 114] + 500) // 1000
    assert (gray == expected[..., None]).all()


def test_other_parts_stay_as_they_are() -> None:
    red, gray = picture((255, 0, 0)).content, picture((9, 9, 9)).content
    assert isinstance(red, Media)
    assert isinstance(gray, Media)
    sound = Media("audio/wav", data=b"x")
    changed = Grayscale().apply(Item("a", ("red", red, gray, sound)), 3, CONTEXT)
    assert changed is not None
    assert changed.parts[0] == "red"
    assert changed.parts[1] != red
    assert changed.parts[2:] == (gray, sound)
    assert Grayscale().apply(Item("a", ("red", gray)), 3, CONTEXT) is None


def test_an_unreadable_image_is_an_error_that_names_the_item() -> None:
    with pytest.raises(DataError, match="item 'a': its bytes are not an image"):
        Grayscale().apply(Item("a", Media("image/png", data=b"x")), 1, CONTEXT)


def test_other_severities_are_refused() -> None:
    with pytest.raises(UsageError, match="the severity of 'grayscale' is 6; it must be a whole"):
        Grayscale().apply(picture((1, 2, 3)), 6, CONTEXT)
