"""What servers break on purpose: each kind is what it says, and the schedule is the seed's."""

import json
import math
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError, ReadTimeoutError

from evalkit.core.items import Item
from evalkit.core.protocols import Refused, Role
from evalkit.providers.openai import OpenAI
from tests.services import Services, Settings
from tests.services.traffic import KINDS, Gate, spread
from tests.services.trouble import Trouble
from tests.services_test.conftest import NOVA, Invoke, Said, nova

Post = Callable[..., Said]
BEARER = {"Authorization": "Bearer key"}
OPENAI = {"model": "text-embedding-3-small", "input": ["a", "b", "c"], "dimensions": 4}


ROLE = Role("corpus", frozenset({"text"}))


def always(kind: str) -> Settings:
    return Settings(faults={kind: 1.0})


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("throttle", "ThrottlingException", 429),
        ("timeout", "ModelTimeoutException", 408),
        ("model_error", "ModelErrorException", 424),
        ("internal", "InternalServerException", 500),
        ("unavailable", "ServiceUnavailableException", 503),
    ],
)
def test_refusals(services: Services, invoke: Invoke, kind: str, code: str, status: int) -> None:
    services.reset(always(kind))
    with pytest.raises(ClientError) as caught:
        invoke(NOVA, nova())
    said = caught.value.response
    assert (said["Error"]["Code"], said["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert said.get("originalStatusCode") == (500 if kind == "model_error" else None)
    assert services.log.counts.get(kind) == 1


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        ("wrong_size", lambda found: len(found[0]["embedding"]) == 255),
        ("nan", lambda found: any(map(math.isnan, found[0]["embedding"]))),
        ("empty", lambda found: found == []),
    ],
)
def test_wrong_answers(
    services: Services, invoke: Invoke, kind: str, check: Callable[[Any], bool]
) -> None:
    services.reset(always(kind))
    assert check(invoke(NOVA, nova(embeddingDimension=256))["embeddings"])
    assert services.log.answered == []


def test_the_content_filter_refuses_the_same_inputs_whoever_asks(services: Services) -> None:
    def refused() -> set[str]:
        model = OpenAI(model_id="text-embedding-3-small", sizes=(256,))
        found = model.embed([Item(t, t) for t in texts], ROLE, 256)
        return {texts[one.index] for one in found if isinstance(one, Refused)}

    texts = [f"text {n}" for n in range(60)]
    services.reset(Settings(faults={"refused": 0.1}, seed=3))
    first = refused()
    assert 2 <= len(first) <= 12
    assert len(services.log.answered) == 60 - len(first)
    texts.reverse()
    services.reset(Settings(faults={"refused": 0.1, "internal": 0.1}, seed=3))
    assert refused() == first
    services.reset(Settings(faults={"refused": 0.1}, seed=4))
    assert refused() != first


def test_a_reset_and_half_an_answer_do_not_count(services: Services, invoke: Invoke) -> None:
    services.reset(always("reset"))
    with pytest.raises((HTTPClientError, IncompleteReadError)):
        invoke(NOVA, nova())
    services.reset(always("truncated"))
    with pytest.raises(json.JSONDecodeError):
        invoke(NOVA, nova())
    assert services.log.answered == []


def test_a_slow_answer_arrives(services: Services, invoke: Invoke) -> None:
    services.reset(always("slow"))
    start = time.monotonic()
    invoke(NOVA, nova())
    assert time.monotonic() - start > 0.3
    assert len(services.log.answered) == 1


def test_rows_come_twice_or_in_another_order(services: Services, post: Post) -> None:
    services.reset(always("duplicated"))
    twice = post("/v1/embeddings", OPENAI, **BEARER).body["data"]
    assert [one["index"] for one in twice] == [0, 1, 0]
    assert services.log.answered == []
    services.reset(always("reordered"))
    turned = post("/v1/embeddings", OPENAI, **BEARER).body["data"]
    assert [one["index"] for one in turned] == [2, 1, 0]
    assert len(services.log.answered) == 3


def test_rows_without_names_are_not_reordered(services: Services, invoke: Invoke) -> None:
    body = {"input_type": "search_query", "texts": ["a", "b"]}
    services.reset(always("duplicated"))
    assert len(invoke("cohere.embed-v4:0", body)["embeddings"]) == 3
    services.reset(always("reordered"))
    with pytest.raises(ClientError, match="InternalServerException"):
        invoke("cohere.embed-v4:0", body)


def fates(gate: Gate, requests: list[bytes], threads: int) -> dict[bytes, list[str]]:
    """Return what befalls each request at five times in a row."""

    def five(request: bytes) -> list[str]:
        return [fate(gate, request) for _ in range(5)]

    with ThreadPoolExecutor(threads) as pool:
        return dict(zip(requests, pool.map(five, requests), strict=True))


def fate(gate: Gate, request: bytes) -> str:
    try:
        return gate.admit(request)
    except Trouble:
        return "throttle"


def test_the_schedule_depends_on_seed_and_request_alone() -> None:
    settings = Settings(faults={"throttle": 0.2, "other": 0.3}, seed=3)
    requests = [f"request {n}".encode() for n in range(400)]
    first = fates(Gate(settings), requests, 1)
    assert fates(Gate(settings), requests[::-1], 8) == first
    assert fates(Gate(Settings(faults=settings.faults, seed=4)), requests, 1) != first
    counts = Counter(kind for row in first.values() for kind in row)
    assert counts["throttle"] / 2000 == pytest.approx(0.2, abs=0.04)
    assert counts[""] / 2000 == pytest.approx(0.5, abs=0.05)
    assert set(counts) == {"", *KINDS}


def test_throttles_come_in_bursts() -> None:
    gate = Gate(Settings(faults={"throttle": 0.5}, burst=5, seed=1))
    rows = fates(gate, [f"{n}".encode() for n in range(50)], 1).values()
    assert {len(set(row)) for row in rows} == {1}
    assert len({row[0] for row in rows}) == 2


def test_shares_are_checked() -> None:
    assert spread({"other": 0.12, "nan": 0.5})["reset"] == pytest.approx(0.12 / 11)
    with pytest.raises(ValueError, match="unknown faults: nap"):
        Settings(faults={"nap": 0.1})
    with pytest.raises(ValueError, match="between 0 and 1"):
        Settings(faults={"nan": 0.7, "reset": 0.7})
    with pytest.raises(ValueError, match="between 0 and 1"):
        Settings(faults={"job-fails": 0.7, "job-stuck": 0.7})
    with pytest.raises(ValueError, match="between 0 and 1"):
        Settings(faults={"refused": -0.1})
    assert Settings(faults={"refused": 1.0, "other": 1.0, "job-fails": 1.0}).refuses("any")


def test_a_client_that_gives_up_harms_nobody(services: Services, aws: Callable[..., Any]) -> None:
    services.reset(Settings(latency=0.4))
    with pytest.raises(ReadTimeoutError):
        aws(timeout=0.1).invoke_model(modelId=NOVA, body=json.dumps(nova()))
    time.sleep(0.6)
    assert services.log.counts in ({"passed": 1, "gone": 1}, {"passed": 1, "answers": 1})
