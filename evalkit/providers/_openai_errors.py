"""What goes wrong at a server that speaks as OpenAI does, sorted and put into sentences.

Servers differ in how they say it: wrapped as OpenAI does, flat as TEI does, a bare text, FastAPI's
`detail`, or a page of a proxy. Messages are matched loosely; status and code come first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.core.errors import ProviderError
from evalkit.providers._addresses import setting
from evalkit.providers._calls import Rejected, Transient
from evalkit.providers._http import Answer, hinted_wait, looks

_PASSES = frozenset({408, 409, 424, 425, 429})
_ABOUT_INPUT = frozenset({400, 413, 422})
_ANY = frozenset(range(300, 600))
_BUSY = re.compile(r"overload|slow down|too many|rate.?limit|no available capacity", re.I)
_FILTER = re.compile(r"content.?(filter|polic)|moderation|flagged|responsible ai", re.I)
_TOO_LONG = re.compile(
    r"maximum (context|sequence|input|model) length|context.?length|input is too (large|long)"
    r"|less than \d+ tokens|too many tokens|tokens per request|exceeds? .{0,60}(tokens|length)",
    re.I,
)
_CAUSES: tuple[tuple[frozenset[int], re.Pattern[str], str], ...] = (
    (
        _ANY,
        re.compile(r"insufficient_(quota|balance|credits)|insufficient balance|billing_", re.I),
        "the account has no quota {words}. Turn on billing, or use another key than {key}.",
    ),
    (
        frozenset({402}),
        re.compile(""),
        "the account has no quota {words}. Turn on billing, or use another key than {key}.",
    ),
    (
        frozenset({401}),
        re.compile(""),
        "{address} does not accept the credentials (401). Correct {key}.",
    ),
    (
        frozenset({407}),
        re.compile(""),
        "the proxy wants a login (407). Correct HTTPS_PROXY, or name the host in NO_PROXY.",
    ),
    (
        frozenset({403}),
        re.compile(""),
        "{address} gives no access to '{model}' {words}. Ask for it, or correct {key}.",
    ),
    (
        _ANY - _PASSES,
        re.compile(
            r"not support embeddings|--embeddings?\b|pooling type|embeddings? disabled", re.I
        ),
        "the server makes no embeddings as it was started {words}. Start it for embeddings.",
    ),
    (
        frozenset({400, 404, 422}),
        re.compile(
            r"model_not_found|param:model\b|invalid model"
            r"|\bmodel\b.{0,200}(does not exist|not found|not loaded|not available)",
            re.I,
        ),
        "{address} does not offer the model '{model}' {words}. Correct `model_id`.",
    ),
    (
        _ABOUT_INPUT,
        re.compile(r"batch (size|is larger)|too many inputs|array length|at most \d+ inputs", re.I),
        "a call carries too many inputs {words}. Lower `inputs_per_call`.",
    ),
    (
        _ABOUT_INPUT,
        re.compile(
            r"param:(dimensions|encoding_format)|\bdimensions\b|matryoshka|encoding_format"
            r"|extra (inputs|fields)|un(known|expected|recognized) (field|parameter|keyword)",
            re.I,
        ),
        "the server does not take a setting {words}. Correct `sizes`, `send_dimensions` or "
        "`encoding_format`.",
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked where: address and model for sentences, the key's variable, the key itself.

    known: whether the server has answered vectors before.
    """

    address: str
    model: str
    key_env: str
    key: str
    known: bool = False

    def __repr__(self) -> str:
        """Return everything but the key."""
        return f"Asked({self.address!r}, {self.model!r}, {self.key_env!r})"


@dataclass(frozen=True, slots=True)
class Error:
    """What an answer without vectors says.

    form: wrapped, flat, text or detail; page where it is no JSON, other where it is no error.
    text: code, type, parameter and message in one, to look for words in.
    """

    status: int
    form: str
    message: str
    text: str


def error_in(said: Answer) -> Error:
    """Return what an answer without vectors says, in whichever form."""
    try:
        body: object = json.loads(said.body)
    except (ValueError, RecursionError):
        return Error(said.status, "page", "", "")
    if not isinstance(body, Mapping):
        return Error(said.status, "other", "", "")
    inner = body.get("error", body)
    if not isinstance(inner, Mapping):
        return Error(said.status, "text", str(inner), f"{body.get('error_type', '')} {inner}")
    if "detail" in inner:
        return Error(said.status, "detail", str(inner["detail"]), str(inner["detail"]))
    if inner is body and "message" not in body:
        return Error(said.status, "other", "", "")
    message, code = str(inner.get("message") or ""), inner.get("code")
    text = f"{code} {inner.get('type')} param:{inner.get('param')} {message}"
    status = said.status
    if status == 200:  # some gateways answer so and put the status into the error
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
    return Error(status, "flat" if inner is body else "wrapped", message, text)


def sorted_error(said: Answer, error: Error, asked: Asked) -> Exception:
    """Return what an answer without vectors means: Transient, Rejected or ProviderError."""
    line = " ".join(_hidden(error.message, asked.key).split())
    line = "a web page" if line.startswith("<") else line
    words = f"({error.status}: {line[:300] or 'no reason given'})"
    if error.form in ("page", "other") and not _may_pass(error.status):
        return _nobody_there(said, error, asked, "")
    if error.status != 429 and _TOO_LONG.search(error.text):
        return Rejected(f"the server does not take it {words}.")
    for statuses, pattern, sentence in _CAUSES:
        if error.status in statuses and pattern.search(error.text):
            key = asked.key_env or "`key_env`"
            place = {"address": asked.address, "model": asked.model, "key": key}
            return ProviderError(sentence.format(words=words, **place))
    if _may_pass(error.status):
        busy = error.status == 429 or bool(_BUSY.search(error.text))
        wait = hinted_wait(said.headers)
        return Transient(f"the server cannot answer now {words}.", after=wait, throttled=busy)
    if _FILTER.search(error.text):
        return Rejected(f"the server refused the content {words}.", refused=True)
    if error.status in _ABOUT_INPUT:
        return Rejected(f"the server does not take it {words}.")
    return _nobody_there(said, error, asked, words)


def _nobody_there(said: Answer, error: Error, asked: Asked, words: str) -> Exception:
    """Return the error for an answer that no such server gives."""
    if error.status == 413:
        return Rejected("the request is too large for the server (413).")
    if error.status == 200 and (asked.known or not said.body.strip()):
        return Transient("the server answered something other than it documents.")
    seen = looks(error.status, said.body) or (f"status {error.status}" * (error.status != 200))
    words = words or (f"({seen})" if seen else "")
    return ProviderError(
        f"{asked.address}/embeddings does not answer as OpenAI does {words}".rstrip()
        + f". Correct {setting(asked.address)}, which ends with /v1 mostly."
    )


def _may_pass(status: int) -> bool:
    """Return whether a status may be another one later."""
    return status in _PASSES or status >= 500


def _hidden(message: str, key: str) -> str:
    """Return a message without the key that was sent, and without what servers show of keys."""
    hidden = message.replace(key, "***") if key else message
    return re.sub(r"\bsk-\S+", "***", hidden)
