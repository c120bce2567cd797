"""What embedding costs: what was paid for already, what a run would send, and what it may spend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from evalkit import ledger
from evalkit.core.errors import ProviderError
from evalkit.core.items import Item
from evalkit.core.plan import ModelPlan
from evalkit.core.protocols import Role, Traffic, Usage
from evalkit.prices import Cost, Prices, load

_KNOWN_CHARS = 200
"""So many characters must have been counted before what a service reports corrects the estimate."""

Progress = Callable[[str, int, int, str], None]
"""Told (what, done, of how many, a note on speed and cost) as work goes on."""


def no_progress(what: str, done: int, total: int, note: str = "") -> None:
    """Ignore progress."""


Place = tuple[str, str, tuple[int, ...]]
"""A case, one of its sides, and the sizes that one answer serves."""


@dataclass(slots=True)
class Tally:
    """What embedding cost: inputs wanted, found in the ledger, sent, lost and cut short.

    Vectors that are merely looked up, by the item's id, count as wanted alone: they cost nothing
    and are not copied into the ledger. usage, dollars: of what was sent, or would be; unpriced:
    what of it has no known price. rechecked: stored inputs that were asked for again and answered;
    recheck_failed: those that got no vector; recheck_in_jobs: those left out, since they take a job
    of minutes; conflicts: inputs that a service answered with another vector than the ledger holds.
    audit: how sizes asked for compare with the widest one cut. seconds: of the call that answered
    each input, where they are known; listed: the list price of 1,000 clean inputs, None where it is
    not known.
    """

    wanted: int = 0
    found: int = 0
    sent: int = 0
    lost: int = 0
    rechecked: int = 0
    recheck_failed: int = 0
    recheck_in_jobs: int = 0
    conflicts: int = 0
    usage: Usage = field(default_factory=Usage)
    dollars: float = 0.0
    unpriced: set[str] = field(default_factory=set)
    audit: list[str] = field(default_factory=list)
    seconds: dict[Place, list[float]] = field(default_factory=dict)
    listed: dict[Place, float | None] = field(default_factory=dict)


@dataclass(slots=True)
class Budget:
    """What may be spent in all, over several models and suites; dollars."""

    limit: float
    spent: float = 0.0


@dataclass(slots=True)
class Purse:
    """The ledger, the prices, and what may be spent; counts what is taken from either.

    offline: an input that was never embedded is an error. dry: it is counted as sent and that is
    all, which is how a run is planned without spending anything. budget: what may be spent, None
    for no limit. recheck: how many stored inputs of each service are asked for again, to see
    whether it still gives the same vectors.
    """

    store: ledger.Ledger
    offline: bool = False
    dry: bool = False
    budget: Budget | None = None
    recheck: int = 0
    prices: Prices = field(default_factory=load)
    planned: set[bytes] = field(default_factory=set)
    progress: Progress = no_progress
    tally: dict[str, Tally] = field(default_factory=dict)
    _rechecking: Counter[str] = field(default_factory=Counter)
    _seen_again: set[bytes] = field(default_factory=set)
    _rates: dict[tuple[str, str], float | None] = field(default_factory=dict)

    def of(self, model: str) -> Tally:
        """Return the tally of a model."""
        return self.tally.setdefault(model, Tally())

    @property
    def spent(self) -> float:
        """The dollars that all models together have cost so far."""
        return sum(tally.dollars for tally in self.tally.values())

    def usage(self, model: ModelPlan, items: Sequence[Item], role: Role, dim: int) -> Usage:
        """Return what a model would use for items: by its own rule, corrected by past reports."""
        estimate = getattr(model.embedder, "usage", None)
        if estimate is None:
            return Usage()
        usage: Usage = estimate(items, role, dim)
        rate = self._tokens_per_char(model)
        return replace(usage, tokens=usage.chars * rate) if rate else usage

    def cost(self, model: ModelPlan, usage: Usage) -> Cost:
        """Return the price of a usage; nothing for a model that runs here."""
        return self.prices.cost(model.embedder.model, usage) if usage.calls else Cost(0.0, ())

    def listed(self, model: ModelPlan, items: Sequence[Item], role: Role, dim: int) -> float | None:
        """Return the list price of 1,000 such inputs, None unknown, 0 for models that run here."""
        if not items or not hasattr(model.embedder, "usage"):
            return 0.0 if items else None
        cost = self.cost(model, self.usage(model, items, role, dim))
        return None if cost.unknown else cost.dollars / len(items) * 1_000

    def count(self, model: ModelPlan, usage: Usage) -> None:
        """Add a usage, sent or planned, to the tally of a model."""
        tally, cost = self.of(model.name), self.cost(model, usage)
        tally.usage += usage
        tally.dollars += cost.dollars
        tally.unpriced |= set(cost.unknown)
        if self.budget:
            self.budget.spent += cost.dollars

    def affordable(
        self, model: ModelPlan, items: Sequence[Item], role: Role, dim: int
    ) -> Sequence[Item]:
        """Return the first items, as many as the money that is left pays for at the very most.

        A text is taken to have a token for each of its bytes, which none has more of. Raises
        ProviderError where there is a limit and the price of something is not known.
        """
        if self.budget is None:
            return items
        left = self.budget.limit - self.budget.spent
        for n, item in enumerate(items):
            usage = self.usage(model, [item], role, dim)
            cost = self.cost(model, replace(usage, tokens=max(usage.tokens, _text_bytes(item))))
            if cost.unknown:
                raise ProviderError(
                    f"{model.name}: --max-cost cannot be kept, because no price of "
                    f"'{model.embedder.model}' is known for {', '.join(cost.unknown)}. "
                    "Put it into a price file and name that in EVALKIT_PRICES."
                )
            left -= cost.dollars
            if left < 0:
                return items[:n]
        return items

    def to_recheck(
        self, model: ModelPlan, stored: Mapping[bytes, Item], role: Role
    ) -> dict[bytes, Item]:
        """Return those of the stored inputs that are to be asked for again, none of them twice.

        What takes a job of minutes is left out and counted.
        """
        left = self.recheck - self._rechecking[model.name]
        if left <= 0 or not hasattr(model.embedder, "traffic"):
            return {}
        new = {key: item for key, item in stored.items() if key not in self._seen_again}
        wants = getattr(model.embedder, "wants_job", lambda item, role: False)
        slow = {key for key, item in new.items() if wants(item, role)}
        some = dict(islice(((k, i) for k, i in new.items() if k not in slow), left))
        self.of(model.name).recheck_in_jobs += len(slow)
        self._rechecking[model.name] += len(some)
        self._seen_again |= {*slow, *some}
        return some

    def note(self, model: ModelPlan) -> str:
        """Return how often a service throttled and failed, and the cost of all models so far."""
        traffic: Traffic | None = getattr(model.embedder, "traffic", None)
        if traffic is None or not traffic.calls:
            return ""
        words = [f"{traffic.throttled} throttled"] if traffic.throttled else []
        words += [f"{traffic.failed} failed"] if traffic.failed else []
        words += [str(Cost(self.spent))] if self.spent else []
        return ", ".join(words)

    def _tokens_per_char(self, model: ModelPlan) -> float | None:
        """Return the tokens per character that the service reported so far, None before that."""
        name = model.embedder.model, model.embedder.revision
        if name not in self._rates:
            past = self.store.usage(*name)
            self._rates[name] = past.tokens_per_char if past.chars >= _KNOWN_CHARS else None
        return self._rates[name]


def _text_bytes(item: Item) -> int:
    """Return how many bytes of text there are in an item."""
    return sum(len(part.encode()) for part in item.parts if isinstance(part, str))
