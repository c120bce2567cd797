import _thread
import itertools
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from evalkit.core.errors import ProviderError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Refused, Role
from evalkit.providers import _flow
from evalkit.providers._calls import Call, Outcome, Piece, Rejected, Transient
from evalkit.providers._flow import Engine, Limits
from evalkit.providers._service import Service

VECTOR = np.ones(4, np.float32)
ROLE = Role("query", frozenset({"text"}))


def pieces(count: int, per_call: int = 1) -> Iterator[Call]:
    for start in range(0, count, per_call):
        yield tuple(Piece(n, Item(str(n), "x")) for n in range(start, min(start + per_call, count)))


def vectors(call: Call) -> list[Outcome]:
    return [Embedded(piece.index, VECTOR, 2.0) for piece in call]


def hasty(limits: Limits = Limits()) -> Engine:  # noqa: B008
    """An engine that never waits before another attempt."""
    return Engine(limits, jitter=lambda low, high: low)


class Script:
    """Answers calls; says first what is given for an index, in order. Counts what it is asked."""

    def __init__(self, says: dict[int, list[Exception]] | None = None, seconds: float = 0) -> None:
        self.says, self.seconds = says or {}, seconds
        self.asked: Counter[int] = Counter()
        self.calls: list[tuple[int, ...]] = []
        self.now = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, call: Call) -> Sequence[Outcome]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            self.calls.append(tuple(p.index for p in call))
            self.asked.update(p.index for p in call)
            said = next((self.says[p.index].pop(0) for p in call if self.says.get(p.index)), None)
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
        if said is not None:
            raise said
        return vectors(call)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.002)


def test_every_piece_has_one_outcome() -> None:
    engine, send = hasty(), Script()
    found = list(engine.run(pieces(300, 7), send))
    assert sorted(o.index for o in found) == list(range(300))
    assert engine.traffic.calls == engine.traffic.answered == 43
    assert (engine.traffic.in_flight, engine.traffic.throttled, engine.traffic.failed) == (0, 0, 0)


def test_nothing_to_send_is_fine() -> None:
    assert list(hasty().run([], Script())) == []


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    list(hasty().run(pieces(50), Script(seconds=0.001)))
    assert threading.active_count() == before


def test_the_first_call_goes_alone_once_in_an_engines_life() -> None:
    engine, begun, go = hasty(), [], threading.Event()

    def send(call: Call) -> Sequence[Outcome]:
        begun.append(call[0].index)
        assert go.wait(5)
        return vectors(call)

    run = engine.run(pieces(20), send)
    first = threading.Timer(0.15, go.set)
    first.start()
    next(run)
    first.join()
    assert begun[0] == 0
    list(run)
    send_again = Script()
    list(engine.run(pieces(5), send_again))
    assert len(send_again.calls) == 5


def test_only_one_call_is_under_way_until_one_is_answered() -> None:
    script = Script({0: [Transient("a"), Transient("b")]}, seconds=0.01)
    most: list[int] = []

    def send(call: Call) -> Sequence[Outcome]:
        try:
            return script(call)
        finally:
            if not engine.traffic.answered:
                most.append(script.most)

    engine = hasty()
    list(engine.run(pieces(10), send))
    assert set(most) == {1}


def test_trouble_with_the_configuration_at_first_sends_nothing_else() -> None:
    send = Script({0: [ProviderError("no access to the model.")]})
    with pytest.raises(ProviderError, match="no access"):
        list(hasty().run(pieces(50), send))
    assert len(send.calls) == 1


@pytest.mark.parametrize("error", [ProviderError("expired"), ZeroDivisionError("a bug")])
def test_an_error_later_on_stops_after_what_is_under_way(error: Exception) -> None:
    send = Script({60: [error]}, seconds=0.005)
    found: list[int] = []
    with pytest.raises(type(error), match=str(error)):
        found.extend(o.index for o in hasty().run(pieces(1000), send))
    assert sorted(found) == sorted(set(send.asked) - {60})
    assert len(found) < 150


def test_calls_are_read_lazily_and_in_the_callers_thread() -> None:
    read: list[int] = []
    here = threading.get_ident()

    def endless() -> Iterator[Call]:
        for call in pieces(10**9):
            assert threading.get_ident() == here
            read.append(1)
            yield call

    run = hasty(Limits(concurrency=4)).run(endless(), Script())
    for _ in range(20):
        next(run)
    assert len(read) < 20 + 60
    run.close()  # type: ignore[attr-defined]


def test_concurrency_grows_and_never_passes_its_limit() -> None:
    engine, send = hasty(Limits(concurrency=6)), Script(seconds=0.004)
    list(engine.run(pieces(200), send))
    assert send.most == 6
    assert engine.traffic.allowed == 6


def test_concurrency_one_means_one_at_a_time() -> None:
    send = Script({3: [Transient("x", throttled=True)]}, seconds=0.001)
    list(hasty(Limits(concurrency=1)).run(pieces(20), send))
    assert send.most == 1


def test_what_may_pass_is_tried_again_and_counted() -> None:
    engine = hasty()
    send = Script({3: [Transient("a"), Transient("b", throttled=True)]})
    found = {o.index: o for o in engine.run(pieces(6), send)}
    assert [getattr(found[n], "attempts", 0) for n in range(6)] == [1, 1, 1, 3, 1, 1]
    traffic = engine.traffic
    assert (traffic.calls, traffic.answered, traffic.failed, traffic.throttled) == (8, 6, 1, 1)


def test_an_outcome_says_how_long_its_last_attempt_took() -> None:
    send = Script({0: [Transient("a")]}, seconds=0.02)
    (found,) = hasty().run(pieces(1), send)
    assert isinstance(found, Embedded)
    assert 0.02 <= found.seconds < 2


def test_attempts_are_bounded() -> None:
    send = Script({2: [Transient("boom.") for _ in range(9)]})
    found = {o.index: o for o in hasty(Limits(attempts=3)).run(pieces(5), send)}
    assert found[2] == Failed(2, "given up after 3 attempts: boom.", attempts=3)
    assert send.asked[2] == 3
    assert all(isinstance(found[n], Embedded) for n in (0, 1, 3, 4))


def test_throttling_alone_loses_no_item() -> None:
    send = Script({2: [Transient("slow down", throttled=True) for _ in range(30)]})
    found = {o.index: o for o in hasty(Limits(attempts=2)).run(pieces(200), send)}
    assert getattr(found[2], "attempts", 0) == 31


def test_waits_double_up_to_a_cap_and_honour_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _flow._Run(Engine(Limits(), jitter=lambda low, high: high), iter([]), vectors)

    def delay(faults: int, throttles: int, why: Transient) -> float:
        return run._delay(_flow._Job((), faults=faults, throttles=throttles), why)

    plain, throttled = Transient("x"), Transient("x", throttled=True)
    assert [delay(n, 0, plain) for n in (1, 2, 3, 7, 99)] == [0.5, 1.0, 2.0, 30.0, 30.0]
    assert [delay(0, n, throttled) for n in (1, 2, 3, 99)] == [0.1, 0.2, 0.4, 5.0]
    assert 7 <= delay(0, 1, Transient("x", after=7.0, throttled=True)) <= 7.1
    assert 120 <= delay(1, 0, Transient("x", after=1e9)) <= 120.5
    run.engine.jitter = lambda low, high: low
    assert delay(3, 0, plain) == 0.0


def test_a_call_that_waits_holds_up_no_other() -> None:
    send = Script({1: [Transient("later", after=0.3, throttled=True)]})
    begun = time.monotonic()
    order = [o.index for o in hasty(Limits(concurrency=1)).run(pieces(30), send)]
    assert order[-1] == 1
    assert send.calls[-1] == (1,)
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize("throttled", [False, True])
def test_a_service_that_answers_nothing_is_given_up(throttled: bool) -> None:
    def send(call: Call) -> Sequence[Outcome]:
        time.sleep(0.001)
        raise Transient("come back tomorrow.", throttled=throttled)

    engine = hasty(Limits(attempts=10**6, patience=0.15))
    with pytest.raises(ProviderError, match=r"nothing for 0\.15 seconds.*come back tomorrow\. "):
        list(engine.run(pieces(10), send))


def test_silence_adds_up_over_runs() -> None:
    engine = hasty(Limits(attempts=2, patience=0.1))

    def send(call: Call) -> Sequence[Outcome]:
        time.sleep(0.03)
        raise Transient("gone")

    lost = list(engine.run(pieces(1), send))
    assert isinstance(lost[0], Failed)
    with pytest.raises(ProviderError, match="nothing"):
        [list(engine.run(pieces(1), send)) for _ in range(5)]


@pytest.mark.parametrize("refused", [False, True])
def test_one_bad_input_of_a_call_does_not_lose_the_others(refused: bool) -> None:
    engine, asked = hasty(), []

    def send(call: Call) -> Sequence[Outcome]:
        asked.append(len(call))
        if any(p.index == 77 for p in call):
            raise Rejected("not this one.", refused=refused)
        return vectors(call)

    found = {o.index: o for o in engine.run(pieces(96, 96), send)}
    assert found.pop(77) == (Refused if refused else Failed)(77, "not this one.")
    assert len(found) == 95
    assert all(isinstance(o, Embedded) and o.attempts > 1 for o in found.values())
    assert len(asked) <= 15
    assert engine.traffic.answered + engine.traffic.failed + 1 == engine.traffic.calls


def test_a_refusal_is_not_asked_again() -> None:
    send = Script({4: [Rejected("no", refused=True)]})
    found = {o.index: o for o in hasty().run(pieces(9), send)}
    assert found[4] == Refused(4, "no")
    assert send.asked[4] == 1


@pytest.mark.parametrize("wrong", [(), (0,), (0, 0), (0, 5)])
def test_an_answer_that_misses_an_input_is_tried_again(wrong: tuple[int, ...]) -> None:
    answers: list[list[Outcome]] = [[Embedded(n, VECTOR, 2.0) for n in wrong]]

    def send(call: Call) -> Sequence[Outcome]:
        return answers.pop() if answers else vectors(call)

    found = list(hasty().run(pieces(2, 2), send))
    assert sorted((o.index, getattr(o, "attempts", 0)) for o in found) == [(0, 2), (1, 2)]


def test_an_input_may_have_several_vectors() -> None:
    def send(call: Call) -> Sequence[Outcome]:
        return [*vectors(call), *vectors(call)]

    assert len(list(hasty().run(pieces(4, 2), send))) == 8


def test_an_interrupt_keeps_what_is_under_way() -> None:
    send = Script(seconds=0.1)
    found: list[int] = []

    def interrupt() -> None:
        until(lambda: len(send.calls) > 4)
        _thread.interrupt_main()

    helper = threading.Thread(target=interrupt)
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        found.extend(o.index for o in hasty().run(pieces(500), send))
    helper.join()
    assert sorted(found) == sorted(send.asked)
    assert len(found) < 100


@pytest.mark.parametrize("at", [0, 7, 39])
def test_an_interrupt_while_an_answer_is_being_kept_loses_none(at: int) -> None:
    send = Script(seconds=0.01)
    found: list[int] = []

    def keep() -> None:
        for outcome in hasty().run(pieces(40), send):
            if len(found) == at:
                signal.raise_signal(signal.SIGINT)
            found.append(outcome.index)

    with pytest.raises(KeyboardInterrupt):
        keep()
    assert sorted(found) == sorted(send.asked)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_reaches_a_caller_that_is_stuck() -> None:
    found: list[int] = []

    def stuck() -> None:
        for outcome in hasty().run(pieces(40), Script()):
            found.append(outcome.index)
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        stuck()
    assert found == [0]


def test_a_programs_own_way_with_interrupts_is_left_alone() -> None:
    own: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, frame: own.append(number))
    try:
        for _ in hasty().run(pieces(2), Script()):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert own == [signal.SIGINT] * 2


def test_a_second_interrupt_leaves_at_once() -> None:
    engine, stuck, go = hasty(), threading.Event(), threading.Event()

    def send(call: Call) -> Sequence[Outcome]:
        stuck.set()
        assert go.wait(20)
        return vectors(call)

    def interrupt() -> None:
        assert stuck.wait(5)
        for _ in range(2):
            time.sleep(0.1)
            _thread.interrupt_main()

    helper = threading.Thread(target=interrupt)
    helper.start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(engine.run(pieces(50), send))
    assert time.monotonic() - begun < _flow._PARTING - 1
    helper.join()
    go.set()
    until(lambda: not any(t.name == "evalkit-call" for t in threading.enumerate()))


def test_closing_sends_no_more() -> None:
    send = Script(seconds=0.01)
    run = hasty().run(pieces(500), send)
    next(run)
    run.close()  # type: ignore[attr-defined]
    count = len(send.calls)
    time.sleep(0.05)
    assert len(send.calls) == count < 20


def test_what_goes_wrong_in_the_callers_list_is_raised() -> None:
    def broken() -> Iterator[Call]:
        yield from pieces(3)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        list(hasty().run(broken(), Script()))


def test_a_cap_on_requests_holds_for_every_attempt() -> None:
    sent: list[float] = []

    def send(call: Call) -> Sequence[Outcome]:
        sent.append(time.monotonic())
        if len(sent) % 2:
            raise Transient("again")
        return vectors(call)

    list(hasty(Limits(requests_per_minute=6000)).run(pieces(20), send))
    assert len(sent) == 40
    assert sent[-1] - sent[0] >= (40 - 1 - 25) / 100  # a quarter second's worth may go at once


def test_a_cap_on_requests_counts_the_items_of_a_call_where_the_service_does() -> None:
    ends: list[float] = []

    def send(call: Call) -> Sequence[Outcome]:
        ends.append(time.monotonic())
        return vectors(call)

    limits = Limits(requests_per_minute=12_000, items_count=True)
    list(hasty(limits).run(pieces(200, per_call=50), send))
    assert len(ends) == 4
    assert ends[-1] - ends[0] >= 150 / 200 - 0.05


def test_a_quota_is_used_up_in_spite_of_random_throttling() -> None:
    quota, seconds = 200.0, 0.01
    lock, chance = threading.Lock(), random.Random(5)
    level, at, answered = 20.0, time.monotonic(), 0

    def send(call: Call) -> Sequence[Outcome]:
        nonlocal level, at, answered
        with lock:
            now = time.monotonic()
            level, at = min(20.0, level + (now - at) * quota), now
            served = chance.random() > 0.1 and level >= 1
            fault = served and chance.random() < 0.02
            level -= served
            answered += served
        time.sleep(seconds)
        if fault or not served:
            raise Transient("no", throttled=not served)
        return vectors(call)

    engine, begun = Engine(Limits()), time.monotonic()
    found = list(engine.run(pieces(400), send))
    assert sum(isinstance(o, Embedded) for o in found) == 400
    assert answered >= 0.6 * quota * (time.monotonic() - begun)


@dataclass(frozen=True, kw_only=True)
class Toy(Service):
    """Embeds texts, words one by one where told to."""

    facts: ClassVar[Facts] = Facts("toy", {}, per_call=3)
    words: bool = False

    @property
    def model(self) -> str:
        return "toy"

    @property
    def sizes(self) -> tuple[int, ...]:
        return (4,)

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        text = str(item.content)
        if not text:
            return [Failed(index, "it is empty.")]
        parts: Iterable[str] = text.split() if self.words else [text]
        return [Piece(index, item.with_content(p), span=(n, n + 1)) for n, p in enumerate(parts)]

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        if any(piece.item.content == "bad" for piece in call):
            raise Rejected("bad")
        return [Embedded(p.index, VECTOR[:dim], 2.0, span=p.span) for p in call]


def test_a_service_answers_every_item() -> None:
    items = [Item(str(n), text) for n, text in enumerate(["a", "", "bad", "c", "d"])]
    found = {o.index: o for o in Toy().embed(items, ROLE, 4)}
    assert {n: type(o) for n, o in found.items()} == {
        0: Embedded, 1: Failed, 2: Failed, 3: Embedded, 4: Embedded,
    }  # fmt: skip


def test_a_service_keeps_the_parts_of_an_item_together() -> None:
    items = [Item(str(n), " ".join("abcde"[: n % 5 + 1])) for n in range(40)]
    toy = Toy(words=True)
    order = [o.index for o in toy.embed(items, ROLE, 4)]
    assert Counter(order) == {n: n % 5 + 1 for n in range(40)}
    assert sum(a != b for a, b in itertools.pairwise(order)) == 39
    assert toy.traffic.calls == 40


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("concurrency", 0),
        ("attempts", 0),
        ("timeout", 0.0),
        ("patience", -1.0),
        ("requests_per_minute", -1.0),
        ("tokens_per_minute", float("inf")),
        ("timeout", float("nan")),
        ("attempts", True),
    ],
)
def test_a_setting_out_of_range_is_named(key: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"^{key}: "):
        Toy(**{key: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("concurrency", 0, "concurrency: expected a whole number of at least 1, got 0."),
        ("timeout", -1.0, "timeout: expected a number above 0, got -1."),
        ("timeout", float("nan"), "timeout: expected a number above 0, got nan."),
        (
            "requests_per_minute",
            -3,
            "requests_per_minute: expected a number of at least 0, got -3. "
            "Give a number above 0, or 0 for no cap.",
        ),
    ],
)
def test_what_a_setting_may_be_is_said(key: str, value: float, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        Toy(**{key: value})  # type: ignore[arg-type]
    assert str(caught.value) == said
    assert [problem.where for problem in caught.value.problems] == [key]


def test_the_least_of_each_setting_is_taken() -> None:
    toy = Toy(concurrency=1, attempts=1, timeout=1e-6, patience=1e-6, requests_per_minute=0)
    assert toy.traffic.calls == 0


def test_all_settings_out_of_range_are_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        Toy(concurrency=0, attempts=0)
    assert len(caught.value.problems) == 2


def test_silence_ends_with_the_last_trouble() -> None:
    told = str(_flow._silence(300.0, Transient("the connection failed (reset).")))
    assert "nothing for 300 seconds; the last trouble: the connection failed (reset). What" in told
