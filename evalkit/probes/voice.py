"""Has the same sentence said in another voice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.protocols import ProbeContext, SideName
from evalkit.core.registry import plugin
from evalkit.probes._parts import with_parts
from evalkit.probes._severity import check_severity
from evalkit.probes._sounds import is_recording, recording


@plugin("probes", "voice")
@dataclass(frozen=True, slots=True)
class Voice:
    """Replaces a recording by another item's of the same sentence in another voice.

    same: the tag that both must share, all its values. differs: the tag that both must carry, with
    no value in common; `accent` or `speed` borrow another accent or speed instead. Items lend to
    their own side alone. Each severity draws one of the items that fit anew: severities differ in
    kind, not in strength. In the data set `spoken` voices are variants of a synthesiser, not human
    accents, and a result is one about those. Raises UsageError where both tags are the same.
    """

    same: str = "sentence"
    differs: str = "voice"

    modalities: ClassVar[frozenset[str]] = frozenset({"audio"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "Questions of who speaks, or of what else the recordings differ in."
    changes: ClassVar[float] = 0.5
    ordered: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse a tag that would have to be alike and to differ."""
        if self.same == self.differs:
            raise UsageError(f"same and differs are both '{self.same}': they must be two tags.")

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        """Return the item in another voice, or None where no other item has said the same."""
        if check_severity("voice", severity) == 0:
            return item
        lender = ctx.donor(item, lambda other: self._fits(item, other)) if recording(item) else None
        sound = recording(lender) if lender else None
        if sound is None:
            return None
        return with_parts(item, [sound if is_recording(part) else part for part in item.parts])

    def _fits(self, item: Item, other: Item) -> bool:
        """Return whether another item says the same in another voice."""
        said, voices = set(item.tag(self.same)), set(item.tag(self.differs))
        return (
            recording(other) is not None
            and bool(said and voices and other.tag(self.differs))
            and set(other.tag(self.same)) == said
            and voices.isdisjoint(other.tag(self.differs))
        )
