"""What a suite needs besides its files, and what of that is not at hand here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from evalkit.core import registry
from evalkit.core.errors import nearest
from evalkit.core.plan import ModelPlan
from evalkit.suite.place import Place
from evalkit.suite.schema import SuiteFile

NEEDS = ("service", "espeak-ng", "minilm", "data")
"""What a suite may say that it needs."""
_MADE = "made"
"""The folder of a data set that its script fills on demand."""


def check_needs(suite: SuiteFile, root: Place) -> None:
    """Report needs that are not known."""
    for row, need in enumerate(suite.needs):
        if need not in NEEDS:
            root.at("needs", row).wrong(f"unknown need '{need}'; {nearest(need, NEEDS)}")


def lacking(suite: SuiteFile, models: Sequence[ModelPlan]) -> tuple[str, ...]:
    """Return a sentence for everything that a suite needs and that is not at hand."""
    said = [sentence for need in suite.needs for sentence in _lacking(need, models)]
    return tuple(dict.fromkeys(said))


def unmade(suite: SuiteFile, home: Path) -> tuple[str, ...]:
    """Return a sentence for each data set that a suite needs and that is not there.

    home: the folder of the suite file. A suite that needs espeak-ng has data sets whose recordings
    are made on demand; one that needs data has data sets that nobody ships.
    """
    found = [*_unspoken(suite, home), *_unfetched(suite, home)]
    return tuple(dict.fromkeys(found))


def _unspoken(suite: SuiteFile, home: Path) -> Iterator[str]:
    """Yield a sentence for each data set whose recordings nobody has made."""
    folders = [home / data for case in suite.cases for data in case.data]
    for one in folders if "espeak-ng" in suite.needs else []:
        if (one / "make.py").is_file() and not (one / _MADE).is_dir():
            yield (
                f"the recordings of '{one.name}' are not there; "
                f"`evalkit dataset make {one.name}` does."
            )


def _unfetched(suite: SuiteFile, home: Path) -> Iterator[str]:
    """Yield a sentence for each data set that is not shipped and that nobody has fetched."""
    for case in suite.cases if "data" in suite.needs else []:
        told = case.published
        what = f"the data of {told.benchmark} ({told.revision})" if told else "data of your own"
        for folder in (os.path.normpath(home / data) for data in case.data):
            if not Path(folder).exists():
                yield (
                    f"there is no '{folder}': the suite needs {what}, which evalkit does not ship; "
                    "fetch them and put them there."
                )


def _lacking(need: str, models: Sequence[ModelPlan]) -> list[str]:
    """Return what is missing for one need."""
    if need == "espeak-ng":
        found = shutil.which("espeak-ng")
        return [] if found else ["espeak-ng is not installed; `make system` installs it."]
    if need == "data":
        return []  # told by `unmade`, which knows where the suite lies
    if need == "minilm":
        return list(filter(None, [registry.create("providers", "minilm").unusable()]))
    asked = [m for m in models if hasattr(m.embedder, "traffic")]
    said = [(m.name, m.embedder.unusable()) for m in asked if hasattr(m.embedder, "unusable")]
    return [f"{name}: {why}" for name, why in said if why]
