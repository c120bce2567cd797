"""Embeddings already paid for: found again bit for bit, never half-written, never overwritten."""

from __future__ import annotations

import math
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evalkit import ledger
from evalkit.core.errors import OutputError
from evalkit.ledger import Conflict, Ledger, Record
from tests.ledger.samples import DIM, harm, name, overwrite, record, segments


def test_what_was_stored_is_found_bit_for_bit(tmp_path: Path) -> None:
    parts = [
        record(1, kind="audio", span=(0.0, 4.5), attempts=3, seconds=0.25, served="v7"),
        record(2, tokens=7, truncated=True, request_id="r", chars=30, estimated=7.5),
    ]
    with Ledger(tmp_path) as store:
        assert store.put("m", "1", {name("k"): parts}) == ()
    with Ledger(tmp_path) as store:
        found = store.get([name("k"), name("x")], DIM)
        assert len(store) == 1
    assert list(found) == [name("k")]
    for old, new in zip(parts, found[name("k")], strict=True):
        assert new.vector.tobytes() == old.vector.tobytes()
        assert new.vector.dtype == np.float32
        for field in Record.__slots__[1:]:
            assert getattr(new, field) == getattr(old, field)


def test_more_keys_than_are_looked_up_at_once(tmp_path: Path) -> None:
    answers = {name(k): [record(k), record(k + 1)] for k in range(1201)}
    with Ledger(tmp_path) as store:
        store.put("m", "1", answers)
        found = store.get(answers, DIM)
    assert found.keys() == answers.keys()
    for key, parts in answers.items():
        assert [r.norm for r in found[key]] == [r.norm for r in parts]


def test_sizes_may_be_mixed_and_vectors_may_be_strided(tmp_path: Path) -> None:
    wide = np.arange(1, 2 * DIM + 1, dtype=np.float64)
    answers = {name("k"): [record(1)], name("w"): [Record(wide[::-1], 9.0)]}  # type: ignore[arg-type]
    with Ledger(tmp_path) as store:
        store.put("m", "1", answers)
        assert list(store.get(answers, DIM)) == [name("k")]
        found = store.get(answers, 2 * DIM)
    assert found[name("w")][0].vector.tolist() == wide[::-1].tolist()


def test_another_answer_for_a_key_is_reported_and_not_stored(tmp_path: Path) -> None:
    first = {name("k"): [record(1)], name("p"): [record(2), record(3)]}
    with Ledger(tmp_path) as store:
        store.put("m", "1", first)
        found = store.put("m", "1", {name("k"): [record(4)], name("p"): [record(2)]})
        assert [(c.key, c.model) for c in found] == [(name("k"), "m"), (name("p"), "m")]
        a, b = record(1).vector.astype(float), record(4).vector.astype(float)
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert found[0].cosine == pytest.approx(cosine)
        assert math.isnan(found[1].cosine)
        kept = store.get(first, DIM)
        assert store.info().holdings[0].conflicts == 2
    for key, records in first.items():
        assert [r.norm for r in kept[key]] == [r.norm for r in records]


def test_the_same_answer_again_is_no_conflict(tmp_path: Path) -> None:
    old = record(1)
    near = Record(old.vector * np.float32(2) + np.float32(1e-5), 1.0)
    with Ledger(tmp_path) as store:
        store.put("m", "1", {name("k"): [old]})
        assert store.put("m", "1", {name("k"): [old]}) == ()
        assert store.put("m", "1", {name("k"): [near]}) == ()
        assert store.get([name("k")], DIM)[name("k")][0].norm == old.norm
        assert len(store) == 1
        assert store.info().holdings[0].conflicts == 0


def test_a_vector_without_direction_contradicts(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {name("k"): [record(1)]})
        (found,) = store.put("m", "1", {name("k"): [Record(np.zeros(DIM, np.float32), 1.0)]})
    assert isinstance(found, Conflict)
    assert math.isnan(found.cosine)


def test_refusals_are_kept_and_are_no_vectors(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {}, {name("k"): "the filter refused it."})
    with Ledger(tmp_path) as store:
        assert store.refusals([name("k"), name("x")]) == {name("k"): "the filter refused it."}
        assert store.get([name("k")], DIM) == {}
        assert len(store) == 0


def test_a_refusal_gives_way_to_vectors_and_never_the_other_way_round(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {}, {name("k"): "no."})
        store.put("m", "1", {name("k"): [record(1)]})
        assert store.refusals([name("k")]) == {}
        store.put("m", "1", {}, {name("k"): "no."})
        assert store.refusals([name("k")]) == {}
        assert list(store.get([name("k")], DIM)) == [name("k")]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM record WHERE part = 0",
        "DELETE FROM record WHERE part = 1",
        "UPDATE record SET parts = 3 WHERE part = 1",
        "UPDATE record SET parts = 3",
        "UPDATE record SET length = 28 WHERE part = 1",
        "UPDATE record SET place = place + 4 WHERE part = 1",
        "UPDATE record SET place = 1000000 WHERE part = 0",
        "UPDATE record SET place = -4 WHERE part = 0",
        "UPDATE record SET segment = 1 WHERE part = 0",
        "UPDATE record SET segment = 'text' WHERE part = 0",
        "UPDATE record SET norm = 0 WHERE part = 0",
        "UPDATE record SET norm = norm * 2 WHERE part = 0",
        "UPDATE record SET norm = 'long' WHERE part = 0",
        "UPDATE record SET crc = crc + 1 WHERE part = 1",
    ],
)
def test_a_damaged_record_is_not_known_and_is_replaced(tmp_path: Path, change: str) -> None:
    whole = {name("k"): [record(1), record(2)]}
    with Ledger(tmp_path) as store:
        store.put("m", "1", whole)
    harm(tmp_path, change)
    with Ledger(tmp_path) as store:
        assert store.get(whole, DIM) == {}
        assert [d.key for d in store.verify().damaged] == [name("k")]
        assert store.claim(whole) == whole.keys()
        assert store.put("m", "1", whole) == ()
        assert len(store.get(whole, DIM)[name("k")]) == 2
        assert store.verify().sound


def test_one_flipped_bit_is_found(tmp_path: Path) -> None:
    answers = {name("a"): [record(1)], name("b"): [record(2)]}
    with Ledger(tmp_path) as store:
        store.put("m", "1", answers)
        (file,) = segments(tmp_path)
        raw = file.read_bytes()
        overwrite(file, 5, bytes([raw[5] ^ 1]))
        assert list(store.get(answers, DIM)) == [name("b")]
        (found,) = store.verify().damaged
    assert (found.key, found.why) == (name("a"), "a vector is not what was written")


def test_vectors_that_are_not_there_any_more_are_not_known(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {name("k"): [record(1)]})
    segments(tmp_path)[0].unlink()
    with Ledger(tmp_path) as store:
        assert store.get([name("k")], DIM) == {}
        store.put("m", "1", {name("k"): [record(1)]})
        assert list(store.get([name("k")], DIM)) == [name("k")]


def test_a_refusal_takes_the_place_of_a_damaged_record(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {name("k"): [record(1)]})
        harm(tmp_path, "UPDATE record SET crc = 1")
        store.put("m", "1", {}, {name("k"): "no."})
        assert store.refusals([name("k")]) == {name("k"): "no."}
        assert len(store) == 0


def test_a_vector_of_another_size_is_not_known(tmp_path: Path) -> None:
    with Ledger(tmp_path) as store:
        store.put("m", "1", {name("k"): [record(1)]})
        assert store.get([name("k")], 4) == {}


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        ({b"short": [record(1)]}, "a key of the ledger has 32 bytes, this one 5"),
        ({name("k"): []}, "one vector or several of the same size"),
        ({name("k"): [record(1), Record(np.ones(3, np.float32), 1.0)]}, "of the same size"),
        ({name("k"): [Record(np.ones((2, 4), np.float32), 1.0)]}, "of the same size"),
    ],
)
def test_what_could_never_be_read_is_not_stored(
    tmp_path: Path, answers: dict[bytes, list[Record]], what: str
) -> None:
    with Ledger(tmp_path) as store, pytest.raises(ValueError, match=what):
        store.put("m", "1", answers)


def test_what_breaks_off_while_storing_leaves_nothing_half_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with Ledger(tmp_path) as store:
        with monkeypatch.context() as patch:
            patch.setattr("evalkit.ledger.storing._settle", interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.put("m", "1", {name("k"): [record(1)]}, {name("r"): "no."})
        assert (len(store), store.refusals([name("r")])) == (0, {})
        store.put("m", "1", {name("k"): [record(1)]})
        assert list(store.get([name("k")], DIM)) == [name("k")]


def test_vectors_are_durable_before_the_index_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(handle: int) -> None:
        if Path(f"/dev/fd/{handle}").resolve().suffix == ".f32":
            with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as db:
                (count,) = db.execute("SELECT count(*) FROM record").fetchone()
            seen.append((count, os.fstat(handle).st_size))
        sync(handle)

    sync = os.fsync
    with Ledger(tmp_path) as store:
        monkeypatch.setattr("os.fsync", watched)
        store.put("m", "1", {name("a"): [record(1)]})
        store.put("m", "1", {name("b"): [record(2), record(3)]})
        assert seen == [(0, 4 * DIM), (1, 12 * DIM)]
        assert store._database.rows("PRAGMA synchronous") == [(2,)]  # FULL: the log is synced, too
        assert store._database.rows("PRAGMA journal_mode") == [("wal",)]


def test_a_disk_that_fails_leaves_an_index_that_knows_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(handle: int) -> None:
        raise OSError(5, "Input/output error")

    with Ledger(tmp_path) as store:
        store.put("m", "1", {name("a"): [record(1)]})
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", failing)
            with pytest.raises(OutputError, match="Input/output error"):
                store.put("m", "1", {name("b"): [record(2)]})
        assert len(store) == 1
        store.put("m", "1", {name("b"): [record(2)]})
        assert len(store.get([name("a"), name("b")], DIM)) == 2
        assert store.verify().sound


def test_keys_differ_by_everything_that_could_change_a_vector() -> None:
    base = ("m", "1", {"purpose": "INDEX"}, 256, "digest", 0)
    others = [
        ("n", *base[1:]),
        ("m", "2", *base[2:]),
        ("m", "1", {"purpose": "QUERY"}, 256, "digest", 0),
        ("m", "1", {"purpose": "INDEX"}, 384, "digest", 0),
        ("m", "1", {"purpose": "INDEX"}, 256, "other", 0),
        ("m", "1", {"purpose": "INDEX"}, 256, "digest", 1),
    ]
    keys = {ledger.key(*one) for one in [base, *others]}
    assert len(keys) == 7
    assert {len(key) for key in keys} == {32}
    assert ledger.key("m", "1", {"a": 1, "b": 2}, 4, "d") == ledger.key(
        "m", "1", {"b": 2, "a": 1}, 4, "d"
    )


def test_keys_are_what_they_were_in_the_first_version() -> None:
    """Whoever changes them makes everybody pay again."""
    key = ledger.key("m", "1", {"purpose": "INDEX"}, 256, "digest")
    assert key.hex() == "05caae751ab31904e3cba1375de941ba8b4fdca7bc41cfc9b04431cc36e5cf80"
