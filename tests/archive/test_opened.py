"""Stored runs read in part, and the heads of many."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evalkit import archive
from evalkit.archive import Run, grouped
from evalkit.core.errors import DataError, UsageError
from evalkit.core.plan import Bound, GatePlan
from tests import toys

TABLES = ("scores", "rankings", "judgements", "items", "examples")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    tagged = toys.case(
        toys.dataset(tags={"language": ("en", "es")}),
        groups=("language",),
        probes=(toys.probe("query", only="word0"),),
    )
    gates = [GatePlan("find", "ndcg@10", 16, Bound("at_least", 0.5))]
    return toys.run_plan(toys.plan([tagged], gates=gates), tmp_path_factory.mktemp("led"))


def stored(run: Run, out: Path) -> Path:
    with archive.new_folder(out, run.suite, run.id) as folder:
        archive.save(run, folder)
    return out / run.suite / run.id


def test_an_opened_run_says_what_a_loaded_one_says_but_holds_no_row(
    made: Run, tmp_path: Path
) -> None:
    found = archive.open_run(stored(made, tmp_path))
    for name in ("estimates", "verdicts", "cases", "models", "metrics", "lost", "provenance"):
        assert repr(getattr(found.run, name)) == repr(getattr(made, name)), name
    for name in TABLES:
        table = getattr(found.run, name)
        assert (table.num_rows, table.schema.names) == (0, getattr(made, name).schema.names)
        assert found.count(name) == getattr(made, name).num_rows
        assert found.rows(name).to_pylist() == getattr(made, name).to_pylist()


def test_rows_are_those_of_the_conditions_in_their_order(made: Run, tmp_path: Path) -> None:
    found = archive.open_run(stored(made, tmp_path))
    where = {"dim": 16, "probe": "clean", "query": ["q01", "q00"]}
    rows = found.rows("rankings", ("query", "rank", "item"), where)
    known = [
        {key: row[key] for key in ("query", "rank", "item")}
        for row in made.rankings.to_pylist()
        if (row["dim"], row["probe"]) == (16, "clean") and row["query"] in ("q00", "q01")
    ]
    assert rows.to_pylist() == known
    assert found.rows("rankings", ("item",), where, limit=3).to_pylist() == [
        {"item": row["item"]} for row in known[:3]
    ]


def test_with_tables_filters_the_tables_that_have_the_column(made: Run, tmp_path: Path) -> None:
    part = archive.open_run(stored(made, tmp_path)).with_tables(dim=4, probe="clean")
    assert set(part.scores["dim"].to_pylist()) == {4}
    assert set(part.rankings["probe"].to_pylist()) == {"clean"}
    assert part.items.num_rows == made.items.num_rows
    assert part.verdicts == archive.load(tmp_path / made.suite / made.id).verdicts


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda r: r.rows("score"), "a run has no table 'score'; did you mean 'scores'?"),
        (lambda r: r.rows("scores", ["metrik"]), "no column 'metrik'; did you mean 'metric'?"),
        (lambda r: r.rows("items", where={"idd": "x"}), "no column 'idd'; did you mean 'id'?"),
    ],
)
def test_unknown_names_are_told(
    made: Run, tmp_path: Path, ask: Callable[[archive.Opened], object], words: str
) -> None:
    with pytest.raises(UsageError, match=words.replace("?", r"\?")):
        ask(archive.open_run(stored(made, tmp_path)))


def test_a_broken_table_is_told_when_it_is_read(made: Run, tmp_path: Path) -> None:
    folder = stored(made, tmp_path)
    found = archive.open_run(folder)
    whole = (folder / "rankings.parquet").read_bytes()
    (folder / "rankings.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"rankings\.parquet cannot be read"):
        found.rows("rankings")
    with pytest.raises(DataError, match=r"rankings\.parquet cannot be read"):
        archive.open_run(folder)


def test_a_reader_leaves_out_the_row_groups_of_other_places(
    made: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "_FEW", 1)
    folder = stored(made, tmp_path)
    found, cell = archive.open_run(folder), {"dim": 4, "probe": "clean", "model": "toy"}
    for name, where in (("rankings", cell), ("scores", cell | {"metric": "ndcg@10"})):
        asked = found.rows(name, where=where)
        assert found.looked_at(name, where) == asked.num_rows < found.count(name)
        assert found.looked_at(name, where | {"model": "another"}) == 0
        assert found.rows(name, where=where | {"model": "another"}).num_rows == 0


def test_row_groups_are_no_larger_than_they_may_be_and_the_bytes_are_the_same(
    made: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouped, "_MANY", 7)
    monkeypatch.setattr(grouped, "_FEW", 5)
    for path in (tmp_path / "a.parquet", tmp_path / "b.parquet"):
        grouped.write_grouped(made.rankings, "rankings", path)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    meta = pq.ParquetFile(tmp_path / "a.parquet").metadata
    sizes = [meta.row_group(n).num_rows for n in range(meta.num_row_groups)]
    assert max(sizes) == 7
    assert sum(sizes) == made.rankings.num_rows


# --- heads --------------------------------------------------------------------------------------


def test_heads_are_of_all_suites_and_newest_first(made: Run, tmp_path: Path) -> None:
    runs = [
        replace(made, suite=suite, id=f"2026010{n}T000000Z-aaaaaa")
        for n, suite in ((1, "one"), (3, "one"), (2, "two"))
    ]
    for run in runs:
        stored(run, tmp_path)
    found = archive.heads(tmp_path)
    assert [(h.suite, h.id[:8]) for h in found] == [
        ("one", "20260103"), ("two", "20260102"), ("one", "20260101"),
    ]  # fmt: skip
    assert {h.problem for h in found} == {""}
    assert found[0].models == ("toy",)
    (gate,) = found[0].gates
    (verdict,) = made.verdicts
    assert (gate.gate, gate.status) == (verdict.gate, verdict.status)
    assert (gate.observed, gate.low, gate.high) == (verdict.observed, verdict.low, verdict.high)
    assert found[0].verdicts == {verdict.status: 1}


def test_a_head_is_found_without_the_estimates_and_in_a_foreign_layout_too(
    made: Run, tmp_path: Path
) -> None:
    folder = stored(made, tmp_path)
    laid_out = archive.head(folder)
    meta = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(meta))
    assert archive.head(folder) == laid_out
    text = json.dumps(meta, indent=1).replace('"kind": "value"', '"kind": broken')
    (folder / "run.json").write_text(text)
    assert archive.head(folder) == laid_out, "the estimates are not looked at"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"schema": 1, "id"', "cannot be read"),
        ('{"schema": 99}', "schema 99, this evalkit reads up to"),
        ('{"hello": "world"}', "no schema version"),
        ("[1, 2]", "no schema version"),
        ('{"schema": 1, "verdicts": 7}', "not as expected"),
        ("\udcff", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_and_harms_no_other(
    made: Run, tmp_path: Path, text: str, words: str
) -> None:
    stored(made, tmp_path)
    folder = tmp_path / "foreign" / "thing"
    folder.mkdir(parents=True)
    (folder / "run.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    (tmp_path / "judgements.db").write_text("no folder")
    (tmp_path / "foreign" / "empty").mkdir()
    found = {h.suite: h for h in archive.heads(tmp_path)}
    assert set(found) == {made.suite, "foreign"}
    assert words in found["foreign"].problem
    assert not found[made.suite].problem


def test_a_folder_that_is_not_there_has_no_heads(tmp_path: Path) -> None:
    assert archive.heads(tmp_path / "nothing") == ()
