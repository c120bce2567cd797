"""Servers that speak as OpenAI does: what is sent, how answers are read, what trouble means."""

import base64
import logging
import os
import traceback
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Role
from evalkit.providers._calls import Piece, Rejected, Transient
from evalkit.providers.openai import OpenAI
from tests.providers.json_server import JsonServer, Reply, Sent, serving

KEY = "sk-marked-0123456789"
QUERY = Role("query", frozenset({"text"}))
CORPUS = Role("corpus", frozenset({"text"}))


def vector(text: str, dim: int) -> list[float]:
    return [float(len(text)), *([0.5] * (dim - 1))]


def well(sent: Sent) -> Reply:
    """Answer as OpenAI does, and as strictly."""
    assert sent.path == "/v1/embeddings"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    body = sent.body
    assert set(body) <= {"model", "input", "encoding_format", "dimensions"}
    assert body["model"] == "text-embedding-3-large"
    assert all(isinstance(text, str) and text for text in body["input"])
    rows = [vector(text, body.get("dimensions", 3072)) for text in body["input"]]
    data = [
        {"object": "embedding", "index": n, "embedding": encoded(row, body["encoding_format"])}
        for n, row in enumerate(rows)
    ]
    usage = {"prompt_tokens": 5 * len(rows), "total_tokens": 5 * len(rows)}
    said = {"object": "list", "model": body["model"], "data": data, "usage": usage}
    return Reply(said)


def encoded(row: list[float], form: str) -> Any:
    if form == "float":
        return row
    return base64.b64encode(np.array(row, "<f4").tobytes()).decode()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(("OPENAI_", "EVALKIT_ALLOW")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[JsonServer]:
    with serving(well) as one:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{one.address}/v1/")
        yield one


def call(*texts: str) -> tuple[Piece, ...]:
    return tuple(Piece(n, Item(f"t{n}", text), tokens=len(text)) for n, text in enumerate(texts))


def always(reply: Reply) -> Callable[[Sent], Reply]:
    return lambda sent: reply


def trouble(server: JsonServer, reply: Reply, **params: Any) -> Exception:
    server.answer = always(reply)
    with pytest.raises((ProviderError, Rejected, Transient)) as caught:
        OpenAI(**params).send(call("one", "two"), QUERY, OpenAI(**params).sizes[0])
    return caught.value


# --- what is sent and what comes back -----------------------------------------------------------


@pytest.mark.parametrize("form", ["base64", "float"])
def test_texts_become_vectors(server: JsonServer, form: Any) -> None:
    model = OpenAI(encoding_format=form)
    found = list(model.embed([Item("a", "red"), Item("b", "green scarf")], QUERY, 1024))
    assert [sent.body for sent in server.sent] == [
        {
            "model": "text-embedding-3-large",
            "input": ["red", "green scarf"],
            "encoding_format": form,
            "dimensions": 1024,
        }
    ]
    assert [o.index for o in found] == [0, 1]
    for outcome, text in zip(found, ["red", "green scarf"], strict=True):
        assert isinstance(outcome, Embedded)
        assert outcome.vector.tolist() == vector(text, 1024)
        assert outcome.norm == pytest.approx(np.linalg.norm(vector(text, 1024)))
        assert outcome.served == "text-embedding-3-large"
        assert not outcome.truncated
    assert model.seen_forms == {form, "usage"}


def test_either_encoding_is_understood_whatever_was_asked_for(server: JsonServer) -> None:
    rows = [encoded(vector("one", 8), "float"), encoded(vector("three", 8), "base64")]
    data = [{"index": n, "embedding": row} for n, row in enumerate(rows)]
    server.answer = lambda sent: Reply({"data": data})
    model = OpenAI(model_id="local", sizes=(8,))
    found = model.send(call("one", "three"), QUERY, 8)
    assert [o.vector[0] for o in found if isinstance(o, Embedded)] == [3.0, 5.0]
    assert [o.tokens for o in found if isinstance(o, Embedded)] == [None, None]
    assert "no usage" in model.seen_forms


def test_vectors_are_put_in_order_by_index(server: JsonServer) -> None:
    def backwards(sent: Sent) -> Reply:
        said = well(sent).body
        return Reply({**said, "data": said["data"][::-1]})

    server.answer = backwards
    found = OpenAI().send(call("a", "bb", "ccc"), QUERY, 256)
    assert [o.vector[0] for o in found if isinstance(o, Embedded)] == [1.0, 2.0, 3.0]


def test_tokens_are_shared_out_and_none_is_lost(server: JsonServer) -> None:
    found = OpenAI().send(call("a", "bb", "c" * 50), QUERY, 256)
    tokens = [o.tokens or 0 for o in found if isinstance(o, Embedded)]
    assert sum(tokens) == 15
    assert tokens == sorted(tokens)


def test_prefixes_tell_the_sides_apart(server: JsonServer) -> None:
    model = OpenAI(query_prefix="query: ", document_prefix="passage: ")
    model.send(call("red"), QUERY, 256)
    model.send(call("red"), CORPUS, 256)
    assert [sent.body["input"] for sent in server.sent] == [["query: red"], ["passage: red"]]
    assert model.request(Item("a", "red"), QUERY, 256) != model.request(
        Item("a", "red"), CORPUS, 256
    )


@pytest.mark.parametrize(
    ("params", "dim", "expected"),
    [
        ({}, 3072, 3072),
        ({"sizes": (3072,)}, 3072, None),
        ({"sizes": (256,)}, 256, 256),
        ({"sizes": (3072,), "send_dimensions": "yes"}, 3072, 3072),
        ({"send_dimensions": "no"}, 3072, None),
        ({"model_id": "nomic", "sizes": (768,)}, 768, None),
        ({"model_id": "nomic", "sizes": (768, 256)}, 768, 768),
    ],
)
def test_the_size_is_asked_for_where_there_are_several(
    server: JsonServer, params: dict[str, Any], dim: int, expected: int | None
) -> None:
    data = [{"index": 0, "embedding": vector("red", dim)}]
    server.answer = lambda sent: Reply({"data": data})
    OpenAI(**params).send(call("red"), QUERY, dim)
    assert server.sent[0].body.get("dimensions") == expected


def test_calls_keep_to_the_limits_of_a_server(server: JsonServer) -> None:
    model = OpenAI(inputs_per_call=2)
    found = list(model.embed([Item(str(n), "red") for n in range(5)], QUERY, 256))
    assert len(found) == 5
    assert sorted(len(sent.body["input"]) for sent in server.sent) == [1, 2, 2]
    long = [Piece(n, Item(str(n), "x"), tokens=8000) for n in range(80)]
    assert [len(calls) for calls in OpenAI().calls(long)] == [37, 37, 6]


def test_a_long_text_is_cut_failed_or_split() -> None:
    text = "word " * 100
    model = OpenAI(most_tokens=20, query_prefix="query: ")
    (cut,) = model.pieces(0, Item("a", text), QUERY)
    assert isinstance(cut, Piece)
    assert cut.truncated
    assert len("query: " + str(cut.item.content)) <= 80
    (failed,) = model.pieces(0, Item("a", text), Role("query", frozenset(), overflow="error"))
    assert isinstance(failed, Failed)
    assert "about 125 tokens" in failed.reason
    parts = model.pieces(0, Item("a", text), Role("query", frozenset(), overflow="segment"))
    assert (
        "".join(str(p.item.content) for p in parts if isinstance(p, Piece)).split()
        == ["word"] * 100
    )


def test_the_parts_of_a_text_come_together(server: JsonServer) -> None:
    items = [Item(str(n), "word " * 100) for n in range(3)]
    model = OpenAI(most_tokens=20, inputs_per_call=4)
    found = list(model.embed(items, Role("corpus", frozenset(), overflow="segment"), 256))
    order = [o.index for o in found]
    assert len(order) > 15
    assert len(server.sent) > 4
    assert sorted(order) == [n for n in range(3) for _ in range(order.count(n))]
    assert sum(before != after for before, after in pairwise(order)) == 2


def test_only_text_is_taken() -> None:
    (failed,) = OpenAI().pieces(0, Item("a", Media("image/png", data=b"x")), QUERY)
    assert isinstance(failed, Failed)
    (empty,) = OpenAI().pieces(0, Item("a", "  "), QUERY)
    assert isinstance(empty, Failed)


# --- answers that are none ----------------------------------------------------------------------


def rows(*indexes: Any) -> dict[str, Any]:
    return {"data": [{"index": n, "embedding": vector("x", 8)} for n in indexes]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (rows(0, 0), "told apart"),
        (rows(0, 2), "told apart"),
        (rows(None, 1), "told apart"),
        (rows(0, True), "told apart"),
        (rows(0), "1 vectors for 2"),
        (rows(), "0 vectors for 2"),
        (rows(0, 1, 2), "told apart"),
        ({"data": [{"index": n, "embedding": "!!!"} for n in (0, 1)]}, "no vector"),
        ({"data": [{"index": n, "embedding": "AAA="} for n in (0, 1)]}, "no vector"),
        ({"data": [{"index": n, "embedding": [1.0]} for n in (0, 1)]}, "8 were expected"),
        ({"data": [{"index": n, "embedding": None} for n in (0, 1)]}, "8 were expected"),
        (b"", "other than it documents"),
        (b'{"data": [', "no JSON"),
    ],
)
def test_an_answer_that_makes_no_sense_may_be_better_next_time(
    server: JsonServer, said: Any, told: str
) -> None:
    found = trouble(server, Reply(said), model_id="local", sizes=(8,))
    assert isinstance(found, Transient)
    assert told in found.reason


@pytest.mark.parametrize("said", [{"object": "list"}, b"[]", b"<html>hi</html>"])
def test_another_kind_of_server_is_told_at_once(server: JsonServer, said: Any) -> None:
    found = trouble(server, Reply(said))
    assert isinstance(found, ProviderError)
    page = " (a web page)" if said == b"<html>hi</html>" else ""
    assert f"does not answer as OpenAI does{page}. Correct OPENAI_BASE_URL" in str(found)
    known = OpenAI()
    known.traffic.answered = 1
    with pytest.raises(Transient, match="other than it documents"):
        known.send(call("red"), QUERY, 3072)


def test_nobody_at_an_address_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    wanted = r"127\.0\.0\.1:9 takes no connection.*\(OPENAI_BASE_URL or `endpoint`\)"
    with pytest.raises(ProviderError, match=wanted):
        OpenAI().send(call("red"), QUERY, 3072)


def test_a_redirection_and_a_page_in_an_error_are_told_in_words(server: JsonServer) -> None:
    moved = Reply(b"", 302, {"Location": "https://elsewhere.example"})
    assert "(it redirects elsewhere)" in str(trouble(server, moved))
    told = str(trouble(server, Reply({"error": "<html>down</html>"}, 503)))
    assert "a web page" in told
    assert "html" not in told


def test_a_broken_connection_may_be_better_next_time(server: JsonServer) -> None:
    assert isinstance(trouble(server, Reply({"data": ["x" * 500]}, cut=True)), Transient)


def test_a_model_of_another_size_is_told_from_a_fault(server: JsonServer) -> None:
    eight = Reply(rows(0))
    server.answer = always(eight)
    model = OpenAI(model_id="local", sizes=(16,))
    for _ in range(2):
        with pytest.raises(Transient, match="8 values where 16"):
            model.send(call("x"), QUERY, 16)
    with pytest.raises(ProviderError, match="`sizes` says 16"):
        model.send(call("x"), QUERY, 16)
    fine = OpenAI(model_id="local", sizes=(8,))
    fine.send(call("x"), QUERY, 8)
    server.answer = always(Reply({"data": [{"index": 0, "embedding": [1.0, 2.0]}]}))
    for _ in range(5):
        with pytest.raises(Transient):
            fine.send(call("x"), QUERY, 8)


def test_nan_is_no_vector(server: JsonServer) -> None:
    bad = base64.b64encode(np.array([np.nan] * 8, "<f4").tobytes()).decode()
    said = {"data": [{"index": n, "embedding": bad} for n in (0, 1)]}
    assert isinstance(trouble(server, Reply(said), model_id="local", sizes=(8,)), Transient)


# --- trouble ------------------------------------------------------------------------------------


def wrapped(message: str, code: Any = None, param: Any = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "error", "param": param, "code": code}}


def flat(message: str, code: int, kind: str) -> dict[str, Any]:
    return {"message": message, "code": code, "type": kind}


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (401, wrapped(f"Incorrect API key provided: {KEY}"), ProviderError, "OPENAI_API_KEY"),
        (403, wrapped("Country not supported"), ProviderError, "no access"),
        (404, wrapped("no such thing", "model_not_found"), ProviderError, "`model_id`"),
        (404, wrapped('model "x" not found, try pulling it first'), ProviderError, "`model_id`"),
        (404, b"<html>nothing here</html>", ProviderError, "Correct OPENAI_BASE_URL"),
        (200, b"<!doctype html>", ProviderError, "Correct OPENAI_BASE_URL"),
        (302, b"", ProviderError, "Correct OPENAI_BASE_URL"),
        (400, b"<html>HTTP to an HTTPS port</html>", ProviderError, "Correct OPENAI_BASE_URL"),
        (405, {"detail": "Method Not Allowed"}, ProviderError, "Correct OPENAI_BASE_URL"),
        (429, wrapped("plan and billing", "insufficient_quota"), ProviderError, "no quota"),
        (402, wrapped("Insufficient Balance"), ProviderError, "no quota"),
        (400, wrapped("not supported", None, "dimensions"), ProviderError, "`sizes`"),
        (400, wrapped("does not support matryoshka"), ProviderError, "`sizes`"),
        (400, wrapped("Pooling type 'none' is not OAI compatible"), ProviderError, "Start it"),
        (501, wrapped("This server does not support embeddings"), ProviderError, "Start it"),
        (422, flat("batch size 96 > maximum allowed batch size 32", 422, "Validation"),
         ProviderError, "`inputs_per_call`"),
        (400, wrapped("This model's maximum context length is 8192 tokens"), Rejected, "8192"),
        (500, wrapped("input is too large to process. increase the physical batch size"),
         Rejected, "too large"),
        (413, {"error": "`inputs` must have less than 512 tokens", "error_type": "Validation"},
         Rejected, "512 tokens"),
        (413, b"too much", Rejected, "too large"),
        (422, flat("tokenizer error", 422, "Tokenizer"), Rejected, "tokenizer error"),
        (422, {"detail": [{"msg": "bad input"}]}, Rejected, "bad input"),
        (400, wrapped("'$.input' is invalid", None, "input"), Rejected, "is invalid"),
        (424, flat("backend error", 424, "Backend"), Transient, "backend error"),
        (408, wrapped("timeout"), Transient, "timeout"),
        (500, wrapped("oops"), Transient, "oops"),
        (502, b"<html>bad gateway</html>", Transient, "502"),
        (503, flat("unhealthy", 503, "unhealthy"), Transient, "unhealthy"),
        (200, wrapped("upstream", 502), Transient, "upstream"),
        (200, wrapped("who are you", 401), ProviderError, "OPENAI_API_KEY"),
    ],
)  # fmt: skip
def test_trouble_is_sorted(
    server: JsonServer, status: int, body: Any, kind: type[Exception], told: str
) -> None:
    found = trouble(server, Reply(body, status))
    assert type(found) is kind
    assert told in str(found)
    assert KEY not in str(found)
    assert not getattr(found, "refused", False)
    assert not getattr(found, "throttled", False)


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_the_content_filter_is_a_refusal(server: JsonServer, code: str) -> None:
    found = trouble(server, Reply(wrapped("no", code), 400))
    assert isinstance(found, Rejected)
    assert found.refused


@pytest.mark.parametrize(
    ("headers", "after"),
    [({"Retry-After": "7"}, 7.0), ({"retry-after-ms": "250"}, 0.25), ({}, None)],
)
@pytest.mark.parametrize("body", [wrapped("Rate limit"), flat("overloaded", 429, "overloaded")])
def test_throttling_says_how_long_to_wait(
    server: JsonServer, body: Any, headers: dict[str, str], after: float | None
) -> None:
    found = trouble(server, Reply(body, 429, headers))
    assert isinstance(found, Transient)
    assert found.throttled
    assert found.after == after


def test_forms_of_errors_are_noted(server: JsonServer) -> None:
    model = OpenAI()
    for body in (wrapped("x"), flat("x", 500, "x"), {"error": "x"}, {"detail": "x"}, b"<html>"):
        server.answer = always(Reply(body, 500))
        with pytest.raises(Transient):
            model.send(call("a"), QUERY, 256)
    forms = ("wrapped", "flat", "text", "detail", "page")
    assert model.seen_forms == {f"{form} error" for form in forms}


# --- addresses and keys -------------------------------------------------------------------------


def test_a_key_goes_to_openai_or_where_the_environment_says(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = f"{server.address}/v1"
    assert OpenAI(endpoint=there).unusable() == ""
    assert OpenAI(endpoint="https://eu.api.openai.com/v1").unusable() == ""
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert OpenAI().unusable() == ""
    assert "--allow-endpoint" in OpenAI(endpoint=there).unusable()
    assert "--allow-endpoint" in OpenAI(endpoint="https://evil.example/v1").unusable()
    assert "--allow-endpoint" in OpenAI(endpoint="http://api.openai.com/v1").unusable()
    with pytest.raises(ProviderError, match="--allow-endpoint"):
        OpenAI(endpoint=there).send(call("a"), QUERY, 256)
    assert server.sent == []
    monkeypatch.setenv("EVALKIT_ALLOW_ENDPOINT", server.address)
    OpenAI(endpoint=there).send(call("a"), QUERY, 256)
    assert len(server.sent) == 1


def test_a_server_on_this_machine_needs_no_key_and_no_permission(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    server.answer = lambda sent: Reply(rows(0))
    model = OpenAI(model_id="nomic", endpoint=f"{server.address}/v1", key_env="", sizes=(8,))
    assert model.unusable() == ""
    model.send(call("a"), QUERY, 8)
    assert "authorization" not in server.sent[0].headers
    assert model.request(Item("a", "red"), QUERY, 8)["endpoint"] == f"{server.address}/v1"
    assert "endpoint" not in OpenAI().request(Item("a", "red"), QUERY, 256)


def test_the_variable_of_the_key_may_have_another_name(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOYAGE_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_KEY")
    OpenAI(key_env="VOYAGE_API_KEY").send(call("a"), QUERY, 256)
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    "name",
    [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_API_KEY",
        "aws_api_key",
        "GOOGLE_API_KEY",
        "GEMINI_API_KEY",
        "AZURE_API_KEY",
        "HF_API_TOKEN",
        "HUGGINGFACE_API_TOKEN",
        "GITHUB_API_TOKEN",
        "ANTHROPIC_API_KEY",
        "DATABASE_PASSWORD",
        "sk-marked-0123456789",
    ],
)
def test_no_other_secret_of_the_environment_can_be_named(name: str) -> None:
    with pytest.raises(UsageError, match="`key_env`") as caught:
        OpenAI(key_env=name)
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["VOYAGE_API_KEY", "AZURE_OPENAI_API_KEY", "DEEPINFRA_API_TOKEN"])
def test_the_key_of_another_server_never_goes_to_openai(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("EVALKIT_ALLOW_ENDPOINT", "https://gateway.example,http://api.openai.com")
    assert OpenAI(key_env=name, endpoint="https://gateway.example/v1").unusable() == ""
    for there in ("", "https://eu.api.openai.com/v1", "http://api.openai.com/v1"):
        model = OpenAI(key_env=name, endpoint=there)
        assert "`key_env`" in model.unusable()
        with pytest.raises(ProviderError, match="`key_env`"):
            model.send(call("a"), QUERY, 256)


@pytest.mark.parametrize(
    "address", ["https://user:{}@gateway.example/v1", "https://gateway.example/v1?key={}"]
)
def test_a_secret_in_the_address_of_the_environment_shows_nowhere(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address.format("marked-password"))
    said = OpenAI().unusable()
    assert "OPENAI_BASE_URL" in said
    assert "marked-password" not in said
    with pytest.raises(ProviderError, match="OPENAI_BASE_URL"):
        OpenAI().request(Item("a", "red"), QUERY, 256)


@pytest.mark.parametrize(("key", "told"), [("", "no key was found"), ("sk \nx", "no key has")])
def test_without_a_key_nothing_is_called(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch, key: str, told: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    assert told in OpenAI().unusable()
    with pytest.raises(ProviderError, match=told):
        OpenAI().send(call("a"), QUERY, 256)
    assert server.sent == []


def test_the_key_shows_nowhere(server: JsonServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    model = OpenAI()
    model.send(call("a"), QUERY, 256)
    shown = [repr(model), str(model), repr(vars(model))]
    for status in (400, 401, 403, 404, 429, 500):
        said = wrapped(f"you sent {KEY} twice: {KEY}")
        server.answer = always(Reply(said, status))
        with pytest.raises((ProviderError, Rejected, Transient)) as caught:
            model.send(call("a"), QUERY, 256)
        shown += traceback.format_exception(caught.value)
    assert caplog.records
    shown += [record.getMessage() for record in caplog.records]
    assert [text for text in shown if KEY in text] == []


def test_tls_and_proxies_that_fail_say_which_setting(
    server: JsonServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = server.address.replace("http:", "https:")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{secure}/v1")
    with pytest.raises(ProviderError, match="no safe connection"):
        OpenAI().send(call("a"), QUERY, 256)
    monkeypatch.setenv("HTTPS_PROXY", server.address)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://localhost.example/v1")
    with pytest.raises(ProviderError, match="the proxy does not let"):
        OpenAI().send(call("a"), QUERY, 256)


# --- parameters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {"model_id": "nomic"},
        {"sizes": (0,)},
        {"sizes": (True,)},
        {"inputs_per_call": 0},
        {"inputs_per_call": 2049},
        {"most_tokens": 0},
        {"bytes_per_token": 0.0},
    ],
)
def test_parameters_that_cannot_work_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        registry.create("providers", "openai", **params)


def test_sizes_and_nesting_are_known_for_openai_models_only() -> None:
    assert OpenAI().sizes == (3072, 1024, 256)
    assert OpenAI(model_id="text-embedding-3-small").sizes == (1536, 512)
    assert OpenAI().nested == "yes"
    assert OpenAI(model_id="nomic", sizes=(256, 768)).sizes == (768, 256)
    assert OpenAI(model_id="nomic", sizes=(768,)).nested == "unknown"
    assert OpenAI(model_id="nomic", sizes=(768,), nesting="yes").nested == "yes"
    assert OpenAI(inputs_per_call=7).facts.per_call == 7
