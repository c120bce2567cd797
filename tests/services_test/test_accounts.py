"""Who may ask: the form of credentials, and keys whose accounts have trouble."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.services import Services
from tests.services_test.conftest import NOVA, Said, nova

Post = Callable[..., Said]
PATH = f"/model/{NOVA}/invoke"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIALOOPBACKSERVICES/20261122/us-east-1/{service}/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


@pytest.mark.parametrize(
    ("key", "code", "told"),
    [
        ("AKIAEXPIRED000000000", "ExpiredTokenException", "is expired"),
        ("AKIASKEWED0000000000", "InvalidSignatureException", "Signature expired"),
        ("AKIAUNKNOWN000000000", "UnrecognizedClientException", "is invalid"),
        ("AKIANOACCESS00000000", "AccessDeniedException", "access to the model"),
        ("AKIANOQUOTA000000000", "ServiceQuotaExceededException", "quota of 0"),
        ("AKIATHROTTLED0000000", "ThrottlingException", "Too many requests"),
    ],
)
def test_aws_keys_with_trouble(aws: Callable[..., Any], key: str, code: str, told: str) -> None:
    client = aws(aws_access_key_id=key, aws_secret_access_key="x")
    with pytest.raises(ClientError, match=told) as caught:
        client.invoke_model(modelId=NOVA, body="{}")
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "MissingAuthenticationTokenException"),
        ({"Authorization": "AWS4-HMAC-SHA256 nonsense"}, "UnrecognizedClientException"),
        (
            {"Authorization": SIGNED.format(service="s3"), "X_Amz_Date": "20261122T000000Z"},
            "UnrecognizedClientException",
        ),
        ({"Authorization": SIGNED.format(service="bedrock")}, "UnrecognizedClientException"),
    ],
)
def test_aws_wants_a_signature_for_bedrock(post: Post, headers: dict[str, str], code: str) -> None:
    said = post(PATH, nova(), **headers)
    assert said.status == 403
    assert said.headers["x-amzn-ErrorType"].split(":")[0] == code
    assert set(said.body) == {"message"}


def test_aws_takes_signatures_and_bearer_tokens(post: Post) -> None:
    signed = {"Authorization": SIGNED.format(service="bedrock"), "X_Amz_Date": "20261122T000000Z"}
    assert post(PATH, nova(), **signed).status == 200
    assert post(PATH, nova(), Authorization="Bearer token").status == 200
    assert post(PATH, nova(), Authorization="Bearer token-noaccess").status == 403


def test_google_and_openai_say_it_their_way(post: Post) -> None:
    gemini = "/v1beta/models/gemini-embedding-001:batchEmbedContents"
    vertex = "/v1/projects/p/locations/l/publishers/google/models/multimodalembedding@001:predict"
    missing = post(gemini, {})
    assert (missing.status, missing.body["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert post(vertex, {}).body["error"]["status"] == "UNAUTHENTICATED"
    expired = post(gemini, {}, x_goog_api_key="an-expired-key").body["error"]
    assert expired["details"][0]["reason"] == "API_KEY_INVALID"
    spent = post("/v1/embeddings", {}, Authorization="Bearer sk-noquota")
    assert (spent.status, spent.body["error"]["code"]) == (429, "insufficient_quota")
    flat = post("/tei/v1/embeddings", {})
    assert (flat.status, set(flat.body)) == (401, {"message", "code", "type"})


def test_an_unknown_path_is_no_operation(post: Post, services: Services) -> None:
    assert post("/model", {}).headers["x-amzn-ErrorType"].startswith("UnknownOperationException")
    assert services.log.counts == {"no route": 1}
