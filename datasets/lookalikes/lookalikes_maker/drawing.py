"""Draws photos with the pen of the storefront data set, whose folder lies beside this one."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

STOREFRONT = Path(__file__).resolve().parents[2] / "storefront"
SIZE = 160


@cache
def _module(name: str) -> Any:
    """Return a module of the storefront's maker."""
    from importlib import import_module

    if str(STOREFRONT) not in sys.path:
        sys.path.append(str(STOREFRONT))
    return import_module(f"storefront_maker.{name}")


def kinds() -> dict[str, dict[str, Any]]:
    """Return what the storefront says of each kind: shelf, materials and so on."""
    found: dict[str, dict[str, Any]] = _module("catalogue").load_kinds()
    return found


def backgrounds() -> list[str]:
    """Return the names of the backgrounds."""
    return sorted(_module("render.backdrops").SURFACES)


def lights() -> list[str]:
    """Return the names of the kinds of light."""
    return sorted(_module("render.photo").LIGHTS)


def lies_flat(kind: str) -> bool:
    """Return whether products of a kind are photographed from above."""
    return kind in _module("render.shapes").FLAT_KINDS


def photograph(record: dict[str, Any]) -> Image.Image:
    """Return the photo of a product, 160 x 160 RGB."""
    photo: Image.Image = _module("render.photo").photograph(record)
    return photo.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
