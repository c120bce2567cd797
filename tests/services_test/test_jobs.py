"""Asynchronous jobs and batches, asked for by boto3, their results read from S3."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.services import Services, Settings
from tests.services.fixtures import BUCKET
from tests.services.vectors import of_text
from tests.services_test.conftest import NOVA, nova, sound

OUT = {"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/out"}}
MARENGO = "twelvelabs.marengo-embed-2-7-v1:0"
MARENGO_3 = "twelvelabs.marengo-embed-3-0-v1:0"


@dataclass(frozen=True)
class Bucket:
    """The bucket that jobs read and write."""

    client: Any

    def put(self, key: str, data: bytes) -> str:
        self.client.put_object(Bucket=BUCKET, Key=key, Body=data)
        return f"s3://{BUCKET}/{key}"

    def get(self, uri: str) -> str:
        key = uri.removeprefix(f"s3://{BUCKET}/")
        with closing(self.client.get_object(Bucket=BUCKET, Key=key)["Body"]) as body:
            return str(body.read().decode())

    def lines(self, uri: str) -> list[Any]:
        return [json.loads(line) for line in self.get(uri).splitlines()]


@pytest.fixture
def bucket(aws: Callable[..., Any]) -> Bucket:
    return Bucket(aws("s3"))


@pytest.fixture
def runtime(aws: Callable[..., Any]) -> Any:
    return aws()


def text(value: str, chars: int = 800) -> dict[str, Any]:
    content = {
        "truncationMode": "END",
        "value": value,
        "segmentationConfig": {"maxLengthChars": chars},
    }
    return segmented(text=content)


def media(kind: str, format_: str, uri: str, seconds: int = 5, **more: Any) -> dict[str, Any]:
    source = {"s3Location": {"uri": uri}}
    config = {"segmentationConfig": {"durationSeconds": seconds}}
    return segmented(**{kind: {"format": format_, "source": source, **config, **more}})


def segmented(**content: Any) -> dict[str, Any]:
    params = {"embeddingPurpose": "GENERIC_INDEX", "embeddingDimension": 256, **content}
    return {"taskType": "SEGMENTED_EMBEDDING", "segmentedEmbeddingParams": params}


def start(runtime: Any, body: Any, token: str = "", model: str = NOVA) -> str:
    more = {"clientRequestToken": token} if token else {}
    said = runtime.start_async_invoke(modelId=model, modelInput=body, outputDataConfig=OUT, **more)
    return str(said["invocationArn"])


def polls(runtime: Any, arn: str, most: int = 5) -> Iterator[dict[str, Any]]:
    for _ in range(most):
        told = runtime.get_async_invoke(invocationArn=arn)
        yield told
        if told["status"] != "InProgress":
            return


def results(runtime: Any, bucket: Bucket, arn: str) -> list[dict[str, Any]]:
    """Return what a job that ends well says of its results."""
    told = list(polls(runtime, arn))[-1]
    assert told["status"] == "Completed"
    where = told["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
    assert where == f"s3://{BUCKET}/out/{arn.split('/')[-1]}"
    summary = json.loads(bucket.get(f"{where}/segmented-embedding-result.json"))
    assert summary["embeddingDimension"] == 256
    found: list[dict[str, Any]] = summary["embeddingResults"]
    return found


def test_a_text_is_cut_between_words(runtime: Any, bucket: Bucket, services: Services) -> None:
    words = " ".join(f"word{n}" for n in range(300))
    (found,) = results(runtime, bucket, start(runtime, text(words)))
    assert (found["embeddingType"], found["status"]) == ("TEXT", "SUCCESS")
    lines = bucket.lines(found["outputFileUri"])
    spans = [
        (m["segmentStartCharPosition"], m["segmentEndCharPosition"])
        for m in (line["segmentMetadata"] for line in lines)
    ]
    assert [s for s, _ in spans] == [0, *(e for _, e in spans[:-1])]
    assert spans[-1][1] == len(words)
    assert all(
        e - s <= 800 and words[e - 1 : e + 1].strip() != words[e - 1 : e + 1] for s, e in spans[:-1]
    )
    part = of_text(words[slice(*spans[1])])[:256]
    np.testing.assert_allclose(lines[1]["embedding"], part / np.linalg.norm(part), atol=1e-6)
    assert [one.kind for one in services.log.answered] == ["text"]


def test_sound_is_cut_into_seconds(runtime: Any, bucket: Bucket) -> None:
    uri = bucket.put("in/sound.wav", sound(12))
    (found,) = results(runtime, bucket, start(runtime, media("audio", "wav", uri)))
    assert found["outputFileUri"].endswith("/embedding-audio.jsonl")
    ends = [
        (m["segmentStartSeconds"], m["segmentEndSeconds"])
        for m in (line["segmentMetadata"] for line in bucket.lines(found["outputFileUri"]))
    ]
    assert ends == [(0, 5), (5, 10), (10, 12)]


def test_a_job_takes_its_time(runtime: Any, services: Services) -> None:
    services.reset(Settings(job_polls=2))
    states = [told["status"] for told in polls(runtime, start(runtime, text("x")))]
    assert states == ["InProgress", "InProgress", "Completed"]
    listed = runtime.list_async_invokes(statusEquals="Completed")["asyncInvokeSummaries"]
    assert len(listed) == 1


def test_the_schedule_says_which_jobs_fail_and_which_never_end(
    runtime: Any, services: Services
) -> None:
    def ends() -> list[str]:
        arns = [start(runtime, text(f"text {n}")) for n in range(12)]
        return [list(polls(runtime, arn, 3))[-1]["status"] for arn in arns]

    shares = {"job-fails": 0.2, "job-stuck": 0.2}
    services.reset(Settings(faults=shares, seed=1))
    first = ends()
    assert set(first) == {"Completed", "Failed", "InProgress"}
    assert len(services.log.answered) == first.count("Completed")
    services.reset()
    assert ends() == first
    services.reset(Settings(faults=shares, seed=2))
    assert ends() != first


def test_the_same_token_starts_one_job(runtime: Any) -> None:
    first = start(runtime, text("x"), "token-1")
    assert start(runtime, text("x"), "token-1") == first
    assert start(runtime, text("x"), "token-2") != first
    with pytest.raises(runtime.exceptions.ConflictException):
        start(runtime, text("y"), "token-1")


def test_parts_may_fail(runtime: Any, bucket: Bucket) -> None:
    uri = bucket.put("in/job-partial.wav", sound(12))
    (found,) = results(runtime, bucket, start(runtime, media("audio", "wav", uri)))
    assert found["status"] == "PARTIAL_SUCCESS"
    states = [line["status"] for line in bucket.lines(found["outputFileUri"])]
    assert states == ["SUCCESS", "SUCCESS", "FAILURE"]


def test_all_may_be_refused(runtime: Any, bucket: Bucket, services: Services) -> None:
    (found,) = results(runtime, bucket, start(runtime, text("a forbidden-marker")))
    assert found["status"] == "FAILURE"
    assert found["failureReason"] == "RAI_VIOLATION_INPUT_TEXT_DEFLECTION"
    assert services.log.answered == []


def test_a_job_may_fail_or_never_end(runtime: Any) -> None:
    (*_, told) = polls(runtime, start(runtime, text("job-fails")))
    assert (told["status"], told["failureMessage"]) == ("Failed", "The job failed.")
    (*_, told) = polls(runtime, start(runtime, text("job-stuck")))
    assert told["status"] == "InProgress"


def test_jobs_have_a_limit(runtime: Any, services: Services) -> None:
    services.reset(Settings(job_limit=1))
    start(runtime, text("job-stuck"))
    with pytest.raises(runtime.exceptions.ServiceQuotaExceededException):
        start(runtime, text("x"))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (text("x", 100), "100 is not greater or equal to 800"),
        (media("audio", "wav", "s3://none-such/a.wav"), "bucket none-such does not exist"),
        (media("audio", "wav", f"s3://{BUCKET}/none.wav"), "does not exist"),
        (media("audio", "wav", f"s3://{BUCKET}/none.wav", 31), "31 is not less or equal to 30"),
        (media("video", "mp4", f"s3://{BUCKET}/none.mp4"), "required key [embeddingMode]"),
        (nova(), "SINGLE_EMBEDDING is not a valid enum value"),
    ],
)
def test_a_job_that_is_refused(runtime: Any, body: Any, told: str) -> None:
    with pytest.raises(ClientError) as caught:
        start(runtime, body)
    assert told in str(caught.value)


def test_a_bucket_elsewhere_is_refused(runtime: Any, bucket: Bucket) -> None:
    place = {"LocationConstraint": "eu-west-1"}
    bucket.client.create_bucket(Bucket="evalkit-elsewhere", CreateBucketConfiguration=place)
    config = {"s3OutputDataConfig": {"s3Uri": "s3://evalkit-elsewhere"}}
    with pytest.raises(ClientError, match="is in the region eu-west-1, expected us-east-1"):
        runtime.start_async_invoke(modelId=NOVA, modelInput=text("x"), outputDataConfig=config)


def test_marengo_has_a_vector_for_each_clip_and_option(runtime: Any, bucket: Bucket) -> None:
    uri = bucket.put("in/clip.wav", sound(12))
    source = {"s3Location": {"uri": uri, "bucketOwner": "123456789012"}}
    arn = start(runtime, {"inputType": "audio", "mediaSource": source}, model=MARENGO)
    (*_, told) = polls(runtime, arn)
    where = told["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
    data = json.loads(bucket.get(f"{where}/output.json"))["data"]
    assert [(one["startSec"], one["endSec"]) for one in data] == [(0, 10), (10, 12)]
    with pytest.raises(ClientError, match="identifier is invalid"):
        start(runtime, {"inputType": "text", "inputText": "x"}, model=f"us.{MARENGO}")


def test_marengo_3_gives_clips_the_whole_and_options_as_one(runtime: Any, bucket: Bucket) -> None:
    uri = bucket.put("in/clip.wav", sound(8))
    asked = {"mediaSource": {"s3Location": {"uri": uri}}, "embeddingScope": ["clip", "asset"]}

    def ended(**more: object) -> Any:
        body = {"inputType": "audio", "audio": {**asked, **more}}
        return list(polls(runtime, start(runtime, body, model=MARENGO_3)))[-1]

    def data(**more: object) -> list[Any]:
        where = ended(**more)["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
        return list(json.loads(bucket.get(f"{where}/output.json"))["data"])

    places = [(one["embeddingScope"], one["startSec"], one["endSec"]) for one in data()]
    assert places == [("clip", 0, 6), ("clip", 6, 8), ("asset", 0, 8)]
    fused = data(embeddingScope=["asset"], embeddingType=["fused_embedding"])
    assert ["embeddingOption" in one for one in fused] == [False]
    assert "audio has no visual" in ended(embeddingOption=["visual"])["failureMessage"]


# --- batches --------------------------------------------------------------------------------------


def create(control: Any, source: str, name: str = "job", token: str = "token-1") -> str:
    said = control.create_model_invocation_job(
        jobName=name,
        roleArn="arn:aws:iam::123456789012:role/batch",
        modelId=NOVA,
        clientRequestToken=token,
        inputDataConfig={"s3InputDataConfig": {"s3Uri": source}},
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/batch"}},
    )
    return str(said["jobArn"])


def records(*texts: str) -> bytes:
    bodies = [nova(text={"truncationMode": "END", "value": one}) for one in texts]
    lines = [{"recordId": f"R{n}", "modelInput": body} for n, body in enumerate(bodies)]
    return "".join(json.dumps(one) + "\n" for one in lines).encode()


def test_a_batch_answers_in_another_order(
    aws: Callable[..., Any], bucket: Bucket, services: Services
) -> None:
    control = aws("bedrock")
    source = bucket.put("in/batch.jsonl", records("red", "blue", "a forbidden-marker"))
    arn = create(control, source)
    assert create(control, source) == arn
    states = [control.get_model_invocation_job(jobIdentifier=arn) for _ in range(2)]
    assert [told["status"] for told in states] == ["InProgress", "PartiallyCompleted"]
    assert (states[1]["successRecordCount"], states[1]["errorRecordCount"]) == (2, 1)
    out = bucket.lines(f"s3://{BUCKET}/batch/{arn.split('/')[-1]}/batch.jsonl.out")
    assert [one["recordId"] for one in out] == ["R2", "R1", "R0"]
    assert out[0]["error"]["errorCode"] == 400
    np.testing.assert_allclose(
        out[2]["modelOutput"]["embeddings"][0]["embedding"], of_text("red"), atol=1e-7
    )
    assert len(services.log.answered) == 2


def test_a_batch_may_give_a_row_twice(aws: Callable[..., Any], bucket: Bucket) -> None:
    control = aws("bedrock")
    arn = create(control, bucket.put("in/twice.jsonl", records("red", "blue")), "job-duplicated")
    for _ in range(2):
        control.get_model_invocation_job(jobIdentifier=arn)
    out = bucket.lines(f"s3://{BUCKET}/batch/{arn.split('/')[-1]}/twice.jsonl.out")
    assert [one["recordId"] for one in out] == ["R0", "R1", "R0"]


def test_a_batch_may_be_stopped(aws: Callable[..., Any], bucket: Bucket) -> None:
    control = aws("bedrock")
    arn = create(control, bucket.put("in/stop.jsonl", records("red")))
    control.stop_model_invocation_job(jobIdentifier=arn)
    for _ in range(3):
        told = control.get_model_invocation_job(jobIdentifier=arn)
    assert told["status"] == "Stopped"
    with pytest.raises(ClientError, match=r"no \.jsonl file"):
        create(control, f"s3://{BUCKET}/nowhere/", token="token-2")
