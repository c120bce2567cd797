import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evalkit.core.errors import ProviderError
from evalkit.providers import _http
from evalkit.providers._calls import Transient
from evalkit.providers._http import Answer, Http, hinted_wait

Reply = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(reply: Reply) -> Iterator[tuple[str, list[tuple[str, bytes, str]]]]:
    """Serve on the loopback address; yield it and the (path, body, authorization) of requests."""
    seen: list[tuple[str, bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, body, self.headers.get("Authorization", "")))
            reply(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", seen
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def says(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = length is not None

    return reply


def post(base: str, timeout: float = 5.0) -> Answer:
    with closing(Http(base, timeout=timeout, connections=2)) as http:
        return http.post("/v1/embed", {"text": "snö"}, {"Authorization": "Bearer marked-secret"})


def test_a_json_object_goes_out_and_the_answer_comes_back() -> None:
    with server(says(b'{"a": [1]}', X_Request="r1")) as (base, seen):
        got = post(base)
    assert (got.status, got.json(), got.headers["x-request"]) == (200, {"a": [1]}, "r1")
    assert seen == [("/v1/embed", '{"text": "snö"}'.encode(), "Bearer marked-secret")]
    assert "marked" not in repr(got)


def test_a_connection_is_used_again() -> None:
    ports = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        says(b"{}")(handler)

    with server(reply) as (base, _), closing(Http(base, timeout=5, connections=1)) as http:
        for _ in range(3):
            http.post("/", {}, {})
    assert len(ports) == 3
    assert len(set(ports)) == 1


def test_an_error_status_is_an_answer_and_is_not_asked_again() -> None:
    with server(says(b"{}", 429, Retry_After="7")) as (base, seen):
        got = post(base)
    assert (got.status, hinted_wait(got.headers), len(seen)) == (429, 7.0, 1)


def test_a_redirect_is_not_followed() -> None:
    with server(says(b"{}")) as (other, there):
        with server(says(b"", 307, Location=f"{other}/x")) as (base, _):
            assert post(base).status == 307
        assert there == []


def test_a_body_that_is_cut_short_is_transient() -> None:
    with server(says(b'{"a":', length=500)) as (base, seen):
        with pytest.raises(Transient, match="connection"):
            post(base)
        assert len(seen) == 1


def test_a_reset_in_the_middle_is_transient() -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        says(b'{"a":', length=500)(handler)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        handler.connection.close()

    with server(reply) as (base, _), pytest.raises(Transient, match="connection"):
        post(base)


@pytest.mark.parametrize("body", [b'{"a": [1', b"", b"\xff", b"[" * 100_000])
def test_broken_json_is_transient(body: bytes) -> None:
    with server(says(body)) as (base, _):
        got = post(base)
    with pytest.raises(Transient, match="no JSON"):
        got.json()


@pytest.mark.parametrize("drip", [False, True])
def test_an_answer_that_comes_too_slowly_is_transient(drip: bool) -> None:
    done = threading.Event()

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not done.wait(0.03):
            if drip:
                handler.wfile.write(b" ")

    with server(reply) as (base, _):
        begun = time.monotonic()
        try:
            with pytest.raises(Transient, match=r"within 0\.2 seconds"):
                post(base, timeout=0.2)
        finally:
            done.set()
        assert time.monotonic() - begun < 3


def test_an_endless_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "_MOST_BYTES", 1 << 20)
    with server(says(b" " * (3 << 20))) as (base, _), pytest.raises(Transient, match="longer than"):
        post(base)


def test_a_port_that_was_never_open_is_configuration() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with (
            closing(
                Http(f"http://127.0.0.1:{port}", timeout=5, connections=1, variable="X")
            ) as http,
            pytest.raises(
                ProviderError, match=rf":{port} takes no connection.*\(X or `endpoint`\)"
            ),
        ):
            http.post("/", {}, {})


def test_a_port_that_is_closed_after_an_answer_may_be_open_later() -> None:
    with server(says(b"{}", Connection="close")) as (base, _):
        http = Http(base, timeout=5, connections=1)
        http.post("/", {}, {})
    with closing(http), pytest.raises(Transient, match=r"failed \(.*refused\)"):
        http.post("/", {}, {})


def test_a_name_that_does_not_exist_is_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ProviderError, match=r"no host nowhere\.example"):
        post("https://nowhere.example")


def test_a_name_that_was_found_before_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    reply = says(b"{}", Connection="close")
    with server(reply) as (base, _), closing(Http(base, timeout=5, connections=1)) as http:
        http.post("/", {}, {})
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(Transient):
            http.post("/", {}, {})


def test_tls_to_a_plain_port_is_configuration() -> None:
    with server(says(b"{}")) as (base, _):
        with pytest.raises(ProviderError, match="speaks https") as caught:
            post(base.replace("http", "https"))
        assert "marked" not in str(caught.value)


def test_a_proxy_that_refuses_is_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def reply(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)

    with server(reply) as (base, _):
        proxy = base.replace("http://", "http://user:marked-secret@")
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with pytest.raises(ProviderError, match="HTTPS_PROXY") as caught:
            post("https://service.example")
        assert "marked" not in str(caught.value)


def test_this_machine_and_no_proxy_are_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with server(says(b"{}")) as (base, _):
        assert post(base).status == 200
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "service.example")
    assert _http._proxy("https://service.example") == ""
    assert _http._proxy("https://other.example") == "http://127.0.0.1:1"


def test_certificates_that_cannot_be_read_are_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(ProviderError, match="REQUESTS_CA_BUNDLE"):
        Http("https://service.example", timeout=1, connections=1)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"RETRY-AFTER": "-3"}, 0.0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
        ({}, None),
    ],
)
def test_a_hint_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert hinted_wait(headers) == seconds


def test_a_hint_may_be_a_date() -> None:
    wait = hinted_wait({"Retry-After": formatdate(time.time() + 60, usegmt=True)})
    assert wait is not None
    assert 57 < wait <= 60
