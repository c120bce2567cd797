"""The loopback Nova on pages, sound and films: decoded, and embedded as the built-in model does."""

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError
from PIL import Image

from evalkit.core.arrays import Float32
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Role
from evalkit.media.video import cut_video, encode_video, sound_of, without_sound
from evalkit.providers.reference import Reference
from tests.services import Services
from tests.services.fixtures import BUCKET
from tests.services_test.conftest import NOVA, Invoke, nova, picture, sound

ROLE = Role("corpus", frozenset({"video"}))


def film(seconds: float = 0.5, sounding: bool = True) -> bytes:
    """Return a red film, with a tone or without a track of sound."""
    frames = [Image.new("RGB", (48, 36), "red") for _ in range(int(10 * seconds))]
    tone = (np.sin(np.arange(int(16_000 * seconds)) / 4) * 0.5).astype(np.float32)
    return encode_video(frames, 10, tone if sounding else None, 16_000)


def inline(kind: str, format_: str, data: bytes, **more: str) -> dict[str, Any]:
    source = {"bytes": base64.b64encode(data).decode()}
    return nova(**{kind: {"format": format_, "source": source, **more}})


def video(data: bytes, mode: str = "COMBINED", format_: str = "mp4") -> dict[str, Any]:
    return inline("video", format_, data, embeddingMode=f"AUDIO_VIDEO_{mode}")


def mp4(data: bytes) -> Media:
    return Media("video/mp4", data=data)


def own(content: Media | Page) -> Float32:
    """Return what the built-in model makes of media."""
    (found,) = Reference().embed([Item("x", content)], ROLE, 3072)
    assert isinstance(found, Embedded)
    return found.vector


def told(invoke: Invoke, body: object) -> dict[str, Any]:
    """Return the vectors of an answer by their type."""
    return {one["embeddingType"]: one["embedding"] for one in invoke(NOVA, body)["embeddings"]}


def test_films_and_pages_are_embedded_as_the_built_in_model_does(
    invoke: Invoke, services: Services
) -> None:
    data, page = film(), base64.b64decode(picture(size=(60, 80)))
    whole = told(invoke, video(data))["AUDIO_VIDEO_COMBINED"]
    np.testing.assert_allclose(whole, own(mp4(data)), atol=1e-6)
    read = told(invoke, inline("image", "png", page, detailLevel="DOCUMENT_IMAGE"))["IMAGE"]
    np.testing.assert_allclose(read, own(Page(Media("image/png", data=page), 1)), atol=1e-6)
    assert [(one.kind, one.mode) for one in services.log.answered] == [
        ("video", "AUDIO_VIDEO_COMBINED"),
        ("image", "DOCUMENT_IMAGE"),
    ]


def test_what_is_seen_and_what_is_heard_are_two_vectors(invoke: Invoke) -> None:
    data = film()
    both = told(invoke, video(data, "SEPARATE"))
    np.testing.assert_allclose(both["VIDEO"], own(without_sound(mp4(data))), atol=1e-6)
    np.testing.assert_allclose(both["AUDIO"], own(sound_of(mp4(data))), atol=1e-6)
    assert list(told(invoke, video(film(sounding=False), "SEPARATE"))) == ["VIDEO"]


def test_silence_has_a_vector(invoke: Invoke) -> None:
    assert len(told(invoke, inline("audio", "wav", sound(1)))["AUDIO"]) == 3072


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (video(film()[:400]), "cannot be decoded"),
        (video(b"\0\0\0\x18ftypisom" + bytes(400)), "cannot be decoded"),
        (video(film(), format_="mov"), "declared format 'mov'"),
        (video(film(), format_="avi"), "avi is not a valid enum value"),
        (video(sound(1), format_="mp4"), "declared format 'mp4'"),
        (video(film(30.5)), "exceeds the maximum of 30 seconds"),
        (inline("audio", "wav", sound(1)[:30]), "cannot be decoded"),
        (inline("audio", "flac", b"fLaC"), "flac is not a valid enum value"),
        (inline("image", "png", b"\x89PNG\r\n\x1a\n"), "cannot be read"),
    ],
)
def test_bytes_that_the_service_would_not_take(invoke: Invoke, body: object, words: str) -> None:
    with pytest.raises(ClientError) as caught:
        invoke(NOVA, body)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert words in caught.value.response["Error"]["Message"]


def test_a_job_embeds_what_each_segment_shows_and_sounds_like(
    aws: Callable[..., Any], services: Services
) -> None:
    runtime, s3, data = aws(), aws("s3"), film(2.5)
    s3.put_object(Bucket=BUCKET, Key="in/film.mp4", Body=data)
    content = {
        "format": "mp4",
        "source": {"s3Location": {"uri": f"s3://{BUCKET}/in/film.mp4"}},
        "embeddingMode": "AUDIO_VIDEO_SEPARATE",
        "segmentationConfig": {"durationSeconds": 2},
    }
    asked = {"embeddingPurpose": "GENERIC_INDEX", "video": content}
    arn = runtime.start_async_invoke(
        modelId=NOVA,
        modelInput={"taskType": "SEGMENTED_EMBEDDING", "segmentedEmbeddingParams": asked},
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}/media"}},
    )["invocationArn"]
    states = [runtime.get_async_invoke(invocationArn=arn)["status"] for _ in range(2)]
    assert states == ["InProgress", "Completed"]
    cut = cut_video(mp4(data), 0, 2)
    for kind, expected in (("video", without_sound(cut)), ("audio", sound_of(cut))):
        key = f"media/{arn.split('/')[-1]}/embedding-{kind}.jsonl"
        out = io.BytesIO()
        s3.download_fileobj(BUCKET, key, out)
        first, last = map(json.loads, out.getvalue().splitlines())
        np.testing.assert_allclose(first["embedding"], own(expected), atol=1e-6)
        assert last["segmentMetadata"]["segmentStartSeconds"] == 2
    assert [one.mode for one in services.log.answered] == ["AUDIO_VIDEO_SEPARATE"]
