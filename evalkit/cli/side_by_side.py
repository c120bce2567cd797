"""Several suites at once, each in a process of its own; results come in the order of the files."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Event, Lock
from pathlib import Path
from typing import NoReturn, TypeVar

from evalkit.cli.output import progress
from evalkit.core.errors import EvalkitError, OutputError, Problem

R = TypeVar("R")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_services: Lock | None = None
"""Held by the process whose suite asks a service, in processes that `results` started."""
_ended: Event | None = None
"""Set there when nothing new is to be begun."""


def default_jobs() -> int:
    """Return how many suites run at once where nothing is said: as many as there are cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_service_at_a_time(asks: bool) -> Iterator[None]:
    """Wait until no other suite asks a service, if this one does: rates are capped by process."""
    if _services is None or not asks:
        yield
        return
    with _services:
        yield


def results(
    work: Callable[[Path], R], paths: Sequence[Path], jobs: int
) -> Iterator[tuple[Path, R | EvalkitError]]:
    """Yield each path with what the work gives, or the error that it raises, in their order.

    work: can be pickled, and so can what it gives. jobs: how many processes work at once; with one
    the work is done in this process. Ctrl-C reaches them all.
    """
    if min(jobs, len(paths)) < 2:
        for path in paths:
            yield path, _tried(work, path)
        return
    context = multiprocessing.get_context("spawn")
    told = context.Lock(), context.Event()
    with (
        _threads_each(jobs),
        ProcessPoolExecutor(min(jobs, len(paths)), context, _begin, told) as pool,
        _ending(pool, told[1]),
    ):
        working = [pool.submit(_in_process, work, path) for path in paths]
        for path, found in zip(paths, working, strict=True):
            _wait(found, working)
            yield path, _answer(path, found)


def _wait(wanted: Future[R], working: Sequence[Future[R]]) -> None:
    """Wait for an answer, telling how many there are meanwhile."""
    with progress() as told:
        while not wanted.done():
            told("suites are done", sum(one.done() for one in working), len(working), "")
            wait([one for one in working if not one.done()], return_when=FIRST_COMPLETED)


def _tried(work: Callable[[Path], R], path: Path) -> R | EvalkitError:
    """Return what the work gives, or the error for a person that it raises."""
    try:
        return work(path)
    except EvalkitError as e:
        return e


def _answer(path: Path, found: Future[R | EvalkitError]) -> R | EvalkitError:
    """Return what a process gave; an error for a person where the process itself ended."""
    try:
        return found.result()
    except BrokenProcessPool:
        what = "the process that ran it was ended from outside, perhaps for want of memory."
        fix = "What was embedded is kept; run the suites one after the other: --jobs 1."
        return OutputError(Problem(str(path), what, fix))


def _begin(services: Lock, ended: Event) -> None:
    """Make a new process ready: it is deaf to Ctrl-C while it has nothing to do."""
    global _services, _ended
    _services, _ended = services, ended
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _in_process(work: Callable[[Path], R], path: Path) -> R | EvalkitError:
    """Do the work in a process of its own, where Ctrl-C stops it as it would elsewhere."""
    signal.signal(signal.SIGINT, _stop)
    try:
        if _ended and _ended.is_set():
            raise KeyboardInterrupt
        return _tried(work, path)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _stop(signum: int, frame: object) -> NoReturn:
    """End what is being done, once: what a second Ctrl-C would break is the orderly end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _ending(pool: ProcessPoolExecutor, ended: Event) -> Iterator[None]:
    """Stop the processes too where this one is interrupted; they end in order."""
    try:
        yield
    except BaseException:
        ended.set()
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            with suppress(ProcessLookupError):
                os.kill(child.pid or 0, signal.SIGINT)
        raise


@contextmanager
def _threads_each(jobs: int) -> Iterator[None]:
    """Share the cores among the processes started here, unless the environment says otherwise."""
    mine = [name for name in _THREADS if name not in os.environ]
    os.environ |= dict.fromkeys(mine, str(max(default_jobs() // jobs, 1)))
    try:
        yield
    finally:
        for name in mine:
            del os.environ[name]
