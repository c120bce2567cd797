"""A small Bedrock on 127.0.0.1 that answers what a test says and keeps what it was sent."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import boto3
import pytest

SESSION = boto3.session.Session
Sent = tuple[str, Any]
"""The path, decoded, and the JSON body, None for a GET."""


class Refusal(Exception):
    """An error as Bedrock answers it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Loopback:
    """What was sent, and how the next requests are answered."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.headers: dict[str, str] = {}
        self.answer: Callable[[str, Any], Any] = lambda path, body: {}

    @property
    def bodies(self) -> list[Any]:
        return [body for _, body in self.sent]


@cache
def _session(region: str) -> Any:
    """Return a session whose data files are read once; it takes half a second."""
    return SESSION(region_name=region)


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Serve until the block ends; boto3 is pointed there, with credentials that mean nothing."""
    bedrock = Loopback()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self.reply(json.loads(self.rfile.read(length)))

        def do_GET(self) -> None:
            self.reply(None)

        def reply(self, body: Any) -> None:
            path = unquote(self.path)
            bedrock.sent.append((path, body))
            status, extra = 200, bedrock.headers
            try:
                said = json.dumps(bedrock.answer(path, body)).encode()
            except Refusal as e:
                status, extra = e.status, {"x-amzn-ErrorType": e.code}
                said = json.dumps({"message": e.message}).encode()
            self.send_response(status)
            for name, value in {**extra, "x-amzn-requestid": f"r{len(bedrock.sent)}"}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name in ("AWS_BEARER_TOKEN_BEDROCK", "AWS_PROFILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setattr(
        "boto3.session.Session",
        lambda profile_name=None, region_name="us-east-1": _session(region_name),
    )
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", address)
    try:
        yield bedrock
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
