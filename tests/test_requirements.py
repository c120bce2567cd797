"""Every package that the tree imports is named in pyproject.toml, not merely brought by another."""

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("evalkit", "dashboard")
WORKSHOP = ("tests", "benchmarks", "datasets")

BY_NAME = {"import_module", "importorskip", "_imported", "module"}
"""Functions that import what their first argument says."""
PARTS = {
    "botocore": "boto3", "google-auth": "google-genai", "markupsafe": "jinja2",
    "pydantic-core": "pydantic", "starlette": "streamlit",
}  # fmt: skip
"""What is met through a package that is named and always requires it, and is no choice of ours."""
ALONE = {
    "evalkit/pytest_plugin.py": {"pytest"},  # pytest loads it
    "evalkit/providers/_reference/reading_world.py": {"reportlab"},  # only who fits anew runs it
    "tests/test_needed.py": {"no-such-module"},
}
PEERS = {"cv2", "datasets", "mteb", "pytrec-eval"}
"""What benchmarks compare with where it happens to be installed."""


def canonical(name: str) -> str:
    """Return the name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: list[str]) -> set[str]:
    """Return the distributions that requirements name."""
    found = (re.match(r"[\w.-]+", one) for one in requirements)
    return {canonical(one[0]) for one in found if one}


@cache
def declared() -> tuple[set[str], set[str]]:
    """Return the distributions that a user may install, and those and the developers' ones."""
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project = whole["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    own = named(project["dependencies"] + extras)
    return own, own | named(whole["dependency-groups"]["dev"])


def imported(code: ast.AST) -> Iterator[str]:
    """Yield the packages that code imports, by statement or by name, wherever in it that is."""
    for node in ast.walk(code):
        if not isinstance(node, (ast.Import, ast.ImportFrom, ast.Call)):
            continue
        match node:
            case ast.Import(names=names):
                yield from (one.name.partition(".")[0] for one in names)
            case ast.ImportFrom(module=str(name), level=0):
                yield name.partition(".")[0]
            case (
                ast.Call(func=ast.Name(id=function), args=[ast.Constant(value=str(name)), *_])
                | ast.Call(
                    func=ast.Attribute(attr=function), args=[ast.Constant(value=str(name)), *_]
                )
            ) if function in BY_NAME:
                yield name.partition(".")[0]


@cache
def ours() -> set[str]:
    """Return the packages and modules of this tree, and those of Python."""
    makers = {path.name for path in ROOT.glob("datasets/*/*_maker")}
    scripts = {path.stem for path in ROOT.glob("benchmarks/*.py")}
    return {*PRODUCT, "tests", *makers, *scripts, *sys.stdlib_module_names}


def missing(path: Path, allowed: set[str]) -> Iterator[str]:
    """Yield the packages that a file imports and that are neither ours nor allowed."""
    allowed = allowed | ALONE.get(str(path.relative_to(ROOT)), set())
    allowed = allowed | {part for part, whole in PARTS.items() if whole in allowed}
    for module in set(imported(ast.parse(path.read_bytes()))) - ours():
        bringing = set(map(canonical, distributions().get(module, [module])))
        if not bringing & allowed:
            yield module


@cache
def distributions() -> dict[str, list[str]]:
    """Return the distributions that bring each module."""
    return dict(packages_distributions())


@pytest.mark.parametrize("folder", [*PRODUCT, *WORKSHOP])
def test_what_is_imported_is_named_in_pyproject(folder: str) -> None:
    own, all_of_it = declared()
    allowed = own if folder in PRODUCT else all_of_it | PEERS
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / folder).rglob("*.py")):
        for module in missing(path, allowed):
            found[module].append(str(path.relative_to(ROOT)))
    assert dict(found) == {}


@pytest.mark.parametrize(("part", "whole"), PARTS.items())
def test_what_counts_as_a_part_is_always_required(part: str, whole: str) -> None:
    plain = [one for one in requires(whole) or () if "extra ==" not in one]
    assert part in named(plain)


def test_an_import_inside_a_function_or_by_name_counts() -> None:
    code = ast.parse(
        "def f():\n    import one.part\n    from two.part import x\n    from . import own\n"
        "needed.module('three.part')\nimport_module('four')\nprint('five')\n"
    )
    assert sorted(imported(code)) == ["four", "one", "three", "two"]


def test_a_package_that_only_another_one_brings_is_found() -> None:
    own, _ = declared()
    path = ROOT / "evalkit" / "providers" / "reference.py"
    assert list(missing(path, own)) == []
    assert list(missing(path, own - {"threadpoolctl"})) == ["threadpoolctl"]
