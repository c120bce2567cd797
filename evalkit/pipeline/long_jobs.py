"""Items that a service embeds in jobs of minutes: started once, then polled, over several runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import cast

from evalkit.core.errors import DataError
from evalkit.core.items import Item
from evalkit.core.protocols import Failed, JobEmbedder
from evalkit.pipeline.sending import Answer, Sender, whole

_AT_ONCE = 20
_LONGEST_WAIT_SECONDS = 60.0
_GROWTH = 1.5
_PATIENCE_SECONDS = 4 * 3600.0


def run_jobs(sender: Sender, items: Mapping[bytes, Item]) -> dict[bytes, Answer]:
    """Return the answers of jobs, at most 20 of which run at a time; jobs found running go on."""
    waiting, running = dict(items), dict[bytes, str]()
    found: dict[bytes, Answer] = {}
    embedder = cast("JobEmbedder", sender.model.embedder)
    patience = float(getattr(embedder, "job_patience", _PATIENCE_SECONDS))
    pause, until = embedder.poll_seconds, time.monotonic() + patience
    with sender:
        while waiting or running:
            while waiting and len(running) < _AT_ONCE:
                key, item = waiting.popitem()
                started = _start(sender, embedder, key, item)
                if isinstance(started, Failed):
                    found[key] = _took(sender, key, item, started)
                else:
                    running[key] = started
            ended = _polled(sender, embedder, running, items)
            running = {key: handle for key, handle in running.items() if key not in ended}
            found |= ended
            if time.monotonic() > until:
                found |= _given_up(sender, {**running, **dict.fromkeys(waiting, "")}, items)
                break
            if running and not ended:
                time.sleep(pause)
                pause = min(pause * _GROWTH, _LONGEST_WAIT_SECONDS)
    return found


def _start(sender: Sender, embedder: JobEmbedder, key: bytes, item: Item) -> str | Failed:
    """Return the handle of an item's job: the one that an earlier run started, or a new one's.

    The token is stored before the job is started, so that a kill in between starts it only once.
    """
    store = sender.purse.store
    known = store.jobs([key]).get(key)
    if known and known.handle:
        return known.handle
    token = known.token if known else store.start_job(key, embedder.model)
    try:
        handle = embedder.submit(item, sender.role, sender.dim, token)
    except DataError as e:
        store.end_job(key, failed=True)
        return Failed(0, str(e))
    store.set_handle(key, handle)
    return handle


def _polled(
    sender: Sender, embedder: JobEmbedder, running: Mapping[bytes, str], items: Mapping[bytes, Item]
) -> dict[bytes, Answer]:
    """Return the answers of the jobs that have ended."""
    ended: dict[bytes, Answer] = {}
    for key, handle in running.items():
        outcomes = embedder.poll(handle, items[key], sender.role, sender.dim)
        if outcomes is None:
            continue
        answer = whole(outcomes, sender.dim)
        ended[key] = _took(sender, key, items[key], answer)
        sender.flush()
        sender.purse.store.end_job(key, failed=not isinstance(answer, list))
        embedder.forget(handle)
    return ended


def _given_up(
    sender: Sender, left: Mapping[bytes, str], items: Mapping[bytes, Item]
) -> dict[bytes, Answer]:
    """Return a failure for each job that has not ended; another run will poll it again."""
    why = "its job has not ended so far; run again to go on waiting for it."
    return {key: _took(sender, key, items[key], Failed(0, why)) for key in left}


def _took(sender: Sender, key: bytes, item: Item, answer: Answer) -> Answer:
    """Hand an answer to the sender and return it."""
    sender.take(key, item, answer)
    return answer
