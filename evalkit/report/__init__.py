"""A stored run turned into files for people and for CI; the same run gives the same bytes."""

from __future__ import annotations

from pathlib import Path

from evalkit.archive import Run


def write(run: Run, folder: Path) -> None:
    """Write report.html, summary.md and junit.xml into a folder."""
