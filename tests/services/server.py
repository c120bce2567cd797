"""One HTTP server that speaks for all services, told apart by path."""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.services import accounts, bedrock, google, jobs, openai, trouble
from tests.services.answers import Answer, broken, plain
from tests.services.calls import Call, World
from tests.services.files import Files
from tests.services.traffic import (
    ANSWERS,
    BEFORE,
    SENDING,
    Answered,
    Gate,
    Log,
    OverQuota,
    Settings,
    summary,
)
from tests.services.trouble import Reply, Tell, Trouble

_SLOW_SECONDS, _SLOW_STEPS = 0.5, 10
_Headers = Message


@dataclass(frozen=True)
class Dialect:
    """How a service knows who asks, and how it refuses."""

    admit: Callable[[_Headers], str]
    tell: Tell


_AWS = Dialect(accounts.aws, trouble.bedrock)
_GEMINI = Dialect(accounts.api_key, trouble.google)
_VERTEX = Dialect(accounts.oauth, trouble.google)
_OPENAI = Dialect(accounts.bearer, trouble.openai)
_TEI = Dialect(accounts.bearer, trouble.flat)
_Jobs = jobs.Jobs
_Handle = Callable[[Call, _Jobs], Answer]


def _alone(handle: Callable[[Call], Answer]) -> _Handle:
    return lambda call, jobs: handle(call)


_ROUTES: tuple[tuple[str, str, Dialect, _Handle], ...] = (
    ("POST", r"/model/(?P<model>[^/]+)/invoke", _AWS, _alone(bedrock.invoke)),
    ("POST", r"/async-invoke", _AWS, jobs.start_async),
    ("GET", r"/async-invoke", _AWS, jobs.list_async),
    ("GET", r"/async-invoke/(?P<arn>.+)", _AWS, jobs.get_async),
    ("POST", r"/model-invocation-job", _AWS, jobs.create_batch),
    ("GET", r"/model-invocation-jobs", _AWS, jobs.list_batches),
    ("GET", r"/model-invocation-job/(?P<arn>.+)", _AWS, jobs.get_batch),
    ("POST", r"/model-invocation-job/(?P<arn>.+)/stop", _AWS, jobs.stop_batch),
    (
        "POST",
        r"/v1(beta)?/models/(?P<model>[^/:]+):batchEmbedContents",
        _GEMINI,
        _alone(google.gemini_batch),
    ),
    (
        "POST",
        r"/v1(beta)?/models/(?P<model>[^/:]+):embedContent",
        _GEMINI,
        _alone(google.gemini_single),
    ),
    (
        "POST",
        r"/v1(beta1)?/projects/[^/]+/locations/[^/]+/publishers/google/models/(?P<model>[^/:]+):predict",
        _VERTEX,
        _alone(google.vertex),
    ),
    ("POST", r"/v1/embeddings", _OPENAI, _alone(openai.embeddings)),
    ("POST", r"/tei/v1/embeddings", _TEI, _alone(openai.tei)),
)


class Services:
    """Loopback services on 127.0.0.1; use it in a `with` block.

    port: 0 for any free one. log: a file to which every answered input is appended.
    """

    def __init__(
        self, settings: Settings | None = None, *, port: int = 0, log: Path | None = None
    ) -> None:
        self.files = Files()
        self.log = Log(log)
        self.crashes: list[str] = []
        self._http = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self.settings = settings or Settings()
        self.reset()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The address of all services but S3."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def reset(self, settings: Settings | None = None) -> None:
        """Forget what was answered, which jobs run and what was seen; keep S3 objects.

        Without settings those that were given last stay.
        """
        self.settings = settings or self.settings
        self.jobs = jobs.Jobs()
        self.gate = Gate(self.settings)
        self.log.clear()

    def environment(self) -> dict[str, str]:
        """Return the variables that make SDKs, and evalkit, use these services."""
        return {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.url,
            "AWS_ENDPOINT_URL_BEDROCK": self.url,
            "AWS_ENDPOINT_URL_S3": self.files.url,
            "AWS_ACCESS_KEY_ID": "AKIALOOPBACKSERVICES",
            "AWS_SECRET_ACCESS_KEY": "loopback-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "GOOGLE_GEMINI_BASE_URL": self.url,
            "GEMINI_API_KEY": "loopback-key",
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "OPENAI_API_KEY": "loopback-key",
            "GOOGLE_VERTEX_BASE_URL": self.url,
            "GOOGLE_ACCESS_TOKEN": "loopback-token",
            "GOOGLE_CLOUD_PROJECT": "loopback",
            "EVALKIT_JOBS_BUCKET": "s3://evalkit-loopback",
            "EVALKIT_ALLOW_ENDPOINT": f"{self.url},{self.files.url}",
        }

    def close(self) -> None:
        """Stop serving; raises AssertionError if a service's own code ever failed."""
        self._http.shutdown()
        self._http.server_close()
        self._http.hang_up()
        self._thread.join()
        self.files.close()
        self.log.close()
        if self.crashes:
            raise AssertionError("the loopback services failed:\n" + "\n".join(self.crashes))

    def answer(self, method: str, path: str, headers: _Headers, raw: bytes) -> Sent:
        """Return what a request is answered with."""
        parts = urlsplit(path)
        for verb, pattern, dialect, handle in _ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if verb == method and found:
                names = {k: unquote(v) for k, v in found.groupdict().items() if v}
                call = Call(World(self.settings, self.files, self.log), "", names, raw=raw)
                call = replace(call, query=dict(parse_qsl(parts.query)))
                return self._served(dialect, handle, call, headers, f"{method} {path}\n".encode())
        self.log.count("no route")
        return Sent(trouble.bedrock(Trouble("no route", f"There is no {method} {parts.path}.")))

    def _served(
        self, dialect: Dialect, handle: _Handle, call: Call, headers: _Headers, head: bytes
    ) -> Sent:
        """Admit, delay, handle and perhaps break one request."""
        try:
            call = replace(call, region=dialect.admit(headers))
            fault = self.gate.admit(head + call.raw)
        except Trouble as refusal:
            over = isinstance(refusal, OverQuota)
            self.log.count("quota" if over else refusal.kind)
            return Sent(dialect.tell(refusal))
        time.sleep(self.settings.latency)
        self.log.count("passed")
        try:
            if fault in BEFORE:
                raise Trouble(fault)
            answer = handle(call, self.jobs)
            if any(self.settings.refuses(one.digest) for one in answer.inputs):
                raise Trouble("filtered")
            if fault in ANSWERS:
                answer = self._broken(answer, fault)
        except Trouble as refusal:
            self.log.count(refusal.kind)
            return Sent(dialect.tell(refusal))
        if fault:
            self.log.count(fault)
        return Sent(answer.reply(), answer.inputs, fault if fault in SENDING else "")

    def _broken(self, answer: Answer, fault: str) -> Answer:
        """Return an answer with a fault; one that cannot have it fails otherwise."""
        changed = broken(answer, fault)
        if changed is None:
            raise Trouble("internal")
        return changed

    def control(self, method: str, path: str, raw: bytes) -> Reply:
        """Answer what is no part of any service: what was served, and a new beginning."""
        if (method, path) == ("GET", "/__log"):
            answered = self.log.answered
            told = {
                "counts": self.log.counts,
                "summary": summary(answered),
                "answered": [asdict(one) for one in answered],
                "crashes": self.crashes,
            }
            return plain(told).reply()
        if (method, path) == ("POST", "/__reset"):
            changes = json.loads(raw or b"{}")
            self.reset(replace(self.settings, **changes))
            return plain({}).reply()
        return Reply(404, b"{}")


@dataclass(frozen=True)
class Sent:
    """A reply, what was embedded for it, and what befalls it on the way."""

    reply: Reply
    inputs: tuple[Answered, ...] = ()
    fault: str = ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], services: Services) -> None:
        self.services = services
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that are gone; anything else is a failure of this code."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            self.services.crashes.append(traceback.format_exc())

    def hang_up(self) -> None:
        """Close what clients keep open, and wait for its threads."""
        for request in list(self._open):
            try:
                request.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster
        until = time.monotonic() + 5
        while self._open and time.monotonic() < until:
            time.sleep(0.005)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the log is for tests."""

    def _handle(self) -> None:
        services = self.server.services
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/__"):
            self._send(Sent(services.control(self.command, self.path, raw)))
            return
        try:
            sent = services.answer(self.command, self.path, self.headers, raw)
        except Exception:
            services.crashes.append(traceback.format_exc())
            sent = Sent(trouble.bedrock(Trouble("internal", "the loopback services failed")))
        with services.log.sending():
            self._deliver(sent, services.log)

    def _deliver(self, sent: Sent, log: Log) -> None:
        """Send a reply, and note what arrived."""
        try:
            arrived = self._send(sent)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
            log.count("gone")
            return
        if arrived and sent.inputs:
            log.answer(sent.inputs)

    def _send(self, sent: Sent) -> bool:
        """Write a reply as it is, or with what befalls it; return whether it arrived whole."""
        reply, half = sent.reply, len(sent.reply.body) // 2
        body = reply.body[:half] if sent.fault == "truncated" else reply.body
        self.send_response(reply.status)
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
        for name, value in (headers | dict(reply.headers)).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if sent.fault == "reset":
            self._break_off(body[:half])
        elif sent.fault == "slow":
            self._trickle(body)
        else:
            self.wfile.write(body)
            self.wfile.flush()
        return sent.fault in {"", "slow"}

    def _break_off(self, body: bytes) -> None:
        """Send a part and reset the connection."""
        self.wfile.write(body)
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _trickle(self, body: bytes) -> None:
        step = len(body) // _SLOW_STEPS + 1
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            time.sleep(_SLOW_SECONDS / _SLOW_STEPS)
