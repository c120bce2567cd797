"""A server on 127.0.0.1 that speaks JSON: it says what a test wants and keeps what it was sent."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Sent:
    """A request: the path as it came, headers by lower-case name, the JSON body."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """An answer. body: bytes as they are, else JSON. cut: whether the connection breaks midway."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class JsonServer:
    """What was sent, and what is said next."""

    address: str
    answer: Callable[[Sent], Reply]
    sent: list[Sent] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[Sent], Reply], *, form: bool = False) -> Iterator[JsonServer]:
    """Serve until the block ends. form: whether requests come as an HTML form's fields instead."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            body = parse_qs(raw.decode()) if form else json.loads(raw)
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.sent.append(Sent(self.path, headers, body))
            self.reply(server.answer(server.sent[-1]))

        def reply(self, said: Reply) -> None:
            self.send_response(said.status)
            for name, value in {"Content-Type": "application/json", **said.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.data)))
            self.end_headers()
            self.wfile.write(said.data[: len(said.data) // 2] if said.cut else said.data)
            self.close_connection = self.close_connection or said.cut

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = JsonServer(f"http://127.0.0.1:{listening.server_port}", answer)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
