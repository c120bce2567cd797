"""Where studies and judgements are kept, for many reviewers at once.

Every change is one transaction: a judgement is stored whole or not at all. Judgements and the audit
trail are only ever added to, and the database itself refuses anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import and_, func, select

from evalkit.core.errors import UsageError, nearest
from evalkit.judging import _rows
from evalkit.judging._engine import Database, one_at_a_time
from evalkit.judging._queries import is_prompt, newest, wants
from evalkit.judging._rows import reviewer_name, study_name
from evalkit.judging._turn import Turn
from evalkit.judging.records import (
    Answer,
    Event,
    Judgement,
    Mark,
    Progress,
    Prompt,
    Seen,
    Study,
    Taken,
)
from evalkit.judging.schema import events, judgements, places, prompts, shown, studies

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select

HOLD = timedelta(minutes=30)
"""How long a prompt stays with a reviewer who says nothing."""


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class Store:
    """Studies and judgements in a SQLite file (a path) or on a PostgreSQL server (an address).

    A context manager; threads may share one, a forked process needs one of its own. hold: how long
    a prompt stays with a reviewer. clock: the time, in UTC; where several machines share a store,
    theirs should agree to a minute.
    Raises UsageError for an address of another kind, DataError for a file that is no store or a
    store of a later version, and OutputError, from every method, where it cannot be reached. No
    error and no representation shows a password.
    """

    def __init__(
        self, place: str | Path, *, hold: timedelta = HOLD, clock: Callable[[], datetime] = now
    ) -> None:
        self._hold, self._clock = hold, clock
        self._data = Database(place)

    def __repr__(self) -> str:
        return f"Store({self.where!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._data.close()

    @property
    def where(self) -> str:
        """The file, or the server's address without name and password."""
        return self._data.where

    # --- studies ----------------------------------------------------------------------------

    def add(self, study: Study) -> None:
        """Store a study; raises UsageError where its name is taken or cannot be one."""
        with self._data.writing() as db:
            one_at_a_time(db, study_name(study.name))
            if db.scalar(select(studies.c.name).where(studies.c.name == study.name)):
                raise UsageError(f"there is a study '{study.name}' already; choose another name.")
            db.execute(studies.insert(), _rows.study_row(study))
            for table, rows in (
                (prompts, _rows.prompt_rows(study)),
                (places, _rows.place_rows(study)),
                (shown, _rows.shown_rows(study)),
            ):
                if values := list(rows):
                    db.execute(table.insert(), values)
            turn = Turn(db, study.name, "", study.wanted, self._clock(), self._hold)
            turn.tell("created", details={"prompts": len(study.prompts)})

    def names(self) -> tuple[str, ...]:
        """Return the names of all studies, in the order of the alphabet."""
        with self._data.reading() as db:
            return tuple(sorted(db.scalars(select(studies.c.name))))

    def study(self, name: str, seen: bool = False) -> Study:
        """Return a study, with what is shown only where asked; raises UsageError for none."""
        with self._data.reading() as db:
            row = _study(db, name)
            every = tuple(_prompts(db, name).values())
            of_study = select(places).where(places.c.study == name).order_by(places.c.number)
            found = db.execute(of_study).all()
            pictures = select(shown).where(shown.c.study == name).order_by(shown.c.key)
            views = dict(map(_rows.shown_of, db.execute(pictures))) if seen else {}
        return _rows.study_of(row, every, found, views)

    def head(self, name: str) -> Study:
        """Return a study without its prompts and places; raises UsageError for none."""
        with self._data.reading() as db:
            return _rows.study_of(_study(db, name), (), (), {})

    def seen(self, study: str, case: str, side: str, ids: Sequence[str]) -> dict[str, Seen]:
        """Return what is shown of queries (side `query`) or results (`corpus`) of a case, by id.

        What the study does not show is left out.
        """
        keys = [_rows.shown_key(case, side, name) for name in ids]
        query = select(shown).where(shown.c.study == study, shown.c.key.in_(keys))
        with self._data.reading() as db:
            found = dict(map(_rows.shown_of, db.execute(query)))
        return {name: found[case, side, name] for name in ids if (case, side, name) in found}

    # --- judging ----------------------------------------------------------------------------

    def claim(
        self, study: str, reviewer: str, prompt: str = "", skipping: Collection[str] = ()
    ) -> Prompt | None:
        """Return a prompt to judge, held for this reviewer from now on; None where there is none.

        It is the one that the reviewer holds already, else the first that wants judgements, that
        this reviewer has not judged, and that nobody holds. prompt: hold this one instead, judged
        or not (to revise or to settle it); None where somebody else does. skipping: ids of prompts
        to leave to others. A reviewer holds one prompt at most. Where None comes back, `waiting`
        says whether some may be had later.
        """
        with self._turn(study, reviewer) as turn:
            held = turn.held()
            if held is not None and prompt in ("", held.id):
                turn.keep(held)
                return _rows.prompt_of(held)
            free = turn.named(prompt) if prompt else turn.next(skipping)
            if free is None:
                return None
            if held is not None:
                turn.free(held)
            turn.take(free)
            return _rows.prompt_of(free)

    def release(self, study: str, reviewer: str, prompt: str) -> None:
        """Give a prompt back unjudged; nothing happens where this reviewer does not hold it."""
        with self._turn(study, reviewer) as turn:
            held = turn.held()
            if held is not None and held.id == prompt:
                turn.free(held)

    def waiting(self, study: str, reviewer: str) -> int:
        """Return how many prompts this reviewer may still get to judge.

        Asked after `claim` returned None, they are those that others hold, and those that somebody
        gave back in between: no reviewer is told that nothing is left for being a moment too soon.
        """
        query = select(func.count()).select_from(prompts)
        query = query.where(wants(study, reviewer_name(reviewer)))
        with self._data.reading() as db:
            return db.scalar(query) or 0

    def save(
        self,
        study: str,
        reviewer: str,
        prompt: str,
        marks: Sequence[Mark],
        comment: str = "",
        *,
        adjudicates: bool = False,
    ) -> None:
        """Store what a reviewer says of a prompt, all or nothing, and free it.

        marks: one for every result. A second save by the same reviewer is a revision, kept beside
        the first. adjudicates: it settles the prompt, whoever judged it before.
        Raises UsageError where a result is left out or marked twice; for a first judgement also
        where somebody else holds the prompt, or where it has as many as are wanted already.
        """
        answer = Answer(prompt, tuple(marks), comment)
        with self._turn(study, reviewer) as turn:
            row = turn.prompt(prompt)
            version = turn.version(row)
            if version == 0:
                turn.check_free(row, adjudicates)
            action = "adjudicated" if adjudicates else "revised" if version else "judged"
            turn.write(row, answer, version + 1, action, {})

    def take(self, study: str, reviewer: str, answers: Sequence[Answer], source: str) -> Taken:
        """Store what a reviewer said elsewhere of many prompts, all or nothing.

        source: where it comes from, for the audit trail. An answer that the store has already is
        left as it is; another one by the same reviewer is a revision. It is taken even where a
        prompt has as many judgements as are wanted, or somebody else holds it: the work was done,
        and `beyond` counts it.
        Raises UsageError as `save` does for what is not whole, and for a prompt named twice.
        """
        by_id = {answer.prompt: answer for answer in answers}
        if len(by_id) < len(answers):
            raise UsageError("a prompt is answered twice.")
        count = {"new": 0, "revised": 0, "unchanged": 0, "beyond": 0}
        with self._turn(study, reviewer) as turn:
            for row in turn.prompts(list(by_id)).values():
                answer, version = by_id[row.id], turn.version(row)
                said = _rows.in_order(_rows.prompt_of(row), answer.marks), answer.comment
                if version and turn.said(row, version) == said:
                    count["unchanged"] += 1
                    continue
                count["revised" if version else "new"] += 1
                count["beyond"] += row.finished and not version
                turn.write(row, answer, version + 1, "imported", {"source": source})
        return Taken(**count)

    @contextmanager
    def _turn(self, study: str, reviewer: str) -> Iterator[Turn]:
        """Yield a transaction of a reviewer; the same reviewer never has two at once."""
        name = reviewer_name(reviewer)
        with self._data.writing() as db:
            row = _study(db, study)
            one_at_a_time(db, study, name)
            yield Turn(db, study, name, row.wanted, self._clock(), self._hold)

    # --- what was said ----------------------------------------------------------------------

    def judgements(self, study: str, prompt: str = "") -> tuple[Judgement, ...]:
        """Return the newest version of every judgement, by prompt, reviewer and result.

        prompt: of this one alone.
        """
        return self._judgements(study, newest(study, prompt), prompt)

    def mine(self, study: str, reviewer: str) -> tuple[Judgement, ...]:
        """Return the newest version of every judgement by one reviewer."""
        mine = judgements.c.reviewer == reviewer_name(reviewer)
        return self._judgements(study, newest(study).where(mine))

    def disputed(self, study: str) -> tuple[Prompt, ...]:
        """Return the prompts with enough judgements, a tie on some result, and none that settles.

        A tie: as many reviewers call the result effective as do not.
        """
        votes: dict[tuple[str, str], int] = defaultdict(int)
        settled = set()
        for one in self.judgements(study):
            votes[one.prompt, one.mark.item] += 1 if one.mark.effective else -1
            settled |= {one.prompt} if one.adjudicates else set()
        tied = {prompt for (prompt, _), balance in votes.items() if balance == 0} - settled
        with self._data.reading() as db:
            enough = prompts.c.given >= _study(db, study).wanted
            of_study = select(prompts).where(prompts.c.study == study, enough)
            rows = db.execute(of_study.order_by(prompts.c.number)).all()
        return tuple(_rows.prompt_of(row) for row in rows if row.id in tied)

    def progress(self, study: str) -> Progress:
        """Return how far a study is."""
        late = self._clock().timestamp()
        held = and_(prompts.c.holder.is_not(None), prompts.c.until >= late)
        count = func.count
        counts = select(count(), count().filter(prompts.c.finished), count().filter(held))
        last = newest(study).subquery()
        each = select(last.c.reviewer, count(), count(last.c.prompt.distinct()))
        with self._data.reading() as db:
            _study(db, study)
            of_study = counts.select_from(prompts).where(prompts.c.study == study)
            every, finished, now_held = db.execute(of_study).one()
            by_name = db.execute(each.group_by(last.c.reviewer)).all()
        judged = {name: done for name, _, done in sorted(map(tuple, by_name))}
        return Progress(every, finished, now_held, sum(marks for _, marks, _ in by_name), judged)

    def events(self, study: str) -> tuple[Event, ...]:
        """Return the audit trail of a study, oldest first."""
        query = select(events).where(events.c.study == study).order_by(events.c.number)
        with self._data.reading() as db:
            _study(db, study)
            return tuple(map(_rows.event_of, db.execute(query)))

    def _judgements(
        self, study: str, query: Select[Any], prompt: str = ""
    ) -> tuple[Judgement, ...]:
        """Return the judgements that a query finds, of one prompt or of all."""
        with self._data.reading() as db:
            _study(db, study)
            every = _prompts(db, study, prompt)
            return tuple(_rows.judgement_of(row, every[row.prompt]) for row in db.execute(query))


def _study(db: Connection, name: str) -> Row[Any]:
    """Return the row of a study; raises UsageError where there is none."""
    row = db.execute(select(studies).where(studies.c.name == name)).first()
    if row is None:
        known = nearest(name, db.scalars(select(studies.c.name)))
        raise UsageError(f"there is no study '{name}'; {known}")
    return row


def _prompts(db: Connection, study: str, prompt: str = "") -> dict[str, Prompt]:
    """Return the prompts of a study by id, in their order, or one of them."""
    wanted = is_prompt(study, prompt) if prompt else prompts.c.study == study
    rows = db.execute(select(prompts).where(wanted).order_by(prompts.c.number))
    return {row.id: _rows.prompt_of(row) for row in rows}
