"""Each model on Bedrock, asked by boto3: what it answers and what it refuses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from evalkit.core.items import Item
from tests.services import Services, Settings
from tests.services.vectors import of_text, sized
from tests.services_test.conftest import NOVA, Invoke, nova, picture, sound

TITAN, TITAN_MM = "amazon.titan-embed-text-v2:0", "amazon.titan-embed-image-v1"
COHERE, COHERE_3 = "cohere.embed-v4:0", "cohere.embed-english-v3"
MARENGO, MARENGO_3 = "twelvelabs.marengo-embed-2-7-v1:0", "twelvelabs.marengo-embed-3-0-v1:0"
TEXT = {"truncationMode": "END", "value": "x"}
PNG = f"data:image/png;base64,{picture()}"


def image(**changes: Any) -> dict[str, Any]:
    return nova(image={"format": "png", "source": {"bytes": picture()}} | changes)


def audio(seconds: float) -> dict[str, Any]:
    import base64

    data = base64.b64encode(sound(seconds)).decode()
    return nova(audio={"format": "wav", "source": {"bytes": data}})


def refusal(invoke: Invoke, model: str, body: object) -> str:
    with pytest.raises(ClientError) as caught:
        invoke(model, body)
    error = caught.value.response["Error"]
    return f"{error['Code']} {error['Message']}"


@pytest.mark.parametrize("dim", [3072, 1024, 384, 256])
def test_nova_answers_with_the_reference_vector_cut_to_size(invoke: Invoke, dim: int) -> None:
    (found,) = invoke(NOVA, nova(embeddingDimension=dim))["embeddings"]
    assert found["embeddingType"] == "TEXT"
    np.testing.assert_allclose(found["embedding"], sized(of_text("a red shirt"), dim), atol=1e-7)


def test_nova_counts_tokens_in_a_header(aws: Callable[..., Any]) -> None:
    import json

    said = aws().invoke_model(modelId=NOVA, body=json.dumps(nova()))
    said["body"].close()
    assert said["ResponseMetadata"]["HTTPHeaders"]["x-amzn-bedrock-input-token-count"] == "3"


def test_nova_says_where_it_cut_a_text(invoke: Invoke) -> None:
    words = "red shirt " * 4000
    text = {"truncationMode": "START", "value": words}
    (found,) = invoke(NOVA, nova(text=text))["embeddings"]
    assert found["truncatedCharLength"] == 8192 * 4
    np.testing.assert_allclose(found["embedding"], of_text(words[-8192 * 4 :]), atol=1e-7)
    assert "exceeds" in refusal(invoke, NOVA, nova(text=text | {"truncationMode": "NONE"}))


def test_nova_reads_pictures_and_sound(invoke: Invoke) -> None:
    (seen,) = invoke(NOVA, image())["embeddings"]
    (heard,) = invoke(NOVA, audio(1))["embeddings"]
    assert (seen["embeddingType"], heard["embeddingType"]) == ("IMAGE", "AUDIO")


NOVA_REFUSES = {
    "a size that is not offered": (nova(embeddingDimension=512), "512 is not a valid enum value"),
    "an unknown field": (nova(colour="red"), "extraneous key [colour] is not permitted"),
    "an unknown field outside": ({**nova(), "messages": []}, "extraneous key [messages]"),
    "another model's body": ({"inputText": "x"}, "#: required key [taskType] not found"),
    "no truncation mode": (nova(text={"value": "x"}), "required key [truncationMode] not found"),
    "an unknown purpose": (nova(embeddingPurpose="INDEX"), "INDEX is not a valid enum value"),
    "two inputs": (nova(text=TEXT, image={"format": "png"}), "2 subschemas matched"),
    "no input": (
        {
            "taskType": "SINGLE_EMBEDDING",
            "singleEmbeddingParams": {"embeddingPurpose": "CLUSTERING"},
        },
        "0 subschemas matched",
    ),
    "a list of sizes": (nova(embeddingDimension=[256]), "[256] is not a valid enum value"),
    "a size in quotes": (nova(embeddingDimension="256"), "256 is not a valid enum value"),
    "a long text": (nova(text=TEXT | {"value": "x" * 50_001}), "expected maxLength: 50000"),
    "an empty text": (nova(text=TEXT | {"value": ""}), "expected minLength: 1, actual: 0"),
    "a blank text": (nova(text=TEXT | {"value": "  "}), "The text is empty"),
    "text bytes": (
        nova(text={"truncationMode": "END", "source": {"bytes": "eA=="}}),
        "extraneous key [bytes]",
    ),
    "both sources": (
        image(source={"bytes": picture(), "s3Location": {"uri": "s3://bucket/key"}}),
        "2 subschemas matched",
    ),
    "what is no base64": (image(source={"bytes": "no base64"}), "not valid base64"),
    "another format": (image(format="jpeg"), "do not match the declared format 'jpeg'"),
    "an unknown format": (image(format="bmp"), "bmp is not a valid enum value"),
    "an owner of the bucket": (
        image(source={"s3Location": {"uri": "s3://bucket/key", "bucketOwner": "123456789012"}}),
        "extraneous key [bucketOwner]",
    ),
    "31 seconds": (audio(31), "exceeds the maximum of 30 seconds"),
    "what a filter refuses": (
        nova(text=TEXT | {"value": "a forbidden-marker"}),
        "RAI_VIOLATION_INPUT_TEXT_DEFLECTION",
    ),
}


@pytest.mark.parametrize("what", NOVA_REFUSES)
def test_nova_refuses(invoke: Invoke, services: Services, what: str) -> None:
    body, told = NOVA_REFUSES[what]
    assert told in (said := refusal(invoke, NOVA, body))
    assert said.startswith("ValidationException")
    assert services.log.answered == []


def test_titan_text_answers_by_type_and_unnormalised(invoke: Invoke) -> None:
    body = {"inputText": "a red shirt", "embeddingTypes": ["binary", "float"], "dimensions": 256}
    found = invoke(TITAN, body | {"normalize": False})
    assert found["inputTextTokenCount"] == 3
    assert found["embedding"] == found["embeddingsByType"]["float"]
    assert len(found["embeddingsByType"]["binary"]) == 256
    assert np.linalg.norm(found["embedding"]) == pytest.approx(7.5)
    assert "Max input tokens: 8192" in refusal(invoke, TITAN, {"inputText": "x " * 20_000})
    assert "extraneous key" in refusal(invoke, TITAN, body | {"texts": ["x"]})


def test_titan_multimodal_averages_text_and_picture(invoke: Invoke) -> None:
    text, seen = {"inputText": "a red shirt"}, {"inputImage": picture("jpeg")}
    vectors = [np.array(invoke(TITAN_MM, one)["embedding"]) for one in (text, seen, text | seen)]
    np.testing.assert_allclose(
        vectors[2] @ (vectors[0] + vectors[1]), np.linalg.norm(vectors[0] + vectors[1]), atol=0.01
    )
    assert invoke(TITAN_MM, text)["message"] is None
    assert "at least one of" in refusal(invoke, TITAN_MM, {})
    large = {"inputImage": picture(size=(2049, 8))}
    assert "2048 x 2048" in refusal(invoke, TITAN_MM, large)
    assert "Max input tokens: 256" in refusal(invoke, TITAN_MM, {"inputText": "x" * 1025})


def test_cohere_answers_a_bare_list_or_a_map_of_types(invoke: Invoke) -> None:
    body = {"input_type": "search_query", "texts": ["red", "blue"], "output_dimension": 256}
    bare = invoke(f"us.{COHERE}", body)
    typed = invoke(COHERE, body | {"embedding_types": ["float", "int8", "ubinary"]})
    assert bare["response_type"] == "embeddings_floats"
    assert typed["response_type"] == "embeddings_by_type"
    assert bare["embeddings"] == typed["embeddings"]["float"]
    assert [len(one) for one in typed["embeddings"]["ubinary"]] == [32, 32]


def test_cohere_fuses_mixed_inputs(invoke: Invoke, services: Services) -> None:
    content = [{"type": "text", "text": "red"}, {"type": "image_url", "image_url": {"url": PNG}}]
    body = {"input_type": "search_document", "inputs": [{"content": content}]}
    assert len(invoke(f"global.{COHERE}", body)["embeddings"][0]) == 1536
    assert [one.kind for one in services.log.answered] == ["text", "image"]


def test_cohere_refuses(invoke: Invoke) -> None:
    base = {"input_type": "search_query"}
    many = base | {"texts": ["x"] * 97}
    assert "maximum item count: 96" in refusal(invoke, COHERE, many)
    both = base | {"texts": ["x"], "images": [PNG]}
    assert "2 subschemas matched" in refusal(invoke, COHERE, both)
    long = base | {"texts": ["x", "x" * 2049]}
    assert "#/texts/1: expected maxLength: 2048" in refusal(invoke, COHERE_3, long)
    assert "extraneous key" in refusal(invoke, COHERE_3, base | {"texts": ["x"], "inputs": []})
    assert "input_type image" in refusal(invoke, COHERE_3, base | {"images": [PNG]})
    wrong = base | {"images": [PNG.replace("image/png", "image/jpeg")]}
    assert "declared format 'jpeg'" in refusal(invoke, COHERE, wrong)


def test_marengo_wants_a_profile_and_one_input(invoke: Invoke) -> None:
    body = {"inputType": "text", "inputText": "a red shirt"}
    assert len(invoke(f"us.{MARENGO}", body)["data"][0]["embedding"]) == 1024
    assert "on-demand throughput" in refusal(invoke, MARENGO, body)
    assert "identifier is invalid" in refusal(invoke, f"eu.{MARENGO}", body)
    seen = {"inputType": "image", "mediaSource": {"base64String": picture()}}
    assert len(invoke(f"us.{MARENGO}", seen)["data"][0]["embedding"]) == 1024
    long = body | {"inputText": "x" * 400, "textTruncate": "none"}
    assert "Max input tokens: 77" in refusal(invoke, f"us.{MARENGO}", long)
    nested = {"inputType": "text", "text": {"inputText": "a red shirt"}}
    assert "extraneous key" in refusal(invoke, f"us.{MARENGO}", nested)
    assert len(invoke(MARENGO_3, nested)["data"][0]["embedding"]) == 512


def test_marengo_3_takes_pictures_that_the_text_names(invoke: Invoke, services: Services) -> None:
    source = {"mediaType": "image", "base64String": picture()}
    mix = {"inputText": "like <@a> in red", "mediaSources": [source | {"name": "a"}]}
    body = {"inputType": "multi_input", "multi_input": mix}
    assert len(invoke(MARENGO_3, body)["data"][0]["embedding"]) == 512
    assert [one.kind for one in services.log.answered] == ["text", "image"]
    mix["mediaSources"] = [source | {"name": "b"}]
    assert "does not name the media source b" in refusal(invoke, MARENGO_3, body)
    mix["mediaSources"] = [source]
    assert "required key [name]" in refusal(invoke, MARENGO_3, body)


@pytest.mark.parametrize(
    ("model", "region"),
    [(NOVA, "eu-west-1"), (f"us.{NOVA}", "us-east-1"), ("amazon.nova-9", "us-east-1")],
)
def test_a_model_that_is_not_offered(aws: Callable[..., Any], model: str, region: str) -> None:
    with pytest.raises(ClientError, match=r"The provided model identifier is invalid\."):
        aws(region_name=region).invoke_model(modelId=model, body="{}")


def test_a_retired_model_is_not_found(aws: Callable[..., Any]) -> None:
    client = aws()
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="end of its life"):
        client.invoke_model(modelId="amazon.retired-embed-v1:0", body="{}")


def test_arns_name_models_too(invoke: Invoke) -> None:
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}"
    assert invoke(arn, nova())["embeddings"]


def test_the_log_knows_items_by_their_digest(invoke: Invoke, services: Services) -> None:
    invoke(NOVA, nova(embeddingDimension=384))
    (one,) = services.log.answered
    assert (one.model, one.purpose, one.dim) == (NOVA, "GENERIC_INDEX", 384)
    assert one.digest == Item("any", "a red shirt").digest()


def test_a_model_may_change_silently(invoke: Invoke, services: Services) -> None:
    before = np.array(invoke(NOVA, nova())["embeddings"][0]["embedding"])
    services.reset(Settings(drift=0.1))
    after = np.array(invoke(NOVA, nova())["embeddings"][0]["embedding"])
    assert 0.9 < before @ after < 0.999
