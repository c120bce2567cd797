"""Suites: load one, say what it would embed, run it, read and render what is stored."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit import archive, report, suite
from evalkit.api.provenance import provenance
from evalkit.archive import Run, Since
from evalkit.core.errors import DataError, Lacking, Problem, ProviderError, UsageError
from evalkit.core.plan import Plan
from evalkit.ledger import Ledger
from evalkit.pipeline.purse import Budget, Progress, no_progress

if TYPE_CHECKING:
    from evalkit.pipeline.check import Check
    from evalkit.pipeline.stored_vectors import Located


REPORTS = Path("reports")
"""Where runs are stored unless another folder is named."""
SEED = 7
"""The seed of a suite that names none."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A run and the folder that it was stored in."""

    run: Run
    folder: Path


def load(path: str | Path, models: Sequence[str] = ()) -> Plan:
    """Return the plan of a suite file; raises SuiteError or DataError naming all that is wrong.

    models: entries such as `nova` or `mine: {provider: openai, model_id: e5}`, to run in place of
    the suite's own; gates and waivers that name another model are left out then.
    """
    return suite.load(Path(path), models)


def gate_sentences(plan: Plan) -> list[tuple[str, int]]:
    """Return what a run of a plan decides: each gate as a sentence, and its line in the file."""
    from evalkit.pipeline.gate import sentence
    from evalkit.pipeline.requests import targets

    return [(sentence(target), target.gate.line) for target in targets(plan)]


def allow_endpoints(addresses: Sequence[str]) -> None:
    """Let models of this process be asked, with credentials, at these addresses as well."""
    from evalkit.providers._addresses import allow

    allow(addresses)


def check(
    path: str | Path | Plan,
    *,
    out: str | Path = REPORTS,
    ledger: str | Path | None = None,
    spread: float | None = None,
) -> Check:
    """Return what a run of a suite would embed and what its gates could find; spends nothing.

    The spread of per-query scores is taken from the suite's last run below `out`, or from `spread`.
    """
    from evalkit.pipeline.check import check as check_plan

    plan = path if isinstance(path, Plan) else load(path)
    newest = archive.latest(Path(out), plan.name)
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        return check_plan(plan, store, archive.load(newest) if newest else None, spread)


def run(
    path: str | Path | Plan,
    *,
    out: str | Path = REPORTS,
    ledger: str | Path | None = None,
    offline: bool = False,
    strict: bool = False,
    max_cost: float | Budget | None = None,
    recheck: int = 0,
    progress: Progress = no_progress,
) -> Stored:
    """Run a suite and store the run with its reports below `out`.

    ledger: the folder of paid embeddings (default: $EVALKIT_LEDGER, else the user's cache).
    offline: an input that was never embedded is an error. strict: inconclusive counts as failed.
    max_cost: dollars that embedding may cost, or a `Budget` that several runs share; a run stops
    before that is passed. recheck: how many stored inputs of each service are asked for again, to
    see whether it still gives the same vectors.
    Raises Lacking where something is missing that the suite says it needs; SuiteError, DataError,
    ProviderError or OutputError; UsageError for `recheck` while `offline`; nothing half-written
    stays.
    """
    from evalkit.pipeline.run import Options
    from evalkit.pipeline.run import run as run_plan

    if offline and recheck:
        raise UsageError("recheck asks services, which offline forbids; leave one of them out.")
    plan = path if isinstance(path, Plan) else load(path)
    if plan.lacks:
        raise Lacking(*(Problem(plan.origin, lack) for lack in plan.lacks))
    archive.ensure_writable(Path(out) / plan.name)
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        budget = Budget(max_cost) if isinstance(max_cost, int | float) else max_cost
        options = Options(offline, strict, budget, recheck, progress, provenance())
        start = time.monotonic()
        try:
            done = run_plan(plan, store, options)
        except ProviderError as e:
            raise ProviderError(*(_of_suite(plan, p) for p in e.problems)) from e
    took = {"seconds": round(time.monotonic() - start, 1)}
    done = replace(done, provenance={**done.provenance, **took})
    done = replace(done, since=_since(plan, done, Path(out)))
    return Stored(done, keep(done, Path(out)))


def _since(plan: Plan, done: Run, out: Path) -> Since | None:
    """Return what differs from the run that the suite names, else from its newest one in `out`."""
    from evalkit.pipeline.since import since

    against = (gate.bound.against for gate in plan.gates)
    named = next((a.name for a in against if a and a.kind == "run"), "")
    kind = "baseline" if named else "previous"
    folder = Path(plan.origin).parent / named if named else archive.latest(out, plan.name)
    if folder is None:
        return None
    try:
        return since(kind, archive.load_scored(folder), done)
    except DataError as e:
        return Since(folder.name, "", kind, 0, note=f"It could not be read: {e}")


def _of_suite(plan: Plan, problem: Problem) -> Problem:
    """Return a problem that was met while a suite ran, with the suite it was met in."""
    return replace(problem, where=": ".join(filter(None, (plan.origin, problem.where))))


def keep(done: Run, out: Path) -> Path:
    """Write a run and its reports; return its folder."""
    with archive.new_folder(out, done.suite, done.id) as folder:
        archive.save(done, folder)
        report.write(done, folder)
    return out / done.suite / done.id


def read(folder: str | Path) -> Run:
    """Return a stored run: a run's folder, or a suite's folder, of which the newest is read."""
    path = Path(folder)
    newest = archive.latest(path.parent, path.name)
    return archive.load(newest or path)


def render(folder: str | Path) -> Path:
    """Write the reports of a stored run anew, the same bytes each time; return the folder."""
    path = Path(folder)
    path = archive.latest(path.parent, path.name) or path
    report.write(archive.load(path), path)
    return path


def vectors(
    path: str | Path | Plan,
    case: str,
    model: str,
    dim: int,
    *,
    ledger: str | Path | None = None,
    most: int = 5_000,
    seed: int = SEED,
) -> Located:
    """Return the vectors of a case as the ledger holds them, for looking at; nothing is embedded.

    most: of more queries and items than this a part is taken, drawn by `seed`.
    Raises SuiteError, UsageError for a name or size that the suite does not have, ProviderError
    where an item was never embedded.
    """
    from evalkit.pipeline.stored_vectors import located

    plan = path if isinstance(path, Plan) else load(path)
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        return located(plan, store, case, model, dim, most, seed)
