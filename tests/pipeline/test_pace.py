"""Rate and time left: what is in the ledger already counts for neither."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.core.protocols import Traffic
from evalkit.ledger import Ledger
from evalkit.pipeline import asking
from evalkit.pipeline.pace import pace
from evalkit.pipeline.purse import Purse, Tally


def test_pace_says_rate_and_time_left() -> None:
    assert pace(0, 10, 5.0) == ""
    assert pace(50, 250, 10.0) == "5.0/s, 0:00:50 left"
    assert pace(1000, 719_000, 10.0) == "100/s, 1:59:50 left"


def test_the_rate_is_of_what_a_model_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("evalkit.pipeline.asking.time.monotonic", lambda: now[0])
    told: list[tuple[Any, ...]] = []
    way = asking._Way(lambda *news: told.append(news), lambda: "3 throttled", "toy", 100)
    way.skip(0)
    now[0] += 600  # another process had the claim, or another model its turn
    way.skip(48)
    for _ in range(2):
        now[0] += 2
        way.go(1)
    way.skip(10)
    assert [done for _, done, _, _ in told] == [0, 48, 49, 50, 60]
    assert [note for *_, note in told] == [
        "3 throttled",
        "from the ledger, 3 throttled",
        "0.5/s, 0:01:42 left, 3 throttled",
        "0.5/s, 0:01:40 left, 3 throttled",
        "0.5/s, 0:01:20 left, 3 throttled",
    ]


def test_small_sums_are_told_with_their_digits(tmp_path: Path) -> None:
    purse = Purse(Ledger(tmp_path), tally={"a": Tally(dollars=0.00123)})
    model: Any = SimpleNamespace(name="b", embedder=SimpleNamespace(traffic=Traffic(calls=1)))
    assert purse.note(model) == "$0.0012"
    purse.tally["a"].dollars = 0.0
    assert purse.note(model) == ""
