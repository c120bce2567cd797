"""What a server lets through, what it breaks on purpose, and what it remembers of its answers."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.services.trouble import Trouble

BEFORE = ("internal", "unavailable", "timeout", "model_error")
"""Refusals in place of an answer."""
ANSWERS = ("wrong_size", "nan", "empty", "duplicated", "reordered")
"""Answers that are wrong in themselves; reordered ones are right where rows say which they are."""
SENDING = ("reset", "slow", "truncated")
"""Answers that do not arrive, or not as they should."""
_SENDING_SECONDS = 3.0
KINDS = ("throttle", *BEFORE, *ANSWERS, *SENDING)
REFUSED = "refused"
"""What the content filter refuses: always the same inputs, however they are asked for."""
FATES = ("job-fails", "job-stuck", "job-partial", "job-filtered", "job-duplicated")
"""What becomes of a job; words that decide it, too, where its request or what it reads has them."""


@dataclass(frozen=True)
class Settings:
    """How servers behave.

    latency: seconds before an answer. quota: requests a second, 0 for any number. faults: kind ->
    probability, of a request for KINDS, of an input for REFUSED, of a job for FATES; `other` is
    spread over all of KINDS but throttle. seed: of the schedule of faults.
    burst: how many times in a row a request that is throttled on purpose is. job_polls,
    job_seconds: how often a job is asked for, and how old it gets, before it ends. job_limit: jobs
    at a time, 0 for any number. drift: how far vectors move, as if the model had changed silently.
    serves: another model name for OpenAI's answers.
    """

    latency: float = 0.0
    quota: float = 0.0
    faults: Mapping[str, float] | None = None
    seed: int = 0
    burst: int = 1
    job_polls: int = 1
    job_seconds: float = 0.0
    job_limit: int = 0
    drift: float = 0.0
    serves: str = ""

    def __post_init__(self) -> None:
        """Refuse probabilities that are none."""
        faults = self.faults or {}
        lots = (spread(faults), {k: faults.get(k, 0.0) for k in FATES}, {"": self._refused})
        if any(min(lot.values()) < 0 or sum(lot.values()) > 1 for lot in lots):
            raise ValueError("probabilities of faults lie between 0 and 1, and so does their sum")

    @property
    def _refused(self) -> float:
        return (self.faults or {}).get(REFUSED, 0.0)

    def refuses(self, digest: str) -> bool:
        """Return whether the content filter refuses an input."""
        return draw(self.seed, REFUSED, digest.encode()) < self._refused

    def fate(self, request: bytes) -> str:
        """Return what the schedule says of a job, "" for one that goes well."""
        drawn = draw(self.seed, "job", request)
        for kind in FATES:
            drawn -= (self.faults or {}).get(kind, 0.0)
            if drawn < 0:
                return kind
        return ""


def draw(seed: int, what: str, name: bytes) -> float:
    """Return a number from 0 to 1 that follows from a seed and from what it is drawn for."""
    whole = hashlib.sha256(f"{seed} {what} ".encode() + name).digest()
    return int.from_bytes(whole[:8], "big") / 2**64


def spread(faults: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of each kind; raises ValueError for an unknown one."""
    others = [kind for kind in KINDS if kind != "throttle" and kind not in faults]
    known = (*KINDS, REFUSED, *FATES)
    unknown = faults.keys() - {*known, "other"}
    if unknown:
        raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    share = faults.get("other", 0.0) / len(others) if others else 0.0
    return {k: faults.get(k, share if k in others else 0.0) for k in KINDS}


class Gate:
    """Decides what happens to each request: refused for its number, broken, or let through.

    What breaks depends on the seed, on the request and on how often it was let through before,
    so that the order in which threads come changes nothing. What the quota refuses does not count
    as let through. A throttle on purpose takes nothing from the quota.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._shares = settings, spread(settings.faults or {})
        self._seen: dict[bytes, int] = defaultdict(int)
        self._left, self._since = 1.0, time.monotonic()
        self._lock = threading.Lock()

    def admit(self, request: bytes) -> str:
        """Return the fault that this request gets, "" for none; raises Trouble for a throttle."""
        name = hashlib.sha256(request).digest()
        with self._lock:
            kind = self._fault(name, self._seen[name])
            if kind != "throttle":
                self._take()
            self._seen[name] += 1
        if kind == "throttle":
            raise Trouble("throttle", after=0.05)
        return kind

    def _fault(self, name: bytes, turn: int) -> str:
        """Return what the schedule says of the request's nth time."""
        if self._draw(name, f"throttle {turn // self._settings.burst}") < self._shares["throttle"]:
            return "throttle"
        draw = self._draw(name, f"other {turn}") * (1 - self._shares["throttle"])
        for kind in KINDS[1:]:
            draw -= self._shares[kind]
            if draw < 0:
                return kind
        return ""

    def _draw(self, name: bytes, what: str) -> float:
        return draw(self._settings.seed, what, name)

    def _take(self) -> None:
        """Take one request from the quota, which holds those of a second; raises Trouble."""
        quota = self._settings.quota
        if not quota:
            return
        now = time.monotonic()
        self._left = min(max(quota, 1.0), self._left + (now - self._since) * quota)
        self._since = now
        if self._left < 1:
            raise OverQuota((1 - self._left) / quota)
        self._left -= 1


class OverQuota(Trouble):
    """More requests than the quota allows; says when there will be room for one."""

    def __init__(self, after: float) -> None:
        super().__init__("throttle", after=after)


@dataclass(frozen=True)
class Answered:
    """One input that was answered with a vector, all of it sent.

    digest: that of an item with the same content. purpose: what the request said it is for. mode:
    of Nova, how closely an image is read, or whether picture and sound of a video are one.
    """

    model: str
    purpose: str
    dim: int
    digest: str
    kind: str
    mode: str = ""


class Log:
    """What was answered, and how often what else happened. In memory, and in a file if named.

    Who reads it waits for replies that are being sent, so that what a client has is in it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Condition()
        self._sending = 0
        self._answered: list[Answered] = []
        self._counts: Counter[str] = Counter()
        self._file = path.open("a", encoding="utf-8") if path else None

    def count(self, what: str) -> None:
        """Note that something happened."""
        with self._lock:
            self._counts[what] += 1

    def answer(self, inputs: Sequence[Answered]) -> None:
        """Note an answer that was sent whole."""
        with self._lock:
            self._counts["answers"] += 1
            self._answered += inputs
            if self._file:
                self._file.writelines(json.dumps(asdict(one)) + "\n" for one in inputs)
                self._file.flush()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Let readers wait while a reply is sent and noted."""
        with self._lock:
            self._sending += 1
        try:
            yield
        finally:
            with self._lock:
                self._sending -= 1
                self._lock.notify_all()

    @property
    def answered(self) -> list[Answered]:
        """The inputs that were answered, in order."""
        with self._lock:
            self._lock.wait_for(lambda: not self._sending, _SENDING_SECONDS)
            return list(self._answered)

    @property
    def counts(self) -> dict[str, int]:
        """How often what happened; see docs/services.md."""
        with self._lock:
            self._lock.wait_for(lambda: not self._sending, _SENDING_SECONDS)
            return dict(self._counts)

    def clear(self) -> None:
        """Forget everything; a file stays as it is."""
        with self._lock:
            self._answered.clear()
            self._counts.clear()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


def summary(answered: Sequence[Answered]) -> dict[str, int]:
    """Return how many inputs were answered, how many different ones, how many repeatedly."""
    times = Counter(answered)
    return {
        "inputs": len(answered),
        "distinct": len(times),
        "twice": sum(n > 1 for n in times.values()),
    }
