"""The command line: thin commands over `evalkit.api`, errors for people, exit codes for scripts.

0 all gates pass, are waived or inconclusive; 1 a gate failed or is missing; 2 the suite, the data
or the usage is wrong, or what is told cannot be written; 3 a model failed or is not usable as
configured; 130 interrupted; 141 nobody reads what is told any more (`evalkit ... | head`). Where
several suites end differently, the highest of these counts.
"""

from __future__ import annotations

import sys

import typer

from evalkit import __version__
from evalkit.cli import (
    check,
    compare,
    dashboard,
    dataset,
    init,
    inspect,
    judge,
    ledger,
    probe,
    report,
    run,
    score,
    similarity,
)
from evalkit.cli.batch import print_errors
from evalkit.cli.output import heard
from evalkit.core.errors import EvalkitError

app = typer.Typer(
    name="evalkit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    """Print the version and leave, where asked to."""
    if wanted:
        typer.echo(f"evalkit {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Is this embedding model, at this vector size, good enough and fair enough for my use?

    Start with `evalkit init my-suite`, then `evalkit run my-suite/suite.yaml`.
    """


app.command("init")(init.init)
app.command("check")(check.check)
app.command("run")(run.run)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.command("score")(score.score)
app.command("similarity")(similarity.similarity)
app.add_typer(ledger.app, name="ledger")
app.add_typer(dataset.app, name="dataset")
app.add_typer(probe.app, name="probe")
app.add_typer(judge.app, name="judge")
app.command("dashboard")(dashboard.dashboard)
app.command("list")(inspect.list_plugins)
app.command("schema")(inspect.schema)


def main() -> None:
    """Run the command line; what a person can put right ends without a traceback."""
    with heard():
        try:
            app(prog_name="evalkit")
        except EvalkitError as e:
            print_errors(e, as_json="--json" in sys.argv)
            sys.exit(e.exit_code)
