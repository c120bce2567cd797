"""What is embedded (items) and what is true of it (judgements), without any file format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from evalkit.core.errors import DataError, Problem

UNKNOWN = "unknown"
"""The tag value of an item whose group is not known; never dropped silently."""


@dataclass(frozen=True, slots=True)
class Media:
    """A piece of media: its MIME type and either a file, read when needed, or the bytes."""

    mime: str
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)

    def read(self) -> bytes:
        """Return the encoded bytes; raises DataError where the file cannot be read."""
        if self.data is not None:
            return self.data
        if self.path is None:
            raise DataError("A piece of media has neither a file nor bytes.")
        try:
            return self.path.read_bytes()
        except OSError as e:
            raise DataError(
                Problem(str(self.path), f"cannot be read ({e.strerror}).", "Restore the file.")
            ) from e


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a document, counted from 1."""

    document: Media
    page: int


Part = str | Media | Page
Content = Part | tuple[Part, ...]
Tag = tuple[str, ...] | Mapping[str, float]
SideName = Literal["query", "corpus"]

_MODALITIES = {"image": "image", "audio": "audio", "video": "video"}


def _modality(part: Part) -> str:
    """Return text, image, audio, video or document for one part of an item."""
    if isinstance(part, str):
        return "text"
    if isinstance(part, Page):
        return "document"
    return _MODALITIES.get(part.mime.partition("/")[0], "document")


def _document_digest(document: Media) -> bytes:
    """Return the SHA-256 of a document, which many pages share; a file is read when it changed."""
    if document.path is None:
        return hashlib.sha256(_pack(document)).digest()
    try:
        stat = document.path.stat()
    except OSError:
        return hashlib.sha256(_pack(document)).digest()  # which says what is wrong
    return _file_digest(document, stat.st_mtime_ns, stat.st_size, stat.st_ino)


@lru_cache(maxsize=64)
def _file_digest(document: Media, changed: int, size: int, node: int) -> bytes:
    """Return the SHA-256 of a document's file as it was at one time."""
    return hashlib.sha256(_pack(document)).digest()


def _pack(part: Part) -> bytes:
    """Return one part as bytes that no other part shares."""
    if isinstance(part, str):
        return b"text\0" + part.encode()
    if isinstance(part, Page):
        return f"page\0{part.page}\0".encode() + _document_digest(part.document)
    return b"media\0" + part.mime.encode() + b"\0" + part.read()


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be embedded: an id, its content, and tags that describe it.

    Content is text, media, a document page, or an ordered mix of these. Tags map a name to one or
    more values, or to values with weights; `modality` is derived and may not be given. mask: an
    image as large as the item's own, white where its subject is; it is no part of the content, and
    only probes look at it.
    """

    id: str
    content: Content
    tags: Mapping[str, Tag] = field(default_factory=dict)
    mask: Media | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the content, in order; one for everything but a mix."""
        return self.content if isinstance(self.content, tuple) else (self.content,)

    @property
    def modalities(self) -> frozenset[str]:
        """The modality of each part."""
        return frozenset(map(_modality, self.parts))

    @property
    def modality(self) -> str:
        """text, image, audio, video, document, or mixed."""
        kinds = self.modalities
        return next(iter(kinds)) if len(kinds) == 1 else "mixed"

    def tag(self, name: str) -> tuple[str, ...]:
        """Return the values of a tag, () where the item does not carry it."""
        return (self.modality,) if name == "modality" else tuple(self.tags.get(name, ()))

    def digest(self) -> str:
        """Return the SHA-256 of the content alone, as 64 hexadecimal digits."""
        whole = hashlib.sha256()
        for part in self.parts:
            packed = _pack(part)
            whole.update(len(packed).to_bytes(8, "big") + packed)
        return whole.hexdigest()

    def with_content(self, content: Content) -> Item:
        """Return the same item (id and tags) with other content."""
        return replace(self, content=content)


@dataclass(frozen=True, slots=True)
class Span:
    """Where in an item the answer lies: seconds from start to end, or a page counted from 1."""

    start: float | None = None
    end: float | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items and what is claimed of them, such as `duplicate` or `different`."""

    a: str
    b: str
    label: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Items that play named roles together, such as anchor, positive and negative."""

    id: str
    kind: str
    roles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known to be right: graded judgements, pairs, or groups; a task says what it needs.

    `grades` maps query id -> item id -> grade. A grade of 0 is a judgement; an absent item is not
    judged. Negative grades gain nothing.
    """

    grades: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    spans: Mapping[tuple[str, str], Span] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What a data set says of itself; every field is shown in the report."""

    name: str
    about: str = ""
    licence: str = ""
    source: str = ""
    languages: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    ground_truth: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """Queries, a corpus, and the truth between them. Checks itself when made.

    Raises DataError for duplicate ids and for truth that names unknown items; `origin` says where
    the data came from, for those messages.
    """

    name: str
    queries: tuple[Item, ...]
    corpus: tuple[Item, ...]
    truth: Truth
    card: Card
    origin: str = ""

    def __post_init__(self) -> None:
        """Refuse duplicate ids and truth about unknown items, all of them at once."""
        where = self.origin or self.name
        problems = [
            Problem(where, f"the {side} has the id '{twice}' more than once.", "Make ids unique.")
            for side, items in (("query set", self.queries), ("corpus", self.corpus))
            for twice in _repeated(item.id for item in items)
        ]
        problems += _unknown_in_truth(where, self)
        if problems:
            raise DataError(*problems)

    def select(self, queries: Callable[[Item], bool], corpus: Callable[[Item], bool]) -> Dataset:
        """Return the part that both conditions keep, its truth cut down to what is left."""
        kept_queries = tuple(item for item in self.queries if queries(item))
        kept_corpus = tuple(item for item in self.corpus if corpus(item))
        query_ids = {item.id for item in kept_queries}
        corpus_ids = {item.id for item in kept_corpus}
        grades = {
            query: {item: g for item, g in row.items() if item in corpus_ids}
            for query, row in self.truth.grades.items()
            if query in query_ids
        }
        spans = {
            k: s for k, s in self.truth.spans.items() if k[0] in query_ids and k[1] in corpus_ids
        }
        kept = query_ids | corpus_ids
        truth = replace(
            self.truth,
            grades=grades,
            spans=spans,
            pairs=tuple(p for p in self.truth.pairs if {p.a, p.b} <= kept),
            groups=tuple(g for g in self.truth.groups if kept.issuperset(g.roles.values())),
        )
        return replace(self, queries=kept_queries, corpus=kept_corpus, truth=truth)

    def fingerprint(self) -> str:
        """Return a SHA-256 over ids, contents and truth, independent of the order of rows."""
        whole = hashlib.sha256()
        for side, items in (("query", self.queries), ("corpus", self.corpus)):
            for item in sorted(items, key=lambda i: i.id):
                whole.update(f"{side}\0{item.id}\0{digest_if_readable(item)}\n".encode())
        for query in sorted(self.truth.grades):
            for item_id, grade in sorted(self.truth.grades[query].items()):
                whole.update(f"grade\0{query}\0{item_id}\0{grade}\n".encode())
        for pair in sorted(self.truth.pairs, key=lambda p: (p.a, p.b)):
            whole.update(f"pair\0{pair.a}\0{pair.b}\0{pair.label}\0{pair.kind}\n".encode())
        for group in sorted(self.truth.groups, key=lambda g: g.id):
            whole.update(
                f"group\0{group.id}\0{group.kind}\0{sorted(group.roles.items())}\n".encode()
            )
        return whole.hexdigest()


def digest_if_readable(item: Item) -> str:
    """Return an item's digest, or that it cannot be read, which embedding reports."""
    try:
        return item.digest()
    except DataError:
        return "unreadable"


def _repeated(ids: Iterable[str]) -> list[str]:
    """Return the ids that occur more than once, in order of their second appearance."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for one in ids:
        if one in seen:
            twice[one] = None
        seen.add(one)
    return list(twice)


def _unknown_in_truth(where: str, data: Dataset) -> list[Problem]:
    """Return a problem per kind of unknown id in the judgements, pairs and groups."""
    queries = {item.id for item in data.queries}
    corpus = {item.id for item in data.corpus}
    strangers = [("query", q) for q in data.truth.grades if q not in queries]
    strangers += [
        ("corpus item", d) for row in data.truth.grades.values() for d in row if d not in corpus
    ]
    everything = queries | corpus
    strangers += [("item", i) for p in data.truth.pairs for i in (p.a, p.b) if i not in everything]
    strangers += [
        ("item", i) for g in data.truth.groups for i in g.roles.values() if i not in everything
    ]
    fix = "Correct the ids or add the items."
    return [
        Problem(where, f"the ground truth names the unknown {kind} '{name}'.", fix)
        for kind, name in dict.fromkeys(strangers)
    ][:20]
