"""all-MiniLM-L6-v2: a small transformer for English text that runs here, without torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from evalkit.core.errors import ProviderError
from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Refused, Role
from evalkit.core.registry import plugin

if TYPE_CHECKING:
    from evalkit.providers._minilm.encoder import Encoder
    from evalkit.providers._minilm.texts import Tokens

_DIM = 384


@cache
def _encoder() -> Encoder:
    """Return the model, loaded once per process; raises ProviderError where it is not there."""
    from evalkit.providers._minilm.encoder import Encoder

    return Encoder()


@plugin("providers", "minilm")
@dataclass(frozen=True, slots=True)
class MiniLM:
    """all-MiniLM-L6-v2: a small transformer for English text that runs here, without torch.

    Vectors are unit and 384 wide. It reads 256 tokens of a text at most; `overflow` says what
    becomes of a longer one. Queries and documents are embedded alike.
    """

    facts: ClassVar[Facts] = Facts(
        service="this computer", limits={"text": "256 tokens, English"}, per_call=1
    )

    @property
    def model(self) -> str:
        """Return the name that its vectors are filed under."""
        return "all-MiniLM-L6-v2"

    @property
    def revision(self) -> str:
        """Return what changes with weights, vocabulary or code; raises ProviderError without."""
        return _encoder().revision

    @property
    def modalities(self) -> frozenset[str]:
        """Return text."""
        return frozenset({"text"})

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return its one size."""
        return (_DIM,)

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        """Return no: it was not trained to be cut."""
        return "no"

    @property
    def batch(self) -> int:
        """Return how many items it likes to be given at once."""
        return 64

    def unusable(self) -> str:
        """Return which packages it lacks here and how to get them, "" for none."""
        from evalkit.providers._minilm.encoder import missing

        return missing()

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        """Return what becomes of a text where it is too long."""
        found = _texts(0, item, role.overflow, _encoder())
        return {} if _is_whole(found) else {"overflow": role.overflow}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        """Yield a unit vector for each text, or for each part of it; `Failed` for all else.

        Raises ProviderError where its packages are not installed or the size is not 384.
        """
        if dim != _DIM:
            raise ProviderError(f"minilm offers the size {_DIM}, not {dim}.")
        encoder = _encoder()
        owners: list[int] = []
        texts: list[Tokens] = []
        for index, item in enumerate(items):
            found = _texts(index, item, role.overflow, encoder)
            if isinstance(found, Failed):
                yield found
                continue
            owners += [index] * len(found)
            texts += found
        parts = Counter(owners)
        for index, text, vector in zip(owners, texts, encoder.vectors(texts), strict=True):
            norm = float(np.linalg.norm(vector.astype(np.float64)))
            yield Embedded(
                index,
                vector,
                norm,
                span=text.span,
                tokens=len(text.ids),
                truncated=text.truncated,
                parts=parts[index],
            )


def _texts(index: int, item: Item, overflow: str, encoder: Encoder) -> list[Tokens] | Failed:
    """Return the tokens that stand for an item, its parts joined by line breaks."""
    from evalkit.providers._minilm.texts import LONGEST, segments, whole_or_cut

    if item.modality != "text":
        return Failed(index, f"minilm takes text only, this is {item.modality}.")
    encoding = encoder.tokens("\n".join(part for part in item.parts if isinstance(part, str)))
    count = len(encoding.ids) + 2
    if count == 2:
        return Failed(index, "its text is empty.")
    if overflow == "segment":
        return list(segments(encoding))
    if overflow == "error" and count > LONGEST:
        return Failed(index, f"its text is {count} tokens long; minilm takes {LONGEST}.")
    return [whole_or_cut(encoding)]


def _is_whole(found: list[Tokens] | Failed) -> bool:
    """Return whether the tokens of an item are those of all its text."""
    return not isinstance(found, Failed) and len(found) == 1 and not found[0].truncated
