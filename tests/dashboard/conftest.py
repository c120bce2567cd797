"""The dashboard over stored runs: in memory through AppTest, and as a real server for a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENTRY = ROOT / "dashboard" / "entry" / "app.py"
Shown = Callable[..., Any]


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one real run, made once for all test processes."""
    from evalkit import api

    base = tmp_path_factory.getbasetemp()
    home = (base if "PYTEST_XDIST_WORKER" not in os.environ else base.parent) / "dashboard-runs"
    with _only_one(home):
        if not (home / "done").exists():
            home.mkdir(exist_ok=True)
            suite = home / "small.yaml"
            suite.write_text(SUITE.format(data=ROOT / "datasets" / "storefront"))
            api.run(suite, out=home / "reports", ledger=home / "ledger")
            (home / "done").touch()
    return home / "reports"


def _only_one(home: Path) -> Any:
    """Return a lock between the processes of a test session."""
    import fcntl
    from contextlib import contextmanager

    @contextmanager
    def held() -> Iterator[None]:
        with home.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    return held()


SUITE = """\
suite: small
about: A small suite for the dashboard's tests.
seed: 7
models: [reference]
dimensions: [1024, 256]
cases:
  - name: text-to-text
    data: {data}
    queries: {{language: [en, es]}}
    corpus: {{modality: text}}
    relevant: 2
    metrics: [ndcg@10, recall@10, hit@10]
    groups: [language]
    probes:
      - typos: {{severities: [3]}}
gates:
  - {{case: text-to-text, metric: hit@10, at: 1024, at_least: 0.30}}
  - {{case: text-to-text, metric: hit@10, at: 1024, at_least: 0.99}}
  - {{case: text-to-text, metric: ndcg@10, at: 256, no_worse_than: {{at: 1024}}, margin: 0.05}}
"""


@pytest.fixture(scope="session")
def small_run(reports: Path) -> Path:
    """Return the folder of a real run of a small suite; write nothing into it."""
    home = reports / "small"
    return home / (home / "latest").read_text().strip()


@pytest.fixture
def app(reports: Path, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Return a function that shows a page: `app("run", run="small/...")` gives an AppTest.

    out: the folder of the runs, where another one is wanted.
    """
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    def show(page: str = "overview", /, out: Path | None = None, **params: str) -> Any:
        monkeypatch.setenv("EVALKIT_REPORTS", str(out or reports))
        made = AppTest.from_file(str(ENTRY), default_timeout=60)
        for name, value in params.items():
            made.query_params[name] = value
        made._page_hash = calc_hash("" if page == "overview" else page)
        return made.run()

    return show


@pytest.fixture
def words() -> Callable[[Any], str]:
    """Return a function that gives all that an AppTest page says in HTML, its style left out."""

    def said(page: Any) -> str:
        shown = [str(one.proto.body) for one in page.get("html")]
        return "\n".join(text for text in shown if not text.startswith("<style>"))

    return said


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Return a starter of real servers: `served(folder)` gives the address of one over its runs."""
    running: list[subprocess.Popen[bytes]] = []

    def start(out: Path, **variables: str) -> str:
        port = _free_port()
        command = [
            sys.executable, "-m", "streamlit", "run", str(ENTRY.with_name("server.py")),
            f"--server.port={port}", "--server.address=127.0.0.1",
        ]  # fmt: skip
        environment = os.environ | {"EVALKIT_REPORTS": str(out)} | variables
        log = (tmp_path_factory.mktemp("server") / "log").open("wb")
        with log:
            running.append(
                subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
            )
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, running[-1])
        return address

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server is well."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the dashboard did not start")


@pytest.fixture
def copied(reports: Path, tmp_path: Path) -> Path:
    """Return a copy of the reports folder, to be written into."""
    return Path(shutil.copytree(reports, tmp_path / "reports"))
