"""OpenAI, or a server that speaks as it does: about 14 calls, less than 0.01 USD."""

import pytest

from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("encoding", ["base64", "float"])
def test_vectors_and_limits(encoding: str) -> None:
    model = ask.make("openai", encoding_format=encoding)
    with ask.answers(f"openai, {encoding}") as told:
        ask.sizes(told, model)
        ask.long_texts(told, model, (8_000, 40_000), "truncate")
        ask.forms(told, model)
        assert told.rows
