"""What came of an asynchronous job: result files in S3 made into vectors of segments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Failed, Refused
from evalkit.providers._bedrock_errors import is_refusal, plain
from evalkit.providers._calls import Outcome, Piece, Transient, answer
from evalkit.providers._nova_s3 import Folder

RESULT = "segmented-embedding-result.json"
_SPANS = (
    ("segmentStartSeconds", "segmentEndSeconds"),
    ("segmentStartCharPosition", "segmentEndCharPosition"),
)
_GOOD = {"SUCCESS", "PARTIAL_SUCCESS"}


def job_folder(address: str, handle: str) -> str:
    """Return where a job's results lie: the service names the folder with or without the job id."""
    job = handle.rpartition("/")[2]
    plain_address = address.rstrip("/")
    return plain_address if plain_address.endswith(f"/{job}") else f"{plain_address}/{job}"


@dataclass(slots=True)
class Results:
    """The results of one job as they are read: vectors, and why some segments have none.

    split: whether each kind of vector (VIDEO, AUDIO) is one of its own. forms: told which of the
    forms that the documentation leaves open were seen.
    """

    item: Item
    dim: int
    split: bool
    forms: set[str]
    vectors: list[Embedded] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

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
            self.failed.append(f"the file {uri} is missing")
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
            self.failed.append(e.reason.rstrip("."))

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
        (self.refused if is_refusal(why) else self.failed).append(why)

    def _outcome(self) -> Sequence[Outcome]:
        """Return the vectors and one Failed for what is missing; Refused where all was."""
        lost = [*self.failed, *self.refused]
        if not self.vectors and not self.failed and self.refused:
            return [Refused(0, self.refused[0])]
        if not self.vectors:
            return [Failed(0, _told("its job gave no vector", lost))]
        if not lost:
            return self.vectors
        share = f"{len(lost)} of {len(lost) + len(self.vectors)} segments have no vector"
        return [*self.vectors, Failed(0, _told(share, lost))]


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
