"""A vector is filed under what could change it, and under nothing else, whoever made it.

For each parameter of each provider it is written down which kinds of items it enters requests for.
Of these alone it may change what a vector is filed under: else the same is paid for twice.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from evalkit.core import registry
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedder, Role
from evalkit.providers._service import Service
from tests.media.test_durations import video
from tests.providers.nova_place import KMS_KEY

ITEMS = {
    "text": Item("a", "a red tea pot"),
    "long": Item("a", "word " * 26_000),
    "photo": Item("a", Media("image/png", data=b"photo")),
    "scan": Item("a", Page(Media("image/png", data=b"scan"), 1)),
    "page": Item("a", Page(Media("application/pdf", data=b"pdf"), 1)),
    "whole": Item("a", Media("application/pdf", data=b"pdf")),
    "audio": Item("a", Media("audio/wav", data=b"sound")),
    "video": Item("a", Media("video/mp4", data=video("mp4", "mpeg4"))),
}
ALL = " ".join(ITEMS)
Told = Mapping[str, tuple[object, str]]
"""Parameter -> another value of it, and the kinds of items that it enters requests for."""

STEERING = {
    *("endpoint", "concurrency", "requests_per_minute", "tokens_per_minute", "attempts"),
    *("timeout", "patience", "sizes", "profile", "profile_prefix", "version", "key_env"),
    *("model_id", "revision"),
}
"""What sets the pace, is filed by itself, or says where a service is and who asks."""

OWN = "https://bedrock-runtime.us-east-1.amazonaws.com"
"""An address that is named spares the making of a client, which would have to find it out."""
BEDROCK: Told = {"region": ("us-west-2", ALL)}
CASES: list[tuple[str, dict[str, Any], Told]] = [
    (
        "nova",
        {},
        {
            **BEDROCK,
            "purpose": ("CLUSTERING", ALL),
            "detail": ("document", "photo"),
            "page_dpi": (100, "page"),
            "max_inline_bytes": (2_000_000, "page"),
            "video_mode": ("separate", "video"),
            "truncation": ("START", "long"),
            "segment_seconds": (6, ""),
            "segment_chars": (9000, ""),
            "nested": ("no", ""),
            "jobs": ("s3://bucket/jobs", ""),
            "kms_key": (KMS_KEY, ""),
            "keep_outputs": (True, ""),
            "batch_role": ("", ""),
            "batch_minimum": (200, ""),
            "batch_hours": (2.0, ""),
        },
    ),
    ("nova", {}, {"detail": ("standard", "scan page")}),
    ("titan_text", {}, {**BEDROCK, "normalize": (False, ALL)}),
    ("titan_multimodal", {}, BEDROCK),
    ("cohere", {}, {**BEDROCK, "image_url": ("string", ""), "page_dpi": (100, "page")}),
    ("cohere", {"version": "v3-english"}, {**BEDROCK, "page_dpi": (100, "")}),
    (
        "marengo",
        {},
        {
            **BEDROCK,
            "jobs": ("s3://bucket/jobs", ""),
            "kms_key": (KMS_KEY, ""),
            "bucket_owner": ("123456789012", ""),
            "options": (("audio",), "video"),
            "clip_seconds": (5, "audio video"),
            "shortest_clip": (2, "video"),
            "keep_outputs": (True, ""),
        },
    ),
    (
        "marengo",
        {"version": "3.0"},
        {
            "options": (("visual", "audio"), "audio video"),
            "clip_seconds": (5, "audio video"),
            "shortest_clip": (2, "video"),
            "scope": ("asset", "audio video"),
            "fused": (True, "audio video"),
        },
    ),
    (
        "gemini",
        {},
        {
            "query_task": ("CLUSTERING", ALL),
            "document_task": ("CLUSTERING", ""),
            "bytes_per_token": (2.0, "long"),
            "page_dpi": (100, ""),
            "nested": ("no", ""),
        },
    ),
    (
        "gemini",
        {"model_id": "gemini-embedding-2"},
        {"query_task": ("CLUSTERING", "text long"), "page_dpi": (100, "page")},
    ),
    (
        "vertex_multimodal",
        {},
        {
            "location": ("europe-west4", ALL),
            "project": ("another", ""),
            "video_interval": (8, "video"),
            "page_dpi": (100, "page"),
        },
    ),
    (
        "openai",
        {},
        {
            "query_prefix": ("query: ", ALL),
            "document_prefix": ("passage: ", ""),
            "most_tokens": (4096, "long"),
            "bytes_per_token": (3.0, "long"),
            "encoding_format": ("float", ALL),
            "send_dimensions": ("no", ALL),
            "nesting": ("no", ""),
            "inputs_per_call": (8, ""),
        },
    ),
]
SERVICES = [
    n for n in registry.names("providers") if issubclass(registry.find("providers", n), Service)
]


def role(**how: Any) -> Role:
    return Role("query", frozenset({"text"}), **how)


def made(name: str, params: Mapping[str, Any]) -> Embedder:
    region = "region" in {f.name for f in fields(registry.find("providers", name))}
    place = {"endpoint": OWN} if region else {}
    found: Embedder = registry.create("providers", name, **place, **params)
    return found


def taken(model: Embedder) -> dict[str, Item]:
    return {kind: item for kind, item in ITEMS.items() if item.modality in model.modalities}


def requests(model: Embedder, **how: Any) -> dict[str, object]:
    return {k: model.request(i, role(**how), model.sizes[0]) for k, i in taken(model).items()}


@pytest.mark.parametrize(("name", "params", "told"), CASES)
def test_a_parameter_is_filed_for_those_items_alone_whose_request_it_enters(
    name: str, params: dict[str, Any], told: Told
) -> None:
    usual = requests(made(name, params))
    for parameter, (value, kinds) in told.items():
        other = requests(made(name, {**params, parameter: value}))
        changed = {kind for kind in usual if other[kind] != usual[kind]}
        assert changed == set(kinds.split()) & usual.keys(), parameter


@pytest.mark.parametrize(("name", "params"), [(name, params) for name, params, _ in CASES])
@pytest.mark.parametrize("way", ["error", "segment"])
def test_what_becomes_of_long_input_is_filed_where_it_is_long(
    name: str, params: dict[str, Any], way: str
) -> None:
    model = made(name, params)
    usual, other = requests(model), requests(model, overflow=way)
    assert {kind for kind in usual if other[kind] != usual[kind]} == {"long"}


@pytest.mark.parametrize("name", SERVICES)
def test_of_every_parameter_it_is_known_what_it_is_for(name: str) -> None:
    known = {parameter for n, _, told in CASES if n == name for parameter in told}
    own = {f.name for f in fields(registry.find("providers", name)) if f.init}
    assert own <= known | STEERING
