"""Inner pytest runs on small suites."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

import evalkit
from evalkit import api
from tests.factories import tiny_suite

ROOT = Path(evalkit.__file__).parents[1]
Inner = Callable[..., pytest.RunResult]


@pytest.fixture(scope="session", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Load everything once: an inner run unloads the modules that it was the first to load."""
    pytest.register_assert_rewrite("evalkit.pytest_plugin")
    importlib.import_module("evalkit.pytest_plugin")
    folder = tmp_path_factory.mktemp("warm")
    stored = api.run(tiny_suite(folder), out=folder / "reports", ledger=folder / "ledger")
    api.read(stored.folder)


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """Return a function that runs pytest in a folder of its own, with this plugin and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("EVALKIT_LEDGER", str(pytester.path / "ledger"))

    def run(*args: str | Path, process: bool = False) -> pytest.RunResult:
        run = pytester.runpytest_subprocess if process else pytester.runpytest_inprocess
        return run("-p", "evalkit.pytest_plugin", *args)

    return run
