"""What a test needs is there, or the test is skipped, or CI fails."""

from __future__ import annotations

import json

import pytest

from tests import needed


def test_what_is_there_is_returned() -> None:
    assert needed.module("json") is json
    assert needed.program("no-such-program", "sh").endswith("/sh")


def test_what_is_missing_is_skipped_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no_such_module is missing: "):
        needed.module("no_such_module")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no_such_module is missing"):
        needed.module("no_such_module")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is missing: `make system`"):
        needed.program("no-such-program")
