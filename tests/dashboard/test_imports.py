"""What the dashboard may reach for: never what embeds, asks services or spends."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).parents[2] / "dashboard"
ALLOWED = tuple(
    f"evalkit.{name}" for name in ("api", "archive", "core", "judging", "media", "report")
)
SPENDING = ("run", "evaluate", "check", "allow_endpoints")


def _at_run_time(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a module but those that only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from _at_run_time(node)


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in _at_run_time(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_faces_of_evalkit_are_imported() -> None:
    files = sorted(HOME.rglob("*.py"))
    assert len(files) > 5
    for file in files:
        for name in _imports(ast.parse(file.read_text(encoding="utf-8"))):
            if name.partition(".")[0] == "evalkit":
                assert any(f"{name}.".startswith(f"{one}.") for one in ALLOWED), (file, name)
            assert name.partition(".")[0] not in ("requests", "boto3", "google", "plotly"), file


def test_nothing_is_run_from_a_page() -> None:
    for file in sorted(HOME.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                assert (called.value.id, called.attr) not in [("api", n) for n in SPENDING], file
