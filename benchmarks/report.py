"""How long a report takes and how large it is, for runs of 240, 10,000 and 100,000 queries.

The peer is pyarrow: the same run written as run.json and Parquet files, in turn. Runs are
made here: one case, a corpus of 5,000 photos and recordings, one model at four sizes, two metrics,
two probes, ten places of each ranking. Every result has its medium as a run keeps it, made by the
code that makes them there: a thumbnail of a photo, no two alike, or a waveform, and of 200
recordings that the worst queries found some seconds to listen to.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
from _measure import machine, medians, paired, ratio, report
from PIL import Image

from evalkit.archive import (
    CaseFacts,
    MetricFacts,
    ModelFacts,
    Run,
    judgements_table,
    rankings_table,
    save,
    scores_table,
)
from evalkit.core.arrays import Ranking
from evalkit.core.items import Card, Media
from evalkit.core.results import CLEAN, Cell, Estimate, EstimateKind, Listing, Measured, Scores
from evalkit.media import previews
from evalkit.media.audio import encode_sound
from evalkit.media.images import thumbnail
from evalkit.report.page import html
from evalkit.report.view import view

CASE, MODEL, METRICS, KEPT = "made", "model", ("ndcg@10", "hit@10"), 10
DIMS, PROBES = (3072, 1024, 384, 256), (CLEAN, "typos/1@query", "typos/3@query")
CORPUS, PICTURES, SOUNDS, PIXELS = 5_000, 2_000, 200, 128
PHOTOS = Path(__file__).parents[1] / "datasets" / "storefront" / "images"


def made(queries: int, seed: int = 7) -> Run:
    """Return a run of so many queries."""
    rng = np.random.default_rng(seed)
    ids = tuple(f"q{n:06d}" for n in range(queries))
    docs = tuple(f"d{n:05d}" for n in range(CORPUS))
    cells = [Cell(CASE, MODEL, probe=probe, dim=dim) for dim in DIMS for probe in PROBES]
    clusters = (np.array(ids, object),)
    every = np.ones(queries, bool)
    measured = [
        Measured(cell, m, Scores(ids, clusters, {"value": rng.random(queries).round(6)}), every)
        for cell in cells
        for m in METRICS
    ]
    rows = np.argsort(rng.random((min(queries, 2_000), PICTURES)), axis=1)[:, :KEPT]
    rows = np.resize(rows, (queries, KEPT)).astype(np.int64)
    worst = np.argsort(measured[0].scores.columns["value"])[:PICTURES]
    scores = np.tile(np.linspace(0.9, 0.1, KEPT), (queries, 1))
    listings = [Listing(cell, Ranking(ids, docs, rows, scores, rows)) for cell in cells]
    grades = {CASE: {q: {docs[r]: 2 for r in rows[n, :2]} for n, q in enumerate(ids)}}
    return Run(
        id="20260101T000000Z-abcdef", suite="made", about="", created="2026-01-01T00:00:00+00:00",
        parent="", use_case={}, provenance={"seed": seed}, cases=(_case(queries),),
        models=(_model(),), metrics=tuple(_metric(m) for m in METRICS),
        estimates=tuple(_estimates(measured)), verdicts=(), lost=(), not_offered=(),
        scores=scores_table(measured), rankings=rankings_table(listings, grades),
        judgements=judgements_table(grades), examples=pa.table({}),
        items=_items(ids, docs, rows[worst].ravel().tolist()),
    )  # fmt: skip


def _case(queries: int) -> CaseFacts:
    """Return what the case is."""
    return CaseFacts(
        name=CASE, task="retrieval", dataset="made", fingerprint="", queries=queries, corpus=CORPUS,
        query_modalities=("text",), corpus_modalities=("audio", "image"), metrics=METRICS,
        groups=("kind",), systems=("plain",), probes=PROBES[1:], relevant=1, similarity="cosine",
        depth=KEPT, keep=KEPT, card=Card("made"),
    )  # fmt: skip


def _model() -> ModelFacts:
    """Return what the model is."""
    return ModelFacts(
        MODEL, "made", MODEL, "", "", DIMS, DIMS, "yes", "cut", wanted=0, found=0, sent=0, lost=0
    )


def _metric(name: str) -> MetricFacts:
    """Return what a metric is."""
    return MetricFacts(name, "high", 0.0, 1.0, "share", "A share.")


def _estimates(measured: list[Measured]) -> Iterator[Estimate]:
    """Yield a value of every cell, of 20 groups, and the drops under probes."""
    for one in measured:
        value = float(one.scores.columns["value"].mean())
        for group in ("", *(f"kind={n}" for n in range(20))):
            yield _estimate("value", one, "", group, value)
            if one.cell.probe != CLEAN:
                yield _estimate("drop", one, "probe clean", group, 0.01)


def _estimate(
    kind: EstimateKind, one: Measured, against: str, group: str, value: float
) -> Estimate:
    """Return an estimate."""
    low, high, n = value - 0.01, value + 0.01, len(one.scores.ids)
    return Estimate(
        kind,
        one.cell,
        against,
        one.metric,
        group,
        value,
        low,
        high,
        n,
        0.5,
        "bca",
    )


def _items(ids: tuple[str, ...], docs: tuple[str, ...], found: list[int]) -> pa.Table:
    """Return queries with a text, and items of which the first 2,000 have a medium.

    found: what the worst queries found, they first; 200 recordings of that can be heard.
    """
    tags = [json.dumps({"kind": [str(n % 20)]}) for n in range(len(ids))]
    pictures = _pictures()
    heard = [n for n in dict.fromkeys(found) if n % 2][:SOUNDS]
    sounds = dict(zip(heard, _sounds(), strict=False))
    shown = [pictures[n] if n < PICTURES else None for n in range(len(docs))]
    words = [f"what somebody asked, number {n}, in a sentence of the usual length" for n in ids]
    kinds = ["audio" if n % 2 else "image" for n in range(len(docs))]
    text, binary = pa.string(), pa.binary()
    return pa.table({
        "case": pa.array([CASE] * (len(ids) + len(docs)), text),
        "side": pa.array(["query"] * len(ids) + ["corpus"] * len(docs), text),
        "id": pa.array([*ids, *docs], text),
        "modality": pa.array(["text"] * len(ids) + kinds, text),
        "text": pa.array([*words, *([""] * len(docs))], text),
        "tags": pa.array([*tags, *(["{}"] * len(docs))], text),
        "picture": pa.array([*([None] * len(ids)), *shown], binary),
        "sound": pa.array([*([None] * len(ids)), *map(sounds.get, range(len(docs)))], binary),
    })  # fmt: skip


@lru_cache(maxsize=1)
def _pictures() -> tuple[bytes, ...]:
    """Return what stands for an item: a photo of the storefront or a waveform, in turn."""
    photos = [Image.open(path).convert("RGB") for path in sorted(PHOTOS.glob("*.jpg"))]
    found = []
    for n in range(PICTURES):
        if n % 2:
            made = previews.picture(_recording(n, seconds=2.0), PIXELS)
            found.append(made or b"")
        else:
            found.append(_thumbnail(photos[n // 2 % len(photos)], n // 2 // len(photos)))
    return tuple(found)


def _thumbnail(photo: Image.Image, turn: int) -> bytes:
    """Return a photo as a run keeps it, turned by a few degrees so that no two are alike."""
    out = io.BytesIO()
    photo.rotate(3 * turn, Image.Resampling.BICUBIC, fillcolor="white").save(out, "BMP")
    return thumbnail(out.getvalue(), PIXELS)


@lru_cache(maxsize=1)
def _sounds() -> tuple[bytes, ...]:
    """Return the beginnings of recordings, as a run keeps them."""
    return tuple(previews.player(_recording(n, seconds=6.0)) or b"" for n in range(SOUNDS))


def _recording(seed: int, seconds: float) -> Media:
    """Return bursts of noise about as long as words, which compress as badly as sound does."""
    rng, rate = np.random.default_rng(seed), 16_000
    loud = np.repeat(rng.random(round(seconds * 5)) ** 2, rate // 5)
    samples = (loud * rng.normal(0, 0.2, loud.size)).astype(np.float32)
    return Media("audio/wav", data=encode_sound(samples, rate, "audio/wav"))


def measure(queries: int, repeats: int) -> dict[str, object]:
    """Return the seconds of both, how many times as long the report took, and its size."""
    run, sizes = made(queries), set[int]()
    html(view(run))  # the charts' library is made once

    def render() -> None:
        sizes.add(len(html(view(run)).encode()))

    with tempfile.TemporaryDirectory() as folder:
        seconds = paired({"report": render, "parquet": lambda: save(run, Path(folder))}, repeats)
    (size,) = sizes  # the same page each time
    return {
        "megabytes": round(size / 1e6, 2),
        "ratio_to_parquet": round(ratio(seconds, "report", "parquet"), 2),
        "seconds": medians(seconds),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--queries", type=int, nargs="+", default=[240, 10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    found = {str(n): measure(n, asked.repeats) for n in asked.queries}
    report(
        {
            "megabytes": {n: one["megabytes"] for n, one in found.items()},
            "ratio_to_parquet": {n: one["ratio_to_parquet"] for n, one in found.items()},
            "seconds": {n: one["seconds"] for n, one in found.items()},
            "pyarrow": version("pyarrow"),
            **machine(),
        },
        asked.json,
    )


if __name__ == "__main__":
    main()
