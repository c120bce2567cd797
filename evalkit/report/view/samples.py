"""What probes do to an item, for looking at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evalkit.archive import Run


@dataclass(frozen=True, slots=True)
class Look:
    """An item at one severity, 0 being the clean one; picture: JPEG, None for text."""

    severity: int
    picture: bytes | None
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One item under a probe, `name@side`."""

    probe: str
    item: str
    looks: tuple[Look, ...]


def samples(run: Run, case: str) -> Iterator[Sample]:
    """Yield an example of each probe of a case, in the order of the run."""
    found: dict[tuple[str, str], list[Look]] = {}
    for row in run.examples.to_pylist():
        if row["case"] == case:
            look = Look(row["severity"], row["picture"], row["text"])
            found.setdefault((row["probe"], row["item"]), []).append(look)
    yield from (Sample(probe, item, tuple(looks)) for (probe, item), looks in found.items())
