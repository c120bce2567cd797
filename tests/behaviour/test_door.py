"""`import evalkit`: every public name, in order, and nothing loaded before it is used."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import evalkit
from evalkit import api, evaluation
from evalkit.core import errors

SENTENCES = [name for name in evalkit.__all__ if name != "__version__"]


def test_names_are_sorted_and_listed() -> None:
    assert evalkit.__all__ == sorted(evalkit.__all__)
    assert dir(evalkit) == evalkit.__all__


@pytest.mark.parametrize("name", SENTENCES)
def test_every_name_is_there_and_explained(name: str) -> None:
    assert inspect.getdoc(getattr(evalkit, name))


def test_the_door_is_complete() -> None:
    offered = {
        name
        for module in (api, evaluation, errors)
        for name, found in vars(module).items()
        if getattr(found, "__module__", "") == module.__name__ and not name.startswith("_")
    }
    inner = {"Busy", "Problem", "nearest", "gate_sentences"}
    assert offered - inner <= set(evalkit.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'evalkit' has no attribute 'rum'"):
        evalkit.rum  # noqa: B018


def test_the_import_is_light() -> None:
    code = (
        "import sys; before = set(sys.modules); import evalkit; print(*set(sys.modules) - before)"
    )
    root = Path(evalkit.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded <= sys.stdlib_module_names | {"evalkit"}
    assert not {name for name in done.stdout.split() if name.startswith("evalkit.")}
