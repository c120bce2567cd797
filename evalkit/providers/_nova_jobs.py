"""Asynchronous jobs: how one is started, and how its result files become vectors of segments."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.errors import Busy, ProviderError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Failed, Refused
from evalkit.providers._bedrock import Bedrock
from evalkit.providers._calls import Outcome, Piece, Rejected, Transient, answer
from evalkit.providers._messages import is_refusal, plain
from evalkit.providers._nova_s3 import Folder

RESULT = "segmented-embedding-result.json"
_SPANS = (
    ("segmentStartSeconds", "segmentEndSeconds"),
    ("segmentStartCharPosition", "segmentEndCharPosition"),
)
_GOOD = {"SUCCESS", "PARTIAL_SUCCESS"}
_UNFIT = "INVALID_CONTENT"


def start(where: Bedrock, folder: Folder, **asked: Any) -> str:
    """Make one attempt at starting a job whose results go to a folder, and return its ARN.

    Raises Busy where the service takes no further job at present, so that those which run can be
    polled meanwhile; Transient, Rejected or ProviderError for other trouble.
    """
    target = {"s3Uri": folder.uri("results")}
    if folder.kms_key:
        target["kmsKeyId"] = folder.kms_key
    asked["outputDataConfig"] = {"s3OutputDataConfig": target}
    try:
        said = where.ask(where.client, "start_async_invoke", **asked)
    except Transient as e:
        if not e.throttled:
            raise
        raise Busy(e.reason) from None
    return str(said["invocationArn"])


def forget(where: Bedrock, folder: Folder, handle: str) -> None:
    """Delete the result files of a job; warn where that is not allowed, since nothing is lost."""
    place = job_folder(folder.uri("results"), handle)
    try:
        where.patiently(lambda: folder.remove(place))
    except ProviderError as e:
        warnings.warn(f"the results of a job stay in {place}: {e}", stacklevel=3)


def job_folder(address: str, handle: str) -> str:
    """Return where a job's results lie: the service names the folder with or without the job id."""
    job = handle.rpartition("/")[2]
    plain_address = address.rstrip("/")
    return plain_address if plain_address.endswith(f"/{job}") else f"{plain_address}/{job}"


@dataclass(slots=True)
class Results:
    """The results of one job as they are read: vectors, and why some segments have none.

    split: whether each kind of vector (VIDEO, AUDIO) is one of its own. forms: told which of the
    forms that the documentation leaves open were seen. Of segments without a vector there are three
    kinds: refused by the content filter, unfit to be embedded, and passing trouble, which is also
    what every unknown reason counts as.
    """

    item: Item
    dim: int
    split: bool
    forms: set[str]
    vectors: list[Embedded] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    passing: list[str] = field(default_factory=list)

    def read(self, folder: Folder, address: str) -> Sequence[Outcome]:
        """Return what became of the item, from the files that the result file at a folder names."""
        raw = folder.read(f"{address}/{RESULT}")
        if raw is None:
            return [Failed(0, f"its job ended without the file {address}/{RESULT}.")]
        entries = _object(raw).get("embeddingResults")
        if not isinstance(entries, list):
            return [Failed(0, f"{address}/{RESULT} names no results.")]
        for entry in filter(lambda one: isinstance(one, dict), entries):
            self._read_entry(folder, entry)
        return self._outcome()

    def _read_entry(self, folder: Folder, entry: Mapping[str, Any]) -> None:
        """Take in one result file, or the reason why there is none."""
        uri = str(entry.get("outputFileUri") or "")
        if str(entry.get("status", "SUCCESS")) not in _GOOD:
            self._lose(entry)
            return
        raw = folder.read(uri)
        if raw is None:
            self.passing.append(f"the file {uri} is missing")
            return
        for row in _rows(raw):
            self._read_row(row, str(entry.get("embeddingType") or ""), uri)

    def _read_row(self, row: Mapping[str, Any], kind: str, uri: str) -> None:
        """Take in one segment."""
        if str(row.get("status", "SUCCESS")) not in _GOOD:
            self._lose(row)
            return
        told = row.get("segmentMetadata")
        told = told if isinstance(told, Mapping) else {}
        cut = told.get("truncatedCharLength")
        try:
            self.vectors.append(
                answer(
                    Piece(0, self.item),
                    row.get("embedding"),
                    self.dim,
                    kind=self._kind(kind or str(told.get("type") or ""), uri),
                    span=self._span(row, told),
                    truncated=bool(cut),
                )
            )
        except Transient as e:
            self.passing.append(e.reason.rstrip("."))

    def _kind(self, told: str, uri: str) -> str:
        """Return which kind of vector a segment is, from its type or else from the file's name."""
        if not self.split:
            return "whole"
        if told:
            return told
        self.forms.add("kind by file name")
        return "AUDIO" if "audio" in uri.rpartition("/")[2].lower() else "VIDEO"

    def _span(self, row: Mapping[str, Any], told: Mapping[str, Any]) -> tuple[float, float] | None:
        """Return from where to where a segment goes, in seconds or characters."""
        for place, first, last in (
            *((told, *names) for names in _SPANS),
            (row, "startTime", "endTime"),
        ):
            if _is_number(place.get(first)) and _is_number(place.get(last)):
                self.forms.add(f"span by {first}")
                return float(place[first]), float(place[last])
        self.forms.add("no span")
        return None

    def _lose(self, told: Mapping[str, Any]) -> None:
        """Note why a segment, or all of them, has no vector."""
        why = " ".join(str(told[name]) for name in ("failureReason", "message") if told.get(name))
        why = plain(why or f"status {told.get('status')}")
        if is_refusal(why):
            self.refused.append(why)
        else:
            (self.unfit if _UNFIT in why else self.passing).append(why)

    def _outcome(self) -> Sequence[Outcome]:
        """Return the vectors, and one Failed for what stays without; Refused where all of it was.

        Where trouble may pass there is one Failed alone, so that the item is tried again as a
        whole and half of it never passes for all.
        """
        lost = [*self.passing, *self.unfit, *self.refused]
        if not self.vectors and not lost:
            return [Failed(0, "its job gave no vector.")]
        if len(lost) == len(self.refused) and not self.vectors:
            return [Refused(0, self.refused[0])]
        share = f"{len(lost)} of {len(lost) + len(self.vectors)} segments have no vector"
        gone = [Failed(0, _told(share, lost))] if lost else []
        return gone if self.passing else [*self.vectors, *gone]


def results_of(where: Bedrock, handle: str, seen_forms: set[str]) -> str | Outcome | None:
    """Return the folder of a job's results, what became of a job that failed, None while it runs.

    seen_forms takes which of two documented forms the folder's address had.
    """
    try:
        job = where.patiently(
            lambda: where.ask(where.client, "get_async_invoke", invocationArn=handle)
        )
    except Rejected as e:
        return Failed(0, e.reason)
    status = str(job.get("status", ""))
    if status == "Failed":
        return failed_job(str(job.get("failureMessage") or ""))
    if status != "Completed":
        return None
    address = str(job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"])
    place = job_folder(address, handle)
    seen_forms.add(f"s3Uri {'with' if place == address.rstrip('/') else 'without'} job id")
    return place


def failed_job(message: str) -> Outcome:
    """Return what became of an item whose whole job failed."""
    why = plain(message or "the service gives no reason")
    return Refused(0, why) if is_refusal(why) else Failed(0, f"its job failed: {why}")


def _told(what: str, reasons: Sequence[str]) -> str:
    """Return a sentence with the first few different reasons."""
    different = list(dict.fromkeys(reasons))[:3]
    return f"{what} ({'; '.join(different)})." if different else f"{what}."


def _object(raw: bytes) -> dict[str, Any]:
    """Return a JSON object, an empty one where it is none."""
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _rows(raw: bytes) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file with one on each line, or of a file that is one as a whole."""
    whole = _object(raw)
    if whole:
        yield whole
        return
    for line in filter(None, map(bytes.strip, raw.splitlines())):
        row = _object(line)
        yield row or {"status": "FAILURE", "message": "a line that is no JSON object"}


def _is_number(value: object) -> bool:
    """Return whether a value can be one end of a span."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
