"""Small studies made by hand, and a clock that tests turn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from evalkit.core.results import Cell
from evalkit.judging.records import Mark, Place, Prompt, Seen, Study

RESULTS = ("d1", "d2")
CELLS = (Cell("find", "alpha", dim=256), Cell("find", "beta", dim=256))


@dataclass
class Clock:
    """A time that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


def make(prompts: int = 3, wanted: int = 2, name: str = "study", text: str = "words") -> Study:
    asked = tuple(Prompt(f"p{n:05d}", "find", f"q{n}", RESULTS) for n in range(1, prompts + 1))
    seen = {("find", "query", p.query): Seen(p.query, "text", f"{text} {p.query}") for p in asked}
    seen |= {("find", "corpus", i): Seen(i, "image", text, b"\xff\xd8\xff", None) for i in RESULTS}
    return Study(
        name=name, created="2026-01-02T03:04:05+00:00", runs=("run-1",), cells=CELLS, depth=2,
        wanted=wanted, seed=7, guideline="Be fair.", prompts=asked,
        places=tuple(Place(p.id, CELLS[n], 1, RESULTS[n]) for p in asked for n in range(2)),
        seen=seen,
    )  # fmt: skip


def marks(*effective: bool, items: Sequence[str] = RESULTS) -> list[Mark]:
    """Return a mark for each result, all effective where nothing is said."""
    said = effective or (True,) * len(items)
    return [Mark(i, e, 2 if e else 0) for i, e in zip(items, said, strict=True)]
