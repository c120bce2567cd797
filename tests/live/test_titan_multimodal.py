"""Amazon Titan Multimodal Embeddings G1: about 20 calls, less than 0.002 USD."""

import pytest

from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_vectors_and_limits() -> None:
    model = ask.make("titan_multimodal")
    with ask.answers("titan_multimodal") as told:
        ask.sizes(told, model)
        ask.sizes(told, model, ask.image(64))
        ask.long_texts(told, model, (400, 1_500, 8_000), "error")
        ask.pixel(told, model, "PNG", "JPEG", "GIF", "WEBP")
        both, text, image = (
            ask.vector(model, content, 1024).vector
            for content in ((ask.TEXT, ask.image(64)), ask.TEXT, ask.image(64))
        )
        told.add("cosine of both with the mean", f"{ask.cosine(both, (text + image) / 2):.9f}")
        ask.forms(told, model)
        ask.quotas(told, model, "titan multimodal embeddings")
        assert told.rows
