"""The conditions and queries of the store, none of which depends on the kind of database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from evalkit.judging.schema import judgements, prompts

Condition = ColumnElement[bool]


def is_prompt(study: str, prompt: str) -> Condition:
    """Return the condition that a row is of one prompt."""
    return and_(prompts.c.study == study, prompts.c.id == prompt)


def said_by(study: str, prompt: Any, reviewer: str) -> Condition:
    """Return the condition that a judgement is of one prompt by one reviewer."""
    said = judgements.c
    return and_(said.study == study, said.prompt == prompt, said.reviewer == reviewer)


def wants(study: str, reviewer: str) -> Condition:
    """Return the condition that a prompt wants a judgement and this reviewer gave it none."""
    mine = select(judgements.c.version).where(said_by(study, prompts.c.id, reviewer))
    return and_(prompts.c.study == study, prompts.c.finished.is_(False), ~mine.exists())


def unheld(at: float) -> Condition:
    """Return the condition that nobody holds a prompt at a time, or held it too long ago."""
    return or_(prompts.c.holder.is_(None), prompts.c.until < at)


def newest(study: str, prompt: str = "") -> Select[Any]:
    """Return the query for the newest version of each judgement, by prompt, reviewer, result.

    prompt: of this one alone.
    """
    said = judgements.c
    mine = and_(said.study == study, said.prompt == prompt) if prompt else said.study == study
    top = select(said.prompt, said.reviewer, func.max(said.version).label("version"))
    last = top.where(mine).group_by(said.prompt, said.reviewer).subquery()
    same = and_(*(said[name] == last.c[name] for name in ("prompt", "reviewer", "version")))
    of_prompt = and_(prompts.c.study == said.study, prompts.c.id == said.prompt)
    joined = judgements.join(last, same).join(prompts, of_prompt)
    query = select(judgements).select_from(joined).where(mine)
    return query.order_by(prompts.c.number, said.reviewer, said.result)
