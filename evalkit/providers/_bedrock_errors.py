"""What an error of boto3 means: which of the four kinds of trouble, and a sentence for a person.

Messages of the service are matched loosely and quoted in short, but never where they may hold parts
of a signed request.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evalkit.core.errors import ProviderError
from evalkit.providers._addresses import setting
from evalkit.providers._calls import Rejected, Transient
from evalkit.providers._http import hinted_wait, looks
from evalkit.providers._messages import SETTINGS, bare, is_refusal, plain

_LONG_WAIT = 60.0
_S3_TROUBLE = re.compile(r"bucket|\bs3\b.*(access|permission|region)", re.I)
_BUCKET = re.compile(
    r"\bbucket( \S+)? (do(es)? not exist|(was|is|could|can)( ?not)?( be)? found)"
    r"|\bbucket( \S+)? (is|must be|was) (not )?(located )?in (this|the same|another|a different)"
    r"|\bno ?such ?bucket|access( is| was)? denied.*\bbucket"
    r"|\bbucket( \S+)?:? access( is| was)? denied|no access to .*\bbucket",
    re.I,
)
_PASSING = frozenset({408, 424, 429})
"""Statuses of the fours that may be another one later."""
_NO_QUOTA = re.compile(r"(quota|limit)( of|:| is)? 0\b", re.I)
_LINE = re.compile(r" *\(_ssl\.c:\d+\)")
"""Where in Python's own code an error came up."""
_WRONG_BODY = re.compile(r"required key|extraneous key", re.I)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where an error came up: what was asked, with which settings, and whether it ever worked."""

    model: str
    region: str
    endpoint: str = ""
    profile: str = ""
    bucket: str = ""
    with_s3: bool = False
    answered: bool = False

    @property
    def address(self) -> str:
        """Return the address in words, for sentences."""
        return self.endpoint or f"{'S3' if self.bucket else 'AWS'} in {self.region}"

    @property
    def setting(self) -> str:
        """Return what sets the address, for sentences."""
        return "AWS_ENDPOINT_URL_S3" if self.bucket else setting(self.endpoint)


def sorted_trouble(error: Exception, at: Trouble) -> Exception:
    """Return Transient, Rejected or ProviderError for an error of boto3."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return _of_connection(error, at)
    found = _of_service(error, at)
    told: Any = error.response.get("ResponseMetadata", {})
    wait = hinted_wait(told.get("HTTPHeaders", {}))
    if isinstance(found, Transient) and wait:
        found.after = wait
    return found


# --- answers of the service ---------------------------------------------------------------------


def _of_service(error: Any, at: Trouble) -> Exception:
    """Sort an error that the service answered, by its code, then by its HTTP status."""
    told = error.response.get("Error", {})
    code = str(told.get("Code", ""))
    message = plain(str(told.get("Message") or error.response.get("message") or code))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    if error.operation_name == "GetAsyncInvoke" and status in {400, 404}:
        return Rejected(f"the service does not know the job ({bare(message)}).")
    if code == "ModelErrorException" and _is_final(error.response.get("originalStatusCode")):
        return Rejected(message, refused=is_refusal(message))
    sort = _S3.get(code) if at.bucket else None
    sort = sort or _CODES.get(code)
    return sort(message, at) if sort else _by_status(status, code, message, at)


def _is_final(status: object) -> bool:
    """Return whether a model's own status says that the input is at fault."""
    return isinstance(status, int) and 400 <= status < 500 and status not in _PASSING


def _by_status(status: int, code: str, message: str, at: Trouble) -> Exception:
    """Sort an error with a code that is not known."""
    said = looks(status, "") or f"{code or status}: {message}".removesuffix(f": {code}")
    if status == 407:
        return ProviderError(f"the proxy wants a login ({said}). Correct HTTPS_PROXY.")
    if status in {401, 403}:
        return _denied(message, at)
    if status in {404, 405} or 300 <= status < 400:
        return ProviderError(
            f"{at.address} does not answer as Amazon Bedrock does ({said}). Correct {at.setting}."
        )
    if status in _PASSING:
        return Transient(said, throttled=status == 429)
    if 400 <= status < 500:
        return _invalid(message, at)
    return Transient(said, throttled=status == 503)


def _throttled(message: str, at: Trouble) -> Exception:
    if "per day" in message.lower():
        return ProviderError(
            f"the account's daily quota for {at.model} in {at.region} is used up "
            f"({bare(message)}). "
            "Go on tomorrow, or raise it in Service Quotas; what is paid for is kept."
        )
    return Transient(f"the quota for {at.model} is reached ({bare(message)}).", throttled=True)


def _no_quota(message: str, at: Trouble) -> Exception:
    if _NO_QUOTA.search(message):
        return ProviderError(
            f"the account has no quota for {at.model} in {at.region} "
            f"({bare(message)}). Ask for one in "
            "Service Quotas, or correct `region`."
        )
    said = f"a quota of the account for {at.model} in {at.region} is reached ({bare(message)})."
    return Transient(said, after=_LONG_WAIT, throttled=True)


def _passing(message: str, at: Trouble) -> Exception:
    return Transient(f"the service failed ({bare(message)}).")


def _overloaded(message: str, at: Trouble) -> Exception:
    return Transient(f"the service is overloaded ({bare(message)}).", throttled=True)


def _model_failed(message: str, at: Trouble) -> Exception:
    if is_refusal(message):
        return Rejected(message, refused=True)
    return Transient(f"the model failed ({bare(message)}).")


def _invalid(message: str, at: Trouble) -> Exception:
    low = message.lower()
    if SETTINGS.search(message):
        return ProviderError(
            f"the account's settings do not allow the request "
            f"({bare(message)}). Correct its quotas, "
            "policies or guardrails, or the model's parameters."
        )
    if "identifier is invalid" in low:
        return ProviderError(
            f'{at.model} is not offered in {at.region} ("{message}"). Correct `region` or '
            "`model_id`."
        )
    if "on-demand throughput" in low:
        return ProviderError(
            f'{at.model} is offered through inference profiles only ("{message}"). Set '
            f"`model_id` to one, such as us.{at.model}."
        )
    if is_refusal(message):
        return Rejected(message, refused=True)
    if _BUCKET.search(message) or (at.with_s3 and _S3_TROUBLE.search(message)):
        return ProviderError(
            f"the service cannot use the S3 bucket "
            f"({bare(message)}). It must exist in {at.region} and "
            "be open to your credentials: correct `jobs`."
        )
    if _WRONG_BODY.search(message):
        return ProviderError(
            f"{at.model} takes other requests than this provider makes ({bare(message)}). Correct "
            "`model_id` or `provider`."
        )
    return Rejected(message)


def _denied(message: str, at: Trouble) -> Exception:
    return ProviderError(
        f"no access to {at.model} in {at.region} "
        f"({bare(message)}). Open the model to your account in "
        "the Bedrock console, allow bedrock:InvokeModel, or correct `region`."
    )


def _not_found(message: str, at: Trouble) -> Exception:
    return ProviderError(
        f"{at.model} is not found in {at.region}, or no longer offered ({bare(message)}). Correct "
        "`model_id` or `region`."
    )


def _expired(message: str, at: Trouble) -> Exception:
    return ProviderError(
        "the AWS credentials have expired. Renew them (`aws sso login`, or new keys) and run "
        "again; what is paid for is kept."
    )


def _signature(message: str, at: Trouble) -> Exception:
    if re.search(r"expired|not yet current|too (skewed|far)|difference between", message, re.I):
        return _skewed(message, at)
    return ProviderError(
        "AWS finds the signature of the request wrong: AWS_SECRET_ACCESS_KEY does not belong to "
        "the access key, or `region` is not the one of the endpoint."
    )


def _skewed(message: str, at: Trouble) -> Exception:
    return ProviderError(
        "AWS finds the time of the request wrong: this machine's clock is off by minutes. Set it "
        "(for instance with `timedatectl set-ntp true`)."
    )


def _unknown_key(message: str, at: Trouble) -> Exception:
    return ProviderError(
        "AWS does not know the credentials: the access key or the token is mistyped, deleted or "
        "of another account. Correct the environment or the profile."
    )


# --- answers of S3 ------------------------------------------------------------------------------


def _no_bucket(message: str, at: Trouble) -> Exception:
    return ProviderError(
        f"the S3 bucket '{at.bucket}' does not exist. Make it in {at.region}, or correct `jobs`."
    )


def _bucket_elsewhere(message: str, at: Trouble) -> Exception:
    return elsewhere(at.bucket, "another region", at.region)


def elsewhere(bucket: str, found: str, region: str) -> ProviderError:
    """Return the error for a bucket in another region than the model."""
    return ProviderError(
        f"the S3 bucket '{bucket}' is in {found}, but the model in {region}. Correct `jobs` or "
        "`region`."
    )


def _bucket_closed(message: str, at: Trouble) -> Exception:
    return ProviderError(
        f"no access to the S3 bucket '{at.bucket}' "
        f"({bare(message)}). Allow s3:GetObject, s3:PutObject, "
        "s3:DeleteObject and s3:ListBucket on it, or correct `jobs`."
    )


_Sort = Callable[[str, Trouble], Exception]
_CODES: dict[str, _Sort] = {
    "AccessDeniedException": _denied,
    "AccessDenied": _denied,
    "ResourceNotFoundException": _not_found,
    "ValidationException": _invalid,
    "ConflictException": lambda said, at: Rejected(f"a job like it exists ({bare(said)})."),
    "ServiceQuotaExceededException": _no_quota,
    "ModelTimeoutException": lambda message, at: Transient(
        f"the model timed out ({bare(message)})."
    ),
    "ModelErrorException": _model_failed,
    "ThrottlingException": _throttled,
    "ModelNotReadyException": _throttled,
    "TooManyRequestsException": _throttled,
    "SlowDown": _throttled,
    "InternalServerException": _passing,
    "InternalError": _passing,
    "ServiceUnavailableException": _overloaded,
    "ServiceUnavailable": _overloaded,
    "ExpiredTokenException": _expired,
    "ExpiredToken": _expired,
    "RequestExpired": _skewed,
    "RequestTimeTooSkewed": _skewed,
    "InvalidSignatureException": _signature,
    "SignatureDoesNotMatch": _signature,
    "IncompleteSignature": _signature,
    "UnrecognizedClientException": _unknown_key,
    "InvalidClientTokenId": _unknown_key,
    "InvalidAccessKeyId": _unknown_key,
    "InvalidToken": _unknown_key,
    "MissingAuthenticationToken": _unknown_key,
    "MissingAuthenticationTokenException": _unknown_key,
}
_S3: dict[str, _Sort] = {
    "NoSuchBucket": _no_bucket,
    "404": _no_bucket,
    "InvalidBucketName": _no_bucket,
    "PermanentRedirect": _bucket_elsewhere,
    "AuthorizationHeaderMalformed": _bucket_elsewhere,
    "IllegalLocationConstraintException": _bucket_elsewhere,
    "301": _bucket_elsewhere,
    "AccessDenied": _bucket_closed,
    "AllAccessDisabled": _bucket_closed,
    "403": _bucket_closed,
}


# --- no answer ----------------------------------------------------------------------------------


def _of_connection(error: Exception, at: Trouble) -> Exception:
    """Sort an error that came before or instead of an answer, by its kind."""
    from botocore import exceptions as of

    inner = getattr(error, "kwargs", {}).get("error", "")
    if isinstance(error, of.SSLError):
        return _unsafe(str(inner), at)
    malformed = isinstance(error, of.HTTPClientError) and isinstance(inner, ValueError)
    if malformed or isinstance(error, of.ProxyConnectionError | of.InvalidProxiesConfigError):
        return ProviderError(
            "the proxy does not let the connection through. Correct HTTPS_PROXY, or name the "
            "host in NO_PROXY."
        )
    if isinstance(error, of.EndpointConnectionError):
        return _unreachable(str(inner), at)
    passing = (of.ConnectionError, of.HTTPClientError, of.IncompleteReadError, of.ChecksumError)
    if isinstance(error, passing):
        return Transient(f"the connection to {at.address} failed ({type(error).__name__}).")
    return ProviderError(_setting(error, at))


def _unsafe(cause: str, at: Trouble) -> Exception:
    """Return the error for a certificate that is not trusted, or a server that speaks no TLS."""
    reason = re.search(r"\[SSL: (\w+)\]", cause)
    if reason and "CERTIFICATE" not in reason[1]:
        return ProviderError(
            f"no safe connection to {at.address} could be made "
            f"({reason[1].replace('_', ' ').lower()}). Check that the endpoint speaks https; for "
            "a certificate authority of your own, set AWS_CA_BUNDLE."
        )
    return ProviderError(
        f"the TLS certificate of {at.address} is not trusted ({plain(_LINE.sub('', cause))}). Set "
        f"AWS_CA_BUNDLE to the authority that signed it, or correct {at.setting}."
    )


def _unreachable(cause: str, at: Trouble) -> Exception:
    """Sort a host that cannot be reached: passing once it was there, wrongly named before."""
    unnamed = re.search(r"resolve|name or service|getaddrinfo|nodename", cause, re.I)
    why = "its name is not known" if unnamed else "it takes no connection"
    if at.answered:
        return Transient(f"{at.address} cannot be reached: {why}.")
    return ProviderError(
        f"{at.address} cannot be reached: {why}. Correct {at.setting}, `region` or the network."
    )


def _setting(error: Exception, at: Trouble) -> str:
    """Return a sentence for an error about settings, found before anything was sent."""
    from botocore import exceptions as of

    if isinstance(error, of.ProfileNotFound):
        name = getattr(error, "kwargs", {}).get("profile") or at.profile
        setting = "`profile`" if at.profile else "AWS_PROFILE"
        return f"the AWS profile '{name}' does not exist. Correct {setting}."
    if isinstance(error, of.PartialCredentialsError):
        return f"the AWS credentials are not complete ({plain(str(error))}). Add what is missing."
    if isinstance(error, (of.NoCredentialsError, of.NoAuthTokenError)):
        if at.bucket and os.environ.get("AWS_BEARER_TOKEN_BEDROCK"):
            return "S3 takes no AWS_BEARER_TOKEN_BEDROCK: `jobs` needs access keys or a profile."
        return (
            "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "AWS_PROFILE or AWS_BEARER_TOKEN_BEDROCK, or run `aws configure`."
        )
    if isinstance(error, of.InvalidEndpointConfigurationError):
        return (
            f"AWS_BEARER_TOKEN_BEDROCK may go over https alone, and {at.address} is not: unset "
            "that variable and use access keys, or give an https address."
        )
    if isinstance(error, of.InvalidRegionError):
        return f"'{at.region}' is no name of a region. Correct `region`."
    if "credential" in type(error).__name__.lower() or isinstance(
        error, (of.TokenRetrievalError, of.SSOError, of.LoginError)
    ):
        return f"the AWS credentials cannot be had ({plain(str(error))}). Sign in again."
    return f"boto3 cannot use these settings: {plain(str(error))}"
