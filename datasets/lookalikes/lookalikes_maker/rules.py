"""What shoppers want, and the rules that grade every picture of the corpus for a query."""

from dataclasses import dataclass

import yaml

from .catalogue import SOURCES, Picture, Product

LANGUAGES = ("en", "es", "de", "fr", "pt")
_LOOK = ("kind", "shape", "colour", "pattern")


@dataclass(frozen=True)
class Need:
    """The product on the photo, the one property to change, and the words for it by language."""

    id: str
    of: tuple[str, ...]
    field: str
    value: str
    texts: dict[str, dict[str, str]]

    def wanted(self, name: str) -> str:
        """Return the value of a property that the shopper has in mind."""
        return self.value if name == self.field else self.of[_LOOK.index(name)]


def load_needs() -> list[Need]:
    """Return the needs of the source file, in order."""
    text = (SOURCES / "needs.yaml").read_text(encoding="utf-8")
    needs: list[Need] = []
    for number, entry in enumerate(yaml.safe_load(text), 1):
        ((field, value),) = entry["change"].items()
        texts = {code: entry[code] for code in LANGUAGES if code in entry}
        needs.append(Need(f"n{number:03}", tuple(entry["of"]), field, value, texts))
    return needs


def by_photo(asked: Product, found: Picture) -> int | None:
    """Grade a picture for another photo of a product."""
    if found.product == asked:
        return 3
    same = found.product.kind == asked.kind and found.product.colour == asked.colour
    return 1 if same else None


def by_copy(asked: Picture, found: Picture) -> int | None:
    """Grade a picture for a degraded copy: its source and its copies, not other photos."""
    if asked.source in (found.id, found.source):
        return 3
    return 0 if found.product == asked.product else None


def by_need(need: Need, found: Picture) -> int | None:
    """Grade a picture for a need: what is to change is changed, all else is kept."""
    product = found.product
    if need.field == "background":
        if product.look != need.of:
            return None
        return 3 if found.background == need.value else 0
    if product.look == need.of:
        return 0
    met = {name for name in _LOOK if getattr(product, name) == need.wanted(name)}
    if not {"kind", need.field} <= met:
        return None
    if need.field == "kind":
        return 3 if {"colour", "pattern"} <= met else 1 if met & {"colour", "pattern"} else None
    if not {"colour", "pattern"} <= met:
        return 1
    return 3 if "shape" in met else 2
