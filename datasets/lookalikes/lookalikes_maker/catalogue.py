"""The products, the shots that are taken of them, and which pictures the data set consists of."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from . import drawing
from .copies import DEGRADATIONS, DUPLICATES

SOURCES = Path(__file__).resolve().parent.parent / "sources"
SEED = 20260714
SHOTS = 3  # of each product: two for the corpus, one to ask with
COPIED = 120
ASKED_COPIES = 68
Rng = np.random.Generator


@dataclass(frozen=True)
class Product:
    """What is photographed; the first four fields are all that tells products apart."""

    kind: str
    shape: str
    colour: str
    pattern: str
    id: str = ""
    material: str = ""
    department: str = ""
    category: str = ""

    @property
    def look(self) -> tuple[str, str, str, str]:
        """Kind, shape, colour and pattern."""
        return self.kind, self.shape, self.colour, self.pattern


@dataclass(frozen=True)
class Picture:
    """One file: a shot of a product, or a changed copy of another picture."""

    id: str
    product: Product
    background: str
    shot: dict[str, Any]
    source: str = ""
    change: str = ""

    @property
    def file(self) -> str:
        """Where the picture lies in the data set's folder."""
        return f"images/{self.id}.jpg"


@dataclass(frozen=True)
class Pictures:
    """All pictures: those of the corpus, and the shots and the copies that are asked with."""

    corpus: list[Picture]
    shots: list[Picture]
    copies: list[Picture]

    def all(self) -> list[Picture]:
        """Return every picture; a copy may come before its source."""
        return [*self.corpus, *self.shots, *self.copies]


def load_products() -> list[Product]:
    """Return the products of the source file, shuffled so that ids say nothing of the kind."""
    text = (SOURCES / "products.yaml").read_text(encoding="utf-8")
    rng, specs = np.random.default_rng(SEED), drawing.kinds()
    looks = [(kind, *look) for kind, looks in yaml.safe_load(text).items() for look in looks]
    return [
        _product(f"p{number:03}", looks[int(k)], specs)
        for number, k in enumerate(rng.permutation(len(looks)), 1)
    ]


def _product(name: str, look: tuple[str, str, str, str], specs: dict[str, Any]) -> Product:
    """Return a product with its shelf and a material that its shape is made of."""
    spec = specs[look[0]]
    materials = spec.get("shape_materials", {}).get(look[1], spec["materials"])
    material = materials[int(name[1:]) % len(materials)]
    return Product(*look, name, material, spec["path"][0], spec["path"][1])


def _backgrounds(wanted: str, rng: Rng) -> list[str]:
    """Return a background for each shot, all different; the first is the wanted one."""
    names = drawing.backgrounds()
    order = [names[int(k)] for k in rng.permutation(len(names))]
    if wanted:
        order = [wanted, *(name for name in order if name != wanted)]
    return order[:SHOTS]


def _shot(product: Product, background: str, rng: Rng) -> dict[str, Any]:
    """Return how a photo is taken; what stands upright tilts less."""
    turn = 9 if drawing.lies_flat(product.kind) else 3.5
    lights = drawing.lights()
    return {
        "background": background,
        "lighting": lights[int(rng.integers(len(lights)))],
        "rotation": round(float(rng.uniform(-turn, turn)), 2),
        "scale": round(float(rng.uniform(0.78, 1.0)), 3),
        "shift": [round(float(rng.uniform(-0.05, 0.05)), 3) for _ in range(2)],
        "perspective": [round(float(rng.uniform(-0.14, 0.14)), 3) for _ in range(2)],
        "seed": int(rng.integers(1 << 31)),
    }


def load_pictures(products: list[Product], wanted: dict[tuple[str, ...], str]) -> Pictures:
    """Return all pictures in the order of their ids, which is random.

    wanted: the background that one corpus photo of a product must have, by the product's look.
    """
    rng = np.random.default_rng(SEED + 1)
    taken: list[list[Picture]] = []
    for product in products:
        scenes = _backgrounds(wanted.get(product.look, ""), rng)
        taken.append([Picture("", product, s, _shot(product, s, rng)) for s in scenes])
    corpus = _corpus([p for shots in taken for p in shots[:-1]], rng)
    asked = [shots[-1] for shots in taken]
    shots = [_named(asked[int(k)], f"a{n:04}") for n, k in enumerate(rng.permutation(len(asked)))]
    return Pictures(corpus, shots, _asked_copies(corpus, rng))


def _named(picture: Picture, name: str) -> Picture:
    """Return a picture with an id."""
    return Picture(name, picture.product, picture.background, picture.shot)


def _corpus(photos: list[Picture], rng: Rng) -> list[Picture]:
    """Return the photos and the near-duplicates of some of them, mixed."""
    ids = [f"c{n:04}" for n in range(1, len(photos) + COPIED + 1)]
    places = [ids[int(k)] for k in rng.permutation(len(ids))]
    named = [_named(photo, places[n]) for n, photo in enumerate(photos)]
    changes = sorted(DUPLICATES)
    sources = [named[int(k)] for k in rng.permutation(len(named))[:COPIED]]
    free = places[len(photos) :]
    copies = [
        Picture(free[n], s.product, s.background, {}, s.id, changes[n % len(changes)])
        for n, s in enumerate(sources)
    ]
    return sorted([*named, *copies], key=lambda picture: picture.id)


def _asked_copies(corpus: list[Picture], rng: Rng) -> list[Picture]:
    """Return degraded copies of corpus photos, half of which have a near-duplicate there."""
    copied = {picture.source for picture in corpus}
    photos = [picture for picture in corpus if not picture.source]
    halves = [[p for p in photos if (p.id in copied) == has] for has in (True, False)]
    changes = sorted(DEGRADATIONS)
    chosen = [
        half[int(k)] for half in halves for k in rng.permutation(len(half))[: ASKED_COPIES // 2]
    ]
    mixed = [chosen[int(k)] for k in rng.permutation(len(chosen))]
    return [
        Picture(f"b{n:04}", s.product, s.background, {}, s.id, changes[n % len(changes)])
        for n, s in enumerate(mixed)
    ]
