"""check, run and report: the main job."""

from __future__ import annotations

import glob
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evalkit.cli.output import number, print_json, print_table, progress, span

if TYPE_CHECKING:
    from evalkit.api import Stored
    from evalkit.core.results import Verdict

Suites = Annotated[list[Path], typer.Argument(help="Suite files, or folders of them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Out = Annotated[Path, typer.Option("--out", help="Where runs are stored.")]
LedgerFolder = Annotated[
    Path | None, typer.Option("--ledger", help="Folder of the embeddings already paid for.")
]


def suite_files(paths: list[Path]) -> list[Path]:
    """Return the suite files that are meant: files as named, the YAML files of folders."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.yaml")) if path.is_dir() else []
        expanded = [Path(p) for p in sorted(glob.glob(str(path)))] if not path.exists() else []
        found += inside or expanded or [path]
    return found


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
    as_json: AsJson = False,
) -> None:
    """Run suites: embed, search, score, decide the gates, and write the reports."""
    from evalkit import api

    stored = []
    for path in suite_files(suites):
        with progress() as told:
            one = api.run(
                path, out=out, ledger=ledger, offline=offline, strict=strict, progress=told
            )
        stored.append(one)
        if not as_json:
            _print_run(one)
    if as_json:
        print_json(_as_json(stored[0]) if len(stored) == 1 else [_as_json(s) for s in stored])
    if any(one.run.failed() for one in stored):
        raise typer.Exit(1)


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


def _print_run(stored: Stored) -> None:
    """Print the verdicts of a run, what was embedded, and where the report is."""
    found = stored.run
    rows = [
        (v.status.upper(), v.gate, span(v.observed, v.low, v.high), str(v.n), _advice(v))
        for v in found.verdicts
    ]
    print_table(
        f"{found.suite}: verdicts", ("verdict", "gate", "observed [90 % interval]", "n", ""), rows
    )
    for model in found.models:
        sent = f"embedded {model.sent} inputs" if model.sent else "nothing was embedded"
        typer.echo(f"{model.name}: {sent}, {model.found} came from the ledger, {model.lost} lost.")
    typer.echo(f"report: {stored.folder / 'report.html'}")


def _advice(verdict: Verdict) -> str:
    """Return what a person may want to know beside a verdict."""
    if verdict.status == "pass":
        return ""
    if verdict.more_queries:
        return f"{verdict.why} About {verdict.more_queries} more queries would settle it."
    return verdict.why


def check(
    suites: Suites,
    out: Out = Path("reports"),
    ledger: LedgerFolder = None,
    spread: Annotated[
        float | None,
        typer.Option("--spread", min=0.0, help="Standard deviation of per-query scores to assume."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether suites are right, what a run would embed, and what their gates can find."""
    from evalkit import api

    found = [api.check(path, out=out, ledger=ledger, spread=spread) for path in suite_files(suites)]
    if as_json:
        print_json([asdict(f) for f in found] if len(found) > 1 else asdict(found[0]))
        return
    for one in found:
        typer.echo(f"{one.suite}: the suite is right.")
        rows = [(m.model, str(m.inputs), str(m.paid), str(m.to_embed)) for m in one.models]
        print_table("to embed", ("model", "distinct inputs", "already paid", "to embed"), rows)
        gates = [(g.gate, str(g.queries), number(g.mde), g.source) for g in one.gates]
        print_table(
            "smallest difference that each gate would find (power 0.8)",
            ("gate", "queries", "difference", "spread from"),
            gates,
        )


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders, or suite folders of runs.")],
) -> None:
    """Write the reports of stored runs anew; the same run gives the same bytes."""
    from evalkit import api

    for folder in runs:
        typer.echo(f"report: {api.render(folder) / 'report.html'}")
