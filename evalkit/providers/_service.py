"""What every provider that asks a service over a network has in common: settings and one engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Refused, Role, Traffic, Usage
from evalkit.providers._calls import Call, Outcome, Piece, in_calls
from evalkit.providers._flow import Engine, Limits


@dataclass(frozen=True, kw_only=True)
class Service:
    """A provider behind a network; subclasses say what is sent (`pieces`) and how (`send`).

    endpoint: another address than the service's own; it must be allowed by the environment or by
    --allow-endpoint. concurrency: the most calls at a time. requests_per_minute, tokens_per_minute:
    caps, 0 for none. attempts: the most for one input. timeout: seconds for one attempt. patience:
    seconds after which a service that answers nothing at all is given up.
    """

    facts: ClassVar[Facts]

    endpoint: str = ""
    concurrency: int = 16
    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    attempts: int = 8
    timeout: float = 60.0
    patience: float = 300.0
    _engine: Engine = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the engine; subclasses that check their parameters call this as well."""
        limits = Limits(
            self.concurrency,
            self.requests_per_minute,
            self.tokens_per_minute,
            self.attempts,
            self.patience,
        )
        object.__setattr__(self, "_engine", Engine(limits))

    @property
    def batch(self) -> int:
        """Return how many items it likes to be given at once: enough to keep all calls busy."""
        return 1024

    @property
    def traffic(self) -> Traffic:
        """Return what went to the service and came back so far."""
        return self._engine.traffic

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield the outcome for each item as answers come.

        Raises ProviderError where the service cannot be used as it is configured.
        """
        pieces = [piece for n, item in enumerate(items) for piece in self.pieces(n, item, role)]
        yield from (piece for piece in pieces if isinstance(piece, Failed))
        calls = in_calls(pieces, self.facts.per_call)
        yield from self._engine.run(calls, lambda call: self.send(call, role, dim))

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return what is sent for an item, or one Failed where its limits or kind forbid it."""
        raise NotImplementedError

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt at a call and return what came of each of its pieces.

        Raises Transient, Rejected or ProviderError, see `_calls`.
        """
        raise NotImplementedError

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return what embedding items is expected to use."""
        raise NotImplementedError
