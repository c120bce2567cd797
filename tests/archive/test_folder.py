"""A run on disk: whole or not at all, readable later, never outside its folder."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evalkit import archive
from evalkit.archive import Run
from evalkit.core.errors import DataError, OutputError
from evalkit.core.plan import Bound, GatePlan
from tests import toys


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    tagged = toys.case(
        toys.dataset(tags={"language": ("en", "es")}),
        groups=("language",),
        probes=(toys.probe("query", only="word0"),),
    )
    gates = [GatePlan("find", "ndcg@10", 16, Bound("at_least", 0.5))]
    return toys.run_plan(
        toys.plan([tagged], gates=gates, use_case={"problem": "füße \u2028 <b>"}),
        tmp_path_factory.mktemp("led"),
    )


def stored(made: Run, out: Path) -> Path:
    with archive.new_folder(out, made.suite, made.id) as folder:
        archive.save(made, folder)
    return out / made.suite / made.id


def test_a_run_reads_back_as_it_was(made: Run, tmp_path: Path) -> None:
    found = archive.load(stored(made, tmp_path))
    for name in ("estimates", "verdicts", "cases", "models", "metrics", "lost", "not_offered"):
        assert repr(getattr(found, name)) == repr(getattr(made, name)), name
    for name in ("scores", "rankings", "items"):
        assert getattr(found, name).to_pylist() == getattr(made, name).to_pylist(), name
    assert found.provenance == made.provenance


def test_run_json_has_null_and_never_nan(made: Run, tmp_path: Path) -> None:
    text = (stored(made, tmp_path) / "run.json").read_text()
    meta = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in run.json"))
    assert meta["schema"] == 1
    values = [e for e in meta["estimates"] if e["kind"] == "value"]
    assert values[0]["p"] is None
    assert values[0]["cell"] == {
        "case": "find", "model": "toy", "system": "plain", "probe": "clean", "dim": 16,
    }  # fmt: skip


def test_frames_hold_the_same_numbers(made: Run) -> None:
    frame = made.frame()
    assert len(frame) == len(made.estimates)
    assert {"case", "model", "system", "probe", "dim", "kind", "value", "low", "high"} <= set(frame)
    rankings = made.rankings_frame()
    assert rankings.groupby(["query", "dim", "probe"], observed=True)["rank"].max().max() == 20
    top = rankings.query("query == 'q00' and probe == 'clean' and dim == 16 and rank == 1")
    assert (top["item"].item(), top["grade"].item()) == ("d00", 2)


def test_latest_names_the_newest_run(made: Run, tmp_path: Path) -> None:
    assert archive.latest(tmp_path, made.suite) is None
    stored(made, tmp_path)
    newer = stored(replace(made, id="20990101T000000Z-aaaaaa"), tmp_path)
    assert archive.latest(tmp_path, made.suite) == newer
    assert (tmp_path / made.suite / "latest").read_text() == f"{newer.name}\n"


def test_latest_cannot_point_outside(made: Run, tmp_path: Path) -> None:
    stored(made, tmp_path)
    (tmp_path / made.suite / "latest").write_text("../../elsewhere\n")
    assert archive.latest(tmp_path, made.suite) is None


def _half_written(out: Path, suite: str) -> None:
    with archive.new_folder(out, suite, "new") as folder:
        (folder / "run.json").write_text("half")
        raise OSError(28, "No space left on device")


def test_a_failure_while_writing_leaves_the_old_run_whole(made: Run, tmp_path: Path) -> None:
    old = stored(made, tmp_path)
    with pytest.raises(OutputError) as e:
        _half_written(tmp_path, made.suite)
    assert str(e.value) == (
        f"{tmp_path / made.suite / 'new'}: the run could not be written (No space left on device). "
        "Earlier runs are untouched; free some space or choose another folder with --out."
    )
    assert archive.latest(tmp_path, made.suite) == old
    assert sorted(p.name for p in (tmp_path / made.suite).iterdir()) == [made.id, "latest"]


def test_an_interruption_while_writing_leaves_nothing_behind(made: Run, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), archive.new_folder(tmp_path, made.suite, "new"):
        raise KeyboardInterrupt
    assert list((tmp_path / made.suite).iterdir()) == []


def test_what_breaks_for_another_reason_is_not_called_a_write_failure(
    made: Run, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError), archive.new_folder(tmp_path, made.suite, "new") as new:
        (new / "template").read_text()
    assert list((tmp_path / made.suite).iterdir()) == []


def test_a_run_is_kept_where_latest_cannot_name_it(made: Run, tmp_path: Path) -> None:
    (tmp_path / made.suite / "latest").mkdir(parents=True)
    with pytest.raises(OutputError) as e:
        stored(made, tmp_path)
    home = tmp_path / made.suite
    assert str(e.value) == (
        f"{home / made.id}: the run is stored here, but 'latest' cannot name it (Is a directory). "
        f"Name this folder to read it; see to '{home / 'latest'}' for the runs to come."
    )
    assert archive.load(home / made.id).id == made.id
    assert sorted(p.name for p in home.iterdir()) == [made.id, "latest"]


def test_what_killed_runs_left_is_swept_after_a_day(made: Run, tmp_path: Path) -> None:
    home = tmp_path / made.suite
    for name in (".old.partial", ".new.partial"):
        (home / name).mkdir(parents=True)
        (home / name / "run.json").write_text("half")
    (home / ".latest.old.partial").write_text("old")
    two_days_ago = time.time() - 2 * 24 * 60 * 60
    for name in (".old.partial", ".latest.old.partial"):
        os.utime(home / name, (two_days_ago, two_days_ago))
    stored(made, tmp_path)
    assert sorted(p.name for p in home.iterdir()) == [".new.partial", made.id, "latest"]


@pytest.mark.parametrize("there", [False, True])
def test_finding_out_leaves_nothing_behind(tmp_path: Path, there: bool) -> None:
    home = tmp_path / "reports" / "suite"
    if there:
        home.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    archive.ensure_writable(home)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_found_out_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError) as e:
        archive.ensure_writable(tmp_path / "taken" / "suite")
    assert str(e.value) == (
        f"{tmp_path / 'taken' / 'suite'}: nothing can be written here (Not a directory). "
        "Choose another folder with --out."
    )


def _edit(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        meta = json.loads((folder / "run.json").read_text())
        change(meta)
        (folder / "run.json").write_text(json.dumps(meta))

    return apply


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda f: (f / "run.json").unlink(), "there is no run here."),
        (lambda f: (f / "run.json").write_text("{"), "run.json cannot be read ("),
        (lambda f: (f / "run.json").write_text("[]"), "run.json has no schema version."),
        (_edit(lambda m: m.update(schema=99)), "the run has schema 99, this evalkit"),
        (_edit(lambda m: m.update(estimates=["x"])), "run.json is not as expected ("),
        (_edit(lambda m: m.update(cases=None)), "run.json is not as expected ("),
        (_edit(lambda m: m.update(verdicts=[{"cell": "x"}])), "run.json is not as expected ("),
        (_edit(lambda m: m.pop("cases")), "run.json is not as expected ('cases')."),
        (lambda f: (f / "scores.parquet").write_bytes(b"x"), "scores.parquet cannot be read ("),
        (lambda f: (f / "items.parquet").unlink(), "items.parquet cannot be read ("),
    ],
)  # fmt: skip
def test_a_harmed_run_says_what_is_wrong(
    made: Run, tmp_path: Path, harm: Callable[[Path], object], sentence: str
) -> None:
    folder = stored(made, tmp_path)
    harm(folder)
    with pytest.raises(DataError) as e:
        archive.load(folder)
    assert str(e.value).startswith(f"{folder}: {sentence}")


def test_stored_scores_give_the_scores_of_every_cell(made: Run, tmp_path: Path) -> None:
    found = archive.stored_scores(stored(made, tmp_path))
    assert found.fingerprints == {"find": made.cases[0].fingerprint}
    assert len(found.measured) == 3 * 3 * 2  # metrics, probe labels, sizes
    first = next(iter(found.measured.values()))
    assert first.scores.ids[:2] == ("q00", "q01")
    assert not math.isnan(first.scores.columns["value"][0])


def test_scores_without_a_column_say_so(made: Run, tmp_path: Path) -> None:
    folder = stored(made, tmp_path)
    table = pq.read_table(folder / "scores.parquet")
    pq.write_table(table.drop_columns("unit"), folder / "scores.parquet")
    with pytest.raises(DataError) as e:
        archive.stored_scores(folder)
    assert str(e.value).startswith(f"{folder}: scores.parquet is not as expected (")


def test_content_hash_keeps_texts_out_of_the_run(tmp_path: Path) -> None:
    hidden = toys.run_plan(toys.plan([toys.case(toys.dataset())], content="hash"), tmp_path)
    texts = hidden.items.column("text").to_pylist()
    assert texts
    assert all(t.startswith("sha256 ") for t in texts)
