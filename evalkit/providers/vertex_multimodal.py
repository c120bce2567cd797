"""Google's multimodalembedding@001 on Vertex AI: text, images and video in one space.

The token comes from GOOGLE_ACCESS_TOKEN (`gcloud auth print-access-token` prints one, which lasts
an hour) or from google-auth's default credentials. Text and image of one item are two vectors that
nothing fuses, so mixed items are not taken. The model reads about 32 words of English and no sound.
"""

from __future__ import annotations

import json
import os
import re
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from evalkit.core.errors import DataError, ProviderError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Role, Usage
from evalkit.core.registry import plugin
from evalkit.providers._calls import Call, Outcome, Piece, Rejected, Transient, answer
from evalkit.providers._filing import Parameters, Trait
from evalkit.providers._google import (
    Asked,
    Tokens,
    address_of,
    no_credentials,
    sorted_error,
    told,
)
from evalkit.providers._http import Answer, Http, hinted_wait, looks, stranger
from evalkit.providers._page_images import DPI, check_dpi, with_pages_drawn
from evalkit.providers._pieces import (
    ONE_AT_A_TIME,
    base64_text,
    media_of,
    media_piece,
    text_pieces,
    usage_of,
)
from evalkit.providers._service import Service

_OWN = "aiplatform.googleapis.com"
_SIZES = (1408, 512, 256, 128)
_MOST_TOKENS = 32
_MOST_BYTES = 15_000_000
"""Of a file: 20 MB once base64 has made it a third larger."""
_WINDOW = 120
"""How many seconds of a video one call looks at."""
_MIMES: Mapping[str, tuple[str, ...]] = {
    "image": ("image/png", "image/jpeg", "image/gif", "image/bmp"),
    "document": ("image/png", "image/jpeg", "image/gif", "image/bmp"),
    "video": (
        "video/mp4",
        "video/quicktime",
        "video/mpeg",
        "video/webm",
        "video/x-matroska",
        "video/x-msvideo",
        "video/x-flv",
        "video/x-ms-wmv",
    ),
}
_LOCATION = re.compile(r"[a-z]+(-[a-z]+\d+)?")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]*")


@plugin("providers", "vertex_multimodal")
@dataclass(frozen=True, kw_only=True)
class VertexMultimodal(Service):
    """multimodalembedding@001 on Vertex AI.

    project: the Google Cloud project, "" for GOOGLE_CLOUD_PROJECT. location: the region that is
    asked. sizes: the vector sizes to offer, of 1408, 512, 256 and 128; video has 1408 only.
    video_interval: seconds that one vector of a video stands for, from 4 to 120. page_dpi: pixels
    an inch at which pages of PDF documents are drawn, as PNG, or as JPEG where that has more than
    15 MB. revision: change it where the same model id begins to give other vectors.
    Raises UsageError for parameters that cannot work.
    """

    facts: ClassVar[Facts] = Facts(
        service="Google Vertex AI",
        limits={
            "text": "32 tokens, English",
            "image": "PNG, JPEG, GIF, BMP, 15 MB",
            "document": "pages as images, 15 MB",
            "video": "15 MB, 120 s a call, without its sound",
        },
        retires="2027-04-01",
    )

    model_id: str = "multimodalembedding@001"
    project: str = ""
    location: str = "us-central1"
    sizes: tuple[int, ...] = _SIZES
    video_interval: int = 16
    page_dpi: int = DPI
    revision: str = ""
    seen_forms: set[str] = field(init=False, repr=False, compare=False, default_factory=set)

    def __post_init__(self) -> None:
        """Check the parameters and sort the sizes, widest first."""
        Service.__post_init__(self)
        if not self.sizes or not set(self.sizes) <= set(_SIZES):
            raise UsageError(f"`sizes` are some of {', '.join(map(str, _SIZES))}.")
        if not 4 <= self.video_interval <= _WINDOW:
            raise UsageError(f"`video_interval` is from 4 to {_WINDOW} seconds.")
        check_dpi(self.page_dpi)
        object.__setattr__(self, "sizes", tuple(sorted(set(self.sizes), reverse=True)))

    @property
    def model(self) -> str:
        """Return the model id, which vectors are filed under."""
        return self.model_id

    @property
    def modalities(self) -> frozenset[str]:
        """Return text, image, document pages that are images, and video."""
        return frozenset({"text", *_MIMES})

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        """Return unknown: the service does not say how it makes smaller vectors."""
        return "unknown"

    def unusable(self) -> str:
        """Return what is missing here, "" for nothing; asks no network."""
        try:
            self._path()
            self._address()
            return no_credentials()
        except ProviderError as e:
            return str(e)

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return the location, the parameters of long inputs, and an endpoint of one's own."""
        address = self._address()
        elsewhere = {} if address == self._own else {"endpoint": address}
        return {
            "any": {"location": self.location, **elsewhere},
            "cut": {"overflow": role.overflow},
            "drawn": {"page_dpi": self.page_dpi},
            "video": {"video_interval": self.video_interval},
        }

    def traits(self, item: Item, role: Role) -> set[Trait]:
        """Return what an item is or holds; a video over two minutes is cut too."""
        found = Service.traits(self, item, role)
        return found | {"cut"} if item.modality == "video" and _is_long(item) else found

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return what embedding items is expected to use."""
        return usage_of(items)

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return what is sent for an item; a long video may be several pieces."""
        if item.modality == "mixed":
            return [Failed(index, ONE_AT_A_TIME)]
        if item.modality not in self.modalities:
            return [Failed(index, f"{self.model_id} takes no {item.modality} items.")]
        if item.modality == "text":
            limits = {"most_chars": 4 * _MOST_TOKENS, "most_tokens": _MOST_TOKENS}
            return text_pieces(index, item, role, **limits)
        piece = media_piece(
            index, item, most_bytes=_MOST_BYTES, mimes=_MIMES[item.modality], pages=True
        )
        if isinstance(piece, Failed) or item.modality != "video":
            return [piece]
        return _windows(piece, role)

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt; see `Service`."""
        (piece,) = call
        if piece.item.modality == "video" and dim != _SIZES[0]:
            raise Rejected(f"{self.model_id} embeds videos at the size {_SIZES[0]} only.")
        body = {"instances": [self._instance(piece)], "parameters": {"dimension": dim}}
        headers = self._tokens.headers()
        said = self._http.post(self._path(), body, headers)
        if said.status != 200:
            raise self._sorted(said, headers["Authorization"].removeprefix("Bearer "))
        predictions = self._found(said)
        if not isinstance(predictions, list) or len(predictions) != 1:
            raise Transient("the service did not answer one prediction for one item.")
        prediction = _object(predictions[0])
        if piece.item.modality == "video":
            return self._of_video(piece, prediction.get("videoEmbeddings"), dim)
        name = "textEmbedding" if piece.item.modality == "text" else "imageEmbedding"
        return [answer(piece, prediction.get(name), dim)]

    def _found(self, said: Answer) -> object:
        """Return the predictions of an answer; raises ProviderError where no service ever gave any.

        Raises Transient for an answer that breaks off.
        """
        page = looks(said.status, said.body)
        found = {} if page and not self._known else said.json()
        predictions = found.get("predictions") if isinstance(found, Mapping) else None
        if predictions is None and not self._known:
            raise stranger(self._address(), "Vertex AI", page)
        return predictions

    @property
    def _known(self) -> bool:
        """Return whether the service has answered a call before."""
        return self._engine.proven or self.traffic.answered > 0

    def _instance(self, piece: Piece) -> dict[str, object]:
        """Return an item as the service takes it."""
        if piece.item.modality == "text":
            return {"text": "\n".join(map(str, piece.item.parts))}
        media = media_of(with_pages_drawn(piece.item, self.page_dpi, _MOST_BYTES))
        sent = {"bytesBase64Encoded": base64_text(media.read())}
        if piece.item.modality != "video":
            return {"image": {**sent, "mimeType": media.mime}}
        segments = {"intervalSec": self.video_interval}
        if piece.span is not None:
            segments |= {"startOffsetSec": int(piece.span[0]), "endOffsetSec": int(piece.span[1])}
        return {"video": {**sent, "videoSegmentConfig": segments}}

    def _of_video(self, piece: Piece, found: object, dim: int) -> list[Embedded]:
        """Return a vector for each interval of a video."""
        if not isinstance(found, list) or not found:
            raise Transient("the service answered no vector for a video.")
        vectors = []
        for segment in map(_object, found):
            start, end = segment.get("startOffsetSec"), segment.get("endOffsetSec")
            self.seen_forms.add("startOffsetSec" if start is not None else "no startOffsetSec")
            begin = float(start if start is not None else (piece.span or (0,))[0])
            span = (begin, float(end if end is not None else begin + self.video_interval))
            vectors.append(answer(piece, segment.get("embedding"), dim, kind="video", span=span))
        return vectors

    @cached_property
    def _http(self) -> Http:
        """Return the connections to the service, made once; threads share them."""
        http = Http(
            self._address(),
            timeout=self.timeout,
            connections=self.concurrency,
            variable="GOOGLE_VERTEX_BASE_URL",
        )
        weakref.finalize(self, http.close)
        return http

    @cached_property
    def _tokens(self) -> Tokens:
        """Return where tokens come from, made once."""
        return Tokens()

    def _address(self) -> str:
        """Return where the service is called; raises ProviderError where that is not allowed."""
        if not _LOCATION.fullmatch(self.location):
            raise ProviderError(
                f"'{self.location}' is no location of Google Cloud. Write it like us-central1."
            )
        return address_of(self.endpoint, "GOOGLE_VERTEX_BASE_URL", self._own)

    @property
    def _own(self) -> str:
        """Return Google's own address in the location."""
        return f"https://{_OWN if self.location == 'global' else f'{self.location}-{_OWN}'}"

    def _path(self) -> str:
        """Return the path of the model; raises ProviderError without a project."""
        project = self.project or os.environ.get("GOOGLE_CLOUD_PROJECT", "")
        if not _PROJECT.fullmatch(project):
            seen = f"'{project}' is no project id" if project else "no Google Cloud project is set"
            raise ProviderError(f"{seen}. Set `project` in the suite, or GOOGLE_CLOUD_PROJECT.")
        return (
            f"/v1/projects/{project}/locations/{self.location}/publishers/google/models/"
            f"{quote(self.model_id, safe='@')}:predict"
        )

    def _sorted(self, said: Answer, token: str) -> Exception:
        """Return what an answer that is no success means; the token is kept out of it."""
        try:
            body: object = json.loads(said.body)
        except ValueError:
            body = None
        asked = Asked(
            "Vertex AI",
            self._address(),
            self.model_id,
            "`project`, or the credentials: GOOGLE_ACCESS_TOKEN lasts an hour",
            "`location`",
        )
        wait = hinted_wait(said.headers)
        return sorted_error(told(said.status, body, secret=token, wait=wait), asked)


def _is_long(item: Item) -> bool:
    """Return whether a video lasts longer than a call looks at, or nobody knows how long."""
    from evalkit.media.durations import seconds

    try:
        lasts = seconds(media_of(item))
    except DataError:
        return True
    return lasts is None or lasts > _WINDOW


def _windows(piece: Piece, role: Role) -> list[Piece | Failed]:
    """Return a video as pieces of at most two minutes, as the role says for what is too long."""
    from evalkit.media.durations import seconds

    try:
        lasts = seconds(media_of(piece.item))
    except DataError as e:
        return [Failed(piece.index, str(e))]
    if lasts is None:
        return [Failed(piece.index, "how long it lasts cannot be told from its file.")]
    if lasts <= _WINDOW:
        return [piece]
    if role.overflow == "error":
        what = f"it lasts {lasts:.1f} seconds; the model looks at {_WINDOW} a call."
        return [Failed(piece.index, what)]
    if role.overflow == "truncate":
        return [replace(piece, span=(0.0, float(_WINDOW)), truncated=True)]
    whole = int(lasts)  # the service counts in whole seconds
    return [
        replace(piece, span=(float(start), float(min(start + _WINDOW, whole))))
        for start in range(0, whole, _WINDOW)
    ]


def _object(value: object) -> Mapping[str, Any]:
    """Return a JSON object; raises Transient for anything else."""
    if not isinstance(value, Mapping):
        raise Transient("the service answered something other than it documents.")
    return value
