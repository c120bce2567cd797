"""Dimensions: the smallest size that is not inferior, at the margin that somebody sets."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalkit import archive
from evalkit.core.results import Estimate
from evalkit.report.text import figure


def told(at: Any) -> str:
    """Return all that a page says in HTML, but its style sheet."""
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html") if "<style" not in h.proto.body)


@pytest.fixture
def loss(small_run: Path) -> Estimate:
    """Return what 256 values lose against 1024."""
    run = archive.load(small_run)
    return next(
        e for e in run.estimates
        if e.kind == "loss" and e.metric == "ndcg@10" and e.cell.probe == "clean" and not e.group
    )  # fmt: skip


def test_the_margin_of_the_gate_is_taken_and_the_widest_size_stays(
    app: Callable[..., Any], loss: Estimate
) -> None:
    at = app("dimensions")
    page = told(at)
    assert at.number_input(key="margin").value == pytest.approx(0.05)
    assert loss.high > 0.05
    assert "No smaller size is shown to be as good as 1024" in page
    assert f">{figure(loss)}</td>" in page


def test_a_wider_margin_in_the_address_lets_the_small_size_in(
    app: Callable[..., Any], loss: Estimate
) -> None:
    page = told(app("dimensions", margin=f"{loss.high + 0.001:.6f}"))
    assert "<b>256 numbers</b>, 1\u202f024 instead of 4\u202f096 bytes" in page
    assert "not inferior ✓" in page


def test_a_group_that_loses_more_than_the_margin_is_an_exception(
    app: Callable[..., Any], copied: Path, small_run: Path, loss: Estimate
) -> None:
    folder = copied / "small" / small_run.name
    run = archive.load(folder)
    worse = replace(loss, group="language=es", value=0.4, low=0.3, high=0.5, n=108)
    others = (e for e in run.estimates if (e.kind, e.group) != ("loss", "language=es"))
    archive.save(replace(run, estimates=(*others, worse)), folder)
    page = told(app("dimensions", out=copied, margin="0.2"))
    assert "inferior still on language=es: 0.400 (0.300 to 0.500)" in page


def test_no_margin_at_all_is_a_margin_of_nothing(app: Callable[..., Any]) -> None:
    at = app("dimensions", margin="0")
    assert at.number_input(key="margin").value == 0.0
    assert "inferior ✗" in told(at)


def test_the_margin_that_somebody_sets_stands_in_the_address(app: Callable[..., Any]) -> None:
    at = app("dimensions")
    at.number_input(key="margin").set_value(0.3).run()
    assert at.query_params["margin"] in ("0.3", ["0.3"])
    assert "<b>256 numbers</b>" in told(at)


def test_nonsense_in_the_address_is_passed_over(app: Callable[..., Any]) -> None:
    at = app("dimensions", margin="nan", metric="none", case="<b>")
    assert at.number_input(key="margin").value == pytest.approx(0.05)
    assert "<b><" not in told(at)
