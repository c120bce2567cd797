"""Brings the sessions shown in README.md and docs/ up to date: `python -m tests.docs.session`.

Each session is run in a folder of its own with an empty ledger, and its block is rewritten with
what was printed. `--check` rewrites nothing and says which sessions are out of date. `--figures`
runs the benchmarks of docs/benchmarks.md instead, which takes a quiet machine and some minutes.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import Block, World, blocks, guides

_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
_LOG = logging.getLogger(__name__)


def stable(text: str) -> str:
    """Return a session without what differs from run to run: the ids of runs."""
    return _RUN_ID.sub("RUN", text)


def outdated(page: Path, only: str = "", key: str = "session") -> dict[Block, str]:
    """Return the sessions of a page that print something else now, with what they print.

    only: sessions whose marker has this word; all where it is empty.
    """
    sessions = [b for b in blocks(page) if b.key == key and only in b.value]
    if not sessions:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        world = World(page, Path(folder))
        found = {block: world.session(block) for block in sessions}
    return {block: text for block, text in found.items() if stable(text) != stable(block.text)}


def rewrite(page: Path, changed: dict[Block, str]) -> None:
    """Put the new texts of sessions into their page."""
    whole = page.read_text("utf-8")
    for block, text in changed.items():
        old, new = (f"```{block.language}\n{one}```\n" for one in (block.text, text))
        whole = whole.replace(old, new, 1)
    page.write_text(whole, encoding="utf-8")


def main() -> None:
    """Rewrite every session, or with --check say which ones are out of date and exit with 1."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="rewrite nothing")
    parser.add_argument("--only", default="", metavar="WORD", help="sessions with this word")
    parser.add_argument("--figures", action="store_true", help="run the benchmarks instead")
    args = parser.parse_args()
    key = "figures" if args.figures else "session"
    found = {page: outdated(page, args.only, key) for page in guides()}
    for page, changed in found.items():
        for block in changed:
            _LOG.info("%s: %s", "out of date" if args.check else "rewritten", block)
        if changed and not args.check:
            rewrite(page, changed)
    if not any(found.values()):
        _LOG.info("All sessions are up to date.")
    sys.exit(1 if args.check and any(found.values()) else 0)


if __name__ == "__main__":
    main()
