"""A small client for services that speak JSON over HTTP: one attempt a call, errors sorted."""

from __future__ import annotations

import json
import math
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from os import environ
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as TooSlow

from evalkit.core.errors import ProviderError
from evalkit.providers._addresses import is_this_machine, setting
from evalkit.providers._calls import Transient

_MOST_BYTES = 64 << 20
_CHUNK = 1 << 16
_PROXY_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: the status, headers whose case does not matter, and the body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> object:
        """Return the body as JSON; raises Transient where it is none."""
        try:
            found: object = json.loads(self.body)
        except (ValueError, RecursionError) as e:
            raise Transient("the service answered something that is no JSON.") from e
        return found


class Http:
    """Connections to one server, shared by threads and reused.

    base: the address, without a slash at its end. timeout: seconds for one attempt. connections:
    how many are kept open. variable: the environment's name for another address, for sentences.
    Follows no redirect, since credentials would travel with it.
    """

    def __init__(self, base: str, *, timeout: float, connections: int, variable: str = "") -> None:
        self._base, self._timeout, self._variable = base, timeout, variable
        self._reached = False
        self._pool = _pool(base, connections)

    def post(self, path: str, body: Mapping[str, object], headers: Mapping[str, str]) -> Answer:
        """Send a JSON object to a path that starts with a slash, and return the answer.

        Raises Transient for what may pass (reset, too slow), ProviderError for a name that does not
        exist, a port that was never open, a certificate that is not trusted, a proxy that refuses.
        """
        if not path.startswith("/"):
            raise ValueError("a path starts with a slash")
        sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        end = time.monotonic() + self._timeout
        try:
            response = self._pool.request(
                "POST",
                self._base + path,
                body=json.dumps(body, ensure_ascii=False, allow_nan=False).encode(),
                headers=sent,
                timeout=urllib3.Timeout(total=self._timeout),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            self._reached = True
            return Answer(response.status, response.headers, self._read(response, end))
        except HTTPError as e:
            raise self._sorted(e) from e

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def _read(self, response: urllib3.BaseHTTPResponse, end: float) -> bytes:
        """Return the whole body, unless it is endless or comes too slowly."""
        body = bytearray()
        whole = False
        try:
            while chunk := response.read1(_CHUNK):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise Transient(f"the answer is longer than {_MOST_BYTES >> 20} MB.")
                if time.monotonic() > end:
                    raise Transient(f"no complete answer came within {self._timeout:g} seconds.")
            whole = True
        finally:
            if not whole:
                response.close()
            response.release_conn()
        return bytes(body)

    def _sorted(self, error: HTTPError) -> Exception:
        """Return an error of urllib3 as one of the kinds of `_calls`."""
        host = urlsplit(self._base).netloc
        if isinstance(error, ProxyError):
            return proxy_trouble(host, _last(error))
        if isinstance(error, NewConnectionError) and not self._reached and _is_closed(error):
            return nothing_there(host, self._variable)
        if isinstance(error, NameResolutionError) and not self._reached:
            return ProviderError(
                f"there is no host {host} to be found. Check the endpoint, the region and the "
                "network."
            )
        if isinstance(error, SSLError) and not (self._reached and not _is_distrust(error)):
            return ProviderError(
                f"no safe connection to {host} could be made ({_last(error)}). Check that the "
                "endpoint speaks https; for a certificate authority of your own, set SSL_CERT_FILE."
            )
        if isinstance(error, TooSlow) and not isinstance(error, NewConnectionError):
            return Transient(f"{host} did not answer within {self._timeout:g} seconds.")
        return Transient(f"the connection to {host} failed ({_last(error)}).")


def nothing_there(host: str, variable: str) -> ProviderError:
    """Return the error for a port that takes no connection; variable: see `Http`."""
    named = f"{variable} or `endpoint`" if variable else "`endpoint`"
    return ProviderError(
        f"{host} takes no connection. Correct the endpoint ({named}), or start the server."
    )


def stranger(address: str, service: str, what: str = "") -> ProviderError:
    """Return the error for a server that is not the service; what: what it answers, in words."""
    seen = f" ({what})" if what else ""
    named = setting(address)
    return ProviderError(f"{address} does not answer as {service} does{seen}. Correct {named}.")


def proxy_trouble(host: str, what: str) -> ProviderError:
    """Return the error for a proxy that lets no call to a host through; what: why, in words."""
    return ProviderError(
        f"the proxy does not let calls to {host} through ({what}). Correct HTTPS_PROXY, or name "
        "the host in NO_PROXY."
    )


def looks(status: int, body: str | bytes) -> str:
    """Return what an answer that is not a service's looks like, in words, "" for nothing known."""
    if 300 <= status < 400:
        return "it redirects elsewhere"
    return "a web page" if body.lstrip()[:1] in ("<", b"<") else ""


def is_proxied(address: str) -> bool:
    """Return whether the environment sends calls to an address through a proxy."""
    parts, proxies = urlsplit(address), getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    return bool(named) and not proxy_bypass(parts.hostname or "")


def hinted_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a server asks to wait, from Retry-After, or None where it does not."""
    given = {name.lower(): value.strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            seconds = float(given[name]) * unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds):
            return max(seconds, 0.0)
    try:
        return max(parsedate_to_datetime(given["retry-after"]).timestamp() - time.time(), 0.0)
    except (KeyError, ValueError, OverflowError):
        return None


def _pool(base: str, connections: int) -> urllib3.PoolManager:
    """Return connections to a server, through the environment's proxy where there is one."""
    context, proxy = _trust(), _proxy(base)
    if not proxy:
        return urllib3.PoolManager(maxsize=connections, ssl_context=context)
    parts = urlsplit(proxy)
    headers = None
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=login)
    bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return urllib3.ProxyManager(
        bare, proxy_headers=headers, maxsize=connections, ssl_context=context
    )


def _trust() -> ssl.SSLContext:
    """Return whom to trust: the system's authorities, or those that the environment names."""
    named = environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
    if not named:
        return ssl.create_default_context()
    try:
        if Path(named).is_dir():
            return ssl.create_default_context(capath=named)
        return ssl.create_default_context(cafile=named)
    except OSError as e:
        raise ProviderError(
            f"the certificates in {named} cannot be read ({e.strerror or e}). Correct "
            "REQUESTS_CA_BUNDLE or SSL_CERT_FILE."
        ) from e


def _proxy(base: str) -> str:
    """Return the address of the proxy for a server, "" for none; raises ProviderError."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    direct = is_this_machine(host) or proxy_bypass(host)
    found = "" if direct else getproxies().get(parts.scheme, "")
    if found and urlsplit(found).scheme not in _PROXY_SCHEMES:
        raise ProviderError(
            f"the proxy for {parts.scheme} is not written as an http or https address. Correct "
            f"{parts.scheme.upper()}_PROXY."
        )
    return found


def _is_distrust(error: SSLError) -> bool:
    """Return whether a certificate was not accepted."""
    return isinstance(error.args[0] if error.args else None, ssl.SSLCertVerificationError)


def _is_closed(error: BaseException) -> bool:
    """Return whether a connection was refused, by the causes of an error."""
    causes = [error.__cause__, error.__context__, *error.args]
    return isinstance(error, ConnectionRefusedError) or any(
        _is_closed(one) for one in causes if isinstance(one, BaseException)
    )


def _last(error: BaseException) -> str:
    """Return the innermost cause of an error in a few words, without the objects in between."""
    inner = [one for one in error.args if isinstance(one, BaseException)]
    if inner:
        return _last(inner[-1])
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = [one for one in error.args if isinstance(one, str)]
    return (said[-1] if said else type(error).__name__).rpartition("): ")[2].rstrip(".")
