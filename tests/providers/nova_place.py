"""Nova beside a bucket: Bedrock on the loopback, S3 by moto, and a job with a given end."""

import io
import json
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from evalkit.core.items import Item, Media
from evalkit.core.protocols import Role
from tests.providers.loopback import Loopback, serving

JOB = "abc123def456"
ARN = f"arn:aws:bedrock:us-east-1:123456789012:async-invoke/{JOB}"
INDEX = Role("corpus", frozenset({"audio"}))
CUT = Role("corpus", frozenset({"text"}), overflow="segment")
LONG = "word " * 12_000
TEXT = Role("query", frozenset({"text"}))
KMS_KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:iam::123456789012:role/batch"


def wav(seconds: int, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\0\1" * rate * seconds)
    return out.getvalue()


SOUND = Item("a", Media("audio/wav", data=wav(35)))


@dataclass
class Place:
    """Bedrock on the loopback beside a bucket of moto, and what the job is said to have done."""

    bedrock: Loopback
    s3: Any
    bucket: str
    job: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/evalkit"

    @property
    def results(self) -> str:
        return f"{self.address}/results/{JOB}"

    def keys(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [one["Key"] for one in found]

    def put(self, key: str, data: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def text(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def finish(self, *files: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
        """Write the result files of a job and say that it is done."""
        folder = f"evalkit/results/{JOB}"
        entries = []
        for n, (entry, rows) in enumerate(files):
            name = f"strange-name-{n}.jsonl"
            self.put(f"{folder}/{name}", "".join(json.dumps(r) + "\n" for r in rows).encode())
            entries.append({"outputFileUri": f"{self.results}/{name}", **entry})
        whole = {"embeddingDimension": 256, "embeddingResults": entries}
        self.put(f"{folder}/segmented-embedding-result.json", json.dumps(whole).encode())
        self.say("Completed", self.results)

    def say(self, status: str, uri: str = "", message: str = "") -> None:
        self.job = {
            "invocationArn": ARN,
            "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/x",
            "status": status,
            "submitTime": "2026-11-21T00:00:00Z",
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": uri or self.results}},
            **({"failureMessage": message} if message else {}),
        }


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, moto: str) -> Iterator[Place]:
    with serving(monkeypatch) as bedrock:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        s3 = boto3.session.Session(region_name="us-east-1").client("s3")
        bucket = f"evalkit-{uuid4().hex[:12]}"
        s3.create_bucket(Bucket=bucket)
        monkeypatch.setenv("EVALKIT_JOBS_BUCKET", f"s3://{bucket}")
        here = Place(bedrock, s3, bucket)
        bedrock.answer = lambda path, body: here.job if body is None else {"invocationArn": ARN}
        yield here


def row(index: int, value: float = 1.0, **more: Any) -> dict[str, Any]:
    told = {
        "segmentIndex": index,
        "segmentStartSeconds": 5.0 * index,
        "segmentEndSeconds": 5.0 * (index + 1),
    }
    return {
        "embedding": [value] * 256,
        "segmentMetadata": told,
        "status": "SUCCESS",
        **more,
    }


GOOD = {"embeddingType": "AUDIO", "status": "SUCCESS"}
