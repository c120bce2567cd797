"""Batch jobs: many inputs in one file, at about half the price, answered within hours.

That Bedrock takes this model in batch jobs is said in a blog of AWS and not confirmed by the table
of supported models, so this path is used only where a suite asks for it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from evalkit.core.errors import DataError, ProviderError
from evalkit.core.items import Media
from evalkit.core.protocols import Failed, Refused
from evalkit.providers._bedrock import Bedrock
from evalkit.providers._calls import Outcome, Piece, Rejected, Transient
from evalkit.providers._messages import is_refusal, plain
from evalkit.providers._nova_s3 import Folder

_DONE = {"Completed", "PartiallyCompleted"}
_LOST = {"Failed", "Stopping", "Stopped", "Expired"}
_FIRST_WAIT, _LONGEST_WAIT = 15.0, 300.0
Read = Callable[[Piece, Mapping[str, Any]], Iterable[Outcome]]
"""Makes outcomes of the body of one answer."""


@dataclass(frozen=True, slots=True)
class BatchJobs:
    """Where batch jobs run.

    role: the ARN of the role that may read and write the folder. hours: how long a job is waited
    for.
    """

    where: Bedrock
    client: Any
    folder: Folder
    role: str
    hours: float = 24.0

    def embed(
        self, pieces: Mapping[str, Piece], body: Callable[[Piece], object], read: Read
    ) -> Iterator[Outcome]:
        """Yield what came of each piece, by its record id, once the whole job is done.

        The job's name follows from its input, so that a run which was broken off finds the job
        again. A piece that cannot be read or drawn any more is left out and has failed. Raises
        ProviderError where the job as a whole failed or takes too long.
        """
        sent: dict[str, Piece] = {}
        with NamedTemporaryFile(suffix=".jsonl") as file:
            digest = hashlib.sha256()
            for record, piece in pieces.items():
                try:
                    row = {"recordId": record, "modelInput": body(piece)}
                except (DataError, Rejected) as e:
                    yield Failed(piece.index, str(e))
                    continue
                line = json.dumps(row, sort_keys=True).encode() + b"\n"
                digest.update(line)
                file.write(line)
                sent[record] = piece
            if not sent:
                return
            file.flush()
            name = f"evalkit-{digest.hexdigest()[:32]}"
            earlier = self._named(name)
            arn = next((str(job["jobArn"]) for job in earlier if self._is_of_use(job)), "")
            arn = arn or self._start(f"{name}-{len(earlier)}", Path(file.name))
        try:
            yield from joined(sent, self._answers(self._wait(arn), arn), read)
        except Transient as e:
            raise ProviderError(
                f"the answers of the batch job {arn} broke off: {e.reason} Run again to read them."
            ) from None

    def _named(self, name: str) -> list[Mapping[str, Any]]:
        """Return what the service says of the jobs that an earlier run started for this input."""
        said = self._ask("list_model_invocation_jobs", nameContains=name)
        found = said.get("invocationJobSummaries", ())
        return [job for job in found if str(job.get("jobName", "")).startswith(name)]

    def _is_of_use(self, job: Mapping[str, Any]) -> bool:
        """Return whether a job still runs, or is done and embedded one record at least."""
        if job.get("status") not in _DONE:
            return job.get("status") not in _LOST
        arn = str(job["jobArn"])
        uri = self._answers_uri(self._told(arn), arn)
        return self.where.patiently(lambda: self._has_vectors(uri))

    def _has_vectors(self, uri: str) -> bool:
        """Return whether a file with answers is there and holds what the model gave for one."""
        lines = self.folder.lines(uri)
        if lines is None:
            return False
        with closing(lines):
            return any(map(_is_embedded, lines))

    def _start(self, name: str, path: Path) -> str:
        """Upload the input and start a job; return its ARN."""
        media = Media("application/jsonl", path=path)
        uri = self.where.patiently(lambda: self.folder.store(media, "jsonl"))
        unique = f"{name}-{int(time.time())}"
        target = {"s3Uri": self.folder.uri("batch/")}
        if self.folder.kms_key:
            target["s3EncryptionKeyId"] = self.folder.kms_key
        said = self._ask(
            "create_model_invocation_job",
            jobName=unique,
            roleArn=self.role,
            modelId=self.where.model_id,
            inputDataConfig={"s3InputDataConfig": {"s3Uri": uri, "s3InputFormat": "JSONL"}},
            outputDataConfig={"s3OutputDataConfig": target},
            clientRequestToken=unique,
        )
        return str(said["jobArn"])

    def _wait(self, arn: str) -> Mapping[str, Any]:
        """Return what the service says of a job that is done."""
        wait, until = _FIRST_WAIT, time.monotonic() + self.hours * 3600
        while True:
            job = self._told(arn)
            status = str(job.get("status", ""))
            if status in _DONE:
                return job
            if status in _LOST:
                raise ProviderError(
                    f"the batch job {arn} ended as {status}: "
                    f"{plain(str(job.get('message') or 'no reason given'))}. Without `batch_role` "
                    "inputs are sent one by one."
                )
            if time.monotonic() >= until:
                raise ProviderError(
                    f"the batch job {arn} has not ended in {self.hours:g} hours ({status}). It "
                    "goes on: run again to wait for it once more, or raise `batch_hours`."
                )
            time.sleep(wait)
            wait = min(wait * 1.5, _LONGEST_WAIT)

    def _told(self, arn: str) -> Mapping[str, Any]:
        """Return what the service says of a job at present."""
        job: Mapping[str, Any] = self._ask("get_model_invocation_job", jobIdentifier=arn)
        return job

    def _answers_uri(self, job: Mapping[str, Any], arn: str) -> str:
        """Return the address of the file with the answers of a job."""
        told = job["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
        name, number = str(told).rpartition("/")[2], arn.rpartition("/")[2]
        return self.folder.uri(f"batch/{number}/{name}.out")

    def _answers(self, job: Mapping[str, Any], arn: str) -> Generator[bytes, None, None]:
        """Return the lines of the file with the answers of a job."""
        uri = self._answers_uri(job, arn)
        lines = self.where.patiently(lambda: self.folder.lines(uri))
        if lines is None:
            raise ProviderError(f"the batch job {arn} is done, but its answers {uri} are missing.")
        return lines

    def _ask(self, operation: str, **params: Any) -> Any:
        """Make one call to the control plane, again where that may help."""
        try:
            return self.where.patiently(lambda: self.where.ask(self.client, operation, **params))
        except Rejected as e:
            raise ProviderError(
                f"the service takes no such batch job: {e.reason} Without `batch_role` inputs are "
                "sent one by one."
            ) from None


def _is_embedded(line: bytes) -> bool:
    """Return whether a line of the answers holds what the model gave for a record."""
    try:
        row = json.loads(line)
    except ValueError:
        return False
    return (
        isinstance(row, dict)
        and isinstance(row.get("modelOutput"), dict)
        and not isinstance(row.get("error"), dict)
    )


def joined(pieces: Mapping[str, Piece], lines: Iterable[bytes], read: Read) -> Iterator[Outcome]:
    """Yield what came of each piece, from answers in any order; the first good one counts.

    A piece without any good answer is refused or failed as its last answer says.
    """
    lost: dict[str, Outcome] = {
        name: Failed(piece.index, "the batch job has no answer for it.")
        for name, piece in pieces.items()
    }
    for line in lines:
        try:
            row = json.loads(line)
            name = str(row["recordId"])
        except (ValueError, KeyError, TypeError):
            continue  # its piece is told as one without an answer
        if name not in lost:
            continue
        found = _outcomes(pieces[name], row, read)
        if all(isinstance(one, (Failed, Refused)) for one in found):
            lost[name] = found[0]
            continue
        del lost[name]
        yield from found
    yield from lost.values()


def _outcomes(piece: Piece, row: Mapping[str, Any], read: Read) -> list[Outcome]:
    """Return what one line of the answers says of its piece, at least one outcome."""
    error = row.get("error")
    if isinstance(error, Mapping):
        why = plain(f"{error.get('errorMessage') or 'no reason'} ({error.get('errorCode')})")
        return [Refused(piece.index, why) if is_refusal(why) else Failed(piece.index, why)]
    body = row.get("modelOutput")
    if not isinstance(body, Mapping):
        return [Failed(piece.index, "the batch job's answer holds no output.")]
    try:
        return list(read(piece, body))
    except (Transient, Rejected) as e:
        return [Failed(piece.index, e.reason)]
