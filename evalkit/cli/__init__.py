"""The command line: thin commands over `evalkit.api`, errors for people, exit codes for scripts.

0 all gates pass, are waived or inconclusive; 1 a gate failed or is missing; 2 the suite, the data
or the usage is wrong; 3 a model failed or is not usable as configured; 130 interrupted.
"""

from __future__ import annotations

import os
import sys

import typer

from evalkit import __version__
from evalkit.cli import compare, data, inspect, run, score
from evalkit.core.errors import EvalkitError

app = typer.Typer(
    name="evalkit",
    help="Is this embedding model, at this vector size, good enough and fair enough for my use?",
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
    """Evaluate embedding models with declarative test suites."""


app.command("init")(data.init)
app.command("check")(run.check)
app.command("run")(run.run)
app.command("report")(run.report)
app.command("compare")(compare.compare)
app.command("score")(score.score)
app.command("list")(inspect.list_plugins)
app.command("schema")(inspect.schema)


def main() -> None:
    """Run the command line; what a person can put right ends without a traceback."""
    try:
        app()
    except EvalkitError as e:
        typer.echo(str(e), err=True)
        sys.exit(e.exit_code)
    except KeyboardInterrupt:
        typer.echo(
            "Interrupted. What was embedded is kept: run the same command again to go on.", err=True
        )
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
