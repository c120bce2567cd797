"""What a server refuses, and how each service says so: status, code and shape of the message."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reply:
    """What goes back: a status, headers, and a body that is JSON already."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Trouble(Exception):
    """A refusal. kind: a row of the tables below; after: seconds to wait, where that is known."""

    def __init__(
        self,
        kind: str,
        message: str = "",
        *,
        after: float | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind, self.message, self.after = kind, message, after
        self.extra = dict(extra or {})


def invalid(message: str) -> Trouble:
    """Return a refusal of a request that does not fit."""
    return Trouble("invalid", message)


_CORAL = ":http://internal.amazon.com/coral/com.amazon.bedrock/"

# kind -> status, code, message where the refusal brings none of its own
_Table = Mapping[str, tuple[int, str, str]]
BEDROCK: _Table = {
    "invalid": (400, "ValidationException", "The request is not valid."),
    "filtered": (
        400,
        "ValidationException",
        "RAI_VIOLATION_INPUT_TEXT_DEFLECTION: This request is blocked by our content filters.",
    ),
    "conflict": (400, "ConflictException", "The client request token was used with other input."),
    "job limit": (
        400,
        "ServiceQuotaExceededException",
        "Your account has reached its quota of concurrent asynchronous invocations.",
    ),
    "no credentials": (403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
    "bad credentials": (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    "expired": (
        403,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ),
    "skewed": (
        403,
        "InvalidSignatureException",
        "Signature expired: 20261121T000000Z is now earlier than 20261121T001000Z "
        "(20261121T001500Z - 5 min.)",
    ),
    "no access": (
        403,
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
    ),
    "no quota": (
        400,
        "ServiceQuotaExceededException",
        "Your account has a quota of 0 requests for this model.",
    ),
    "retired": (
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. See the AWS documentation.",
    ),
    "not found": (404, "ResourceNotFoundException", "Could not find what the request names."),
    "no route": (404, "UnknownOperationException", "There is no such operation."),
    "throttle": (
        429,
        "ThrottlingException",
        "Too many requests, please wait before trying again.",
    ),
    "timeout": (408, "ModelTimeoutException", "The model took too long to answer."),
    "model_error": (
        424,
        "ModelErrorException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    "internal": (
        500,
        "InternalServerException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    "unavailable": (503, "ServiceUnavailableException", "The service is temporarily unavailable."),
}
GOOGLE: _Table = {
    "invalid": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
    "filtered": (
        400,
        "INVALID_ARGUMENT",
        "The input was blocked by the safety filter: PROHIBITED_CONTENT.",
    ),
    "no credentials": (
        403,
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity).",
    ),
    "no bearer": (
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential. Expected OAuth 2 access token.",
    ),
    "bad credentials": (
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
    ),
    "expired": (400, "INVALID_ARGUMENT", "API key expired. Please renew the API key."),
    "skewed": (401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    "no access": (403, "PERMISSION_DENIED", "The caller does not have permission"),
    "no quota": (
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "not found": (404, "NOT_FOUND", "The model is not found for this API version."),
    "no route": (404, "NOT_FOUND", "Requested entity was not found."),
    "throttle": (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "timeout": (504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    "model_error": (500, "INTERNAL", "An internal error has occurred. Please retry."),
    "internal": (500, "INTERNAL", "An internal error has occurred. Please retry."),
    "unavailable": (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
}
OPENAI: _Table = {
    "invalid": (400, "invalid_request_error", "The request is not valid."),
    "filtered": (
        400,
        "content_filter",
        "The input was filtered: it triggered the content management policy.",
    ),
    "no credentials": (401, "invalid_request_error", "You didn't provide an API key."),
    "bad credentials": (401, "invalid_api_key", "Incorrect API key provided."),
    "expired": (401, "invalid_api_key", "The API key has expired."),
    "skewed": (401, "invalid_api_key", "The API key is not valid yet."),
    "no access": (403, "model_not_found", "The project does not have access to the model."),
    "no quota": (
        429,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "not found": (404, "model_not_found", "The model does not exist."),
    "no route": (404, "not_found", "Invalid URL."),
    "too many": (422, "Validation", "The batch is larger than the server allows."),
    "throttle": (429, "rate_limit_exceeded", "Rate limit reached. Please try again later."),
    "timeout": (408, "timeout", "The request timed out."),
    "model_error": (424, "backend", "The backend failed."),
    "internal": (500, "server_error", "The server had an error while processing your request."),
    "unavailable": (503, "unhealthy", "The server is overloaded or not ready yet."),
}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def bedrock(trouble: Trouble) -> Reply:
    """Return a refusal as Bedrock gives it: the code in a header, a flat message."""
    status, code, words = BEDROCK[trouble.kind]
    headers = {"x-amzn-ErrorType": code + _CORAL, "x-amzn-RequestId": str(uuid.uuid4())}
    body = {"message": trouble.message or words, **trouble.extra}
    if trouble.kind == "model_error":
        body |= {"originalStatusCode": 500, "resourceName": "model"}
    return Reply(status, _json(body), headers)


def google(trouble: Trouble) -> Reply:
    """Return a refusal as Google gives it: google.rpc.Status below `error`."""
    status, code, words = GOOGLE[trouble.kind]
    error: dict[str, object] = {
        "code": status,
        "message": trouble.message or words,
        "status": code,
    }
    kind = "type.googleapis.com/google.rpc."
    if trouble.after is not None:
        error["details"] = [{"@type": kind + "RetryInfo", "retryDelay": f"{trouble.after:.3f}s"}]
    elif trouble.kind == "no quota":
        error["details"] = [{"@type": kind + "QuotaFailure", "violations": [{"quotaValue": "0"}]}]
    elif trouble.kind in {"bad credentials", "expired"}:
        error["details"] = [{"@type": kind + "ErrorInfo", "reason": "API_KEY_INVALID"}]
    return Reply(status, _json({"error": error}))


def openai(trouble: Trouble) -> Reply:
    """Return a refusal as OpenAI gives it: an object below `error`."""
    status, code, words = OPENAI[trouble.kind]
    kind = "server_error" if status >= 500 else "invalid_request_error"
    told = {"message": trouble.message or words, "type": kind, "param": None, "code": code}
    return Reply(status, _json({"error": told}), _retry_after(trouble))


def flat(trouble: Trouble) -> Reply:
    """Return a refusal as text-embeddings-inference gives it: nothing around the message."""
    status, code, words = OPENAI[trouble.kind]
    told = {"message": trouble.message or words, "code": status, "type": code}
    return Reply(status, _json(told), _retry_after(trouble))


def _retry_after(trouble: Trouble) -> dict[str, str]:
    return {} if trouble.after is None else {"Retry-After": str(math.ceil(trouble.after))}


Tell = Callable[[Trouble], Reply]
