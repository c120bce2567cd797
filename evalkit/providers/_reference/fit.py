"""Fits the linear maps on the training world: `python -m evalkit.providers._reference.fit`.

Both maps are ridge regressions on the names of what is said or shown, solved in closed form.
The world is drawn anew from fixed seeds; nothing is read from disk.
"""

from __future__ import annotations

import argparse
import logging
import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import image, text
from .fit_senses import fit_senses
from .fitting import feature_ridge, gains, text_ridge
from .phrases import CONCEPTS, texts
from .scene import photograph
from .weights import FOLDER, Weights, save

Floats = NDArray[np.float64]

TEXTS, PICTURES = 4000, 5400
TEXT_SEED, PICTURE_SEED = 41, 43
TEXT_RIDGE, IMAGE_RIDGE = 0.3, 0.15
SHARES = (1.0, 1.0, 0.8, 1.0)
"""Lengths of the kind, colour, pattern and detail blocks where they are stated or seen."""

_LOG = logging.getLogger(__name__)


def fit(scale: float = 1.0) -> Weights:
    """The weights fitted on a world of `scale` times the usual number of texts and pictures."""
    rarity, text_map, text_gain = fit_text(round(TEXTS * scale))
    mean, deviation, image_map, image_gain = fit_images(round(PICTURES * scale))
    return Weights(rarity, text_map, text_gain, mean, deviation, image_map, image_gain)


def fit_text(count: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Rarities (SLOTS,), the text map (c + d, SLOTS) in integers and its gains (c + d,)."""
    examples = texts(random.Random(TEXT_SEED), count)
    found = [text.tokens(example.text) for example in examples]
    seen = np.bincount(np.concatenate([one.slots for one in found]), minlength=text.SLOTS)
    rarity = np.rint(16 * np.log((1 + count) / (1 + seen))).astype(np.int64).clip(1, 255)
    targets = np.array([example.target for example in examples])
    text_map, unit, estimates = text_ridge(found, rarity, targets, TEXT_RIDGE)
    return rarity, text_map, unit * _gains(estimates, targets)


def fit_images(count: int) -> tuple[Floats, Floats, Floats, Floats]:
    """Feature means and deviations (f,), the image map (c, f) in integers and its gains (c,)."""
    raw, targets, sizes = pictures(count)
    mean, deviation, image_map, unit, estimates = feature_ridge(raw, targets, sizes, IMAGE_RIDGE)
    return mean, deviation, image_map, unit * _gains(estimates, targets)


def pictures(count: int) -> tuple[Floats, Floats, list[int]]:
    """Raw features (count, f) and targets (count, c) of drawn pictures, and the group sizes."""
    rows, targets, sizes = [], [], [0]
    for number in range(count):
        rng = random.Random(PICTURE_SEED << 32 | number)
        kind = CONCEPTS.kinds[number % len(CONCEPTS.kinds)]
        colour, weave = rng.choice(CONCEPTS.colours), rng.choice(CONCEPTS.patterns)
        groups = image.groups(photograph(rng, kind, colour, weave))
        sizes = [group.size for group in groups]
        rows.append(np.concatenate(groups))
        names = enumerate((kind, colour, weave))
        target = np.sum([CONCEPTS.target(block, name) for block, name in names], axis=0)
        targets.append(target[: CONCEPTS.shared])
    return np.array(rows), np.array(targets), sizes


def _gains(estimates: Floats, targets: Floats) -> Floats:
    """Factors (columns,) that bring each block to its share where its concept is named."""
    return gains(estimates, targets, CONCEPTS.blocks(), SHARES)


def main() -> None:
    """Refit and write both files of weights and their hashes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual world")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the files")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    things = fit(options.scale)
    _LOG.info("%s", save(things, options.out))
    _LOG.info("%s", save(fit_senses(things.text_rarity, options.scale), options.out))


if __name__ == "__main__":
    main()
