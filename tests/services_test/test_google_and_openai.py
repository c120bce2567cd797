"""Gemini by its own SDK, Vertex and OpenAI by their documented bodies."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.services import Services
from tests.services.vectors import of_text, sized
from tests.services_test.conftest import Said, picture

Post = Callable[..., Said]
GEMINI = "/v1beta/models/gemini-embedding-001:batchEmbedContents"
VERTEX = "/v1/projects/p/locations/l/publishers/google/models/multimodalembedding@001:predict"
KEY = {"x_goog_api_key": "key"}
BEARER = {"Authorization": "Bearer key"}


@pytest.fixture
def genai(services: Services) -> Iterator[Any]:
    from google import genai

    with genai.Client() as client:
        yield client


def test_gemini_001_gives_each_text_a_vector(genai: Any) -> None:
    found = genai.models.embed_content(
        model="gemini-embedding-001",
        contents=["red", "blue"],
        config={"task_type": "RETRIEVAL_QUERY", "output_dimensionality": 768},
    )
    assert len(found.embeddings) == 2
    values = np.array(found.embeddings[0].values)
    assert np.linalg.norm(values) < 0.99  # only the whole vector is unit
    np.testing.assert_allclose(
        values / np.linalg.norm(values), sized(of_text("red"), 768), atol=1e-6
    )


def test_gemini_2_merges_texts_and_reads_pictures(genai: Any, services: Services) -> None:
    from google.genai import types

    image = types.Part.from_bytes(data=base64.b64decode(picture()), mime_type="image/png")
    model = "gemini-embedding-2"
    assert len(genai.models.embed_content(model=model, contents=["a", "b"]).embeddings) == 1
    assert len(genai.models.embed_content(model=model, contents=[image]).embeddings) == 1
    assert [one.kind for one in services.log.answered] == ["text", "text", "image"]


def test_gemini_sdk_raises_the_documented_errors(genai: Any, services: Services) -> None:
    from google.genai import errors

    with pytest.raises(errors.ClientError) as caught:
        genai.models.embed_content(model="gemini-embedding-001", contents=["x"] * 101)
    assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
    with pytest.raises(errors.ClientError, match="NOT_FOUND"):
        genai.models.embed_content(model="gemini-embedding-9", contents=["x"])


def request(**changes: object) -> dict[str, Any]:
    whole = {"model": "models/gemini-embedding-001", "content": {"parts": [{"text": "x"}]}}
    return {"requests": [whole | changes]}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (request(colour="red"), "extraneous key [colour]"),
        (request(model="models/other"), "expected models/gemini-embedding-001"),
        (request(taskType="QUERY"), "QUERY is not a valid enum value"),
        (request(title="x"), "title is only applicable"),
        (request(outputDimensionality=64), "64 is not greater or equal to 128"),
        (request(content={"parts": []}), "minimum item count: 1"),
        (request(content={"parts": [{"text": " "}]}), "no text"),
        ({"requests": []}, "minimum item count: 1"),
        ({}, "required key [requests]"),
    ],
)
def test_gemini_refuses(post: Post, body: object, told: str) -> None:
    said = post(GEMINI, body, **KEY)
    assert said.status == 400
    assert told in said.body["error"]["message"]
    assert said.body["error"]["status"] == "INVALID_ARGUMENT"


def test_gemini_2_takes_no_task_type(post: Post) -> None:
    body = request(model="models/gemini-embedding-2", taskType="CLUSTERING")
    said = post(GEMINI.replace("gemini-embedding-001", "gemini-embedding-2"), body, **KEY)
    assert said.status == 400
    assert "say the task in the text" in said.body["error"]["message"]


def test_gemini_has_a_single_form(post: Post) -> None:
    path = GEMINI.replace("batchEmbedContents", "embedContent").replace("v1beta", "v1")
    said = post(path, {"content": {"parts": [{"text": "x"}]}}, **KEY)
    assert len(said.body["embedding"]["values"]) == 3072


def test_vertex_gives_text_and_picture_a_vector_each(post: Post) -> None:
    instance = {"text": "red", "image": {"bytesBase64Encoded": picture(), "mimeType": "image/png"}}
    body = {"instances": [instance], "parameters": {"dimension": 128}}
    (found,) = post(VERTEX, body, **BEARER).body["predictions"]
    assert {name: len(v) for name, v in found.items()} == {
        "textEmbedding": 128,
        "imageEmbedding": 128,
    }
    inside = {"instances": [{"text": "red", "parameters": {"dimension": 128}}]}
    assert "extraneous key [parameters]" in post(VERTEX, inside, **BEARER).body["error"]["message"]
    assert post(VERTEX, {"instances": [{}]}, **BEARER).status == 400
    assert post(VERTEX, body | {"parameters": {"dimension": 384}}, **BEARER).status == 400


def openai(**changes: object) -> dict[str, object]:
    return {"model": "text-embedding-3-small", "input": ["red", "blue"]} | changes


def test_openai_gives_numbers_or_base64(post: Post) -> None:
    said = post("/v1/embeddings", openai(dimensions=256), **BEARER).body
    packed = post("/v1/embeddings", openai(dimensions=256, encoding_format="base64"), **BEARER).body
    assert [one["index"] for one in said["data"]] == [0, 1]
    raw = np.frombuffer(base64.b64decode(packed["data"][1]["embedding"]), "<f4")
    np.testing.assert_allclose(raw, said["data"][1]["embedding"], atol=1e-7)
    assert said["usage"] == {"prompt_tokens": 2, "total_tokens": 2}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (openai(input=""), 400),
        (openai(input=["x", ""]), 400),
        (openai(input=["x"] * 2049), 400),
        (openai(normalize=True), 400),
        (openai(encoding_format="int8"), 400),
        (openai(dimensions=2048), 400),
        (openai(model="text-embedding-ada-002", dimensions=256), 400),
        (openai(model="other"), 404),
        (openai(input="x" * 40_000), 400),
    ],
)
def test_openai_refuses(post: Post, body: object, status: int) -> None:
    said = post("/v1/embeddings", body, **BEARER)
    assert said.status == status
    assert set(said.body["error"]) == {"message", "type", "param", "code"}


def test_tei_takes_32_inputs_and_needs_no_model(post: Post) -> None:
    assert len(post("/tei/v1/embeddings", {"input": ["x"] * 32}, **BEARER).body["data"]) == 32
    said = post("/tei/v1/embeddings", {"input": ["x"] * 33}, **BEARER)
    assert (said.status, said.body["type"]) == (422, "Validation")
