"""Items that a service embeds in jobs of minutes: started once, then polled, over several runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import cast

from evalkit.core.errors import Busy, DataError
from evalkit.core.items import Item
from evalkit.core.protocols import Failed, JobEmbedder
from evalkit.pipeline.sending import Answer, Sender, whole

_AT_ONCE = 20
_LONGEST_WAIT_SECONDS = 60.0
_GROWTH = 1.5
_PATIENCE_SECONDS = 4 * 3600.0


def run_jobs(sender: Sender, items: Mapping[bytes, Item]) -> dict[bytes, Answer]:
    """Return the answers of jobs, at most 20 of which run at a time; jobs found running go on."""
    embedder = cast("JobEmbedder", sender.model.embedder)
    patience = float(getattr(embedder, "job_patience", _PATIENCE_SECONDS))
    pause, until = embedder.poll_seconds, time.monotonic() + patience
    waiting, running = list(items), dict[bytes, str]()
    found: dict[bytes, Answer] = {}
    with sender:
        while waiting or running:
            ended = _started(sender, embedder, waiting, running, items)
            ended |= _polled(sender, embedder, running, items)
            found |= ended
            if time.monotonic() > until:
                return found | _given_up(sender, [*running, *waiting], items)
            if (running or waiting) and not ended:
                time.sleep(pause)
                pause = min(pause * _GROWTH, _LONGEST_WAIT_SECONDS)
    return found


def _started(
    sender: Sender,
    embedder: JobEmbedder,
    waiting: list[bytes],
    running: dict[bytes, str],
    items: Mapping[bytes, Item],
) -> dict[bytes, Answer]:
    """Start jobs while the service takes some; return what came of those that could not be."""
    failed: dict[bytes, Answer] = {}
    while waiting and len(running) < _AT_ONCE:
        key = waiting[-1]
        try:
            running[key] = _start(sender, embedder, key, items[key])
        except DataError as e:
            sender.purse.store.end_job(key, failed=True)
            failed[key] = _took(sender, key, items[key], Failed(0, str(e)))
        except Busy:
            break
        waiting.pop()
    return failed


def _start(sender: Sender, embedder: JobEmbedder, key: bytes, item: Item) -> str:
    """Return the handle of an item's job: the one that an earlier run started, or a new one's.

    The token is stored before the job is started, so that a kill in between starts it only once.
    """
    store = sender.purse.store
    known = store.jobs([key]).get(key)
    if known and known.handle:
        return known.handle
    token = known.token if known else store.start_job(key, embedder.model)
    handle = embedder.submit(item, sender.role, sender.dim, token)
    store.set_handle(key, handle)
    return handle


def _polled(
    sender: Sender, embedder: JobEmbedder, running: dict[bytes, str], items: Mapping[bytes, Item]
) -> dict[bytes, Answer]:
    """Return the answers of the jobs that have ended, which no longer run."""
    ended: dict[bytes, Answer] = {}
    for key, handle in list(running.items()):
        outcomes = embedder.poll(handle, items[key], sender.role, sender.dim)
        if outcomes is None:
            continue
        answer = whole(outcomes, sender.dim)
        del running[key]
        ended[key] = _took(sender, key, items[key], answer)
        sender.flush(durable=True)
        sender.purse.store.end_job(key, failed=not isinstance(answer, list))
        embedder.forget(handle)
    return ended


def _given_up(
    sender: Sender, left: Sequence[bytes], items: Mapping[bytes, Item]
) -> dict[bytes, Answer]:
    """Return a failure for each job that has not ended; another run will poll it again."""
    why = "its job has not ended so far; run again to go on waiting for it."
    return {key: _took(sender, key, items[key], Failed(0, why)) for key in left}


def _took(sender: Sender, key: bytes, item: Item, answer: Answer) -> Answer:
    """Hand an answer to the sender and return it."""
    sender.take(key, item, answer)
    return answer
