"""The written pages taken apart: fenced blocks, and the comments that say what is done with them.

A comment on the line before a fence is its marker:

    <!-- file: shop/suite.yaml -->     it is written to that file before anything is run
    <!-- run -->                       the Python in it is run, in the order of the page
    <!-- session: ... -->              its commands are run; it shows what they print
    <!-- figures: ... -->              the same, in the repository and only when asked for
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"(?:^<!-- (?P<key>file|run|session|figures)(?:: (?P<value>.+?))? -->\n\n?)?"
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
        if (folder / "pyproject.toml").exists():
            _announce(folder)
        self.env = _environment(folder)

    def run_python(self) -> None:
        """Run the Python of the page in the order of its blocks, in one interpreter."""
        script = "\n".join(block.text for block in blocks(self.page) if block.key == "run")
        if script:
            self._run([sys.executable, "-W", "error", "-c", script], self.folder)

    def session(self, block: Block) -> str:
        """Return the text of a session after running its commands, with a ledger of its own."""
        home = ROOT if block.key == "figures" else self.folder
        self.env["EVALKIT_LEDGER"] = str(self.folder / f".ledger-{block.line}")
        shown: list[str] = []
        status = 0
        for command in block.commands:
            shown.append(_PROMPT + command)
            if command == "echo $?":
                shown.append(str(status))
                continue
            done = self._run(["bash", "-c", command], home, check=False)
            status = done.returncode
            assert "Traceback (most recent" not in done.stderr, f"{block}: {command}\n{done.stderr}"
            shown += [line.rstrip() for line in (done.stdout + done.stderr).splitlines()]
        return "\n".join(shown) + "\n"

    def _run(
        self, command: list[str], home: Path, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=home, env=self.env
        )
        assert not check or done.returncode == 0, f"{self.page.name}\n{done.stderr}"
        return done


def _announce(folder: Path) -> None:
    """Make the entry points of a project known, as installing it would."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    text = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(text, encoding="utf-8")


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment with evalkit on the path and an empty ledger."""
    tools = folder / ".tools"
    tools.mkdir()
    for name, options in (("evalkit", "-m evalkit"), ("python", "")):
        shim = tools / name
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" {options} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)
    return os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "EVALKIT_LEDGER": str(folder / ".ledger"),
        "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(ROOT / ".cache/numba")),
    }
