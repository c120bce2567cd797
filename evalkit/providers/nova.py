"""Amazon Nova Multimodal Embeddings on Bedrock: five modalities in one space."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.core.registry import plugin
from evalkit.providers import _nova_body as body
from evalkit.providers._calls import Outcome, Piece, Rejected
from evalkit.providers._filing import Trait
from evalkit.providers._gathering import Gathering
from evalkit.providers._nova_batch import BatchJobs
from evalkit.providers._nova_jobs import Results, forget, results_of, start
from evalkit.providers._nova_model import (
    CHARS,
    IN_JOBS,
    IN_S3,
    TOKENS,
    NovaModel,
    is_long,
    lasts,
)
from evalkit.providers._pieces import media_of, media_piece, size_of

_JOB_SECONDS, _JOB_TEXT = 7200.0, 634_000_000
_MOST_SEGMENTS = {"text": 1900, "audio": 1434, "video": 1434}


@plugin("providers", "nova")
@dataclass(frozen=True, kw_only=True)
class Nova(NovaModel):
    """Amazon Nova Multimodal Embeddings.

    The purpose told to the model follows from the role: the corpus is GENERIC_INDEX; a query is
    TEXT_, IMAGE_, DOCUMENT_, VIDEO_ or AUDIO_RETRIEVAL where the corpus is of that one modality and
    GENERIC_RETRIEVAL where it is mixed; tasks that classify or cluster say so on both sides.

    nested: `no` or `unknown` asks for every size instead of cutting the widest. purpose: another
    one for queries. detail: of images (`auto`: documents are read closely, photos are not).
    page_dpi: pixels an inch at which pages of PDF documents are drawn, as PNG, or as JPEG where
    that has more than max_inline_bytes. video_mode: one vector for picture and sound, or one each.
    truncation: which end of a long text is dropped; with `overflow: error` it is always NONE.
    jobs: a folder such as s3://bucket/folder for inputs that are too big to send and for jobs,
    which cut long text (`overflow: segment`) and media over 30 seconds into parts of segment_chars
    and segment_seconds; kms_key: the ARN of the key that encrypts its files, "" for the bucket's
    own. keep_outputs: leave the result files there. max_inline_bytes: the biggest file that is sent
    in a request. batch_role: the ARN of a role; with it, at least batch_minimum inputs at a time go
    as a batch job, which is waited for batch_hours at most.
    """

    @property
    def batch(self) -> int:
        """Return how many items it likes to be given at once: many where a batch job takes them."""
        return 20_000 if self.batch_role else 1024

    @property
    def least(self) -> int:
        """Return the fewest items that are worth sending together."""
        return self.batch_minimum if self.batch_role else 1

    def outcomes(
        self, pieces: Sequence[Piece], role: Role, dim: int, whole: Gathering
    ) -> Iterator[Outcome]:
        """Yield what came of pieces, from a batch job where the suite asks for those."""
        small = {f"r{n:07d}": p for n, p in enumerate(pieces) if self._fits_inline(p.item)}
        if not self.batch_role or len(small) < self.batch_minimum:
            yield from NovaModel.outcomes(self, pieces, role, dim, whole)
            return
        rest = [p for n, p in enumerate(pieces) if f"r{n:07d}" not in small]
        yield from NovaModel.outcomes(self, rest, role, dim, whole)
        jobs = BatchJobs(
            self, self.connect("bedrock"), self.folder, self.batch_role, self.batch_hours
        )
        yield from jobs.embed(
            small,
            lambda piece: self._request(piece.item, role, dim),
            lambda piece, said: whole.answered((piece,), self._outcomes(piece, said, role, dim)),
        )

    @property
    def poll_seconds(self) -> float:
        """Return how long to wait before a job is asked for the first time."""
        return 10.0

    def wants_job(self, item: Item, role: Role) -> bool:
        """Return whether an item is too long for one request and may be cut into segments."""
        if not self.jobs:
            return False
        if item.modality == "text":
            text = body.text_of(item)
            long = len(text) > CHARS or len(text.encode(errors="replace")) > 4 * TOKENS
            return long and role.overflow == "segment"
        return is_long(item, IN_S3.get(item.modality, 0))

    def traits(self, item: Item, role: Role) -> set[Trait]:
        """Return what an item is or holds, and whether it is media that a job cuts."""
        found = NovaModel.traits(self, item, role)
        media = item.modality in IN_JOBS
        return found | {"job"} if media and self.wants_job(item, role) else found

    def submit(self, item: Item, role: Role, dim: int, token: str) -> str:
        """Start a job and return its ARN; the input is uploaded unless it is there already.

        Raises Busy at once where the service takes no further job at present, DataError where it
        does not take the item, ProviderError where the folder cannot be used.
        """
        self.expect_offered(dim)
        purpose = body.purpose_of(role, self.purpose, self.detail)
        content, segmentation = self._job_content(item, role)
        asked = body.segmented(purpose, dim, content, segmentation)
        try:
            return self.patiently(
                lambda: start(
                    self,
                    self.folder,
                    clientRequestToken=token,
                    modelId=self.model_id,
                    modelInput=asked,
                )
            )
        except Rejected as e:
            raise DataError(e.reason) from None

    def _job_content(self, item: Item, role: Role) -> tuple[body.Json, body.Json]:
        """Return what a job says of its input, and how long its segments are."""
        if item.modality == "text":
            text = body.text_of(item)
            self._check_segments("text", len(text) / self.segment_chars)
            try:
                media = Media("text/plain", data=text.encode())
            except UnicodeEncodeError:
                raise DataError("its text holds half of a character.") from None
            if size_of(media) > _JOB_TEXT:
                raise DataError(f"its text has more than {_JOB_TEXT:,} bytes.")
            value: body.Json = {"source": body.in_s3(self._stored(media, "txt"))}
            content = body.text_content(value, self._truncation(role))
            return content, {"maxLengthChars": self.segment_chars}
        kind = item.modality
        most = IN_JOBS[kind]
        piece = media_piece(0, item, most_bytes=most, mimes=body.FORMATS, most_seconds=_JOB_SECONDS)
        if isinstance(piece, Failed):
            raise DataError(piece.reason)
        media = media_of(piece.item)
        self._check_segments(kind, lasts(media) / self.segment_seconds)
        source = body.in_s3(self._stored(media, body.FORMATS[media.mime]))
        content = body.media_content(piece.item, source, self.detail, self.video_mode)
        return content, {"durationSeconds": self.segment_seconds}

    def _stored(self, media: Media, ending: str) -> str:
        """Return where in S3 an input lies, after uploading it where need be."""
        return self.patiently(lambda: self.folder.store(media, ending))

    def _check_segments(self, kind: str, segments: float) -> None:
        """Raise DataError where an input would have more segments than a job may."""
        if math.ceil(segments) > _MOST_SEGMENTS[kind]:
            longer = "segment_chars" if kind == "text" else "segment_seconds"
            raise DataError(
                f"it has about {math.ceil(segments):,} segments; a job takes "
                f"{_MOST_SEGMENTS[kind]:,}. Raise `{longer}`."
            )

    def poll(
        self, handle: str, item: Item, role: Role, dim: int
    ) -> Sequence[Embedded | Refused | Failed] | None:
        """Return the vectors of a job's segments, with what failed; None while it goes on.

        The result files stay until `forget`, so that a crash after this loses nothing.
        """
        place = results_of(self, handle, self.seen_forms)
        if not isinstance(place, str):
            return None if place is None else [place]
        found = self.patiently(
            lambda: Results(item, dim, self._is_split(item), self.seen_forms).read(
                self.folder, place
            )
        )
        self.traffic.answered += any(isinstance(one, Embedded) for one in found)
        return found

    def forget(self, handle: str) -> None:
        """Delete the result files of a job, once its vectors are stored, unless they are kept."""
        if not self.keep_outputs:
            forget(self, self.folder, handle)
