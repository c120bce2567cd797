"""Invents the product records: families of lookalikes that differ in one attribute."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .render.backdrops import SURFACES
from .render.photo import LIGHTS
from .render.shapes import FLAT_KINDS
from .wording import describe, entitle

SOURCES = Path(__file__).resolve().parent.parent / "sources"
SEED = 20240611
ORIGINS = ["Portugal", "Spain", "Germany", "France", "Italy", "Poland"]
COMMON: dict[str, list[Any]] = {"warranty_years": [2, 3, 5], "made_in": ORIGINS}
Record = dict[str, Any]
Rng = np.random.Generator


def load_kinds() -> dict[str, Record]:
    """Return the specification of every product kind."""
    kinds: dict[str, Record] = {}
    for name in ("kinds_house.yaml", "kinds_wear.yaml"):
        kinds |= yaml.safe_load((SOURCES / name).read_text(encoding="utf-8"))
    return kinds


def _pick(rng: Rng, values: list[Any]) -> Any:
    """Return one of the values."""
    return values[int(rng.integers(len(values)))]


def _settle(record: Record, spec: Record) -> Record:
    """Force the attributes that the material rules out or demands."""
    record["attributes"].update(spec.get("fixed", {}).get(record["material"], {}))
    return record


def _dealt(rng: Rng, values: list[Any], count: int) -> list[Any]:
    """Return the values in random order, each about equally often."""
    repeated = [values[k % len(values)] for k in range(count)]
    return [repeated[int(k)] for k in rng.permutation(count)]


def _hands(spec: Record, rng: Rng) -> list[Record]:
    """Return what chance deals to each family of a kind: values balanced over the families."""
    count = len(spec["lines"])
    offers = spec["attributes"] | COMMON
    dealt = {name: _dealt(rng, values, count) for name, values in offers.items()}
    printed = [name for name in spec["patterns"] if name != "plain"]
    patterns = _dealt(rng, ["plain", "plain", *printed] if printed else ["plain"], count)
    steps = _dealt(rng, list(range(count)), count)
    low, high = spec["price"]
    return [
        {
            "pattern": patterns[k],
            "attributes": {name: values[k] for name, values in dealt.items()},
            "price": low + (high - low) * (steps[k] + float(rng.uniform(0.2, 0.8))) / count,
        }
        for k in range(count)
    ]


def _founder(kind: str, spec: Record, family: int, hand: Record) -> Record:
    """Return the first product of a family."""
    shape = spec["shapes"][family % len(spec["shapes"])]
    materials = spec.get("shape_materials", {}).get(shape, spec["materials"])
    record = {
        "kind": kind,
        "line": spec["lines"][family],
        "category": spec["path"],
        "colour": spec["colours"][family % len(spec["colours"])],
        "shape": shape,
        "material": materials[(family // 3 + family) % len(materials)],
    }
    return _settle(record | hand, spec)


def _copy(record: Record, **changes: Any) -> Record:
    """Return a sibling that differs only in the given fields."""
    return record | {"attributes": dict(record["attributes"])} | changes


def _recoloured(record: Record, spec: Record, rng: Rng, step: int) -> Record:
    """Return a sibling in another colour."""
    palette = spec["colours"]
    colour = palette[(palette.index(record["colour"]) + step) % len(palette)]
    return _copy(record, colour=colour, price=record["price"] * rng.uniform(0.95, 1.08))


def _reprinted(record: Record, spec: Record, rng: Rng) -> Record:
    """Return a sibling with another pattern, or of another shape where all are plain."""
    price = record["price"] * rng.uniform(0.95, 1.12)
    field = "pattern" if len(spec["patterns"]) > 1 else "shape"
    others = [value for value in spec[f"{field}s"] if value != record[field]]
    return _copy(record, price=price, **{field: _pick(rng, others)})


def _rebuilt(record: Record, spec: Record, rng: Rng) -> Record:
    """Return a sibling that looks the same but differs in one hidden attribute."""
    locked = spec.get("fixed", {}).get(record["material"], {})
    open_names = [name for name in spec["attributes"] if name not in locked]
    name = _pick(rng, open_names)
    others = [v for v in spec["attributes"][name] if v != record["attributes"][name]]
    twin = _copy(record, price=record["price"] * rng.uniform(0.82, 1.25))
    twin["attributes"][name] = _pick(rng, others)
    return twin


def _family(first: Record, spec: Record, family: int, rng: Rng) -> list[Record]:
    """Return the three or four siblings of one product line."""
    siblings = [first, _recoloured(first, spec, rng, 1 + family % 3), _rebuilt(first, spec, rng)]
    if family % 2 == 0:
        siblings.insert(2, _reprinted(first, spec, rng))
    return siblings


def _shop_price(raw: float) -> float:
    """Return a price that ends the way price tags end."""
    whole = int(raw)
    return round(whole + (0.99, 0.50, 0.90, 0.00)[int(raw * 100) % 4], 2)


def _shot(number: int, kind: str, rng: Rng) -> Record:
    """Return how the photo of a product is taken; what stands upright tilts less."""
    turn = 9 if kind in FLAT_KINDS else 3.5
    return {
        "background": _pick(rng, sorted(SURFACES)),
        "lighting": _pick(rng, sorted(LIGHTS)),
        "rotation": round(float(rng.uniform(-turn, turn)), 2),
        "scale": round(float(rng.uniform(0.80, 1.0)), 3),
        "shift": [round(float(rng.uniform(-0.04, 0.04)), 3) for _ in range(2)],
        "perspective": [round(float(rng.uniform(-0.12, 0.12)), 3) for _ in range(2)],
        "seed": SEED + number,
    }


def _finish(number: int, draft: Record, spec: Record, rng: Rng) -> Record:
    """Return the full record with identity, texts, price and photo."""
    record: Record = {"id": f"p{number:04d}"} | draft
    record["price"] = _shop_price(draft["price"])
    record["currency"] = "EUR"
    record["title"] = entitle(record, spec, rng)
    record["description"] = describe(record, spec, rng)
    record["image"] = _shot(number, record["kind"], rng)
    return record


def make_products() -> list[Record]:
    """Return all product records, shuffled so that ids say nothing about the kind."""
    rng = np.random.default_rng(SEED)
    kinds = load_kinds()
    drafts = [
        draft
        for kind, spec in kinds.items()
        for family, hand in enumerate(_hands(spec, rng))
        for draft in _family(_founder(kind, spec, family, hand), spec, family, rng)
    ]
    order = rng.permutation(len(drafts))
    shuffled = [drafts[int(k)] for k in order]
    return [_finish(n, d, kinds[d["kind"]], rng) for n, d in enumerate(shuffled, start=1)]
