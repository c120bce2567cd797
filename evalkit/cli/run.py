"""run: the main job."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.batch import (
    AllowEndpoint,
    AsJson,
    LedgerFolder,
    Models,
    Out,
    Suites,
    interruptible,
    over_suites,
)
from evalkit.cli.output import print_entries, progress, span
from evalkit.cli.side_by_side import default_jobs, one_service_at_a_time
from evalkit.core.errors import UsageError

if TYPE_CHECKING:
    from evalkit.api import Stored
    from evalkit.archive import ModelFacts
    from evalkit.core.results import Verdict
    from evalkit.pipeline.purse import Budget


def run(
    suites: Suites,
    out: Out = Path("reports"),
    ledger: LedgerFolder = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Embed nothing: a missing vector is an error.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Count inconclusive gates as failed.")
    ] = False,
    max_cost: Annotated[
        float | None,
        typer.Option(
            "--max-cost",
            metavar="DOLLARS",
            help="Stop before embedding, in all suites together, has cost more than this.",
            show_default=False,
        ),
    ] = None,
    recheck: Annotated[
        int,
        typer.Option(
            "--recheck",
            metavar="N",
            min=0,
            help="Ask each service for N stored inputs again, and tell where the vectors differ.",
            show_default=False,
        ),
    ] = 0,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="How many suites run at once, each in a process of its own; those that ask a "
            "service run one at a time. Default: the number of cores; 1 with --max-cost.",
            show_default=False,
        ),
    ] = None,
    allow_endpoint: AllowEndpoint = None,
    model: Models = None,
    as_json: AsJson = False,
) -> None:
    """Run suites, decide their gates, and write reports.

    Every input is embedded once; what was embedded before is taken from the ledger, so that a run
    that was interrupted goes on where it was.

    Exit codes: 0 all gates pass, are waived or inconclusive; 1 a gate failed or is missing; 2 the
    suite, the data or the usage is wrong; 3 a model failed or is not usable as configured,
    --max-cost was reached, or --offline misses a vector; 130 interrupted. An error in one suite
    does not keep the others from running; the highest code counts. A suite that needs a service,
    a program or data not there is skipped with a line, unless it alone was named.
    """
    from evalkit.pipeline.purse import Budget

    if max_cost is not None and not 0 <= max_cost < math.inf:
        raise UsageError(f"--max-cost is {max_cost}; give an amount in dollars, 0 or more.")
    if max_cost is not None and (jobs or 1) > 1:
        raise UsageError("--max-cost counts over suites that run one by one; leave --jobs out.")
    at_once = default_jobs() if jobs is None and max_cost is None else jobs or 1
    work = _Work(
        out=out,
        ledger=ledger,
        offline=offline,
        strict=strict,
        budget=None if max_cost is None else Budget(max_cost),
        recheck=recheck,
        endpoints=tuple(allow_endpoint or ()),
        models=tuple(model or ()),
    )
    with interruptible():
        over_suites(suites, work, _show, _as_json if as_json else None, _code, at_once)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done with every suite."""

    out: Path
    ledger: Path | None
    offline: bool
    strict: bool
    budget: Budget | None
    recheck: int
    endpoints: tuple[str, ...]
    models: tuple[str, ...]

    def __call__(self, path: Path) -> Stored:
        """Run a suite and store the run."""
        from evalkit import api

        api.allow_endpoints(self.endpoints)
        plan = api.load(path, self.models)
        asks = any(hasattr(model.embedder, "traffic") for model in plan.models)
        with one_service_at_a_time(asks), progress() as told:
            return api.run(
                plan,
                out=self.out,
                ledger=self.ledger,
                offline=self.offline,
                strict=self.strict,
                max_cost=self.budget,
                recheck=self.recheck,
                progress=told,
            )


def _code(stored: Stored) -> int:
    """Return the exit code of a run: 1 where a gate failed or is missing."""
    return 1 if stored.run.failed() else 0


def _as_json(stored: Stored) -> dict[str, object]:
    """Return what `run --json` prints of a run."""
    found = stored.run
    return {
        "suite": found.suite,
        "run": found.id,
        "folder": str(stored.folder),
        "report": str(stored.folder / "report.html"),
        "models": [asdict(m) for m in found.models],
        "verdicts": [asdict(v) for v in found.verdicts],
        "not_offered": [asdict(n) for n in found.not_offered],
    }


def _show(stored: Stored) -> None:
    """Print the verdicts of a run, what was embedded, and where the report is."""
    from evalkit.report.view.verdicts import kinds, said

    found = stored.run
    counts = Counter(v.status for v in found.verdicts)
    told = ", ".join(f"{n} {status}" for status, n in counts.items()) or "no gates"
    judged = zip(found.verdicts, kinds(found), strict=True)
    entries = [(v.status, v.gate, _detail(v, said(kind))) for v, kind in judged]
    print_entries(f"{found.suite}: {told}", entries)
    for model in found.models:
        typer.echo(_embedded(model))
    typer.echo(f"report: {stored.folder / 'report.html'}")


def _detail(verdict: Verdict, what: str) -> str:
    """Return what was observed, such as a loss, and what a person may want to know of it."""
    seen = span(verdict.observed, verdict.low, verdict.high)
    words = [f"observed {what}{seen} (90 % interval), n = {verdict.n}."]
    words += [verdict.why] if verdict.status != "pass" or "waiver" in verdict.why else []
    if verdict.more_queries:
        words.append(f"About {verdict.more_queries} more queries would settle it.")
    return " ".join(words)


def _embedded(model: ModelFacts) -> str:
    """Return what was asked of a model, or looked up among stored vectors, in a line or more."""
    from evalkit.prices import Cost

    if model.wanted and not (model.found or model.sent):
        lost = f", {model.lost} were lost" if model.lost else ""
        return f"{model.name}: {model.wanted} stored vectors were looked up{lost}."
    sent = f"{_inputs(model.sent)} embedded" if model.sent else "nothing was embedded"
    words = [sent, f"{model.found} came from the ledger"]
    words += [f"{model.lost} without a vector (see the report)"] if model.lost else []
    words += [f"{model.calls} calls, {model.throttled} throttled"] if model.calls else []
    cost = Cost(model.dollars, model.unpriced)
    words += [str(cost)] if model.dollars or model.unpriced else []
    lines = [f"{model.name}: {', '.join(words)}."]
    lines += _asked_again(model)
    if model.conflicts:
        lines.append(
            f"{model.name}: the service may have changed. What was stored is kept; a new "
            "`revision` of the model in the suite embeds everything again."
        )
    return "\n".join([*lines, *(f"{model.name}: {line}" for line in model.audit)])


def _asked_again(model: ModelFacts) -> list[str]:
    """Return a line on the stored inputs that were asked for again, none where none was to be."""
    said = []
    if model.rechecked:
        same = f"{_inputs(model.rechecked)} asked for again"
        said.append(f"{same}; {model.conflicts} with another vector than is stored")
    if model.recheck_failed:
        said.append(f"{_inputs(model.recheck_failed)} asked for again and got no vector")
    if count := model.recheck_in_jobs:
        said.append(f"{count} {'is' if count == 1 else 'are'} embedded in jobs and not asked again")
    return [f"{model.name}: {'; '.join(said)}."] if said else []


def _inputs(count: int) -> str:
    """Return a number of inputs and the verb that fits."""
    return "1 input was" if count == 1 else f"{count} inputs were"
