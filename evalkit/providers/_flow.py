"""Sends calls to a service: as many at a time as it bears, again where that helps."""

from __future__ import annotations

import heapq
import itertools
import math
import queue
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from evalkit.core.errors import ProviderError
from evalkit.core.protocols import Embedded, Failed, Refused, Traffic
from evalkit.providers._calls import Call, Outcome, Rejected, Send, Transient, complete
from evalkit.providers._pace import Bucket, Pace, Ticket

_LONGEST_HINT = 120.0
_BACKOFF, _MOST_BACKOFF = 0.5, 30.0
_THROTTLED, _MOST_THROTTLED = 0.1, 5.0
_GLANCE = 0.05
_PARTING = 3.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a service may be asked.

    concurrency: the most calls at a time. requests_per_minute, tokens_per_minute: 0 for no cap.
    attempts: the most for one call; those that were throttled do not count. patience: seconds after
    which a service that answers nothing at all, or throttles one call again and again, is given up.
    timeout: seconds that one attempt may take. items_count: whether each piece of a call counts as
    a request.
    """

    concurrency: int = 16
    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    attempts: int = 8
    patience: float = 300.0
    timeout: float = 60.0
    items_count: bool = False

    def requests(self, call: Call) -> int:
        """Return how many requests a call counts for."""
        return len(call) if self.items_count else 1


@dataclass(eq=False)
class Engine:
    """Sends the calls of one provider; kept for as long as the provider, so that it learns.

    clock, jitter: the time in seconds, and a random number between two bounds; tests give others.
    """

    limits: Limits
    traffic: Traffic = field(default_factory=Traffic)
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[float, float], float] = random.uniform
    pace: Pace = field(init=False)
    lock: threading.RLock = field(init=False, default_factory=threading.RLock, repr=False)
    proven: bool = field(init=False, default=False)
    """Whether one call was answered; until then they are made one by one."""
    silent: float = field(init=False, default=0.0)
    """For how many seconds nothing was answered when the last run ended."""

    def __post_init__(self) -> None:
        """Make the pace from the limits."""
        caps = (self.limits.requests_per_minute, self.limits.tokens_per_minute)
        requests, tokens = (Bucket(cap / 60) if cap else None for cap in caps)
        self.pace = Pace(self.limits.concurrency, requests, tokens)

    def begun(self) -> None:
        """Count an attempt; every one comes through here, those outside of `run` as well."""
        with self.lock:
            self.traffic.calls += 1

    def broken(self, why: Transient) -> None:
        """Count an attempt that came to nothing, as throttled or as failed."""
        with self.lock:
            self.traffic.throttled += why.throttled
            self.traffic.failed += not why.throttled

    def run(self, calls: Iterable[Call], send: Send) -> Iterator[Outcome]:
        """Yield what came of each piece, in the caller's thread, as soon as it is known.

        Calls are read from `calls` in the caller's thread too, a few ahead. Raises ProviderError
        where the service cannot be used, or answers nothing for too long. Before it and before
        KeyboardInterrupt come the outcomes of calls that were under way. Ctrl-C is raised from
        here, never while the caller deals with an outcome; a second one is raised at once.
        """
        return _Run(self, iter(calls), send).outcomes()


@dataclass(slots=True)
class _Job:
    """A call and what it went through: attempts, those of them that failed, and since when."""

    call: Call
    attempts: int = 0
    faults: int = 0
    throttles: int = 0
    since: float = math.inf


@dataclass(eq=False)
class _Run:
    """One use of an engine: calls in all their states, and the threads that make them."""

    engine: Engine
    fresh: Iterator[Call]
    send: Send
    ready: deque[_Job] = field(default_factory=deque)
    waiting: list[tuple[float, int, _Job]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)
    known: queue.SimpleQueue[Outcome | None] = field(default_factory=queue.SimpleQueue)
    inbox: queue.SimpleQueue[tuple[_Job, Ticket] | None] = field(default_factory=queue.SimpleQueue)
    threads: list[threading.Thread] = field(default_factory=list)
    flying: int = 0
    read_all: bool = False
    stopped: bool = False
    error: BaseException | None = None
    trouble: float | None = None
    """Since when nothing was answered, None where the last call was."""
    interrupted: bool = False

    # --- the caller's thread --------------------------------------------------------------------

    def outcomes(self) -> Iterator[Outcome]:
        """Yield outcomes until there are no more; see `Engine.run`."""
        with self._interrupts_noted():
            try:
                yield from self._all()
            except KeyboardInterrupt:
                yield from self._rest(_PARTING)
                raise
            except GeneratorExit:
                for _ in self._rest(_PARTING):
                    pass
                raise
            finally:
                self._end()

    @contextmanager
    def _interrupts_noted(self) -> Iterator[None]:
        """Note Ctrl-C, to be raised where no outcome is in anybody's hands; the next is as ever.

        Python raises it wherever the main thread is, for instance while the caller takes or stores
        an answer, which would be lost. Nothing is changed outside the main thread, nor where the
        program has a handler of its own.
        """
        usual = signal.getsignal(signal.SIGINT)
        if not _in_main_thread() or usual is not signal.default_int_handler:
            yield
            return

        def note(*_: object) -> None:
            signal.signal(signal.SIGINT, usual)
            self.interrupted = True

        signal.signal(signal.SIGINT, note)
        try:
            yield
        finally:
            if _in_main_thread() and signal.getsignal(signal.SIGINT) is note:
                signal.signal(signal.SIGINT, usual)

    def _all(self) -> Iterator[Outcome]:
        """Send everything and yield what comes of it; raises what broke it off."""
        while (wait := self._step()) is not None:
            yield from self._known(wait)
            self._heed()
        yield from self._known(0.0)
        self._heed()
        if self.error is not None:
            yield from self._rest(self.engine.limits.timeout)
            raise self.error

    def _heed(self) -> None:
        """Raise KeyboardInterrupt where Ctrl-C was noted."""
        if self.interrupted:
            raise KeyboardInterrupt

    def _step(self) -> float | None:
        """Send what may be sent; return how long to wait then, None where all is over."""
        self._read()
        with self.engine.lock:
            wait = self._launch()
            idle = not (self.ready or self.waiting or self.flying)
            return None if self.stopped or (self.read_all and idle) else wait

    def _read(self) -> None:
        """Read a few calls ahead, fewer the more are waiting for another attempt."""
        ahead = 2 * self.engine.limits.concurrency
        while not self.read_all and len(self.ready) + len(self.waiting) < 2 * ahead:
            if len(self.ready) >= ahead:
                return
            call = next(self.fresh, None)
            if call is None:
                self.read_all = True
            else:
                self.ready.append(_Job(call))

    def _known(self, wait: float) -> Iterator[Outcome]:
        """Yield the outcomes that are there; wait for the first, but not for long."""
        try:
            # Looked at often: other threads and clocks do not wake this one.
            found = self.known.get(timeout=min(wait, _GLANCE)) if wait else self.known.get_nowait()
            while True:
                if found is not None:
                    yield found
                found = self.known.get_nowait()
        except queue.Empty:
            return

    def _rest(self, seconds: float) -> Iterator[Outcome]:
        """Send no more, and yield what comes within some seconds of what is under way."""
        with self.engine.lock:
            self.stopped = True
        end = time.monotonic() + seconds
        while self.flying and time.monotonic() < end:
            yield from self._known(_GLANCE)
        yield from self._known(0.0)

    def _end(self) -> None:
        """Let the threads go. One that still waits for a service keeps no process alive."""
        with self.engine.lock:
            self.stopped = True
            if self.trouble is not None:
                self.engine.silent = self.engine.clock() - self.trouble
        for _ in self.threads:
            self.inbox.put(None)
        if not self.flying:
            for thread in self.threads:
                thread.join()

    # --- under the engine's lock ----------------------------------------------------------------

    def _launch(self) -> float:
        """Hand out the calls that may go now; return the seconds until the next may."""
        now = self.engine.clock()
        while not self.stopped:
            due = bool(self.waiting) and self.waiting[0][0] <= now
            if not due and not self.ready:
                break
            job = self.waiting[0][2] if due else self.ready[0]
            wait = self._turn(now, job)
            if wait > 0:
                return wait
            if due:
                heapq.heappop(self.waiting)
            else:
                self.ready.popleft()
            self._hand_out(now, job)
        return max(self.waiting[0][0] - now, 0.0) if self.waiting else math.inf

    def _turn(self, now: float, job: _Job) -> float:
        """Return the seconds until a call may go, infinity where another has to land first."""
        pace = self.engine.pace
        if not self.engine.proven and pace.in_flight:
            return math.inf
        return pace.wait(now, _tokens(job.call), self.engine.limits.requests(job.call))

    def _hand_out(self, now: float, job: _Job) -> None:
        """Give a call to a thread."""
        requests = self.engine.limits.requests(job.call)
        ticket = self.engine.pace.sent(now, _tokens(job.call), requests)
        job.attempts += 1
        job.since = min(job.since, now)
        self.flying += 1
        self.engine.begun()
        self._show()
        if self.flying > len(self.threads):
            thread = threading.Thread(target=self._work, name="evalkit-call", daemon=True)
            self.threads.append(thread)
            thread.start()
        self.inbox.put((job, ticket))

    def _show(self) -> None:
        """Keep the traffic's gauges up to date."""
        traffic, pace = self.engine.traffic, self.engine.pace
        traffic.in_flight, traffic.allowed = pace.in_flight, int(pace.allowed)

    # --- the threads ----------------------------------------------------------------------------

    def _work(self) -> None:
        """Make calls until told to go."""
        while (work := self.inbox.get()) is not None:
            job, ticket = work
            begun = self.engine.clock()
            result: Sequence[Outcome] | BaseException
            try:
                result = complete(self.send(job.call), job.call)
            except BaseException as e:  # all of it is sorted, or raised in the caller's thread
                result = e
            with self.engine.lock:
                self._landed(job, ticket, result, begun)
                if not self.stopped:
                    self._launch()
            del job, work, result
            self.known.put(None)

    def _landed(
        self, job: _Job, ticket: Ticket, result: Sequence[Outcome] | BaseException, begun: float
    ) -> None:
        """Deal with what came of an attempt."""
        now = self.engine.clock()
        self.flying -= 1
        answered = not isinstance(result, BaseException)
        heard = answered or isinstance(result, Rejected)
        self.engine.pace.landed(ticket, now, answered=heard)
        if heard:
            self.engine.proven, self.engine.silent, self.trouble = True, 0.0, None
        if not isinstance(result, BaseException):
            self.engine.traffic.answered += 1
            for outcome in result:
                self.known.put(_noted(outcome, job.attempts, now - begun))
        elif isinstance(result, Transient):
            self._repeat(job, result, now)
        elif isinstance(result, Rejected):
            self._divide(job, result)
        else:
            self._fail(result)
        self._show()

    def _repeat(self, job: _Job, why: Transient, now: float) -> None:
        """Put a call back for another attempt, or give it or the service up."""
        limits = self.engine.limits
        self.engine.broken(why)
        job.throttles += why.throttled
        job.faults += not why.throttled
        if self.trouble is None:
            self.trouble = now - self.engine.silent
        if now - self.trouble >= limits.patience:
            self._fail(_silence(limits.patience, why))
        elif job.faults >= limits.attempts or now - job.since >= limits.patience:
            reason = f"given up after {job.attempts} attempts: {why.reason}"
            for piece in job.call:
                self.known.put(Failed(piece.index, reason, job.faults))
        else:
            due = now + self._delay(job, why)
            heapq.heappush(self.waiting, (due, next(self.order), job))

    def _delay(self, job: _Job, why: Transient) -> float:
        """Return the seconds before another attempt: any number up to a bound that doubles."""
        if why.throttled:
            most = min(_THROTTLED * 2.0 ** min(job.throttles - 1, 10), _MOST_THROTTLED)
        else:
            most = min(_BACKOFF * 2.0 ** min(job.faults - 1, 10), _MOST_BACKOFF)
        asked = min(max(why.after or 0.0, 0.0), _LONGEST_HINT)
        if asked:
            return asked + self.engine.jitter(0.0, min(most, asked / 4))
        return self.engine.jitter(0.0, most)

    def _divide(self, job: _Job, why: Rejected) -> None:
        """Record that a piece cannot be embedded; of several, find out which by halving."""
        if len(job.call) == 1:
            kind = Refused if why.refused else Failed
            self.known.put(kind(job.call[0].index, why.reason))
            return
        self.engine.traffic.failed += 1
        middle = len(job.call) // 2
        for half in (job.call[:middle], job.call[middle:]):
            self.ready.appendleft(_Job(half, attempts=job.attempts))

    def _fail(self, error: BaseException) -> None:
        """Stop sending; the first error is raised in the caller's thread."""
        self.stopped = True
        self.error = self.error or error


def _in_main_thread() -> bool:
    """Return whether signals may be dealt with here."""
    return threading.current_thread() is threading.main_thread()


def _tokens(call: Call) -> int:
    """Return the estimated tokens of a call."""
    return sum(piece.tokens for piece in call)


def _noted(outcome: Outcome, attempts: int, seconds: float) -> Outcome:
    """Return an outcome with what it took to get."""
    if isinstance(outcome, Embedded):
        return replace(outcome, attempts=attempts, seconds=seconds)
    return outcome


def _silence(patience: float, why: Transient) -> ProviderError:
    """Return the error for a service that answers nothing any more."""
    return ProviderError(
        f"the service has answered nothing for {patience:g} seconds; the last trouble: "
        f"{why.reason.rstrip('.')}. What was answered before is kept. Check the network, the quota "
        "and the service's status, and run again; `patience` sets how long to wait."
    )
