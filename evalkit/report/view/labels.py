"""The names of probes in cells, taken apart."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A probe's label taken apart: `typos/3@query` is typos at severity 3 on the query side."""

    text: str
    name: str
    severity: str
    side: str

    @classmethod
    def of(cls, text: str) -> Label:
        """Return a label's parts, "" for what it does not say."""
        whole, _, side = text.rpartition("@") if "@" in text else (text, "", "")
        name, _, severity = whole.rpartition("/") if "/" in whole else (whole, "", "")
        return cls(text, name, severity, side)
