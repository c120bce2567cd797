"""The client of Bedrock: one attempt a call, every error sorted, no secret told."""

import logging
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as of
from botocore.exceptions import ClientError

from evalkit.core.errors import ProviderError
from evalkit.providers import _bedrock
from evalkit.providers._bedrock import Bedrock, sorted_error
from evalkit.providers._calls import Rejected, Transient
from evalkit.providers._messages import is_refusal
from tests.providers.json_server import Reply
from tests.providers.json_server import serving as json_server
from tests.providers.loopback import Loopback, Refusal, serving

MODEL = "acme.embed-v1:0"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with serving(monkeypatch) as one:
        yield one


def model(**params: Any) -> Bedrock:
    return Bedrock(**{"model_id": MODEL, **params})


def answered(code: str, status: int, message: str, operation: str = "InvokeModel") -> ClientError:
    told: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(told, operation)


def test_one_attempt_gives_body_tokens_and_request_id(server: Loopback) -> None:
    server.headers = {"X-Amzn-Bedrock-Input-Token-Count": "7"}
    server.answer = lambda path, body: {"got": body, "path": path}

    reply = model().invoke({"a": 1})

    assert reply.body == {"got": {"a": 1}, "path": f"/model/{MODEL}/invoke"}
    assert (reply.tokens, reply.request_id) == (7, "r1")


def test_tokens_are_unknown_where_the_service_does_not_count(server: Loopback) -> None:
    assert model().invoke({}).tokens is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
        (429, "ThrottlingException"),
        (429, "ModelNotReadyException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
    ],
)
def test_boto3_repeats_nothing(server: Loopback, status: int, code: str) -> None:
    def fail(path: str, body: Any) -> Any:
        raise Refusal(status, code, "later")

    server.answer = fail
    with pytest.raises(Transient) as caught:
        model().invoke({})
    assert len(server.sent) == 1
    assert caught.value.throttled == (status in {429, 503})


def test_a_service_quota_is_waited_for_longer() -> None:
    error = answered("ServiceQuotaExceededException", 400, "too many concurrent jobs")
    found = sorted_error(error, model())
    assert isinstance(found, Transient)
    assert found.throttled
    assert found.after is not None
    assert found.after >= 30


@pytest.mark.parametrize(
    ("code", "status", "message", "words"),
    [
        ("AccessDeniedException", 403, "You don't have access to the model", "Bedrock console"),
        ("ResourceNotFoundException", 404, "end of its life", "model_id"),
        ("ExpiredTokenException", 403, "token expired", "Renew them"),
        ("UnrecognizedClientException", 403, "token invalid", "does not know the credentials"),
        ("InvalidSignatureException", 403, "Signature expired: 2026 is now earlier", "clock"),
        ("InvalidSignatureException", 403, "does not match", "AWS_SECRET_ACCESS_KEY"),
        ("SignatureDoesNotMatch", 403, "Signature not yet current: 2026", "clock"),
        ("RequestTimeTooSkewed", 403, "too large", "clock"),
        ("ValidationException", 400, "The provided model identifier is invalid.", "`region`"),
        ("ValidationException", 400, "with on-demand throughput isn’t supported", f"us.{MODEL}"),
        ("ValidationException", 400, "Malformed input: required key [x] not found", "provider"),
        ("ValidationException", 400, "The S3 bucket is not in this region", "`jobs`"),
        ("ThrottlingException", 429, "Too many tokens per day", "Service Quotas"),
        ("ServiceQuotaExceededException", 400, "a quota of 0 requests", "Service Quotas"),
        ("UnknownOperationException", 404, "", "`endpoint`"),
        ("301", 301, "moved", "`endpoint`"),
        ("407", 407, "", "HTTPS_PROXY"),
    ],
)
def test_configuration_ends_in_a_sentence_that_says_what_to_do(
    code: str, status: int, message: str, words: str
) -> None:
    found = sorted_error(answered(code, status, message), model())
    assert isinstance(found, ProviderError)
    assert found.exit_code == 3
    assert words in str(found)
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        ("ValidationException", "expected maxLength: 50000, actual: 60000", False),
        ("ValidationException", "1 validation error: failed to satisfy constraint", False),
        ("ValidationException", "The input was blocked by our content filters.", True),
        ("ValidationException", "The input violates the Responsible AI policy", True),
        ("ModelErrorException", "RAI_VIOLATION_INPUT_TEXT_DEFLECTION", True),
        ("NeverHeardOfException", "odd", False),
    ],
)
def test_bad_input_and_refusals_are_told_apart(code: str, message: str, refused: bool) -> None:
    found = sorted_error(answered(code, 400, message), model())
    assert isinstance(found, Rejected)
    assert found.refused == refused
    assert message in found.reason


@pytest.mark.parametrize(
    "message",
    [
        "The guardrail identifier or version provided is invalid",
        "The provided guardrail identifier is invalid.",
        "Invocation blocked by service quota policy",
        "The request violates the service control policy of the organization",
        "Blocked by the bucket policy",
    ],
)
def test_settings_are_no_refusal_of_the_content(message: str) -> None:
    found = sorted_error(answered("ValidationException", 400, message), model())
    assert isinstance(found, ProviderError)
    assert message.removesuffix(".") in str(found)
    assert not is_refusal(message)


@pytest.mark.parametrize(
    "message",
    [
        "RAI_VIOLATION_INPUT_IMAGE_DEFLECTION",
        "This request is blocked by our content filters.",
        "Input blocked by content filter",
        "blocked by policy",
        "The prompt violates the usage policies",
    ],
)
def test_words_of_a_content_filter(message: str) -> None:
    assert is_refusal(message)


@pytest.mark.parametrize(
    "message", ["blocked by a timeout", "a trail of rain", "a deflection of the beam"]
)
def test_words_that_a_content_filter_may_use_but_others_too(message: str) -> None:
    assert not is_refusal(message)


def test_a_bucket_is_trouble_where_one_was_named_or_is_said_to_be_missing(
    server: Loopback,
) -> None:
    said = "Malformed input request: #/texts/0: 'bucket of red paint' is not valid"

    def fail(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", said)

    server.answer = fail
    with pytest.raises(Rejected):
        model().invoke({"text": 'a bucket "s3Location": x'})
    with pytest.raises(ProviderError, match="`jobs`"):
        model().invoke({"source": {"s3Location": {"uri": "s3://b/x"}}})
    one = model()
    job: Any = {"s3OutputDataConfig": {"s3Uri": "s3://b/x"}}
    job = {"modelId": MODEL, "modelInput": {}, "outputDataConfig": job}
    with pytest.raises(ProviderError, match="`jobs`"):
        one.ask(one.client, "start_async_invoke", **job)


@pytest.mark.parametrize(
    "message",
    [
        "The bucket my-bucket does not exist",
        "The S3 bucket is not in this region",
        "bucket 'b' must be in the same region as the model",
        "Access denied for the S3 bucket b",
        "Bucket b: access denied",
    ],
)
def test_what_is_said_of_a_bucket_that_cannot_be_used(message: str) -> None:
    found = sorted_error(answered("ValidationException", 400, message), model())
    assert isinstance(found, ProviderError)
    assert "`jobs`" in str(found)


@pytest.mark.parametrize(
    ("code", "status"),
    [("ThrottlingException", 429), ("ServiceQuotaExceededException", 400), ("Odd", 503)],
)
def test_a_hint_of_the_server_is_heeded(code: str, status: int) -> None:
    error = answered(code, status, "later")
    error.response["ResponseMetadata"]["HTTPHeaders"] = {"retry-after": "7"}
    found = sorted_error(error, model())
    assert isinstance(found, Transient)
    assert found.after == 7


@pytest.mark.parametrize(
    ("status", "final"),
    [(400, True), (413, True), (499, True), (408, False), (424, False), (429, False), (500, False)],
)
def test_a_model_that_blames_the_input_is_not_asked_again(status: int, final: bool) -> None:
    error = answered("ModelErrorException", 424, "the image cannot be read")
    told: Any = error.response
    told["originalStatusCode"] = status
    found = sorted_error(error, model())
    assert isinstance(found, Rejected if final else Transient)
    if isinstance(found, Rejected):
        assert found.reason == "the image cannot be read"
        assert not found.refused


def test_an_unknown_error_of_the_server_may_pass() -> None:
    assert isinstance(sorted_error(answered("Odd", 502, "bad gateway"), model()), Transient)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (of.NoCredentialsError(), "aws configure"),
        (of.PartialCredentialsError(provider="env", cred_var="secret"), "not complete"),
        (of.CredentialRetrievalError(provider="sso", error_msg="x"), "Sign in again"),
        (of.SSOTokenLoadError(profile_name="p", error_msg="x"), "Sign in again"),
        (of.ProfileNotFound(profile="p"), "'p' does not exist. Correct AWS_PROFILE."),
        (of.InvalidRegionError(region_name="a b"), "`region`"),
        (of.ParamValidationError(report="bad"), "boto3 cannot use"),
    ],
)
def test_settings_that_boto3_refuses(error: Exception, words: str) -> None:
    found = sorted_error(error, model())
    assert isinstance(found, ProviderError)
    assert words in str(found)


def test_jobs_with_a_bearer_token_alone_are_told_to_need_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "t")
    assert "access keys" in str(sorted_error(of.NoCredentialsError(), model(), "bucket"))


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("NoSuchBucket", 404, "does not exist"),
        ("PermanentRedirect", 301, "another region"),
        ("AuthorizationHeaderMalformed", 400, "another region"),
        ("AccessDenied", 403, "s3:PutObject"),
    ],
)
def test_errors_of_a_bucket(code: str, status: int, words: str) -> None:
    found = sorted_error(answered(code, status, "x", "PutObject"), model(), "my-bucket")
    assert isinstance(found, ProviderError)
    assert words in str(found)
    assert "my-bucket" in str(found)


@pytest.mark.parametrize(
    "error",
    [
        of.ReadTimeoutError(endpoint_url="u"),
        of.ConnectTimeoutError(endpoint_url="u"),
        of.ConnectionClosedError(endpoint_url="u"),
        of.ResponseStreamingError(error="reset"),
        of.IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ],
)
def test_broken_connections_may_pass(error: Exception) -> None:
    assert isinstance(sorted_error(error, model()), Transient)


def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_nobody_at_the_endpoint_is_configuration_first_and_may_pass_later(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", address)
    nova = model()
    with pytest.raises(ProviderError, match="takes no connection") as caught:
        nova.invoke({})
    assert address in str(caught.value)

    nova.traffic.answered = 1
    with pytest.raises(Transient):
        nova.invoke({})


@pytest.mark.parametrize("said", [b"<html>hello</html>", b'{"status": "up"}', b"[1]", b"hello"])
def test_another_kind_of_server_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    keys(monkeypatch)
    with json_server(lambda sent: Reply(said)) as other:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", other.address)
        bedrock = model()
        with pytest.raises(ProviderError, match="does not answer as Amazon Bedrock does") as caught:
            bedrock.invoke({})
        assert other.address in str(caught.value)
        assert ("(a web page)" in str(caught.value)) == said.startswith(b"<")
        assert "html" not in str(caught.value)
        bedrock.traffic.answered = 1
        if not said.startswith(b"{"):
            with pytest.raises(Transient):
                bedrock.invoke({})


def test_an_answer_that_breaks_off_may_be_better_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    keys(monkeypatch)
    with json_server(lambda sent: Reply(b'{"embedding": [0.1,')) as one:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", one.address)
        with pytest.raises(Transient, match="no complete JSON"):
            model().invoke({})


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (302, b"", r"does \(it redirects elsewhere\)\."),
        (404, b"<html>hi</html>", r"does \(404: a web page\)\."),
        (404, b"", r"does \(404\)\."),
    ],
)
def test_pages_and_redirections_are_told_in_words(
    monkeypatch: pytest.MonkeyPatch, status: int, said: bytes, words: str
) -> None:
    keys(monkeypatch)
    with json_server(lambda sent: Reply(said, status)) as other:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", other.address)
        with pytest.raises(ProviderError, match=words):
            model().invoke({})


@pytest.mark.parametrize("proxy", ["not a proxy", "http://[::1", "http://proxy:99999"])
def test_a_proxy_that_is_no_address(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    keys(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ProviderError, match="Correct HTTPS_PROXY"):
        model().invoke({})


def test_a_library_that_does_not_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text('raise ImportError("libfoo.so.1: cannot open it")')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "boto3", raising=False)
    wanted = "boto3 is installed but cannot be imported (libfoo.so.1: cannot open it)."
    with pytest.raises(ProviderError, match=re.escape(wanted)) as caught:
        model().invoke({})
    assert "pip install --force-reinstall 'evalkit[aws]'" in str(caught.value)
    assert wanted in model().unusable()


def test_a_region_and_an_endpoint_are_checked_without_a_call(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVALKIT_ALLOW_ENDPOINT", raising=False)
    assert "no AWS region" in model(region="us-esat-1").unusable()
    assert "--allow-endpoint" in model(endpoint="https://gateway.example").unusable()
    assert model().unusable() == ""
    assert server.sent == []


def test_a_profile_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    keys(monkeypatch)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    wanted = "the AWS profile 'nobody' does not exist. Correct AWS_PROFILE."
    assert model().unusable() == wanted
    assert "Correct `profile`." in model(profile="none").unusable()


def test_s3_that_cannot_be_reached_is_not_blamed_on_bedrock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    error = of.EndpointConnectionError(endpoint_url="u", error="refused")
    there = model(endpoint="http://127.0.0.1:9")
    assert str(sorted_error(error, there, "pails")).startswith("S3 in us-east-1 cannot be reached")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:8")
    told = str(sorted_error(error, there, "pails"))
    assert told.startswith("http://127.0.0.1:8 cannot be reached")
    assert "Correct AWS_ENDPOINT_URL_S3" in told


def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give credentials that mean nothing, and no proxy, profile or address."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")


def test_a_name_that_is_not_known() -> None:
    error = of.EndpointConnectionError(endpoint_url="u", error="Failed to resolve 'bedrock.x'")
    assert "its name is not known" in str(sorted_error(error, model()))


def test_tls_that_is_none(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _endpoint()
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", plain.replace("http:", "https:"))
    with pytest.raises(ProviderError, match=r"\(wrong version number\).*speaks https"):
        model().invoke({})


def test_a_proxy_that_is_not_there(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(ProviderError, match="HTTPS_PROXY"):
        model().invoke({})


def test_a_bearer_token_goes_over_https_alone(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "MARKED-TOKEN")
    with pytest.raises(ProviderError, match="over https alone") as caught:
        model().invoke({})
    assert "MARKED" not in str(caught.value)
    assert not server.sent


def test_an_unknown_region_names_the_nearest(server: Loopback) -> None:
    with pytest.raises(ProviderError, match="did you mean 'us-east-1'"):
        model(region="us-east-11").invoke({})
    assert not server.sent


def test_an_endpoint_of_a_suite_must_be_allowed(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = _endpoint()
    with pytest.raises(ProviderError, match="--allow-endpoint"):
        model(endpoint=address).invoke({})
    monkeypatch.setenv("EVALKIT_ALLOW_ENDPOINT", address)
    assert model(endpoint=address).invoke({}).body == {}


@pytest.mark.parametrize("said", [b"[1]", b'{"embedding": [0.1, '])
def test_an_answer_that_is_no_json_object_may_pass(said: bytes) -> None:
    with pytest.raises(Transient):
        _bedrock._parsed(said)


def test_secrets_in_messages_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "MARKED-KEY")
    message = "bad: MARKED-KEY; Authorization: Bearer MARKED; x-amz-security-token:MARKED\nend"
    found = sorted_error(answered("ValidationException", 400, message), model())
    assert "MARKED" not in str(found)
    assert "\n" not in str(found)
    canonical = "The Canonical String: x-amz-security-token:MARKED"
    assert "MARKED" not in str(
        sorted_error(answered("SignatureDoesNotMatch", 403, canonical), model())
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (logging.NOTSET, logging.INFO),
        (logging.DEBUG, logging.DEBUG),
        (logging.ERROR, logging.ERROR),
    ],
)
def test_botocore_writes_no_session_tokens_unless_its_level_is_set(before: int, after: int) -> None:
    logger = logging.getLogger("botocore")
    usual = logger.level
    logger.setLevel(before)
    try:
        model().connect("bedrock")
        assert logger.level == after
    finally:
        logger.setLevel(usual)


# --- patience -----------------------------------------------------------------------------------


def test_patience_waits_as_told_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    left = [Transient("slow down", after=9.0, throttled=True), Transient("reset")]
    one = model()

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    assert one.patiently(attempt) == "done"
    assert slept[0] == 9.0
    assert (one.traffic.throttled, one.traffic.failed) == (1, 1)


def test_no_hint_of_the_server_outlasts_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)

    def attempt() -> str:
        raise Transient("slow down", after=86_400.0)

    with pytest.raises(ProviderError):
        model(attempts=2, patience=5.0).patiently(attempt)
    assert slept == [5.0]


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    one = model(attempts=3)

    def attempt() -> str:
        raise Transient("the service failed.")

    with pytest.raises(ProviderError, match="the service failed"):
        one.patiently(attempt)
    assert len(slept) == 2


# --- what is missing ----------------------------------------------------------------------------


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no AWS credentials" in model().unusable()
    assert "no AWS credentials" in model().unusable()
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "t")
    assert model().unusable() == ""


def test_a_profile_may_hold_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nsso_session = s\n[profile empty]\nregion = us-east-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert model(profile="work").unusable() == ""
    assert "no AWS credentials" in model(profile="empty").unusable()
    assert "'none' does not exist" in model(profile="none").unusable()


def test_a_machine_of_ec2_may_have_a_role(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    vendor.write_text("Amazon EC2\n")
    monkeypatch.setattr(_bedrock, "_VENDOR", vendor)
    assert model().unusable() != ""
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    assert model().unusable() == ""
    monkeypatch.setattr(_bedrock, "_VENDOR", tmp_path / "none")
    assert model().unusable() != ""


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_bedrock, "find_spec", lambda name: None)
    assert "evalkit[aws]" in model().unusable()
    with pytest.raises(ProviderError, match=r"evalkit\[aws\]"):
        _ = model().client


def _endpoint() -> str:
    import os

    return os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]


def test_vectors_of_a_stand_in_are_filed_apart_from_amazons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", raising=False)
    own = {"region": "us-east-1"}
    assert Bedrock().place == own
    private = "https://vpce-1-2.bedrock-runtime.us-east-1.vpce.amazonaws.com"
    assert Bedrock(endpoint=private).place == own
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9/")
    assert Bedrock().place == {**own, "endpoint": "http://127.0.0.1:9"}


@pytest.mark.parametrize(
    "address",
    [
        "https://a1b2c3.execute-api.us-east-1.amazonaws.com/stage",
        "https://bedrock-runtime.eu-west-1.amazonaws.com",
        "http://bedrock-runtime.us-east-1.amazonaws.com",
        "https://stand-in.api.aws",
    ],
)
@pytest.mark.parametrize("installed", [True, False])
def test_an_address_under_amazons_domain_is_not_yet_amazons(
    monkeypatch: pytest.MonkeyPatch, address: str, installed: bool
) -> None:
    if not installed:
        monkeypatch.setattr(_bedrock, "find_spec", lambda name: None)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", address)
    assert Bedrock().place == {"region": "us-east-1", "endpoint": address}
    monkeypatch.delenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
    assert Bedrock(endpoint=address).place == {"region": "us-east-1", "endpoint": address}


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Return a function that writes AWS's configuration file."""

    def write(text: str) -> None:
        (tmp_path / "config").write_text(text)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    for name in ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return write


def test_the_address_of_a_configuration_file_counts(
    configured: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(
        "[default]\nendpoint_url = http://127.0.0.1:9/\n[profile own]\n[profile work]\n"
        "services = s\n[services s]\nbedrock_runtime =\n  endpoint_url = http://127.0.0.1:8\n"
    )
    here = {"region": "us-east-1"}
    assert Bedrock().place == {**here, "endpoint": "http://127.0.0.1:9"}
    assert Bedrock(profile="work").place == {**here, "endpoint": "http://127.0.0.1:8"}
    assert Bedrock(profile="own").place == here
    assert Bedrock(profile="none").place == here
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert Bedrock().place == here


def test_trouble_names_the_address_of_a_configuration_file(
    configured: Callable[[str], None],
) -> None:
    configured("[default]\nendpoint_url = http://127.0.0.1:9/\n")
    one = model()
    assert one.place["endpoint"] == "http://127.0.0.1:9"
    error = of.EndpointConnectionError(endpoint_url="u", error="refused")
    assert "http://127.0.0.1:9 cannot be reached" in str(sorted_error(error, one))


@pytest.mark.parametrize(
    "address",
    [
        "https://user:marked-password@h.example",
        "https://h.example?key=marked-password",
        "marked-password",
    ],
)
def test_a_secret_in_an_address_shows_nowhere(
    configured: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    said: list[str] = []

    def told(attempt: Callable[[], object]) -> None:
        with pytest.raises(ProviderError) as caught:
            attempt()
        said.append(str(caught.value))

    configured(f"[default]\nendpoint_url = {address}\n")
    told(lambda: model().invoke({}))
    assert "endpoint_url" in said[-1]
    said.append(str(model().place))
    configured("")
    told(lambda: model(endpoint=address).place)
    places: list[tuple[str, _bedrock.AwsService]] = [
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "bedrock-runtime"),
        ("AWS_ENDPOINT_URL_S3", "s3"),
        ("AWS_ENDPOINT_URL", "bedrock"),
    ]
    for name, service in places:
        with monkeypatch.context() as patch:
            patch.setenv(name, address)
            told(partial(model().connect, service))
            assert name in said[-1]
            if service != "s3":
                told(lambda: model().place)
                said.append(model().unusable())
                assert name in said[-1]
                told(lambda: sorted_error(ValueError("x"), model()))
    assert [one for one in said if "marked-password" in one] == []
