"""What tests need besides this package: skipped where it is missing, failed where CI is set."""

from __future__ import annotations

import os
import shutil
from importlib import import_module
from typing import Any, NoReturn

import pytest


def program(*names: str) -> str:
    """Return the path of a Debian program, by the first of its names that is there."""
    path = next(filter(None, map(shutil.which, names)), None)
    return path or _missing(f"{names[0]} is missing: `make system` installs it")


def module(name: str) -> Any:
    """Return a module of a package that only tests use."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return _missing(f"{name} is missing: `make test` installs it")


def _missing(why: str) -> NoReturn:
    """Skip a test; where CI is set, fail it, since nobody reads there what was skipped."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
