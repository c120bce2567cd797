"""Images, mixes and jobs of every provider, by services as strict as the documentation."""

from __future__ import annotations

import io
from typing import Any, Literal

import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.errors import DataError
from evalkit.core.items import Content, Item, Media
from evalkit.core.protocols import Embedded, Role
from evalkit.providers.marengo import Marengo
from tests.media.making import film
from tests.providers.nova_place import wav
from tests.services import Services, fixtures

loopback_services, services = fixtures.loopback_services, fixtures.services
FOLDER = f"s3://{fixtures.BUCKET}/marengo"
ROLE = Role("corpus", frozenset({"text", "audio"}), overflow="segment")
Version = Literal["2.7", "3.0"]


def picture(colour: str) -> Media:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(out, "PNG")
    return Media("image/png", data=out.getvalue())


def finished(model: Marengo, item: Item, token: str) -> list[Any]:
    (dim,) = model.sizes
    handle = model.submit(item, ROLE, dim, token)
    for _ in range(20):
        found = model.poll(handle, item, ROLE, dim)
        if found is not None:
            return list(found)
    raise AssertionError("the job never ended")


TEXT, IMAGE, MIX = "a red tea pot", ("image",), ("image", "in red")
OFFERED: dict[str, tuple[dict[str, Any], int, tuple[Any, ...], set[str]]] = {
    "titan_text": ({"normalize": False}, 512, (TEXT,), {"text"}),
    "titan_multimodal": ({}, 384, (TEXT, IMAGE, MIX), {"text", "image"}),
    "cohere": ({}, 512, (TEXT, IMAGE, MIX), {"text", "image"}),
    "cohere 3": ({"version": "v3-english"}, 1024, (TEXT, IMAGE), {"text", "image"}),
    "gemini": ({"model_id": "gemini-embedding-2"}, 768, (TEXT, IMAGE, MIX), {"text", "image"}),
    "vertex_multimodal": ({}, 512, (TEXT, IMAGE), {"text", "image"}),
    "openai": ({}, 256, (TEXT,), {"text"}),
}
"""Provider -> parameters, a size, what it takes, and the kinds of input that it is asked for."""


@pytest.mark.parametrize("name", OFFERED)
def test_all_that_a_provider_takes_passes_the_strict_schema(services: Services, name: str) -> None:
    params, dim, contents, kinds = OFFERED[name]
    model: Any = registry.create("providers", name.split()[0], **params)
    items = [Item(str(n), _content(one)) for n, one in enumerate(contents)]
    for side in ("query", "corpus"):
        role = Role(side, frozenset({"text", "image"}))
        found = sorted(model.embed(items, role, dim), key=lambda one: one.index)
        assert [type(one) for one in found] == [Embedded] * len(items), found
        assert {one.vector.shape for one in found} == {(dim,)}
    assert {one.kind for one in services.log.answered} == kinds
    assert {one.dim for one in services.log.answered} == {dim}


def _content(told: Any) -> Content:
    parts = tuple(picture("teal") if part == "image" else part for part in told)
    return told if isinstance(told, str) else parts[0] if len(parts) == 1 else parts


@pytest.mark.parametrize("version", ["2.7", "3.0"])
def test_marengo_takes_texts_and_images(services: Services, version: Version) -> None:
    model = Marengo(version=version)
    items = [Item("t", "a red tea pot"), Item("i", picture("teal"))]
    found = list(model.embed(items, ROLE, *model.sizes))
    assert [type(one) for one in found] == [Embedded, Embedded]


def test_mixes_of_one_and_of_several_images_do_too(services: Services) -> None:
    model = Marengo(version="3.0")
    two = (picture("teal"), "but like", picture("navy"))
    found = list(model.embed([Item("a", two[:2]), Item("b", two)], ROLE, 512))
    assert [type(one) for one in found] == [Embedded, Embedded]
    assert sorted(one.kind for one in services.log.answered) == ["image"] * 3 + ["text"] * 2


def test_clips_of_a_video_may_be_shorter_than_they_usually_are(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_JOBS_BUCKET", f"s3://{fixtures.BUCKET}")
    model = Marengo(jobs=FOLDER, clip_seconds=2, options=("visual-image",))
    found = finished(model, Item("v", film(30)), "job")
    assert [one.span for one in found] == [(0, 2), (2, 2.5)]


@pytest.mark.parametrize(
    ("params", "spans"),
    [
        ({}, [(0, 10), (10, 12)]),
        ({"clip_seconds": 6}, [(0, 6), (6, 12)]),
        ({"version": "3.0", "clip_seconds": 6}, [(0, 6), (6, 12)]),
        ({"version": "3.0", "scope": "asset"}, [(0, 12)]),
        ({"version": "3.0", "options": ("visual", "audio"), "fused": True}, [(0, 6), (6, 12)]),
    ],
)
def test_jobs_over_sound_as_the_documentation_has_them(
    services: Services, monkeypatch: pytest.MonkeyPatch, params: Any, spans: list[Any]
) -> None:
    monkeypatch.setenv("EVALKIT_JOBS_BUCKET", f"s3://{fixtures.BUCKET}")
    model = Marengo(jobs=FOLDER, **params)
    found = finished(model, Item("a", Media("audio/wav", data=wav(12))), "job")
    assert {one.kind for one in found if isinstance(one, Embedded)} == {"audio"}
    assert [one.span for one in found] == spans


def test_sound_that_options_leave_nothing_of_reaches_no_service(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_JOBS_BUCKET", f"s3://{fixtures.BUCKET}")
    model = Marengo(version="3.0", jobs=FOLDER, options=("visual",))
    with pytest.raises(DataError, match="embeds nothing of audio"):
        finished(model, Item("a", Media("audio/wav", data=wav(3))), "job")
    assert not services.log.counts
