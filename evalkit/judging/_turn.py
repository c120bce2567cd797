"""One transaction of one reviewer on one study: every rule about holds and versions is here."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, func, select

from evalkit.core.errors import UsageError
from evalkit.judging import _rows
from evalkit.judging._engine import one_at_a_time
from evalkit.judging._queries import is_prompt, said_by, unheld, wants
from evalkit.judging.records import Answer, Mark
from evalkit.judging.schema import events, judgements, prompts

if TYPE_CHECKING:
    from sqlalchemy import Row

_Said = tuple[tuple[Mark, ...], str]
"""Marks in the order of the results, and the comment."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a reviewer does inside a transaction that writes.

    study, reviewer: names. wanted: judgements asked for a prompt. at: the time, in UTC. hold: how
    long a prompt stays with a reviewer. Every row that is changed is locked before it is read.
    """

    db: Connection
    study: str
    reviewer: str
    wanted: int
    at: datetime
    hold: timedelta

    # --- holding ----------------------------------------------------------------------------

    def held(self) -> Row[Any] | None:
        """Return the prompt that the reviewer holds."""
        mine = and_(prompts.c.study == self.study, prompts.c.holder == self.reviewer)
        return self.db.execute(select(prompts).where(mine).with_for_update()).first()

    def next(self, skipping: Collection[str] = ()) -> Row[Any] | None:
        """Return the first prompt that wants the reviewer's judgement and that nobody holds.

        skipping: ids of prompts that are left out. Of a study's reviewers one at a time looks for
        the next prompt, and holds no row while it waits; rows are locked in the order of their
        numbers, here and in `prompts`. So nobody gets a prompt that somebody else was just given,
        none is taken for done that is only being looked at, and no two transactions wait for each
        other.
        """
        one_at_a_time(self.db, self.study, "")
        free = unheld(self.at.timestamp())
        others = prompts.c.id.not_in(sorted(skipping))
        query = select(prompts).where(wants(self.study, self.reviewer), free, others)
        query = query.order_by(prompts.c.number).limit(1)
        return self.db.execute(query.with_for_update()).first()

    def named(self, prompt: str) -> Row[Any] | None:
        """Return a prompt by its id where nobody holds it, nor acts on it at this moment."""
        same = is_prompt(self.study, prompt)
        if self.db.scalar(select(prompts.c.id).where(same)) is None:
            raise self._no_prompt(prompt)
        free = select(prompts).where(same, unheld(self.at.timestamp()))
        return self.db.execute(free.with_for_update(skip_locked=True)).first()

    def take(self, row: Row[Any]) -> None:
        """Hold a prompt that nobody holds any more."""
        if row.holder is not None:
            self.tell("expired", row.id, reviewer=row.holder)
        self.keep(row)
        self.tell("claimed", row.id)

    def keep(self, row: Row[Any]) -> None:
        """Hold a prompt from now on for as long as holds last."""
        until = (self.at + self.hold).timestamp()
        self._set(row.id, {"holder": self.reviewer, "until": until})

    def free(self, row: Row[Any]) -> None:
        """Give a prompt back."""
        self._set(row.id, {"holder": None, "until": None})
        self.tell("released", row.id)

    # --- judging ----------------------------------------------------------------------------

    def prompt(self, prompt: str) -> Row[Any]:
        """Return a prompt by its id; raises UsageError where there is none."""
        query = select(prompts).where(is_prompt(self.study, prompt))
        row = self.db.execute(query.with_for_update()).first()
        if row is None:
            raise self._no_prompt(prompt)
        return row

    def prompts(self, ids: Sequence[str]) -> dict[str, Row[Any]]:
        """Return prompts by their ids; raises UsageError where there is no such one."""
        query = select(prompts).where(prompts.c.study == self.study, prompts.c.id.in_(ids))
        rows = self.db.execute(query.order_by(prompts.c.number).with_for_update()).all()
        found = {row.id: row for row in rows}
        if missing := [name for name in ids if name not in found]:
            raise self._no_prompt(missing[0])
        return found

    def version(self, row: Row[Any]) -> int:
        """Return the newest version of what the reviewer said of a prompt, 0 for none."""
        said = said_by(self.study, row.id, self.reviewer)
        return self.db.scalar(select(func.max(judgements.c.version)).where(said)) or 0

    def said(self, row: Row[Any], version: int) -> _Said:
        """Return a version of what the reviewer said of a prompt."""
        query = select(judgements).where(
            said_by(self.study, row.id, self.reviewer), judgements.c.version == version
        )
        found = self.db.execute(query.order_by(judgements.c.result)).all()
        prompt = _rows.prompt_of(row)
        return tuple(_rows.judgement_of(one, prompt).mark for one in found), found[0].comment

    def check_free(self, row: Row[Any], adjudicates: bool) -> None:
        """Raise UsageError where the reviewer may not give a prompt a first judgement."""
        if row.holder == self.reviewer:
            return
        if row.holder is not None and row.until >= self.at.timestamp():
            raise UsageError(f"prompt {row.id}: somebody else is judging it; ask for another one.")
        if row.given >= self.wanted and not adjudicates:
            given = f"{row.given} judgement{'s' * (row.given != 1)}"
            raise UsageError(f"prompt {row.id}: it has the {given} it wants; ask for another one.")

    def write(
        self,
        row: Row[Any],
        answer: Answer,
        version: int,
        action: str,
        details: Mapping[str, object],
    ) -> None:
        """Store a version of what the reviewer says of a prompt, and free the prompt."""
        settles = action == "adjudicated"
        shared = {
            "study": self.study,
            "prompt": row.id,
            "reviewer": self.reviewer,
            "version": version,
            "comment": _rows.check_comment(answer.comment),
            "at": _rows.stamp(self.at),
            "adjudicates": settles,
        }
        marks = _rows.in_order(_rows.prompt_of(row), answer.marks)
        self.db.execute(judgements.insert(), _rows.mark_rows(marks, shared))
        given = row.given + (version == 1 and not settles)
        state = {"given": given, "finished": row.finished or settles or given >= self.wanted}
        if row.holder == self.reviewer:
            state |= {"holder": None, "until": None}
        self._set(row.id, state)
        self.tell(action, row.id, {"version": version, **details})

    # --- the trail --------------------------------------------------------------------------

    def tell(
        self,
        action: str,
        prompt: str = "",
        details: Mapping[str, object] | None = None,
        reviewer: str | None = None,
    ) -> None:
        """Add a line to the audit trail, about the reviewer unless another one is named."""
        who = self.reviewer if reviewer is None else reviewer
        line = {"at": _rows.stamp(self.at), "study": self.study, "reviewer": who}
        line |= {"action": action, "prompt": prompt, "details": json.dumps(dict(details or {}))}
        self.db.execute(events.insert(), line)

    def _set(self, prompt: str, values: Mapping[str, object]) -> None:
        """Change the state of a prompt."""
        self.db.execute(prompts.update().where(is_prompt(self.study, prompt)).values(**values))

    def _no_prompt(self, prompt: str) -> UsageError:
        """Return the error about a prompt that is not there."""
        return UsageError(f"there is no prompt '{prompt}' in the study '{self.study}'.")
