"""Gemini embedding models: about 30 calls, less than 0.02 USD; the free tier is enough."""

import pytest

from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_the_text_model() -> None:
    model = ask.make("gemini", model_id="gemini-embedding-001")
    with ask.answers("gemini-embedding-001") as told:
        ask.sizes(told, model)
        ask.long_texts(told, model, (7_000, 12_000), "truncate", "error")
        ask.forms(told, model)
        assert told.rows


def test_the_multimodal_model() -> None:
    model = ask.make("gemini", model_id="gemini-embedding-2")
    with ask.answers("gemini-embedding-2") as told:
        ask.sizes(told, model)
        ask.sizes(told, model, ask.image(64))
        ask.long_texts(told, model, (8_000, 40_000), "truncate")
        ask.pixel(told, model)
        seen = ask.vector(model, ask.video(4), 768)
        told.add("a video of 4 seconds", f"norm {seen.norm:.7f}, {seen.tokens} tokens")
        ask.forms(told, model)
        assert told.rows
