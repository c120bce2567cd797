"""dashboard: stored runs in a browser."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn
from urllib.parse import urlencode

import typer

from evalkit.core.errors import UsageError

_PACKAGE = Path(__file__).parents[1]
_SERVER = Path("dashboard", "entry", "server.py")
_TOKEN, _REPORTS = "EVALKIT_DASHBOARD_TOKEN", "EVALKIT_REPORTS"
_PORT, _TRIED = 8501, 20
_SHORTEST = 16
_PATIENCE, _FAREWELL = 60.0, 10.0
_FLAGS = (
    "--server.headless=true", "--server.fileWatcherType=none", "--server.enableCORS=true",
    "--server.enableXsrfProtection=true", "--server.enableStaticServing=false",
    "--browser.gatherUsageStats=false", "--runner.magicEnabled=false",
    "--client.disableDataExport=true", "--client.toolbarMode=viewer", "--logger.level=error",
    "--logger.hideWelcomeMessage=true",
)  # fmt: skip


def dashboard(
    shown: Annotated[
        Path,
        typer.Argument(
            metavar="[RUN|DIR]",
            help="A run's folder, a suite's folder, or a folder of suites' runs.",
        ),
    ] = Path("reports"),
    port: Annotated[
        int | None, typer.Option(help="Default: the first free one from 8501.", show_default=False)
    ] = None,
    address: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    expose: Annotated[
        bool,
        typer.Option(
            "--expose",
            help="Let other computers in that bring a token: that of $EVALKIT_DASHBOARD_TOKEN, "
            "else a new one.",
        ),
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
) -> None:
    """Show stored runs in a browser, the newest first; Ctrl-C ends it.

    Everything stays on this computer: no page asks for anything elsewhere, and none starts a run.
    """
    if importlib.util.find_spec("streamlit") is None:
        fix = "pip install 'evalkit[dashboard]'"
        raise UsageError(f"the dashboard needs Streamlit, which is not installed: {fix}")
    place = _place(shown)
    token = _token(address, expose)
    at = _free_port(address, port)
    _serve(_Server(server_file(), address, at, place.out, token), place.page, not no_browser)


# --- what is shown ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """The folder of all suites' runs, and the address of the page to open."""

    out: Path
    page: str


def _place(shown: Path) -> _Place:
    """Return what a folder stands for: a run, a suite, or all runs; raises UsageError."""
    from evalkit import archive

    if (shown / "run.json").exists():
        folder = shown.resolve()
        return _Place(folder.parents[1], _run_page(folder))
    if not shown.is_dir() and shown != Path("reports"):
        raise UsageError(f"'{shown}' is no folder; name one that `evalkit run --out` wrote to.")
    newest = archive.latest(shown.resolve().parent, shown.resolve().name)
    if newest:
        return _Place(newest.parents[1], _run_page(newest))
    whole = [folder for folder in archive.folders(shown) if not archive.head(folder).problem]
    last = max(whole, key=lambda folder: folder.name, default=None)
    return _Place(shown.resolve(), _run_page(last) if last else "")


def _run_page(folder: Path) -> str:
    """Return the address of the page of a run."""
    return f"run?{urlencode({'run': f'{folder.parent.name}/{folder.name}'}, safe='/')}"


def server_file() -> Path:
    """Return the dashboard's file that is served: of an installation, or of the repository."""
    places = (_PACKAGE / "_share" / _SERVER, _PACKAGE.parent / _SERVER)
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise UsageError(f"the dashboard is not installed: '{places[0]}' is missing.")
    return found


# --- who may see it -----------------------------------------------------------------------------


def _token(address: str, expose: bool) -> str:
    """Return the token that is asked for, "" for none; raises UsageError for what is not safe."""
    if not expose:
        if not _is_loopback(address):
            raise UsageError(
                f"'{address}' is open to other computers, which could read every run; "
                "add --expose to want that: they then need a token."
            )
        return ""
    given = os.environ.get(_TOKEN, "")
    if given and len(given) < _SHORTEST:
        raise UsageError(
            f"${_TOKEN} is shorter than {_SHORTEST} letters; leave it out for a new one."
        )
    return given or secrets.token_urlsafe(24)


def _is_loopback(address: str) -> bool:
    """Return whether an address is that of this computer alone."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _free_port(address: str, port: int | None) -> int:
    """Return the port to listen at; raises UsageError where it is taken."""
    wanted = [port] if port is not None else list(range(_PORT, _PORT + _TRIED))
    for one in wanted:
        reason = _taken(address, one)
        if not reason:
            return one
    raise UsageError(f"nothing can listen at port {wanted[0]} of {address} ({reason}).")


def _taken(address: str, port: int) -> str:
    """Return why nothing can listen at a port, "" where it is free."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(place)
    except (OSError, OverflowError) as e:
        return str(e.strerror if isinstance(e, OSError) and e.strerror else e)
    return ""


# --- the server ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Server:
    """What is served where."""

    file: Path
    address: str
    port: int
    out: Path
    token: str

    def start(self) -> subprocess.Popen[bytes]:
        """Return the server's process, which is told the token by its environment alone."""
        given = {name: value for name, value in os.environ.items() if name != _TOKEN}
        given |= {_REPORTS: str(self.out)} | ({_TOKEN: self.token} if self.token else {})
        where = (f"--server.address={self.address}", f"--server.port={self.port}")
        command = [sys.executable, "-m", "streamlit", "run", str(self.file), *where, *_FLAGS]
        return subprocess.Popen(command, env=given, stdin=subprocess.DEVNULL)

    def url(self, host: str) -> str:
        """Return the address of the dashboard by a name of this computer."""
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    @property
    def near(self) -> str:
        """The name by which this computer reaches the server."""
        try:
            anywhere = ipaddress.ip_address(self.address).is_unspecified
        except ValueError:
            anywhere = False
        return "127.0.0.1" if anywhere else self.address


def _serve(server: _Server, page: str, browse: bool) -> None:
    """Run the server until it is ended; whatever happens, its process does not outlive this one."""
    signal.signal(signal.SIGTERM, _end)
    process = server.start()
    try:
        _wait(server, process)
        address = _tell(server, page)
        if browse:
            _browse(address)
        process.wait()
    except KeyboardInterrupt:
        typer.echo("The dashboard has ended.")
    finally:
        _stop(process)
    if process.returncode not in (0, -signal.SIGTERM, -signal.SIGINT):
        raise UsageError(f"the dashboard's server ended by itself (code {process.returncode}).")


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


def _wait(server: _Server, process: subprocess.Popen[bytes]) -> None:
    """Return once the server answers or has ended."""
    health = f"{server.url(server.near)}_stcore/health"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with suppress(OSError), opener.open(health, timeout=5):
            return
        time.sleep(0.1)


def _tell(server: _Server, page: str) -> str:
    """Print where the dashboard is, with a token that was made for it; return what to open."""
    host = socket.gethostname() if server.near != server.address else server.address
    own = server.token == os.environ.get(_TOKEN)
    asked = f"{'&' if '?' in page else '?'}{urlencode({'token': server.token})}"
    rest = asked if server.token and not own else ""
    typer.echo(f"The dashboard of '{server.out}': {server.url(host)}{page}{rest}")
    if server.token:
        known = f"It asks for the token in ${_TOKEN}. " if own else ""
        typer.echo(
            f"{known}Whoever has the token sees every run there; what is sent is not encrypted: "
            "keep it to a network that you trust, or put it behind a server that speaks TLS."
        )
    typer.echo("Ctrl-C ends it.")
    return f"{server.url(server.near)}{page}{rest}"


def _browse(address: str) -> None:
    """Open a browser, where there is a screen to show it on."""
    if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        with suppress(webbrowser.Error):
            webbrowser.open(address)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server's process, by force where it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
