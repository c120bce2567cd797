"""A stored run turned into files for people and for CI; the same run gives the same bytes."""

from __future__ import annotations

from pathlib import Path

from evalkit.archive import Run


def write(run: Run, folder: Path) -> None:
    """Write report.html, summary.md and junit.xml into a folder."""
    from evalkit.report.junit import junit
    from evalkit.report.page import html
    from evalkit.report.summary import markdown
    from evalkit.report.view import view

    seen = view(run)
    files = {"report.html": html(seen), "summary.md": markdown(seen), "junit.xml": junit(seen)}
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8"))
