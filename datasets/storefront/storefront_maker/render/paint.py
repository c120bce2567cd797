"""Colours, printed patterns and the shaded layer on which a product is drawn."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from .masks import SIZE, Array, blur, grid

Colour = tuple[float, float, float]

COLOURS: dict[str, Colour] = {
    "black": (0.10, 0.10, 0.11),
    "white": (0.93, 0.93, 0.91),
    "grey": (0.52, 0.53, 0.55),
    "red": (0.78, 0.10, 0.12),
    "orange": (0.95, 0.48, 0.08),
    "yellow": (0.96, 0.81, 0.13),
    "green": (0.14, 0.52, 0.22),
    "blue": (0.12, 0.26, 0.68),
    "purple": (0.44, 0.18, 0.60),
    "pink": (0.95, 0.56, 0.70),
    "brown": (0.42, 0.26, 0.14),
    "turquoise": (0.13, 0.70, 0.69),
}
METAL: Colour = (0.70, 0.71, 0.73)
DARK: Colour = (0.16, 0.15, 0.15)
WOOD: Colour = (0.62, 0.42, 0.24)
LEATHER: Colour = (0.45, 0.29, 0.17)


@dataclass
class Look:
    """What the brush needs to know about one product and its light."""

    colour: str
    pattern: str
    gloss: float
    light: float
    rng: np.random.Generator
    pitch: float = field(default=0.0)

    def __post_init__(self) -> None:
        """Fix the shade and the pattern pitch of this very copy."""
        shift = self.rng.uniform(-0.035, 0.035, 3)
        self.base: Array = np.clip(np.array(COLOURS[self.colour]) + shift, 0.03, 0.97)
        pale = float(self.base.mean()) > 0.6
        self.accent = np.array((0.20, 0.22, 0.30) if pale else (0.94, 0.92, 0.86))
        self.heart = np.array((0.85, 0.62, 0.10) if self.colour != "yellow" else (0.7, 0.2, 0.1))
        self.pitch = float(self.rng.uniform(7.5, 10.5))


def soft_noise(rng: np.random.Generator, cells: int, size: int = SIZE) -> Array:
    """Return smooth noise from -1 to 1 with about the given number of bumps a side."""
    coarse = rng.uniform(0, 255, (cells + 2, cells + 2)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float64) / 127.5 - 1


def step(distance: Array, softness: float = 0.04) -> Array:
    """Return 1 where the distance is clearly below zero and 0 clearly above."""
    return np.clip(0.5 - distance / (2 * softness), 0, 1)


def _wave(phase: Array) -> Array:
    """Return how far each phase is from the middle of its period, 0 to 0.5."""
    return np.abs(phase - np.floor(phase) - 0.5)


def _flower(u: Array, v: Array) -> tuple[Array, Array]:
    """Return the masks of petals and of flower hearts on a staggered lattice."""
    u = u + 0.5 * (np.floor(v) % 2)
    x, y = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    petals = step(radius - 0.40 * (0.66 + 0.34 * np.cos(5 * angle)))
    return petals, step(radius - 0.11)


def printed(look: Look, u: Array, v: Array) -> Array:
    """Return the colour of the patterned material at surface coordinates u and v."""
    u, v = u / look.pitch, v / look.pitch
    ink = np.zeros_like(u)
    hearts = np.zeros_like(u)
    if look.pattern == "striped":
        ink = step(_wave(v) - 0.22)
    elif look.pattern == "checked":
        ink = 0.5 * step(_wave(u) - 0.25) + 0.5 * step(_wave(v) - 0.25)
    elif look.pattern == "dotted":
        lift = u + 0.5 * (np.floor(v) % 2)
        ink = step(np.hypot(_wave(lift), _wave(v)) - 0.24)
    elif look.pattern == "floral":
        ink, hearts = _flower(u / 1.5, v / 1.5)
    colour = look.base + ink[..., None] * (look.accent - look.base)
    return np.asarray(colour + hearts[..., None] * (look.heart - colour))


class Layer:
    """A product being drawn: colour and coverage, part by part from back to front."""

    def __init__(self, look: Look) -> None:
        """Start with nothing drawn."""
        self.look = look
        self.rgb: Array = np.zeros((SIZE, SIZE, 3))
        self.alpha: Array = np.zeros((SIZE, SIZE))

    def part(
        self,
        mask: Array,
        colour: Colour | Array | None = None,
        *,
        puff: float = 3,
        gloss: float | None = None,
        turned: bool = False,
        folds: float = 0.0,
        tone: float = 1.0,
        across: bool = False,
        clear: float = 1.0,
    ) -> None:
        """Add one part; without a colour it carries the product's colour and pattern."""
        shade, spark, u, v = self._turned(mask) if turned else self._puffed(mask, puff)
        if folds:
            shade = shade * (1 + folds * soft_noise(self.look.rng, 7))
            v = v + 12 * folds * soft_noise(self.look.rng, 4)
        if across:
            u, v = v, u
        paint = printed(self.look, u, v) if colour is None else np.array(colour)
        spark = spark * (self.look.gloss if gloss is None else gloss)
        lit = np.clip(paint * (shade * tone)[..., None] + spark[..., None], 0, 1)
        cover = (mask * clear)[..., None]
        self.rgb = self.rgb * (1 - cover) + lit * cover
        self.alpha = np.maximum(self.alpha, mask * clear)

    def _puffed(self, mask: Array, puff: float) -> tuple[Array, Array, Array, Array]:
        """Shade a flat outline as if it were softly stuffed."""
        xs, ys = grid()
        dy, dx = np.gradient(blur(mask, puff) * puff * 5)
        normal = np.stack([-dx, -dy, np.full_like(dx, 0.5)], axis=-1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        return *self._lambert(normal), xs, ys

    def _turned(self, mask: Array) -> tuple[Array, Array, Array, Array]:
        """Shade a body of revolution and wrap its pattern around it."""
        xs, ys = grid()
        weight = mask.sum(axis=1, keepdims=True)
        middle = (mask * xs).sum(axis=1, keepdims=True) / np.maximum(weight, 1e-6)
        half = np.maximum(weight * 100 / SIZE / 2, 0.5)
        nx = np.clip((xs - middle) / half, -0.999, 0.999)
        normal = np.stack([nx, np.full_like(nx, -0.12), np.sqrt(1 - nx**2)], axis=-1)
        shade, spark = self._lambert(normal)
        sag = np.sqrt(1 - nx**2) * 0.14 * np.median(half[weight > 4]) if weight.any() else 0
        width = float(half.max())
        return shade, spark, width * np.arcsin(nx), ys - sag

    def _lambert(self, normal: Array) -> tuple[Array, Array]:
        """Return matt brightness and highlight strength for surface normals."""
        light = np.array((self.look.light * 0.75, -0.55, 0.75))
        light /= np.linalg.norm(light)
        facing = np.clip(normal @ light, 0, 1)
        halfway = light + np.array((0, 0, 1.0))
        halfway /= np.linalg.norm(halfway)
        spark = np.clip(normal @ halfway, 0, 1) ** 40
        return 0.42 + 0.70 * facing, np.asarray(spark)
