"""docs/pytest.md says what pytest says, and its tests pass."""

import re
from pathlib import Path

import pytest

from tests.factories import PASSES, tiny_suite
from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs/pytest.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_options_are_those_of_pytest(inner: Inner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    (shown,) = blocks("text")
    assert shown in inner("--help").stdout.str()


def test_its_tests_pass_and_its_ini_options_are_taken(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    tiny_suite(pytester.path / "suites", [PASSES], name="mine")
    (pytester.path / "tests").mkdir()
    for n, code in enumerate(blocks("python")):
        (pytester.path / f"tests/test_{n}.py").write_text(code, "utf-8")
    (options,) = blocks("toml")
    (pytester.path / "pyproject.toml").write_text(options, "utf-8")
    inner().assert_outcomes(passed=3)
