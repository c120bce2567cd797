"""OpenAI's embedding models, and every server that speaks as OpenAI does.

    model_id: text-embedding-3-large       OpenAI itself; the key comes from OPENAI_API_KEY

    model_id: nomic-embed-text             a server of one's own: Ollama, vLLM, TEI, llama.cpp, ...
    endpoint: http://127.0.0.1:11434/v1
    key_env: ""
    sizes: [768]

`key_env` names the variable that holds the key; with an empty one no key is sent, and then a server
on this machine needs no permission.
"""

from __future__ import annotations

import base64
import binascii
import math
import os
import re
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import numpy as np

from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Facts, Failed, Role, Usage
from evalkit.core.registry import plugin
from evalkit.providers._addresses import checked, from_environment, is_own
from evalkit.providers._calls import Call, Outcome, Piece, Transient, answer, in_calls
from evalkit.providers._filing import Parameters
from evalkit.providers._http import Answer, Http
from evalkit.providers._openai_errors import Asked, error_in, sorted_error
from evalkit.providers._pieces import text_pieces, usage_of
from evalkit.providers._service import Service

_ADDRESS = "https://api.openai.com/v1"
_OWN_HOSTS = ("api.openai.com", "*.api.openai.com")
_OWN_KEY = "OPENAI_API_KEY"
_KEY_NAME = re.compile(
    r"(?!AWS_|GOOGLE_|GEMINI_|AZURE_(?!OPENAI_)|HF_|HUGGING|GITHUB_|ANTHROPIC_)"
    r"[A-Z0-9_]+_API_(KEY|TOKEN)",
    re.I,
)
"""Variables whose secret may travel to such a server: a suite of a stranger names one, too."""
_SIZES: Mapping[str, tuple[int, ...]] = {
    "text-embedding-3-large": (3072, 1024, 256),
    "text-embedding-3-small": (1536, 512),
    "text-embedding-ada-002": (1536,),
}
_SHORTENED = "text-embedding-3-"
"""Models whose smaller vectors are, as OpenAI says, larger ones cut off and made unit."""
_MOST_TOKENS_A_CALL = 300_000
_MOST_CHARS = 1_000_000
_STRIKES = 3


@plugin("providers", "openai")
@dataclass(frozen=True, kw_only=True)
class OpenAI(Service):
    """A text model behind `/embeddings`, as OpenAI, Ollama, vLLM, TEI and llama.cpp serve it.

    model_id: the model. endpoint: the address up to and with /v1. key_env: the variable that holds
    the key, "" to send none; one besides OPENAI_API_KEY is for other servers. sizes: the vector
    sizes to offer; known for OpenAI's models. send_dimensions: whether the size is asked for;
    `auto` does so where the model has several. nesting: whether smaller vectors are the beginning
    of larger ones; `auto` knows OpenAI's models. encoding_format: how vectors travel; either is
    understood whatever was asked for. query_prefix, document_prefix: put before each text, as E5
    and its like want it. inputs_per_call: the most a server takes. most_tokens, bytes_per_token:
    how long a text may be, and how that is estimated. revision: change it where the same model id
    begins to give other vectors.
    Raises UsageError for parameters that cannot work.
    """

    facts: ClassVar[Facts] = Facts(
        service="OpenAI, or a server that speaks as it does",
        limits={"text": "8,192 tokens"},
        switch="words before the text",
        per_call=96,
    )

    model_id: str = "text-embedding-3-large"
    revision: str = ""
    key_env: str = _OWN_KEY
    sizes: tuple[int, ...] = ()
    send_dimensions: Literal["auto", "yes", "no"] = "auto"
    nesting: Literal["auto", "yes", "no", "unknown"] = "auto"
    encoding_format: Literal["base64", "float"] = "base64"
    query_prefix: str = ""
    document_prefix: str = ""
    inputs_per_call: int = 96
    most_tokens: int = 8192
    bytes_per_token: float = 4.0
    seen_forms: set[str] = field(init=False, repr=False, compare=False, default_factory=set)
    _widths: dict[int, list[int]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Check the parameters and fill in the sizes that are known."""
        Service.__post_init__(self)
        sizes = tuple(sorted(set(self.sizes or _SIZES.get(self.model_id, ())), reverse=True))
        if not sizes:
            raise UsageError(
                f"how wide the vectors of '{self.model_id}' are is not known here. Say so: "
                "`sizes: [768]`, for example."
            )
        if self.key_env and not _KEY_NAME.fullmatch(self.key_env):
            raise UsageError(
                "`key_env` names a variable for keys of such servers: it ends with _API_KEY or "
                "_API_TOKEN, as TOGETHER_API_KEY does, and is none of AWS, Google or their like."
            )
        if not all(type(size) is int and size > 0 for size in sizes):
            raise UsageError("`sizes` are whole numbers above 0.")
        if not 1 <= self.inputs_per_call <= 2048:
            raise UsageError("`inputs_per_call` is from 1 to 2048.")
        if self.most_tokens < 1 or not self.bytes_per_token > 0:
            raise UsageError("`most_tokens` and `bytes_per_token` are above 0.")
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "facts", replace(self.facts, per_call=self.inputs_per_call))

    @property
    def model(self) -> str:
        """Return the model id, which vectors are filed under."""
        return self.model_id

    @property
    def modalities(self) -> frozenset[str]:
        """Return text."""
        return frozenset({"text"})

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        """Return whether a smaller size is the beginning of a larger one."""
        if self.nesting != "auto":
            return self.nesting
        return "yes" if self.model_id.startswith(_SHORTENED) else "unknown"

    def unusable(self) -> str:
        """Return what is missing here, "" for nothing; asks no network."""
        try:
            self._address()
            self._headers()
        except ProviderError as e:
            return str(e)
        return ""

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return what is put before texts, how long ones are cut, how vectors travel, and where."""
        address = self._address()
        return {
            "any": {
                "prefix": self._prefix(role),
                "dimensions": self._dimensions(dim),
                "encoding_format": self.encoding_format,
                **({} if address == _ADDRESS else {"endpoint": address}),
            },
            "cut": {
                "overflow": role.overflow,
                "most_tokens": self.most_tokens,
                "bytes_per_token": self.bytes_per_token,
            },
        }

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return what embedding items is expected to use."""
        return replace(usage_of(items), calls=len(items) / self.inputs_per_call)

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return what is sent for an item; see `Service`."""
        before = len(self._prefix(role).encode()) / self.bytes_per_token
        return text_pieces(
            index,
            item,
            role,
            most_chars=_MOST_CHARS,
            chars_per_token=self.bytes_per_token,
            most_tokens=max(1, self.most_tokens - math.ceil(before)),
        )

    def calls(self, pieces: Sequence[Piece | Failed]) -> list[Call]:
        """Return pieces in calls that keep to the limits of one call."""
        return in_calls(pieces, self.inputs_per_call, _MOST_TOKENS_A_CALL)

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt; see `Service`."""
        before, wanted = self._prefix(role), self._dimensions(dim)
        body: dict[str, object] = {
            "model": self.model_id,
            "input": [before + str(piece.item.content) for piece in call],
            "encoding_format": self.encoding_format,
        }
        if wanted is not None:
            body["dimensions"] = wanted
        said = self._http.post("/embeddings", body, self._headers())
        found = _with_vectors(said)
        if found is None:
            raise self._sorted(said)
        sent = _in_order(found["data"], len(call))
        vectors = [_decoded(values) for values in sent]
        self._expect(vectors, dim)
        tokens = _shared_out(found.get("usage"), call)
        self.seen_forms.add("base64" if isinstance(sent[0], str) else "float")
        self.seen_forms.add("usage" if tokens[0] is not None else "no usage")
        served = str(found.get("model") or "")
        return [
            answer(piece, values, dim, tokens=counted, served=served)
            for piece, values, counted in zip(call, vectors, tokens, strict=True)
        ]

    def _expect(self, vectors: list[object], dim: int) -> None:
        """Raise ProviderError where a server has answered another size three times, and no other.

        Once may be a fault; this is what a model with other vectors than `sizes` says looks like.
        """
        widths = self._widths.setdefault(dim, [])
        if dim in widths:
            return
        widths.append(len(vectors[0]) if isinstance(vectors[0], list | np.ndarray) else 0)
        if len(widths) >= _STRIKES and set(widths) == {widths[0]} and widths[0] not in (0, dim):
            raise ProviderError(
                f"'{self.model_id}' answers vectors of {widths[0]} values where `sizes` says "
                f"{dim}. Correct it, or `send_dimensions`."
            )

    @cached_property
    def _http(self) -> Http:
        """Return the connections to the server, made once; threads share them."""
        http = Http(
            self._address(),
            timeout=self.timeout,
            connections=self.concurrency,
            variable="OPENAI_BASE_URL",
        )
        weakref.finalize(self, http.close)
        return http

    def _address(self) -> str:
        """Return where the server is called; raises ProviderError where that is not allowed."""
        named = from_environment("OPENAI_BASE_URL")
        wanted = self.endpoint.rstrip("/")
        if named and wanted in ("", named):
            return named
        return checked(wanted or _ADDRESS, _OWN_HOSTS, sends_credentials=bool(self.key_env))

    def _key(self) -> str:
        """Return the key, "" where none is to be sent.

        Raises ProviderError where it is missing, or is another server's and would go to OpenAI.
        """
        if not self.key_env:
            return ""
        host = urlsplit(self._address()).hostname
        if self.key_env != _OWN_KEY and is_own(f"https://{host}", _OWN_HOSTS):
            raise ProviderError(
                f"`key_env` {self.key_env} is no key of {host}, which takes {_OWN_KEY} alone. Set "
                "`endpoint` to the server whose key it is, or leave `key_env` out."
            )
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise ProviderError(
                f'no key was found: set {self.key_env}, or write `key_env: ""` for a server that '
                "wants none."
            )
        if not all("!" <= char <= "~" for char in key):
            raise ProviderError(f"{self.key_env} holds a character that no key has. Set it again.")
        return key

    def _headers(self) -> dict[str, str]:
        """Return the headers that let a call in."""
        key = self._key()
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _prefix(self, role: Role) -> str:
        """Return what is put before a text."""
        return self.query_prefix if role.side == "query" else self.document_prefix

    def _dimensions(self, dim: int) -> int | None:
        """Return the size to ask for, None where the server is not asked."""
        widest = _SIZES.get(self.model_id, self.sizes)[0]
        several = len(self.sizes) > 1 or dim != widest
        asked = self.send_dimensions == "yes" or (self.send_dimensions == "auto" and several)
        return dim if asked else None

    def _sorted(self, said: Answer) -> Exception:
        """Return what an answer without vectors means: Transient, Rejected or ProviderError."""
        error = error_in(said)
        self.seen_forms.add(f"{error.form} error")
        known = self._engine.proven or self.traffic.answered > 0
        asked = Asked(self._address(), self.model_id, self.key_env, self._key(), known)
        return sorted_error(said, error, asked)


def _with_vectors(said: Answer) -> Mapping[str, Any] | None:
    """Return an answer's JSON where it holds a list of vectors, None where it does not.

    Raises Transient where it breaks off.
    """
    if said.status != 200 or said.body.lstrip()[:1] != b"{":
        return None
    found = said.json()
    return found if isinstance(found, Mapping) and isinstance(found.get("data"), list) else None


def _in_order(data: list[Any], expected: int) -> list[object]:
    """Return what stands for each input's vector; raises Transient unless each has one.

    Servers need not keep the order: `index` says whose vector it is.
    """
    found: dict[int, object] = {}
    for one in data:
        index = one.get("index") if isinstance(one, Mapping) else None
        if type(index) is not int or index in found or not 0 <= index < expected:
            raise Transient("the server answered vectors that cannot be told apart.")
        found[index] = one.get("embedding")
    if len(found) != expected:
        raise Transient(f"the server answered {len(found)} vectors for {expected} inputs.")
    return [found[index] for index in range(expected)]


def _decoded(values: object) -> object:
    """Return the numbers of a vector: a list as it is, base64 of little-endian float32 as array."""
    if not isinstance(values, str):
        return values
    try:
        return np.frombuffer(base64.b64decode(values, validate=True), "<f4")
    except (binascii.Error, ValueError) as e:
        raise Transient("the server answered base64 that holds no vector.") from e


def _shared_out(usage: object, call: Call) -> list[int | None]:
    """Return the tokens of each input: what the server counted for all, by their estimates."""
    counted = usage.get("prompt_tokens") if isinstance(usage, Mapping) else None
    if type(counted) is not int or counted < 0:
        return [None] * len(call)
    weights = np.array([max(piece.tokens, 1) for piece in call], float)
    ends = np.rint(np.cumsum(weights) / weights.sum() * counted).astype(int)
    return [int(tokens) for tokens in np.diff(ends, prepend=0)]
