"""What is paid for: once for everybody, within the budget, and never for another model version."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from evalkit.core.errors import Busy, OutputError, ProviderError
from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.protocols import Embedded, Facts, Failed, Refused, Role, Traffic, Usage
from evalkit.ledger import Ledger
from evalkit.pipeline.purse import Budget
from tests import toys

Outcomes = Iterator[Embedded | Refused | Failed]


@dataclass(slots=True)
class Paid(toys.Toy):
    """A toy that costs a dollar a thousand characters and says its version."""

    facts: ClassVar[Facts] = Facts("a toy shop", {})
    served: str = ""
    cut_from: int | None = None
    log: str = ""

    model = "paid-toy"

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        chars = sum(len(str(item.content)) for item in items)
        return Usage(calls=len(items), tokens=chars, chars=chars)

    def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
        for n, outcome in enumerate(toys.Toy.embed(self, items, role, dim)):
            if self.log:
                with Path(self.log).open("a") as file:
                    file.write(json.dumps(str(items[n].content)) + "\n")
            if isinstance(outcome, Embedded):
                long = self.cut_from is not None and len(str(items[n].content)) >= self.cut_from
                outcome = replace(outcome, served=self.served, truncated=long)
            yield outcome


@pytest.fixture(autouse=True)
def prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "prices.yaml"
    table.write_text("models: {paid-toy: {per_million_tokens: 1000}}\n")
    monkeypatch.setenv("EVALKIT_PRICES", str(table))


def paid_run(model: Any, folder: Path, **changes: Any) -> Any:
    plan = toys.plan([toys.case(toys.dataset())], {"m": model}, how=changes.pop("how", "cut"))
    return toys.run_plan(plan, folder, **changes)


def chars(n: int = 40) -> int:
    data = toys.dataset(n)
    return sum(len(str(item.content)) for item in (*data.queries, *data.corpus))


def test_a_run_counts_what_it_cost(tmp_path: Path) -> None:
    facts = paid_run(Paid(), tmp_path).models[0]
    assert facts.dollars == pytest.approx(chars() / 1000)
    assert facts.unpriced == ()
    assert paid_run(Paid(), tmp_path).models[0].dollars == 0


def test_the_budget_is_never_passed_and_what_was_bought_stays(tmp_path: Path) -> None:
    model, limit = Paid(), 0.5
    with pytest.raises(ProviderError, match=r"could pass --max-cost 0.5.*run again") as e:
        paid_run(model, tmp_path, budget=Budget(limit))
    assert e.value.exit_code == 3
    spent = sum(len(text) for text, _ in model.asked) / 1000
    assert limit - 0.03 < spent <= limit
    again = Paid()
    paid_run(again, tmp_path, budget=Budget(10))
    assert not {text for text, _ in model.asked} & {text for text, _ in again.asked}
    assert len(model.asked) + len(again.asked) == 80


def test_a_budget_cannot_be_kept_where_a_price_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVALKIT_PRICES")
    model = Paid()
    with pytest.raises(ProviderError, match="no price of 'paid-toy' is known for text"):
        paid_run(model, tmp_path, budget=Budget(1))
    assert model.asked == []
    assert paid_run(model, tmp_path).models[0].unpriced == ("text",)


def _buy(folder: str, log: str, ready: Barrier) -> None:
    ready.wait(120)
    paid_run(Paid(log=log), Path(folder))


def test_two_processes_never_buy_the_same_input(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, log = context.Barrier(2), tmp_path / "asked.jsonl"
    both = [
        context.Process(target=_buy, args=(str(tmp_path / "paid"), str(log), ready))
        for _ in range(2)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join(120)
        assert one.exitcode == 0
    asked = log.read_text().splitlines()
    assert len(asked) == len(set(asked)) == 80


def test_what_a_run_claimed_is_free_once_it_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        paid_run(Paid(break_after=10), tmp_path)
    rest = Paid()
    paid_run(rest, tmp_path)
    assert len(rest.asked) == 70


def test_an_answer_of_another_version_stops_the_run(tmp_path: Path) -> None:
    paid_run(Paid(served="v1", fail=frozenset({"word03 please"})), tmp_path)
    with pytest.raises(ProviderError, match=r"version 'v2'.*'v1'.*revision") as e:
        paid_run(Paid(served="v2"), tmp_path)
    assert e.value.exit_code == 3
    assert paid_run(Paid(served="v1"), tmp_path).models[0].sent == 1


def test_cut_inputs_are_listed_from_the_model_and_from_the_ledger(tmp_path: Path) -> None:
    longest = max(len(str(i.content)) for i in toys.dataset().corpus)
    for _ in range(2):
        found = paid_run(Paid(cut_from=longest), tmp_path)
        cut = [one for one in found.lost if one.kind == "truncated"]
        assert len(cut) == 40
        assert {one.side for one in cut} == {"corpus"}
        assert "only a part" in cut[0].reason


def test_sizes_asked_for_are_compared_with_the_widest_one_cut(tmp_path: Path) -> None:
    found = paid_run(Paid(), tmp_path, how="request")
    assert [line.partition(":")[0] for line in found.models[0].audit] == [
        f"find, {side} side, size 4 as asked for against the first values of 16"
        for side in ("query", "corpus")
    ]
    assert "median cosine 1.00000, lowest 1.00000, 40 inputs" in found.models[0].audit[0]


# --- long jobs ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Slow(toys.Toy):
    """A toy that embeds its corpus in jobs, each done at the second poll."""

    started: dict[str, str] = field(default_factory=dict)
    polls: dict[str, int] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    break_at_submit: int | None = None
    never: bool = False
    gone: str = ""
    quick: str = ""
    poll_seconds: float = 0.0
    job_patience: float = 60.0

    def wants_job(self, item: Item, role: Role) -> bool:
        return role.side == "corpus"

    def submit(self, item: Item, role: Role, dim: int, token: str) -> str:
        handle = self.started.setdefault(token, f"job-{item.id}")
        if self.break_at_submit is not None and len(self.started) > self.break_at_submit:
            raise KeyboardInterrupt
        return handle

    def poll(self, handle: str, item: Item, role: Role, dim: int) -> Sequence[Any] | None:
        assert handle == f"job-{item.id}"
        self.polls[handle] = self.polls.get(handle, 0) + 1
        if item.id != self.quick and (self.never or self.polls[handle] < 2):
            return None
        if item.id == self.gone:
            return [Failed(0, "the job failed.")]
        vector = self.vector(str(item.content))[:dim]
        halves = [(0.0, 5.0), (5.0, 10.0)]
        return [Embedded(0, vector, float(np.linalg.norm(vector)), span=s) for s in halves]

    def forget(self, handle: str) -> None:
        self.forgotten.append(handle)


def test_jobs_are_started_once_and_their_parts_kept(tmp_path: Path) -> None:
    model = Slow()
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": model}), tmp_path)
    assert len(model.started) == 40
    assert sorted(model.forgotten) == sorted(model.started.values())
    assert {dim for _, dim in model.asked} == {16}
    assert len(model.asked) == 40
    again = Slow()
    second = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": again}), tmp_path)
    assert not again.started
    assert repr(second.estimates) == repr(found.estimates)


@dataclass(slots=True)
class SlowService(Slow):
    """One that is a service, so that it may be asked again."""

    traffic: Traffic = field(default_factory=Traffic)


def test_what_takes_a_job_is_not_asked_again_and_that_is_told(tmp_path: Path) -> None:
    plan = toys.plan([toys.case(toys.dataset())], {"m": SlowService()})
    toys.run_plan(plan, tmp_path)
    model = SlowService()
    plan = toys.plan([toys.case(toys.dataset())], {"m": model})
    facts = toys.run_plan(plan, tmp_path, recheck=60).models[0]
    assert (len(model.asked), len(model.started)) == (40, 0)
    assert (facts.rechecked, facts.recheck_in_jobs, facts.conflicts) == (40, 40, 0)
    assert (facts.sent, facts.found) == (0, 80)


def test_a_job_goes_on_after_its_run_was_killed(tmp_path: Path) -> None:
    first = Slow(break_at_submit=4)
    with pytest.raises(KeyboardInterrupt):
        toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": first}), tmp_path)
    second = Slow()
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": second}), tmp_path)
    started = set(first.started) | set(second.started)
    assert len(started) == 40
    assert len(set(first.started) & set(second.started)) == 1


def test_a_failed_job_is_listed_and_started_anew_another_time(tmp_path: Path) -> None:
    first = Slow(gone="d03")
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": first}), tmp_path)
    assert [(one.item, one.kind, one.reason) for one in found.lost] == [
        ("d03", "failed", "the job failed.")
    ]
    second = Slow()
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": second}), tmp_path)
    assert list(second.started.values()) == ["job-d03"]
    assert not set(first.started) & set(second.started)


def test_a_job_that_never_ends_is_listed_and_polled_again_by_the_next_run(tmp_path: Path) -> None:
    plan = [toys.case(dataset_of(3))]
    stuck = Slow(never=True, job_patience=0.05, quick="d00")
    found = toys.run_plan(toys.plan(plan, {"m": stuck}), tmp_path)
    reasons = {one.reason for one in found.lost if one.side == "corpus"}
    assert len(reasons) == 1
    assert "run again" in reasons.pop()
    later = Slow()
    toys.run_plan(toys.plan(plan, {"m": later}), tmp_path)
    assert not later.started
    assert sorted(later.polls) == ["job-d01", "job-d02"]


def dataset_of(n: int) -> Dataset:
    """The toys' data, cut to its first items."""
    data = toys.dataset()
    grades: Mapping[str, Mapping[str, int]] = {f"q{k:02d}": {f"d{k:02d}": 2} for k in range(n)}
    return Dataset("few", data.queries[:n], data.corpus[:n], Truth(grades=grades), Card("few"))


def test_pauses_between_polls_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("evalkit.pipeline.long_jobs.time.sleep", waits.append)
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": Slow(poll_seconds=2.0)}), tmp_path)
    assert waits[:2] == [2.0, 3.0]


def test_the_ledger_knows_what_was_used(tmp_path: Path) -> None:
    paid_run(Paid(), tmp_path)
    with Ledger(tmp_path) as store:
        assert store.usage("paid-toy", "1").inputs == 80


@dataclass(slots=True)
class Underestimated(Paid):
    """A toy whose texts have five times the tokens that it expects, as digits or Thai have."""

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        chars = sum(len(str(item.content)) for item in items)
        return Usage(calls=len(items), tokens=chars / 5, chars=chars)

    def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
        for n, outcome in enumerate(Paid.embed(self, items, role, dim)):
            assert isinstance(outcome, Embedded)
            yield replace(outcome, tokens=len(str(items[n].content)))


def test_the_budget_holds_where_the_estimate_is_too_low(tmp_path: Path) -> None:
    model = Underestimated()
    with pytest.raises(ProviderError, match="could pass --max-cost"):
        paid_run(model, tmp_path, budget=Budget(0.5))
    assert 0.45 < sum(len(text) for text, _ in model.asked) / 1000 <= 0.5


def test_suites_of_one_command_share_the_budget(tmp_path: Path) -> None:
    both = Budget(chars() / 1000 * 1.5)
    paid_run(Paid(), tmp_path / "a", budget=both)
    with pytest.raises(ProviderError, match="could pass"):
        paid_run(Paid(), tmp_path / "b", budget=both)
    assert both.spent <= both.limit


@dataclass(slots=True)
class Unusable(Paid):
    """A toy that answers NaN: an answer that a service charges for."""

    def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
        for outcome in Paid.embed(self, items, role, dim):
            assert isinstance(outcome, Embedded)
            yield replace(outcome, vector=outcome.vector * np.float32("nan"))


def test_answers_that_cannot_be_used_count_as_spent(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"could pass --max-cost 0.1; \$0.09\d* is spent"):
        paid_run(Unusable(), tmp_path, budget=Budget(0.1))


def test_claims_are_renewed_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger that cannot be written for a moment must not end the thread that renews claims."""
    tried: list[int] = []
    seen = threading.Event()

    def renew(store: Ledger, keys: set[bytes], seconds: float) -> set[bytes]:
        tried.append(len(keys))
        if len(tried) > 1:
            seen.set()
        raise OutputError("busy")

    @dataclass(slots=True)
    class Waiting(Paid):
        def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
            seen.wait(20)
            yield from Paid.embed(self, items, role, dim)

    monkeypatch.setattr("evalkit.pipeline.buying._CLAIM_SECONDS", 0.2)
    monkeypatch.setattr(Ledger, "renew", renew)
    paid_run(Waiting(), tmp_path)
    assert len(tried) > 1


class Served(Paid):
    """A toy that counts as a service: what it answers is stored as it comes."""

    traffic = Traffic()


def test_what_is_stored_is_synced_also_where_the_last_answers_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that is due must not be skipped because nothing new came with it."""
    synced: list[int] = []
    original = Ledger.sync

    def sync(store: Ledger) -> None:
        synced.append(len(store))
        original(store)

    monkeypatch.setattr(Ledger, "sync", sync)
    monkeypatch.setattr("evalkit.pipeline.sending._STORE_ITEMS", 3)  # the third answer failed
    paid_run(Served(fail=frozenset({"word38 please", "word39 please"})), tmp_path)
    assert 38 in synced
    assert synced[-1] == 78


@dataclass(slots=True)
class Few(Slow):
    """A toy that takes three jobs at a time."""

    most: int = 0

    def submit(self, item: Item, role: Role, dim: int, token: str) -> str:
        running = len(self.started) - sum(n >= 2 for n in self.polls.values())
        if running >= 3:
            raise Busy
        self.most = max(self.most, running + 1)
        return Slow.submit(self, item, role, dim, token)


def test_jobs_wait_for_one_another_where_the_service_takes_few(tmp_path: Path) -> None:
    model = Few()
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": model}), tmp_path)
    assert (len(model.started), model.most) == (40, 3)
    assert not found.lost


def test_tokens_of_pictures_do_not_raise_the_estimate_for_texts(tmp_path: Path) -> None:
    """What a service reports for an image is not the price of the texts to come."""

    @dataclass(slots=True)
    class Seeing(Paid):
        def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
            texts = [i for i in items if role.side == "query"]
            chars = sum(len(str(item.content)) for item in texts)
            pictures = len(items) - len(texts)
            return Usage(calls=len(items), tokens=chars / 4, chars=chars, images=pictures)

        def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
            for n, one in enumerate(Paid.embed(self, items, role, dim)):
                assert isinstance(one, Embedded)
                text = len(str(items[n].content)) // 2
                yield replace(one, tokens=text if role.side == "query" else 1600)

    paid_run(Seeing(), tmp_path)
    with Ledger(tmp_path) as store:
        assert store.usage("paid-toy", "1").tokens_per_char == pytest.approx(0.5, abs=0.05)
