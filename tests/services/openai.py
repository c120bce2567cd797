"""OpenAI's embeddings, and the same route as text-embeddings-inference offers it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.services import bodies
from tests.services.answers import Answer, Row
from tests.services.calls import Call, checked, tokens
from tests.services.inputs import Input
from tests.services.models import noted, row
from tests.services.trouble import Trouble, invalid

MODELS = {
    "text-embedding-3-large": (3072, True),
    "text-embedding-3-small": (1536, True),
    "text-embedding-ada-002": (1536, False),
}
"""Model -> its widest size, and whether it can be asked for smaller ones."""
TEI_MODEL, TEI_SIZE, TEI_MOST = "reference", 384, 32


def embeddings(call: Call) -> Answer:
    """Answer POST /v1/embeddings as OpenAI does."""
    body = checked(call.json(), bodies.OPENAI, "Invalid request: {}")
    if body["model"] not in MODELS:
        raise Trouble("not found", f"The model `{body['model']}` does not exist.")
    widest, nested = MODELS[body["model"]]
    if "dimensions" in body and not nested:
        raise invalid("This model does not support specifying dimensions.")
    dim = body.get("dimensions", widest)
    if dim > widest:
        raise invalid(f"Invalid value for 'dimensions': at most {widest}, got {dim}.")
    given = _inputs(body["input"])
    if any(tokens(one.text) > 8192 for one in given):
        raise invalid("This model's maximum context length is 8192 tokens.")
    if sum(tokens(one.text) for one in given) > 300_000:
        raise invalid("Invalid 'input': at most 300000 tokens are allowed per request.")
    return _answer(call, body, given, body["model"], dim)


def tei(call: Call) -> Answer:
    """Answer the same route as text-embeddings-inference does: fewer inputs, any model name."""
    body = checked(call.json(), bodies.TEI, "Input validation error: {}")
    given = _inputs(body["input"])
    if len(given) > TEI_MOST:
        raise Trouble(
            "too many", f"batch size {len(given)} > maximum allowed batch size {TEI_MOST}"
        )
    dim = body.get("dimensions", TEI_SIZE)
    if dim > TEI_SIZE:
        raise invalid(f"dimensions: at most {TEI_SIZE}, got {dim}.")
    return _answer(call, body, given, TEI_MODEL, dim)


def _inputs(asked: Any) -> list[Input]:
    """Return the inputs, of which tokens stand for a text that names them."""
    if isinstance(asked, str) or isinstance(asked[0], int):
        asked = [asked]
    texts = [one if isinstance(one, str) else "tokens " + " ".join(map(str, one)) for one in asked]
    if not all(text.strip() for text in texts):
        raise invalid("Invalid 'input': an input is empty.")
    return [Input("text", text) for text in texts]


def _answer(call: Call, body: Any, given: list[Input], model: str, dim: int) -> Answer:
    rows = tuple(row(call, one.vector(), dim, index=n) for n, one in enumerate(given))
    packed = body.get("encoding_format") == "base64"
    used = sum(tokens(one.text) for one in given)

    def tell(rows: Sequence[Row]) -> dict[str, object]:
        data = [
            {"object": "embedding", **r.about, "embedding": _packed(r) if packed else r.numbers}
            for r in rows
        ]
        return {
            "object": "list",
            "model": call.world.settings.serves or model,
            "data": data,
            "usage": {"prompt_tokens": used, "total_tokens": used},
        }

    return Answer(rows, tell, noted(model, "", dim, given), named=True)


def _packed(one: Row) -> str:
    """Return little-endian float32 values as base64."""
    return base64.b64encode(one.vector.astype(np.dtype("<f4")).tobytes()).decode()
