"""What is in a data set: items, tags, judgements, sizes and lengths, told alike for all readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evalkit.core.errors import DataError
from evalkit.core.items import Dataset, Item, Media, Page, Part

_BINS = 6


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number is spread over items: how many, the ends, the middle, the sum, and a histogram.

    what: the number and its unit. bins: from, up to (the last one included), and how many.
    """

    what: str
    n: int
    low: float
    median: float
    high: float
    total: float
    bins: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """The queries or the corpus: items by modality, and tag -> value -> items."""

    name: str
    modalities: Mapping[str, int]
    tags: Mapping[str, Mapping[str, int]]
    untagged: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An item whose content cannot be read, and why."""

    side: str
    item: str
    why: str


@dataclass(frozen=True, slots=True)
class Description:
    """What is in a data set; counts unless a field says otherwise.

    grades: judgements by grade. per_query: judgements of each judged query; relevant: those above
    0. unjudged: ids of queries without a judgement; unasked: corpus items that no query should
    find. pairs: by label and kind. groups: by kind. spreads: pixels, seconds, pages, characters.
    """

    name: str
    languages: tuple[str, ...]
    sides: tuple[Side, ...]
    grades: Mapping[int, int]
    per_query: Spread | None
    relevant: Spread | None
    unjudged: tuple[str, ...]
    unasked: int
    pairs: tuple[tuple[str, str, int], ...]
    groups: Mapping[str, int]
    spreads: tuple[Spread, ...]
    unreadable: tuple[Unreadable, ...]


def describe(data: Dataset) -> Description:
    """Return what is in a data set; every file is opened, and those that cannot be are named."""
    rows = data.truth.grades
    judged = [row for row in rows.values() if row]
    sought = {item for row in judged for item, grade in row.items() if grade > 0}
    numbers, unreadable = _measured(data)
    return Description(
        name=data.name,
        languages=_languages(data),
        sides=(_side("queries", data.queries), _side("corpus", data.corpus)),
        grades=dict(sorted(Counter(g for row in judged for g in row.values()).items())),
        per_query=spread("judgements a query", [len(row) for row in judged]),
        relevant=spread(
            "relevant items a query", [sum(g > 0 for g in row.values()) for row in judged]
        ),
        unjudged=tuple(item.id for item in data.queries if not rows.get(item.id)),
        unasked=sum(item.id not in sought for item in data.corpus),
        pairs=tuple(
            (*key, n)
            for key, n in sorted(Counter((p.label, p.kind) for p in data.truth.pairs).items())
        ),
        groups=dict(sorted(Counter(group.kind for group in data.truth.groups).items())),
        spreads=tuple(filter(None, (spread(what, values) for what, values in numbers.items()))),
        unreadable=tuple(unreadable),
    )


def spread(what: str, values: Sequence[float]) -> Spread | None:
    """Return how numbers are spread, in six bins of equal width; None where there are none."""
    if not values:
        return None
    import numpy as np

    low, high = min(values), max(values)
    ends = (low, high) if low < high else (low - 0.5, high + 0.5)
    counts, edges = np.histogram(values, bins=_BINS if low < high else 1, range=ends)
    bins = zip(edges.tolist(), edges.tolist()[1:], counts.tolist(), strict=False)
    return Spread(what, len(values), low, float(np.median(values)), high, sum(values), tuple(bins))


def _languages(data: Dataset) -> tuple[str, ...]:
    """Return the languages that queries are tagged with, else those that the card names."""
    tagged = {value for item in data.queries for value in item.tag("language")}
    return tuple(sorted(tagged)) or data.card.languages


def _side(name: str, items: Sequence[Item]) -> Side:
    """Return one side: modalities, the values of each tag, and how many items lack it."""
    tags: dict[str, Counter[str]] = {}
    carriers: Counter[str] = Counter()
    for item in items:
        for tag in item.tags:
            carriers[tag] += 1
            tags.setdefault(tag, Counter()).update(item.tag(tag))
    counted = {tag: _ordered(values) for tag, values in sorted(tags.items())}
    modalities = _ordered(Counter(item.modality for item in items))
    return Side(name, modalities, counted, {tag: len(items) - carriers[tag] for tag in counted})


def _ordered(counts: Counter[str]) -> dict[str, int]:
    """Return counts, the largest first, ties by name."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _measured(data: Dataset) -> tuple[dict[str, list[float]], list[Unreadable]]:
    """Return sizes and lengths by what they are, and the items that cannot be read.

    A file that several items share is measured once.
    """
    numbers: dict[str, list[float]] = {}
    unreadable: list[Unreadable] = []
    seen: dict[tuple[object, ...], str] = {}
    for side, items in (("queries", data.queries), ("corpus", data.corpus)):
        for item in items:
            why = [_noted(part, side, numbers, seen) for part in item.parts]
            unreadable += [Unreadable(side, item.id, one) for one in filter(None, why)]
    return numbers, unreadable


def _noted(
    part: Part, side: str, numbers: dict[str, list[float]], seen: dict[tuple[object, ...], str]
) -> str:
    """Add the sizes of a part; return why it cannot be read, "" where it can."""
    key = _file_key(part, side)
    if key is None or key not in seen:
        why, found = "", []
        try:
            found = list(_sizes(part, side))
        except DataError as e:
            why = e.problems[0].what
        for what, value in found:
            numbers.setdefault(what, []).append(value)
        if key is None:
            return why
        seen[key] = why
    return seen[key]


def _file_key(part: Part, side: str) -> tuple[object, ...] | None:
    """Return what tells whether a part was measured already, None for what lies in memory."""
    if isinstance(part, str):
        return None
    media = part.document if isinstance(part, Page) else part
    page = part.page if isinstance(part, Page) else 0
    return None if media.path is None else (media.path, page, side)


def _sizes(part: Part, side: str) -> Iterable[tuple[str, float]]:
    """Yield what can be measured of a part; raises DataError where it cannot be read."""
    if isinstance(part, str):
        yield f"characters of text, {side}", len(part)
    elif isinstance(part, Page):
        _page_is_there(part)
    elif part.mime.startswith("image/"):
        from evalkit.media.images import open_rgb

        image = open_rgb(part.read(), "")
        yield f"width of images in pixels, {side}", image.width
        yield f"height of images in pixels, {side}", image.height
    elif part.mime.startswith(("audio/", "video/")):
        yield from _seconds(part, side)
    else:
        from evalkit.media.pages import page_count

        yield f"pages of documents, {side}", page_count(part)


def _seconds(part: Media, side: str) -> Iterable[tuple[str, float]]:
    """Yield how long audio or video lasts, nothing where it does not tell."""
    from evalkit.media.durations import seconds

    if (lasts := seconds(part)) is not None:
        yield f"seconds of {part.mime.partition('/')[0]}, {side}", lasts


def _page_is_there(page: Page) -> None:
    """Raise DataError where a document cannot be read or has no such page."""
    from evalkit.media.pages import page_text

    page_text(page)
