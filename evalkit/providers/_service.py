"""What every provider that asks a service over a network has in common: settings and one engine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from evalkit.core.errors import Problem, ProviderError, UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Refused, Role, Traffic, Usage
from evalkit.providers._calls import Call, Outcome, Piece, in_calls
from evalkit.providers._filing import (
    Parameters,
    Trait,
    filed,
    is_cut,
    kinds_of,
    may_exceed,
    texts_of,
)
from evalkit.providers._flow import Engine, Limits
from evalkit.providers._gathering import Gathering

_COUNTS = ("concurrency", "attempts")
_CAPS = ("requests_per_minute", "tokens_per_minute")
_SECONDS = ("timeout", "patience")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A provider behind a network; subclasses say what is sent (`pieces`) and how (`send`).

    They say besides which parameters enter requests for what items (`parameters`).

    endpoint: another address than the service's own; it must be allowed by the environment or by
    --allow-endpoint. concurrency: the most calls at a time. requests_per_minute, tokens_per_minute:
    caps, 0 for none. attempts: the most for one input. timeout: seconds for one attempt. patience:
    seconds after which a service that answers nothing at all is given up. A service that counts
    every item of a call as a request sets `cap_counts_items`.
    """

    facts: ClassVar[Facts]
    cap_counts_items: ClassVar[bool] = False

    endpoint: str = ""
    concurrency: int = 16
    requests_per_minute: float = 0.0
    tokens_per_minute: float = 0.0
    attempts: int = 8
    timeout: float = 60.0
    patience: float = 300.0
    _engine: Engine = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the settings and make the engine; subclasses with checks of their own call it too.

        Raises UsageError naming every setting that is out of its range.
        """
        settings = (*_COUNTS, *_CAPS, *_SECONDS)
        problems = [p for key in settings if (p := _problem(key, getattr(self, key)))]
        if problems:
            raise UsageError(*problems)
        limits = Limits(
            self.concurrency,
            self.requests_per_minute,
            self.tokens_per_minute,
            self.attempts,
            self.patience,
            self.timeout,
            self.cap_counts_items,
        )
        object.__setattr__(self, "_engine", Engine(limits))

    @property
    def model(self) -> str:
        """Return the service's own name of the model."""
        raise NotImplementedError

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the vector sizes it offers, widest first."""
        raise NotImplementedError

    @property
    def batch(self) -> int:
        """Return how many items it likes to be given at once: enough to keep all calls busy."""
        return 1024

    @property
    def traffic(self) -> Traffic:
        """Return what went to the service and came back so far."""
        return self._engine.traffic

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        """Return the parameters that could change an item's vector: those that are for it."""
        return filed(self.parameters(role, dim), self.traits(item, role))

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return what enters requests besides the item, and for what items each of it is."""
        raise NotImplementedError

    @property
    def counted_tokens(self) -> float:
        """Return over how many tokens the service itself cuts or refuses a text, inf for never."""
        return math.inf

    def traits(self, item: Item, role: Role) -> set[Trait]:
        """Return what an item is or holds, as far as parameters depend on it."""
        cut = any(is_cut(self.pieces(0, text, role)) for text in texts_of(item))
        long = may_exceed(item, self.counted_tokens)
        lengths: dict[Trait, bool] = {"cut": cut, "long": long}
        return kinds_of(item) | {trait for trait, holds in lengths.items() if holds}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield the outcome for each item as answers come, the parts of one item together.

        Raises ProviderError where the service cannot be used as it is configured.
        """
        self.expect_offered(dim)
        pieces = [piece for n, item in enumerate(items) for piece in self.pieces(n, item, role)]
        yield from (piece for piece in pieces if isinstance(piece, Failed))
        sent = [piece for piece in pieces if isinstance(piece, Piece)]
        whole = Gathering(sent)
        for outcome in self.outcomes(sent, role, dim, whole):
            yield from whole.let_go(outcome)

    def outcomes(
        self, pieces: Sequence[Piece], role: Role, dim: int, whole: Gathering
    ) -> Iterator[Outcome]:
        """Yield what came of pieces, each of which `whole` waits for, by sending them in calls."""

        def send(call: Call) -> Sequence[Outcome]:
            return whole.answered(call, self.send(call, role, dim))

        yield from self._engine.run(self.calls(pieces), send)

    def calls(self, pieces: Sequence[Piece]) -> Iterable[Call]:
        """Return pieces in calls, of what one request may carry."""
        return in_calls(pieces, self.facts.per_call)

    def expect_offered(self, dim: int) -> None:
        """Raise ProviderError for a size that the model does not offer."""
        if dim not in self.sizes:
            offered = ", ".join(map(str, self.sizes))
            raise ProviderError(f"{self.model} offers the sizes {offered}, not {dim}.")

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return what is sent for an item, or one Failed where its limits or kind forbid it."""
        raise NotImplementedError

    def send(self, call: Call, role: Role, dim: int) -> Sequence[Outcome]:
        """Make one attempt at a call and return what came of each of its pieces.

        Raises Transient, Rejected or ProviderError, see `_calls`.
        """
        raise NotImplementedError

    def usage(self, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return what embedding items is expected to use, without calling anything."""
        from evalkit.providers._pieces import usage_of

        return usage_of(items)


def _problem(key: str, value: object) -> Problem | None:
    """Return what is wrong with a setting, None for nothing."""
    number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else value
    if key in _COUNTS:
        fine, wanted = number >= 1, "a whole number of at least 1"
    elif key in _CAPS:
        fine, wanted = number >= 0, "a number of at least 0"
    else:
        fine, wanted = number > 0, "a number above 0"
    if fine and number < math.inf:
        return None
    wanted = "a finite number" if fine else wanted
    fix = "Give a number above 0, or 0 for no cap." if key in _CAPS else ""
    return Problem(key, f"expected {wanted}, got {repr(value).removesuffix('.0')}.", fix)
