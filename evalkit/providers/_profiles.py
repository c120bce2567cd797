"""Inference profiles of Amazon Bedrock: the ids under which some models are offered."""

from __future__ import annotations

from collections.abc import Mapping


def profiled(model_id: str, prefix: str, region: str, areas: Mapping[str, str]) -> str:
    """Return the id to send for a model: `us.` and the like before it, or the id alone.

    prefix: as configured; "" is none, and auto looks the region's area (the `us` of us-east-1) up
    in `areas`, whose entry "" is for the other areas.
    """
    if prefix == "auto":
        prefix = areas.get(region.partition("-")[0], areas.get("", ""))
    return f"{prefix}.{model_id}" if prefix else model_id
