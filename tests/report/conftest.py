"""A run made by hand: two models, every kind of verdict, and names that mean harm if asked to."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from evalkit import report
from evalkit.archive import (
    CaseFacts,
    MetricFacts,
    ModelFacts,
    Moved,
    Pace,
    Run,
    Since,
    Turn,
    judgements_table,
    rankings_table,
    scores_table,
)
from evalkit.core.arrays import Ranking
from evalkit.core.items import Card
from evalkit.core.results import (
    CLEAN,
    Cell,
    Detail,
    Estimate,
    EstimateKind,
    Listing,
    Lost,
    Measured,
    NotOffered,
    Scores,
    Table,
    Verdict,
    VerdictStatus,
)
from evalkit.report import page as pages
from evalkit.report.summary import markdown
from evalkit.report.view import view
from tests.report.hostile import HOSTILE

CASE, ALPHA, BETA = "photos", "alpha", "beta"
SIZES = {ALPHA: (1024, 256), BETA: (1024,)}
METRICS = ("recall@10", "ndcg@10")
PROBES = (CLEAN, "typos/1@query", "typos/5@query")
GROUPS = ("language=en", "language=es")
QUERIES, ITEMS, KEPT = 20, 12, 8
NAN = float("nan")
SOUND = b"OggS a sound"
MakeRun = Callable[..., Run]


@pytest.fixture(scope="session")
def make_run() -> MakeRun:
    """Return a maker of runs. text: what stands in every field that data or people fill."""
    return _run


def _run(
    text: str = "plain", queries: int = QUERIES, models: tuple[str, ...] = (ALPHA, BETA)
) -> Run:
    cells = [
        Cell(CASE, model, probe=probe, dim=dim)
        for model in models
        for dim, probe in product(SIZES[model], PROBES)
    ]
    measured = [_measured(cell, metric, queries, text) for cell in cells for metric in METRICS]
    return Run(
        id="20260102T030405Z-abcdef",
        suite=f"storefront {text}",
        about=f"Shoppers and photos {text}",
        created="2026-01-02T03:04:05+00:00",
        parent="",
        use_case={"problem": [text], "error_costs": {"missed": 3.0, text: 1.0}},
        provenance={"suite": text, "versions": {"evalkit": "0.1.0", text: ""}, "seed": 7},
        cases=(_case(text, queries),),
        models=tuple(_model(name, text) for name in models),
        metrics=tuple(
            MetricFacts(m, "high", 0.0, 1.0, "share", f"Counts `{text}`.\n\nMore is better.")
            for m in METRICS
        ),
        estimates=tuple(e for cell in cells for m in METRICS for e in _estimates(cell, m, text)),
        verdicts=tuple(_verdicts(cells[0], text)),
        lost=(
            Lost(CASE, ALPHA, CLEAN, "corpus", text, "refused", text),
            Lost(CASE, ALPHA, CLEAN, "corpus", "d3", "failed", "timed out"),
            Lost(CASE, "", CLEAN, "query", "q5", "unjudged", "is not judged."),
            *(Lost(CASE, ALPHA, PROBES[1], "query", f"q{n}", "unchanged", "") for n in range(9)),
        ),
        not_offered=(NotOffered(BETA, CASE, f"size 256 {text}"),),
        scores=scores_table(measured),
        rankings=rankings_table([_listing(c, queries, text) for c in cells], {CASE: _grades(text)}),
        judgements=judgements_table({CASE: _grades(text)}),
        items=_items(text, queries),
        examples=_examples(text),
        details=tuple(_details(cells[0], text)),
        since=_since(cells[0], text),
    )


def _since(cell: Cell, text: str) -> Since:
    """An earlier run: a gate that turned, one that is new, a value and a query that changed."""
    gate = "photos: ndcg@10 number"
    turns = (
        Turn(f"{gate} 1 {text}", cell, "ndcg@10", "", "pass", "fail", 0.6, 0.4),
        Turn(f"{gate} 5 {text}", cell, "ndcg@10", "", "", "pass", NAN, 0.4),
    )
    change = Estimate(
        "regression", cell, f"run {text}", "ndcg@10", "", 0.2, 0.1, 0.3, 40, 0.01, "bca"
    )
    moved = Moved(cell, "ndcg@10", _query_id(0, text), 0.75, 0.25, (_item_id(0, text), "gone"))
    return Since(
        f"earlier {text}", "2026-01-01T03:04:05+00:00", "previous", 5, turns, (change,), (moved,)
    )


def _examples(text: str) -> pa.Table:
    """An item of text and a picture under a probe, one severity of which leaves it as it is."""
    rows = [
        (CASE, f"{text}@query", "q1", 0, None, text),
        (CASE, f"{text}@query", "q1", 3, None, f"{text} changed"),
        (CASE, "grayscale@corpus", "d1", 0, _jpeg(3), ""),
        (CASE, "grayscale@corpus", "d1", 3, None, ""),
    ]
    names = ("case", "probe", "item", "severity", "picture", "text")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _case(text: str, queries: int) -> CaseFacts:
    return CaseFacts(
        name=CASE, task="retrieval", dataset="storefront", fingerprint="f" * 64, queries=queries,
        corpus=ITEMS, query_modalities=("text",), corpus_modalities=("image",), metrics=METRICS,
        groups=("language",), systems=("plain",), probes=PROBES[1:], relevant=2,
        similarity="cosine", depth=10, keep=KEPT,
        card=Card("storefront", text, text, text, (text,), ("image",), (text,), text, (text,)),
    )  # fmt: skip


def _model(name: str, text: str) -> ModelFacts:
    return ModelFacts(
        name=name, provider="reference", model=text, revision="r1", about=f"Small. {text}",
        sizes=(1024, 256), offered=SIZES[name], nested="yes", how="cut",
        wanted=100, found=60, sent=40, lost=2, dollars=0.25,
        paces=(
            Pace(CASE, "query", SIZES[name], 0.125, 40, 0.02),
            Pace(CASE, "corpus", (256,), None, 0, None),
        ),
    )  # fmt: skip


def _estimates(cell: Cell, metric: str, text: str) -> Iterator[Estimate]:
    """Yield numbers that tell their place: no two values are alike."""
    seed = (cell.model, cell.dim, cell.probe, metric)
    base = 0.4 + (sum(map(ord, repr(seed))) % 97) / 500
    made = 0

    def one(kind: EstimateKind, against: str = "", group: str = "", n: int = 40) -> Estimate:
        nonlocal made
        made += 1
        value = (base if kind == "value" else base / 10) + made / 1000
        low, high = value - 0.03, value + 0.03
        return Estimate(kind, cell, against, metric, group, value, low, high, n, NAN, "bca")

    yield one("value")
    for group in (*GROUPS, f"language={text}"):
        yield one("value", group=group, n=12 if group == GROUPS[1] else 40)
        if cell.probe == CLEAN:
            yield one("gap", "rest", group)
        else:
            yield one("drop", "probe clean", group)
    if cell.probe != CLEAN:
        yield one("drop", "probe clean")
    if cell.dim < max(SIZES[cell.model]):
        yield one("loss", "at 1024")
    if cell.model == ALPHA and cell.dim == 1024 and cell.probe == CLEAN:
        yield one("advantage", "model beta")


def _verdicts(cell: Cell, text: str) -> Iterator[Verdict]:
    statuses: tuple[VerdictStatus, ...] = (
        "pass", "fail", "inconclusive", "missing", "waived", "pass",
    )  # fmt: skip
    value = next(e for e in _estimates(cell, "ndcg@10", text) if e.kind == "value")
    for n, status in enumerate(statuses):
        seen = (NAN, NAN, NAN) if status == "missing" else (value.value, value.low, value.high)
        yield Verdict(
            f"photos: ndcg@10 number {n} {text}", cell, "ndcg@10", "", status, *seen, n=40,
            bound="at least 0.45", p=0.5, p_adjusted=0.9, mde=0.123,
            more_queries=456 if status == "inconclusive" else None, why=f"Because {text}", line=n,
        )  # fmt: skip


def _measured(cell: Cell, metric: str, queries: int, text: str) -> Measured:
    ids = tuple(_query_id(n, text) for n in range(queries))
    values = np.linspace(0, 1, queries).round(6)
    values[3] = NAN
    clusters = np.array([f"intent{n // 2}" for n in range(queries)], object)
    scores = Scores(ids, (clusters,), {"value": values})
    return Measured(cell, metric, scores, np.arange(queries) != 5)


def _query_id(n: int, text: str) -> str:
    return text if n == 0 else f"q{n}"


def _item_id(n: int, text: str) -> str:
    return f"d{n}{text}" if n < 2 else f"d{n}"


def _listing(cell: Cell, queries: int, text: str) -> Listing:
    rows = (np.arange(KEPT) + np.arange(queries)[:, None] + cell.dim // 256 - 1) % ITEMS
    ids = tuple(_query_id(n, text) for n in range(queries))
    docs = tuple(_item_id(n, text) for n in range(ITEMS))
    scores = np.tile(np.linspace(0.9, 0.1, KEPT), (queries, 1))
    return Listing(cell, Ranking(ids, docs, rows.astype(np.int64), scores, rows.astype(np.int64)))


def _grades(text: str) -> dict[str, dict[str, int]]:
    docs = [_item_id(n, text) for n in range(ITEMS)]
    grades = {docs[0]: 3, docs[5]: 2, docs[6]: 1, docs[7]: 0}
    return {_query_id(n, text): grades for n in range(QUERIES)}


def _details(cell: Cell, text: str) -> Iterator[Detail]:
    """Yield a table of each kind, with foreign text wherever data may put it."""
    counts = ((text, 3, 1, 0), ("sofa", 0, 0, 0))
    yield Detail(
        cell, Table("confusion@5", text, ("", text, "sofa", "no vote"), counts, text, "matrix")
    )
    points = ((0.5, 0.9, None), (1.0, 0.75, 0.25))
    yield Detail(
        cell, Table("abstention@5", text, ("coverage", text, "share"), points, text, "curves")
    )
    rows = (("1", 1200, 0.25, None), (text, 3, 1.0, text))
    yield Detail(cell, Table("clusters", text, ("cluster", "items", "share", text), rows))


def _items(text: str, queries: int) -> pa.Table:
    def row(side: str, name: str, modality: str, words: str, picture: bytes | None) -> Any:
        tags = json.dumps({"language": ["en", text]})
        return (CASE, side, name, modality, words, tags, picture, SOUND if name == "d4" else None)

    rows = [
        row("query", _query_id(n, text), "text", f"query {n} {text}", None) for n in range(queries)
    ]
    rows += [
        row("corpus", _item_id(n, text), "image", text if n % 2 else "", _jpeg(n))
        for n in range(ITEMS)
    ]
    names = ("case", "side", "id", "modality", "text", "tags")
    media = [("picture", pa.binary()), ("sound", pa.binary())]
    schema = pa.schema([*((n, pa.string()) for n in names), *media])
    return pa.Table.from_pylist([dict(zip(schema.names, r, strict=True)) for r in rows], schema)


def _jpeg(n: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 32), (20 * n, 120, 200)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="session")
def run(make_run: MakeRun) -> Run:
    """Return an ordinary run."""
    return make_run()


@pytest.fixture(scope="session")
def written(make_run: MakeRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the report of a run full of hostile text."""
    folder = tmp_path_factory.mktemp("hostile")
    report.write(make_run(HOSTILE), folder)
    return folder


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], str]:
    """Return a maker of pages without charts, which take the most time to draw."""
    monkeypatch.setattr(pages, "charts", lambda seen: {})
    return lambda run: pages.html(view(run))


@pytest.fixture
def summary() -> Callable[[Run], str]:
    """Return a maker of summaries."""
    return lambda run: markdown(view(run))


@pytest.fixture
def without_gates(run: Run) -> Run:
    """Return a run that decides nothing."""
    return replace(run, verdicts=())
