"""Figures that others published for a benchmark, to stand beside what a case measures.

`published.tsv` holds one figure a line: the benchmark and its revision where the publication
states one, the metric by its name here, the model, the vector size where it is stated, the value
as a share, what to know of it, the publication and its year. The figures are those of the
technical report on Amazon Nova Multimodal Embeddings (2025), and what the MTEB benchmark measured.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from evalkit.core.errors import nearest
from evalkit.suite.entries import cut
from evalkit.suite.place import Place
from evalkit.suite.schema import PublishedFile

_TABLE = Path(__file__).with_name("published.tsv")


@dataclass(frozen=True, slots=True)
class Figure:
    """A published value, a share from 0 to 1; size: None where the publication states none."""

    benchmark: str
    revision: str
    metric: str
    model: str
    size: int | None
    value: float
    note: str
    source: str
    year: int


@lru_cache(maxsize=1)
def figures() -> tuple[Figure, ...]:
    """Return every published figure that is known."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(map(_figure, csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)))


def _figure(row: Mapping[str, str]) -> Figure:
    """Return one line of the table."""
    return Figure(
        benchmark=row["benchmark"],
        revision=row["revision"],
        metric=row["metric"],
        model=row["model"],
        size=int(row["size"]) if row["size"] else None,
        value=float(row["value"]),
        note=row["note"],
        source=row["source"],
        year=int(row["year"]),
    )


def resolve_published(
    declared: PublishedFile | None, metrics: Mapping[str, object] | None, place: Place
) -> Mapping[str, object]:
    """Return the published figures of the benchmark that a case declares, as a run stores them.

    metrics: those of the case by name, None where they are not all known. An unknown benchmark,
    another revision than the publication's, and a metric that the case does not measure are
    reported.
    """
    if declared is None:
        return {}
    known = {figure.benchmark for figure in figures()}
    if declared.benchmark not in known:
        what = f"no published figures are known for the benchmark '{cut(declared.benchmark)}'"
        place.at("benchmark").wrong(f"{what}; {nearest(declared.benchmark, sorted(known))}")
        return {}
    found = [figure for figure in figures() if figure.benchmark == declared.benchmark]
    if not (_right_revision(declared, found, place) and _right_metric(found, metrics, place)):
        return {}
    return {
        "benchmark": declared.benchmark,
        "revision": declared.revision,
        "stated": found[0].revision,
        "metric": found[0].metric,
        "figures": [_stored(figure) for figure in found],
    }


def _stored(figure: Figure) -> dict[str, object]:
    """Return what is stored of each figure; the rest is the same for all of a benchmark."""
    shared = ("benchmark", "revision", "metric")
    return {key: value for key, value in asdict(figure).items() if key not in shared}


def _right_revision(declared: PublishedFile, found: list[Figure], place: Place) -> bool:
    """Return whether the declared revision may be that of the figures; report where it is not."""
    stated = found[0].revision
    if not stated or declared.revision.strip().casefold() == stated.casefold():
        return True
    what = f"the figures of {declared.benchmark} were published for revision '{stated}'"
    fix = "Figures of different data cannot stand side by side: leave 'published' out."
    place.at("revision").wrong(f"{what}, not for '{cut(declared.revision)}'.", fix)
    return False


def _right_metric(found: list[Figure], metrics: Mapping[str, object] | None, place: Place) -> bool:
    """Return whether a case measures the metric of the figures; report where it does not."""
    name, metric = found[0].benchmark, found[0].metric
    if not metric:
        what = f"the publication does not say by which metric {name} was measured"
        place.at("benchmark").wrong(f"{what}, so that nothing can stand beside it.")
        return False
    if metrics is not None and metric not in metrics:
        what = f"the figures of {name} were published in {metric}, which the case does not measure"
        place.at("benchmark").wrong(f"{what}.", f"Add {metric} to its metrics.")
        return False
    return True
