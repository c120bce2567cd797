import heapq
import math
import random
from dataclasses import dataclass, field

import pytest

from evalkit.providers._pace import Bucket, Pace, Ticket


@dataclass
class Quota:
    """A service in a time of its own: a token bucket, and calls lost at random besides."""

    rate: float
    saved: float
    lost_anyway: float
    seconds: float
    chance: random.Random
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.saved

    def serves(self, now: float) -> tuple[bool, bool]:
        """Return whether a call is answered, and whether it went over the quota."""
        self.level = min(self.saved, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.chance.random() < self.lost_anyway:
            return False, False
        if self.level < 1:
            return False, True
        self.level -= 1
        return True, False


def use(pace: Pace, service: Quota, end: float, start: float = 0.0) -> tuple[int, int, int]:
    """Ask without end for some time; return how many calls were sent, answered, over quota."""
    now, sent, answered, over = start, 0, 0, 0
    flying: list[tuple[float, int, bool]] = []
    tickets: dict[int, Ticket] = {}
    while now < end:
        while not (wait := pace.wait(now, 1)):
            sent += 1
            served, beyond = service.serves(now)
            over += beyond
            tickets[sent] = pace.sent(now, 1)
            took = service.seconds * service.chance.uniform(0.9, 1.3)
            heapq.heappush(flying, (now + took, sent, served))
        now = min(now + max(wait, 1e-6), flying[0][0] if flying else math.inf)
        while flying and flying[0][0] <= now:
            _, number, served = heapq.heappop(flying)
            answered += served
            pace.landed(tickets.pop(number), now, answered=served)
    for late, number, served in flying:
        pace.landed(tickets.pop(number), late, answered=served)
    return sent, answered, over


def service(rate: float, lost_anyway: float = 0.0, saved: float = 20, seed: int = 1) -> Quota:
    return Quota(rate, saved, lost_anyway, 0.04, random.Random(seed))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lost_anyway", [0.0, 0.12])
def test_a_quota_is_used_up_and_hardly_passed(lost_anyway: float, seed: int) -> None:
    sent, answered, over = use(Pace(16), service(100, lost_anyway, seed=seed), 30)
    assert answered >= 0.9 * 100 * 30
    assert over <= 0.2 * sent


@pytest.mark.parametrize("seed", range(4))
def test_what_is_lost_at_random_slows_nothing_down(seed: int) -> None:
    _, unhindered, _ = use(Pace(16), service(math.inf, seed=seed), 20)
    _, answered, _ = use(Pace(16), service(1e9, 0.1, saved=1e9, seed=seed), 20)
    assert answered >= 0.6 * 0.9 * unhindered


def test_a_quota_that_shrinks_is_followed() -> None:
    pace, quota = Pace(16), service(100)
    use(pace, quota, 10)
    quota.rate = 20
    sent, answered, _ = use(pace, quota, 40, start=10)
    assert answered >= 0.8 * 20 * 30
    assert sent <= 3 * answered


@pytest.mark.parametrize("seed", range(4))
def test_a_service_that_was_down_is_used_again(seed: int) -> None:
    pace, quota = Pace(16), service(0, seed=seed, saved=0)
    sent, answered, _ = use(pace, quota, 10)
    assert answered == 0
    assert sent < 60
    quota.rate, quota.saved = 100, 20
    _, answered, _ = use(pace, quota, 40, start=10)
    assert answered >= 0.6 * 100 * 30


def test_concurrency_doubles_at_first_and_stops_at_its_limit() -> None:
    pace, seen = Pace(12), []
    for trip in range(6):
        tickets = []
        while not pace.wait(trip, 0):
            tickets.append(pace.sent(trip, 0))
        seen.append(len(tickets))
        for ticket in tickets:
            pace.landed(ticket, trip + 0.9, answered=True)
    assert seen == [1, 2, 4, 8, 12, 12]


def test_it_falls_to_one_call_at_a_time_and_never_below() -> None:
    pace = Pace(16)
    use(pace, service(math.inf), 3)
    assert int(pace.allowed) == 16
    use(pace, service(0, saved=0), 20, start=3)
    assert int(pace.allowed) == 1


def test_a_cap_on_requests_holds_in_every_minute() -> None:
    pace, sent, now = Pace(1000, requests=Bucket(600 / 60)), [], 0.0
    pace.allowed = 1000
    while now < 180:
        if wait := pace.wait(now, 1):
            now += wait
            continue
        sent.append(now)
        pace.landed(pace.sent(now, 1), now, answered=True)
    for start in range(120):
        assert 595 <= sum(start <= at < start + 60 for at in sent) <= 603


def test_a_cap_on_requests_may_count_what_calls_carry() -> None:
    pace, sent, now = Pace(10, requests=Bucket(1500 / 60)), 0, 0.0
    for items in [100, 100, 7, 1, 100] * 20:
        while wait := pace.wait(now, 1, items):
            now += wait
        pace.landed(pace.sent(now, 1, items), now, answered=True)
        sent += items
    assert sent - 100 <= 25 * now <= sent


def test_a_cap_on_tokens_counts_what_calls_carry() -> None:
    pace, spent, now = Pace(10, tokens=Bucket(6000 / 60)), 0, 0.0
    for tokens in [10, 500, 20, 1, 300] * 20:
        while wait := pace.wait(now, tokens):
            now += wait
        pace.landed(pace.sent(now, tokens), now, answered=True)
        spent += tokens
    assert spent - 525 <= 100 * now <= spent


def test_a_bucket_saves_up_little_and_remembers_debt() -> None:
    bucket = Bucket(8.0)
    assert bucket.wait(0.0) == 0
    bucket.take(0.0)
    assert bucket.wait(0.0) == pytest.approx(1 / 8)
    assert bucket.wait(100.0, 2.0) == 0
    bucket.take(100.0, 10.0)
    assert bucket.wait(100.0) == pytest.approx(9 / 8)
    assert bucket.wait(99.0) == pytest.approx(9 / 8)
