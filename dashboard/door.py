"""The door in front of the dashboard: who may come in, and what a page may load.

Without a token only this computer is let in. With one, everybody else sees nothing but a page that
asks for it: no page, file or connection of the dashboard is behind that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import os
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from html import escape
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

TOKEN = "EVALKIT_DASHBOARD_TOKEN"
"""The variable that holds the token, where one is needed."""
PARAMETER = "token"
_HEALTH = "/_stcore/health"
_SIGN_IN = "/sign-in"
_LONGEST = 4096
_HERE = ("localhost", "127.0.0.1", "::1")
_POLICY = (
    "default-src 'self'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' data: blob:; worker-src 'self' blob:; frame-src 'none'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>evalkit dashboard: sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto;
  padding: 0 1.5rem; background: light-dark(#fcfcfa, #14171a);
  color: light-dark(#1b1f24, #e9eaea); }}
h1 {{ font-size: 1.5rem; margin: 0 0 1rem; }}
input, button {{ font: inherit; padding: .5rem .8rem; border-radius: 8px; width: 100%;
  box-sizing: border-box; border: 1px solid light-dark(#6d747d, #949ba3); margin: .3rem 0 .8rem; }}
button {{ background: #005f96; color: #fff; border-color: #005f96; cursor: pointer; }}
p {{ color: light-dark(#a33f00, #ff9d66); }}
</style></head><body><main><h1>evalkit dashboard</h1>
<form method="post" action="{action}"><input type="hidden" name="next" value="{next}">
<label for="token">Token, as the command that started the dashboard printed it</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button></form>{words}</main></body></html>
"""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Door:
    """Lets requests through to an ASGI application, or answers them itself."""

    def __init__(self, app: App, token: str | None = None) -> None:
        self._app = app
        self._token = os.environ.get(TOKEN, "") if token is None else token
        self._headers = _headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        ask = _Request(scope)
        if reason := self._stranger(ask):
            await _refuse(kind, send, reason)
        elif not self._token or self._known(ask) or ask.path == _HEALTH:
            await self._app(scope, receive, _guarded(send, self._headers))
        elif kind == "websocket":
            await _refuse(kind, send, "sign in first")
        else:
            await self._sign_in(ask, receive, send)

    def _stranger(self, ask: _Request) -> str:
        """Return why a request may not even ask, "" where it may."""
        if ask.origin and urlsplit(ask.origin).netloc != ask.host:
            return "This request comes from a page of another site."
        if self._token:
            return ""
        if not _is_here(ask.name) or not _is_here(ask.client):
            return (
                "This dashboard is open to its own computer alone; start it with "
                "`evalkit dashboard --expose` to open it to others, who then need a token."
            )
        return ""

    def _known(self, ask: _Request) -> bool:
        """Return whether a request carries the cookie of someone who has signed in."""
        return _same(ask.cookie(_name_of(ask)), self._proof())

    def _proof(self) -> str:
        """Return what the cookie holds: something only the token gives, but not the token."""
        return hmac.new(self._token.encode(), b"evalkit dashboard", hashlib.sha256).hexdigest()

    async def _sign_in(self, ask: _Request, receive: Receive, send: Send) -> None:
        """Let somebody in who brings the token, by address or by the form; else show the form."""
        following, given = ask.following, ask.query.get(PARAMETER, "")
        if ask.method == "POST" and ask.path == _SIGN_IN:
            form = await _form(receive)
            following, given = _inside(form.get("next", "")), form.get("token", "")
        if given and _same(given, self._token):
            cookie = f"{_name_of(ask)}={self._proof()}; Path=/; HttpOnly; SameSite=Lax"
            cookie += "; Secure" if ask.scheme == "https" else ""
            heads = [(b"location", following.encode()), (b"set-cookie", cookie.encode())]
            await _answer(send, 303, "", heads)
            return
        words = "<p role='alert'>That is not the token.</p>" if given else ""
        page = _PAGE.format(action=_SIGN_IN, next=escape(following), words=words)
        await _answer(send, 401, page, [(b"content-type", b"text/html; charset=utf-8")])


@lru_cache(maxsize=1)
def _headers() -> Headers:
    """Return what goes with every answer; of inline scripts only Streamlit's own one may run."""
    import streamlit

    page = Path(streamlit.__file__).with_name("static") / "index.html"
    digests = (hashlib.sha256(code).digest() for code in _INLINE.findall(page.read_bytes()))
    scripts = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        (b"content-security-policy", _POLICY.format(scripts=scripts).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-frame-options", b"DENY"),
    )


class _Request:
    """What the door looks at of a request."""

    def __init__(self, scope: Scope) -> None:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        self.method: str = scope.get("method", "GET")
        self.path: str = scope["path"]
        self.scheme: str = scope.get("scheme", "http")
        self.query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        self.host = headers.get("host", "")
        self.origin = headers.get("origin", "")
        self.client: str = (scope.get("client") or ("", 0))[0]
        self.name = urlsplit(f"//{self.host}").hostname or ""
        self._cookies = headers.get("cookie", "")

    @property
    def following(self) -> str:
        """The address that was asked for, without the token."""
        rest = urlencode({k: v for k, v in self.query.items() if k != PARAMETER})
        return _inside(self.path) + (f"?{rest}" if rest else "")

    def cookie(self, name: str) -> str:
        """Return the value of a cookie, "" where there is none."""
        try:
            found = SimpleCookie(self._cookies).get(name)
        except CookieError:
            return ""
        return found.value if found else ""


def _name_of(ask: _Request) -> str:
    """Return the name of the cookie; a computer's dashboards share its cookies, not their ports."""
    return f"evalkit-dashboard-{urlsplit(f'//{ask.host}').port or 80}"


def _inside(path: str) -> str:
    """Return an address of this dashboard: one that begins with a single slash."""
    return "/" + path.replace("\\", "/").lstrip("/")


def _is_here(name: str) -> bool:
    """Return whether a name or number is that of the computer itself."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in _HERE


def _same(given: str, wanted: str) -> bool:
    """Return whether two texts are alike, in a time that tells nothing of where they differ."""
    pair = (hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (given, wanted))
    return hmac.compare_digest(*pair)


async def _form(receive: Receive) -> dict[str, str]:
    """Return the fields of a form, none where it is longer than a token can be."""
    body, more = b"", True
    while more and len(body) <= _LONGEST:
        message = await receive()
        body, more = body + message.get("body", b""), bool(message.get("more_body"))
    return dict(parse_qsl(body.decode("utf-8", "replace"))) if len(body) <= _LONGEST else {}


def _guarded(send: Send, added: Headers) -> Send:
    """Return a sender that adds to every answer what its page may load."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in added}
            kept = [(k, v) for k, v in message.get("headers", []) if k.lower() not in own]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return sending


async def _refuse(kind: str, send: Send, reason: str) -> None:
    """Turn a request away."""
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
    else:
        await _answer(send, 403, reason, [(b"content-type", b"text/plain; charset=utf-8")])


async def _answer(
    send: Send, status: int, text: str, headers: Iterable[tuple[bytes, bytes]]
) -> None:
    """Send an answer that nobody keeps."""
    heads = [*headers, *_headers(), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": heads})
    await send({"type": "http.response.body", "body": text.encode()})
