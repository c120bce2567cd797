"""Jobs of Bedrock: started by a request, ended after some polls, their results written to S3."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.services import bodies, results
from tests.services.answers import Answer, plain
from tests.services.bedrock import ACCOUNT, offered
from tests.services.calls import Call, checked
from tests.services.traffic import FATES, Settings
from tests.services.trouble import Trouble, invalid


def now() -> str:
    """Return the time as services write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Job:
    """A job and how far it is. finish: does the work and returns what became of it."""

    arn: str
    told: dict[str, Any]
    finish: Callable[[], Mapping[str, object]]
    fate: str
    running: str
    started: float = field(default_factory=time.monotonic)
    polls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def poll(self, polls: int, seconds: float) -> dict[str, Any]:
        """Return what is known of the job; it ends when it was asked for often enough."""
        with self.lock:
            self.polls += 1
            old = time.monotonic() - self.started >= seconds
            ripe = self.polls > polls and old and self.fate != "job-stuck"
            if ripe and self.told["status"] not in {"Completed", "Failed", "PartiallyCompleted"}:
                self.told |= self._ended()
            elif self.told["status"] == "Submitted":
                self.told["status"] = self.running
            return dict(self.told)

    def _ended(self) -> dict[str, object]:
        ended: dict[str, object] = {"lastModifiedTime": now(), "endTime": now()}
        if self.fate == "job-fails":
            return {"status": "Failed", "why": "The job failed.", **ended}
        try:
            return {"status": "Completed", **self.finish(), **ended}
        except Trouble as trouble:
            return {"status": "Failed", "why": trouble.message or "The job failed.", **ended}


class Jobs:
    """The jobs of one server, by ARN and by client token."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._tokens: dict[str, tuple[object, str]] = {}
        self._lock = threading.Lock()

    def start(self, token: str | None, request: object, limit: int, make: Callable[[], Job]) -> str:
        """Return the ARN of a new job, or of the one that the same token started.

        Raises Trouble where the token came with another request, or there are too many jobs.
        """
        with self._lock:
            if token in self._tokens:
                known, arn = self._tokens[token]
                if known != request:
                    raise Trouble("conflict")
                return arn
            open_jobs = sum(j.told["status"] in {"Submitted", "InProgress"} for j in self.all())
            if limit and open_jobs >= limit:
                raise Trouble("job limit")
            job = make()
            self._jobs[job.arn] = job
            if token is not None:
                self._tokens[token] = (request, job.arn)
            return job.arn

    def get(self, arn: str) -> Job:
        """Return a job by its ARN or id; raises Trouble where there is none."""
        found = [job for job in self._jobs.values() if arn in (job.arn, job.arn.split("/")[-1])]
        if not found:
            raise invalid(f"The provided ARN is invalid: {arn}")
        return found[0]

    def all(self) -> list[Job]:
        """Return all jobs, the oldest first."""
        return list(self._jobs.values())

    def clear(self) -> None:
        """Forget all jobs."""
        with self._lock:
            self._jobs.clear()
            self._tokens.clear()


def fate_of(settings: Settings, *seen: bytes) -> str:
    """Return what becomes of a job, "" for one that goes well.

    seen: its request and what it reads, where a word decides it; else the schedule does.
    """
    told = next((fate for fate in FATES if any(fate.encode() in one for one in seen)), "")
    return told or settings.fate(seen[0])


def _untokened(body: Mapping[str, object]) -> dict[str, object]:
    """Return a request without the token that tells whether it is a repeated one."""
    return {k: v for k, v in body.items() if k != "clientRequestToken"}


def _named(request: object) -> bytes:
    return json.dumps(request, sort_keys=True).encode()


def arn(call: Call, kind: str) -> str:
    """Return a new ARN with an id of twelve characters."""
    return f"arn:aws:bedrock:{call.region}:{ACCOUNT}:{kind}/{secrets.token_hex(6)}"


# --- asynchronous invocations ---------------------------------------------------------------------


def start_async(call: Call, jobs: Jobs) -> Answer:
    """Answer POST /async-invoke."""
    body = checked(call.json(), bodies.START_ASYNC)
    request = _untokened(body)
    name, model = offered(body["modelId"], call.region, job=True)
    if model.job is None:
        raise AssertionError("offered() lets no model without jobs through")
    checked(body["modelInput"], model.job)
    target = body["outputDataConfig"]["s3OutputDataConfig"]
    call.world.files.expect(target["s3Uri"], call.region)
    sources = [call.world.files.read(uri, call.region) for uri in _uris(body["modelInput"])]

    def make() -> Job:
        name_arn = arn(call, "async-invoke")
        uri = f"{target['s3Uri'].rstrip('/')}/{name_arn.split('/')[-1]}"
        told: dict[str, Any] = {
            "invocationArn": name_arn,
            "modelArn": f"arn:aws:bedrock:{call.region}::foundation-model/{name}",
            "status": "InProgress",
            "submitTime": now(),
            "lastModifiedTime": now(),
            "outputDataConfig": {"s3OutputDataConfig": {**target, "s3Uri": uri}},
        }
        if "clientRequestToken" in body:
            told["clientRequestToken"] = body["clientRequestToken"]
        fate = fate_of(call.world.settings, _named(request), *sources)

        def finish() -> Mapping[str, object]:
            call.world.log.answer(results.write(name, body["modelInput"], call, uri, fate))
            return {}

        return Job(name_arn, told, finish, fate, "InProgress")

    limit = call.world.settings.job_limit
    started = jobs.start(body.get("clientRequestToken"), request, limit, make)
    return plain({"invocationArn": started})


def get_async(call: Call, jobs: Jobs) -> Answer:
    """Answer GET /async-invoke/{arn}."""
    told = _polled(call, jobs.get(call.names["arn"]))
    if "why" in told:
        told["failureMessage"] = told.pop("why")
    return plain(told)


def list_async(call: Call, jobs: Jobs) -> Answer:
    """Answer GET /async-invoke, newest first unless asked otherwise."""
    told = [dict(j.told) for j in jobs.all() if "invocationArn" in j.told]
    for one in told:
        one.pop("why", None)
    wanted = call.query.get("statusEquals")
    kept = [one for one in told if wanted in (None, one["status"])]
    if call.query.get("sortOrder") != "Ascending":
        kept.reverse()
    return plain({"asyncInvokeSummaries": kept[: int(call.query.get("maxResults", 1000))]})


def _polled(call: Call, job: Job) -> dict[str, Any]:
    settings = call.world.settings
    return job.poll(settings.job_polls, settings.job_seconds)


def _uris(value: object) -> list[str]:
    """Return the S3 addresses anywhere in a request."""
    if isinstance(value, dict):
        here = [value["uri"]] if isinstance(value.get("uri"), str) else []
        return here + [uri for one in value.values() for uri in _uris(one)]
    return [uri for one in value for uri in _uris(one)] if isinstance(value, list) else []


# --- batches --------------------------------------------------------------------------------------


def create_batch(call: Call, jobs: Jobs) -> Answer:
    """Answer POST /model-invocation-job."""
    body = checked(call.json(), bodies.CREATE_BATCH)
    request = _untokened(body)
    name, model = offered(body["modelId"], call.region)
    files = call.world.files
    source = body["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
    target = body["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
    files.expect(target, call.region)
    texts = {uri: files.read(uri, call.region) for uri in _inputs(call, source)}

    def make() -> Job:
        name_arn = arn(call, "model-invocation-job")
        fate = fate_of(call.world.settings, _named(request), *texts.values())
        uri = f"{target.rstrip('/')}/{name_arn.split('/')[-1]}"
        kept = ("jobName", "modelId", "roleArn", "inputDataConfig", "outputDataConfig")
        told = {"jobArn": name_arn, "status": "Submitted", "submitTime": now()}
        told |= {key: body[key] for key in kept} | {"lastModifiedTime": now()}

        def finish() -> Mapping[str, object]:
            done = results.batch(texts, lambda one: _record(one, call, name, model), uri, fate)
            for place, data in done.files.items():
                files.write(place, data)
            call.world.log.answer(done.inputs)
            return done.told

        return Job(name_arn, told, finish, fate, "InProgress")

    return plain({"jobArn": jobs.start(body.get("clientRequestToken"), request, 0, make)})


def _inputs(call: Call, source: str) -> list[str]:
    """Return the JSONL files that a batch reads: the one named, or all below a folder."""
    if source.endswith(".jsonl"):
        return [source]
    names = [n for n in call.world.files.names(source) if n.endswith(".jsonl")]
    if not names:
        raise invalid(f"There is no .jsonl file at {source}.")
    return names


def _record(model_input: object, call: Call, name: str, model: Any) -> Answer:
    answer: Answer = model.answer(checked(model_input, model.body), call, name)
    return answer


def get_batch(call: Call, jobs: Jobs) -> Answer:
    """Answer GET /model-invocation-job/{arn}."""
    told = _polled(call, jobs.get(call.names["arn"]))
    if "why" in told:
        told["message"] = told.pop("why")
    return plain(told)


def list_batches(call: Call, jobs: Jobs) -> Answer:
    """Answer GET /model-invocation-jobs."""
    told = [j.told for j in jobs.all() if "jobArn" in j.told]
    return plain({"invocationJobSummaries": json.loads(json.dumps(told))})


def stop_batch(call: Call, jobs: Jobs) -> Answer:
    """Answer POST /model-invocation-job/{arn}/stop."""
    job = jobs.get(call.names["arn"])
    with job.lock:
        job.told["status"], job.fate = "Stopped", "job-stuck"
    return plain({})
