"""TwelveLabs Marengo on Bedrock: about 12 calls, less than 0.01 USD."""

import pytest

from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_vectors_and_limits() -> None:
    model = ask.make("marengo")
    with ask.answers("marengo") as told:
        ask.lifecycle(told, model, "marengo")
        ask.quotas(told, model, "marengo")
        ask.sizes(told, model)
        ask.sizes(told, model, ask.image(512))
        ask.long_texts(told, model, (200, 600), "truncate", "error")
        ask.pixel(told, model)
        ask.forms(told, model)
        assert told.rows
