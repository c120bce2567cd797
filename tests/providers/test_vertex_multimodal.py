"""Vertex AI's multimodal embeddings: what is sent, how answers are read, what trouble means."""

import base64
import io
import json
import logging
import os
import re
import traceback
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from PIL import Image

from evalkit.core import registry
from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.providers._calls import Piece, Rejected, Transient
from evalkit.providers.vertex_multimodal import VertexMultimodal
from tests.providers.json_server import JsonServer, Reply, Sent, serving

TOKEN = "ya29.marked-0123456789"
QUERY = Role("query", frozenset({"image"}))
PATH = (
    "/v1/projects/shop-1/locations/us-central1/publishers/google/models/"
    "multimodalembedding@001:predict"
)


def vector(dim: int, first: float = 1.0) -> list[float]:
    return [first, *([0.5] * (dim - 1))]


def well(sent: Sent) -> Reply:
    """Answer as Vertex AI does, and as strictly."""
    assert sent.path == PATH
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert set(sent.body) == {"instances", "parameters"}
    assert set(sent.body["parameters"]) == {"dimension"}
    (instance,) = sent.body["instances"]
    dim = sent.body["parameters"]["dimension"]
    assert dim in (1408, 512, 256, 128)
    told: dict[str, Any] = {}
    if "text" in instance:
        told["textEmbedding"] = vector(dim)
    if "image" in instance:
        assert set(instance["image"]) == {"bytesBase64Encoded", "mimeType"}
        base64.b64decode(instance["image"]["bytesBase64Encoded"], validate=True)
        told["imageEmbedding"] = vector(dim, 2.0)
    if "video" in instance:
        told["videoEmbeddings"] = clips(instance["video"])
    return Reply({"predictions": [told], "deployedModelId": "123"})


def clips(video: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer 40 seconds of a video in intervals; the first leaves out that it starts at 0."""
    assert set(video) == {"bytesBase64Encoded", "videoSegmentConfig"}
    asked = video["videoSegmentConfig"]
    assert set(asked) <= {"startOffsetSec", "endOffsetSec", "intervalSec"}
    assert all(type(value) is int for value in asked.values())
    assert asked["intervalSec"] >= 4
    start = asked.get("startOffsetSec", 0)
    end = asked.get("endOffsetSec", start + 40)
    found = []
    for at in range(start, end, asked["intervalSec"]):
        one = {"startOffsetSec": at, "endOffsetSec": min(at + asked["intervalSec"], end)}
        found.append({k: v for k, v in one.items() if v} | {"embedding": vector(1408, 3.0 + at)})
    return found


def always(reply: Reply) -> Callable[[Sent], Reply]:
    return lambda sent: reply


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if re.match(r"GOOGLE_|GCE_|K_SERVICE|KUBE|EVALKIT_ALLOW|.*_PROXY$", name, re.I):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GOOGLE_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop-1")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JsonServer]:
    with serving(well) as one:
        monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", one.address)
        yield one


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    return out.getvalue()


def film(seconds: int) -> Media:
    """Return a video of one frame a second."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=1)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
        for n in range(seconds):
            frame = av.VideoFrame.from_ndarray(np.full((16, 16, 3), n % 255, np.uint8))
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return Media("video/mp4", data=out.getvalue())


def one(content: Any) -> tuple[Piece, ...]:
    return (Piece(0, Item("a", content)),)


# --- text and images ----------------------------------------------------------------------------


@pytest.mark.parametrize("dim", [1408, 512, 256, 128])
def test_texts_and_images_become_vectors(server: JsonServer, dim: int) -> None:
    picture = Media("image/png", data=png())
    items = [Item("a", "red"), Item("b", picture), Item("c", Page(picture, 1))]
    found = sorted(VertexMultimodal().embed(items, QUERY, dim), key=lambda o: o.index)
    assert [o.vector[0] for o in found if isinstance(o, Embedded)] == [1.0, 2.0, 2.0]
    assert {o.vector.shape for o in found if isinstance(o, Embedded)} == {(dim,)}
    assert {o.kind for o in found if isinstance(o, Embedded)} == {"whole"}
    image = {"bytesBase64Encoded": base64.b64encode(png()).decode(), "mimeType": "image/png"}
    instances = [sent.body["instances"][0] for sent in server.sent]
    assert sorted(instances, key=str) == sorted(
        [{"text": "red"}, {"image": image}, {"image": image}], key=str
    )
    assert {sent.body["parameters"]["dimension"] for sent in server.sent} == {dim}


def test_a_text_of_more_than_32_tokens_is_cut_here() -> None:
    (cut,) = VertexMultimodal().pieces(0, Item("a", "scarf " * 40), QUERY)
    assert isinstance(cut, Piece)
    assert cut.truncated
    assert len(str(cut.item.content)) <= 128


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (("red", Media("image/png", data=png())), "step `parts`"),
        (Media("audio/wav", data=b"RIFF"), "no audio items"),
        (Media("image/webp", data=b"RIFF1234WEBP"), "image/webp"),
        (Page(Media("application/pdf", data=b"%PDF-1.7"), 1), "cut short"),
        (Media("video/mp4", data=b"\0\0\0\x18ftypmp42" + bytes(40)), "video"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_sent_fails_alone(content: Any, told: str) -> None:
    (failed,) = VertexMultimodal().pieces(0, Item("a", content), QUERY)
    assert isinstance(failed, Failed)
    assert told in failed.reason


# --- video --------------------------------------------------------------------------------------


def test_a_video_has_a_vector_for_each_interval(server: JsonServer) -> None:
    model = VertexMultimodal()
    found = list(model.embed([Item("a", film(40))], QUERY, 1408))
    assert [(o.span, o.kind, o.vector[0]) for o in found if isinstance(o, Embedded)] == [
        ((0.0, 16.0), "video", 3.0),
        ((16.0, 32.0), "video", 19.0),
        ((32.0, 40.0), "video", 35.0),
    ]
    assert len(found) == 3
    (sent,) = server.sent
    assert sent.body["instances"][0]["video"]["videoSegmentConfig"] == {"intervalSec": 16}
    assert model.seen_forms == {"startOffsetSec", "no startOffsetSec"}


def test_a_long_video_is_split_cut_or_failed(server: JsonServer) -> None:
    model, long = VertexMultimodal(video_interval=60), Item("a", film(250))
    segment = Role("corpus", frozenset(), overflow="segment")
    found = list(model.embed([long, Item("b", "red"), long], segment, 1408))
    for n in (0, 2):
        spans = sorted(o.span or () for o in found if isinstance(o, Embedded) and o.index == n)
        assert spans == [(0, 60), (60, 120), (120, 180), (180, 240), (240, 250)]
    assert sum(one.index != other.index for one, other in pairwise(found)) == 2
    assert len(server.sent) == 7
    (cut,) = model.pieces(0, long, QUERY)
    assert isinstance(cut, Piece)
    assert (cut.truncated, cut.span) == (True, (0, 120))
    (failed,) = model.pieces(0, long, Role("corpus", frozenset(), overflow="error"))
    assert isinstance(failed, Failed)
    assert "250.0 seconds" in failed.reason


def test_videos_have_one_size_only(server: JsonServer) -> None:
    with pytest.raises(Rejected, match="1408 only"):
        VertexMultimodal().send(one(film(5)), QUERY, 512)
    assert server.sent == []


# --- trouble ------------------------------------------------------------------------------------


def error(status: int, name: str, message: str, reason: str = "") -> Reply:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    said = {"code": status, "message": message, "status": name}
    return Reply({"error": said | ({"details": details} if reason else {})}, status)


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (error(401, "UNAUTHENTICATED", "expired"), ProviderError, "GOOGLE_ACCESS_TOKEN"),
        (error(403, "PERMISSION_DENIED", "aiplatform.endpoints.predict"), ProviderError, "access"),
        (error(403, "PERMISSION_DENIED", "API off", "SERVICE_DISABLED"), ProviderError, "Turn on"),
        (error(403, "PERMISSION_DENIED", "billing", "BILLING_DISABLED"), ProviderError, "no quota"),
        (error(404, "NOT_FOUND", "Publisher Model not found"), ProviderError, "`model_id`"),
        (Reply(b"<html>404</html>", 404), ProviderError, "Correct GOOGLE_VERTEX_BASE_URL"),
        (Reply(b"", 307, {"Location": "https://elsewhere.example"}), ProviderError, "BASE_URL"),
        (error(400, "INVALID_ARGUMENT", "intervalSec is 4 or more"), ProviderError, "setting"),
        (error(400, "INVALID_ARGUMENT", "Image is broken."), Rejected, "broken"),
        (Reply([{"error": {"code": 400, "message": "bad", "status": "INVALID_ARGUMENT"}}], 400),
         Rejected, "bad"),
        (error(500, "INTERNAL", "oops"), Transient, "oops"),
        (error(408, "", "late"), Transient, "late"),
        (Reply({"predictions": []}), Transient, "one prediction"),
        (Reply({"predictions": [{}, {}]}), Transient, "one prediction"),
        (Reply({"predictions": [{}]}), Transient, "were expected"),
        (Reply({"predictions": [{"imageEmbedding": vector(128)}]}), Transient, "were expected"),
        (Reply({"predictions": [{"textEmbedding": vector(127)}]}), Transient, "128 were expected"),
        (Reply({"predictions": ["x"]}), Transient, "documents"),
        (Reply([]), ProviderError, "as Vertex AI does. Correct GOOGLE_VERTEX_BASE_URL"),
        (Reply({}), ProviderError, "as Vertex AI does. Correct GOOGLE_VERTEX_BASE_URL"),
        (Reply(b"<html>"), ProviderError, "does not answer as Vertex AI does (a web page)."),
        (error(404, "NOT_FOUND", "no such model"), ProviderError, "`model_id` or `location`."),
        (Reply(b"{"), Transient, "no JSON"),
        (Reply({"predictions": ["x" * 500]}, cut=True), Transient, ""),
    ],
)  # fmt: skip
def test_trouble_is_sorted(
    server: JsonServer, reply: Reply, kind: type[Exception], told: str
) -> None:
    server.answer = always(reply)
    with pytest.raises((ProviderError, Rejected, Transient)) as caught:
        VertexMultimodal().send(one("red"), QUERY, 128)
    assert type(caught.value) is kind
    assert told in str(caught.value)
    assert len(server.sent) == 1


@pytest.mark.parametrize("said", [b"<html>", b"[]", b"{}"])
def test_another_answer_after_a_first_may_pass(server: JsonServer, said: bytes) -> None:
    server.answer = always(Reply(said))
    vertex = VertexMultimodal()
    vertex.traffic.answered = 1
    with pytest.raises(Transient):
        vertex.send(one("red"), QUERY, 128)


def test_nobody_at_an_address_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(ProviderError, match=r"takes no connection.*GOOGLE_VERTEX_BASE_URL"):
        VertexMultimodal().send(one("red"), QUERY, 128)


def test_a_video_without_vectors_makes_no_sense(server: JsonServer) -> None:
    wrong: tuple[Any, ...] = ([], None, [{}], ["x"], [{"startOffsetSec": 0, "embedding": [1.0]}])
    for said in wrong:
        server.answer = always(Reply({"predictions": [{"videoEmbeddings": said}]}))
        with pytest.raises(Transient):
            VertexMultimodal().send(one(film(5)), QUERY, 1408)


def test_throttling_and_refusals(server: JsonServer) -> None:
    slow = {"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}}
    server.answer = always(Reply(slow, 429, {"Retry-After": "3"}))
    with pytest.raises(Transient) as throttled:
        VertexMultimodal().send(one("red"), QUERY, 128)
    assert throttled.value.throttled
    assert throttled.value.after == 3.0
    server.answer = always(error(400, "INVALID_ARGUMENT", "Image blocked by Responsible AI"))
    with pytest.raises(Rejected) as refused:
        VertexMultimodal().send(one("red"), QUERY, 128)
    assert refused.value.refused


# --- addresses, projects and tokens -------------------------------------------------------------


def test_a_token_goes_to_google_or_where_the_environment_says(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = VertexMultimodal(endpoint=server.address)
    here.send(one("red"), QUERY, 128)
    monkeypatch.delenv("GOOGLE_VERTEX_BASE_URL")
    assert VertexMultimodal().unusable() == ""
    assert VertexMultimodal(location="global").unusable() == ""
    wrong = VertexMultimodal(endpoint=server.address)
    assert "--allow-endpoint" in wrong.unusable()
    with pytest.raises(ProviderError, match="--allow-endpoint"):
        wrong.send(one("red"), QUERY, 128)
    assert len(server.sent) == 1
    monkeypatch.setenv("EVALKIT_ALLOW_ENDPOINT", server.address)
    wrong.send(one("red"), QUERY, 128)
    assert wrong.request(Item("a", "red"), QUERY, 128)["endpoint"] == server.address
    assert "endpoint" not in VertexMultimodal().request(Item("a", "red"), QUERY, 128)


@pytest.mark.parametrize("location", ["", "evil.example/", "us-central1.evil", "US", "../x"])
def test_a_location_is_no_way_to_another_host(location: str) -> None:
    assert "no location" in VertexMultimodal(location=location).unusable()
    with pytest.raises(ProviderError, match="no location"):
        VertexMultimodal(location=location).send(one("red"), QUERY, 128)


@pytest.mark.parametrize(
    ("project", "told"), [("", "no Google Cloud project"), ("a/../b", "is no project id")]
)
def test_a_project_is_needed(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch, project: str, told: str
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project)
    assert told in VertexMultimodal().unusable()
    with pytest.raises(ProviderError, match=told):
        VertexMultimodal().send(one("red"), QUERY, 128)
    VertexMultimodal(project="shop-1").send(one("red"), QUERY, 128)
    assert len(server.sent) == 1


def test_without_credentials_nothing_is_called(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOOGLE_ACCESS_TOKEN")
    told = "no Google Cloud credentials were found"
    assert told in VertexMultimodal().unusable()
    with pytest.raises(ProviderError, match=told):
        VertexMultimodal().send(one("red"), QUERY, 128)
    assert server.sent == []


def test_stored_credentials_are_renewed(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The key of a service account is found where gcloud stores it, and asked for a token once."""
    monkeypatch.delenv("GOOGLE_ACCESS_TOKEN")
    monkeypatch.setenv("GOOGLE_CLOUD_QUOTA_PROJECT", "payer")
    stored = tmp_path / "gcloud" / "application_default_credentials.json"
    stored.parent.mkdir()
    asked: list[str] = []

    def renew(sent: Sent) -> Reply:
        asked.append(sent.path)
        return Reply({"access_token": TOKEN, "expires_in": 3600})

    with serving(renew, form=True) as issuer:
        stored.write_text(json.dumps(service_account(issuer.address)))
        model = VertexMultimodal()
        assert model.unusable() == ""
        for _ in range(2):
            model.send(one("red"), QUERY, 128)
    assert len(asked) == 1
    assert [sent.headers["x-goog-user-project"] for sent in server.sent] == ["payer", "payer"]


def service_account(issuer: str) -> dict[str, str]:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "client_email": "test@shop-1.example",
        "private_key": key.decode(),
        "token_uri": f"{issuer}/token",
    }


def test_credentials_that_are_no_longer_accepted(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GOOGLE_ACCESS_TOKEN")
    stored = tmp_path / "key.json"
    stored.write_text("{}")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(stored))
    with pytest.raises(ProviderError, match="not accepted"):
        VertexMultimodal().send(one("red"), QUERY, 128)
    assert server.sent == []


def test_the_token_shows_nowhere(server: JsonServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    model = VertexMultimodal()
    model.send(one("red"), QUERY, 128)
    shown = [repr(model), str(model), repr(vars(model))]
    for status in (400, 401, 403, 404, 429, 500):
        server.answer = always(error(status, "OOPS", f"you sent {TOKEN} twice: {TOKEN}"))
        with pytest.raises((ProviderError, Rejected, Transient)) as caught:
            model.send(one("red"), QUERY, 128)
        shown += traceback.format_exception(caught.value)
    shown += [record.getMessage() for record in caplog.records]
    assert [text for text in shown if TOKEN in text] == []


# --- parameters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params", [{"sizes": (64,)}, {"sizes": ()}, {"video_interval": 3}, {"video_interval": 121}]
)
def test_parameters_that_cannot_work_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        registry.create("providers", "vertex_multimodal", **params)


def test_what_it_says_of_itself() -> None:
    model = VertexMultimodal(sizes=(128, 1408))
    assert model.sizes == (1408, 128)
    assert model.nested == "unknown"
    assert model.facts.retires == "2027-04-01"
    assert model.usage([Item("a", film(10))], QUERY, 1408).video_seconds == pytest.approx(10, abs=1)


@pytest.mark.parametrize(
    "address", ["https://user:{}@gateway.example", "https://gateway.example?key={}"]
)
def test_a_secret_in_the_address_of_the_environment_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", address.format("marked-password"))
    said = VertexMultimodal().unusable()
    assert "GOOGLE_VERTEX_BASE_URL" in said
    assert "marked-password" not in said
    with pytest.raises(ProviderError, match="GOOGLE_VERTEX_BASE_URL"):
        VertexMultimodal().request(Item("a", "red"), QUERY, 128)


@pytest.mark.parametrize(
    "address",
    ["https://gateway.example/aiplatform.googleapis.com", "https://my-aiplatform.googleapis.com"],
)
def test_an_address_that_ends_as_googles_is_still_another(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", address)
    assert VertexMultimodal().request(Item("a", "red"), QUERY, 128)["endpoint"] == address
