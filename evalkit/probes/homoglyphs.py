"""Letters of other alphabets that look the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._severity import check_severity
from evalkit.probes._texts import change_texts, edit_some, share_of

if TYPE_CHECKING:
    import numpy as np

_SHARES = (0.0, 0.05, 0.10, 0.20, 0.40, 0.80)
_CLASSES = (
    "aаα", "bЬ", "cсϲ", "dԁ", "eе", "gɡ", "hһ", "iіι", "jјϳ", "lӀ", "nո", "oоο", "pрρ", "qԛ",
    "rг", "sѕ", "uυս", "vνѵ", "wԝ", "xх", "yуγ",
    "AАΑ", "BВΒ", "CСϹ", "EЕΕ", "FϜ", "GԌ", "HНΗ", "IІΙ", "JЈͿ", "KКΚ", "MМΜ", "NΝ", "OОΟ",
    "PРΡ", "SЅ", "TТΤ", "UՍ", "VѴ", "WԜ", "XХΧ", "YҮΥ", "ZΖ",
)  # fmt: skip


@plugin("probes", "homoglyphs")
@dataclass(frozen=True, slots=True)
class Homoglyphs:
    """Writes 5, 10, 20, 40 or 80 % of the letters that have a double in another alphabet with it.

    At least one letter changes. Latin letters become Cyrillic, Greek or Armenian ones that look
    the same, and Cyrillic and Greek ones Latin. The doubles are single letters of the Unicode
    table of confusables (UTS 39).
    """

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Nothing that a reader can see."
    changes: ClassVar[float] = 0.95

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item with doubles, or None where no letter of its text has one."""
        if check_severity("homoglyphs", severity) == 0:
            return item
        return change_texts(item, lambda text: _doubled(text, _SHARES[severity], ctx.rng))


def _doubled(text: str, share: float, rng: np.random.Generator) -> str:
    """Return the text with a share of its letters that have doubles replaced by one of them."""
    edits = [
        (place, place + 1, doubles[int(rng.integers(len(doubles)))])
        for place, sign in enumerate(text)
        if (doubles := _DOUBLES.get(sign))
    ]
    return edit_some(text, edits, share_of(share, len(edits)), rng)


def _doubles() -> Mapping[str, str]:
    """Return the doubles of each letter: those of a Latin one, the Latin one of others."""
    latin = {one[0]: one[1:] for one in _CLASSES}
    return latin | {double: letter for letter, others in latin.items() for double in others}


_DOUBLES = _doubles()
