"""Suite files: YAML in, a plan out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.core.plan import Plan
from evalkit.suite.load import read_file
from evalkit.suite.resolve import resolve
from evalkit.suite.schema import SuiteFile, json_schema

__all__ = ["SuiteFile", "json_schema", "load", "read"]


def load(path: str | Path, models: Sequence[str] = ()) -> Plan:
    """Return the plan of a suite file, its data sets read and its plugins made; spends nothing.

    models: entries of a list of models, as YAML, in place of the suite's own; gates and waivers
    that name another model are left out then.
    Raises SuiteError with everything wrong in the file at once; DataError or ProviderError where
    only a data set, or only a model, is wrong.
    """
    return resolve(read_file(path, models))


def read(path: str | Path) -> SuiteFile:
    """Return what a suite file says, without looking up anything that it names.

    Raises SuiteError with everything that breaks the grammar.
    """
    found = read_file(path)
    found.root.problems.raise_any()
    return found.suite
