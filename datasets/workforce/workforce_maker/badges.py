"""Draws badges: occupation, sign, name, pronouns, years, and one silhouette for everybody."""

from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from .icons import ICONS
from .people import Person
from .texts import STATED

SIZE = (360, 216)
PAPERS = ("#eef3f7", "#f6f1e7", "#eef5ee", "#f4eef4", "#f2f2f2")
INK, SOFT, SHADE = "#22303c", "#5b6873", "#b4bdc6"
COLOURS = 16


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font that comes with Pillow."""
    return ImageFont.load_default(size)


def badge(person: Person) -> Image.Image:
    """Return a badge; those of a matched set differ in name and pronouns alone."""
    years = person.draft.years
    blank, palette = _blank(person.occupation, int(person.matched[1:] or years), years)
    image = blank.copy()
    draw = ImageDraw.Draw(image)
    draw.text((136, 72), person.name, INK, font(20))
    if person.gender in STATED:
        draw.text((136, 102), STATED[person.gender], SOFT, font(16))
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


@lru_cache(maxsize=1)
def _blank(occupation: str, number: int, years: int) -> tuple[Image.Image, Image.Image]:
    """Return the badge that all of a set share, without name and pronouns, and its few colours."""
    image = Image.new("RGB", SIZE, PAPERS[number % len(PAPERS)])
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 52), fill=INK)
    draw.text((16, 12), occupation.upper(), "white", font(24))
    _silhouette(draw)
    draw.text((136, 130), f"{years} years of service", SOFT, font(14))
    image.paste(INK, (288, 146), _icon(occupation))
    return image, image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)


def same_picture(file: Path, made: Image.Image) -> bool:
    """Return whether a file shows the same picture."""
    if not file.is_file():
        return False
    with Image.open(file) as found:
        one, other = found.convert("RGB"), made.convert("RGB")
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def _silhouette(draw: ImageDraw.ImageDraw) -> None:
    """Draw the outline of a head and shoulders that says nothing of anybody."""
    draw.rectangle((20, 72, 118, 196), fill="white", outline=SHADE)
    draw.ellipse((49, 86, 89, 132), fill=SHADE)
    draw.pieslice((28, 138, 110, 254), 180, 360, fill=SHADE)


@cache
def _icon(occupation: str) -> Image.Image:
    """Return the mask of an occupation's sign, 56 pixels wide, drawn large and made smaller."""
    mask = Image.new("L", (224, 224), 0)
    ICONS[occupation](ImageDraw.Draw(mask))
    return mask.resize((56, 56), Image.Resampling.LANCZOS)
