"""How alike two items are to a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evalkit.api.running import SEED, read
from evalkit.archive import Run
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.ledger import Ledger
from evalkit.pipeline.known_pairs import kept_items
from evalkit.pipeline.purse import Progress, no_progress
from evalkit.pipeline.similarity import Needed, Similar
from evalkit.readers.shipped import shipped
from evalkit.readers.single import dataset_at, item_at

__all__ = [
    "Needed", "Similar", "dataset_at", "item_at", "kept_items", "shipped", "similarity",
]  # fmt: skip


def similarity(
    a: str | Item,
    b: str | Item,
    *,
    model: str = "reference",
    dim: int | None = None,
    data: str | Path | None = None,
    run: str | Path | Run | None = None,
    ledger: str | Path | None = None,
    explain: bool = False,
    offline: bool = False,
    agree: Callable[[Needed], bool] | None = None,
    seed: int = SEED,
    progress: Progress = no_progress,
) -> Similar:
    """Return how alike two items are to a model, at one size or at all that it has.

    a, b: an item, a file (`report.pdf#3` is its third page), a text, or, with `data` or `run`, the
    id of an item there; the first is embedded as a query, the second as a document. data, run: a
    data set, or a stored run with what it keeps, of whose pairs a sample drawn with the seed shows
    where the answer lies. explain: each word, tile, second or region is left out in turn. offline:
    an input that was never embedded is an error. agree: asked before anything is sent to a service;
    nothing is where it says no.
    Raises UsageError for an unknown model, size or id, and where `agree` says no; DataError for an
    item that cannot be read or embedded; ProviderError.
    """
    from evalkit.pipeline.known_pairs import kept_data, known_pairs
    from evalkit.pipeline.purse import Purse
    from evalkit.pipeline.similarity import Question, needed, similar
    from evalkit.readers.single import item_in
    from evalkit.suite.single import one_model

    if data is not None and run is not None:
        raise UsageError("Name a data set or a run to compare with, not both.")
    source = None if data is None else dataset_at(data)
    if run is not None:
        source = kept_data(run if isinstance(run, Run) else read(run))
    one, other = (x if isinstance(x, Item) else item_in(source, x) for x in (a, b))
    kinds = one.modality, other.modality
    pairs = None if source is None else known_pairs(source, *kinds, seed)
    question = Question(one, other, one_model(model, dim), pairs, explain)
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        if agree and hasattr(question.model.embedder, "usage") and not offline:
            wanted = needed(question, Purse(store, dry=True))
            if wanted.to_embed and not agree(wanted):
                raise UsageError("Nothing was sent and nothing was spent.")
        return similar(question, Purse(store, offline, progress=progress))
