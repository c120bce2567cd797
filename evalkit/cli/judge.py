"""judge new, list, export, import and qrels, and the whole of `evalkit judge`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli import judge_numbers
from evalkit.cli.batch import AsJson
from evalkit.cli.judge_store import How, Named, Place, Way, opened, where_of
from evalkit.cli.output import print_json, print_table
from evalkit.core.errors import OutputError, Problem, UsageError

app = typer.Typer(
    name="judge",
    no_args_is_help=True,
    help="Let people judge what models returned, and use what they say.",
    rich_markup_mode=None,
)

Who = Annotated[str, typer.Option("--reviewer", help="Whose sheet it is.", show_default=False)]
CaseName = Annotated[str, typer.Option("--case", help="This case alone.", show_default=False)]


@app.command("new")
def new(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", show_default=False)],
    name: Annotated[str, typer.Option(help="What the study is called.", show_default=False)],
    case: CaseName = "",
    model: Annotated[list[str] | None, typer.Option(help="This model; may be repeated.")] = None,
    at: Annotated[list[int] | None, typer.Option(help="This size; may be repeated.")] = None,
    system: Annotated[list[str] | None, typer.Option(help="This system; plain if none.")] = None,
    depth: Annotated[int, typer.Option(help="So many results of each list.")] = 5,
    wanted: Annotated[int, typer.Option(help="Judgements of each prompt.")] = 3,
    sample: Annotated[int | None, typer.Option(help="So many queries only.")] = None,
    tag: Annotated[str, typer.Option(help="Sample in proportion to a tag's values.")] = "",
    seed: Annotated[int, typer.Option(help="Of the sample and of every order.")] = 7,
    guideline: Annotated[Path | None, typer.Option(help="A text for reviewers.")] = None,
    store: Place = "",
) -> None:
    """Make a study of the first results that the models of stored runs gave to clean queries."""
    from evalkit import api
    from evalkit.judging.study import GUIDELINE, make_study, unseen

    study = make_study(
        [api.read(folder) for folder in runs],
        name,
        case=case,
        models=model or (),
        dims=at or (),
        systems=system or ("plain",),
        depth=depth,
        wanted=wanted,
        sample=sample,
        tag=tag,
        seed=seed,
        guideline=GUIDELINE if guideline is None else _text(guideline),
    )
    with opened(where_of(store, runs[0]), make=True) as judged:
        judged.add(study)
        kept = judged.where
    results = sum(len(prompt.results) for prompt in study.prompts)
    typer.echo(
        f"Study {name}: {len(study.prompts)} prompts with {results} results from "
        f"{len(study.cells)} lists; {wanted} judgements of each prompt are wanted.\n"
        f"Kept in {kept}. Reviewers find it on the page Judge of `evalkit dashboard`; "
        f"`evalkit judge export {name} sheet.html` is for those without access."
    )
    if missing := unseen(study):
        what = f"{len(missing)} queries and results, such as '{missing[0][2]}',"
        typer.echo(f"The run keeps nothing to show of {what} but their ids.", err=True)


@app.command("list")
def list_studies(store: Place = "", as_json: AsJson = False) -> None:
    """Tell which studies there are and how far they are."""
    with opened(where_of(store)) as judged:
        every = {name: judged.progress(name) for name in judged.names()}
        disputed = {name: len(judged.disputed(name)) for name in every}
    if as_json:
        rows = [{"study": n, **asdict(p), "disputed": disputed[n]} for n, p in every.items()]
        print_json(rows)
        return
    head = ("study", "prompts", "finished", "held", "disputed", "judgements", "reviewers")
    print_table("Studies", head, [
        (n, str(p.prompts), str(p.finished), str(p.held), str(disputed[n]), str(p.judgements),
         str(len(p.reviewers)))
        for n, p in every.items()
    ])  # fmt: skip


@app.command("export")
def export(
    study: Named,
    path: Annotated[Path, typer.Argument(help="An .html or .csv file.", show_default=False)],
    reviewer: Who = "",
    every: Annotated[bool, typer.Option("--all", help="Finished prompts as well.")] = False,
    store: Place = "",
) -> None:
    """Write a sheet for a reviewer without access: a page that works from disk, or a table.

    It has the prompts that still want judgements and that the named reviewer has not judged.
    """
    from evalkit.judging.sheets import csv_sheet, html_sheet, still_open

    writers = {".html": html_sheet, ".csv": csv_sheet}
    if path.suffix.lower() not in writers:
        raise UsageError(f"'{path}' ends neither in .html nor in .csv.")
    with opened(where_of(store)) as judged:
        made = judged.study(study, seen=True)
        left = made if every else still_open(made, judged.judgements(study), reviewer)
    if not left.prompts:
        raise UsageError(f"the study '{study}' has no prompts left for that sheet.")
    _write(path, writers[path.suffix.lower()](left, reviewer))
    typer.echo(f"Written: {path}, {len(left.prompts)} prompts.")


@app.command("import")
def import_sheet(
    study: Named,
    path: Annotated[Path, typer.Argument(help="A filled .csv or .json.", show_default=False)],
    reviewer: Who = "",
    store: Place = "",
    as_json: AsJson = False,
) -> None:
    """Take a filled sheet, whole or not at all; the same sheet twice changes nothing."""
    from evalkit.judging.sheets import read_sheet

    with opened(where_of(store)) as judged:
        sheet = read_sheet(path, judged.study(study), reviewer)
        taken = judged.take(study, sheet.reviewer, sheet.answers, path.name)
    if as_json:
        print_json({"reviewer": sheet.reviewer, **asdict(taken), "empty": len(sheet.empty)})
        return
    typer.echo(
        f"{sheet.reviewer}: {taken.new} prompts judged, {taken.revised} revised, "
        f"{taken.unchanged} unchanged, {len(sheet.empty)} left empty."
    )
    if taken.beyond:
        many = f"{taken.beyond} prompts were finished already and have more judgements than wanted"
        typer.echo(f"{many} now; these count like the others, but where somebody settled a prompt.")


@app.command("qrels")
def write_qrels(
    study: Named,
    path: Annotated[
        Path, typer.Argument(help="A file; .tsv as in a data set, else TREC.", show_default=False)
    ],
    case: CaseName = "",
    how: How = Way.majority,
    store: Place = "",
) -> None:
    """Write judgements as ground truth: one grade for each query and result."""
    from evalkit.judging.qrels import RULE, as_trec, as_tsv, of_case

    with opened(where_of(store)) as judged:
        rows = of_case(judged.judgements(study), case, how.value)
    _write(path, as_tsv(rows) if path.suffix.lower() == ".tsv" else as_trec(rows))
    queries = len({row.query for row in rows})
    typer.echo(f"Written: {path}, {len(rows)} grades of {queries} queries.")
    typer.echo(RULE.format(how=how.value))


app.command("agreement")(judge_numbers.agreement)
app.command("plan")(judge_numbers.plan)
app.command("apply")(judge_numbers.apply)


def _text(path: Path) -> str:
    """Return the text of a file; raises UsageError where it cannot be read."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError) as e:
        raise UsageError(f"{path} cannot be read as text in UTF-8 ({e}).") from e


def _write(path: Path, text: str) -> None:
    """Write a file; raises OutputError where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="")
    except OSError as e:
        raise OutputError(Problem(str(path), f"cannot be written ({e.strerror}).")) from e
