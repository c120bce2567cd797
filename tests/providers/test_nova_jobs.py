"""Nova's jobs: inputs in S3, and segments read by the names that the service gives."""

import io
import wave
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.core.errors import Busy, DataError, ProviderError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Refused
from evalkit.media.audio import encode_sound
from evalkit.providers._calls import Transient
from evalkit.providers._nova_jobs import failed_job, job_folder
from evalkit.providers._nova_s3 import Folder, not_allowed
from evalkit.providers.marengo import Marengo
from evalkit.providers.nova import Nova
from tests.providers import nova_place
from tests.providers.loopback import Refusal
from tests.providers.nova_place import (
    ARN,
    CUT,
    GOOD,
    INDEX,
    JOB,
    KMS_KEY,
    LONG,
    SOUND,
    Place,
    row,
    wav,
)  # fmt: skip

moto, place = nova_place.moto, nova_place.place


def test_what_is_too_long_for_one_call_wants_a_job(tmp_path: Path) -> None:
    model = Nova(jobs="s3://bucket")
    assert model.wants_job(SOUND, INDEX)
    assert not model.wants_job(Item("a", Media("audio/wav", data=wav(29))), INDEX)
    assert not Nova().wants_job(SOUND, INDEX)
    assert model.wants_job(Item("a", LONG), CUT)
    assert model.wants_job(Item("a", "長" * 12_000), CUT)
    assert not model.wants_job(Item("a", LONG), INDEX)
    assert not model.wants_job(Item("a", "short"), CUT)
    assert model.wants_job(Item("a", "\ud800" + LONG), CUT)
    assert not model.wants_job(Item("a", Media("image/png", data=b"x")), INDEX)
    assert not model.wants_job(Item("a", Media("audio/wav", data=b"broken")), INDEX)
    assert not model.wants_job(Item("a", Media("audio/wav", path=tmp_path / "none")), INDEX)


def test_a_job_is_started_with_its_input_in_s3(place: Place) -> None:
    model = Nova(jobs=place.address, segment_seconds=7)
    assert model.submit(SOUND, INDEX, 256, "token-1") == ARN
    (path, sent), (key,) = place.bedrock.sent[0], place.keys()

    assert path == "/async-invoke"
    assert key.startswith("evalkit/inputs/")
    assert key.endswith(".wav")
    assert place.text(key) == wav(35)
    assert sent == {
        "clientRequestToken": "token-1",
        "modelId": "amazon.nova-2-multimodal-embeddings-v1:0",
        "modelInput": {
            "schemaVersion": "nova-multimodal-embed-v1",
            "taskType": "SEGMENTED_EMBEDDING",
            "segmentedEmbeddingParams": {
                "embeddingPurpose": "GENERIC_INDEX",
                "embeddingDimension": 256,
                "audio": {
                    "format": "wav",
                    "source": {"s3Location": {"uri": f"s3://{place.bucket}/{key}"}},
                    "segmentationConfig": {"durationSeconds": 7},
                },
            },
        },
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"{place.address}/results"}},
    }


@pytest.mark.parametrize("provider", [Nova, Marengo])
def test_files_are_encrypted_with_the_key_that_is_named(place: Place, provider: Any) -> None:
    provider(jobs=place.address, kms_key=KMS_KEY).submit(SOUND, INDEX, 1024, "token-1")
    (key,) = place.keys()
    stored = place.s3.head_object(Bucket=place.bucket, Key=key)
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", KMS_KEY)
    assert place.bedrock.sent[0][1]["outputDataConfig"] == {
        "s3OutputDataConfig": {"s3Uri": f"{place.address}/results", "kmsKeyId": KMS_KEY}
    }


@pytest.mark.parametrize("provider", [Nova, Marengo])
def test_what_is_no_key_is_refused(provider: Any) -> None:
    with pytest.raises(UsageError) as e:
        provider(kms_key="1234abcd-12ab-34cd-56ef-1234567890ab")
    assert str(e.value) == (
        "kms_key: '1234abcd-12ab-34cd-56ef-1234567890ab' is no ARN of a key; write it like "
        "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab."
    )


def test_an_input_is_uploaded_once(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(wav(35))
    model = Nova(jobs=place.address)
    model.submit(Item("a", Media("audio/wav", path=path)), INDEX, 256, "t1")
    (key,) = place.keys()
    place.put(key, b"kept")
    model.submit(SOUND, INDEX, 256, "t2")
    assert place.keys() == [key]
    assert place.text(key) == b"kept"


def test_a_recording_of_another_type_is_converted_for_its_job(place: Place) -> None:
    flac = encode_sound(np.zeros(280_000, np.float32), 8_000, "audio/flac")
    Nova(jobs=place.address).submit(Item("a", Media("audio/flac", data=flac)), INDEX, 256, "t")
    told = place.bedrock.bodies[0]["modelInput"]["segmentedEmbeddingParams"]["audio"]
    (key,) = place.keys()
    assert told["format"] == "wav"
    assert key.endswith(".wav")


def test_long_text_goes_through_s3_too(place: Place) -> None:
    Nova(jobs=place.address, segment_chars=900).submit(Item("a", LONG), CUT, 1024, "t")
    told = place.bedrock.bodies[0]["modelInput"]["segmentedEmbeddingParams"]["text"]
    (key,) = place.keys()
    assert place.text(key) == LONG.encode()
    assert told == {
        "truncationMode": "END",
        "source": {"s3Location": {"uri": f"s3://{place.bucket}/{key}"}},
        "segmentationConfig": {"maxLengthChars": 900},
    }


def test_what_a_job_cannot_take_is_a_data_error(place: Place) -> None:
    fine = Nova(jobs=place.address, segment_seconds=1, segment_chars=800)
    with pytest.raises(DataError, match="segment_chars"):
        fine.submit(Item("a", "x" * (800 * 1900 + 1)), CUT, 256, "t")
    with pytest.raises(DataError, match="half of a character"):
        fine.submit(Item("a", "\ud800" + LONG), CUT, 256, "t")
    with pytest.raises(DataError, match="no audio or video that can be read"):
        fine.submit(Item("a", Media("audio/flac", data=b"fLaC")), INDEX, 256, "t")
    with pytest.raises(DataError, match="lasts"):
        replace(fine).submit(Item("a", Media("audio/wav", data=slow_wav(7300))), INDEX, 256, "t")
    with pytest.raises(DataError, match="segment_seconds"):
        fine.submit(Item("a", Media("audio/wav", data=slow_wav(1500))), INDEX, 256, "t")
    assert not place.bedrock.sent


def slow_wav(seconds: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(100)
        file.writeframes(b"\x80" * 100 * seconds)
    return out.getvalue()


@pytest.mark.parametrize("trouble", ["ServiceQuotaExceededException", "ThrottlingException"])
def test_without_quota_a_job_is_given_back_at_once(
    place: Place, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    def answer(path: str, body: Any) -> Any:
        raise Refusal(429, trouble, "too many jobs")

    def sleep(seconds: float) -> None:
        raise AssertionError("it waits")

    place.bedrock.answer = answer
    monkeypatch.setattr("time.sleep", sleep)
    model = Nova(jobs=place.address)
    with pytest.raises(Busy, match="too many jobs"):
        model.submit(SOUND, INDEX, 256, "t")
    assert (model.traffic.calls, model.traffic.throttled) == (2, 1)  # the copy is one of them


def test_an_account_without_any_quota_is_told(place: Place) -> None:
    def answer(path: str, body: Any) -> Any:
        raise Refusal(400, "ServiceQuotaExceededException", "a quota of 0 jobs")

    place.bedrock.answer = answer
    with pytest.raises(ProviderError, match="no quota"):
        Nova(jobs=place.address).submit(SOUND, INDEX, 256, "t")


def test_trouble_that_is_no_quota_is_waited_for_with_the_same_token(place: Place) -> None:
    troubles = ["InternalServerException"] * 2

    def answer(path: str, body: Any) -> Any:
        if troubles:
            raise Refusal(500, troubles.pop(), "broke")
        return {"invocationArn": ARN}

    place.bedrock.answer = answer
    model = Nova(jobs=place.address)
    assert model.submit(SOUND, INDEX, 256, "t") == ARN
    assert (model.traffic.calls, model.traffic.failed) == (4, 2)  # with the copy of the input
    assert [sent["clientRequestToken"] for sent in place.bedrock.bodies] == ["t"] * 3


def test_an_input_that_the_service_will_not_take_is_a_data_error(place: Place) -> None:
    def answer(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "the audio is broken")

    place.bedrock.answer = answer
    with pytest.raises(DataError, match="the audio is broken"):
        Nova(jobs=place.address).submit(SOUND, INDEX, 256, "t")


def test_a_big_file_of_a_short_sound_is_sent_by_its_place_in_s3(place: Place) -> None:
    place.bedrock.answer = lambda path, body: {"embeddings": [{"embedding": [1.0] * 256}]}
    model = Nova(jobs=place.address, max_inline_bytes=1_000_000)
    sound = Item("a", Media("audio/wav", data=wav(12, 48_000)))
    assert not model.wants_job(sound, INDEX)
    (found,) = model.embed([sound], INDEX, 256)
    assert isinstance(found, Embedded)
    told = place.bedrock.bodies[0]["singleEmbeddingParams"]["audio"]
    (key,) = place.keys()
    assert told["source"] == {"s3Location": {"uri": f"s3://{place.bucket}/{key}"}}


# --- buckets ------------------------------------------------------------------------------------


ALLOWED = "EVALKIT_JOBS_BUCKET"


@pytest.mark.parametrize(
    ("allowed", "fine"),
    [
        ("", False),
        ("s3://bucket", True),
        ("s3://bucket/", True),
        ("s3://bucket/a", True),
        ("s3://other, s3://bucket/a/b", True),
        ("s3://bucket/a/b/c", False),
        ("s3://bucket/a/", True),
        ("s3://bucket/a/bc", False),
        ("s3://bucket/b", False),
        ("s3://bucke", False),
        ("s3://bucket-2", False),
    ],
)
def test_a_suite_names_only_buckets_that_are_allowed(
    monkeypatch: pytest.MonkeyPatch, allowed: str, fine: bool
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv(ALLOWED, allowed)
    why = not_allowed("s3://bucket/a/b")
    assert (why == "") is fine
    assert Nova(jobs="s3://bucket/a/b").unusable() == why


def test_nothing_is_uploaded_to_a_bucket_that_nobody_allowed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ALLOWED)
    with pytest.raises(ProviderError, match=f"{ALLOWED}=s3://{place.bucket} "):
        Nova(jobs=place.address).submit(SOUND, INDEX, 256, "t")
    assert not place.keys()
    assert not place.bedrock.sent


def test_a_list_of_buckets_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED, "bucket")
    assert "environment's EVALKIT_JOBS_BUCKET: 'bucket' is no S3 folder" in not_allowed("s3://bbb")


def test_a_bucket_that_does_not_exist(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED, "s3://no-such-bucket-here")
    model = Nova(jobs="s3://no-such-bucket-here/evalkit")
    with pytest.raises(ProviderError, match=r"'no-such-bucket-here' does not exist.*us-east-1"):
        model.submit(SOUND, INDEX, 256, "t")


def test_a_bucket_in_another_region(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    other = f"{place.bucket}-eu"
    monkeypatch.setenv(ALLOWED, f"s3://{other}")
    eu = {"LocationConstraint": "eu-west-1"}
    place.s3.create_bucket(Bucket=other, CreateBucketConfiguration=eu)
    with pytest.raises(ProviderError, match=r"eu-west-1.*us-east-1"):
        Nova(jobs=f"s3://{other}").submit(SOUND, INDEX, 256, "t")


def test_without_a_folder_nothing_goes_to_s3() -> None:
    with pytest.raises(ProviderError, match="s3://"):
        _ = Nova().folder


# --- what came of a job -------------------------------------------------------------------------


def poll(place: Place, item: Item = SOUND, **params: Any) -> Any:
    return Nova(jobs=place.address, **params).poll(ARN, item, INDEX, 256)


def test_each_poll_is_a_call_whatever_comes_of_it(place: Place) -> None:
    troubles = [Refusal(500, "InternalServerException", "broke")] * 3

    def answer(path: str, body: Any) -> Any:
        if troubles:
            raise troubles.pop()
        return place.job

    place.say("InProgress")
    place.bedrock.answer = answer
    model = Nova(jobs=place.address)
    for _ in range(2):
        assert model.poll(ARN, SOUND, INDEX, 256) is None
    assert (model.traffic.calls, model.traffic.failed) == (5, 3)
    assert len(place.bedrock.sent) == 5


def test_a_job_that_goes_on(place: Place) -> None:
    place.say("InProgress")
    assert poll(place) is None
    assert place.bedrock.sent == [(f"/async-invoke/{ARN}", None)]


def test_segments_by_the_names_that_the_service_gives(place: Place) -> None:
    place.finish((GOOD, [row(0, 1.0), row(1, 2.0)]))
    found = poll(place)
    assert [(one.index, one.kind, one.span) for one in found] == [
        (0, "whole", (0.0, 5.0)),
        (0, "whole", (5.0, 10.0)),
    ]
    assert [one.vector[0] for one in found] == [1.0, 2.0]


def test_both_forms_of_the_address_and_of_spans_are_taken(place: Place) -> None:
    old = [{"embedding": [1.0] * 256, "startTime": 0, "endTime": 5}]
    place.finish((GOOD, old))
    place.say("Completed", f"{place.address}/results/")
    model = Nova(jobs=place.address)
    (found,) = model.poll(ARN, SOUND, INDEX, 256) or ()
    assert isinstance(found, Embedded)
    assert found.span == (0.0, 5.0)
    assert model.seen_forms == {"s3Uri without job id", "span by startTime"}
    assert job_folder("s3://b/r", ARN) == job_folder(f"s3://b/r/{JOB}/", ARN) == f"s3://b/r/{JOB}"


def test_text_segments_count_characters_and_say_what_was_cut(place: Place) -> None:
    told = {"segmentIndex": 0, "segmentStartCharPosition": 0, "segmentEndCharPosition": 900}
    rows: list[dict[str, Any]] = [
        {"embedding": [1.0] * 256, "segmentMetadata": told | {"truncatedCharLength": cut}}
        for cut in (0, 700)
    ]
    place.finish(({"embeddingType": "TEXT", "status": "SUCCESS"}, rows))
    found = poll(place, Item("a", LONG))
    assert [(one.span, one.truncated) for one in found] == [
        ((0.0, 900.0), False),
        ((0.0, 900.0), True),
    ]


def test_picture_and_sound_apart(place: Place) -> None:
    video = Item("v", Media("video/mp4", data=b"x"))
    place.finish(
        ({"embeddingType": "VIDEO", "status": "SUCCESS"}, [row(0)]),
        ({"status": "SUCCESS"}, [row(0, segmentMetadata={"type": "AUDIO"})]),
    )
    found = poll(place, video, video_mode="separate")
    assert [one.kind for one in found] == ["VIDEO", "AUDIO"]


LOST = {"status": "FAILURE", "failureReason": "INVALID_CONTENT", "message": "no sound"}
REFUSED = {"status": "FAILURE", "failureReason": "RAI_VIOLATION_INPUT_IMAGE_DEFLECTION"}


@pytest.mark.parametrize(
    "row_lost",
    [
        {"status": "FAILURE", "failureReason": "RATE_LIMIT_EXCEEDED"},
        {"status": "FAILURE", "failureReason": "INTERNAL_SERVER_EXCEPTION", "message": "broke"},
        {"status": "FAILURE", "failureReason": "SOMETHING_NEW"},
        {"status": "FAILURE"},
        row(9, embedding=[1.0] * 255),
        row(9, embedding=None),
    ],
)
def test_trouble_that_may_pass_fails_the_whole(place: Place, row_lost: dict[str, Any]) -> None:
    place.finish(({**GOOD, "status": "PARTIAL_SUCCESS"}, [row(0), row_lost, REFUSED, row(3)]))
    (lost,) = poll(place)
    assert isinstance(lost, Failed)
    assert "2 of 4 segments" in lost.reason
    assert row_lost.get("failureReason", "") in lost.reason


def test_segments_that_failed_are_told_beside_the_others(place: Place) -> None:
    place.finish(({**GOOD, "status": "PARTIAL_SUCCESS"}, [row(0), LOST, REFUSED, row(3)]))
    first, second, lost = poll(place)
    assert isinstance(first, Embedded)
    assert isinstance(second, Embedded)
    assert isinstance(lost, Failed)
    assert "2 of 4 segments" in lost.reason
    assert "INVALID_CONTENT no sound" in lost.reason
    assert "RAI_VIOLATION" in lost.reason


def test_an_item_is_refused_only_if_all_of_it_was(place: Place) -> None:
    place.finish((GOOD, [REFUSED, REFUSED]))
    (found,) = poll(place)
    assert isinstance(found, Refused)
    assert "RAI_VIOLATION" in found.reason

    place.finish((GOOD, [REFUSED, LOST]))
    (found,) = poll(place)
    assert isinstance(found, Failed)


@pytest.mark.parametrize("status", ["FAILURE", "FAILED"])
def test_a_result_that_failed_as_a_whole(place: Place, status: str) -> None:
    place.finish(({**REFUSED, "status": status}, []))
    (found,) = poll(place)
    assert isinstance(found, Refused)


def test_a_job_without_segments(place: Place) -> None:
    place.finish((GOOD, []))
    (found,) = poll(place)
    assert isinstance(found, Failed)


def test_files_that_are_missing_or_cut_short(place: Place) -> None:
    place.say("Completed")
    (found,) = poll(place)
    assert isinstance(found, Failed)
    assert "segmented-embedding-result.json" in found.reason

    place.finish((GOOD, [row(0), row(1)]))
    name = f"evalkit/results/{JOB}/strange-name-0.jsonl"
    place.put(name, place.text(name)[:-20])
    (lost,) = poll(place)
    assert isinstance(lost, Failed)
    assert "no JSON" in lost.reason

    place.s3.delete_object(Bucket=place.bucket, Key=name)
    (found,) = poll(place)
    assert "missing" in found.reason


@pytest.mark.parametrize(
    "uri",
    [
        "s3://other-bucket/evalkit/results/x.jsonl",
        "s3://{bucket}/secrets/x.jsonl",
        "s3://{bucket}/evalkit-2/x.jsonl",
        "s3://{bucket}/evalkit/../secrets/x.jsonl",
        "file:///etc/passwd",
        "",
    ],
)
def test_results_outside_of_the_folder_are_not_read(place: Place, uri: str) -> None:
    place.finish(({**GOOD, "outputFileUri": uri.format(bucket=place.bucket)}, []))
    with pytest.raises(ProviderError, match="outside"):
        poll(place)


def test_a_job_that_failed(place: Place) -> None:
    place.say("Failed", message="could not read the input")
    (found,) = poll(place)
    assert isinstance(found, Failed)
    assert "could not read the input" in found.reason
    assert isinstance(failed_job("RAI_VIOLATION_INPUT_TEXT_DEFLECTION"), Refused)
    assert isinstance(failed_job(""), Failed)


def test_a_job_that_the_service_has_forgotten(place: Place) -> None:
    def answer(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "no such invocation")

    place.bedrock.answer = answer
    (found,) = poll(place)
    assert isinstance(found, Failed)
    assert "does not know the job" in found.reason


def test_results_stay_until_they_are_forgotten(place: Place) -> None:
    place.finish((GOOD, [row(0)]))
    place.put("evalkit/results/other/x", b"x")
    poll(place)
    assert len(place.keys()) == 3
    Nova(jobs=place.address, keep_outputs=True).forget(ARN)
    assert len(place.keys()) == 3
    Nova(jobs=place.address).forget(ARN)
    assert place.keys() == ["evalkit/results/other/x"]


def test_results_that_may_not_be_deleted_stay_with_a_warning(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.finish((GOOD, [row(0)]))
    model = Nova(jobs=place.address)
    monkeypatch.setattr(
        model.folder.client, "delete_objects", lambda **asked: {"Errors": [{"Key": "x"}]}
    )
    with pytest.warns(UserWarning, match="s3:DeleteObject"):
        model.forget(ARN)
    assert len(place.keys()) == 2


def test_a_folder_may_be_a_whole_bucket(place: Place) -> None:
    folder = Nova(jobs=f"s3://{place.bucket}").folder
    uri = folder.store(Media("text/plain", data=b"words"), "txt")
    assert uri.startswith(f"s3://{place.bucket}/inputs/")
    assert folder.read(uri) == b"words"
    assert folder.read(f"s3://{place.bucket}/none") is None


def test_trouble_of_s3_that_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED, "s3://bucket")

    class Down:
        def get_object(self, **params: Any) -> Any:
            from botocore.exceptions import ReadTimeoutError

            raise ReadTimeoutError(endpoint_url="u")

        class exceptions:
            NoSuchKey = KeyError

    folder = Folder(Nova(), Down(), "s3://bucket")
    with pytest.raises(Transient):
        folder.read("s3://bucket/x")
