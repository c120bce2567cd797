"""Asking a model for what the ledger does not hold: claimed first, so that nobody pays twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from evalkit.core.errors import OutputError, ProviderError
from evalkit.core.items import Item
from evalkit.core.plan import ModelPlan
from evalkit.core.protocols import Role
from evalkit.ledger import Ledger
from evalkit.pipeline.long_jobs import run_jobs
from evalkit.pipeline.purse import Purse
from evalkit.pipeline.sending import Answer, Sender
from evalkit.prices import Cost

_CLAIM_SECONDS = 120.0
_LOOK_AGAIN_SECONDS = 0.25
_ON_A_BUDGET = 64
"""Inputs at a time where money is limited, so that what they really cost is known soon."""

Known = Callable[[list[bytes]], dict[bytes, Answer]]


@dataclass(frozen=True, slots=True)
class Buyer:
    """Buys the vectors of one role and size from one model.

    known: looks keys up in the ledger. told: counts inputs as dealt with.
    """

    purse: Purse
    model: ModelPlan
    role: Role
    dim: int
    known: Known
    told: Callable[[int], None]

    def buy(self, missing: Mapping[bytes, Item]) -> dict[bytes, Answer]:
        """Return an answer for each input: bought here, or by another process meanwhile.

        Raises ProviderError where the service is not usable or the budget is used up; what was
        answered until then is in the ledger.
        """
        if not missing:
            return {}
        store = self.purse.store
        store.expect_writable()
        left, bought = dict(missing), dict[bytes, Answer]()
        while left:
            mine = store.claim(list(left), _CLAIM_SECONDS)
            try:
                with _kept(store, mine):
                    found = self._send({key: left[key] for key in left if key in mine})
            finally:
                store.release(mine)
            others = self.known([key for key in left if key not in found])
            if others:
                self.purse.of(self.model.name).found += len(others)
                self.told(len(others))
            bought |= found | others
            left = {key: item for key, item in left.items() if key not in bought}
            if left:
                time.sleep(_LOOK_AGAIN_SECONDS)
        return bought

    def ask_again(self, stored: Mapping[bytes, Item]) -> None:
        """Ask for stored inputs, as many as are to be; the ledger tells where answers differ.

        They are paid for: raises ProviderError where the budget is used up.
        """
        if some := self.purse.to_recheck(self.model, stored, self.role):
            self._send(some, again=True)

    def _send(self, batch: Mapping[bytes, Item], again: bool = False) -> dict[bytes, Answer]:
        """Return the answers of the model to inputs, within the budget.

        They are claimed, or stored and asked for `again`.
        """
        budget, least = self.purse.budget, int(getattr(self.model.embedder, "least", 1))
        step = len(batch) if budget is None else max(_ON_A_BUDGET, least)
        told = _nobody if again else self.told
        sender = Sender(self.purse, self.model, self.role, self.dim, told, again)
        entries, found = list(batch.items()), dict[bytes, Answer]()
        while entries:
            items = [item for _, item in entries[:step]]
            count = len(self.purse.affordable(self.model, items, self.role, self.dim))
            if budget and not count:
                raise ProviderError(
                    f"{self.model.name}: the next input could pass --max-cost {budget.limit:g}; "
                    f"{Cost(budget.spent)} is spent. What was embedded is kept: run again with a "
                    "higher limit to go on."
                )
            found |= self._sent(sender, dict(entries[:count]))
            entries = entries[count:]
        return found

    def _sent(self, sender: Sender, batch: Mapping[bytes, Item]) -> dict[bytes, Answer]:
        """Return the answers to inputs, those that take a job of minutes last."""
        wants = getattr(self.model.embedder, "wants_job", lambda item, role: False)
        slow = {key: item for key, item in batch.items() if wants(item, self.role)}
        quick = [(key, item) for key, item in batch.items() if key not in slow]
        found = sender.send(quick) if quick else {}
        return found | run_jobs(sender, slow) if slow else found


def _nobody(count: int) -> None:
    """Take note of nothing."""


@contextmanager
def _kept(store: Ledger, keys: set[bytes]) -> Iterator[None]:
    """Renew claims while what is inside goes on, however long that takes."""
    if not keys:
        yield
        return
    done = threading.Event()

    def renew() -> None:
        while not done.wait(_CLAIM_SECONDS / 4):
            with suppress(OutputError):  # a ledger that is busy now may not be the next time
                store.renew(keys, _CLAIM_SECONDS)

    keeper = threading.Thread(target=renew, name="evalkit-claims", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
