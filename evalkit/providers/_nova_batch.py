"""Batch jobs: many inputs in one file, at about half the price, answered within hours.

That Bedrock takes this model in batch jobs is said in a blog of AWS and not confirmed by the table
of supported models, so this path is used only where a suite asks for it.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from evalkit.core.errors import ProviderError
from evalkit.core.items import Media
from evalkit.core.protocols import Failed, Refused
from evalkit.providers._bedrock import Bedrock
from evalkit.providers._bedrock_errors import is_refusal, plain
from evalkit.providers._calls import Outcome, Piece, Rejected, Transient
from evalkit.providers._nova_s3 import Folder

_DONE = {"Completed", "PartiallyCompleted"}
_LOST = {"Failed", "Stopping", "Stopped", "Expired"}
_FIRST_WAIT, _LONGEST_WAIT = 15.0, 300.0
Read = Callable[[Piece, Mapping[str, Any]], Iterable[Outcome]]
"""Makes outcomes of the body of one answer."""


@dataclass(frozen=True, slots=True)
class BatchJobs:
    """Where batch jobs run. role: the ARN of the role that may read and write the folder."""

    where: Bedrock
    client: Any
    folder: Folder
    role: str

    def embed(
        self, pieces: Mapping[str, Piece], body: Callable[[Piece], object], read: Read
    ) -> Iterator[Outcome]:
        """Yield what came of each piece, by its record id, once the whole job is done.

        The job's name follows from its input, so that a run which was broken off finds the job
        again. Raises ProviderError where the job as a whole failed.
        """
        with NamedTemporaryFile(suffix=".jsonl") as file:
            digest = hashlib.sha256()
            for record, piece in pieces.items():
                row = {"recordId": record, "modelInput": body(piece)}
                line = json.dumps(row, sort_keys=True).encode() + b"\n"
                digest.update(line)
                file.write(line)
            file.flush()
            name = f"evalkit-{digest.hexdigest()[:32]}"
            arn = self._running(name) or self._start(name, Path(file.name))
        yield from joined(pieces, self._answers(self._wait(arn), arn), read)

    def _running(self, name: str) -> str:
        """Return the ARN of a job of this name that runs or is done, "" where there is none."""
        said = self._ask("list_model_invocation_jobs", nameContains=name)
        for job in said.get("invocationJobSummaries", ()):
            same = str(job.get("jobName", "")).startswith(name)
            if same and job.get("status") not in _LOST:
                return str(job["jobArn"])
        return ""

    def _start(self, name: str, path: Path) -> str:
        """Upload the input and start a job; return its ARN."""
        uri = self.folder.store(Media("application/jsonl", path=path), "jsonl")
        unique = f"{name}-{int(time.time())}"
        said = self._ask(
            "create_model_invocation_job",
            jobName=unique,
            roleArn=self.role,
            modelId=self.where.model_id,
            inputDataConfig={"s3InputDataConfig": {"s3Uri": uri, "s3InputFormat": "JSONL"}},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": self.folder.uri("batch/")}},
            clientRequestToken=unique,
        )
        return str(said["jobArn"])

    def _wait(self, arn: str) -> Mapping[str, Any]:
        """Return what the service says of a job that is done."""
        wait = _FIRST_WAIT
        while True:
            job: Mapping[str, Any] = self._ask("get_model_invocation_job", jobIdentifier=arn)
            status = str(job.get("status", ""))
            if status in _DONE:
                return job
            if status in _LOST:
                raise ProviderError(
                    f"the batch job {arn} ended as {status}: "
                    f"{plain(str(job.get('message') or 'no reason given'))}. Without `batch_role` "
                    "inputs are sent one by one."
                )
            time.sleep(wait)
            wait = min(wait * 1.5, _LONGEST_WAIT)

    def _answers(self, job: Mapping[str, Any], arn: str) -> Iterable[bytes]:
        """Return the lines of the file with the answers of a job."""
        told = job["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
        name, number = str(told).rpartition("/")[2], arn.rpartition("/")[2]
        uri = self.folder.uri(f"batch/{number}/{name}.out")
        lines = self.folder.lines(uri)
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
