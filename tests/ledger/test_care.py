"""info, verify, usage, prune and export."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from evalkit.core.errors import OutputError, UsageError
from evalkit.ledger import Ledger, Record
from tests.ledger.samples import DIM, harm, name, record, segments

WIDE = Record(np.arange(1, 4, dtype=np.float32), 3.5, tokens=9)


def fill(store: Ledger) -> None:
    """Store two models: a with two parts and a refusal, b with another size."""
    first = {name("a"): [record(1, tokens=5), record(2)], name("b"): [record(3)]}
    store.put("a", "1", first, {name("r"): "no."}, request={"purpose": "INDEX"}, dim=DIM)
    store.put("a", "1", {name("c"): [record(4)]}, request={"purpose": "QUERY"})
    store.put("b", "2", {name("w"): [WIDE]})


def test_info_tells_what_there_is(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
        store.put("a", "1", {name("b"): [record(9)]}, request={"purpose": "INDEX"})
        store.claim([name("x")])
        store.start_job(name("y"), "a")
        told = store.info()
    a, b = told.holdings
    assert (a.model, a.revision, a.dim) == ("a", "1", DIM)
    assert a.requests == ('{"purpose": "INDEX"}', '{"purpose": "QUERY"}')
    assert (a.inputs, a.vectors, a.size, a.refusals, a.conflicts) == (3, 4, 4 * 4 * DIM, 1, 1)
    assert (b.model, b.revision, b.dim, b.requests) == ("b", "2", 3, ("",))
    assert (b.inputs, b.vectors, b.size, b.refusals, b.conflicts) == (1, 1, 12, 0, 0)
    day = datetime.fromisoformat(a.first)
    assert abs(datetime.now(UTC) - day) < timedelta(minutes=5)
    assert (told.version, told.claims, told.jobs) == (2, 1, 1)
    assert told.size > 4096
    assert told.unused == 4 * DIM  # the vector that was not kept


def test_an_empty_ledger_has_nothing(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        assert store.info().holdings == ()
        assert store.verify().sound
        assert store.usage("a", "1").tokens_per_char is None
        assert (store.prune().inputs, store.export(tmp_path / "x.npz").vectors) == (0, 0)


def test_usage_sums_what_was_reported(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        told = [
            record(1, tokens=10, chars=40, estimated=8.0, seconds=0.5),
            record(2, tokens=6, chars=20, seconds=1.5),
            record(3, chars=100, estimated=25.0),
            record(4, tokens=100),
        ]
        store.put("a", "1", {name(k): [r] for k, r in enumerate(told)})
        store.put("a", "2", {name("other"): [record(5, tokens=1000, chars=1)]})
        spent = store.usage("a", "1")
    assert (spent.inputs, spent.tokens, spent.seconds) == (4, 116, 1.0)
    assert spent.tokens_per_char == pytest.approx(16 / 60)
    assert spent.tokens_per_estimate == pytest.approx(10 / 8)


def test_versions_that_were_served(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("a", "1", {name(1): [record(1, served="x")], name(2): [record(2)]})
        store.put("a", "1", {name(3): [record(3, served="y")]})
        store.put("a", "2", {name(4): [record(4, served="z")]})
        assert store.served_versions("a", "1") == {"x", "y"}
        assert store.served_versions("b", "1") == frozenset()


def test_verify_says_what_is_damaged_and_how(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
        store.put("a", "1", {name("nan"): [Record(np.full(DIM, np.nan, np.float32), 1.0)]})
        harm(tmp_path, "DELETE FROM record WHERE key = ? AND part = 0", name("a"))
        harm(tmp_path, "UPDATE record SET norm = 2 WHERE key = ?", name("b"))
        harm(tmp_path, "UPDATE record SET key = x'00' WHERE key = ?", name("c"))
        told = store.verify()
    assert {d.key: d.why for d in told.damaged} == {
        name("a"): "parts are missing",
        name("b"): "a vector is not what was written",
        b"\0": "the key is not 32 bytes long",
        name("nan"): "a vector is zero, NaN or infinite",
    }
    assert (told.inputs, told.vectors, told.index) == (5, 5, ())


def test_verify_says_what_is_wrong_with_the_index(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db, db:
        db.execute("PRAGMA writable_schema=on")
        stricter = "replace(sql, 'tokens INTEGER', 'tokens INTEGER NOT NULL')"
        db.execute(f"UPDATE sqlite_master SET sql = {stricter} WHERE name = 'record'")
    with Ledger(tmp_path) as store:
        told = store.verify()
    assert not told.sound
    assert told.damaged == ()
    assert "NULL value in record.tokens" in told.index


@pytest.mark.parametrize(
    ("conditions", "left", "counts"),
    [
        ({}, "abcw", (0, 0)),
        ({"model": "a"}, "w", (3, 1)),
        ({"model": "a", "revision": "2"}, "abcw", (0, 0)),
        ({"revision": "2"}, "abc", (1, 0)),
        ({"older_than": datetime(2000, 1, 1, tzinfo=UTC)}, "abcw", (0, 0)),
        ({"older_than": datetime(2100, 1, 1, tzinfo=UTC)}, "", (4, 1)),
        ({"damaged": True}, "acw", (1, 0)),
        ({"damaged": True, "model": "b"}, "abcw", (0, 0)),
    ],
)
def test_prune_removes_what_meets_all_conditions(
    tmp_path: Path, conditions: dict[str, Any], left: str, counts: tuple[int, int]
) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
        harm(tmp_path, "UPDATE record SET crc = 1 WHERE key = ?", name("b"))
        done = store.prune(**conditions)
        assert (done.inputs, done.refusals) == counts
        inputs = {name(k) for k in "abcw"}
        rows = store._database.rows("SELECT DISTINCT key FROM record")
        assert {row[0] for row in rows} == {name(k) for k in left} <= inputs
        known = store.get(inputs, DIM) | store.get(inputs, 3)
        assert known.keys() == {name(k) for k in left} - {name("b")}


def test_prune_frees_space_and_keeps_the_rest(tmp_path: Path) -> None:
    wide = np.random.default_rng(0).normal(size=(600, 512)).astype(np.float32)
    with Ledger(tmp_path) as store:
        store.put("a", "1", {name(k): [Record(wide[k], 1.0)] for k in range(500)})
        store.put("b", "1", {name(k): [Record(wide[k], 1.0)] for k in range(500, 600)})
        done = store.prune(model="a")
        assert done.freed > 500 * 2048
        assert sum(p.stat().st_size for p in segments(tmp_path)) == 100 * 2048
        found = store.get([name(k) for k in range(600)], 512)
        assert store.info().unused == 0
    assert found.keys() == {name(k) for k in range(500, 600)}
    for k in range(500, 600):
        assert found[name(k)][0].vector.tobytes() == wide[k].tobytes()


def test_prune_frees_what_a_crash_left_in_several_segments(tmp_path: Path) -> None:
    with Ledger(tmp_path) as a, Ledger(tmp_path) as b:
        a.put("m", "1", {name("a"): [record(1)]})
        b.put("m", "1", {name("b"): [record(2)]})
    for file in segments(tmp_path):
        with file.open("ab") as end:
            end.write(b"torn")
    with Ledger(tmp_path) as store:
        assert store.info().unused == 8
        store.prune()
        assert store.info().unused == 0
        assert len(store.get([name("a"), name("b")], DIM)) == 2


def test_prune_leaves_what_another_is_writing_to(tmp_path: Path) -> None:
    with Ledger(tmp_path) as writer, Ledger(tmp_path) as store:
        writer.put("m", "1", {name("a"): [record(1)]})
        assert store.prune(model="m").inputs == 1
        assert len(segments(tmp_path)) == 1
        writer.put("m", "1", {name("b"): [record(2)]})
        assert list(store.get([name("b")], DIM)) == [name("b")]


@pytest.mark.parametrize("how", ["get", "verify"])
def test_a_reader_finds_what_was_moved_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {name("a"): [record(1)], name("b"): [record(2)]})
    (old,) = segments(tmp_path)
    harm(tmp_path, "DELETE FROM record WHERE key = ?", name("a"))
    with Ledger(tmp_path) as reader, Ledger(tmp_path) as store:
        read = reader._segments.read
        seen: list[int] = []

        def move_first(segment: int, place: int, size: int) -> bytes:
            """Move the vector after its place was looked up and before it is read."""
            if not seen:
                store.prune()
                assert not old.exists()
            data = read(segment, place, size)
            seen.append(len(data))
            return data

        monkeypatch.setattr(reader._segments, "read", move_first)
        if how == "get":
            (found,) = reader.get([name("b")], DIM)[name("b")]
            assert found.vector.tobytes() == record(2).vector.tobytes()
        else:
            assert reader.verify().sound
        assert seen == [0, 4 * DIM]


def test_export_to_parquet(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
        assert store.export(tmp_path / "all.parquet").vectors == 5
    table = pq.read_table(tmp_path / "all.parquet").to_pylist()
    assert [(bytes.fromhex(r["key"])[:1], r["part"]) for r in table] == [
        (b"a", 0), (b"a", 1), (b"b", 0), (b"c", 0), (b"w", 0),
    ]  # fmt: skip
    first, last = table[0], table[-1]
    assert (first["model"], first["revision"], first["dim"]) == ("a", "1", DIM)
    assert (first["request"], first["tokens"]) == ('{"purpose": "INDEX"}', 5)
    assert np.array(first["vector"], np.float32).tobytes() == record(1).vector.tobytes()
    assert (last["vector"], last["norm"], last["tokens"]) == ([1.0, 2.0, 3.0], 3.5, 9)
    assert abs(datetime.now(UTC) - last["created"]) < timedelta(minutes=5)


def test_export_to_npz(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
        assert store.export(tmp_path / "all.npz").vectors == 5
    with np.load(tmp_path / "all.npz", allow_pickle=False) as data:
        assert data[f"vector_{DIM}"].shape == (4, DIM)
        assert data[f"vector_{DIM}"][0].tobytes() == record(1).vector.tobytes()
        assert data["vector_3"].tolist() == [[1.0, 2.0, 3.0]]
        assert data[f"key_{DIM}"][3].decode() == name("c").hex()
        assert data[f"tokens_{DIM}"].tolist() == [5, -1, -1, -1]
        assert data[f"part_{DIM}"].tolist() == [0, 1, 0, 0]
        assert data["norm_3"].tolist() == [3.5]
        assert data["models"][data["space_3"][0]] == "b"
        assert data["revisions"][data["space_3"][0]] == "2"
        requests = data["requests"][data[f"space_{DIM}"]]
        assert requests.tolist() == ['{"purpose": "INDEX"}'] * 3 + ['{"purpose": "QUERY"}']


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
def test_export_leaves_out_what_is_damaged_and_says_so(tmp_path: Path, suffix: str) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
        harm(tmp_path, "UPDATE record SET crc = 1 WHERE key = ?", name("b"))
        done = store.export(tmp_path / f"all.{suffix}")
    assert (done.vectors, done.damaged) == (4, 1)
    assert {p.name for p in tmp_path.iterdir()} >= {f"all.{suffix}"}
    assert not list(tmp_path.glob(".export-*"))


@pytest.mark.parametrize("suffix", ["npz", "parquet"])
def test_export_goes_on_where_a_file_of_vectors_or_a_space_is_gone(
    tmp_path: Path, suffix: str
) -> None:
    with Ledger(tmp_path) as store:
        fill(store)
        harm(tmp_path, "DELETE FROM space WHERE model = 'b'")
        done = store.export(tmp_path / f"all.{suffix}")
        assert (done.vectors, done.damaged) == (4, 1)
    (file,) = segments(tmp_path)
    file.unlink()
    with Ledger(tmp_path) as store:
        done = store.export(tmp_path / f"all.{suffix}")
    assert (done.vectors, done.damaged) == (0, 5)


def test_an_export_that_cannot_be_is_said(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as store:
        fill(store)
        with pytest.raises(UsageError, match=r"ends in \.parquet or \.npz"):
            store.export(tmp_path / "all.csv")
        with pytest.raises(OutputError, match=r"written \(No such file or directory\)\. Name a"):
            store.export(tmp_path / "nowhere" / "all.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["l"]
