"""judge new, list, plan, export, import, agreement, apply and qrels: from runs to judgements."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from evalkit.cli.batch import AsJson
from evalkit.cli.output import print_json, print_table, span
from evalkit.core.errors import OutputError, Problem, UsageError
from evalkit.judging.place import NAME, VARIABLE, is_made, place_of

if TYPE_CHECKING:
    from evalkit.archive import Run
    from evalkit.judging.agreement import Figure
    from evalkit.judging.store import Store

app = typer.Typer(
    name="judge",
    no_args_is_help=True,
    help="Let people judge what models returned, and use what they say.",
    rich_markup_mode=None,
)

Place = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="FILE|URL",
        help=f"Where judgements are kept (default: ${VARIABLE}, else {NAME} beside the runs).",
        show_default=False,
    ),
]
Named = Annotated[str, typer.Argument(metavar="STUDY", help="The study.", show_default=False)]
Who = Annotated[str, typer.Option("--reviewer", help="Whose sheet it is.", show_default=False)]
OfStudy = Annotated[
    str,
    typer.Option("--study", help="The study (default: the one of this run).", show_default=False),
]
RunFolder = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's or suite's folder.", show_default=False)
]


class Way(StrEnum):
    """How several judgements of a result are brought together."""

    majority = "majority"
    dawid_skene = "dawid-skene"


How = Annotated[Way, typer.Option(help="How judgements are brought together.")]
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
    with _opened(_where(store, runs[0]), make=True) as judged:
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
    with _opened(_where(store)) as judged:
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
    with _opened(_where(store)) as judged:
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

    with _opened(_where(store)) as judged:
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

    with _opened(_where(store)) as judged:
        rows = of_case(judged.judgements(study), case, how.value)
    _write(path, as_tsv(rows) if path.suffix.lower() == ".tsv" else as_trec(rows))
    queries = len({row.query for row in rows})
    typer.echo(f"Written: {path}, {len(rows)} grades of {queries} queries.")
    typer.echo(RULE.format(how=how.value))


@app.command("agreement")
def agreement(study: Named, store: Place = "", as_json: AsJson = False) -> None:
    """Tell how far reviewers agree, and who and what stands out."""
    from evalkit.judging.agreement import agreement as measured

    with _opened(_where(store)) as judged:
        found = measured(judged.judgements(study))
    if as_json:
        print_json(_plain(found))
        return
    kinds = {
        "Krippendorff's alpha": found.alpha,
        "alpha of grades": found.grades,
        "Fleiss' kappa": found.kappa,
        "Gwet's AC1": found.ac1,
        "raw agreement": found.raw,
    }
    title = f"{study}: {found.judgements} judgements of {found.results} results"
    rows = [(name, _figure(figure), str(figure.n)) for name, figure in kinds.items()]
    print_table(title, ("agreement", "value [90 % interval]", "results"), rows)
    people = [
        (one.reviewer, str(one.judged), f"{one.effective:.3f}", _figure(one.alpha),
         _figure(one.raw))
        for one in found.reviewers
    ]  # fmt: skip
    head = ("reviewer", "judged", "effective", "alpha with the others", "raw")
    print_table("Reviewers against the majority of the others", head, people)


@app.command("plan")
def plan(
    run: RunFolder,
    study: OfStudy = "",
    width: Annotated[float, typer.Option(help="Of the interval, high minus low.")] = 0.1,
    share: Annotated[
        float | None, typer.Option(help="The share of effective inputs that is expected.")
    ] = None,
    wanted: Annotated[int, typer.Option(help="Judgements an input, without a study.")] = 3,
    depth: Annotated[int, typer.Option(help="Results a list, without a study.")] = 5,
    store: Place = "",
    as_json: AsJson = False,
) -> None:
    """Tell how many inputs to judge, and which queries would settle open gates."""
    from evalkit import api

    known, where = api.read(run), _where(store, run)
    name = study
    if not name and is_made(where):
        with _opened(where) as judged:
            name = _study_of(judged, known)
    found = api.judgement_plan(
        known, where if name else None, name or None,
        width=width, share=share, wanted=wanted, depth=depth,
    )  # fmt: skip
    if as_json:
        print_json({"study": name, **cast("dict[str, object]", _plain(found))})
        return
    sizes = [
        (case, f"{s.share:.2f}", str(s.inputs), str(s.judged), str(s.left), str(s.judgements))
        for case, s in found.sizes.items()
    ]
    head = ("case", "expected share", "inputs", "judged", "left", "judgements")
    print_table(f"For a {0.9:.0%} interval {width:g} wide", head, sizes)
    gates = [(g.gate, g.status, span(g.observed, g.low, g.high), str(g.queries))
             for g in found.gates]  # fmt: skip
    print_table(
        "Gates that judgements could decide",
        ("gate", "status", "now [if all were judged]", "queries that count"),
        gates,
    )
    best = [(q.query, q.case, f"{q.weight:.4f}", str(len(q.gates))) for q in found.queries[:20]]
    title = f"Queries worth judging first, {len(best)} of {len(found.queries)}"
    print_table(title, ("query", "case", "weight", "gates"), best)


@app.command("apply")
def apply(
    run: RunFolder,
    study: OfStudy = "",
    how: How = Way.majority,
    out: Annotated[
        Path | None,
        typer.Option(help="Where runs are stored (default: beside RUN).", show_default=False),
    ] = None,
    store: Place = "",
    as_json: AsJson = False,
) -> None:
    """Write a new run with what reviewers say as its effectiveness; nothing is embedded.

    Ends with code 1 where a gate of the new run fails.
    """
    from evalkit import api

    known, where = api.read(run), _where(store, run)
    with _opened(where) as judged:
        name = study or _study_of(judged, known)
        if not name:
            what = f"no study in {judged.where} judges the run '{known.id}'"
            raise UsageError(f"{what}; `evalkit judge new {run} --name NAME` makes one.")
    done = api.apply_judgements(known, where, name, out=out or _out(run), how=how.value)
    counts = Counter(verdict.status for verdict in done.run.verdicts)
    values = [e for e in done.run.estimates
              if e.metric == "effective" and e.kind == "value" and not e.group]  # fmt: skip
    if as_json:
        told = [asdict(e) for e in values]
        facts = {"run": done.run.id, "parent": done.run.parent, "folder": str(done.folder)}
        print_json({**facts, "study": name, "verdicts": dict(counts), "effective": told})
    else:
        rows = [(str(e.cell), span(e.value, e.low, e.high), str(e.n)) for e in values]
        title = f"Effective inputs by {how.value} of study {name}"
        print_table(title, ("cell", "share [90 % interval]", "inputs"), rows)
        verdicts = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
        typer.echo(f"Gates: {verdicts or 'none'}. Written: {done.folder}, with its report.html.")
        typer.echo(f"`evalkit dashboard {done.folder}` shows it.")
    raise typer.Exit(bool(done.run.failed()))


def _study_of(judged: Store, run: Run) -> str:
    """Return the study of a run, "" where there is none; raises UsageError for several."""
    from evalkit.pipeline.judged import origin

    ids = {run.id, origin(run)}
    fits = [name for name in judged.names() if ids & set(judged.head(name).runs)]
    if len(fits) > 1:
        raise UsageError(
            f"several studies judge that run; name one with --study: {', '.join(fits)}."
        )
    return fits[0] if fits else ""


def _figure(figure: Figure) -> str:
    """Return a figure with its interval."""
    return span(figure.value, figure.low, figure.high)


def _plain(value: object) -> object:
    """Return records as dicts and lists."""
    from dataclasses import fields, is_dataclass

    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(one) for name, one in value._asdict().items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


@contextmanager
def _opened(where: str, make: bool = False) -> Iterator[Store]:
    """Open a store; none is made by looking at it."""
    try:
        from evalkit.judging.store import Store
    except ModuleNotFoundError as e:
        if e.name != "sqlalchemy":
            raise
        raise UsageError("judging needs SQLAlchemy: pip install 'evalkit[judging]'.") from None

    if not make and not is_made(where):
        raise UsageError(
            f"{where}: there are no judgements here. Name their file with --store or {VARIABLE}; "
            "`evalkit judge new` makes one."
        )
    with Store(where) as store:
        yield store


def _where(given: str, run: str = "") -> str:
    """Return where judgements are kept: beside a run where one is named, else below `reports`."""
    from evalkit import api

    return place_of(_out(run) if run else api.REPORTS, given)


def _out(run: str) -> Path:
    """Return the folder below which a run is stored."""
    from evalkit import archive

    found = archive.latest(Path(run).parent, Path(run).name) or Path(run)
    return Path(os.path.relpath(found.resolve().parents[1]))


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
