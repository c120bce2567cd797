"""Amazon Titan Text Embeddings V2: about 15 calls, less than 0.002 USD."""

import pytest

from evalkit.providers._calls import Rejected
from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_vectors_and_limits() -> None:
    model = ask.make("titan_text")
    with ask.answers("titan_text") as told:
        ask.sizes(told, model)
        ask.long_texts(told, model, ask.LENGTHS, "error")
        ask.long_texts(told, ask.make("titan_text", normalize=False), (200,))
        ask.forms(told, model)
        ask.quotas(told, model, "titan text embeddings v2")
        assert told.rows


def test_binary_alone() -> None:
    model = ask.make("titan_text")
    with ask.answers("titan_text, embeddingTypes binary alone") as told:
        reply = model.invoke(
            {"inputText": ask.TEXT, "dimensions": 256, "embeddingTypes": ["binary"]}
        )
        packed = reply.body.get("embeddingsByType", {}).get("binary", [])
        told.add("keys of the answer", ", ".join(sorted(reply.body)))
        told.add("keys of embeddingsByType", ", ".join(sorted(reply.body["embeddingsByType"])))
        told.add("values of 256 bits", f"{len(packed)}, such as {packed[:8]}")
        assert packed


@pytest.mark.parametrize("text", ["", " "])
def test_empty_text(text: str) -> None:
    model = ask.make("titan_text")
    with ask.answers(f"titan_text, the text {text!r}") as told:
        try:
            reply = model.invoke({"inputText": text})
            told.add("answer", f"a vector of {len(reply.body.get('embedding', []))}")
        except Rejected as e:
            told.add("answer", e.reason)
        assert told.rows
