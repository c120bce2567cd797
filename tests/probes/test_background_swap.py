from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media, Tag
from evalkit.core.protocols import ProbeContext
from evalkit.media.images import encode_png, item_image
from evalkit.probes.background_swap import BackgroundSwap

RED, GREEN, BLUE = (200, 30, 20), (20, 180, 40), (10, 30, 220)
YELLOW = (230, 220, 20)
Colour = tuple[int, int, int]
INSIDE = (slice(14, 26), slice(18, 32))
AROUND = (slice(0, 6), slice(0, 50))


def media(pixels: npt.NDArray[np.uint8]) -> Media:
    return Media("image/png", data=encode_png(Image.fromarray(pixels)))


def masked(
    name: str,
    subject: Colour,
    ground: Colour,
    size: tuple[int, int] = (40, 50),
    tags: Mapping[str, Tag] | None = None,
) -> Item:
    """A box of one colour before another colour, with a mask of the box."""
    white = np.zeros(size, np.uint8)
    white[size[0] // 4 : 3 * size[0] // 4, size[1] // 4 : 3 * size[1] // 4] = 255
    pixels = np.where(white[..., None] > 0, subject, ground).astype(np.uint8)
    return Item(name, media(pixels), tags or {}, mask=media(white))


def swapped(
    item: Item, severity: int, *others: Item, seed: int = 0, same: str = "", other: str = ""
) -> Item | None:
    context = ProbeContext(np.random.default_rng(seed), others)
    return BackgroundSwap(same=same, other=other).apply(item, severity, context)


def pixels_of(item: Item | None) -> npt.NDArray[np.float64]:
    assert item is not None
    return np.asarray(item_image(item), np.float64)


@pytest.mark.parametrize("severity", range(1, 6))
def test_the_background_is_replaced_by_fifths_and_the_subject_stays(severity: int) -> None:
    item, donor = masked("a", RED, GREEN), masked("b", YELLOW, BLUE)
    seen = pixels_of(swapped(item, severity, item, donor))
    share = severity / 5
    wanted = (1 - share) * np.array(GREEN) + share * np.array(BLUE)
    assert np.abs(seen[AROUND] - wanted).max() <= 1
    assert (seen[INSIDE] == RED).all()


def test_nothing_of_the_other_subject_shows() -> None:
    item, donor = masked("a", RED, GREEN, (80, 100)), masked("b", YELLOW, BLUE, (60, 60))
    small = np.zeros((80, 100), np.uint8)
    small[:4, :4] = 255
    tiny = Item("a", item.content, mask=media(small))
    seen = pixels_of(swapped(tiny, 5, donor))
    assert np.abs(seen[8:, 8:] - BLUE).max() <= 2


def test_what_is_painted_over_goes_on_sideways() -> None:
    pixels = np.zeros((80, 80, 3), np.uint8)
    pixels[:40], pixels[40:] = BLUE, GREEN
    white = np.zeros((80, 80), np.uint8)
    white[20:60, 25:55] = 255
    pixels[20:60, 25:55] = YELLOW
    donor = Item("b", media(pixels), mask=media(white))
    corner = np.zeros((80, 80), np.uint8)
    corner[:3, :3] = 255
    item = Item("a", media(np.full((80, 80, 3), RED, np.uint8)), mask=media(corner))
    seen = pixels_of(swapped(item, 5, donor))
    assert np.abs(seen[24:32, 30:50] - BLUE).max() <= 4
    assert np.abs(seen[48:56, 30:50] - GREEN).max() <= 4


def test_soft_masks_blend_at_the_edge() -> None:
    white = np.tile(np.linspace(0, 255, 50).astype(np.uint8), (40, 1))
    item = Item("a", masked("a", RED, RED).content, mask=media(white))
    seen = pixels_of(swapped(item, 5, masked("b", YELLOW, BLUE)))[20]
    assert (np.diff(seen[:, 0]) >= 0).all()
    assert np.abs(seen[0] - BLUE).max() <= 1
    assert np.abs(seen[-1] - RED).max() <= 1


def test_donors_are_drawn_by_chance_and_may_be_told_by_tags() -> None:
    item = masked("a", RED, GREEN, tags={"place": ("snow",)})
    snow = masked("b", YELLOW, (250, 250, 250), tags={"place": ("snow",)})
    night = masked("c", YELLOW, (0, 0, 40), tags={"place": ("night",)})
    both = (item, night, snow)
    bright = [pixels_of(swapped(item, 5, *both, seed=s))[0, 0, 0] > 200 for s in range(12)]
    assert set(bright) == {True, False}
    for seed in range(6):
        same = pixels_of(swapped(item, 5, *both, seed=seed, same="place"))
        other = pixels_of(swapped(item, 5, *both, seed=seed, other="place"))
        assert (same[0, 0] == 250).all()
        assert (other[0, 0] == (0, 0, 40)).all()
    assert swapped(item, 5, item, snow, other="place") is None


def test_items_without_subject_or_donor_are_left_as_they_are() -> None:
    item, donor = masked("a", RED, GREEN), masked("b", YELLOW, BLUE)
    whole, none = (media(np.full((40, 50), tone, np.uint8)) for tone in (255, 0))
    assert swapped(Item("a", "words", mask=item.mask), 3, donor) is None
    assert swapped(Item("a", item.content, mask=none), 3, donor) is None
    assert swapped(Item("a", item.content, mask=whole), 3, donor) is None
    assert swapped(item, 3) is None
    assert swapped(item, 3, item, Item("c", donor.content)) is None
    assert swapped(item, 3, Item("c", donor.content, mask=whole)) is None
    assert swapped(item, 3, Item("c", "words", mask=donor.mask)) is None


def test_a_picture_without_a_mask_is_a_data_error() -> None:
    item, donor = masked("a", RED, GREEN), masked("b", YELLOW, BLUE)
    with pytest.raises(DataError, match="item 'a': it has no mask that tells its subject"):
        swapped(Item("a", item.content), 3, donor)
    assert swapped(item, 3, Item("c", donor.content)) is None


def test_a_mask_of_another_size_is_a_data_error() -> None:
    item, donor = masked("a", RED, GREEN), masked("b", YELLOW, BLUE)
    wrong = Item("a", item.content, mask=media(np.zeros((20, 30), np.uint8)))
    with pytest.raises(DataError, match=r"item 'a'.* 30 x 20 pixels, its image 50 x 40"):
        swapped(wrong, 3, donor)


def test_an_item_whose_own_mask_is_broken_lends_no_background() -> None:
    item, fine = masked("a", RED, GREEN), masked("b", YELLOW, BLUE)
    small = Item("c", masked("c", YELLOW, RED).content, mask=media(np.zeros((9, 9), np.uint8)))
    torn = Item("d", fine.content, mask=Media("image/png", data=b"nothing"))
    for seed in range(12):
        seen = pixels_of(swapped(item, 5, item, small, torn, fine, seed=seed))
        assert np.abs(seen[AROUND] - BLUE).max() <= 1
    assert swapped(item, 5, item, small, torn) is None
    for broken in (small, torn):
        with pytest.raises(DataError):
            swapped(broken, 5, item, fine)


def test_a_background_of_another_shape_is_cut_to_fit() -> None:
    item, donor = masked("a", RED, GREEN, (31, 77)), masked("b", YELLOW, BLUE, (90, 12))
    seen = pixels_of(swapped(item, 5, donor))
    assert seen.shape == (31, 77, 3)
    assert np.abs(seen[0] - BLUE).max() <= 2
