"""Google's Gemini embedding models, through the Gemini API and its Python library.

    model_id: gemini-embedding-001     text; up to 100 items a call; the task is a field
    model_id: gemini-embedding-2       text, images, audio, video, PDF and mixes of them; one item
                                       a call; the task stands before the text

The key comes from GEMINI_API_KEY or GOOGLE_API_KEY. The first model reads 2,048 tokens and cuts
the rest off without a word, so texts are cut, failed or split here, before they are sent.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import urlsplit

from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item, Page
from evalkit.core.protocols import Facts, Failed, Role, Usage
from evalkit.core.registry import plugin
from evalkit.providers._calls import Call, Outcome, Piece, Transient, answer
from evalkit.providers._filing import Parameters
from evalkit.providers._google import Asked, address_of, quoted, secret_of, sorted_error, told
from evalkit.providers._http import (
    hinted_wait,
    is_proxied,
    looks,
    nothing_there,
    proxy_trouble,
    stranger,
)
from evalkit.providers._page_images import DPI, check_dpi, too_many_pages, with_pages_drawn
from evalkit.providers._parts import expect_sendable, mixed_piece
from evalkit.providers._pieces import media_of, media_piece, text_pieces, usage_of
from evalkit.providers._service import Service

if TYPE_CHECKING:
    from google.genai import Client, types

Task = Literal[
    "auto",
    "none",
    "RETRIEVAL_QUERY",
    "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
    "CODE_RETRIEVAL_QUERY",
]
_BEFORE_TEXT: Mapping[str, str] = {
    "none": "",
    "RETRIEVAL_QUERY": "task: search result | query: ",
    "RETRIEVAL_DOCUMENT": "title: none | text: ",
    "SEMANTIC_SIMILARITY": "task: sentence similarity | query: ",
    "CLASSIFICATION": "task: classification | query: ",
    "CLUSTERING": "task: clustering | query: ",
    "QUESTION_ANSWERING": "task: question answering | query: ",
    "FACT_VERIFICATION": "task: fact checking | query: ",
    "CODE_RETRIEVAL_QUERY": "task: code retrieval | query: ",
}
_TEXT_ONLY = ("gemini-embedding-001", "gemini-embedding-exp")
_MIMES: Mapping[str, tuple[str, ...]] = {
    "image": ("image/png", "image/jpeg"),
    "audio": ("audio/mpeg", "audio/wav"),
    "video": ("video/mp4", "video/quicktime", "video/mpeg"),
    "document": ("application/pdf", "image/png", "image/jpeg"),
}
_SECONDS: Mapping[str, float] = {"audio": 180, "video": 120}
_MOST_BYTES = 14_000_000
"""Of a file: a request may have 20 MB, and base64 makes the file a third larger."""
_MOST_REQUEST = 20_000_000
_MOST_IMAGES = 6
_MOST_PAGES = 6
_ADDRESS = "https://generativelanguage.googleapis.com"
_SERVICE = "the Gemini API"
_VARIABLE = "GOOGLE_GEMINI_BASE_URL"
_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
_MISSING = "google-genai is not installed: `pip install 'evalkit[google]'` brings it."
_NO_KEY = (
    "no key for the Gemini API was found: set GEMINI_API_KEY (Google AI Studio gives one away)."
)


@plugin("providers", "gemini")
@dataclass(frozen=True, kw_only=True)
class Gemini(Service):
    """A Gemini embedding model.

    model_id: the model. sizes: the vector sizes to offer, from 128 to 3,072; below 3,072 vectors of
    gemini-embedding-001 are not unit. nested: whether smaller vectors are the beginning of larger
    ones; the service says that it cuts them. query_task, document_task: what the model is told of
    each side; `auto` follows the task of the suite. bytes_per_token: how tokens are estimated,
    since texts over the model's limit are cut here; lower is safer for digits and rare scripts.
    page_dpi: pixels an inch at which single pages of PDF documents are drawn, as PNG, or as JPEG
    where that has more than 14 MB; a document as a whole is sent as it is.
    revision: change it where the same model id begins to give other vectors.
    Raises UsageError for parameters that cannot work.
    """

    facts: ClassVar[Facts] = Facts(
        service="Gemini API",
        limits={
            "text": "2,048 tokens (gemini-embedding-2: 8,192)",
            "image": "PNG, JPEG, 14 MB (gemini-embedding-2 only)",
            "audio": "180 s, 14 MB (gemini-embedding-2 only)",
            "video": "120 s, 14 MB (gemini-embedding-2 only)",
            "document": "PDF of 6 pages, or a page as an image, 14 MB (gemini-embedding-2 only)",
        },
        switch="task type (gemini-embedding-2: words before the text)",
        per_call=100,
        retires="2028-05-14",
        others=({"model_id": "gemini-embedding-2"},),
    )

    cap_counts_items: ClassVar[bool] = True

    model_id: str = "gemini-embedding-001"
    revision: str = ""
    sizes: tuple[int, ...] = (3072, 1536, 768)
    nested: Literal["yes", "no", "unknown"] = "yes"
    query_task: Task = "auto"
    document_task: Task = "auto"
    bytes_per_token: float = 3.0
    page_dpi: int = DPI
    seen_forms: set[str] = field(init=False, repr=False, compare=False, default_factory=set)

    def __post_init__(self) -> None:
        """Check the parameters and sort the sizes, widest first."""
        Service.__post_init__(self)
        for size in self.sizes:
            if type(size) is not int or not 128 <= size <= 3072:
                raise UsageError(f"the size {size!r} is not a whole number from 128 to 3072.")
        if not self.sizes or not self.model_id:
            raise UsageError("'gemini' needs a `model_id` and at least one of `sizes`.")
        check_dpi(self.page_dpi)
        if not self.bytes_per_token > 0:
            raise UsageError("`bytes_per_token` must be above 0.")
        object.__setattr__(self, "sizes", tuple(sorted(set(self.sizes), reverse=True)))
        if self._multimodal:  # which makes one vector of all that a call carries
            object.__setattr__(self, "facts", replace(self.facts, per_call=1, retires=""))

    @property
    def model(self) -> str:
        """Return the model id, which vectors are filed under."""
        return self.model_id

    @property
    def modalities(self) -> frozenset[str]:
        """Return text, and for a multimodal model everything else."""
        return frozenset({"text", "mixed", *_MIMES} if self._multimodal else {"text"})

    @property
    def _multimodal(self) -> bool:
        """Return whether the contents of a call become one vector, by the library's own rule."""
        name = self.model_id.rpartition("/")[2]
        return "gemini" in name and not name.startswith(_TEXT_ONLY)

    @property
    def _most_tokens(self) -> int:
        """Return how many tokens of text the model reads."""
        return 8192 if self._multimodal else 2048

    def unusable(self) -> str:
        """Return what is missing here, "" for nothing; asks no network."""
        if find_spec("google") is None or find_spec("google.genai") is None:
            return _MISSING
        try:
            return "" if self._address and secret_of(*_KEYS) else _NO_KEY
        except ProviderError as e:
            return str(e)

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return the task, what happens to long texts, and the endpoint where it is another."""
        return {
            "any": {} if self._address == _ADDRESS else {"endpoint": self._address},
            "text": {"task": self._task(role)},
            "cut": {
                "overflow": role.overflow,
                "most_tokens": self._most_tokens,
                "bytes_per_token": self.bytes_per_token,
            },
            "drawn": {"page_dpi": self.page_dpi},
        }

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return what embedding items is expected to use."""
        return replace(usage_of(items), calls=len(items) / self.facts.per_call)

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return what is sent for an item; see `Service`."""
        if item.modality not in self.modalities:
            return [Failed(index, f"{self.model_id} takes no {item.modality} items.")]
        if item.modality == "text":
            before = self._before_text(role)
            return text_pieces(
                index,
                item,
                role,
                most_chars=100_000,
                chars_per_token=self.bytes_per_token,
                most_tokens=self._most_tokens - len(before) // 3,
            )
        if len(item.parts) > 1:
            return [self._mix(index, item, role)]
        piece = media_piece(
            index,
            item,
            most_bytes=_MOST_BYTES,
            mimes=_MIMES[item.modality],
            most_seconds=_SECONDS.get(item.modality),
            pages=True,
            tokens=258,
        )
        wrong = "" if isinstance(piece, Failed) else too_many_pages(piece.item, _MOST_PAGES)
        return [Failed(index, wrong) if wrong else piece]

    def _mix(self, index: int, item: Item, role: Role) -> Piece | Failed:
        """Return the piece for an item of several parts, each of which must be sendable."""
        if sum(not isinstance(part, str) for part in item.parts) > _MOST_IMAGES:
            return Failed(index, f"it has more than {_MOST_IMAGES} pieces of media.")

        def one(part: Item) -> Piece | Failed:
            found = self.pieces(index, part, role)
            what = "its text is too long, and a mix of parts is not segmented."
            return found[0] if len(found) == 1 else Failed(index, what)

        return mixed_piece(index, item, item.parts, one, one, most_bytes=_MOST_REQUEST)

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt; see `Service`."""
        client = self.client
        from google.genai import types

        task = self._task(role)
        said = self._ask(
            client,
            [self._content(piece.item, role) for piece in call],
            types.EmbedContentConfig(
                output_dimensionality=dim,
                task_type=None if self._multimodal or task == "none" else task,
            ),
        )
        if said.embeddings is None and not self._known:
            raise stranger(self._address, _SERVICE)
        found = said.embeddings or []
        if len(found) != len(call):
            raise Transient(f"the service answered {len(found)} vectors for {len(call)} items.")
        counted = said.usage_metadata.prompt_token_count if said.usage_metadata else None
        self.seen_forms.add("no usage" if counted is None else "usageMetadata")
        return [
            answer(piece, one.values, dim, tokens=counted if len(call) == 1 else None)
            for piece, one in zip(call, found, strict=True)
        ]

    def _ask(
        self, client: Client, contents: list[Any], config: types.EmbedContentConfig
    ) -> types.EmbedContentResponse:
        """Return the service's answer; raises Transient, Rejected or ProviderError."""
        try:
            return client.models.embed_content(
                model=self.model_id, contents=contents, config=config
            )
        except Exception as e:
            known = self._sorted(e)
            if known is None:
                raise
            raise known from None

    @cached_property
    def client(self) -> Client:
        """Return the library's client, made once; threads may share it.

        It repeats nothing by itself and follows no redirect, since the key would travel with it.
        """
        if missing := self.unusable():
            raise ProviderError(missing)
        genai, types = _library()
        options = types.HttpOptions(
            base_url=self._address,
            api_version="v1beta",
            timeout=max(1, round(self.timeout * 1000)),
            retry_options=types.HttpRetryOptions(attempts=1),
            client_args={"follow_redirects": False},
        )
        try:
            made: Client = genai.Client(
                vertexai=False, api_key=secret_of(*_KEYS), http_options=options
            )
        except (ValueError, OSError) as e:
            what = quoted(str(e), secret_of(*_KEYS))
            raise ProviderError(f"the library google-genai cannot be used: {what}") from None
        weakref.finalize(self, made.close)
        return made

    @property
    def _address(self) -> str:
        """Return where the service is called; raises ProviderError where that is not allowed."""
        return address_of(self.endpoint, _VARIABLE, _ADDRESS)

    @property
    def _known(self) -> bool:
        """Return whether the service has answered a call before."""
        return self._engine.proven or self.traffic.answered > 0

    def _task(self, role: Role) -> str:
        """Return the task that the model is told."""
        chosen = self.query_task if role.side == "query" else self.document_task
        if chosen != "auto":
            return chosen
        if role.purpose != "retrieval":
            return role.purpose.upper()
        return "RETRIEVAL_QUERY" if role.side == "query" else "RETRIEVAL_DOCUMENT"

    def _before_text(self, role: Role) -> str:
        """Return the words that tell a multimodal model its task, "" for the other one."""
        return _BEFORE_TEXT[self._task(role)] if self._multimodal else ""

    def _content(self, item: Item, role: Role) -> types.Content:
        """Return an item as the library takes it, the task before its first text."""
        from google.genai import types

        parts: list[types.Part] = []
        before = self._before_text(role)
        drawn = with_pages_drawn(item, self.page_dpi, _MOST_BYTES)
        expect_sendable(drawn, _MOST_REQUEST)
        for part in drawn.parts:
            if isinstance(part, str):
                parts.append(types.Part(text=before + part))
                before = ""
                continue
            media = media_of(item.with_content(part)) if isinstance(part, Page) else part
            blob = types.Blob(mime_type=media.mime, data=media.read())
            parts.append(types.Part(inline_data=blob))
        return types.Content(parts=parts)

    def _sorted(self, error: Exception) -> Exception | None:
        """Return what an error of the library means, None where it is none of its errors."""
        from google.genai import errors

        asked = Asked(_SERVICE, self._address, self.model_id, "GEMINI_API_KEY")
        secret = secret_of(*_KEYS)
        if isinstance(error, errors.APIError):
            headers = getattr(error.response, "headers", None) or {}
            said = told(error.code, error.details, secret=secret, wait=hinted_wait(headers))
            return sorted_error(said, asked)
        if isinstance(error, json.JSONDecodeError | errors.UnknownApiResponseError):
            raw = error.doc.strip() if isinstance(error, json.JSONDecodeError) else ""
            if raw and raw[0] not in "{[" and not self._known:
                return stranger(asked.address, _SERVICE, looks(200, raw))
            return Transient("the service answered something that is no JSON.")
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "ValidationError" in kinds:
            return Transient("the service answered something that is no vector.")
        if "HTTPError" in kinds or "InvalidURL" in kinds:
            return _of_connection(error, kinds, asked.address, reached=self._known)
        return None


def _library() -> tuple[Any, Any]:
    """Return google.genai and its types; raises ProviderError where they cannot be imported."""
    try:
        from google import genai
        from google.genai import types
    except (ImportError, OSError) as e:
        raise ProviderError(
            f"google-genai is installed but cannot be imported ({quoted(str(e))}). Reinstall it: "
            "`pip install --force-reinstall 'evalkit[google]'`."
        ) from e
    return genai, types


def _of_connection(error: Exception, kinds: set[str], address: str, *, reached: bool) -> Exception:
    """Return what an error on the way to the service means."""
    what = quoted(str(error)) or type(error).__name__
    first = "ConnectError" in kinds and not reached
    if "ProxyError" in kinds or (first and "SSL" not in what and is_proxied(address)):
        return proxy_trouble(address, what)
    if first and "refused" in what:
        return nothing_there(urlsplit(address).netloc, _VARIABLE)
    if "UnsupportedProtocol" in kinds or "InvalidURL" in kinds:
        return ProviderError(f"'{address}' is no address ({what}). Correct the endpoint.")
    if not reached and ("CERTIFICATE" in what or "SSL" in what):
        return ProviderError(
            f"no safe connection to {address} could be made ({what}). Check that the endpoint "
            "speaks https; for a certificate authority of your own, set SSL_CERT_FILE."
        )
    if not reached and ("Name or service" in what or "getaddrinfo" in what or "nodename" in what):
        return ProviderError(
            f"there is no host at {address} ({what}). Check the endpoint and the network."
        )
    if "TimeoutException" in kinds:
        return Transient(f"{address} did not answer in time.")
    return Transient(f"the connection to {address} failed ({what}).")
