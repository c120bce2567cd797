"""Amazon Nova Multimodal Embeddings: about 45 calls, 0.04 USD; with `jobs`, 0.03 USD more."""

import json
import time
from pathlib import Path

import pytest

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded
from tests.live import questions as ask

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("default")]


def test_vectors_and_limits() -> None:
    model = ask.make("nova")
    with ask.answers("nova") as told:
        ask.sizes(told, model)
        ask.long_texts(told, model, ask.LENGTHS, "truncate", "error")
        ask.pixel(told, model)
        sounding = ask.vector(model, ask.video(4), 256)
        told.add("a video of 4 seconds", f"norm {sounding.norm:.7f}, {sounding.tokens} tokens")
        ask.forms(told, model)
        ask.lifecycle(told, model, "nova-2-multimodal")
        ask.quotas(told, model, "nova multimodal")
        assert told.rows


def test_separate_vectors_of_picture_and_sound() -> None:
    model = ask.make("nova", video_mode="separate")
    with ask.answers("nova, picture and sound apart") as told:
        found = list(model.embed([Item("live", ask.video(4))], ask.role(), 256))
        for one in found:
            told.add("vector", one.kind if isinstance(one, Embedded) else one.reason)
        ask.forms(told, model)
        assert len(found) == 2


@pytest.mark.parametrize("mode", ["combined", "separate"])
def test_a_job_of_fifteen_seconds(mode: str, tmp_path: Path) -> None:
    """Needs a folder: EVALKIT_LIVE_NOVA='{"jobs": "s3://bucket/folder"}'."""
    model = ask.make("nova", video_mode=mode, keep_outputs=True)
    if not model.jobs:
        pytest.skip('a job needs a folder: EVALKIT_LIVE_NOVA=\'{"jobs": "s3://bucket/folder"}\'')
    item = Item("live", ask.stored(ask.video(15), tmp_path / "live.mp4"))
    with ask.answers(f"nova, a job of 15 seconds, {mode}") as told:
        found = ask.job(told, model, item, ask.role(overflow="segment"), 256)
        ask.forms(told, model)
        assert sum(isinstance(one, Embedded) for one in found) >= 2


RECORD = json.dumps(
    {
        "recordId": "one",
        "modelInput": {
            "taskType": "SINGLE_EMBEDDING",
            "singleEmbeddingParams": {
                "embeddingPurpose": "GENERIC_INDEX",
                "embeddingDimension": 256,
                "text": {"truncationMode": "END", "value": ask.TEXT},
            },
        },
    }
)


def test_whether_batch_jobs_take_this_model() -> None:
    """Needs `jobs` and `batch_role`; a job of one record is asked for, and stopped if it starts."""
    model = ask.make("nova")
    if not (model.jobs and model.batch_role):
        pytest.skip('it needs EVALKIT_LIVE_NOVA=\'{"jobs": "s3://...", "batch_role": "arn:..."}\'')
    from botocore.exceptions import ClientError

    client = model.connect("bedrock")
    name = f"evalkit-live-{int(time.time())}"
    place = model.jobs.rstrip("/")
    bucket, _, folder = place.removeprefix("s3://").partition("/")
    key = f"{folder}/{name}.jsonl".lstrip("/")
    model.connect("s3").put_object(Bucket=bucket, Key=key, Body=RECORD.encode())
    with ask.answers("nova, batch") as told:
        try:
            started = client.create_model_invocation_job(
                jobName=name,
                roleArn=model.batch_role,
                modelId=model.model_id,
                inputDataConfig={"s3InputDataConfig": {"s3Uri": f"{place}/{name}.jsonl"}},
                outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"{place}/{name}/"}},
            )
        except ClientError as e:
            told.add("a job of one record", e.response["Error"])
        else:
            told.add("a job of one record", started["jobArn"])
            client.stop_model_invocation_job(jobIdentifier=started["jobArn"])
        assert told.rows
