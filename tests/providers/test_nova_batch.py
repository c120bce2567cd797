"""Nova's batch jobs: one file in, answers in any order out."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from evalkit.core.errors import ProviderError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Failed, Refused
from evalkit.providers._calls import Piece, Transient, answer
from evalkit.providers._nova_batch import joined
from evalkit.providers._nova_s3 import Folder
from evalkit.providers.nova import Nova
from tests.providers import nova_place
from tests.providers.nova_place import KMS_KEY, ROLE, TEXT, Place

moto, place = nova_place.moto, nova_place.place


@dataclass
class Control:
    """The control plane as a batch job sees it; answers are written when the job is started."""

    place: Place
    answers: Callable[[dict[str, Any]], list[dict[str, Any]]]
    jobs: list[dict[str, Any]] = field(default_factory=list)
    status: str = "Completed"
    waits: int = 2

    def list_model_invocation_jobs(self, nameContains: str) -> Any:
        found = [job for job in self.jobs if nameContains in job["jobName"]]
        return {"invocationJobSummaries": found}

    def create_model_invocation_job(self, **asked: Any) -> Any:
        uri = asked["inputDataConfig"]["s3InputDataConfig"]["s3Uri"]
        key = uri.removeprefix(f"s3://{self.place.bucket}/")
        rows = [json.loads(line) for line in self.place.text(key).splitlines()]
        number = f"{len(self.jobs):012d}"
        out = [said for asked_row in rows for said in self.answers(asked_row)]
        name = key.rpartition("/")[2]
        self.place.put(
            f"evalkit/batch/{number}/{name}.out",
            "\n".join(map(json.dumps, reversed(out))).encode(),
        )
        assert all(asked["jobName"] != job["jobName"] for job in self.jobs)
        arn = f"arn:aws:bedrock:us-east-1:1:model-invocation-job/{number}"
        self.jobs.append({**asked, "jobArn": arn, "status": "Submitted", "rows": rows})
        return {"jobArn": arn}

    def get_model_invocation_job(self, jobIdentifier: str) -> Any:
        (job,) = [one for one in self.jobs if one["jobArn"] == jobIdentifier]
        self.waits -= 1
        job["status"] = "InProgress" if self.waits >= 0 else self.status
        return job


def answered(asked: dict[str, Any]) -> list[dict[str, Any]]:
    value = float(asked["recordId"][1:]) + 1
    return [{**asked, "modelOutput": {"embeddings": [{"embedding": [value] * 256}]}}]


@pytest.fixture
def control(place: Place, monkeypatch: pytest.MonkeyPatch) -> Control:
    here, connect = Control(place, answered), Nova.connect
    monkeypatch.setattr(
        Nova,
        "connect",
        lambda self, service, *rest, **more: (
            here if service == "bedrock" else connect(self, service, *rest, **more)
        ),
    )
    return here


def batch(place: Place, count: int = 3, **params: Any) -> list[Any]:
    model = Nova(jobs=place.address, batch_role=ROLE, batch_minimum=3, **params)
    found = list(model.embed([Item(f"t{n}", f"text {n}") for n in range(count)], TEXT, 256))
    return sorted(found, key=lambda one: one.index)


def test_many_inputs_go_as_one_batch_job(place: Place, control: Control) -> None:
    found = batch(place)
    assert [one.vector[0] for one in found] == [1.0, 2.0, 3.0]
    (job,) = control.jobs
    assert "s3EncryptionKeyId" not in job["outputDataConfig"]["s3OutputDataConfig"]
    assert not place.bedrock.sent
    assert job["roleArn"] == ROLE
    assert job["rows"][1]["modelInput"]["singleEmbeddingParams"]["text"]["value"] == "text 1"
    assert len(job["jobName"]) <= 63
    assert job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"] == f"{place.address}/batch/"


def test_every_call_for_a_batch_job_is_counted(
    place: Place, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles = [Transient("reset"), Transient("slow", throttled=True)]
    ask = Nova.ask

    def asked(self: Nova, client: Any, operation: str, **params: Any) -> Any:
        if operation.startswith("get") and troubles:
            raise troubles.pop()
        return ask(self, client, operation, **params)

    monkeypatch.setattr(Nova, "ask", asked)
    model = Nova(jobs=place.address, batch_role=ROLE, batch_minimum=3)
    items = [Item(f"t{n}", f"text {n}") for n in range(3)]
    assert len(list(model.embed(items, TEXT, 256))) == 3
    traffic = model.traffic
    # Looked for, copied, started, told 2 + 3 times, read.
    assert (traffic.calls, traffic.failed, traffic.throttled) == (9, 1, 1)
    assert model.usage(items, TEXT, 256).calls == 3


def test_the_results_of_a_batch_job_are_encrypted_with_the_key_that_is_named(
    place: Place, control: Control
) -> None:
    batch(place, kms_key=KMS_KEY)
    (job,) = control.jobs
    assert job["outputDataConfig"]["s3OutputDataConfig"]["s3EncryptionKeyId"] == KMS_KEY


def test_few_inputs_do_not(place: Place, control: Control) -> None:
    place.bedrock.answer = lambda path, body: {"embeddings": [{"embedding": [1.0] * 256}]}
    assert len(batch(place, 2)) == 2
    assert not control.jobs
    assert len(place.bedrock.sent) == 2


def test_a_batch_job_that_runs_already_is_not_started_again(place: Place, control: Control) -> None:
    batch(place)
    batch(place)
    assert len(control.jobs) == 1
    control.jobs[0]["status"] = "Failed"
    batch(place)
    assert len(control.jobs) == 2


def broken(asked: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**asked, "error": {"errorCode": 500, "errorMessage": "broke"}}]


def test_a_batch_job_without_any_vector_is_started_again(place: Place, control: Control) -> None:
    control.answers = broken
    assert all(isinstance(one, Failed) for one in batch(place))
    control.answers = lambda asked: (answered if asked["recordId"][-1] == "1" else broken)(asked)
    assert [type(one) for one in batch(place)] == [Failed, Embedded, Failed]
    assert len(control.jobs) == 2
    assert [type(one) for one in batch(place)] == [Failed, Embedded, Failed]
    assert len(control.jobs) == 2


def test_a_batch_job_whose_answers_are_gone_is_started_again(
    place: Place, control: Control
) -> None:
    batch(place)
    stored = place.keys()
    (gone,) = (key for key in stored if key.endswith(".out"))
    place.s3.delete_object(Bucket=place.bucket, Key=gone)
    assert [one.vector[0] for one in batch(place)] == [1.0, 2.0, 3.0]
    assert len(control.jobs) == 2


def test_a_batch_job_that_takes_too_long_goes_on(place: Place, control: Control) -> None:
    with pytest.raises(ProviderError, match=r"not ended in 1e-12 hours.*run again"):
        batch(place, batch_hours=1e-12)
    assert [one.vector[0] for one in batch(place)] == [1.0, 2.0, 3.0]
    assert len(control.jobs) == 1


def test_answers_that_break_off_are_read_by_the_next_run(
    place: Place, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines(self: Folder, uri: str) -> Any:
        yield b"{}"
        raise Transient("the connection is gone.")

    with monkeypatch.context() as broken_off:
        broken_off.setattr(Folder, "lines", lines)
        with pytest.raises(ProviderError, match=r"the connection is gone.*Run again"):
            batch(place)
    assert [one.vector[0] for one in batch(place)] == [1.0, 2.0, 3.0]
    assert len(control.jobs) == 1


def test_a_batch_job_that_failed(place: Place, control: Control) -> None:
    control.status = "Expired"
    with pytest.raises(ProviderError, match=r"Expired.*batch_role"):
        batch(place)


def test_records_that_failed_are_joined_by_their_id() -> None:
    item = Item("x", "x")
    pieces = {f"r{n}": Piece(n, item) for n in range(6)}
    good = {"modelOutput": {"value": 1.0}}
    lines: list[Any] = [
        {"recordId": "r2", "error": {"errorCode": 400, "errorMessage": "too long"}},
        {"recordId": "r1", **good},
        {"recordId": "r1", "modelOutput": {"value": 2.0}},
        {"recordId": "r1", "error": {"errorCode": 500, "errorMessage": "late"}},
        {"recordId": "r0", "error": {"errorCode": "500", "errorMessage": "broke"}},
        {"recordId": "r0", **good},
        {"recordId": "r3", "error": {"errorCode": "x", "errorMessage": "RAI_VIOLATION"}},
        {"recordId": "stranger", **good},
        {"recordId": "r4", "modelOutput": {"value": float("nan")}},
        [],
    ]
    raw = [json.dumps(line).encode() for line in lines] + [b'{"recordId": "r5", ']

    found = list(joined(pieces, raw, lambda piece, said: [answer(piece, [said["value"]], 1)]))
    by_index: dict[int, Any] = {one.index: one for one in found}
    assert len(found) == 6
    assert by_index[0].vector == by_index[1].vector == [1.0]
    assert isinstance(by_index[2], Failed)
    assert "too long (400)" in by_index[2].reason
    assert isinstance(by_index[3], Refused)
    assert isinstance(by_index[4], Failed)
    assert "NaN" in by_index[4].reason
    assert isinstance(by_index[5], Failed)
