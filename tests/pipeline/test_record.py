"""What is kept with a run: worst queries and their pictures, tags, lost queries, metrics, depth."""

from __future__ import annotations

import io
import json
import wave as wave_file
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from PIL import Image

from evalkit import archive
from evalkit.core import registry
from evalkit.core.arrays import Ranking
from evalkit.core.items import Card, Dataset, Item, Media, Page, Pair, Truth
from evalkit.core.plan import CasePlan
from evalkit.core.results import Cell, Listing, Measured, Scores
from evalkit.metrics._ranking import RankingMetric
from evalkit.pipeline import content
from evalkit.pipeline.content import items_table
from tests import toys

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Regret(RankingMetric):
    """A metric with parameters that is better low."""

    k: int = 3
    base: float = 2.0
    steps: tuple[int, ...] = (1, 2)
    word: ClassVar[str] = "regret"
    better: ClassVar[Literal["high", "low", "zero"]] = "low"

    def values(self, evidence: Any) -> Any:
        return np.zeros(len(evidence.ids))


def photos(
    names: Sequence[str], tags: Mapping[str, Any] | None = None, grades: Any = None
) -> Dataset:
    """Queries by the given names, and as many photos, of which the nth is the answer to the nth."""
    queries = tuple(Item(name, f"find {name}", tags or {}) for name in names)
    corpus = tuple(Item(f"p{n}", Media("image/jpeg", data=jpeg(n))) for n in range(len(names)))
    found = grades or {name: {f"p{n}": 1} for n, name in enumerate(names)}
    return Dataset("photos", queries, corpus, Truth(grades=found), Card("photos"))


def jpeg(n: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (n * 9 % 255, 9, 9)).save(out, "JPEG")
    return out.getvalue()


def scored(case: CasePlan, metric: str, scores: Mapping[str, float], dim: int = 16) -> Measured:
    """Scores of some queries, in the given order."""
    clusters = (np.array(list(scores), object),)
    columns = {"value": np.array(list(scores.values()))}
    cell = Cell(case.name, "toy", dim=dim)
    known = np.ones(len(scores), bool)
    return Measured(cell, metric, Scores(tuple(scores), clusters, columns), known)


def worst(case: CasePlan, *measured: Measured) -> list[str]:
    return content._worst_first(case, measured)


def test_unscored_queries_are_not_the_worst() -> None:
    case = toys.case(photos("abc"))
    found = scored(case, "ndcg@10", {"a": NAN, "b": 0.9, "c": 0.2})
    assert worst(case, found) == ["c", "b", "a"]


def test_a_metric_that_is_better_low_is_turned() -> None:
    case = replace(toys.case(photos("abc")), metrics=(Regret(),))
    found = scored(case, "regret@3", {"a": 1.0, "b": 9.0, "c": 4.0})
    assert worst(case, found) == ["b", "c", "a"]


def test_scores_are_told_apart_by_id_and_need_not_cover_every_query() -> None:
    case = toys.case(photos("abc"))
    some = scored(case, "ndcg@10", {"c": 0.1, "b": 0.6})
    others = scored(case, "hit@1", {"pair-1": 0.0, "b": 0.2, "a": 0.9}, dim=4)
    assert worst(case, some, others) == ["c", "b", "a"]


def test_pictures_of_the_worst_queries_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_PICTURES", 2)
    case = toys.case(photos("abcdef"))
    found = scored(case, "ndcg@10", {"a": 0.9, "b": 0.8, "c": 0.7, "d": NAN, "e": 0.0, "f": 0.5})
    # lists in another order than the queries of the case: e finds p1, f finds p2
    rows = np.array([[1], [2], [0]])
    ranking = Ranking(("e", "f", "a"), tuple(f"p{n}" for n in range(6)), rows, rows + 0.5, rows)
    listing = Listing(Cell("find", "toy", dim=16), ranking)
    table = items_table(toys.plan([case]), [listing], [found]).to_pylist()
    shown = {row["id"] for row in table if row["side"] == "corpus" and row["picture"]}
    assert shown == {"p1", "p4"}  # what the worst query found, and what it should have


def test_the_items_that_a_query_missed_have_pictures_too() -> None:
    grades = {"a": {f"p{n}": 3 - n // 4 for n in range(9)}}
    case = toys.case(photos("abcdefghij", grades=grades), relevant=1)
    table = items_table(toys.plan([case]), [], [scored(case, "ndcg@10", {"a": 0.0})]).to_pylist()
    shown = [row["id"] for row in table if row["side"] == "corpus" and row["picture"]]
    assert shown == [f"p{n}" for n in range(8)]  # five may be found, three are shown as missed


def sound(seconds: float = 0.3, hertz: float = 440.0) -> bytes:
    """A tone as a WAV file, 8 kHz, 16 bits."""
    out = io.BytesIO()
    wave = np.sin(np.arange(int(8_000 * seconds)) * hertz * 2 * np.pi / 8_000)
    with wave_file.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes((wave * 20_000).astype("<i2").tobytes())
    return out.getvalue()


def recordings(count: int) -> Dataset:
    """Queries q0, q1 ... and a tone each, which is the answer to it."""
    queries = tuple(Item(f"q{n}", f"find {n}") for n in range(count))
    tones = [Media("audio/wav", data=sound(hertz=300 + 50 * n)) for n in range(count)]
    corpus = tuple(Item(f"s{n}", tone) for n, tone in enumerate(tones))
    grades = {f"q{n}": {f"s{n}": 1} for n in range(count)}
    return Dataset("tones", queries, corpus, Truth(grades=grades), Card("tones"))


def by_id(table: Any) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in table.to_pylist()}


def test_recordings_have_a_waveform_and_a_sound_to_listen_to() -> None:
    case = toys.case(recordings(1), relevant=1)
    rows = by_id(items_table(toys.plan([case]), [], []))
    assert rows["s0"]["picture"].startswith(b"\x89PNG")
    assert rows["s0"]["sound"].startswith(b"OggS")
    assert len(rows["s0"]["sound"]) <= 40_000
    assert (rows["q0"]["picture"], rows["q0"]["sound"]) == (None, None)


def test_sounds_are_kept_for_the_worst_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_SOUNDS", 2)
    case = toys.case(recordings(4), relevant=1)
    found = scored(case, "ndcg@10", {"q0": 0.9, "q1": 0.1, "q2": 0.8, "q3": 0.0})
    rows = by_id(items_table(toys.plan([case]), [], [found]))
    assert {name for name, row in rows.items() if row["sound"]} == {"s1", "s3"}
    assert {name for name, row in rows.items() if row["picture"]} == {"s0", "s1", "s2", "s3"}


def test_a_mixed_item_shows_its_first_picture_before_its_waveform() -> None:
    tone, photo = Media("audio/wav", data=sound()), Media("image/jpeg", data=jpeg(1))
    data = recordings(1)
    mixed = replace(data, corpus=(Item("s0", ("words", tone, photo)),))
    row = by_id(items_table(toys.plan([toys.case(mixed, relevant=1)]), [], []))["s0"]
    assert row["picture"].startswith(b"\xff\xd8")
    assert row["sound"].startswith(b"OggS")
    assert (row["modality"], row["text"]) == ("mixed", "words")


def test_a_document_shows_its_first_page_and_a_page_itself() -> None:
    out, sheets = io.BytesIO(), [Image.new("RGB", (80, 120), c) for c in ("red", "blue")]
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    document = Media("application/pdf", data=out.getvalue())
    items = (Item("s0", document), Item("s1", Page(document, 2)))
    case = toys.case(replace(recordings(2), corpus=items), relevant=1)
    rows = by_id(items_table(toys.plan([case]), [], []))
    first, second = (
        np.asarray(Image.open(io.BytesIO(rows[name]["picture"]))).mean(axis=(0, 1))
        for name in ("s0", "s1")
    )
    assert first[0] > 200 > 60 > first[2]  # red
    assert second[2] > 200 > 60 > second[0]  # blue
    assert {rows[name]["modality"] for name in ("s0", "s1")} == {"document"}


@pytest.mark.parametrize("mime", ["audio/wav", "video/mp4", "image/jpeg", "application/pdf"])
def test_media_that_cannot_be_read_have_neither(mime: str) -> None:
    broken = replace(recordings(1), corpus=(Item("s0", Media(mime, data=b"no such thing")),))
    row = by_id(items_table(toys.plan([toys.case(broken, relevant=1)]), [], []))["s0"]
    assert (row["picture"], row["sound"]) == (None, None)


def test_hidden_content_has_neither_picture_nor_sound() -> None:
    case = toys.case(recordings(1), relevant=1)
    row = by_id(items_table(toys.plan([case], content="hash"), [], []))["s0"]
    assert (row["picture"], row["sound"]) == (None, None)
    assert row["text"].startswith("sha256 ")


def test_the_members_of_pairs_are_stored_with_their_media() -> None:
    data = photos("ab")
    twins = Truth(pairs=(Pair("p0", "p1", "duplicate"), Pair("a", "p1", "different")))
    case = replace(
        toys.case(replace(data, truth=twins)),
        task=registry.create("tasks", "duplicates"),
        metrics=(registry.metric("average_precision"),),
    )
    ids = ("p0 ~ p1", "a ~ p1")
    clusters = tuple(np.array(side, object) for side in (("p0", "a"), ("p1", "p1")))
    columns = {"score": np.array([0.1, 0.9]), "positive": np.array([1.0, 0.0])}
    cell = Cell("find", "toy", dim=16)
    found = Measured(cell, "average_precision", Scores(ids, clusters, columns), np.ones(2, bool))
    rows = items_table(toys.plan([case]), [], [found]).to_pylist()
    assert [(row["side"], row["id"], bool(row["picture"])) for row in rows] == [
        ("query", "p0 ~ p1", False), ("query", "a ~ p1", False), ("query", "a", False),
        ("corpus", "p0", True), ("corpus", "p1", True),
    ]  # fmt: skip


def test_a_case_is_stored_with_its_corpus_its_criterion_and_its_truth(tmp_path: Path) -> None:
    good = registry.create("metrics", "effective", metric="hit@1", at_least=1.0)
    case = toys.case(toys.dataset())
    found = toys.run_plan(toys.plan([replace(case, metrics=(*case.metrics, good))]), tmp_path)
    facts = found.cases[0]
    assert (dict(facts.corpus_counts), facts.truth) == ({"text": 40}, "grades")
    assert (facts.effective["metric"], facts.effective["at_least"]) == ("hit@1", 1.0)
    (tmp_path / "run").mkdir()
    archive.save(found, tmp_path / "run")
    assert archive.load(tmp_path / "run").cases == found.cases


def test_weights_of_tags_are_kept() -> None:
    tags = {"language": {"en": 0.7, "es": 0.3}, "tone": ("warm", "formal")}
    case = toys.case(photos("a", tags))
    query = items_table(toys.plan([case]), [], []).to_pylist()[0]
    assert json.loads(query["tags"]) == {**tags, "tone": ["warm", "formal"]}


def ungraded(data: Dataset, *queries: str, low: str = "") -> Dataset:
    """The data without the judgements of some queries; `low` keeps only one below relevance."""
    grades = {q: row for q, row in data.truth.grades.items() if q not in queries}
    if low:
        grades[low] = {"d00": 0}
    return replace(data, truth=replace(data.truth, grades=grades))


def test_queries_without_judgements_are_listed_once(tmp_path: Path) -> None:
    data = ungraded(toys.dataset(), "q03", "q04", low="q07")
    model = toys.Toy(refuse=frozenset({"word03 please"}))
    found = toys.run_plan(toys.plan([toys.case(data)], {"toy": model}), tmp_path)
    rows = [(one.item, one.kind, one.reason) for one in found.lost]
    assert rows == [
        ("q03", "refused", "the filter refused it."),
        ("q04", "unjudged", "is not judged."),
        ("q07", "unjudged", "has no relevant item."),
    ]


def test_a_task_without_grades_has_no_unjudged_queries(tmp_path: Path) -> None:
    class Tags(type(registry.create("tasks", "retrieval"))):  # type: ignore[misc]
        truth = "tags"

    case = replace(toys.case(ungraded(toys.dataset(), "q03")), task=Tags())
    assert toys.run_plan(toys.plan([case]), tmp_path).lost == ()


def test_a_metric_is_stored_with_its_parameters(tmp_path: Path) -> None:
    case = replace(toys.case(toys.dataset()), metrics=(registry.metric("ndcg@10"), Regret()))
    found = {m.name: m for m in toys.run_plan(toys.plan([case]), tmp_path).metrics}
    assert found["regret@3"].params == {"base": 2.0, "steps": [1, 2]}
    assert (found["regret@3"].better, found["ndcg@10"].params) == ("low", {})


@pytest.mark.parametrize(
    ("metrics", "keep", "kept", "depth"),
    [
        (("ndcg@10",), 20, 20, 20),
        (("ndcg@10", "recall@50"), 20, 50, 50),
        (("recall@50",), 80, 80, 80),
        (("mrr", "recall@30"), 20, 30, 1000),
        (("avg_recall",), 5, 5, 10),
    ],
)
def test_what_is_kept_reaches_the_deepest_cut(
    metrics: tuple[str, ...], keep: int, kept: int, depth: int
) -> None:
    case = toys.case(toys.dataset(), metrics=metrics, keep=keep)
    assert (case.kept, case.depth) == (kept, depth)


def test_a_run_stores_what_is_kept(tmp_path: Path) -> None:
    case = toys.case(toys.dataset(), metrics=("recall@25", "mrr"))
    found = toys.run_plan(toys.plan([case]), tmp_path)
    assert (found.cases[0].keep, found.cases[0].depth) == (25, 1000)
    assert max(found.rankings["rank"].to_pylist()) == 25
