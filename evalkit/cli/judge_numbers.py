"""judge agreement, plan and apply: how far reviewers agree, what is left, and what they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from evalkit.cli.batch import AsJson
from evalkit.cli.judge_store import (
    How,
    Named,
    OfStudy,
    Place,
    RunFolder,
    Way,
    opened,
    out_of,
    where_of,
)
from evalkit.cli.output import number, print_json, print_table, span
from evalkit.core.errors import UsageError
from evalkit.judging.place import is_made

if TYPE_CHECKING:
    from evalkit.archive import Run
    from evalkit.judging.agreement import Agreement, ByItem, Figure
    from evalkit.judging.store import Store

_ITEMS = 20
"""Contested results that are printed."""


def agreement(study: Named, store: Place = "", as_json: AsJson = False) -> None:
    """Tell how far reviewers agree, and who and what stands out."""
    from evalkit.judging.agreement import agreement as measured

    with opened(where_of(store)) as judged:
        found = measured(judged.judgements(study))
    if as_json:
        print_json(_plain(found))
        return
    _coefficients(study, found)
    _people(found)
    _contested(found.contested)


def _coefficients(study: str, found: Agreement) -> None:
    """Print how far reviewers agree over all results."""
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


def _people(found: Agreement) -> None:
    """Print each reviewer beside the others."""
    people = [
        (one.reviewer, str(one.judged), f"{one.effective:.3f}", _figure(one.alpha),
         _figure(one.raw))
        for one in found.reviewers
    ]  # fmt: skip
    head = ("reviewer", "judged", "effective", "alpha with the others", "raw")
    print_table("Reviewers against the majority of the others", head, people)


def _contested(items: Sequence[ByItem]) -> None:
    """Print the results on which reviewers differ, the most contested first."""
    if not items:
        typer.echo("No result that was judged twice is contested.")
        return
    rows = [
        (one.query, one.item, one.case, str(one.votes), number(one.effective),
         number(one.agreement))
        for one in items[:_ITEMS]
    ]  # fmt: skip
    head = ("query", "result", "case", "judgements", "called effective", "pairs that agree")
    print_table("Results on which reviewers differ, the most contested first", head, rows)
    if (more := len(items) - _ITEMS) > 0:
        typer.echo(f"and {more} more; --json lists every result.")


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

    known, where = api.read(run), where_of(store, run)
    name = study
    if not name and is_made(where):
        with opened(where) as judged:
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
    for line in found.untold:
        typer.echo(f"What judging would do cannot be told of {line}")
    best = [(q.query, q.case, f"{q.weight:.4f}", str(len(q.gates))) for q in found.queries[:20]]
    title = f"Queries worth judging first, {len(best)} of {len(found.queries)}"
    print_table(title, ("query", "case", "weight", "gates"), best)


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

    known, where = api.read(run), where_of(store, run)
    with opened(where) as judged:
        name = study or _study_of(judged, known)
        if not name:
            what = f"no study in {judged.where} judges the run '{known.id}'"
            raise UsageError(f"{what}; `evalkit judge new {run} --name NAME` makes one.")
    done = api.apply_judgements(known, where, name, out=out or out_of(run), how=how.value)
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
