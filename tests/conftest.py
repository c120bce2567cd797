"""What holds for every test: no network, no credentials, a ledger of its own."""

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import needed
from tests.services.fixtures import loopback_services, services

__all__ = ["loopback_services", "services"]

GETADDRINFO: Callable[..., Any] = socket.getaddrinfo
SECRETS = ("AWS_", "EVALKIT_", "GOOGLE_", "GEMINI_", "OPENAI_", "COHERE_", "VOYAGE_")


def _refuse_others(host: object) -> None:
    if host is not None and not str(host).startswith(("127.", "::1", "localhost")):
        pytest.fail(f"a test reached for the network: {host}; use a server on 127.0.0.1")


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    """Let a socket's method reach this machine only; a unix socket has no host."""

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX:
            _refuse_others(address[0])
        return connect(self, address)

    return guarded


def _look_up(host: object, *args: Any, **kwargs: Any) -> Any:
    _refuse_others(host)
    return GETADDRINFO(host, *args, **kwargs)


def _is_private(name: str) -> bool:
    return name.upper().startswith(SECRETS) or name.upper().endswith(("_PROXY", "_API_KEY"))


@pytest.fixture(scope="session", autouse=True)
def sandbox(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Close the network and hide credentials, except in a session of live tests only."""
    if all(item.get_closest_marker("live") for item in request.session.items):
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(_is_private, list(os.environ)):
            patch.delenv(name)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("EVALKIT_LEDGER", str(tmp_path_factory.mktemp("ledger")))
        patch.setattr(socket, "getaddrinfo", _look_up)
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        yield


def pytest_configure() -> None:
    """Hear Ctrl-C, which tests press, even where a shell has its background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


TOGETHER = {
    r"tests/dashboard/|tests/report/test_browser|tests/judging/test_sheets": "pages",
    r"tests/judging/": "stores",
    r"tests/test_packaging|tests/docs/test_ci|tests/(datasets|suites)/\w+": None,
    r"tests/docs/test_docs\.py.*\[([\w/.-]+\.md):\d+\]": None,
    r"tests/providers/test_(reference|minilm)\w*": None,
}
"""Tests that share what is dear to make, by the beginning of their ids; None: by what fits."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return a scheduler that gives tests which share a browser, a server or a run to one worker.

    The mark `xdist_group` would do, but pytest-xdist 3.8 does not see it under pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            found = ((re.match(one, nodeid), name) for one, name in TOGETHER.items())
            return next((name or m[m.lastindex or 0] for m, name in found if m), nodeid)

    return Together(config, log)


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """Return a finder of Debian programs: `program("chromium")` gives the path.

    Without it the test is skipped; where CI is set, it fails.
    """
    return needed.program


@pytest.fixture(scope="session")
def chromium(program: Callable[..., str]) -> str:
    """Return the path of Chromium; mark the tests that use it `browser`."""
    return program("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Return a running browser, one for all tests of a process; mark those that use it `browser`.

    While it runs, its event loop is that of the main thread: `asyncio.run` needs another one.
    """
    sync_api = needed.module("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        switches = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        running = play.chromium.launch(executable_path=chromium, args=switches)
        yield running
        running.close()


@pytest.fixture(scope="session")
def expect(browser: Any) -> Any:
    """Return playwright's assertions, which wait until a page shows what is expected of it."""
    found = needed.module("playwright.sync_api").expect
    found.set_options(timeout=60_000)
    return found


AXE = {"resultTypes": ["violations"], "iframes": False}
Axe = Callable[..., list[str]]


@pytest.fixture(scope="session")
def axe() -> Axe:
    """Return a finder of what axe calls serious: `axe(page)`, or `axe(page, "color-contrast")`.

    Each is said with its rule, the element and what to do; rules: those asked for, all where none.
    """
    script = needed.module("axe_playwright_python.base").AXE_SCRIPT

    def serious(page: Any, *rules: str) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        only = {"runOnly": {"type": "rule", "values": rules}} if rules else {}
        found = page.evaluate("asked => axe.run(asked)", AXE | only)["violations"]
        return [
            f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ]

    return serious
