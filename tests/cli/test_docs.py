"""docs/cli.md says what the program says, and its commands run in their order."""

import re
import shlex
from pathlib import Path

import pytest

from tests.factories import Command

PAGE = (Path(__file__).parents[2] / "docs/cli.md").read_text("utf-8")
HELP = dict(re.findall(r"```text\n\$ evalkit (.*?)--help\n(.*?)\n```", PAGE, re.DOTALL))
SESSIONS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("command", HELP, ids=lambda name: name.strip() or "evalkit")
def test_the_help_of_a_command(
    command: str, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert evalkit(*command.split(), "--help").out.strip() == HELP[command]


def test_every_command_is_there(evalkit: Command) -> None:
    listed = evalkit("--help").out.partition("Commands:\n")[2].splitlines()
    assert {line.split()[0] for line in listed} == {name.strip() for name in HELP if name}


@pytest.mark.parametrize("session", SESSIONS)
def test_a_session_of_commands(session: str, evalkit: Command) -> None:
    """Among them: what `init` writes runs at once, and none of its gates fails."""
    for line in session.splitlines():
        prompt, program, *args = shlex.split(line)
        assert (prompt, program) == ("$", "evalkit")
        done = evalkit(*args)
        assert done.code == 0, f"{line}\n{done.out}{done.err}"
