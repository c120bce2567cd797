"""Tells the two folder formats apart."""

from __future__ import annotations

from pathlib import Path

from evalkit.core.errors import DataError, Problem


def require_folder(path: str) -> Path:
    """Return the folder; raises DataError where there is none."""
    if not Path(path).is_dir():
        raise DataError(Problem(path, "there is no such folder.", "Correct the path."))
    return Path(path)


def is_beir(root: Path) -> bool:
    """Return whether a folder looks like BEIR: judgements in `qrels/` instead of `qrels.tsv`."""
    return (
        (root / "qrels").is_dir()
        and (root / "corpus.jsonl").is_file()
        and not (root / "qrels.tsv").exists()
    )
