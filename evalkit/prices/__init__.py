"""What services charge: a dated table that users may change, and what usage costs by it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from evalkit.core.errors import DataError
from evalkit.core.protocols import Usage
from evalkit.prices._table import Price, Table, read_table

VARIABLE = "EVALKIT_PRICES"
"""The environment variable that names a file to lay over the table."""
_LEAST = 0.0001
"""Smaller sums are not told in dollars."""
_SHIPPED = Path(__file__).with_name("table.yaml")
_REGION = re.compile(r"^(us|us-gov|eu|apac|jp|au|ca|global)\.")
"""How the name of a Bedrock inference profile begins before the model's own."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What usage costs.

    dollars: as far as prices are known. unknown: the kinds of input that were used and have no
    price (text, images, audio, video), so that the true sum is larger.
    """

    dollars: float
    unknown: tuple[str, ...] = ()

    def __add__(self, other: Cost) -> Cost:
        """Return both together."""
        unknown = dict.fromkeys((*self.unknown, *other.unknown))
        return Cost(self.dollars + other.dollars, tuple(unknown))

    def __str__(self) -> str:
        """Return the sum in words, such as `at least $1.20, without images`."""
        if not self.unknown:
            return _money(self.dollars)
        if not self.dollars:
            return f"no price known for {', '.join(self.unknown)}"
        least = "at least " if self.dollars >= _LEAST else ""
        return f"{least}{_money(self.dollars)}, without {', '.join(self.unknown)}"


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by model id.

    checked: when the shipped table was. file: what was laid over it; file_checked: when that was.
    """

    checked: date | None
    models: Mapping[str, Price]
    file: Path | None = None
    file_checked: date | None = None

    @property
    def own(self) -> str:
        """The name of the file that was laid over the table, with its day; "" without one."""
        if self.file is None:
            return ""
        return self.file.name + (f" of {self.file_checked}" if self.file_checked else "")

    def find(self, model: str) -> Price | None:
        """Return a model's prices; `us.` and the like before its id do not matter."""
        return self.models.get(model) or self.models.get(_REGION.sub("", model))

    def cost(self, model: str, usage: Usage) -> Cost:
        """Return what usage of a model costs; everything is unknown for a model without prices."""
        price = self.find(model) or Price()
        used = {
            "text": _text(price, usage),
            "images": _product(usage.images, price.per_image),
            "audio": _product(usage.audio_seconds, price.per_audio_second),
            "video": _product(usage.video_seconds, price.per_video_second),
        }
        known = sum(part for part in used.values() if part is not None)
        return Cost(known, tuple(kind for kind, part in used.items() if part is None))


def load(path: Path | None = None) -> Prices:
    """Return the shipped prices with a file laid over them: `path`, or what EVALKIT_PRICES names.

    Raises DataError naming the file and every key in it that is wrong.
    """
    shipped = read_table(_SHIPPED)
    if path is not None:
        own = read_table(path, shipped.models)
        return Prices(shipped.checked, own.models, path, own.checked)
    if named := os.environ.get(VARIABLE, ""):
        file = Path(named).expanduser()
        own = _named_table(file, shipped.models)
        return Prices(shipped.checked, own.models, file, own.checked)
    return Prices(shipped.checked, shipped.models)


def _named_table(file: Path, below: Mapping[str, Price]) -> Table:
    """Return the prices of the file that EVALKIT_PRICES names, and say so in every problem."""
    try:
        return read_table(file, below)
    except DataError as e:
        told = f"{VARIABLE} names this file."
        raise DataError(*(replace(p, fix=f"{p.fix} {told}".lstrip()) for p in e.problems)) from e


def _text(price: Price, usage: Usage) -> float | None:
    """Return what text costs, None where it has no price; calls without an image count as text."""
    if price.per_text_call is not None:
        texts = max(usage.calls - usage.images, 0) if usage.tokens else 0
        return texts * price.per_text_call
    return _product(usage.tokens / 1_000_000, price.per_million_tokens)


def _product(amount: float, price: float | None) -> float | None:
    """Return amount times price: nothing costs nothing, something without a price None."""
    if not amount:
        return 0.0
    return None if price is None else amount * price


def _money(dollars: float) -> str:
    """Return dollars with cents, or with two digits where they are less than ten cents."""
    if 0 < dollars < _LEAST:
        return f"under ${_LEAST}"
    if dollars >= 0.1 or not dollars:
        return f"${dollars:,.2f}"
    digits = f"{dollars:.1e}".partition("e-")
    return f"${dollars:.{int(digits[2]) + 1}f}"
