"""Cohere Embed on Bedrock, v4 and v3: about 50 calls, 0.02 USD and the price of ten images."""

import pytest

from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_vectors_and_limits() -> None:
    model = ask.make("cohere")
    with ask.answers("cohere v4") as told:
        ask.sizes(told, model)
        ask.long_texts(told, model, ask.LENGTHS, "truncate", "error")
        ask.pixel(told, model, "PNG", "JPEG", "GIF", "WEBP")
        ask.forms(told, model)
        ask.quotas(told, model, "cohere embed v4")
        assert told.rows


@pytest.mark.parametrize("form", ["object", "string"])
def test_the_form_of_image_url(form: str) -> None:
    model = ask.make("cohere", image_url=form)
    with ask.answers(f"cohere v4, image_url as {form}") as told:
        mixed = (ask.TEXT, ask.image(64))
        got = ask.attempt(model, mixed, ask.role(), 256)
        told.add("a text and an image", got if isinstance(got, str) else "a vector")
        assert told.rows


@pytest.mark.parametrize("model_id", ["cohere.embed-v4:0", "us.cohere.embed-v4:0"])
def test_the_bare_id_and_the_profile(model_id: str) -> None:
    model = ask.make("cohere")
    with ask.answers(f"cohere v4 as {model_id}") as told:
        body = {"input_type": "search_query", "texts": [ask.TEXT]}
        try:
            reply = model.invoke(body, model_id)
            told.add("embeddings, without types asked for", type(reply.body["embeddings"]).__name__)
            told.add("tokens counted", reply.tokens)
        except Exception as e:  # what it is, is the answer
            told.add("answer", f"{type(e).__name__}: {e}")
        assert told.rows


@pytest.mark.parametrize("version", ["v3-english", "v3-multilingual"])
def test_version_3(version: str) -> None:
    model = ask.make("cohere", version=version)
    with ask.answers(f"cohere {version}") as told:
        ask.sizes(told, model)
        ask.long_texts(told, model, (1_900, 2_049), "truncate", "error")
        ask.pixel(told, model)
        ask.forms(told, model)
        assert told.rows
