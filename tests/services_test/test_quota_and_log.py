"""The quota, the latency, the log, and the servers in a process of their own."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.services import Services, Settings, apart
from tests.services.traffic import Gate, OverQuota
from tests.services_test.conftest import NOVA, Invoke, Said, nova

Post = Callable[..., Said]
OPENAI = {"model": "text-embedding-3-small", "input": "a", "dimensions": 4}
BEARER = {"Authorization": "Bearer key"}


def admitted(gate: Gate, seconds: float) -> int:
    """Return how many requests get through in some seconds when one asks without pause."""
    until, passed = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        with suppress(OverQuota):
            gate.admit(b"x")
            passed += 1
    return passed


def admitted_now(gate: Gate) -> None:
    """Ask until the quota is used up."""
    for _ in range(300):
        gate.admit(b"x")


def test_the_quota_lets_so_many_through_a_second() -> None:
    gate = Gate(Settings(quota=200))
    assert admitted(gate, 0.5) == pytest.approx(101, abs=3)
    with pytest.raises(OverQuota) as over:
        admitted_now(gate)
    assert 0 < (over.value.after or 0) <= 1 / 200


def test_throttles_on_purpose_take_nothing_from_the_quota() -> None:
    gate = Gate(Settings(quota=0.001, faults={"throttle": 1.0}))
    for _ in range(3):
        with pytest.raises(Exception, match=r"^$") as caught:
            gate.admit(b"x")
        assert not isinstance(caught.value, OverQuota)


def test_over_the_quota_every_service_says_so(services: Services, post: Post) -> None:
    services.reset(Settings(quota=0.5))
    assert post("/v1/embeddings", OPENAI, **BEARER).status == 200
    said = post("/v1/embeddings", OPENAI, **BEARER)
    assert (said.status, said.headers["Retry-After"]) == (429, "2")
    path = "/v1beta/models/gemini-embedding-001:batchEmbedContents"
    error = post(path, {}, x_goog_api_key="key").body["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert error["details"][0]["retryDelay"].endswith("s")
    assert services.log.counts == {"passed": 1, "answers": 1, "quota": 2}


def test_latency_is_not_waited_for_in_a_row(services: Services, post: Post) -> None:
    services.reset(Settings(latency=0.2))
    start = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: post("/v1/embeddings", OPENAI, **BEARER), range(8)))
    assert {one.status for one in said} == {200}
    assert 0.2 <= time.monotonic() - start < 1.2


def test_the_log_can_be_asked_for_and_reset(services: Services, invoke: Invoke) -> None:
    for _ in range(2):
        invoke(NOVA, nova())
    with urlopen(services.url + "/__log") as said:
        told: dict[str, Any] = json.load(said)
    assert told["summary"] == {"inputs": 2, "distinct": 1, "twice": 1}
    assert told["counts"] == {"passed": 2, "answers": 2}
    assert told["answered"][0]["model"] == NOVA
    with urlopen(services.url + "/__reset", data=b'{"seed": 5}'):
        assert services.log.answered == []
    assert services.settings.seed == 5


def test_a_process_of_its_own_serves_and_writes_its_log(tmp_path: Path, post: Post) -> None:
    file = tmp_path / "log.jsonl"
    with apart("--log", str(file), "--latency", "0.01") as services:
        assert services.environment["AWS_ENDPOINT_URL_S3"].startswith("http://127.0.0.1:")
        body = json.dumps(OPENAI).encode()
        request = _request(services.url + "/v1/embeddings", body)
        with urlopen(request) as said:
            assert json.load(said)["data"][0]["index"] == 0
        assert services.log()["summary"]["inputs"] == 1
        assert len(file.read_text().splitlines()) == 1
        services.reset(quota=5)
        assert services.log()["counts"] == {}


def _request(url: str, body: bytes) -> Any:
    from urllib.request import Request

    return Request(url, body, {"Authorization": "Bearer key"})
