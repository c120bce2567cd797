"""TwelveLabs Marengo Embed on Amazon Bedrock: 2.7 and 3.0."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Literal

from evalkit.core.errors import DataError, ProviderError, UsageError, nearest
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Refused, Role
from evalkit.core.registry import plugin
from evalkit.providers import _marengo as body
from evalkit.providers._bedrock import Bedrock
from evalkit.providers._calls import Call, Outcome, Piece, Rejected, Transient, answer
from evalkit.providers._filing import Parameters
from evalkit.providers._marengo_jobs import OUTPUT, kind_of, outcomes, rows
from evalkit.providers._nova_jobs import forget, results_of, start
from evalkit.providers._nova_s3 import Folder, check_kms_key, not_allowed, parsed
from evalkit.providers._parts import filled_parts, media_in, mixed_piece, text_of
from evalkit.providers._pieces import ONE_AT_A_TIME, media_piece, text_pieces
from evalkit.providers._profiles import profiled

_IMAGES = ("image/png", "image/jpeg")
_ENDINGS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/x-matroska": "mkv",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpeg",
}
_IMAGE_BYTES = 5_000_000
_REQUEST_BYTES = 25_000_000 - 20_000
"""Of the parts of a mix, in base64; the rest of the request has room besides."""
_MOST_CHARS = 100_000
_IN_JOBS = "audio and video are embedded in jobs."


@plugin("providers", "marengo")
@dataclass(frozen=True, kw_only=True)
class Marengo(Bedrock):
    """TwelveLabs Marengo Embed: texts and images by a call, audio and video by jobs.

    version: 2.7 or 3.0, whose vectors are not comparable. jobs: a folder such as s3://bucket/folder
    in the region of the model, for audio and video and their results; kms_key: the ARN of the key
    that encrypts them there; bucket_owner: the account that owns it, 12 digits, which the service
    may want. options: what of a video is embedded, each as a vector of its own for every clip, all
    where empty. Of 2.7, `visual-text` is made for text queries, `visual-image` for images.
    clip_seconds, shortest_clip: 0 leaves the cut to the service (shots for video, near 10 seconds
    for audio). scope: 3.0 can embed an asset as one. fused: 3.0 can weigh the options into one
    vector, where several are about the item. profile_prefix: of the inference profile for calls,
    such as us or eu; "" asks for the model itself. keep_outputs: leave the result files in S3.
    """

    facts: ClassVar[Facts] = Facts(
        "Amazon Bedrock",
        {
            "text": "77 tokens (3.0: 500)",
            "image": "PNG or JPEG, 5 MB",
            "audio": "in jobs: 2 GB, 2 h (3.0: 6 GB, 4 h)",
            "video": "in jobs: 2 GB, 2 h (3.0: 6 GB, 4 h)",
        },
        per_call=1,
        others=({"version": "3.0"},),
    )
    nested: ClassVar[Literal["yes", "no", "unknown"]] = "no"

    version: Literal["2.7", "3.0"] = "2.7"
    jobs: str = ""
    kms_key: str = ""
    bucket_owner: str = ""
    options: tuple[str, ...] = ()
    clip_seconds: int = 0
    shortest_clip: int = 0
    scope: Literal["clip", "asset"] = "clip"
    fused: bool = False
    profile_prefix: str = "auto"
    keep_outputs: bool = False
    seen_forms: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fill in the model id; refuse parameters that the service would refuse."""
        Bedrock.__post_init__(self)
        if not self.model_id:
            object.__setattr__(self, "model_id", self._offer.model_id)
        for option in self.options:
            if option not in self._offer.options:
                raise UsageError(f"options: '{option}'; {nearest(option, self._offer.options)}")
        if self.jobs:
            parsed(self.jobs)
        check_kms_key(self.kms_key)
        if self.bucket_owner and not re.fullmatch(r"[0-9]{12}", self.bucket_owner):
            raise UsageError("bucket_owner: the id of an AWS account has 12 digits.")
        self._check_clips()

    @property
    def modalities(self) -> frozenset[str]:
        """Text, image, audio and video; 3.0 takes texts and images mixed."""
        mixes = {"mixed"} if self.version == "3.0" else set[str]()
        return frozenset({"text", "image", "audio", "video"} | mixes)

    def _check_clips(self) -> None:
        """Raise UsageError for clips that the version cannot make."""
        old = self.version == "2.7"
        least = 2 if old else 1
        if self.clip_seconds and not least <= self.clip_seconds <= 10:
            raise UsageError(f"clip_seconds: {self.clip_seconds} is not from {least} to 10.")
        if self.shortest_clip and not 1 <= self.shortest_clip <= 5:
            raise UsageError(f"shortest_clip: {self.shortest_clip} is not from 1 to 5.")
        if self.clip_seconds and self.shortest_clip > self.clip_seconds:
            raise UsageError("shortest_clip: it is longer than clip_seconds.")
        if old and (self.fused or self.scope != "clip"):
            raise UsageError("scope and fused: version 2.7 has neither; set `version: '3.0'`.")
        if self.fused and len(self._clips.options) < 2:
            raise UsageError("fused: it needs at least two `options`.")

    @property
    def _offer(self) -> body.Offer:
        """Return what the version takes."""
        return body.OFFERS[self.version]

    @property
    def _clips(self) -> body.Clips:
        """Return how audio and video are cut."""
        wanted = set(self.options or self._offer.options)
        options = tuple(option for option in self._offer.options if option in wanted)
        return body.Clips(options, self.clip_seconds, self.shortest_clip, self.scope, self.fused)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the one vector size of the version."""
        return (self._offer.size,)

    @property
    def asked_id(self) -> str:
        """Return the id that calls are sent to; jobs always name the model itself."""
        offer = self._offer
        if self.model_id != offer.model_id:
            return self.model_id
        return profiled(self.model_id, self.profile_prefix, self.region, offer.areas)

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return region, overflow, and how audio and video are cut and looked at."""
        form, clips = self._offer.form, self._clips
        return {
            "any": self.place,
            "long": {"truncate": _truncate(role)},
            "cut": {"overflow": role.overflow},
            "audio": {"clips": form.media("audio", {}, clips)},
            "video": {"clips": form.media("video", {}, clips)},
        }

    @property
    def counted_tokens(self) -> float:
        """Return how many tokens of a text 2.7 reads; for 3.0 texts are cut here."""
        return self._offer.tokens if self.version == "2.7" else math.inf

    def unusable(self) -> str:
        """Return what is missing here or not allowed, "" for nothing; asks no network."""
        return (self.jobs and not_allowed(self.jobs)) or Bedrock.unusable(self)

    # --- calls --------------------------------------------------------------------------------

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return a text (or its parts), an image, or for 3.0 a mix of both, within the limits."""
        parts = filled_parts(item)
        if item.modalities & {"audio", "video"}:
            several = len(parts) > 1
            return [Failed(index, ONE_AT_A_TIME if several else _IN_JOBS)]
        if all(isinstance(part, str) for part in parts):
            return self._texts(index, item, role)
        if len(parts) == 1:
            return [_image(index, item.with_content(parts[0]))]
        if self.version == "2.7":
            return [Failed(index, ONE_AT_A_TIME)]
        whole = replace(role, overflow="error") if role.overflow == "segment" else role
        return [
            mixed_piece(
                index,
                item,
                parts,
                lambda one: self._texts(index, one, whole)[0],
                lambda one: _image(index, one),
                most_bytes=_REQUEST_BYTES,
            )
        ]

    def _texts(self, index: int, item: Item, role: Role) -> list[Piece | Failed]:
        """Return a text, or what `role.overflow` makes of a long one.

        2.7 cuts texts or refuses them by its own count and does not say which: what an estimate of
        four bytes a token finds too long is marked as truncated.
        """
        tokens = self._offer.tokens
        if self.version == "3.0" or role.overflow == "segment":
            return text_pieces(index, item, role, most_chars=_MOST_CHARS, most_tokens=tokens)
        pieces = text_pieces(index, item, role, most_chars=_MOST_CHARS)
        cut = role.overflow == "truncate"
        return [
            replace(p, truncated=True) if cut and isinstance(p, Piece) and p.tokens > tokens else p
            for p in pieces
        ]

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt at a text, an image or a mix."""
        (piece,) = call
        reply = self.invoke(self._body(piece.item, role), self.asked_id)
        found = rows(reply.body, self.seen_forms)
        if not found:
            raise Transient("the service answered no vector.")
        return [
            answer(
                piece,
                row.get("embedding"),
                dim,
                kind=kind_of(row),
                tokens=reply.tokens,
                request_id=reply.request_id,
            )
            for row in found
        ]

    def _body(self, item: Item, role: Role) -> body.Json:
        """Return the request for a text, an image or a mix."""
        form = self._offer.form
        if isinstance(item.content, tuple):
            return form.mix(item.parts)
        if isinstance(item.content, str):
            return form.text(text_of(item), _truncate(role))
        return form.media("image", body.inline_source(item.content))

    # --- jobs ---------------------------------------------------------------------------------

    @cached_property
    def folder(self) -> Folder:
        """Return the folder of S3 for inputs and results; raises ProviderError without one."""
        if not self.jobs:
            raise ProviderError(
                "audio and video are embedded in jobs, which need a folder of S3: set `jobs` to "
                "one, such as s3://bucket/folder."
            )
        folder = Folder(self, self.connect("s3", attempts=5), self.jobs, self.kms_key)
        folder.check()
        return folder

    @property
    def poll_seconds(self) -> float:
        """Return how long to wait before a job is asked for the first time."""
        return 10.0

    def wants_job(self, item: Item, role: Role) -> bool:
        """Return whether an item is audio or video."""
        return item.modality in {"audio", "video"}

    def submit(self, item: Item, role: Role, dim: int, token: str) -> str:
        """Start a job and return its ARN; the input is uploaded unless it is there already.

        Raises ProviderError without a folder of S3, DataError where the item cannot be sent or
        none of `options` is about its modality, and Busy at once where the service takes no further
        job at present.
        """
        self._expect_options(item.modality)
        source = self._stored(item)
        try:
            return self.patiently(
                lambda: start(
                    self,
                    self.folder,
                    clientRequestToken=token,
                    modelId=self._offer.model_id,
                    modelInput=self._offer.form.media(item.modality, source, self._clips),
                )
            )
        except Rejected as e:
            hint = "" if self.bucket_owner else " The service may want `bucket_owner`, too."
            raise DataError(f"{e.reason.rstrip('.')}.{hint}") from None

    def _expect_options(self, kind: str) -> None:
        """Raise DataError where nothing of audio or video is to be embedded; 2.7 has no choice."""
        if self.version == "2.7" or self._clips.of(kind):
            return
        fitting = " or ".join(one for one in self._offer.options if one != "visual")
        raise DataError(
            f"`options: [{', '.join(self.options)}]` embeds nothing of {kind}; add {fitting} to "
            "it, or leave `options` out."
        )

    def _stored(self, item: Item) -> body.Json:
        """Return audio or video as a source in S3, after the limits are checked."""
        offer = self._offer
        piece = media_piece(
            0, item, most_bytes=offer.most_bytes, mimes=_ENDINGS, most_seconds=offer.seconds
        )
        if isinstance(piece, Failed):
            raise DataError(piece.reason)
        media = media_in(piece.item.parts[0])
        uri = self.patiently(lambda: self.folder.store(media, _ENDINGS[media.mime]))
        return body.s3_source(uri, self.bucket_owner)

    def poll(
        self, handle: str, item: Item, role: Role, dim: int
    ) -> Sequence[Embedded | Refused | Failed] | None:
        """Return the vectors of a job's clips, with what failed; None while it goes on."""
        place = results_of(self, handle, self.seen_forms)
        if not isinstance(place, str):
            return None if place is None else [place]
        raw = self.patiently(lambda: self.folder.read(f"{place}/{OUTPUT}"))
        if raw is None:
            return [Failed(0, f"its job ended without the file {place}/{OUTPUT}.")]
        found = outcomes(raw, item, dim, self.seen_forms)
        self.traffic.answered += any(isinstance(one, Embedded) for one in found)
        return found

    def forget(self, handle: str) -> None:
        """Delete the result files of a job, once its vectors are stored, unless they are kept."""
        if not self.keep_outputs:
            forget(self, self.folder, handle)


def _truncate(role: Role) -> str:
    """Return what 2.7 is to do with a text of too many tokens."""
    return "end" if role.overflow == "truncate" else "none"


def _image(index: int, item: Item) -> Piece | Failed:
    """Return an image within the limits."""
    return media_piece(index, item, most_bytes=_IMAGE_BYTES, mimes=_IMAGES)
