"""Reads what shoppers want and grades every product against it by one fixed rule."""

from dataclasses import dataclass
from typing import Any

import yaml

from .catalogue import SOURCES, Record

INTENT_FILES = ("kitchen", "home", "rooms", "clothes", "extras", "looks")
LANGUAGES = ("en", "es", "de", "fr", "pt")
VISIBLE = {"colour", "pattern", "shape"}
NEAR_MISS_SOFT = 2
TOLERANCE = 0.10  # of a price limit
SUBSTITUTES = {
    "mug": {"bottle"},
    "bottle": {"mug"},
    "backpack": {"handbag"},
    "handbag": {"backpack"},
    "sneaker": {"boot"},
    "boot": {"sneaker"},
}
COMPANIONS = {
    "mug": {"teapot"},
    "teapot": {"mug", "bottle"},
    "bottle": {"teapot"},
    "vase": {"table lamp", "wall clock"},
    "table lamp": {"vase", "wall clock"},
    "wall clock": {"vase", "table lamp"},
    "cushion": {"chair"},
    "chair": {"table", "cushion"},
    "table": {"chair"},
    "t-shirt": {"dress", "trousers"},
    "trousers": {"t-shirt"},
    "dress": {"t-shirt"},
    "umbrella": {"hat"},
    "hat": {"umbrella", "sunglasses"},
    "sunglasses": {"hat"},
}


@dataclass(frozen=True)
class Intent:
    """One need: hard and soft conditions on a kind, and the words of the shoppers."""

    id: str
    kind: str
    must: dict[str, Any]
    want: dict[str, Any]
    style: str
    ask: dict[str, str]

    @property
    def shows(self) -> str:
        """Say whether photos alone can settle the need."""
        return "visible" if {*self.must, *self.want} <= VISIBLE else "hidden"


def load_intents() -> list[Intent]:
    """Return all intents in the order of the source files."""
    intents: list[Intent] = []
    for name in INTENT_FILES:
        path = SOURCES / f"intents_{name}.yaml"
        for kind, entries in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for entry in entries:
                ask = {code: entry[code] for code in LANGUAGES if code in entry}
                number = f"n{len(intents) + 1:03d}"
                want = entry.get("want", {})
                intents.append(Intent(number, kind, entry["must"], want, entry["style"], ask))
    return intents


def value_of(product: Record, name: str) -> Any:
    """Return a property of the product, or None when its kind does not have it."""
    return product[name] if name in product else product["attributes"].get(name)


def holds(value: Any, wanted: Any, slack: float = 0.0) -> bool:
    """Tell whether a value meets a condition: equality, one of a list, or a bound."""
    if value is None:
        return False
    if isinstance(wanted, list):
        return value in wanted
    if isinstance(wanted, str) and wanted[:2] in ("<=", ">="):
        bound = float(wanted[2:])
        if wanted.startswith("<="):
            return bool(value <= bound * (1 + slack))
        return bool(value >= bound * (1 - slack))
    return bool(value == wanted)


def _misses(intent: Intent, product: Record) -> tuple[int, int]:
    """Count missed hard and soft conditions; a price limit missed narrowly is a soft miss."""
    hard = soft = 0
    for name, wanted in intent.must.items():
        value = value_of(product, name)
        if not holds(value, wanted):
            narrow = name == "price" and holds(value, wanted, TOLERANCE)
            soft, hard = soft + narrow, hard + (not narrow)
    soft += sum(not holds(value_of(product, n), w) for n, w in intent.want.items())
    return hard, soft


def grade(intent: Intent, product: Record) -> int | None:
    """Return 3, 2, 1 or an explicit 0, or None for a product that is not judged."""
    hard, soft = _misses(intent, product)
    kind = product["kind"]
    if kind == intent.kind:
        if hard == 0:
            return 3 if soft == 0 else 2 if soft == 1 else 1
        return 0 if hard == 1 and soft <= NEAR_MISS_SOFT else None
    if kind in SUBSTITUTES.get(intent.kind, ()) and hard == 0:
        return 2 if soft == 0 else 1
    if kind in COMPANIONS.get(intent.kind, ()) and hard == 0 and soft == 0:
        return 1
    return None
