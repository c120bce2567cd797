"""multimodalembedding@001 on Vertex AI: about 20 calls; its prices could not be confirmed."""

import pytest

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded
from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_vectors_and_limits() -> None:
    model = ask.make("vertex_multimodal")
    with ask.answers("vertex_multimodal") as told:
        ask.sizes(told, model)
        ask.sizes(told, model, ask.image(64))
        ask.long_texts(told, model, (100, 1_000), "truncate")
        ask.pixel(told, model)
        found = list(model.embed([Item("live", ask.video(20))], ask.role(overflow="segment"), 1408))
        for one in found:
            told.add("video of 20 s", one.span if isinstance(one, Embedded) else one.reason)
        ask.forms(told, model)
        assert any(isinstance(one, Embedded) for one in found)
