"""Where judgements are kept."""

from pathlib import Path

import pytest

from evalkit.judging.place import VARIABLE, is_made, place_of


def test_what_is_named_comes_first_then_the_variable_then_the_folder_of_the_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert place_of(Path("a/reports")) == str(Path("a/reports/judgements.db"))
    monkeypatch.setenv(VARIABLE, "postgresql://host/x")
    assert place_of(Path("a/reports")) == "postgresql://host/x"
    assert place_of(Path("a/reports"), "mine.db") == "mine.db"


def test_a_file_is_there_or_not_and_a_server_has_to_be_asked(tmp_path: Path) -> None:
    place = tmp_path / "judgements.db"
    assert not is_made(str(place))
    place.touch()
    assert is_made(str(place))
    assert is_made("postgresql://host/x")
