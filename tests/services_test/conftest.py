"""Clients that talk to the loopback services: boto3, google-genai and plain HTTP."""

import base64
import io
import json
import wave
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from PIL import Image

from tests.services import Services
from tests.services.fixtures import loopback_services, services

__all__ = ["loopback_services", "services"]

NOVA = "amazon.nova-2-multimodal-embeddings-v1:0"
Invoke = Callable[..., Any]


@pytest.fixture
def aws(services: Services) -> Iterator[Callable[..., Any]]:
    """Return a maker of boto3 clients that never repeat a request."""
    import boto3
    from botocore.config import Config

    made = []

    def client(service: str = "bedrock-runtime", timeout: float = 10, **more: Any) -> Any:
        settings = {"region_name": "us-east-1", **more}
        once = Config(retries={"total_max_attempts": 1}, read_timeout=timeout)
        made.append(boto3.client(service, config=once, **settings))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def invoke(aws: Callable[..., Any]) -> Invoke:
    """Return a function that calls a model once and gives the answer's body."""
    client = aws()

    def call(model: str, body: object) -> Any:
        said = client.invoke_model(modelId=model, body=json.dumps(body))
        with closing(said["body"]) as stream:
            return json.loads(stream.read())

    return call


@dataclass(frozen=True)
class Said:
    """An answer over plain HTTP."""

    status: int
    headers: Any
    body: Any


@pytest.fixture
def post(services: Services) -> Iterator[Callable[..., Said]]:
    """Return a function that posts JSON to a path with headers."""
    with urllib3.PoolManager(retries=False) as pool:

        def send(path: str, body: object, **headers: str) -> Said:
            named = {k.replace("_", "-"): v for k, v in headers.items()}
            said = pool.request("POST", services.url + path, json=body, headers=named)
            return Said(said.status, said.headers, json.loads(said.data))

        yield send


def nova(**params: Any) -> dict[str, Any]:
    """Return a request for one embedding; a text unless something else is given."""
    usual: dict[str, Any] = {"embeddingPurpose": "GENERIC_INDEX"}
    if not params.keys() & {"text", "image", "audio", "video"}:
        usual["text"] = {"truncationMode": "END", "value": "a red shirt"}
    return {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": usual | params}


def picture(format_: str = "png", colour: str = "red", size: tuple[int, int] = (32, 32)) -> str:
    """Return a picture as base64."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, format_)
    return base64.b64encode(buffer.getvalue()).decode()


def sound(seconds: float) -> bytes:
    """Return silence as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * int(8000 * seconds)))
    return buffer.getvalue()
