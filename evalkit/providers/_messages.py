"""What a service said in words: made fit to be shown, and whether a content filter speaks."""

from __future__ import annotations

import os
import re

from evalkit.providers._http import looks

_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK")
_SIGNED = re.compile(r"(Bearer|Signature=|Credential=|x-amz-security-token[:=])\s*\S+", re.I)
SETTINGS = re.compile(
    r"\bguardrail|\bquotas?\b|service limit|not authorized"
    r"|\b(iam|bucket|resource|identity|access|control|endpoint|key|routing|retention)[ -]polic",
    re.I,
)
"""Words about an account's settings, which a content filter's may look like."""
_FILTER = re.compile(
    r"content[ -](filter|polic|moderat)|responsible ai|\brai_|safety (filter|polic)"
    r"|blocked by (our |the )?polic|\bviolat\w* .*\bpolic|\bpolic\w* violat",
    re.I,
)


def is_refusal(message: str) -> bool:
    """Return whether a message or a reason says that the content filter refused the input."""
    return SETTINGS.search(message) is None and _FILTER.search(message) is not None


def bare(message: str) -> str:
    """Return a message as it stands in brackets: without a full stop."""
    return message.removesuffix(".")


def plain(message: str) -> str:
    """Return a service's message as one short line without anything secret, a page in words."""
    message = looks(0, message) or message
    for name in _SECRETS:
        secret = os.environ.get(name)
        message = message.replace(secret, "***") if secret else message
    line = " ".join(_SIGNED.sub(r"\1 ***", message).split())
    return line if len(line) <= 300 else line[:299] + "…"
