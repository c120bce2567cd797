"""Who asks: the form of credentials is checked, their value is not, except for telling words."""

from __future__ import annotations

import re
from email.message import Message

from tests.services.trouble import Trouble

WORDS = {
    "EXPIRED": "expired",
    "SKEWED": "skewed",
    "UNKNOWN": "bad credentials",
    "NOACCESS": "no access",
    "NOQUOTA": "no quota",
    "THROTTLED": "throttle",
}
"""A word in an access key or token -> the trouble that its account has with every request."""
_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>\w{16,128})/\d{8}/(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"
    r"/bedrock/aws4_request, ?SignedHeaders=[a-z0-9;-]*\bhost\b[a-z0-9;-]*, ?Signature=[0-9a-f]{64}"
)
_HOME = "us-east-1"


def aws(headers: Message) -> str:
    """Return the region that a request is signed for; bearer tokens have the usual one."""
    told = headers.get("Authorization", "")
    if told.startswith("Bearer ") and told[7:].strip():
        _expect_sound(told[7:])
        return _HOME
    if not told:
        raise Trouble("no credentials")
    signed = _SIGNED.fullmatch(told)
    if signed is None:
        raise Trouble("bad credentials", "The authorization is no AWS signature for bedrock.")
    if "X-Amz-Date" not in headers:
        raise Trouble("bad credentials", "The request is signed without a date.")
    _expect_sound(signed["key"])
    return signed["region"]


def api_key(headers: Message) -> str:
    """Check Google's API key."""
    key = headers.get("x-goog-api-key", "")
    if not key:
        raise Trouble("no credentials")
    _expect_sound(key)
    return _HOME


def oauth(headers: Message) -> str:
    """Check Google's access token."""
    return _bearer(headers, "no bearer")


def bearer(headers: Message) -> str:
    """Check OpenAI's key."""
    return _bearer(headers, "no credentials")


def _bearer(headers: Message, trouble: str) -> str:
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token.strip():
        raise Trouble(trouble)
    _expect_sound(token)
    return _HOME


def _expect_sound(credential: str) -> None:
    """Raise the trouble of an account whose key holds a telling word."""
    for word, kind in WORDS.items():
        if word in credential.upper():
            raise Trouble(kind)
