"""A weakness planted in a model is found by the gates that are there for it, and by no other."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from evalkit import api
from evalkit.core.plan import GatePlan, ModelPlan, Plan
from evalkit.core.results import Verdict
from evalkit.ledger import Ledger
from evalkit.pipeline.run import Options, run
from tests.behaviour.planted.encoders import WEAKNESSES, WIDTH, Planted
from tests.behaviour.planted.worlds import write

HERE = Path(__file__).parent / "planted"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Mapping[str, tuple[str, str]]]:
    """Return the suite over its data, and what its recordings say."""
    home = tmp_path_factory.mktemp("planted")
    spoken = write(home)
    shutil.copy(HERE / "suite.yaml", home)
    return api.load(home / "suite.yaml"), spoken


def expected() -> dict[str, dict[str, str]]:
    """Return gate -> weakness -> must, may or not, as the table says."""
    with (HERE / "weaknesses.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {row.pop("gate"): row for row in rows}


def named(gate: GatePlan) -> str:
    """Return a gate as the table names it."""
    under = f" under {gate.probe}" if gate.probe != "clean" else ""
    return f"{gate.case} {gate.metric}{under}{' by ' + gate.by if gate.by else ''}"


def test_the_table_names_every_gate_and_every_weakness(
    world: tuple[Plan, Mapping[str, tuple[str, str]]],
) -> None:
    table = expected()
    assert [named(gate) for gate in world[0].gates] == list(table)
    assert all(tuple(row) == WEAKNESSES for row in table.values())
    assert {word for row in table.values() for word in row.values()} == {"must", "may", "not"}
    for weakness in WEAKNESSES[1:]:
        assert "must" in {row[weakness] for row in table.values()}, weakness
        assert "not" in {row[weakness] for row in table.values()}, weakness


@pytest.mark.parametrize("weakness", WEAKNESSES)
def test_a_weakness_fails_the_gates_that_are_there_for_it(
    weakness: str, world: tuple[Plan, Mapping[str, tuple[str, str]]], tmp_path: Path
) -> None:
    plan, spoken = world
    model = ModelPlan("planted", "planted", Planted(weakness, spoken), (WIDTH,))
    with Ledger(tmp_path) as store:
        found = run(replace(plan, models=(model,)), store, Options())
    of_gate: dict[str, list[Verdict]] = {}
    lines = {gate.line: named(gate) for gate in plan.gates}
    for verdict in found.verdicts:
        of_gate.setdefault(lines[verdict.line], []).append(verdict)
    for gate, row in expected().items():
        statuses = {verdict.status for verdict in of_gate[gate]}
        if row[weakness] == "must":
            assert "fail" in statuses, (gate, of_gate[gate])
        elif row[weakness] == "not":
            assert statuses == {"pass"}, (gate, of_gate[gate])
