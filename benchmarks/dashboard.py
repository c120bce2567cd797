"""The dashboard over one large run: first paint, page switch, and memory of its server.

    python benchmarks/dashboard.py --json

A run of 100,000 queries at 4 sizes of 2 models is made in a temporary folder (or kept with
--folder), served, and looked at in a headless Chromium. First paint is the time from the request
until the page's script has run to its end, in a server that has shown nothing before; page switch
is the same after a click at the side. The peer is a process that reads the whole run with
`archive.load`: its seconds and its peak memory are what a page would cost that read everything.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from _measure import machine, report

from evalkit import archive
from evalkit.archive import CaseFacts, MetricFacts, ModelFacts, Run, rankings_table, scores_table
from evalkit.core.arrays import Ranking
from evalkit.core.items import Card
from evalkit.core.results import Cell, Estimate, Listing, Measured, Scores, Verdict

SERVER = Path(__file__).parents[1] / "dashboard" / "entry" / "server.py"
MODELS, SIZES, METRICS = ("alpha", "beta"), (1024, 512, 256, 128), ("ndcg@10", "recall@10")
CASE, KEPT, CORPUS, ROWS = "find", 10, 20_000, 131_072
PEER = """
import resource, sys, time
from pathlib import Path
from evalkit import archive
start = time.perf_counter()
archive.load(Path(sys.argv[1]))
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--pages", nargs="+", default=["run", "queries", "dimensions", "data"])
    parser.add_argument("--folder", type=Path, help="where to make the run, and keep it")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


# --- the run ------------------------------------------------------------------------------------


def cells() -> list[Cell]:
    return [Cell(CASE, model, dim=dim) for model, dim in product(MODELS, SIZES)]


def make(out: Path, queries: int) -> Path:
    """Write a run of random numbers, a cell at a time."""
    rng = np.random.default_rng(7)
    ids = tuple(f"q{n:06d}" for n in range(queries))
    docs = tuple(f"d{n:05d}" for n in range(CORPUS))
    done = head(queries, ids, docs)
    with archive.new_folder(out, done.suite, done.id) as folder:
        archive.save(done, folder)
        with (
            pq.ParquetWriter(folder / "scores.parquet", scores_table([]).schema) as scores,
            pq.ParquetWriter(folder / "rankings.parquet", rankings_table([], {}).schema) as lists,
        ):
            for cell in cells():
                for metric in METRICS:
                    values = rng.random(queries).round(6)
                    one = Scores(ids, (np.array(ids, object),), {"value": values})
                    row = Measured(cell, metric, one, np.ones(queries, bool))
                    scores.write_table(scores_table([row]), row_group_size=ROWS)
                rows = rng.integers(0, CORPUS, (queries, KEPT))
                found = np.sort(rng.random((queries, KEPT)))[:, ::-1]
                ranking = Ranking(ids, docs, rows, found, rows)
                table = rankings_table([Listing(cell, ranking)], {CASE: {}})
                lists.write_table(table, row_group_size=ROWS)
    return out / done.suite / done.id


def head(queries: int, ids: tuple[str, ...], docs: tuple[str, ...]) -> Run:
    """Return the run without scores and rankings."""
    case = CaseFacts(
        name=CASE, task="retrieval", dataset="generated", fingerprint="0" * 64, queries=queries,
        corpus=CORPUS, query_modalities=("text",), corpus_modalities=("text",), metrics=METRICS,
        groups=("kind",), systems=("plain",), probes=(), relevant=1, similarity="cosine",
        depth=KEPT, keep=KEPT,
        card=Card("generated", "Random numbers.", "", "", (), (), (), "", ()),
    )  # fmt: skip
    models = tuple(
        ModelFacts(
            name=name, provider="none", model=name, revision="1", about="", sizes=SIZES,
            offered=SIZES, nested="yes", how="cut", wanted=queries, found=0, sent=queries, lost=0,
        )
        for name in MODELS
    )  # fmt: skip
    values = {c: 0.5 + 0.01 * n for n, c in enumerate(cells())}
    estimates = tuple(
        Estimate("value", c, "", m, "", v, v - 0.01, v + 0.01, queries, float("nan"), "bca")
        for c, v in values.items()
        for m in METRICS
    )
    verdicts = tuple(
        Verdict(
            f"{CASE}: ndcg@10 at {c.dim} on {c.model} is at least 0.4", c, "ndcg@10", "", "pass",
            v, v - 0.01, v + 0.01, queries, "at least 0.4", 0.9, 1.0, 0.01, None, "It does.",
        )
        for c, v in values.items()
    )  # fmt: skip
    return Run(
        id="20260101T000000Z-000000", suite="large", about="A large run.",
        created="2026-01-01T00:00:00+00:00", parent="", use_case={}, provenance={"seed": 7},
        cases=(case,), models=models,
        metrics=tuple(MetricFacts(m, "high", 0.0, 1.0, "share", "Random.") for m in METRICS),
        estimates=estimates, verdicts=verdicts, lost=(), not_offered=(),
        scores=scores_table([]), rankings=rankings_table([], {}), judgements=judged(ids, docs),
        items=items(ids, docs), examples=pa.table({}),
    )  # fmt: skip


def judged(ids: tuple[str, ...], docs: tuple[str, ...]) -> pa.Table:
    """Return one judgement a query."""
    grades = {q: {docs[n % CORPUS]: 2} for n, q in enumerate(ids)}
    return archive.judgements_table({CASE: grades})


def items(ids: tuple[str, ...], docs: tuple[str, ...]) -> pa.Table:
    """Return the texts of all queries and items."""
    names = [*ids, *docs]
    count = len(names)
    return pa.table(
        {
            "case": pa.array([CASE] * count),
            "side": pa.array(["query"] * len(ids) + ["corpus"] * len(docs)),
            "id": pa.array(names),
            "modality": pa.array(["text"] * count),
            "text": pa.array([f"words that stand for {name}" for name in names]),
            "tags": pa.array([json.dumps({"kind": [f"k{n % 5}"]}) for n in range(count)]),
            "picture": pa.nulls(count, pa.binary()),
            "sound": pa.nulls(count, pa.binary()),
        }
    )


# --- the dashboard ------------------------------------------------------------------------------


@contextlib.contextmanager
def served(out: Path) -> Iterator[tuple[str, int]]:
    """Yield the address and the process id of a new server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = (f"--server.port={port}", "--server.address=127.0.0.1")
    command = [sys.executable, "-m", "streamlit", "run", str(SERVER), *where]
    process = subprocess.Popen(command, env=os.environ | {"EVALKIT_REPORTS": str(out)})
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health").close()
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def peak(process: int) -> int:
    """Return the most memory that a process has held, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def stands(page: Any, name: str) -> None:
    """Wait until the script of a page has run to its end."""
    page.wait_for_selector(f".title:text-is('{name}')", timeout=300_000)
    page.wait_for_selector("[data-test-script-state=notRunning]", timeout=300_000)


def looked_at(out: Path, run: Path, names: list[str]) -> dict[str, Any]:
    """Return the seconds of first paints and of page switches, and memory of the servers."""
    from playwright.sync_api import sync_playwright

    first: dict[str, float] = {}
    switch: dict[str, float] = {}
    memory: dict[str, int] = {}
    query = f"run={run.parent.name}%2F{run.name}"
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play:
        switches = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = play.chromium.launch(executable_path=chromium, args=switches)
        for name in names:
            with served(out) as (address, process):
                page = browser.new_page()
                start = time.perf_counter()
                page.goto(f"{address}/{name}?{query}")
                stands(page, name.capitalize())
                first[name] = round(time.perf_counter() - start, 2)
                memory[name] = peak(process)
                for other in [n for n in names if n != name] if name == names[0] else ():
                    start = time.perf_counter()
                    page.get_by_role("link", name=other.capitalize(), exact=True).first.click()
                    stands(page, other.capitalize())
                    switch[other] = round(time.perf_counter() - start, 2)
                if name == names[0]:
                    memory["all pages"] = peak(process)
                page.close()
        browser.close()
    return {"first_paint_s": first, "page_switch_s": switch, "peak_mib": memory}


def peer(run: Path) -> tuple[float, int]:
    """Return the seconds and the peak memory in MiB of reading all of a run."""
    done = subprocess.run(
        [sys.executable, "-c", PEER, str(run)], check=True, capture_output=True, text=True
    )
    seconds, memory = done.stdout.split()
    return round(float(seconds), 2), int(memory)


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        out = given.folder or Path(temporary)
        known = next(archive.folders(out), None)
        run = known or make(out, given.queries)
        opened = archive.open_run(run)
        cell = {"model": "beta", "dim": 128, "metric": "ndcg@10"}
        asked = opened.rows("scores", ("unit", "value"), cell).num_rows
        assert asked == opened.run.cases[0].queries
        opened_rows = {name: opened.count(name) for name in ("rankings", "scores")}
        opened_rows["cell"] = opened.looked_at("scores", cell)
        start = time.perf_counter()
        archive.open_run(run)
        opening = time.perf_counter() - start
        found = looked_at(out, run, given.pages)
        seconds, memory = peer(run)
    report(
        {
            "shape": {
                "queries": opened.run.cases[0].queries, "sizes": len(SIZES),
                "models": len(MODELS), "ranking_rows": opened_rows["rankings"],
            },
            **found,
            "opening_s": round(opening, 3),
            "rows_read_for_a_cell": opened_rows["cell"], "score_rows": opened_rows["scores"],
            "peer": {"name": "archive.load of the whole run", "s": seconds, "peak_mib": memory},
            "ratio_to_load_memory": round(found["peak_mib"]["all pages"] / memory, 3),
            **machine(),
        },
        given.json,
    )  # fmt: skip


if __name__ == "__main__":
    main()
