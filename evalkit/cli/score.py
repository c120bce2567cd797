"""score: a TREC run file against TREC judgements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli.batch import AsJson
from evalkit.cli.output import number, print_json, print_table


def score(
    qrels: Annotated[
        Path,
        typer.Argument(
            help="Judgements, a line each: query, iteration, item, grade.", show_default=False
        ),
    ],
    run: Annotated[
        Path,
        typer.Argument(
            help="Results, a line each: query, Q0, item, rank, score, tag.", show_default=False
        ),
    ],
    metrics: Annotated[
        str, typer.Option("--metrics", help="Names, separated by commas.")
    ] = "map,ndcg@10,recall@20,mrr",
    ties: Annotated[
        str, typer.Option("--ties", help="How equal scores are ordered: trec_eval, id or rank.")
    ] = "trec_eval",
    relevant: Annotated[
        int, typer.Option("--relevant", min=1, help="The grade from which an item is relevant.")
    ] = 1,
    per_query: Annotated[
        bool, typer.Option("--per-query", help="Print the scores of every query, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score a TREC run file against TREC judgements.

    The scores are those of `trec_eval -c`: a judged query without results counts as 0, and results
    of queries without judgements are left out.
    """
    from evalkit import api

    names = [name.strip() for name in metrics.split(",") if name.strip()]
    found = api.score(qrels, run, names, ties=ties, relevant=relevant)
    if as_json:
        shown = {"metrics": found.means, "queries": found.queries, "left_out": found.left_out}
        print_json(shown | ({"per_query": found.per_query} if per_query else {}))
        return
    print_table("means", ("metric", "mean"), [(n, number(v, 4)) for n, v in found.means.items()])
    if per_query:
        rows = [(q, *(number(row[n], 4) for n in names)) for q, row in found.per_query.items()]
        print_table("per query", ("query", *names), rows)
    if found.left_out:
        named = ", ".join(found.left_out[:20]) + (", ..." if len(found.left_out) > 20 else "")
        typer.echo(f"Left out, without judgements: {len(found.left_out)} queries ({named})")
