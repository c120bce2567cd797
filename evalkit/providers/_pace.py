"""How fast a service may be asked: caps that are set, and what it bears, which is learned.

Two things are learned from calls that are lost (throttled or failed). The number of calls at a time
doubles with every round trip until the first loss and grows by one from then on. The rate is not
limited until the share of lost calls says that there is a quota; from then on calls are sent a
little above the rate at which they were answered, so that the quota is used up and hardly passed.

Some services lose calls at any pace. So now and then one second is spent well below the quota: what
is lost then has nothing to do with it, and only what is lost beyond that share counts.

No function here waits or reads a clock: each is told the time, in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

_WINDOW = 1.0
_SHORTEST = 0.2
_FEWEST = 4
_MARGIN = 0.05
_ROUNDING = 1e-9
_SLOWEST = 0.2
_LONGEST = 8.0
_ENOUGH = 60
_GAIN = 0.03
_TEST_EVERY = 20.0
_DOUBTFUL = 0.15
_BROKEN = 0.8


@dataclass(slots=True)
class Bucket:
    """Spaces out what is taken: `rate` per second, and a quarter second's worth at once at most."""

    rate: float
    _level: float = 1.0
    _at: float = -math.inf

    def wait(self, now: float, cost: float = 1.0) -> float:
        """Return the seconds until `cost` may be taken."""
        self._fill(now)
        missing = min(cost, self._most) - self._level
        return missing / self.rate if missing > _ROUNDING else 0.0

    def take(self, now: float, cost: float = 1.0) -> None:
        """Take what is due; what costs more than the bucket holds leaves a debt."""
        self._fill(now)
        self._level -= cost

    @property
    def _most(self) -> float:
        """How much can be saved up."""
        return max(1.0, self.rate / 4)

    def _fill(self, now: float) -> None:
        """Add what has become due since it was last looked at."""
        if now > self._at:
            if self._at > -math.inf:
                self._level += (now - self._at) * self.rate
            self._at = now
        self._level = min(self._level, self._most)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A call that was sent: when, and in which epoch, a time in which the pace was not lowered."""

    at: float
    epoch: int


@dataclass(slots=True)
class _Window:
    """What came back lately. It begins with the first call of its own epoch that comes back."""

    start: float | None = None
    answered: int = 0
    lost: int = 0

    @property
    def count(self) -> int:
        """How many calls came back."""
        return self.answered + self.lost

    @property
    def share(self) -> float:
        """The share of calls that were lost."""
        return self.lost / max(self.count, 1)

    def beyond(self, usual: float, sigmas: float) -> bool:
        """Return whether more was lost than usual, and than chance explains."""
        return self.share > usual + _MARGIN + sigmas * self._chance(usual)

    def less(self, usual: float) -> bool:
        """Return whether less was lost than usual, and than chance explains."""
        return self.share < usual - 2 * self._chance(usual)

    def _chance(self, usual: float) -> float:
        """Return the standard deviation of a share that is usually so large."""
        likely = max(usual, 0.1)
        return math.sqrt(likely * (1 - likely) / max(self.count, 1))


@dataclass(slots=True)
class Pace:
    """How many calls may be under way, and when the next may go."""

    most: int
    requests: Bucket | None = None
    tokens: Bucket | None = None
    allowed: float = 1.0
    in_flight: int = 0
    learned: Bucket | None = None
    """The pace that the service bears, None while no limit was met."""
    _doubling: bool = True
    _full: bool = True
    _latency: float = 0.0
    _usual: float = 0.0
    _quota: float = 0.0
    _calm: int = 0
    _testing: bool = False
    _next_test: float = 0.0
    _epoch: int = 0
    _suspect: _Window | None = None
    _doubt: tuple[float, float] | None = None
    _window: _Window = field(default_factory=_Window)

    def wait(self, now: float, tokens: int, requests: int = 1) -> float:
        """Return the seconds until a call may go; infinity where one has to come back first.

        tokens, requests: what it counts for.
        """
        self._full = self.in_flight >= int(self.allowed)
        if self._full:
            return math.inf
        waits = [self.learned.wait(now)] if self.learned else []
        if self.requests:
            waits.append(self.requests.wait(now, requests))
        if self.tokens:
            waits.append(self.tokens.wait(now, tokens))
        return max(waits, default=0.0)

    def sent(self, now: float, tokens: int, requests: int = 1) -> Ticket:
        """Count a call that goes out."""
        self.in_flight += 1
        if self.learned:
            self.learned.take(now)
        if self.requests:
            self.requests.take(now, requests)
        if self.tokens:
            self.tokens.take(now, tokens)
        return Ticket(now, self._epoch)

    def landed(self, ticket: Ticket, now: float, *, answered: bool) -> None:
        """Learn from a call that came back, answered or lost."""
        if answered:
            seconds = now - ticket.at
            self._latency += (seconds - self._latency) * (0.1 if self._latency else 1.0)
            self._grow()
        elif self._doubling:
            self.allowed = max(self.allowed - 1.0, 1.0)
        if self._recovering and self.learned:
            self.learned.rate = max(self.learned.rate + (1 if answered else -1), _SLOWEST)
        self.in_flight -= 1
        if ticket.epoch != self._epoch:
            return
        window = self._window
        if window.start is None:
            window.start = now
        elif answered:
            window.answered += 1
        else:
            window.lost += 1
        self._judge(window, now - window.start, now)

    @property
    def _recovering(self) -> bool:
        """Whether the service bore much more before than it is asked now."""
        if self.learned is None or self._testing:
            return False
        return not self._quota or self.learned.rate < 0.7 * self._quota

    def _grow(self) -> None:
        """Allow more calls at a time where their number is what holds others up."""
        if self._full:
            step = 1.0 if self._doubling else 1.0 / self.allowed
            self.allowed = min(self.allowed + step, float(self.most))

    def _judge(self, window: _Window, seconds: float, now: float) -> None:
        """Draw conclusions where enough came back."""
        if window.count < _FEWEST or seconds < max(_SHORTEST, 2 * self._latency):
            return
        if self._testing:
            if seconds >= _WINDOW and (window.count >= _ENOUGH or seconds >= _LONGEST):
                self._end_test(window, seconds, now)
            return
        full = seconds >= _WINDOW
        if full or window.count >= 2 * _FEWEST:
            if window.beyond(self._usual, 2.0 if full else 3.0):
                self._slow_down(window, seconds)
            elif full:
                self._go_on(window, seconds, now)

    def _slow_down(self, window: _Window, seconds: float) -> None:
        """Fall back to what the service has just answered, and not far below what it did before."""
        rate = window.answered / seconds
        needed = 1.5 * rate * self._latency + 1
        self.allowed = max(1.0, min(self.allowed, max(self.allowed * 0.7, needed)))
        self._calm, self._doubling = 0, False
        if not self._quota and window.share <= _BROKEN and window.answered >= 2 * _FEWEST:
            self._quota, self._suspect = rate, window
            self._begin_test(rate)
            return
        self.learned = self.learned or Bucket(max(window.count / seconds, _SLOWEST))
        least = self.learned.rate / 2
        if self._quota and rate > self._quota / 2:
            self._quota = max(rate, 0.95 * self._quota)
            least = 0.95 * self._quota / (1 - self._usual)
        else:
            self._quota = max(rate, self._quota * (0.7 if rate else 1.0)) if self._quota else 0.0
            self._doubling = True
        fallen = max(rate / (1 - self._usual), least, _SLOWEST)
        self.learned.rate = min(self.learned.rate, fallen)
        self._start_epoch()

    def _go_on(self, window: _Window, seconds: float, now: float) -> None:
        """Try a little more; much more where the service bore more before, or for long."""
        self._window = _Window(now)
        if self.learned is None or not self._quota:
            self.learned = None
            return
        if now >= self._next_test and not self._recovering:
            self._begin_test(window.answered / seconds)
        elif window.count / seconds > 0.8 * self.learned.rate:
            self._calm += 1
            self.learned.rate *= 1 + min(_GAIN * 2 ** max(self._calm - 3, 0), 1.0)

    def _begin_test(self, rate: float) -> None:
        """Stay below the quota for a while, to see what is lost there."""
        slow = max(0.9 * rate, _SLOWEST)
        if self.learned is None:
            self.learned = Bucket(slow)
        self.learned.rate = slow
        self._testing = True
        self._start_epoch()

    def _end_test(self, window: _Window, seconds: float, now: float) -> None:
        """Take what was lost below the quota as usual, and return to the quota."""
        assert self.learned is not None
        if window.share > _BROKEN:
            self._testing, self._suspect, self._doubt = False, None, None
            self._slow_down(window, seconds)
            return
        if self._is_too_fast(window, window.answered / seconds):
            return
        share = min(window.share, 0.5)
        known = self._next_test > 0 and not window.less(self._usual)
        self._usual = (share + self._usual) / 2 if known else share
        self.learned.rate = max(self._quota / (1 - self._usual), self.learned.rate)
        if self._suspect and not self._suspect.beyond(self._usual, 2.0):
            self.learned, self._quota, self._doubling = None, 0.0, True
        self._suspect = None
        self._testing = False
        self._next_test = now + seconds * _TEST_EVERY
        self._start_epoch()

    def _is_too_fast(self, window: _Window, rate: float) -> bool:
        """Return whether a test was not below the quota after all; begin another, slower one.

        Where much is lost at a slower pace too, and as much, that is how the service is.
        """
        doubted, self._doubt = self._doubt, None
        if window.share <= _DOUBTFUL:
            return False
        if doubted and window.share > doubted[0] - _MARGIN:
            self._quota = doubted[1]
            return False
        self._doubt = (window.share, self._quota)
        self._quota = max(rate, _SLOWEST)
        self._begin_test(rate)
        return True

    def _start_epoch(self) -> None:
        """Look only at calls that are sent from now on."""
        self._epoch += 1
        self._window = _Window()
