"""The written pages, taken apart: their fenced blocks, and the comments that say what to do with them.

A comment on the line before a fence is its marker:

    <!-- file: shop/suite.yaml -->     the block is written to that file before anything is run
    <!-- run -->                       the Python in it is run, in the order of the page
    <!-- session: ... -->              the commands in it are run, and the block shows what they print
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"(?:^<!-- (?P<key>file|run|session)(?:: (?P<value>.+?))? -->\n\n?)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)
_CODE = re.compile(r"`([^`\n]+)`")
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it stands, its language, its text, and its marker."""

    page: Path
    line: int
    language: str
    text: str
    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The commands typed in a session, without the prompt."""
        lines = self.text.splitlines()
        return [line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT)]


def pages() -> list[Path]:
    """Return every page that a reader may open, README.md first."""
    found = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "benchmarks/README.md"]
    return found + sorted((ROOT / "docs").rglob("*.md"))


def guides() -> list[Path]:
    """Return the pages whose examples must work: README.md and docs/*.md."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    text = page.read_text("utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start("text"))
        yield Block(
            page, line, found["language"], found["text"], found["key"] or "", found["value"] or ""
        )


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def code(page: Path) -> list[str]:
    """Return what a page shows as code: inline spans, and the lines of fenced blocks."""
    lines = [line for block in blocks(page) for line in block.text.splitlines()]
    return [*_CODE.findall(prose(page).replace("\n", " ")), *lines]


class World:
    """A folder in which the examples of a page work: its files, the suites and the data sets."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.page, self.folder = page, folder
        for name in ("suites", "datasets"):
            (folder / name).symlink_to(ROOT / name)
        for block in blocks(page):
            if block.key == "file":
                path = folder / block.value
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
        self._env = _environment(folder)

    def run_python(self) -> None:
        """Run the Python of the page in the order of its blocks, in one interpreter."""
        script = "\n".join(block.text for block in blocks(self.page) if block.key == "run")
        if script:
            self._run([sys.executable, "-W", "error", "-c", script])

    def session(self, block: Block) -> str:
        """Return the text of a session after running its commands."""
        shown: list[str] = []
        status = 0
        for command in block.commands:
            shown.append(_PROMPT + command)
            if command == "echo $?":
                shown.append(str(status))
                continue
            done = self._run(["bash", "-c", command], check=False)
            status = done.returncode
            shown += [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
        return "\n".join(shown) + "\n"

    def _run(self, command: list[str], check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, env=self._env
        )
        assert not check or done.returncode == 0, f"{self.page.name}\n{done.stderr}"
        return done


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment with evalkit on the path, an empty ledger, and folders on PYTHONPATH."""
    tools = folder / ".tools"
    tools.mkdir()
    shim = tools / "evalkit"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m evalkit "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    return os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "EVALKIT_LEDGER": str(folder / ".ledger"),
        "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(ROOT / ".cache/numba")),
    }
