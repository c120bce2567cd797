"""What every probe promises, checked on all that are registered."""

import hashlib
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Probe, ProbeContext
from evalkit.media.images import encode_png, item_image

PROBES = registry.names("probes")
STOREFRONT = Path(__file__).parents[2] / "datasets" / "storefront"
SEVERITIES = range(1, 6)
WORDS = (
    "warm red wool scarf", "gorra de algodón para niños", "blaue Vase 30 cm", "tasse à café",
    "lamp that does not need a cable", "Stuhl für draußen", "a present for my sister", "USB-C hub",
    "zapatillas de correr", "noise cancelling headphones, black", "tea", "кружка с крышкой",
)  # fmt: skip


@cache
def samples(modality: str) -> tuple[Item, ...]:
    if modality == "text":
        return tuple(Item(f"t{n}", text) for n, text in enumerate(WORDS))
    if modality == "image":
        return tuple(_picture(n) for n in range(12))
    kinds = {"audio": "audio/wav", "video": "video/mp4", "document": "application/pdf"}
    return (Item("m0", Media(kinds[modality], data=b"never looked into")),)


def _picture(seed: int) -> Item:
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    large = small.resize((48, 40), Image.Resampling.BICUBIC)
    return Item(f"i{seed}", Media("image/png", data=encode_png(large)))


def probe(name: str) -> Probe:
    return cast("Probe", registry.create("probes", name))


def apply(name: str, item: Item, severity: int) -> Item | None:
    seed = hashlib.sha256(f"{name}|{severity}|{item.id}".encode()).digest()[:8]
    rng = np.random.default_rng(int.from_bytes(seed, "big"))
    return probe(name).apply(item, severity, ProbeContext(rng))


def mine(name: str) -> list[Item]:
    known = probe(name).modalities & {"text", "image"}
    return [item for modality in sorted(known) for item in samples(modality)]


def distance(old: Item, new: Item) -> float:
    if isinstance(old.content, str) and isinstance(new.content, str):
        return _edits(old.content, new.content) / len(old.content)
    one, other = item_image(old), item_image(new)
    other = other.resize(one.size)
    return float(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)).mean())


def _edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            cost = min(row[j] + 1, row[j - 1] + 1, before + (sign != against))
            before, row[j] = row[j], cost
    return row[-1]


@pytest.mark.parametrize("name", PROBES)
def test_it_says_what_it_does(name: str) -> None:
    cls = registry.find("probes", name)
    assert cls.modalities <= {"text", "image", "audio", "video", "document"}
    assert cls.modalities
    assert cls.sides <= {"query", "corpus"}
    assert cls.sides
    assert 0 < cls.changes <= 1
    assert cls.may_break.endswith(".")


@pytest.mark.parametrize("name", PROBES)
def test_severity_zero_is_the_item_itself(name: str) -> None:
    for modality in ("text", "image", "audio", "video", "document"):
        for item in samples(modality):
            assert apply(name, item, 0) is item


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("severity", [-1, 6, 2.5, True, "1"])
def test_other_severities_are_usage_errors(name: str, severity: int) -> None:
    with pytest.raises(UsageError, match="whole number from 0 to 5"):
        apply(name, samples("text")[0], severity)


@pytest.mark.parametrize("name", PROBES)
def test_the_same_seed_gives_the_same_item(name: str) -> None:
    for item in mine(name):
        for severity in SEVERITIES:
            assert apply(name, item, severity) == apply(name, item, severity)


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("severity", SEVERITIES)
def test_the_declared_share_is_really_changed(name: str, severity: int) -> None:
    items = mine(name)
    changed = [apply(name, item, severity) for item in items]
    pairs = [(old, new) for old, new in zip(items, changed, strict=True) if new is not None]
    assert all(new.digest() != old.digest() for old, new in pairs)
    assert len(pairs) >= probe(name).changes * len(items)


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("severity", [1, 5])
def test_the_declared_share_of_a_shipped_data_set_is_changed(name: str, severity: int) -> None:
    data = registry.create("readers", "folder").read(str(STOREFRONT))
    own = [i for i in (*data.queries, *data.corpus) if i.modality in probe(name).modalities][::20]
    changed = [apply(name, item, severity) is not None for item in own]
    assert sum(changed) >= probe(name).changes * len(own)


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("severity", SEVERITIES)
def test_what_comes_out_is_a_sound_item_of_the_same_kind(name: str, severity: int) -> None:
    for item in mine(name):
        new = apply(name, item, severity)
        if new is None:
            continue
        assert (new.id, new.tags, new.modality) == (item.id, item.tags, item.modality)
        if isinstance(new.content, str):
            assert new.content.strip()
            new.content.encode()
        else:
            assert item_image(new).size > (0, 0)


@pytest.mark.parametrize("name", PROBES)
def test_other_modalities_are_left_alone(name: str) -> None:
    others = {"text", "image", "audio", "video", "document"} - probe(name).modalities
    for modality in others:
        for item in samples(modality):
            assert apply(name, item, 3) is None


@pytest.mark.parametrize("name", PROBES)
def test_of_a_mix_only_its_own_parts_change(name: str) -> None:
    own = probe(name).modalities
    mix = Item("mix", tuple(samples(m)[0].parts[0] for m in ("text", "image", "audio")))
    new = apply(name, mix, 3)
    if new is None:
        return
    for old, part in zip(mix.parts, new.parts, strict=True):
        assert (part == old) != (Item("", old).modality in own)


@pytest.mark.parametrize("name", PROBES)
def test_the_effect_grows_with_severity_on_average(name: str) -> None:
    means = []
    for severity in SEVERITIES:
        pairs = [(item, apply(name, item, severity)) for item in mine(name)]
        found = [distance(old, new) for old, new in pairs if new is not None]
        means.append(sum(found) / len(found))
    assert means == sorted(means)
    assert means[-1] > means[0]
