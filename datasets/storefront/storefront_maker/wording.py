"""Writes titles and descriptions of the product records."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

Record = dict[str, Any]
Rng = np.random.Generator
HEADLINE = {
    "seats": "for {}",
    "capacity_ml": "{} ml",
    "capacity_l": "{} l",
    "diameter_cm": "{} cm",
    "height_cm": "{} cm",
    "width_cm": "{} cm",
}
COLOUR_SENTENCES = [
    "Finish: {colour}, {pattern}; model: {shape}.",
    "The {shape} model, shown here in {colour}, {pattern}.",
    "Colour {colour}, design {pattern}, style {shape}.",
]
MATERIAL_SENTENCES = ["Material: {}.", "Made of {}.", "Main material {}."]


@cache
def _phrases() -> dict[str, Any]:
    """Return the attribute sentences."""
    path = Path(__file__).resolve().parent.parent / "sources" / "phrases.yaml"
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _pick(rng: Rng, values: list[str]) -> str:
    """Return one of the strings."""
    return values[int(rng.integers(len(values)))]


def _figure(record: Record) -> str:
    """Return the size as titles give it, or nothing."""
    for name, form in HEADLINE.items():
        if name in record["attributes"]:
            return form.format(record["attributes"][name])
    return ""


def entitle(record: Record, spec: Record, rng: Rng) -> str:
    """Return a title in one of several shop styles, not all of which tell everything."""
    noun = _pick(rng, spec.get("shape_nouns", {}).get(record["shape"], spec["nouns"]))
    line, colour, material = record["line"], record["colour"], record["material"]
    look = colour if record["pattern"] == "plain" else f"{colour} {record['pattern']}"
    size = _figure(record)
    tail = f", {size}" if size else ""
    styles = [
        f"{line} {noun}, {look}{tail}",
        f"{look} {noun} {line}, {material}",
        f"{line} {record['shape']} {noun} in {look}",
        f"{line} {material} {noun}{tail}",
    ]
    title = _pick(rng, styles)
    return title[0].upper() + title[1:]


def attribute_sentence(name: str, value: Any, rng: Rng) -> str:
    """Return one attribute in words."""
    entry = _phrases()[name]
    if isinstance(value, bool):
        return _pick(rng, entry[value])
    return _pick(rng, entry).format(value=value)


def describe(record: Record, spec: Record, rng: Rng) -> str:
    """Return the description: a pitch, the look, the material and every attribute in prose."""
    facts = [
        _pick(rng, COLOUR_SENTENCES).format(**record),
        _pick(rng, MATERIAL_SENTENCES).format(record["material"]),
        *(attribute_sentence(name, value, rng) for name, value in record["attributes"].items()),
    ]
    order = rng.permutation(len(facts))
    pitch = _pick(rng, spec["pitch"]).format(shape=record["shape"])
    return " ".join([pitch, *(facts[int(k)] for k in order)])
