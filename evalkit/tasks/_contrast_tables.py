"""Tables on minimal pairs: what each kind scores, and which pairs are told apart the least."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

import numpy as np

from evalkit.core.arrays import Bool, Float64, rounded
from evalkit.core.contrasted import Contrasted
from evalkit.core.items import Page, Part
from evalkit.core.results import Table

_LETTERS = 160
Row = tuple[str | float | None, ...]


def kinds(evidence: Contrasted) -> Table:
    """Return how many pairs of each kind are right, won by one document, or pass the control."""
    margins, control = _margins(evidence)
    known = np.asarray(np.isfinite(margins).all(axis=1))
    named, different = np.array(evidence.kinds), sorted(set(evidence.kinds))
    rows = [_row(kind, margins, control, known & (named == kind)) for kind in different]
    rows.append(_row("all", margins, control, known))
    columns = ("kind", "pairs", "both right", "one document wins both", "paraphrase preferred")
    note = (
        "Both right: each query prefers the document that answers it, 0.25 by chance. One document "
        "wins both queries: 0.5 by chance. Paraphrase preferred: the answer in other words to the "
        "contradiction, 0.5 by chance."
    )
    return Table("kinds", "What tells a pair apart", columns, tuple(rows), note)


def worst(evidence: Contrasted, most: int) -> Iterator[Table]:
    """Yield the pairs that are not told apart, in words, those with the lowest margin first."""
    margins, _ = _margins(evidence)
    lowest = margins.min(axis=1)
    order = [n for n in np.argsort(lowest, kind="stable") if lowest[n] <= 0][:most]
    rows = tuple(_worst_row(evidence, margins, int(n)) for n in order)
    if rows:
        columns = ("pair", "kind", "query", "answer", "contradiction", "margin")
        note = "Margin: the similarity of the answer minus that of the contradiction."
        title = "Pairs that are mistaken the most"
        yield Table("worst_pairs", title, columns, rows, note, quotes=True)


def _margins(evidence: Contrasted) -> tuple[Float64, Float64]:
    """Return how far answers, and their paraphrases, lie before contradictions, (n, 2) each."""
    alike, control = (rounded(a) for a in (evidence.similarity, evidence.control))
    own, contrary = alike[:, (0, 1), (0, 1)], alike[:, (0, 1), (1, 0)]
    return own - contrary, control - contrary


def _row(kind: str, margins: Float64, control: Float64, chosen: Bool) -> Row:
    """Return the shares of one kind, None where nothing is known."""
    some, told = margins[chosen], control[chosen]
    told = told[np.isfinite(told).all(axis=1)]
    both = float((some > 0).all(axis=1).mean()) if len(some) else None
    one = float((some[:, 0] * some[:, 1] < 0).mean()) if len(some) else None
    return kind, len(some), both, one, float((told > 0).mean()) if len(told) else None


def _worst_row(evidence: Contrasted, margins: Float64, n: int) -> Row:
    """Return the worse of a pair's two queries, its answer and its contradiction."""
    i = int(margins[n].argmin())
    said = [_said(part) for part in evidence.units[n].parts]
    words = (said[i], said[2 + i], said[3 - i])
    return evidence.ids[n], evidence.kinds[n], *words, float(margins[n, i])


def _said(part: Part) -> str:
    """Return a text, shortened, or the name of a file."""
    if isinstance(part, str):
        return part if len(part) <= _LETTERS else f"{part[: _LETTERS - 1].rstrip()}…"
    media = part.document if isinstance(part, Page) else part
    name = PurePath(media.path).name if media.path else media.mime
    return f"{name}, page {part.page}" if isinstance(part, Page) else name
