"""The command that serves the dashboard: what it shows, who may see it, and that it ends."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from evalkit import archive
from evalkit.cli import dashboard
from evalkit.core.errors import UsageError
from tests import toys
from tests.factories import Command


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports")
    run = toys.run_plan(toys.plan([toys.case(toys.dataset())]), tmp_path_factory.mktemp("led"))
    with archive.new_folder(out, run.suite, run.id) as folder:
        archive.save(run, folder)
    return out


def test_another_address_needs_a_flag(evalkit: Command) -> None:
    for address in ("0.0.0.0", "::", "192.168.1.7", "box.example"):
        ended = evalkit("dashboard", "--address", address)
        assert ended.code == 2
        assert f"'{address}' is open to other computers" in ended.err
        assert "--expose" in ended.err


def test_without_streamlit_it_says_how_to_install_it(
    evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    ended = evalkit("dashboard")
    assert ended.code == 2
    assert "needs Streamlit" in ended.err
    assert "pip install 'evalkit[dashboard]'" in ended.err


def test_a_folder_that_is_not_there_is_told(evalkit: Command) -> None:
    ended = evalkit("dashboard", "nowhere")
    assert ended.code == 2
    assert "'nowhere' is no folder" in ended.err


def test_a_short_token_is_refused(evalkit: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_DASHBOARD_TOKEN", "secret")
    ended = evalkit("dashboard", "--expose")
    assert ended.code == 2
    assert "shorter than 16 letters" in ended.err
    assert "secret" not in ended.err


def test_a_run_a_suite_and_all_runs_lead_to_the_newest_run(reports: Path) -> None:
    (folder,) = archive.folders(reports)
    page = f"run?run={folder.parent.name}/{folder.name}"
    for shown in (reports, folder.parent, folder):
        place = dashboard._place(shown)
        assert (place.out, place.page) == (reports, page)


def test_an_empty_folder_leads_to_the_overview(tmp_path: Path) -> None:
    place = dashboard._place(tmp_path)
    assert (place.out, place.page) == (tmp_path.resolve(), "")


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} of 127.0.0.1"):
            dashboard._free_port("127.0.0.1", port)


def _started(reports: Path, tmp_path: Path, *options: str) -> Any:
    command = [
        sys.executable, "-m", "evalkit", "dashboard", str(reports), "--port", str(_port()),
        "--no-browser", *options,
    ]  # fmt: skip
    clean = {k: v for k, v in os.environ.items() if not k.startswith("EVALKIT_DASHBOARD")}
    with (tmp_path / "err").open("w") as err:
        return subprocess.Popen(
            command, env=clean | {"PYTHONUNBUFFERED": "1"}, text=True, cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=err, start_new_session=True,
        )  # fmt: skip


def _port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def _ended(process: Any) -> tuple[int, str]:
    """Send what Ctrl-C sends to the command alone; return its code and the rest of its words."""
    process.send_signal(signal.SIGINT)
    timer = threading.Timer(30, os.killpg, (process.pid, signal.SIGKILL))  # its server as well
    timer.start()
    rest = process.stdout.read()
    code = process.wait()
    timer.cancel()
    process.stdout.close()
    return code, rest


def _listens(address: str) -> bool:
    host, port = re.findall(r"//([^:/]+):(\d+)", address)[0]
    with socket.socket() as tried:
        return tried.connect_ex((host, int(port))) == 0


def test_it_serves_until_ctrl_c_and_leaves_nothing_behind(reports: Path, tmp_path: Path) -> None:
    process = _started(reports, tmp_path)
    address = process.stdout.readline().split()[-1]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/run\?run=toys/[\w-]+", address)
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.status == 200
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    code, rest = _ended(process)
    assert (code, "The dashboard has ended." in rest) == (0, True)
    assert not _listens(address)
    assert (tmp_path / "err").read_text() == ""


def test_an_exposed_one_asks_for_the_token_and_never_tells_it_again(
    reports: Path, tmp_path: Path
) -> None:
    process = _started(reports, tmp_path, "--expose")
    address = process.stdout.readline().split()[-1]
    pattern = r"(http://127\.0\.0\.1:\d+/)run\?run=toys/[\w-]+&token=([\w-]{32})"
    found = re.fullmatch(pattern, address)
    assert found, address
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(found[1], timeout=10)
    assert refused.value.code == 401
    assert "toys" not in refused.value.read().decode()
    refused.value.close()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with opener.open(address, timeout=10) as answer:
        assert (answer.status, "token" in answer.url) == (200, False)
    shown = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    (child,) = shown.read_text().split()
    assert found[2] not in Path(f"/proc/{child}/cmdline").read_text()
    code, rest = _ended(process)
    assert code == 0
    assert found[2] not in rest + (tmp_path / "err").read_text()


def test_a_token_of_the_environment_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EVALKIT_DASHBOARD_TOKEN", "sixteen-letters-or-more")
    token = dashboard._token("0.0.0.0", expose=True)
    assert token == "sixteen-letters-or-more"
    server = dashboard._Server(Path("x"), "0.0.0.0", 8501, Path("reports"), token)
    dashboard._tell(server, "run?run=a/b")
    said = capsys.readouterr().out
    assert token not in said
    assert "$EVALKIT_DASHBOARD_TOKEN" in said
    assert "not encrypted" in said
