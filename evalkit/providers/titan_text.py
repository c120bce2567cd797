"""Amazon Titan Text Embeddings V2 on Amazon Bedrock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Facts, Failed, Role
from evalkit.core.registry import plugin
from evalkit.providers._calls import Piece, answer
from evalkit.providers._filing import Parameters
from evalkit.providers._pieces import text_pieces
from evalkit.providers._titan import Titan, tokens_of

_MOST_CHARS = 50_000


@plugin("providers", "titan_text")
@dataclass(frozen=True, kw_only=True)
class TitanText(Titan):
    """Amazon Titan Text Embeddings V2: texts of up to 8,192 tokens, one a call.

    normalize: whether the service makes vectors unit.
    """

    facts: ClassVar[Facts] = Facts(
        "Amazon Bedrock", {"text": "8,192 tokens, 50,000 characters"}, per_call=1
    )
    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sizes: ClassVar[tuple[int, ...]] = (1024, 512, 256)
    counted_tokens: ClassVar[float] = 8192

    model_id: str = "amazon.titan-embed-text-v2:0"
    normalize: bool = True
    seen_forms: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def parameters(self, role: Role, dim: int) -> Parameters:
        """Return region, overflow and whether vectors are made unit."""
        return {**Titan.parameters(self, role, dim), "text": {"normalize": self.normalize}}

    def pieces(self, index: int, item: Item, role: Role) -> Sequence[Piece | Failed]:
        """Return a text, or what `role.overflow` makes of one of over 50,000 characters."""
        return text_pieces(index, item, role, most_chars=_MOST_CHARS)

    def embed_one(self, piece: Piece, dim: int) -> Embedded:
        """Ask for one text, once."""
        reply = self.invoke(
            {
                "inputText": piece.item.content,
                "dimensions": dim,
                "normalize": self.normalize,
                "embeddingTypes": ["float"],
            }
        )
        values = self._values(reply.body)
        return answer(piece, values, dim, tokens=tokens_of(reply), request_id=reply.request_id)

    def _values(self, body: dict[str, Any]) -> object:
        """Return the vector: under `embeddingsByType` where that is, else under `embedding`."""
        by_type = body.get("embeddingsByType")
        if isinstance(by_type, dict) and "float" in by_type:
            self.seen_forms.add("embeddingsByType")
            return by_type["float"]
        self.seen_forms.add("embedding")
        return body.get("embedding")
