"""Credentials are used and never shown: not in what is printed, logged, stored or reported."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from tests.factories import Command, write_data
from tests.services import Services, Settings

MARK = "Zq7MARKEDzq7"
SUITE = """\
suite: secrets
models:
  - nova: {dimensions: [256], timeout: 2, attempts: 4}
  - cohere: {dimensions: [256], timeout: 2, attempts: 4}
  - gemini: {dimensions: [768], timeout: 2, attempts: 4}
  - openai: {dimensions: [256], timeout: 2, attempts: 4}
cases:
  - name: find
    data: data
    metrics: [ndcg@10]
"""
VARIABLES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GEMINI_API_KEY", "OPENAI_API_KEY")


@pytest.fixture
def marked(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Return services that are asked with credentials that would be recognised anywhere."""
    for name in VARIABLES:
        monkeypatch.setenv(name, f"{MARK}{name.replace('_', '')}")
    return services


def holds_mark(folder: Path) -> list[Path]:
    """Return the files that hold a marked credential, as it is or in a form that is easily read."""
    found = re.compile(MARK.encode(), re.IGNORECASE)
    return [p for p in folder.rglob("*") if p.is_file() and found.search(p.read_bytes())]


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"throttle": 0.1, "other": 0.2},
    ],
)
def test_no_output_holds_a_credential(
    here: Path,
    evalkit: Command,
    marked: Services,
    caplog: pytest.LogCaptureFixture,
    faults: dict[str, float],
) -> None:
    caplog.set_level(logging.DEBUG)
    marked.reset(Settings(faults=faults))
    write_data(here / "data")
    (here / "secrets.yaml").write_text(SUITE)
    said = [evalkit("check", here / "secrets.yaml"), evalkit("run", here / "secrets.yaml")]
    said += [evalkit("list", "providers", "--json"), evalkit("ledger", "info")]
    assert said[1].code in (0, 3), said[1].err
    assert len(marked.log.answered) > 0
    assert not [s for s in said if MARK in s.out + s.err]
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("evalkit")]
    assert not [line for line in ours if MARK in line]
    assert holds_mark(here) == []


def test_a_wrong_key_is_not_repeated(
    here: Path, evalkit: Command, marked: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{MARK}UNKNOWN")
    write_data(here / "data")
    text = re.sub(r"  - (nova|cohere|gemini).*\n", "", SUITE)
    (here / "secrets.yaml").write_text(text)
    ended = evalkit("run", here / "secrets.yaml")
    assert ended.code == 3
    assert MARK not in ended.out + ended.err
    assert "OPENAI_API_KEY" in ended.err


def test_a_strangers_suite_cannot_send_credentials_elsewhere(
    here: Path, evalkit: Command, marked: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is that of a server that would answer; nothing reaches it without leave."""
    monkeypatch.delenv("EVALKIT_ALLOW_ENDPOINT", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    write_data(here / "data")
    text = re.sub(r"  - (nova|cohere|gemini).*\n", "", SUITE)
    text = text.replace("openai: {", f"openai: {{endpoint: '{marked.url}/v1', ")
    (here / "secrets.yaml").write_text(text)
    ended = evalkit("run", here / "secrets.yaml")
    assert ended.code in (2, 3)
    assert "--allow-endpoint" in ended.err
    assert not marked.log.counts
    assert evalkit("run", here / "secrets.yaml", "--allow-endpoint", marked.url).code == 0
