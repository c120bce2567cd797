"""Pairs of pictures: copies of one another, and different products that look alike."""

from itertools import combinations

from .catalogue import Picture, Product

PER_KIND = 30
_FIELDS = ("kind", "shape", "colour", "pattern")
_APART = {  # what a hard pair differs in -> the properties that may differ
    "pattern": {"pattern"},
    "colour": {"colour"},
    "shape": {"shape"},
    "kind": {"kind", "shape"},
}


def differing(a: Product, b: Product) -> str:
    """Return the one thing in which two products differ, "" where it is none or more."""
    apart = {name for name in _FIELDS if getattr(a, name) != getattr(b, name)}
    return next((kind for kind, fields in _APART.items() if kind in apart <= fields), "")


def pair_lines(corpus: list[Picture]) -> list[str]:
    """Return the lines of pairs.tsv."""
    lines = ["a\tb\tlabel\tkind"]
    lines += [f"{p.source}\t{p.id}\tduplicate\t{p.change}" for p in corpus if p.source]
    photos = [picture for picture in corpus if not picture.source]
    for kind in sorted(_APART):
        chosen = _hard(photos, kind)[:PER_KIND]
        lines += [f"{a.id}\t{b.id}\tdifferent\t{kind}" for a, b in chosen]
    return lines


def _hard(photos: list[Picture], kind: str) -> list[tuple[Picture, Picture]]:
    """Return a pair for every two products of a kind of difference, like backgrounds first.

    No product comes up again before others had their turn.
    """
    best: dict[tuple[str, str], tuple[bool, str, str, Picture, Picture]] = {}
    for a, b in combinations(photos, 2):
        if differing(a.product, b.product) == kind:
            key = tuple(sorted((a.product.id, b.product.id)))
            rank = (a.background != b.background, a.id, b.id, a, b)
            if key not in best or rank[:3] < best[key][:3]:
                best[key] = rank  # type: ignore[index]  # sorted() of two ids
    seen: dict[str, int] = {}
    ranked = []
    for key, rank in sorted(best.items(), key=lambda entry: entry[1][:3]):
        turn = max(seen.get(name, 0) for name in key)
        seen |= {name: seen.get(name, 0) + 1 for name in key}
        ranked.append((turn, rank))
    ordered = sorted(ranked, key=lambda entry: (entry[0], entry[1][:3]))
    return [(rank[3], rank[4]) for _, rank in ordered]
