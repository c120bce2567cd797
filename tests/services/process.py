"""The servers in a process of their own, for tests and benchmarks of what other processes do."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Apart:
    """Servers in another process. environment: the variables that make SDKs use them."""

    environment: dict[str, str]

    @property
    def url(self) -> str:
        """The address of all services but S3."""
        return self.environment["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]

    def log(self) -> dict[str, Any]:
        """Return what the servers answered: `counts`, `summary`, `answered`."""
        return self._ask("/__log")

    def reset(self, **settings: object) -> None:
        """Let the servers forget what was answered; settings: those of `Settings` to change."""
        self._ask("/__reset", json.dumps(settings).encode())

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        with urlopen(Request(self.url + path, body), timeout=60) as said:
            told: dict[str, Any] = json.load(said)
            return told


@contextmanager
def apart(*arguments: str) -> Iterator[Apart]:
    """Run `python -m tests.services` with arguments for as long as the block lasts."""
    command = [sys.executable, "-m", "tests.services", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield Apart(_environment(process))
        finally:
            process.terminate()
            process.wait(timeout=30)


def _environment(process: subprocess.Popen[str]) -> dict[str, str]:
    """Return the variables that the servers print once they serve."""
    if process.stdout is None:
        raise AssertionError("the process was started with a pipe")
    found: dict[str, str] = {}
    for line in process.stdout:
        name, _, value = line.removeprefix("export ").rstrip("\n").partition("=")
        found[name] = shlex.split(value)[0]
        if name == "EVALKIT_ALLOW_ENDPOINT":
            return found
    raise RuntimeError("the loopback services did not start")
