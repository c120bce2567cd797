"""Where credentials may travel: a service's own hosts, and what a person has allowed besides."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from evalkit.core.errors import ProviderError, UsageError

_VARIABLE = "EVALKIT_ALLOW_ENDPOINT"
_NAMES = re.compile(r"ENDPOINT_URL|BASE_URL")
_PORTS = {"http": 80, "https": 443}
_PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+")

_allowed: set[tuple[str, str, int]] = set()


def allow(addresses: Iterable[str]) -> None:
    """Let this process send credentials to addresses such as `https://gateway.example:8443`.

    Only scheme, host and port count. Raises UsageError for what is no address.
    """
    for address in addresses:
        origin = _origin(address)
        if isinstance(origin, str):
            raise UsageError(f"--allow-endpoint: {origin}")
        _allowed.add(origin)


def sound(address: str, where: str) -> str:
    """Return an address as it may be shown and filed, without a slash at its end.

    where: what names it, for the sentence. Raises ProviderError for what is no address and for one
    with a user name, password, query or fragment; neither is repeated, since it may hold a secret.
    """
    origin = _origin(address)
    if isinstance(origin, str):
        raise ProviderError(f"{where}: {origin}")
    return address.rstrip("/")


def from_environment(*variables: str) -> str:
    """Return the first address that these variables name, "" for none; see `sound`."""
    for name in variables:
        if address := os.environ.get(name, "").strip():
            return sound(address, f"the environment's {name}")
    return ""


def setting(address: str) -> str:
    """Return what sets an address, for sentences: a variable of the environment or `endpoint`."""
    named = (
        name
        for name, value in sorted(os.environ.items(), reverse=True)
        if _NAMES.search(name) and value.strip().rstrip("/") == address
    )
    return next(named, "`endpoint`") if address else "`endpoint`"


def is_own(address: str, own_hosts: Iterable[str]) -> bool:
    """Return whether an address is one of the service's own; see `checked` for the patterns."""
    origin = _origin(address)
    return not isinstance(origin, str) and _is_own(origin, own_hosts)


def checked(endpoint: str, own_hosts: Iterable[str], *, sends_credentials: bool = True) -> str:
    """Return an address that may be called, without a slash at its end.

    own_hosts: patterns of the service's own host names, where `*` stands for (a part of) one label,
    as in `bedrock-runtime.*.amazonaws.com`; they are called by https at its usual port. Besides
    them there is what `allow` and the environment name, and this very machine where no
    credentials are sent. Raises ProviderError for every other address.
    """
    origin = _origin(endpoint)
    if isinstance(origin, str):
        raise ProviderError(f"endpoint: {origin}")
    own = list(own_hosts)
    fine = (
        _is_own(origin, own)
        or (not sends_credentials and is_this_machine(origin[1]))
        or origin in _allowed
        or origin in _allowed_by_environment()
    )
    if not fine:
        raise ProviderError(_refusal(origin, own))
    return endpoint.rstrip("/")


def _origin(address: str) -> tuple[str, str, int] | str:
    """Return scheme, host and port of an address, or a sentence that says why it is none.

    The sentence does not repeat it: even what is no address may hold a secret.
    """
    wanted = "Write it like https://gateway.example:8443."
    if "@" in address or "?" in address or "#" in address:
        return f"an address holds no user name, password, query or fragment. {wanted}"
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return f"this is no address. {wanted}"
    fine = _PLAIN.fullmatch(address) and _HOST.fullmatch(host) and ".." not in address
    if not fine or parts.scheme not in _PORTS:
        return f"this is no http or https address. {wanted}"
    return parts.scheme, host, port or _PORTS[parts.scheme]


def _is_own(origin: tuple[str, str, int], patterns: Iterable[str]) -> bool:
    """Return whether an address is the service's own, label by label."""
    scheme, host, port = origin
    labels = host.split(".")
    return (scheme, port) == ("https", 443) and any(
        len(labels) == len(wanted) and all(map(fnmatchcase, labels, wanted))
        for wanted in (pattern.split(".") for pattern in patterns)
    )


def is_this_machine(host: str) -> bool:
    """Return whether a host name or number never leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _allowed_by_environment() -> set[tuple[str, str, int]]:
    """Return the addresses that the environment allows."""
    found: set[tuple[str, str, int]] = set()
    for address in filter(None, map(str.strip, os.environ.get(_VARIABLE, "").split(","))):
        origin = _origin(address)
        if isinstance(origin, str):
            raise ProviderError(f"the environment's {_VARIABLE}: {origin}")
        found.add(origin)
    return found


def _refusal(origin: tuple[str, str, int], own: list[str]) -> str:
    """Return the sentence for an address that nobody has allowed."""
    scheme, host, port = origin
    shown = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    known = f" (https://{', https://'.join(own)})" if own else ""
    return (
        f"the endpoint {shown} is not one of the service's own{known}, and credentials go nowhere "
        f"else unasked. If you trust it, say so: --allow-endpoint {shown} or {_VARIABLE}={shown}."
    )
