import io
import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.errors import DataError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext
from evalkit.media.images import encode_png, item_image

Pixels = npt.NDArray[Any]

IMAGENET_C: dict[str, Sequence[Any]] = {
    "gaussian_noise": (0.08, 0.12, 0.18, 0.26, 0.38),
    "shot_noise": (60, 25, 12, 5, 3),
    "impulse_noise": (0.03, 0.06, 0.09, 0.17, 0.27),
    "speckle_noise": (0.15, 0.2, 0.35, 0.45, 0.6),
    "gaussian_blur": (1, 2, 3, 4, 6),
    "defocus_blur": ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)),
    "motion_blur": ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
    "contrast": (0.4, 0.3, 0.2, 0.1, 0.05),
    "saturate": ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
    "jpeg_compression": (25, 18, 15, 10, 7),
    "pixelate": (0.6, 0.5, 0.4, 0.3, 0.25),
}
OWN: dict[str, Sequence[Any]] = {
    "occlusion": (0.05, 0.1, 0.2, 0.3, 0.45),
    "rotation": (5, 10, 20, 30, 45),
    "perspective": (0.05, 0.1, 0.15, 0.2, 0.3),
    "crop": (0.9, 0.75, 0.6, 0.5, 0.35),
    "over_exposure": (1.2, 1.5, 2, 2.5, 3),
    "low_light": ((1.5, 250), (2, 100), (2.5, 50), (3.5, 30), (5, 15)),
    "background_swap": (0.2, 0.4, 0.6, 0.8, 1.0),
}
NAMES = (*IMAGENET_C, *(set(OWN) - {"background_swap"}), "flip", "colour_temperature")
SEVERITIES = range(1, 6)
GROWING = sorted(set(NAMES) - {"flip", "saturate"})


def by_severity(levels: Sequence[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(levels, 1))


def item_of(pixels: Pixels, name: str = "a") -> Item:
    image = Image.fromarray(np.asarray(pixels, np.uint8))
    return Item(name, Media("image/png", data=encode_png(image)))


def flat(tone: int | tuple[int, int, int], height: int, width: int) -> Item:
    return item_of(np.full((height, width, 3), tone))


def photo(height: int, width: int, seed: int = 0) -> Item:
    """Patches of colour with soft and hard edges, and a little texture."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(30, 226, (6, 6, 3), dtype=np.uint8))
    pixels = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), float)
    pixels[height // 3 : height // 2, width // 4 : width // 2] = rng.integers(0, 256, 3)
    return item_of(np.clip(pixels + rng.normal(0, 4, pixels.shape), 0, 255))


def changed(name: str, item: Item, severity: int, seed: int = 0, **params: Any) -> Pixels:
    """Return the pixels of the changed item, of the same item where it cannot be changed."""
    context = ProbeContext(np.random.default_rng(seed))
    new = registry.create("probes", name, **params).apply(item, severity, context)
    return np.asarray(item_image(new or item), float)


def distance(name: str, item: Item, severity: int, seed: int) -> float:
    old = np.asarray(item_image(item), float)
    return float(np.abs(changed(name, item, severity, seed) - old).mean())


@pytest.mark.parametrize(("name", "levels"), [*IMAGENET_C.items(), *OWN.items()])
def test_levels_are_those_that_are_published(name: str, levels: Sequence[Any]) -> None:
    assert tuple(registry.find("probes", name).levels) == tuple(levels)


# --- all of them -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GROWING)
def test_the_distance_from_a_photo_grows_with_severity(name: str) -> None:
    photos = [photo(70, 90, seed) for seed in range(4)]
    means = [
        np.mean([distance(name, one, s, k) for k, one in enumerate(photos)]) for s in SEVERITIES
    ]
    assert means == sorted(means)
    assert means[0] > 0.1
    assert means[-1] > 1.2 * means[0]


@pytest.mark.parametrize("name", sorted(NAMES))
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3)])
def test_tiny_photos_come_out_sound(name: str, shape: tuple[int, int]) -> None:
    item = photo(*shape)
    for severity in (1, 5):
        height, width, channels = changed(name, item, severity).shape
        assert sorted((height, width)) == sorted(shape)
        assert channels == 3


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_same_seed_gives_the_same_file(name: str) -> None:
    item, probe = photo(40, 50), registry.create("probes", name)
    first, again, other = (
        probe.apply(item, 3, ProbeContext(np.random.default_rng(seed))) for seed in (7, 7, 8)
    )
    assert first == again
    by_chance = {"occlusion", "perspective", "crop", "motion_blur", "shot_noise", "low_light"}
    assert (first != other) or name not in by_chance


@pytest.mark.parametrize("name", ["jpeg_compression", "gaussian_noise", "background_swap"])
def test_of_a_mix_only_images_change_and_files_say_what_they_are(name: str) -> None:
    image, sound = photo(20, 30).parts[0], Media("audio/wav", data=b"x")
    white = Media("image/png", data=encode_png(Image.new("L", (30, 20))))
    mask = Image.new("L", (30, 20))
    mask.paste(255, (10, 5, 20, 15))
    half = Media("image/png", data=encode_png(mask))
    item = Item("a", ("words", image, sound), mask=half)
    others = (item, Item("b", image, mask=half), Item("c", "words", mask=white))
    donor = (others[1].with_content(photo(25, 35, 3).parts[0]),)
    if name == "background_swap":
        soft = Media("image/png", data=encode_png(mask.resize((35, 25))))
        donor = (Item("b", donor[0].content, mask=soft),)
    new = registry.create("probes", name).apply(
        item, 3, ProbeContext(np.random.default_rng(0), donor)
    )
    assert new is not None
    assert (new.parts[0], new.parts[2]) == ("words", sound)
    picture = new.parts[1]
    assert isinstance(picture, Media)
    assert picture.mime == ("image/jpeg" if name == "jpeg_compression" else "image/png")
    start = b"\xff\xd8" if name == "jpeg_compression" else b"\x89PNG"
    assert picture.read().startswith(start)


def test_bytes_that_are_no_image_are_data_errors() -> None:
    broken = Item("a", Media("image/png", data=b"no image"))
    with pytest.raises(DataError, match="item 'a'"):
        changed("rotation", broken, 1)


@pytest.mark.parametrize("name", ["contrast", "crop", "flip", "rotation", "jpeg_compression"])
def test_a_photo_of_one_colour_cannot_be_changed(name: str) -> None:
    probe = registry.create("probes", name)
    for severity in (1, 5):
        context = ProbeContext(np.random.default_rng(0))
        assert probe.apply(flat(255, 32, 32), severity, context) is None


# --- noise -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "sigma"), by_severity(IMAGENET_C["gaussian_noise"]))
def test_gaussian_noise_has_its_deviation(severity: int, sigma: float) -> None:
    noise = changed("gaussian_noise", flat(128, 60, 80), severity) - 128
    seen = np.clip(np.random.default_rng(1).normal(0, 255 * sigma, 100_000), -128, 127).std()
    assert noise.std() == pytest.approx(seen, rel=0.03)
    assert abs(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]) < 0.05


@pytest.mark.parametrize(("severity", "rate"), by_severity(IMAGENET_C["shot_noise"]))
def test_shot_noise_has_the_variance_of_counts(severity: int, rate: float) -> None:
    for tone in (20, 60):
        noisy = changed("shot_noise", flat(tone, 100, 120), severity) / 255
        wanted = tone / 255 / rate
        assert noisy.mean() == pytest.approx(tone / 255, rel=0.05)
        assert noisy.var() == pytest.approx(wanted, rel=0.08)


def test_speckle_grows_with_brightness() -> None:
    dark = changed("speckle_noise", flat(40, 60, 80), 2).std()
    light = changed("speckle_noise", flat(120, 60, 80), 2).std()
    assert dark == pytest.approx(0.2 * 40, rel=0.05)
    assert light == pytest.approx(0.2 * 120, rel=0.05)
    assert registry.create("probes", "speckle_noise").apply(
        flat(0, 9, 9), 5, ProbeContext(np.random.default_rng(0))
    ) is None  # fmt: skip


@pytest.mark.parametrize(("severity", "share"), by_severity(IMAGENET_C["impulse_noise"]))
def test_impulses_are_half_black_half_white(severity: int, share: float) -> None:
    noisy = changed("impulse_noise", flat(100, 120, 150), severity)
    assert set(np.unique(noisy)) == {0, 100, 255}
    assert (noisy == 0).mean() == pytest.approx(share / 2, rel=0.1)
    assert (noisy == 255).mean() == pytest.approx(share / 2, rel=0.1)


@pytest.mark.parametrize("name", ["gaussian_noise", "shot_noise", "speckle_noise", "impulse_noise"])
@pytest.mark.parametrize(("height", "width", "side"), [(300, 310, 1), (449, 451, 2), (673, 671, 3)])
def test_the_grain_of_noise_grows_with_the_photo(
    name: str, height: int, width: int, side: int
) -> None:
    noisy = changed(name, flat(120, height, width), 3)[..., 0]
    across = (np.diff(noisy, axis=1) != 0).any(axis=0)
    assert set((np.flatnonzero(across) + 1) % side) == {0}
    assert across.sum() == math.ceil(width / side) - 1


# --- blur --------------------------------------------------------------------------------------


def spread(name: str, severity: int, side: int, axis: int) -> float:
    """Return the deviation in pixels over which a point of light is spread along an axis."""
    point = np.zeros((side, side, 3))
    reach = side // 60
    point[side // 2 - reach : side // 2 + reach + 1, side // 2 - reach : side // 2 + reach + 1] = (
        255
    )
    seen = changed(name, item_of(point), severity)[..., 0]
    profile = seen.sum(axis=1 - axis) / seen.sum()
    at = np.arange(side)
    variance = (profile * at**2).sum() - (profile * at).sum() ** 2
    return math.sqrt(variance - ((2 * reach + 1) ** 2 - 1) / 12)


@pytest.mark.parametrize("side", [224, 448])
@pytest.mark.parametrize("axis", [0, 1])
def test_radii_are_scaled_with_the_photo(side: int, axis: int) -> None:
    scale = side / 224
    assert spread("gaussian_blur", 3, side, axis) == pytest.approx(3 * scale, rel=0.05)
    radius, soft = 8, 0.5
    disk = math.hypot(radius / 2, soft) * scale
    assert spread("defocus_blur", 4, side, axis) == pytest.approx(disk, rel=0.07)


def test_defocus_makes_a_disk_of_even_light() -> None:
    point = np.zeros((224, 224, 3))
    point[109:116, 109:116] = 255
    seen = changed("defocus_blur", item_of(point), 5)[..., 0]
    at = np.hypot(*(np.mgrid[:224, :224] - 112))
    assert seen[at > 17].max() == 0
    assert np.ptp(seen[at < 5]) <= 1
    assert seen[at < 5].mean() == pytest.approx(255 * 49 / (math.pi * 10.2**2), rel=0.08)


@pytest.mark.parametrize("severity", [1, 5])
def test_motion_blur_keeps_the_mean_and_smears_along_one_line(severity: int) -> None:
    pixels = np.full((120, 160, 3), 40.0)
    pixels[58:62, 78:82] = 240
    for seed in range(3):
        seen = changed("motion_blur", item_of(pixels), severity, seed)
        assert seen.mean() == pytest.approx(pixels.mean(), abs=0.6)
        y, x = np.nonzero(seen[..., 0] > 45)
        long, short = np.sqrt(np.linalg.eigvalsh(np.cov(x, y)))[::-1]
        assert long > 1.3 * short
        direction = np.linalg.eigh(np.cov(x, y))[1][:, 1]
        assert abs(direction[1]) <= abs(direction[0]) + 0.05


@pytest.mark.parametrize("name", ["gaussian_blur", "defocus_blur", "motion_blur"])
def test_blur_goes_on_at_the_border_as_the_photo_ends(name: str) -> None:
    halves = np.zeros((100, 130, 3))
    halves[:50] = (200, 150, 10)
    seen = changed(name, item_of(halves), 4)
    assert np.abs(seen[0] - (200, 150, 10)).max() <= 1
    assert np.abs(seen[-1]).max() <= 1


# --- light and colour --------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "power"), [(1, 1.5), (2, 2), (3, 2.5), (4, 3.5), (5, 5)])
def test_low_light_lowers_tones_by_a_power(severity: int, power: float) -> None:
    dusk = changed("low_light", flat(180, 80, 90), severity)
    assert dusk.mean() == pytest.approx(255 * (180 / 255) ** power, rel=0.05)
    assert dusk.std() > 1


def test_low_light_keeps_the_hue() -> None:
    dusk = changed("low_light", flat((200, 100, 50), 200, 220), 2).mean(axis=(0, 1))
    assert dusk[0] / dusk[1] == pytest.approx(2, rel=0.05)
    assert dusk[1] / dusk[2] == pytest.approx(2, rel=0.05)


def test_over_exposure_multiplies_and_burns_out() -> None:
    assert (changed("over_exposure", flat((50, 100, 200), 3, 3), 3) == (100, 200, 255)).all()


@pytest.mark.parametrize(("severity", "keep"), by_severity(IMAGENET_C["contrast"]))
def test_contrast_shrinks_about_the_mean_of_each_colour(severity: int, keep: float) -> None:
    old = np.asarray(item_image(photo(50, 60)), float)
    mean = old.mean(axis=(0, 1))
    seen = changed("contrast", item_of(old), severity)
    assert np.abs(seen - (mean + keep * (old - mean))).max() <= 0.51


def test_saturation_is_multiplied_and_gray_stays_gray() -> None:
    pixels = np.array([[(200, 150, 100), (90, 90, 90)]])
    pale = changed("saturate", item_of(pixels), 1)[0]
    strong = changed("saturate", item_of(pixels), 3)[0]
    assert np.abs(pale[0] - (200, 185, 170)).max() <= 2
    assert np.abs(strong[0] - (200, 100, 0)).max() <= 2
    assert (pale[1] == 90).all()
    assert (strong[1] == 90).all()


@pytest.mark.parametrize("severity", range(1, 6))
def test_light_of_a_black_body_is_warm_or_cool_and_as_bright(severity: int) -> None:
    gray, black = flat(100, 4, 4), flat(0, 4, 4)
    warm = changed("colour_temperature", gray, severity, towards="warm")[0, 0]
    cool = changed("colour_temperature", gray, severity, towards="cool")[0, 0]
    assert warm[0] > warm[1] > warm[2]
    assert cool[0] < cool[1] < cool[2]
    weights = np.array([0.2126, 0.7152, 0.0722])
    for light in (warm, cool):
        linear = ((light / 255 + 0.055) / 1.055) ** 2.4
        assert weights @ linear == pytest.approx(((100 / 255 + 0.055) / 1.055) ** 2.4, rel=0.03)
    assert (changed("colour_temperature", black, severity) == 0).all()


def test_a_light_bulb_has_the_colour_of_a_light_bulb() -> None:
    """As in the table of black bodies by Charity: #ffa757 at 2700 K and #fff9fd at 6500 K."""
    bulb, daylight = (
        ((np.array(rgb) / 255 + 0.055) / 1.055) ** 2.4
        for rgb in ((0xFF, 0xA7, 0x57), (0xFF, 0xF9, 0xFD))
    )
    bulb, daylight = bulb / bulb[1], daylight / daylight[1]
    white = changed("colour_temperature", flat(128, 2, 2), 5, towards="warm")[0, 0]
    linear = ((white / 255 + 0.055) / 1.055) ** 2.4
    assert linear / linear[1] == pytest.approx(bulb / daylight, rel=0.08)


def test_either_direction_is_drawn_and_another_is_refused() -> None:
    gray = flat(100, 2, 2)
    found = {changed("colour_temperature", gray, 3, seed)[0, 0, 0] > 100 for seed in range(12)}
    assert found == {True, False}
    with pytest.raises(UsageError, match="none of warm, cool and either"):
        registry.create("probes", "colour_temperature", towards="hot")


# --- files and pixels --------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "quality"), by_severity(IMAGENET_C["jpeg_compression"]))
def test_jpeg_is_stored_at_its_quality(severity: int, quality: int) -> None:
    item = photo(40, 50)
    probe = registry.create("probes", "jpeg_compression")
    new = probe.apply(item, severity, ProbeContext(np.random.default_rng(0)))
    assert new is not None
    with Image.open(io.BytesIO(new.content.read())) as stored:
        first = cast("Any", stored).quantization[0][0]
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    assert first == min(255, max(1, int((16 * scale + 50) / 100)))
    redrawn = probe.redraw(item_image(item), severity, np.random.default_rng(0))
    assert (np.asarray(redrawn) == np.asarray(item_image(new))).all()


@pytest.mark.parametrize(("severity", "share"), by_severity(IMAGENET_C["pixelate"]))
@pytest.mark.parametrize("side", [224, 448, 150])
def test_pixels_are_as_coarse_as_at_224(severity: int, share: float, side: int) -> None:
    rng = np.random.default_rng(0)
    seen = changed("pixelate", item_of(rng.integers(0, 256, (side, side, 3))), severity)[..., 0]
    tiles = 1 + (np.diff(seen, axis=1) != 0).any(axis=0).sum()
    assert tiles == int(min(side, 224) * share)


# --- geometry ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "share"), by_severity(OWN["occlusion"]))
@pytest.mark.parametrize(("height", "width"), [(60, 80), (200, 31)])
def test_occlusion_covers_its_share_within_a_row(
    severity: int, share: float, height: int, width: int
) -> None:
    for seed in range(5):
        seen = changed("occlusion", flat(0, height, width), severity, seed)[..., 0]
        assert set(np.unique(seen)) == {0, 127}
        assert abs((seen > 0).sum() - share * height * width) <= max(height, width)
        y, x = np.nonzero(seen)
        assert (np.ptp(y) + 1) * (np.ptp(x) + 1) == len(y)


def test_occlusion_hides_the_subject_where_a_mask_tells_it() -> None:
    mask = np.zeros((60, 80), np.uint8)
    mask[10:20, 60:76] = 255
    item = flat(0, 60, 80)
    masked = Item(
        "a", item.content, mask=Media("image/png", data=encode_png(Image.fromarray(mask)))
    )
    for severity in range(1, 6):
        seen = changed("occlusion", masked, severity, severity)[..., 0]
        y, x = np.nonzero(seen)
        assert y.min() <= 15 <= y.max()
        assert x.min() <= 68 <= x.max()
    tall = Item("a", flat(0, 61, 80).content, mask=masked.mask)
    with pytest.raises(DataError, match=r"80 x 60 pixels, its image 80 x 61"):
        changed("occlusion", tall, 1)


def test_a_turn_to_the_left_is_one() -> None:
    from evalkit.probes.rotation import _turned

    image = item_image(photo(41, 41))
    turned = np.asarray(_turned(image, 90), float)
    assert np.abs(turned - np.rot90(np.asarray(image))).max() <= 1
    there_and_back = np.asarray(_turned(_turned(image, 20), -20), float)[12:29, 12:29]
    assert np.abs(there_and_back - np.asarray(image, float)[12:29, 12:29]).mean() < 8


@pytest.mark.parametrize(("severity", "degrees"), by_severity(OWN["rotation"]))
def test_rotation_turns_either_way_and_mirrors_the_outside(severity: int, degrees: float) -> None:
    pixels = np.full((101, 101, 3), 200)
    pixels[49:52, 30:71] = 0
    angles = set()
    for seed in range(8):
        seen = changed("rotation", item_of(pixels), severity, seed)[..., 0]
        assert (seen[0] >= 199).all()
        y, x = np.nonzero(seen < 100)
        direction = np.linalg.eigh(np.cov(x, y))[1][:, 1]
        angles.add(round(math.degrees(math.atan(direction[1] / direction[0]))))
    assert angles == {-degrees, degrees}


@pytest.mark.parametrize(("severity", "most"), by_severity(OWN["perspective"]))
def test_perspective_maps_corners_to_places_within_the_photo(severity: int, most: float) -> None:
    y, x = np.mgrid[:100, :200]
    pixels = np.stack([x * 255 / 200, y * 255 / 100, 0 * x], axis=2)
    reached = 0.0
    for seed in range(4):
        seen = changed("perspective", item_of(pixels), severity, seed)[..., :2] / 255
        corners = seen[[0, 0, -1, -1], [0, -1, -1, 0]]
        inwards = np.abs(corners - [(0, 0), (1, 0), (1, 1), (0, 1)])
        assert inwards.max() <= most + 0.02
        reached = max(reached, inwards.max())
        assert np.ptp(inwards, axis=0).max() > most / 5
    assert reached == pytest.approx(most, abs=0.02)


@pytest.mark.parametrize(("severity", "share"), by_severity(OWN["crop"]))
def test_crop_keeps_a_share_of_the_area_at_the_old_size(severity: int, share: float) -> None:
    y, x = np.mgrid[:200, :240]
    pixels = np.stack([x, y, 0 * x], axis=2)
    places = set()
    for seed in range(4):
        seen = changed("crop", item_of(pixels), severity, seed)
        assert seen.shape == pixels.shape
        width, height = np.ptp(seen[..., 0]) + 1, np.ptp(seen[..., 1]) + 1
        assert width * height / pixels[..., 0].size == pytest.approx(share, rel=0.03)
        places.add((seen[0, 0, 0], seen[0, 0, 1]))
    assert len(places) > 1


def test_flip_mirrors_and_turns_without_loss() -> None:
    item = photo(20, 30)
    old = np.asarray(item_image(item), float)
    wanted = [old[:, ::-1], old[::-1], old[::-1, ::-1], np.rot90(old), np.rot90(old, -1)]
    for severity, pixels in enumerate(wanted, 1):
        assert (changed("flip", item, severity) == pixels).all()
    assert registry.find("probes", "flip").ordered is False
