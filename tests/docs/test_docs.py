"""What the pages say is true: commands exist, examples work, links lead somewhere."""

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast, get_args

import pytest
import typer.main

from evalkit import api, pytest_plugin
from evalkit.cli import app
from evalkit.core.results import VerdictStatus
from tests.docs.pages import ROOT, Block, World, blocks, code, guides, pages, prose
from tests.docs.session import outdated, stable

PAGES = pages()
BLOCKS = [block for page in guides() for block in blocks(page)]
SESSIONS = [block for block in BLOCKS if block.key == "session"]
LONG = "quickstart"
"""The session that takes a minute; its stable parts are checked against the plan instead."""


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


def has_files(page: Path, name: str) -> bool:
    return any(block.key == "file" and block.value == name for block in blocks(page))


# --- examples -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Played:
    """The folder of a page after its sessions and its Python were run, and what they printed."""

    folder: Path
    printed: dict[Block, str]


Play = Callable[[Path], Played]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Plays a page when it is first asked for."""

    @cache
    def play(page: Path) -> Played:
        world = World(page, tmp_path_factory.mktemp(page.stem))
        printed = {b: world.session(b) for b in SESSIONS if b.page == page and LONG not in b.value}
        world.run_python()
        return Played(world.folder, printed)

    return play


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.key == "run"], ids=str)
def test_the_python_on_the_pages_runs(block: Block, played: Play) -> None:
    assert played(block.page).folder.is_dir()


@pytest.mark.parametrize("block", [b for b in SESSIONS if LONG not in b.value], ids=str)
def test_a_session_is_what_a_real_run_prints(block: Block, played: Play) -> None:
    """`python -m tests.docs.session` brings it up to date."""
    assert stable(played(block.page).printed[block]) == stable(block.text)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "python"], ids=str)
def test_examples_import_nothing_private(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evalkit"):
            names = [*(node.module or "").split("."), *(name.name for name in node.names)]
            assert [name for name in names if name.startswith("_")] == []


def suites() -> Iterator[Block]:
    for block in BLOCKS:
        whole = block.language == "yaml" and re.search(r"^suite:", block.text, re.M)
        if whole and not has_files(block.page, "pyproject.toml"):
            yield block


@pytest.mark.parametrize("block", list(suites()), ids=str)
def test_every_suite_on_the_pages_loads(block: Block, played: Play) -> None:
    folder = played(block.page).folder
    path = folder / (block.value if block.key == "file" else f"docs/line-{block.line}.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(block.text, encoding="utf-8")
    assert api.load(path).cases


@pytest.mark.prove
@pytest.mark.parametrize("page", sorted({b.page for b in SESSIONS if LONG in b.value}), ids=named)
def test_a_long_session_is_what_a_real_run_prints(page: Path) -> None:
    """`python -m tests.docs.session` brings it up to date."""
    assert outdated(page, LONG) == {}


def verdicts(block: Block) -> list[tuple[str, str]]:
    """Return the status and the sentence of each verdict that a session shows."""
    words = "|".join(status.upper() for status in get_args(VerdictStatus))
    return re.findall(rf"^({words}) +(.+)$", block.text, re.M)


@pytest.mark.parametrize(
    "block", [b for b in SESSIONS if LONG in b.value and "evalkit run" in b.value], ids=str
)
def test_a_long_session_shows_the_gates_that_the_suite_has(block: Block) -> None:
    """`python -m tests.docs.session` brings it up to date."""
    plan = api.load(ROOT / shlex.split(block.commands[0])[2])
    lines = dict(api.gate_sentences(plan))
    shown = verdicts(block)
    assert shown
    assert block.text.splitlines()[1].startswith(f"{plan.name}: ")
    assert {said for _, said in shown} <= lines.keys()
    assert {lines[said] for _, said in shown} == set(lines.values())
    status = 1 if {"FAIL", "MISSING"} & {status for status, _ in shown} else 0
    assert block.text.endswith(f"$ echo $?\n{status}\n")


# --- commands -----------------------------------------------------------------------------------


def typed(page: Path, program: str) -> set[str]:
    """Return the commands of a program that a page shows behind a prompt."""
    lines = [line.removeprefix("$ ") for b in blocks(page) for line in b.text.splitlines()
             if line.startswith("$ ")]  # fmt: skip
    return {line for line in lines if line.split()[0].rpartition("/")[2] == program}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_and_option_exists(page: Path) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    for line in typed(page, "evalkit"):
        rest = re.split(r"\s[|>&;#]", line)[0]
        words = shlex.split(rest)[1:]
        if not words or words[0].startswith("-"):
            continue
        context = group.make_context("evalkit", words[:1], resilient_parsing=True)
        _, command, _ = group.resolve_command(context, words)
        assert command is not None, line
        if "--help" not in words:
            command.make_context(words[0], words[1:], parent=context)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_in_the_text_exists(page: Path) -> None:
    known = typer.main.get_command(app)
    assert isinstance(known, typer.core.TyperGroup)
    found = {m[1] for c in code(page) for m in re.finditer(r"(?<![\w/.-])evalkit ([a-z]+)\b", c)}
    assert found - {"run"} <= set(known.commands) | {"import"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.M))
    shown = {m[1] for c in code(page) for m in re.finditer(r"(?:^|\$ )make ([a-z-]+)", c)}
    assert shown <= targets


class Options:
    """Takes the place of pytest's parser and of a group of it: keeps the names of options."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def getgroup(self, *_: object, **__: object) -> "Options":
        return self

    def addoption(self, *names: str, **_: object) -> None:
        self.names |= set(names)

    def addini(self, name: str, *_: object, **__: object) -> None:
        self.names.add(name)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_option_of_the_pytest_plugin_exists(page: Path) -> None:
    known = Options()
    pytest_plugin.pytest_addoption(cast("pytest.Parser", known))
    shown = {m[0] for c in code(page) for m in re.finditer(r"--evalkit-[a-z]+|evalkit_files", c)}
    assert shown <= known.names


# --- links and names ----------------------------------------------------------------------------


def slug(heading: str) -> str:
    """Return the anchor that a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower().replace("`", ""))
    return kept.strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(m[1]) for m in re.finditer(r"^#+ (.+)$", prose(page), re.M)}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{named(page)} links to {target}"
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path), f"{named(page)} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_named_exists(page: Path) -> None:
    """Paths below these folders are those of the repository."""
    folders = "evalkit|tests|benchmarks|datasets|suites|requirements"
    pattern = re.compile(rf"(?<![\w/.-])(?:{folders})/[\w./-]+\.(?:py|yaml|md|txt|npz)\b")
    here = {block.value for block in blocks(page) if block.key == "file"}
    shown = "\n".join([prose(page), *(b.text for b in blocks(page) if b.key == "figures")])
    found = {m[0] for m in pattern.finditer(shown) if "NAME" not in m[0]} - here
    assert {path for path in found if not (ROOT / path).exists()} == set()


@cache
def functions(path: Path) -> frozenset[str]:
    return frozenset(
        n.name for n in ast.walk(ast.parse(text(path))) if isinstance(n, ast.FunctionDef)
    )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_test_named_exists(page: Path) -> None:
    for file, name in re.findall(r"`([\w/]+\.py)::(test_\w+)`", text(page)):
        path = ROOT / "tests" / file
        assert path.is_file(), file
        assert name in functions(path), f"{file}::{name}"


def test_every_import_contract_named_exists() -> None:
    contracts = re.findall(r'^name = "(.+)"$', text(ROOT / "pyproject.toml"), re.M)
    for page in PAGES:
        for name in re.findall(r"contract \"([^\"]+)\"", " ".join(prose(page).split())):
            assert name in contracts, f"{named(page)}: {name}"


# --- decisions and words ------------------------------------------------------------------------

DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [path.name[:4] for path in DECISIONS] == [
        f"{n:04}" for n in range(1, len(DECISIONS) + 1)
    ]
    index = text(ROOT / "docs/decisions/README.md")
    assert [p.name for p in DECISIONS] == re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", index)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda p: p.stem)
def test_a_decision_says_why_what_it_costs_and_what_guards_it(path: Path) -> None:
    written = text(path)
    assert written.startswith(f"# {path.name[:4]}: ")
    heads = re.findall(r"^\*\*(\w+)\.\*\*", written, re.M)
    assert heads == ["Problem", "Choice", "Cost", "Guard"]
    guard = written.partition("**Guard.**")[2]
    assert "::test_" in guard or 'contract "' in " ".join(guard.split())


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_words_that_promise_too_much_are_not_used(page: Path) -> None:
    assert not re.search(r"\b(unbiased|debiased|fair model|bias-free)\b", text(page), re.I)
