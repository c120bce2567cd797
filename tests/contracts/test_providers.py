"""What every embedding model promises, checked on all that are registered.

A model that needs parameters to be made is checked where MAKERS gives them. What a service says
is asked of those only that answer without one.
"""

import json
import os
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Embedder, Failed, Role, SideName
from evalkit.media.images import encode_png

PROVIDERS = registry.names("providers")
MODALITIES = {"text", "image", "audio", "video", "document", "mixed"}


def _precomputed(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    path = folder / "v.npz"
    ids = np.array(["t0", "t1", "i0", "broken"])
    np.savez(path, ids=ids, vectors=rng.normal(size=(4, 16)).astype(np.float32))
    return {"path": str(path), "nested": "yes", "sizes": [16, 8]}


MAKERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "reference": lambda folder: {},
    "precomputed": _precomputed,
    "minilm": lambda folder: {},
}


@pytest.fixture(params=PROVIDERS)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Embedder:
    name = str(request.param)
    cls = registry.find("providers", name)
    needed = [
        f.name
        for f in fields(cls)
        if f.init and f.default is MISSING and f.default_factory is MISSING
    ]
    if name not in MAKERS and needed:
        pytest.skip(f"{name} needs {', '.join(needed)}")
    params = MAKERS[name](tmp_path) if name in MAKERS else {}
    made = registry.create("providers", name, **params)
    if name in MAKERS and (lack := getattr(made, "unusable", str)()):
        if os.environ.get("CI"):
            pytest.fail(lack)
        pytest.skip(lack)
    return cast("Embedder", made)


@pytest.fixture
def local(model: Embedder) -> Embedder:
    if not any(isinstance(model, registry.find("providers", name)) for name in MAKERS):
        pytest.skip("it asks a service")
    return model


def role(side: SideName) -> Role:
    return Role(side, frozenset({"text", "image"}))


def items() -> list[Item]:
    picture = encode_png(Image.new("RGB", (64, 64), "teal"))
    return [
        Item("t0", "warm red scarf"),
        Item("broken", Media("image/png", data=picture[:40])),
        Item("t1", "blaue Vase für Blumen"),
        Item("i0", Media("image/png", data=picture)),
        Item("a0", Media("audio/wav", data=b"RIFF")),
    ]


def test_it_describes_itself(model: Embedder) -> None:
    assert model.model
    assert model.modalities <= MODALITIES
    assert model.modalities
    assert list(model.sizes) == sorted(set(model.sizes), reverse=True)
    assert all(type(size) is int and size > 0 for size in model.sizes)
    assert model.nested in ("yes", "no", "unknown")
    assert model.batch >= 1
    assert getattr(model, "keyed_by", "content") in ("id", "content")


def test_its_request_is_json(model: Embedder) -> None:
    for side in ("query", "corpus"):
        for size in model.sizes:
            for item in items():
                request = model.request(item, role(side), size)
                assert json.loads(json.dumps(request)) == request


def test_each_item_has_one_outcome_and_vectors_are_sound(local: Embedder) -> None:
    assert local.revision == local.revision
    for size in local.sizes:
        found = list(local.embed(items(), role("query"), size))
        assert sorted(outcome.index for outcome in found) == list(range(5))
        for outcome in found:
            if isinstance(outcome, Embedded):
                assert outcome.vector.shape == (size,)
                assert outcome.vector.dtype == np.float32
                length = np.linalg.norm(outcome.vector.astype(np.float64))
                assert length > 0
                assert outcome.norm == pytest.approx(length, rel=1e-6)
            else:
                assert outcome.reason


def test_what_it_does_not_take_fails_and_the_rest_goes_on(local: Embedder) -> None:
    found = {o.index: o for o in local.embed(items(), role("query"), local.sizes[0])}
    taken = local.modalities
    assert isinstance(found[4], Failed) or "audio" in taken
    assert isinstance(found[3], Embedded if "image" in taken else Failed)
    assert isinstance(found[2], Embedded)


def test_the_same_item_gives_the_same_vector_in_any_company(local: Embedder) -> None:
    size = local.sizes[0]
    together = {o.index: o for o in local.embed(items(), role("query"), size)}
    for index, item in enumerate(items()):
        (alone,) = local.embed([item], role("query"), size)
        other = together[index]
        if isinstance(alone, Embedded) and isinstance(other, Embedded):
            assert (alone.vector == other.vector).all()
        else:
            assert type(alone) is type(other)


def test_nested_sizes_begin_alike(local: Embedder) -> None:
    if local.nested != "yes":
        pytest.skip("it is not nested")
    rows = {}
    for size in local.sizes:
        (found,) = local.embed(items()[:1], role("query"), size)
        assert isinstance(found, Embedded)
        rows[size] = found.vector
    widest = rows[max(rows)]
    for size, row in rows.items():
        cut = widest[:size] / np.linalg.norm(widest[:size])
        assert row / np.linalg.norm(row) == pytest.approx(cut, abs=1e-6)
