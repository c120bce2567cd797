"""What reviewers are asked and what they say, as plain records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from evalkit.core.results import Cell

ErrorType = Literal["", "irrelevant", "missed", "contradictory", "inconsistent"]
"""What is wrong with a result, by the error types of the service card; "" where nothing is said."""
GRADES = {0: "does not answer", 1: "answers in part", 2: "answers fully"}
"""The grades that a reviewer may give a result."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reviewer sees of a query or a result: its words, a small picture, a few seconds of it.

    picture: JPEG or PNG bytes; sound: Ogg or MP3 bytes; None where there is none.
    """

    id: str
    modality: str
    text: str = ""
    picture: bytes | None = None
    sound: bytes | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A query with the results to be judged, in an order that says nothing of model or rank.

    id: unique in its study. case, query: whose results these are. results: item ids.
    """

    id: str
    case: str
    query: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list under comparison had a result: known to the study, never shown to reviewers."""

    prompt: str
    cell: Cell
    rank: int
    item: str


@dataclass(frozen=True, slots=True)
class Study:
    """A set of prompts for reviewers: what is judged, how deep, by how many.

    runs: the ids of the stored runs that are judged, whose lists are pooled. depth: how many
    results of each list are judged. wanted: judgements asked for a prompt. seed: of the sample and
    of every order. guideline: what reviewers are told. places: where each list had each result.
    seen: what is shown, by (case, side, id), side being `query` or `corpus`.
    """

    name: str
    created: str
    runs: tuple[str, ...]
    cells: tuple[Cell, ...]
    depth: int
    wanted: int
    seed: int
    guideline: str
    prompts: tuple[Prompt, ...]
    places: tuple[Place, ...]
    seen: Mapping[tuple[str, str, str], Seen] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reviewer says of one result: whether it is effective, a grade, what is wrong with it.

    effective: the result answers the query. grade: 0 to 2, see `GRADES`, None where not given.
    """

    item: str
    effective: bool
    grade: int | None = None
    error: ErrorType = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A mark with who made it, on what, when, and in which version.

    adjudicates: it settles a prompt on which others disagree, and then counts alone. version: 1 for
    the first, one more for each revision by the same reviewer; only the newest counts.
    """

    prompt: str
    case: str
    query: str
    reviewer: str
    mark: Mark
    comment: str
    at: str
    version: int = 1
    adjudicates: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the audit trail: who did what to which prompt, and when. Never changed or removed.

    action: created, claimed, released, expired, judged, revised, adjudicated, imported.
    """

    at: str
    study: str
    reviewer: str
    action: str
    prompt: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reviewer says of one prompt: a mark for every result, and a comment."""

    prompt: str
    marks: tuple[Mark, ...]
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study is.

    finished: prompts with as many judgements as are wanted, or adjudicated. held: prompts that
    somebody works on now. judgements: newest marks, one a reviewer, prompt and result. reviewers:
    name -> how many prompts that person has judged.
    """

    prompts: int
    finished: int
    held: int
    judgements: int
    reviewers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import changed, in prompts: judged for the first time, revised, left as they were.

    beyond: how many of the new ones had as many judgements as are wanted, or were settled.
    """

    new: int
    revised: int
    unchanged: int
    beyond: int = 0
