"""Published figures beside measured ones: only where benchmark, revision and metric are equal."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evalkit import api
from evalkit.archive import Run
from evalkit.core.errors import SuiteError
from evalkit.report import card as cards
from evalkit.report import page as pages
from evalkit.report.summary import markdown
from evalkit.report.view import view
from evalkit.report.view.card import system_card
from evalkit.suite.published import figures
from tests.factories import tiny_suite

SHIPPED = Path(__file__).parents[2] / "suites" / "published-benchmark.yaml"
REPORT = {"source": "a report", "year": 2025}
PUBLISHED = {
    "benchmark": "ActivityNet",
    "revision": "val_1",
    "stated": "",
    "metric": "ndcg@10",
    "figures": [
        {"model": "Nova MME", "size": 1024, "value": 0.805, "note": ""} | REPORT,
        {"model": "Marengo 2.7", "size": None, "value": 0.51, "note": "theirs"} | REPORT,
    ],
}


@pytest.fixture
def declared(run: Run) -> Run:
    """Return a run whose case names a benchmark."""
    return replace(run, cases=(replace(run.cases[0], published=PUBLISHED),))


def loaded(folder: Path, published: str, metrics: str) -> Path:
    """Write a suite whose case names a benchmark."""
    path = tiny_suite(folder, gates=())
    text = path.read_text("utf-8").replace(
        "metrics: [recall@1, ndcg@10]", f"published: {published}\n    metrics: [{metrics}]"
    )
    path.write_text(text.replace("gates:\n", ""), "utf-8")
    return path


def test_the_table_holds_the_figures_of_the_report() -> None:
    known = {(f.benchmark, f.model, f.size): f for f in figures()}
    assert len(known) == len(figures()) == 44
    assert known["ActivityNet", "Nova MME", 3072].value == 0.812
    assert known["DiDeMo", "Nova MME", 256].value == 0.748
    assert known["MSCOCO", "Marengo 2.7", None].value == 0.776
    assert known["MTEB multilingual", "Gemini", None].note == "reported by the vendor"
    assert known["ViDoRe", "Cohere v4", None].revision == "V2"
    assert known["SciFact", "Nova MME", 3072].value == 0.7364


def test_figures_are_shares_with_a_source_and_a_year() -> None:
    for figure in figures():
        assert 0.5 <= figure.value < 1
        assert figure.source
        assert figure.year in (2025, 2026)
        assert figure.metric in ("avg_recall", "ndcg@5", "ndcg@10", "")


def test_all_figures_of_a_benchmark_have_one_metric_and_one_revision() -> None:
    told = {(f.benchmark, f.metric, f.revision) for f in figures()}
    assert len(told) == len({f.benchmark for f in figures()})


def test_smaller_sizes_have_smaller_figures() -> None:
    for name in {f.benchmark for f in figures() if f.size == 256}:
        sized = [f for f in figures() if f.benchmark == name and f.size]
        ordered = sorted(sized, key=lambda f: -(f.size or 0))
        values = [f.value for f in ordered]
        assert values == sorted(values, reverse=True)


def test_a_case_that_names_a_benchmark_keeps_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "charts", lambda seen: {})
    path = loaded(tmp_path, "{benchmark: ViDoRe, revision: v2}", "recall@1, ndcg@5")
    done = api.run(path, out=tmp_path / "out", ledger=tmp_path / "ledger")
    again = api.read(done.folder)
    (found,) = view(again).published
    assert (found.benchmark, found.revision, found.stated) == ("ViDoRe", "v2", "V2")
    assert [h.estimate.cell.dim for h in found.measured] == [16, 8]
    assert [f.value for f in found.figures] == [0.587, 0.577, 0.534, 0.502, 0.536]
    assert 'id="published"' in (done.folder / "report.html").read_text("utf-8")


def test_the_shipped_suite_shows_the_figures_once_its_data_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "charts", lambda seen: {})
    suite = tmp_path / "suites" / SHIPPED.name
    suite.parent.mkdir()
    suite.write_text(SHIPPED.read_text("utf-8"), "utf-8")
    scifact(tmp_path / "mine" / "scifact")
    done = api.run(suite, out=tmp_path / "out", ledger=tmp_path / "ledger")
    (found,) = view(done.run).published
    assert (found.case, found.benchmark, found.metric) == ("scifact", "SciFact", "ndcg@10")
    assert [h.estimate.cell.dim for h in found.measured] == [3072, 1024, 384, 256]
    (theirs,) = found.figures
    assert (theirs.model, theirs.size, theirs.value) == ("Nova MME", 3072, 0.7364)
    page = (done.folder / "report.html").read_text("utf-8")
    told = page.partition('<section id="published">')[2].partition("</section>")[0]
    for words in (
        "no target", "only where data, revision and metric are equal", "0.736",
        "md5 5f7d1de60b170fc8027bb7898e2efca1", "a revision that it does not state",
        f"{found.measured[0].estimate.value:.3f}",
    ):  # fmt: skip
        assert words in told


def scifact(folder: Path) -> None:
    """Write a few made-up claims and abstracts as BEIR lays SciFact out."""
    words = ["a protein folds", "mice sleep", "cells divide", "a drug helps", "bones heal slowly"]
    (folder / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": f"d{n}", "title": w, "text": f"We find that {w}."} for n, w in enumerate(words)
    ]
    queries = [{"_id": f"q{n}", "text": w} for n, w in enumerate(words)]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, "utf-8")
    lines = ["query-id\tcorpus-id\tscore", *(f"q{n}\td{n}\t1" for n in range(len(words)))]
    (folder / "qrels" / "test.tsv").write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.parametrize(
    ("published", "metrics", "said"),
    [
        (
            "{benchmark: ActivityNett, revision: a}",
            "ndcg@10",
            "cases.0.published.benchmark: no published figures are known for the benchmark "
            "'ActivityNett'; did you mean 'ActivityNet'?",
        ),
        (
            "{benchmark: ActivityNet, revision: a}",
            "ndcg@10",
            "published in avg_recall, which the case does not measure. Add avg_recall to its",
        ),
        (
            "{benchmark: ViDoRe, revision: v1}",
            "ndcg@5",
            "cases.0.published.revision: the figures of ViDoRe were published for revision 'V2', "
            "not for 'v1'.",
        ),
        (
            "{benchmark: MSVD text-to-video, revision: a}",
            "ndcg@5",
            "does not say by which metric MSVD text-to-video was measured",
        ),
        ("{benchmark: ActivityNet}", "avg_recall", "revision"),
    ],
)
def test_figures_of_something_else_are_refused(
    tmp_path: Path, published: str, metrics: str, said: str
) -> None:
    with pytest.raises(SuiteError) as refused:
        api.load(loaded(tmp_path, published, metrics))
    assert said in str(refused.value)
    assert "tiny.yaml:7:" in str(refused.value)


def test_measured_and_published_stand_side_by_side(
    declared: Run, page: Callable[[Run], str]
) -> None:
    (found,) = view(declared).published
    values = {(h.series.model, h.estimate.cell.dim): h.estimate for h in found.measured}
    assert set(values) == {("alpha", 1024), ("alpha", 256), ("beta", 1024)}
    assert all(e.metric == "ndcg@10" and e.kind == "value" and not e.group for e in values.values())
    html, text = page(declared), cards.markdown(system_card(declared))
    for shown in (html, text, markdown(view(declared))):
        assert "0.805" in shown
        assert f"{values['alpha', 1024].value:.3f}" in shown
        assert "a revision that it does not state" in shown.replace("\\", "")
        assert "equal" in shown


def test_nothing_is_said_where_no_benchmark_is_named(run: Run, page: Callable[[Run], str]) -> None:
    assert view(run).published == ()
    assert 'id="published"' not in page(run)
    assert "ublished figures" not in cards.markdown(system_card(run))
