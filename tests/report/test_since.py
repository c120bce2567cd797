"""What differs from an earlier run: found by the pipeline, stored with the run, shown in words."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from evalkit import api, archive
from evalkit.archive import Run
from evalkit.pipeline.since import since
from evalkit.report.view import view
from evalkit.report.view.card import system_card
from tests.report.conftest import MakeRun

SUITE = """
suite: tiny
models: [reference]
dimensions: [256]
cases:
  - {name: all, data: data, metrics: [ndcg@10]}
gates:
  - {case: all, metric: ndcg@10, at: 256, at_least: BOUND}
"""


@pytest.fixture(scope="module")
def before(make_run: MakeRun) -> Run:
    """Return a run with real metrics, of which a later one can be compared."""
    run = replace(make_run(queries=40), since=None)
    facts = tuple(replace(m, params={}) for m in run.metrics)
    tags = pa.array([json.dumps({"language": ["en"]})] * run.items.num_rows)
    items = run.items.set_column(run.items.schema.get_field_index("tags"), "tags", tags)
    return replace(run, id="before", metrics=facts, items=items)


def worse(run: Run, by: float) -> Run:
    """Return a run in which a query lost a lot on clean input at the widest size."""
    rows = run.scores.to_pandas()
    hit = (rows["unit"] == "q30") & (rows["probe"] == "clean") & (rows["dim"] == 1024)
    rows.loc[hit, "value"] -= by
    return replace(run, id="after", scores=pa.Table.from_pandas(rows, run.scores.schema, False))


def test_gates_that_turned_are_told_apart_from_new_ones(before: Run) -> None:
    after = worse(before, 0.5)
    old = (*before.verdicts[1:5], replace(before.verdicts[5], status="fail"))
    found = since("previous", replace(before, verdicts=old), after)
    assert [(t.before, t.after) for t in found.turns] == [("", "pass"), ("fail", "pass")]
    assert found.gates == 5
    seen = view(replace(after, since=found)).changes
    assert seen is not None
    assert seen.sentence == "1 of 5 gates changed, 1 is new."
    card = system_card(replace(after, since=found))
    governance = next(d for d in card.dimensions if d.name == "Governance")
    assert any(f": {seen.sentence}" in told for told in governance.recorded)


def test_the_query_that_lost_most_is_named_with_what_came_first_then(before: Run) -> None:
    found = since("baseline", before, worse(before, 0.5))
    first = found.moved[0]
    assert (first.unit, first.metric, first.cell.dim) == ("q30", "ndcg@10", 1024)
    assert round(first.before - first.after, 6) == 0.5
    rows = before.rankings.filter(pc.equal(before.rankings["query"], "q30")).to_pylist()
    mine = [r for r in rows if (r["model"], r["probe"], r["dim"]) == ("alpha", "clean", 1024)]
    assert first.results == tuple(r["item"] for r in mine[:5])


def test_values_change_by_the_paired_difference(before: Run) -> None:
    found = since("previous", before, worse(before, 0.5))
    (one,) = [
        e
        for e in found.changes
        if (e.cell.model, e.cell.dim, e.metric) == ("alpha", 1024, "ndcg@10")
    ]
    values = before.scores.filter(pc.equal(before.scores["metric"], "ndcg@10")).to_pandas()
    mine = values[(values["model"] == "alpha") & (values["dim"] == 1024)]
    clean = mine[(mine["probe"] == "clean") & mine["eligible"] & np.isfinite(mine["value"])]
    assert one.value == pytest.approx(0.5 / len(clean), abs=1e-9)
    assert all(e.cell.probe == "clean" for e in found.changes)


def test_other_data_are_not_compared_and_the_reason_is_told(before: Run) -> None:
    other = replace(before, cases=(replace(before.cases[0], fingerprint="0" * 64),))
    found = since("previous", other, worse(before, 0.5))
    assert "other queries, items or judgements" in found.note
    assert (found.changes, found.moved) == ((), ())


def test_it_is_stored_and_read_back(before: Run, tmp_path: Path) -> None:
    after = worse(before, 0.5)
    after = replace(after, since=since("previous", before, after))
    archive.save(after, tmp_path)
    again = archive.load(tmp_path)
    assert again.since == after.since
    assert again.models == after.models


def test_a_run_without_it_is_read_as_before(before: Run, tmp_path: Path) -> None:
    archive.save(before, tmp_path)
    path = tmp_path / "run.json"
    told = json.loads(path.read_text("utf-8"))
    del told["since"]
    for model in told["models"]:
        del model["paces"]
    path.write_text(json.dumps(told), "utf-8")
    old = archive.load(tmp_path)
    assert old.since is None
    assert old.models[0].paces == ()
    seen = view(old)
    assert seen.changes is None
    assert not seen.costs.paced


def test_a_second_run_knows_the_first(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    words = ["red mug", "blue chair", "green lamp", "steel pan"]
    for name, ids in (("corpus", "d"), ("queries", "q")):
        lines = [json.dumps({"id": f"{ids}{n}", "text": text}) for n, text in enumerate(words)]
        (data / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    qrels = "".join(f"q{n}\td{n}\t1\n" for n in range(4))
    (data / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{qrels}", "utf-8")
    (data / "dataset.yaml").write_text("name: tiny\n", "utf-8")
    suite = tmp_path / "tiny.yaml"
    suite.write_text(SUITE.replace("BOUND", "0.1"), "utf-8")
    out, ledger = tmp_path / "out", tmp_path / "ledger"
    first = api.run(suite, out=out, ledger=ledger)
    second = api.run(suite, out=out, ledger=ledger)
    assert first.run.since is None
    assert second.run.since is not None
    assert (second.run.since.run, second.run.since.kind) == (first.run.id, "previous")
    assert (second.run.since.turns, second.run.since.moved) == ((), ())
    assert "None of 1 gate changed." in (second.folder / "report.html").read_text("utf-8")
    (out / "tiny" / second.run.id / "scores.parquet").write_bytes(b"broken")
    third = api.run(suite, out=out, ledger=ledger)
    assert third.run.since is not None
    assert "could not be read" in third.run.since.note
