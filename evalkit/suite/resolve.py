"""Turns a suite file as read into a plan: everything in it found, or everything wrong named."""

from __future__ import annotations

from dataclasses import replace

from evalkit.core.plan import GatePlan, Plan
from evalkit.suite.cases import CaseParts, resolve_case
from evalkit.suite.data import Library
from evalkit.suite.fitting import check_fit
from evalkit.suite.gates import resolve_gates
from evalkit.suite.load import Read
from evalkit.suite.models import resolve_models
from evalkit.suite.needs import check_needs, lacking, unmade
from evalkit.suite.place import Place
from evalkit.suite.schema import SuiteFile
from evalkit.suite.unique import unique


def resolve(read: Read) -> Plan:
    """Return the plan of a suite file; raises every problem of the file at once."""
    suite, root = read.suite, read.root
    check_needs(suite, root)
    models = resolve_models(suite, read.models, read.instead or root)
    names = frozenset(models.written) if models.complete else None
    absent = unmade(suite, read.path.parent)
    cases = {} if absent else _cases(suite, read, root, names)
    gates = () if absent else resolve_gates(suite, models, cases, read.cases, root)
    root.problems.raise_any()
    if read.instead:
        read.instead.problems.raise_any()
        gates = _on(gates, {plan.name for plan in models.plans})
    return Plan(
        name=suite.suite,
        about=suite.about,
        origin=str(read.path),
        digest=read.digest,
        seed=suite.seed,
        use_case=suite.use_case.model_dump(exclude_none=True),
        models=models.plans,
        cases=tuple(case.plan for case in cases.values() if case.plan),
        gates=gates,
        content=suite.content,
        lacks=(*lacking(suite, models.plans), *absent),
        substituted=read.instead is not None,
    )


def _on(gates: tuple[GatePlan, ...], models: set[str]) -> tuple[GatePlan, ...]:
    """Return the gates that are on some models, or on any; a waiver for another one is dropped."""
    kept = []
    for gate in gates:
        against = gate.bound.against
        other = against.name if against and against.kind == "model" else gate.model
        if {gate.model, other} <= {"", *models}:
            waived = gate.waive is not None and gate.waive.model in models
            kept.append(gate if waived else replace(gate, waive=None))
    return tuple(kept)


def _cases(
    suite: SuiteFile, read: Read, root: Place, models: frozenset[str] | None
) -> dict[str, CaseParts]:
    """Return what can be found of every case, by name."""
    place = root.at("cases")
    unique([case.name for case in suite.cases], place, "cases")
    library = Library(read.path.parent)
    parts: dict[str, CaseParts] = {}
    for row, case in enumerate(suite.cases):
        found = resolve_case(case, library, place.at(row), models, suite.use_case.error_costs)
        if found.plan:
            check_fit(found.plan, place.at(row))
        parts.setdefault(case.name, found)
    return parts
