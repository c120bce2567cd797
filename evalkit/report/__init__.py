"""A stored run turned into files for people and for CI; the same run gives the same bytes."""

from __future__ import annotations

from pathlib import Path

from evalkit.archive import Run


def write(run: Run, folder: Path) -> None:
    """Write the report, the system card, and what a CI job shows of them, into a folder.

    report.html and card.html for reading, card.md and summary.md for pages that take Markdown,
    junit.xml and badge.svg.
    """
    from evalkit.report import card
    from evalkit.report.badge import badge
    from evalkit.report.junit import junit
    from evalkit.report.page import html
    from evalkit.report.summary import markdown
    from evalkit.report.view import view
    from evalkit.report.view.card import system_card

    seen, told = view(run), system_card(run)
    files = {
        "report.html": html(seen),
        "summary.md": markdown(seen),
        "card.html": card.html(told),
        "card.md": card.markdown(told),
        "junit.xml": junit(seen),
        "badge.svg": badge(seen.overview),
    }
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8"))
