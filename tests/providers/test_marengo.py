"""Marengo 2.7 and 3.0: what is sent by calls and by jobs, field by field, and what comes back."""

import base64
import io
import json
import os
import wave
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from PIL import Image

from evalkit.core.errors import Busy, DataError, ProviderError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.providers._calls import Piece, Rejected, Transient
from evalkit.providers._marengo import Clips, Flat, Nested
from evalkit.providers._marengo_jobs import kind_of, rows, span_of
from evalkit.providers.marengo import Marengo
from tests.providers.loopback import Loopback, Refusal, serving

QUERY = Role("query", frozenset({"video"}))
SEGMENT = Role("corpus", frozenset({"text"}), overflow="segment")
ERROR = Role("corpus", frozenset({"text"}), overflow="error")
ARN = "arn:aws:bedrock:us-east-1:123456789012:async-invoke/abc123def456"
JOBS = "s3://clips/folder"
OWNER = "123456789012"


@pytest.fixture
def bedrock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    with serving(monkeypatch) as server:
        yield server


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Serve S3 on 127.0.0.1 and return its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(bedrock: Loopback, store: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a client of an S3 with the empty bucket `clips`."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store)
    monkeypatch.setenv("EVALKIT_JOBS_BUCKET", "s3://clips/folder")
    client = boto3.session.Session(region_name="us-east-1").client("s3")
    client.create_bucket(Bucket="clips")
    yield client
    for one in client.list_objects_v2(Bucket="clips").get("Contents", ()):
        client.delete_object(Bucket="clips", Key=one["Key"])
    client.delete_bucket(Bucket="clips")
    client.close()


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    return out.getvalue()


def picture() -> Media:
    return Media("image/png", data=png())


def sound(seconds: float = 1.0) -> Media:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(16000 * seconds)))
    return Media("audio/wav", data=out.getvalue())


def encoded() -> str:
    return base64.b64encode(png()).decode()


def values(dim: int = 1024, at: int = 0) -> list[float]:
    return [3.0 if n == at else 0.0 for n in range(dim)]


def embed(model: Marengo, *items: Item, role: Role = QUERY) -> list[Any]:
    found = model.embed(items, role, model.sizes[0])
    return sorted(found, key=lambda o: o.index)


# --- calls ------------------------------------------------------------------------------------


def test_27_sends_flat_bodies_to_the_inference_profile(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: {"data": [{"embedding": values(1024, 5)}]}
    found = embed(Marengo(concurrency=1), Item("t", "a dog"), Item("i", picture()))
    path = "/model/us.twelvelabs.marengo-embed-2-7-v1:0/invoke"
    assert bedrock.sent == [
        (path, {"inputType": "text", "inputText": "a dog", "textTruncate": "end"}),
        (path, {"inputType": "image", "mediaSource": {"base64String": encoded()}}),
    ]
    assert all(isinstance(f, Embedded) and f.vector[5] == 3 for f in found)
    assert {f.kind for f in found} == {"whole"}


def test_30_nests_them(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: {"data": {"embedding": values(512)}}
    model = Marengo(version="3.0", concurrency=1, region="eu-west-1")
    embed(
        model,
        Item("t", "a dog"),
        Item("i", picture()),
        Item("m", ("a dog", picture())),
        Item("n", ("a", picture(), "b", picture())),
        Item("p", (picture(), picture(), " ")),
    )
    source = {"mediaSource": {"base64String": encoded()}}
    image = {"mediaType": "image", "base64String": encoded()}
    two = [{"name": "img1", **image}, {"name": "img2", **image}]
    assert {path for path, _ in bedrock.sent} == {
        "/model/eu.twelvelabs.marengo-embed-3-0-v1:0/invoke"
    }
    assert bedrock.bodies == [
        {"inputType": "text", "text": {"inputText": "a dog"}},
        {"inputType": "image", "image": source},
        {"inputType": "text_image", "text_image": {"inputText": "a dog", **source}},
        {
            "inputType": "multi_input",
            "multi_input": {"inputText": "a <@img1> b <@img2>", "mediaSources": two},
        },
        {
            "inputType": "multi_input",
            "multi_input": {"inputText": "<@img1> <@img2>", "mediaSources": two},
        },
    ]
    assert model.seen_forms == {"data as object"}


def test_27_takes_no_mix_and_neither_takes_sound_by_a_call() -> None:
    for model in (Marengo(), Marengo(version="3.0")):
        (failed,) = model.pieces(0, Item("a", sound()), QUERY)
        assert isinstance(failed, Failed)
        assert "jobs" in failed.reason
    (failed,) = Marengo().pieces(0, Item("a", ("x", picture())), QUERY)
    assert isinstance(failed, Failed)
    assert "several parts" in failed.reason
    large = Media("image/png", data=png() + bytes(5_000_000))
    (failed,) = Marengo().pieces(0, Item("a", large), QUERY)
    assert isinstance(failed, Failed)


def test_long_texts_follow_the_rule(bedrock: Loopback) -> None:
    bedrock.answer = lambda path, body: {"data": [{"embedding": values()}]}
    text = "word " * 200
    (cut,) = embed(Marengo(), Item("a", text))
    assert cut.truncated
    assert bedrock.bodies[0] == {"inputType": "text", "inputText": text, "textTruncate": "end"}
    (whole,) = Marengo().pieces(0, Item("a", text), ERROR)
    assert isinstance(whole, Piece)
    assert not whole.truncated
    assert Marengo()._body(whole.item, ERROR)["textTruncate"] == "none"
    parts = Marengo().pieces(0, Item("a", text), SEGMENT)
    assert len(parts) == 4
    (failed,) = Marengo(version="3.0").pieces(0, Item("a", text * 3), ERROR)
    assert isinstance(failed, Failed)
    (shorter,) = Marengo(version="3.0").pieces(0, Item("a", text * 3), QUERY)
    assert isinstance(shorter, Piece)
    assert shorter.truncated
    (mix,) = Marengo(version="3.0").pieces(0, Item("a", (text * 3, picture())), QUERY)
    assert isinstance(mix, Piece)
    assert mix.truncated


def test_every_form_of_an_answer_is_read() -> None:
    row = {"embedding": [1.0]}
    for said, form in (
        ({"data": [row]}, "data as list"),
        ({"data": row}, "data as object"),
        (row, "bare object"),
        ([row], "bare list"),
    ):
        forms: set[str] = set()
        assert rows(said, forms) == [row]
        assert forms == {form}
    assert kind_of({}) == kind_of({"embeddingOption": None}) == kind_of({"embeddingOption": []})
    assert kind_of({"embeddingOption": ["visual"]}) == "visual"
    assert kind_of({"embeddingOption": "visual-text"}) == "visual-text"
    assert span_of({"startSec": 0, "endSec": 4.5}) == (0.0, 4.5)
    assert span_of({"startSec": None, "endSec": 4.5}) is None


@pytest.mark.parametrize("said", [{}, {"data": []}, {"data": [{}]}, {"data": "x"}])
def test_an_answer_without_a_vector_is_asked_for_again(bedrock: Loopback, said: Any) -> None:
    bedrock.answer = lambda path, body: said
    with pytest.raises(Transient):
        Marengo().send((Piece(0, Item("a", "x")),), QUERY, 1024)


def test_a_refusal_is_told_apart(bedrock: Loopback) -> None:
    def no(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "blocked by the content filter")

    bedrock.answer = no
    with pytest.raises(Rejected) as caught:
        Marengo().send((Piece(0, Item("a", "x")),), QUERY, 1024)
    assert caught.value.refused


# --- bodies of audio and video ----------------------------------------------------------------


def test_bodies_of_media_in_27() -> None:
    source: dict[str, object] = {"s3Location": {"uri": "s3://b/k"}}
    options = ("visual-text", "audio")
    assert Flat().media("video", source, Clips(options, seconds=5, shortest=2)) == {
        "inputType": "video",
        "mediaSource": source,
        "useFixedLengthSec": 5,
        "minClipSec": 2,
        "embeddingOption": ["visual-text", "audio"],
    }
    assert Flat().media("audio", source, Clips(options, shortest=2)) == {
        "inputType": "audio",
        "mediaSource": source,
    }


@pytest.mark.parametrize(("seconds", "shortest"), [(2, 2), (3, 3), (4, 4), (10, 4)])
def test_no_clip_is_longer_than_all_are_to_be(seconds: int, shortest: int) -> None:
    clips = Clips(("visual-text",), seconds=seconds)
    assert Flat().media("video", {}, clips)["minClipSec"] == shortest
    assert "minClipSec" not in Flat().media("audio", {}, clips)
    assert "minClipSec" not in Flat().media("video", {}, Clips(("visual-text",)))


def test_a_mix_that_no_call_can_hold_fails_before_a_call() -> None:
    large = Media("image/png", data=png() + bytes(4_800_000))
    (whole,) = Marengo(version="3.0").pieces(0, Item("m", (large,) * 3), QUERY)
    (failed,) = Marengo(version="3.0").pieces(0, Item("m", (large,) * 4), QUERY)
    assert isinstance(whole, Piece)
    assert isinstance(failed, Failed)
    assert "the model takes 24,980,000" in failed.reason


def test_bodies_of_media_in_30() -> None:
    source: dict[str, object] = {"s3Location": {"uri": "s3://b/k"}}
    every = ("visual", "audio", "transcription")
    assert Nested().media("video", source, Clips(every, shortest=3)) == {
        "inputType": "video",
        "video": {
            "mediaSource": source,
            "segmentation": {"method": "dynamic", "dynamic": {"minDurationSec": 3}},
            "embeddingOption": ["visual", "audio", "transcription"],
            "embeddingType": ["separate_embedding"],
            "embeddingScope": ["clip"],
        },
    }
    assert Nested().media("audio", source, Clips(every, 6, 3, "asset", fused=True)) == {
        "inputType": "audio",
        "audio": {
            "mediaSource": source,
            "segmentation": {"method": "fixed", "fixed": {"durationSec": 6}},
            "embeddingOption": ["audio", "transcription"],
            "embeddingType": ["fused_embedding"],
            "embeddingScope": ["asset"],
        },
    }


@pytest.mark.parametrize(
    ("kind", "named", "form"),
    [
        ("video", ["visual", "audio"], "fused_embedding"),
        ("audio", ["audio"], "separate_embedding"),
    ],
)
def test_one_option_is_not_fused(kind: str, named: list[str], form: str) -> None:
    sent: Any = Nested().media(kind, {}, Clips(("visual", "audio"), fused=True))
    assert sent[kind]["embeddingOption"] == named
    assert sent[kind]["embeddingType"] == [form]


# --- jobs -------------------------------------------------------------------------------------


def job(status: str, uri: str = f"{JOBS}/results/abc123def456", **more: Any) -> dict[str, Any]:
    return {
        "invocationArn": ARN,
        "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/x",
        "status": status,
        "submitTime": "2026-11-20T10:00:00Z",
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": uri}},
        **more,
    }


def test_a_job_is_started_once_with_its_input_in_s3(bedrock: Loopback, s3: Any) -> None:
    bedrock.answer = lambda path, body: {"invocationArn": ARN}
    model = Marengo(jobs=JOBS, bucket_owner=OWNER, clip_seconds=4, options=("audio",))
    item = Item("a", sound())
    assert model.wants_job(item, QUERY)
    assert not model.wants_job(Item("t", "x"), QUERY)
    assert model.submit(item, QUERY, 1024, "token-1") == ARN
    assert model.submit(item, QUERY, 1024, "token-1") == ARN
    (stored,) = s3.list_objects_v2(Bucket="clips")["Contents"]
    assert stored["Size"] == len(sound().read())
    assert stored["Key"].endswith(".wav")
    assert bedrock.sent[0] == bedrock.sent[1]
    assert bedrock.sent[0] == (
        "/async-invoke",
        {
            "clientRequestToken": "token-1",
            "modelId": "twelvelabs.marengo-embed-2-7-v1:0",
            "modelInput": {
                "inputType": "audio",
                "mediaSource": {
                    "s3Location": {"uri": f"s3://clips/{stored['Key']}", "bucketOwner": OWNER}
                },
                "useFixedLengthSec": 4,
            },
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": f"{JOBS}/results"}},
        },
    )


def test_the_owner_is_left_out_where_it_is_not_given(bedrock: Loopback, s3: Any) -> None:
    bedrock.answer = lambda path, body: {"invocationArn": ARN}
    Marengo(jobs=JOBS).submit(Item("a", sound()), QUERY, 1024, "t")
    location = bedrock.bodies[0]["modelInput"]["mediaSource"]["s3Location"]
    assert set(location) == {"uri"}


@pytest.mark.parametrize("folder", [f"{JOBS}/results", f"{JOBS}/results/abc123def456"])
def test_clips_come_back_with_kind_and_span(bedrock: Loopback, s3: Any, folder: str) -> None:
    said = {
        "data": [
            {
                "embedding": values(1024, n),
                "embeddingOption": option,
                "startSec": 4.0 * clip,
                "endSec": 4.0 * clip + 4,
            }
            for n, (clip, option) in enumerate([(0, "visual-text"), (0, "audio"), (1, "audio")])
        ]
    }
    key = "folder/results/abc123def456/output.json"
    s3.put_object(Bucket="clips", Key=key, Body=json.dumps(said).encode())
    bedrock.answer = lambda path, body: job("Completed", folder)
    model = Marengo(jobs=JOBS)
    found = model.poll(ARN, Item("a", sound()), QUERY, 1024)
    assert found is not None
    assert [(f.index, f.kind, f.span) for f in found if isinstance(f, Embedded)] == [
        (0, "visual-text", (0.0, 4.0)),
        (0, "audio", (0.0, 4.0)),
        (0, "audio", (4.0, 8.0)),
    ]
    assert bedrock.sent == [(f"/async-invoke/{ARN}", None)]
    assert "data as list" in model.seen_forms
    assert len(model.seen_forms) == 2
    model.forget(ARN)
    assert "Contents" not in s3.list_objects_v2(Bucket="clips")


def test_results_may_be_kept(bedrock: Loopback, s3: Any) -> None:
    s3.put_object(Bucket="clips", Key="folder/results/abc123def456/output.json", Body=b"{}")
    Marengo(jobs=JOBS, keep_outputs=True).forget(ARN)
    assert s3.list_objects_v2(Bucket="clips")["KeyCount"] == 1


def test_results_that_may_not_be_deleted_stay_with_a_warning(
    bedrock: Loopback, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket="clips", Key="folder/results/abc123def456/output.json", Body=b"{}")
    model = Marengo(jobs=JOBS)
    monkeypatch.setattr(
        model.folder.client, "delete_objects", lambda **asked: {"Errors": [{"Key": "x"}]}
    )
    with pytest.warns(UserWarning, match="s3:DeleteObject"):
        model.forget(ARN)
    assert s3.list_objects_v2(Bucket="clips")["KeyCount"] == 1


def test_nothing_is_uploaded_to_a_bucket_that_nobody_allowed(
    bedrock: Loopback, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVALKIT_JOBS_BUCKET")
    model = Marengo(jobs=JOBS)
    assert "EVALKIT_JOBS_BUCKET=s3://clips " in model.unusable()
    with pytest.raises(ProviderError, match="EVALKIT_JOBS_BUCKET=s3://clips "):
        model.submit(Item("a", sound()), QUERY, 1024, "t")
    assert "Contents" not in s3.list_objects_v2(Bucket="clips")
    assert bedrock.sent == []


def test_without_quota_a_job_is_given_back_at_once(bedrock: Loopback, s3: Any) -> None:
    def no(path: str, body: Any) -> Any:
        raise Refusal(400, "ServiceQuotaExceededException", "too many jobs")

    bedrock.answer = no
    model = Marengo(jobs=JOBS)
    with pytest.raises(Busy, match="too many jobs"):
        model.submit(Item("a", sound()), QUERY, 1024, "t")
    assert (model.traffic.calls, model.traffic.throttled) == (2, 1)  # the copy is one of them


def test_clips_without_a_vector_fail_the_whole(bedrock: Loopback, s3: Any) -> None:
    said = {"data": [{"embedding": values()}, {"embedding": values(7)}, {"startSec": 0}]}
    key = "folder/results/abc123def456/output.json"
    s3.put_object(Bucket="clips", Key=key, Body=json.dumps(said).encode())
    bedrock.answer = lambda path, body: job("Completed")
    found = Marengo(jobs=JOBS).poll(ARN, Item("a", sound()), QUERY, 1024)
    assert found is not None
    (lost,) = found
    assert isinstance(lost, Failed)
    assert "2 of its 3 vectors" in lost.reason


def test_jobs_that_go_on_fail_or_leave_nothing(bedrock: Loopback, s3: Any) -> None:
    model, item = Marengo(jobs=JOBS), Item("a", sound())
    bedrock.answer = lambda path, body: job("InProgress")
    assert model.poll(ARN, item, QUERY, 1024) is None
    bedrock.answer = lambda path, body: job("Failed", failureMessage="The file has no sound.")
    (failed,) = model.poll(ARN, item, QUERY, 1024) or ()
    assert isinstance(failed, Failed)
    assert "no sound" in failed.reason
    bedrock.answer = lambda path, body: job("Failed", failureMessage="Blocked by content filter")
    (refused,) = model.poll(ARN, item, QUERY, 1024) or ()
    assert isinstance(refused, Refused)
    bedrock.answer = lambda path, body: job("Completed")
    (missing,) = model.poll(ARN, item, QUERY, 1024) or ()
    assert isinstance(missing, Failed)
    assert "output.json" in missing.reason
    for raw in (b"{", b"[]", b'{"data": []}'):
        s3.put_object(Bucket="clips", Key="folder/results/abc123def456/output.json", Body=raw)
        (empty,) = model.poll(ARN, item, QUERY, 1024) or ()
        assert isinstance(empty, Failed)


def test_what_cannot_be_sent_is_not_uploaded(bedrock: Loopback, s3: Any) -> None:
    model = Marengo(jobs=JOBS)
    for media in (Media("audio/wav", data=b"RIFF"), Media("audio/ogg", data=b"OggS")):
        with pytest.raises(DataError):
            model.submit(Item("a", media), QUERY, 1024, "t")
    assert "Contents" not in s3.list_objects_v2(Bucket="clips")
    assert bedrock.sent == []


def test_sound_of_which_nothing_is_to_be_embedded_is_not_uploaded(
    bedrock: Loopback, s3: Any
) -> None:
    model = Marengo(version="3.0", jobs=JOBS, options=("visual",))
    item = Item("a", sound())
    assert model.request(item, QUERY, 512)["clips"]
    with pytest.raises(DataError, match=r"`options: \[visual\]` .* add audio or transcription"):
        model.submit(item, QUERY, 512, "t")
    assert "Contents" not in s3.list_objects_v2(Bucket="clips")
    assert bedrock.sent == []
    assert model.traffic.calls == 0


def test_a_rejected_job_is_the_item_s_trouble(bedrock: Loopback, s3: Any) -> None:
    def no(path: str, body: Any) -> Any:
        raise Refusal(400, "ValidationException", "the sound is too short")

    bedrock.answer = no
    for owner, end in (
        (OWNER, "too short."),
        ("", "too short. The service .* `bucket_owner`, too."),
    ):
        with pytest.raises(DataError, match=f"{end}$"):
            Marengo(jobs=JOBS, bucket_owner=owner).submit(Item("a", sound()), QUERY, 1024, "t")


def test_without_a_folder_the_setting_is_named() -> None:
    assert os.environ.get("AWS_ENDPOINT_URL_S3") is None
    with pytest.raises(ProviderError, match="jobs"):
        Marengo().submit(Item("a", sound()), QUERY, 1024, "t")


# --- parameters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"options": ("visual",)}, "options"),
        ({"version": "3.0", "options": ("visual-text",)}, "options"),
        ({"clip_seconds": 1}, "clip_seconds"),
        ({"clip_seconds": 11}, "clip_seconds"),
        ({"shortest_clip": 6}, "shortest_clip"),
        ({"clip_seconds": 3, "shortest_clip": 4}, "shortest_clip"),
        ({"scope": "asset"}, "scope"),
        ({"fused": True}, "fused"),
        ({"version": "3.0", "fused": True, "options": ("audio",)}, "fused"),
        ({"jobs": "clips/folder"}, "S3 folder"),
        ({"bucket_owner": "me"}, "bucket_owner"),
    ],
)
def test_parameters_that_cannot_be_are_refused(params: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        Marengo(**params)


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({}, "us.twelvelabs.marengo-embed-2-7-v1:0"),
        ({"region": "ap-northeast-2"}, "apac.twelvelabs.marengo-embed-2-7-v1:0"),
        ({"version": "3.0", "region": "ap-northeast-2"}, "twelvelabs.marengo-embed-3-0-v1:0"),
        ({"version": "3.0", "profile_prefix": ""}, "twelvelabs.marengo-embed-3-0-v1:0"),
        ({"model_id": "my.own"}, "my.own"),
    ],
)
def test_calls_go_to_a_profile(params: dict[str, Any], asked: str) -> None:
    assert Marengo(**params).asked_id == asked


def test_a_description() -> None:
    old, new = Marengo(), Marengo(version="3.0", options=("audio", "visual"), clip_seconds=1)
    assert (old.sizes, new.sizes) == ((1024,), (512,))
    assert old.model == "twelvelabs.marengo-embed-2-7-v1:0"
    assert new.request(Item("a", "x"), QUERY, 512) == {"region": "us-east-1"}
    asked = new.request(Item("a", Media("video/mp4", data=b"")), QUERY, 512)
    assert asked["clips"] == {
        "inputType": "video",
        "video": {
            "mediaSource": {},
            "segmentation": {"method": "fixed", "fixed": {"durationSec": 1}},
            "embeddingOption": ["visual", "audio"],
            "embeddingType": ["separate_embedding"],
            "embeddingScope": ["clip"],
        },
    }
