"""Sends calls to a service: as many at a time as it bears, again where that helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evalkit.core.protocols import Traffic
from evalkit.providers._calls import Call, Outcome, Send


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a service may be asked.

    concurrency: the most calls at a time. requests_per_minute, tokens_per_minute: 0 for no cap.
    attempts: the most for one call. patience: seconds after which a service that answers nothing
    at all is given up.
    """

    concurrency: int = 16
    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    attempts: int = 8
    patience: float = 300.0


@dataclass(eq=False)
class Engine:
    """Sends the calls of one provider; kept for as long as the provider, so that it learns."""

    limits: Limits
    traffic: Traffic = field(default_factory=Traffic)

    def run(self, calls: Iterable[Call], send: Send) -> Iterator[Outcome]:
        """Yield what came of each piece, as soon as it is known."""
        for call in calls:
            yield from send(call)
