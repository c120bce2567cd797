"""What a user is told: `sentences/*.yaml` changes a few words of a suite and lists every answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SENTENCES = Path(__file__).parent / "sentences"


def changes() -> list[Any]:
    return [
        pytest.param(change, id=f"{file.stem}: {change['written'].splitlines()[-1:]}")
        for file in sorted(SENTENCES.glob("*.yaml"))
        for change in yaml.safe_load(file.read_text())
    ]


@pytest.mark.parametrize("change", changes())
def test_everything_wrong_is_said_exactly(
    complain: Callable[[dict[str, str]], list[str]], change: dict[str, Any]
) -> None:
    assert complain({change["instead_of"]: change["written"]}) == change["said"]


def test_the_tables_hold_every_kind_of_mistake() -> None:
    assert len(changes()) > 140
