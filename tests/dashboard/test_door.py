"""Who is let in: this computer alone without a token, and with one whoever brings it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.door import Door

SECRET = "a-token-of-some-length"


async def _inside(scope: Any, receive: Any, send: Any) -> None:
    """Stand for the dashboard."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-inside", b"1")]})
    await send({"type": "http.response.body", "body": b"the runs"})


def ask(
    token: str = "", path: str = "/run", query: str = "", kind: str = "http", method: str = "GET",
    host: str = "127.0.0.1:8501", client: str = "127.0.0.1", body: str = "", **headers: str,
) -> tuple[int, dict[str, str], str]:  # fmt: skip
    """Return the status, the headers and the body of an answer; 101 and 1008 for websockets."""
    told = {"host": host, **headers}
    scope = {
        "type": kind, "method": method, "path": path, "query_string": query.encode(),
        "scheme": "http", "client": (client, 1), "server": ("127.0.0.1", 8501),
        "headers": [(k.encode(), v.encode()) for k, v in told.items()],
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as apart:  # a browser of other tests may hold this thread's loop
        apart.submit(asyncio.run, Door(_inside, token)(scope, receive, send)).result()
    if kind == "websocket":
        return (101 if sent[0]["type"] == "websocket.accept" else sent[0]["code"]), {}, ""
    found = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], found, sent[1]["body"].decode()


def test_without_a_token_this_computer_is_let_in() -> None:
    for host, client in (("127.0.0.1:8501", "127.0.0.1"), ("[::1]:8501", "::1")):
        assert ask(host=host, client=client)[0] == 200
    assert ask(host="localhost:8501", kind="websocket")[0] == 101


@pytest.mark.parametrize(
    "stranger",
    [
        {"client": "192.168.1.7"},
        {"host": "evil.example:8501"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
    ],
)
def test_without_a_token_nobody_else_is(stranger: dict[str, str]) -> None:
    status, _, body = ask(**stranger)
    assert (status, "the runs" in body) == (403, False)
    assert ask(kind="websocket", **stranger)[0] == 1008


def test_with_a_token_every_address_shows_only_the_sign_in() -> None:
    for path in (
        "/",
        "/run",
        "/_stcore/stream",
        "/media/abc.png",
        "/static/index.html",
        "/sign-in",
    ):
        status, heads, body = ask(SECRET, path)
        assert (status, "the runs" in body, "Token" in body) == (401, False, True), path
        assert heads["cache-control"] == "no-store"
    assert ask(SECRET, kind="websocket")[0] == 1008
    assert ask(SECRET, "/_stcore/health")[0] == 200


def test_the_token_in_the_address_is_taken_once_and_gone_from_it() -> None:
    query = f"run=a%2Fb&token={SECRET}"
    status, heads, _ = ask(SECRET, query=query, client="10.0.0.7", host="box:8501")
    assert (status, heads["location"]) == (303, "/run?run=a%2Fb")
    cookie = heads["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert SECRET not in cookie
    known = {"cookie": cookie.partition(";")[0], "client": "10.0.0.7", "host": "box:8501"}
    assert ask(SECRET, **known)[0] == 200
    assert ask(SECRET, kind="websocket", **known)[0] == 101
    assert ask("another-token-altogether", **known)[0] == 401


def test_the_form_takes_the_token_too() -> None:
    form = f"next=%2Frun%3Frun%3Da&token={SECRET}"
    status, heads, _ = ask(SECRET, "/sign-in", method="POST", body=form)
    assert (status, heads["location"]) == (303, "/run?run=a")
    status, heads, body = ask(SECRET, "/sign-in", method="POST", body="token=wrong")
    assert (status, "That is not the token" in body, "set-cookie" in heads) == (401, True, False)
    assert ask(SECRET, "/sign-in", method="POST", body=form, origin="http://evil.example")[0] == 403
    assert ask(SECRET, "/sign-in", method="POST", body=f"{form}&x={'x' * 9000}")[0] == 401


@pytest.mark.parametrize("wrong", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "ü\udc80"])
def test_what_is_not_the_token_is_not_taken(wrong: str) -> None:
    from urllib.parse import quote

    status, heads, _ = ask(SECRET, query=f"token={quote(wrong, errors='surrogatepass')}")
    assert (status, "set-cookie" in heads) == (401, False)
    assert ask(SECRET, cookie=f"evalkit-dashboard-8501={quote(wrong, errors='replace')}")[0] == 401


def test_signing_in_leads_nowhere_else_and_echoes_no_markup() -> None:
    for path in ("//evil.example/x", "/\\evil.example", "///evil.example"):
        _, heads, _ = ask(SECRET, path, query=f"token={SECRET}")
        assert heads["location"].startswith("/evil.example")
    form = f"next=https%3A%2F%2Fevil.example&token={SECRET}"
    _, heads, _ = ask(SECRET, "/sign-in", method="POST", body=form)
    assert heads["location"] == "/https://evil.example"
    _, _, body = ask(SECRET, '/"><script>alert(1)</script>')
    assert "<script>" not in body


def test_every_answer_says_what_its_page_may_load() -> None:
    for token in ("", SECRET):
        _, heads, _ = ask(token)
        policy = heads["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert heads["x-content-type-options"] == "nosniff"
