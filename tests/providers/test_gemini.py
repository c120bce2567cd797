"""Gemini through Google's own library, which talks to a server on this machine unpatched."""

import base64
import io
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from evalkit.core import registry
from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item, Media, Page
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.providers._calls import Piece, Rejected, Transient
from evalkit.providers.gemini import Gemini
from tests.providers.json_server import JsonServer, Reply, Sent, serving
from tests.providers.test_page_images import pdf

KEY = "AIza-marked-0123456789"
QUERY = Role("query", frozenset({"text"}))
CORPUS = Role("corpus", frozenset({"text"}))
TWO = "gemini-embedding-2"


def vector(first: float, dim: int) -> list[float]:
    return [first, *([0.5] * (dim - 1))]


def well(sent: Sent) -> Reply:
    """Answer as the Gemini API does, and as strictly: the first value tells requests apart."""
    path = re.fullmatch(r"/v1beta/models/(gemini-embedding-[\w-]+):batchEmbedContents", sent.path)
    assert path
    assert sent.headers["x-goog-api-key"] == KEY
    assert sent.headers["content-type"] == "application/json"
    assert set(sent.body) == {"requests"}
    for one in sent.body["requests"]:
        assert set(one) <= {"model", "content", "taskType", "title", "outputDimensionality"}
        assert one["model"] == f"models/{path[1]}"
        assert all(set(part) in ({"text"}, {"inline_data"}) for part in one["content"]["parts"])
    asked = [one["outputDimensionality"] for one in sent.body["requests"]]
    return Reply({"embeddings": [{"values": vector(n + 1.0, d)} for n, d in enumerate(asked)]})


def always(reply: Reply) -> Callable[[Sent], Reply]:
    return lambda sent: reply


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if re.match(r"GOOGLE_|GEMINI_|EVALKIT_ALLOW|.*_PROXY$", name, re.I):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JsonServer]:
    with serving(well) as one:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", one.address)
        yield one


def call(*contents: Any) -> tuple[Piece, ...]:
    return tuple(Piece(n, Item(str(n), content)) for n, content in enumerate(contents))


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    return out.getvalue()


def parts(server: JsonServer) -> list[Any]:
    return [one["content"]["parts"] for sent in server.sent for one in sent.body["requests"]]


# --- gemini-embedding-001 -----------------------------------------------------------------------


def test_texts_become_vectors_a_hundred_at_a_time(server: JsonServer) -> None:
    model = Gemini()
    found = sorted(
        model.embed([Item(str(n), f"text {n}") for n in range(150)], QUERY, 768),
        key=lambda o: o.index,
    )
    assert sorted(len(sent.body["requests"]) for sent in server.sent) == [50, 100]
    assert {str(sent.body["requests"][0]["taskType"]) for sent in server.sent} == {
        "RETRIEVAL_QUERY"
    }
    assert [o.index for o in found] == list(range(150))
    firsts = [o.vector[0] for o in found if isinstance(o, Embedded)]
    assert firsts == [*range(1, 101), *range(1, 51)]
    assert {o.vector.shape for o in found if isinstance(o, Embedded)} == {(768,)}
    assert model.seen_forms == {"no usage"}


def test_norms_are_kept_as_they_came(server: JsonServer) -> None:
    (found,) = Gemini().send(call("red"), QUERY, 768)
    assert isinstance(found, Embedded)
    assert found.norm == pytest.approx((1 + 0.25 * 767) ** 0.5)


@pytest.mark.parametrize(
    ("params", "role", "task"),
    [
        ({}, QUERY, "RETRIEVAL_QUERY"),
        ({}, CORPUS, "RETRIEVAL_DOCUMENT"),
        ({}, Role("query", frozenset(), purpose="classification"), "CLASSIFICATION"),
        ({}, Role("corpus", frozenset(), purpose="clustering"), "CLUSTERING"),
        ({"query_task": "FACT_VERIFICATION"}, QUERY, "FACT_VERIFICATION"),
        ({"query_task": "FACT_VERIFICATION"}, CORPUS, "RETRIEVAL_DOCUMENT"),
        ({"document_task": "none"}, CORPUS, None),
    ],
)
def test_the_task_follows_the_role(
    server: JsonServer, params: dict[str, Any], role: Role, task: str | None
) -> None:
    model = Gemini(**params)
    model.send(call("red"), role, 768)
    (one,) = server.sent[0].body["requests"]
    assert one.get("taskType") == task
    assert one["content"]["parts"] == [{"text": "red"}]
    assert model.request(Item("a", "red"), role, 768)["task"] == (task or "none")


def test_a_long_text_is_cut_before_the_service_cuts_it_silently() -> None:
    text = "word " * 2000
    (cut,) = Gemini().pieces(0, Item("a", text), CORPUS)
    assert isinstance(cut, Piece)
    assert cut.truncated
    assert len(str(cut.item.content)) <= 3 * 2048
    (whole,) = Gemini(model_id=TWO).pieces(0, Item("a", text), CORPUS)
    assert isinstance(whole, Piece)
    assert not whole.truncated
    (failed,) = Gemini().pieces(0, Item("a", text), Role("corpus", frozenset(), overflow="error"))
    assert isinstance(failed, Failed)
    assert len(Gemini().pieces(0, Item("a", text), Role("query", CORPUS.corpus_modalities,
                                                        overflow="segment"))) == 2  # fmt: skip


def test_the_first_model_takes_text_only() -> None:
    picture = Media("image/png", data=png())
    for content in (picture, ("a", picture), Page(picture, 1)):
        (failed,) = Gemini().pieces(0, Item("a", content), QUERY)
        assert isinstance(failed, Failed)
    assert Gemini().modalities == {"text"}


# --- gemini-embedding-2 -------------------------------------------------------------------------


def test_the_second_model_gets_one_item_a_call(server: JsonServer) -> None:
    items = [Item("a", "red"), Item("b", Media("image/png", data=png()))]
    found = list(Gemini(model_id=TWO).embed(items, QUERY, 768))
    assert sorted(o.index for o in found) == [0, 1]
    assert all(isinstance(o, Embedded) for o in found)
    assert [len(sent.body["requests"]) for sent in server.sent] == [1, 1]
    data = base64.urlsafe_b64encode(png()).decode()  # the library's way, which the service reads
    picture = {"inline_data": {"data": data, "mime_type": "image/png"}}
    text = {"text": "task: search result | query: red"}
    assert sorted(parts(server), key=str) == sorted([[text], [picture]], key=str)
    assert all("taskType" not in sent.body["requests"][0] for sent in server.sent)


@pytest.mark.parametrize(
    ("params", "role", "before"),
    [
        ({}, QUERY, "task: search result | query: "),
        ({}, CORPUS, "title: none | text: "),
        ({}, Role("query", frozenset(), purpose="clustering"), "task: clustering | query: "),
        ({"document_task": "none"}, CORPUS, ""),
    ],
)
def test_the_task_stands_before_the_text(
    server: JsonServer, params: dict[str, Any], role: Role, before: str
) -> None:
    Gemini(model_id=TWO, **params).send(call("red"), role, 768)
    assert parts(server) == [[{"text": f"{before}red"}]]


def test_a_mix_is_one_content_in_its_order(server: JsonServer) -> None:
    mix = Item("a", (Media("image/jpg", data=jpeg()), "red", "scarf"))
    model = Gemini(model_id=TWO)
    (piece,) = model.pieces(0, mix, QUERY)
    assert isinstance(piece, Piece)
    model.send((piece,), QUERY, 768)
    (sent,) = parts(server)
    assert sent[0]["inline_data"]["mime_type"] == "image/jpeg"
    assert sent[1:] == [{"text": "task: search result | query: red"}, {"text": "scarf"}]


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (Page(Media("application/pdf", data=b"%PDF-1.7"), 2), "cut short"),
        (Media("image/gif", data=b"GIF89a" + bytes(20)), "image/gif"),
        (Media("video/mp4", data=b"no video"), "bytes"),
        (tuple(Media("image/png", data=png()) for _ in range(7)), "more than 6"),
        (("a", Media("image/png", data=b"")), "empty"),
        (("  ", Media("image/png", data=png())), "text is empty"),
        (Media("application/pdf", data=b"%PDF-1.7"), "cut short"),
    ],
)
def test_what_cannot_be_sent_fails_alone(content: Any, told: str) -> None:
    (failed,) = Gemini(model_id=TWO).pieces(0, Item("a", content), QUERY)
    assert isinstance(failed, Failed)
    assert told in failed.reason


def test_limits_hold_for_a_document_as_a_whole_and_for_a_mix_together() -> None:
    model = Gemini(model_id=TWO)
    half = Media("image/png", data=png() + bytes(8_000_000))
    (long,) = model.pieces(0, Item("a", pdf(7)), CORPUS)
    (large,) = model.pieces(0, Item("a", ("one", half, half)), CORPUS)
    (good,) = model.pieces(0, Item("a", ("one", half)), CORPUS)
    assert isinstance(long, Failed)
    assert isinstance(large, Failed)
    assert "7 pages; the model takes 6: the system step `pages`" in long.reason
    assert "a request of 21,333" in large.reason
    assert isinstance(good, Piece)


def test_pages_of_a_mix_count_once_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Gemini(model_id=TWO)
    (piece,) = model.pieces(0, Item("a", ("one", Page(pdf(1), 1))), CORPUS)
    monkeypatch.setattr("evalkit.providers.gemini._MOST_REQUEST", 1000)
    assert isinstance(piece, Piece)
    with pytest.raises(Rejected, match="the model takes 1,000"):
        model.send((piece,), CORPUS, 768)


def test_a_page_that_is_an_image_and_a_pdf_are_sent(server: JsonServer) -> None:
    model = Gemini(model_id=TWO)
    for content in (
        Page(Media("image/png", data=png()), 1),
        pdf(6),
    ):
        (piece,) = model.pieces(0, Item("a", content), CORPUS)
        assert isinstance(piece, Piece)
        model.send((piece,), CORPUS, 768)
    assert [sent[0]["inline_data"]["mime_type"] for sent in parts(server)] == [
        "image/png",
        "application/pdf",
    ]


def test_tokens_are_taken_where_the_service_tells_them(server: JsonServer) -> None:
    said = {"embeddings": [{"values": vector(1, 128)}], "usageMetadata": {"promptTokenCount": 9}}
    server.answer = always(Reply(said))
    model = Gemini(model_id=TWO, sizes=(128,))
    (found,) = model.send(call("red"), QUERY, 128)
    assert isinstance(found, Embedded)
    assert found.tokens == 9
    assert model.seen_forms == {"usageMetadata"}


# --- trouble ------------------------------------------------------------------------------------


def error(status: int, name: str, message: str, *details: dict[str, Any]) -> Reply:
    said = {"code": status, "message": message, "status": name, "details": list(details)}
    return Reply({"error": said}, status)


def info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}


DELAY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "20.5s"}
NONE = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaMetric": "embed_content_free_tier_requests", "quotaValue": "0"}],
}
PLAN = (
    "You exceeded your current quota, please check your plan and billing details. * Quota exceeded"
)


@pytest.mark.parametrize(
    ("reply", "kind", "told"),
    [
        (error(400, "INVALID_ARGUMENT", "API key not valid.", info("API_KEY_INVALID")),
         ProviderError, "GEMINI_API_KEY"),
        (error(400, "INVALID_ARGUMENT", "API key expired. Please renew."), ProviderError, "GEMINI"),
        (error(401, "UNAUTHENTICATED", "no"), ProviderError, "GEMINI_API_KEY"),
        (error(403, "PERMISSION_DENIED", "Requests are blocked.", info("API_KEY_SERVICE_BLOCKED")),
         ProviderError, "no access"),
        (error(403, "PERMISSION_DENIED", "off", info("SERVICE_DISABLED")),
         ProviderError, "Turn on its API"),
        (error(403, "PERMISSION_DENIED", "off", info("BILLING_DISABLED")),
         ProviderError, "no quota"),
        (error(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
         ProviderError, "not offered where"),
        (error(404, "NOT_FOUND", "models/x is not found for API version v1beta"),
         ProviderError, "`model_id`"),
        (error(429, "RESOURCE_EXHAUSTED", f"{PLAN}, limit: 0, model: x. Please retry in 20s."),
         ProviderError, "no quota"),
        (error(429, "RESOURCE_EXHAUSTED", PLAN, NONE), ProviderError, "no quota"),
        (error(400, "INVALID_ARGUMENT", 'Invalid JSON payload received. Unknown name "x"'),
         ProviderError, "setting"),
        (error(400, "INVALID_ARGUMENT", "outputDimensionality must be at most 3072"),
         ProviderError, "setting"),
        (error(400, "INVALID_ARGUMENT", "Unable to process input image."), Rejected, "image"),
        (error(413, "", "too large"), Rejected, "too large"),
        (error(500, "INTERNAL", "An internal error has occurred."), Transient, "INTERNAL"),
        (error(504, "DEADLINE_EXCEEDED", "late"), Transient, "late"),
        (error(408, "", "timeout"), Transient, "timeout"),
        (Reply(b"<html>gateway</html>", 502), Transient, "502"),
        (Reply(b"<html>nothing</html>", 404), ProviderError, "Correct GOOGLE_GEMINI_BASE_URL"),
        (Reply(b"", 302, {"Location": "https://elsewhere.example/"}), ProviderError, "BASE_URL"),
        (Reply({"embeddings": []}), Transient, "0 vectors for 1"),
        (Reply({}), ProviderError, "as the Gemini API does. Correct GOOGLE_GEMINI_BASE_URL"),
        (Reply(b"<html>hi</html>"), ProviderError, "as the Gemini API does (a web page). Correct"),
        (Reply(b"hi"), ProviderError, "does not answer as the Gemini API does. Correct"),
        (Reply({"embeddings": [{}, {}]}), Transient, "2 vectors for 1"),
        (Reply({"embeddings": [{"values": [1.0]}]}), Transient, "768 were expected"),
        (Reply({"embeddings": [{"values": ["x"]}]}), Transient, "no vector"),
        (Reply({"embeddings": [{"values": [0.0] * 768}]}), Transient, "zeros"),
        (Reply(b'{"embeddings": [{'), Transient, "no JSON"),
        (Reply({"embeddings": [{"values": [1.0] * 768}]}, cut=True), Transient, "failed"),
    ],
)  # fmt: skip
def test_trouble_is_sorted(
    server: JsonServer, reply: Reply, kind: type[Exception], told: str
) -> None:
    server.answer = always(reply)
    with pytest.raises((ProviderError, Rejected, Transient)) as caught:
        Gemini().send(call("red"), QUERY, 768)
    assert type(caught.value) is kind
    assert told in str(caught.value)
    assert not getattr(caught.value, "refused", False)
    assert not getattr(caught.value, "throttled", False)
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    ("reply", "after"),
    [
        (error(429, "RESOURCE_EXHAUSTED", f"{PLAN}, limit: 100", DELAY), 20.5),
        (error(429, "RESOURCE_EXHAUSTED", f"{PLAN}, limit: 3000. Please retry in 3.98s."), 3.98),
        (error(429, "RESOURCE_EXHAUSTED", "Please retry in 250ms."), 0.25),
        (error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."), None),
        (Reply({"error": {"code": 429, "message": "slow"}}, 429, {"Retry-After": "4"}), 4.0),
        (error(503, "UNAVAILABLE", "The model is overloaded."), None),
    ],
)
def test_throttling_says_how_long_to_wait(
    server: JsonServer, reply: Reply, after: float | None
) -> None:
    server.answer = always(reply)
    with pytest.raises(Transient) as caught:
        Gemini().send(call("red"), QUERY, 768)
    assert caught.value.throttled
    assert caught.value.after == after
    assert len(server.sent) == 1, "the library must repeat nothing by itself"


def test_the_content_filter_is_a_refusal(server: JsonServer) -> None:
    server.answer = always(error(400, "INVALID_ARGUMENT", "blocked by safety: PROHIBITED_CONTENT"))
    with pytest.raises(Rejected) as caught:
        Gemini().send(call("red"), QUERY, 768)
    assert caught.value.refused


def test_tls_hosts_and_proxies_that_fail_say_which_setting(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.address.replace("http:", "https:"))
    with pytest.raises(ProviderError, match="no safe connection"):
        Gemini().send(call("red"), QUERY, 768)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://gateway.example")
    monkeypatch.setenv("HTTPS_PROXY", server.address)
    with pytest.raises(ProviderError, match="the proxy does not let"):
        Gemini().send(call("red"), QUERY, 768)
    assert server.sent == []


def test_nobody_at_an_address_is_told_at_once_and_may_be_back_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    gemini = Gemini()
    wanted = r"127\.0\.0\.1:9 takes no connection.*\(GOOGLE_GEMINI_BASE_URL or `endpoint`\)"
    with pytest.raises(ProviderError, match=wanted):
        gemini.send(call("red"), QUERY, 768)
    gemini.traffic.answered = 1
    with pytest.raises(Transient, match="failed"):
        gemini.send(call("red"), QUERY, 768)


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(ProviderError, match="the proxy does not let"):
        Gemini().send(call("red"), QUERY, 768)


@pytest.mark.parametrize("said", [b"<html>hi</html>", b"{}"])
def test_another_answer_after_a_first_may_pass(server: JsonServer, said: bytes) -> None:
    server.answer = always(Reply(said))
    gemini = Gemini()
    gemini.traffic.answered = 1
    with pytest.raises(Transient):
        gemini.send(call("red"), QUERY, 768)


def test_a_model_that_is_not_there_is_no_matter_of_a_location(server: JsonServer) -> None:
    server.answer = always(error(404, "NOT_FOUND", "no such model"))
    with pytest.raises(ProviderError, match=r"Correct `model_id`\.$"):
        Gemini().send(call("red"), QUERY, 768)


def test_a_library_that_does_not_import(monkeypatch: pytest.MonkeyPatch) -> None:
    from google import genai

    monkeypatch.setitem(sys.modules, "google.genai.types", None)
    monkeypatch.delattr(genai, "types")
    with pytest.raises(ProviderError, match="google-genai is installed but cannot be imported"):
        Gemini().send(call("red"), QUERY, 768)


# --- addresses and keys -------------------------------------------------------------------------


def test_a_key_goes_to_google_or_where_the_environment_says(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Gemini(endpoint=server.address).send(call("red"), QUERY, 768)
    monkeypatch.delenv("GOOGLE_GEMINI_BASE_URL")
    assert "--allow-endpoint" in Gemini(endpoint=server.address).unusable()
    with pytest.raises(ProviderError, match="--allow-endpoint"):
        Gemini(endpoint=server.address).send(call("red"), QUERY, 768)
    assert len(server.sent) == 1
    monkeypatch.setenv("EVALKIT_ALLOW_ENDPOINT", server.address)
    model = Gemini(endpoint=server.address)
    model.send(call("red"), QUERY, 768)
    assert len(server.sent) == 2
    assert model.request(Item("a", "red"), QUERY, 768)["endpoint"] == server.address
    assert "endpoint" not in Gemini().request(Item("a", "red"), QUERY, 768)


def test_the_other_variable_of_the_key_serves_as_well(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    Gemini().send(call("red"), QUERY, 768)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_API_KEY", "another")
    Gemini().send(call("red"), QUERY, 768)
    assert len(server.sent) == 2


@pytest.mark.parametrize(("key", "told"), [("", "GEMINI_API_KEY"), ("AIza\nx", "no key has")])
def test_without_a_key_nothing_is_called(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch, key: str, told: str
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", key)
    assert told in Gemini().unusable()
    with pytest.raises(ProviderError, match=told):
        Gemini().send(call("red"), QUERY, 768)
    assert server.sent == []


def test_the_key_shows_nowhere(server: JsonServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    model = Gemini()
    model.send(call("red"), QUERY, 768)
    shown = [repr(model), str(model), repr(vars(model))]
    for status in (400, 401, 403, 404, 429, 500):
        server.answer = always(error(status, "OOPS", f"you sent {KEY} twice: {KEY}"))
        with pytest.raises((ProviderError, Rejected, Transient)) as caught:
            model.send(call("red"), QUERY, 768)
        shown += traceback.format_exception(caught.value)
    assert caplog.records
    shown += [record.getMessage() for record in caplog.records]
    assert [text for text in shown if KEY in text] == []


# --- parameters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [{"sizes": (64,)}, {"sizes": (4096,)}, {"sizes": ()}, {"model_id": ""}, {"bytes_per_token": 0}],
)
def test_parameters_that_cannot_work_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        registry.create("providers", "gemini", **params)


def test_what_it_says_of_itself() -> None:
    assert Gemini(sizes=(128, 3072)).sizes == (3072, 128)
    assert Gemini().nested == "yes"
    assert Gemini().facts.per_call == 100
    assert Gemini(model_id=TWO).facts.per_call == 1
    assert Gemini(model_id=f"models/{TWO}").modalities >= {"audio", "video", "mixed", "document"}
    assert Gemini().usage([Item("a", "red")] * 50, QUERY, 768).calls == 0.5


@pytest.mark.parametrize(
    "address", ["https://user:{}@gateway.example", "https://gateway.example?key={}"]
)
def test_a_secret_in_the_address_of_the_environment_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", address.format("marked-password"))
    said = Gemini().unusable()
    assert "GOOGLE_GEMINI_BASE_URL" in said
    assert "marked-password" not in said
    with pytest.raises(ProviderError, match="GOOGLE_GEMINI_BASE_URL"):
        Gemini().request(Item("a", "red"), QUERY, 768)
