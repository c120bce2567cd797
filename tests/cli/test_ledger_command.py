"""ledger info, verify, export and prune."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evalkit.ledger import Ledger, Record
from tests.factories import Command, asking_suite


def fill(folder: Path) -> None:
    vector = np.arange(1, 9, dtype=np.float32)
    with Ledger(folder) as store:
        store.put("m", "1", {bytes([k]) * 32: [Record(vector + k, 1.0)] for k in range(3)})
        store.put("n", "2", {b"n" * 32: [Record(vector, 1.0)]}, {b"r" * 32: "no."}, dim=8)
        store.put("n", "2", {b"n" * 32: [Record(-vector, 1.0)]})


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


def break_one(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as db, db:
        db.execute("UPDATE record SET crc = 1 WHERE key = ?", [b"\1" * 32])


def test_info_tells_what_is_stored(here: Path, evalkit: Command) -> None:
    fill(here / "ledger")
    done = evalkit("ledger", "info")
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert done.out.startswith(f"{here / 'ledger'}, ")
    assert ["m", "1", "8", "3", "3", "96", "B", "0", "0"] in [line[:9] for line in lines]
    assert ["n", "2", "8", "1", "1", "32", "B", "1", "1"] in [line[:9] for line in lines]
    assert lines[1][-2:] == ["conflicts", "stored"]
    assert "Claims of running processes: 0. Jobs that are not over: 0. " in done.out


def test_info_as_json(here: Path, evalkit: Command) -> None:
    fill(here / "other")
    told = evalkit("ledger", "info", "--ledger", "other", "--json").json
    assert (told["folder"], told["version"], told["claims"], told["jobs"]) == ("other", 2, 0, 0)
    assert [(h["model"], h["inputs"], h["refusals"], h["conflicts"]) for h in told["holdings"]] == [
        ("m", 3, 0, 0),
        ("n", 1, 1, 1),
    ]


def test_looking_makes_no_ledger(here: Path, evalkit: Command) -> None:
    for command in (["info"], ["verify"], ["export", "x.npz"], ["prune"]):
        done = evalkit("ledger", *command)
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"{here / 'ledger'}: there is no ledger here. Name its folder with --ledger or "
            "EVALKIT_LEDGER; the first run that embeds something makes one.\n"
        )
    assert list(here.iterdir()) == []


def test_a_file_is_no_ledger(here: Path, evalkit: Command) -> None:
    (here / "file").write_text("")
    done = evalkit("ledger", "info", "--ledger", "file")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "file: this names a file; a ledger is a folder. Name a folder with --ledger or "
        "EVALKIT_LEDGER.\n"
    )


def test_verify_ends_with_1_where_something_is_damaged(here: Path, evalkit: Command) -> None:
    fill(here / "ledger")
    done = evalkit("ledger", "verify")
    assert (done.code, done.out) == (
        0,
        f"{here / 'ledger'}: 4 vectors of 4 inputs, all sound.\n",
    )
    assert evalkit("ledger", "verify", "--json").json["sound"] is True
    break_one(here / "ledger")
    done = evalkit("ledger", "verify")
    assert done.code == 1
    assert "1 of 4 inputs are damaged" in done.out
    assert f"{'01' * 32}: a vector is not what was written" in done.out
    assert "`evalkit ledger prune --damaged` removes them; " in done.out
    done = evalkit("ledger", "verify", "--json")
    assert done.code == 1
    assert done.json["damaged"] == [{"key": "01" * 32, "why": "a vector is not what was written"}]


def test_verify_is_short_where_a_file_of_vectors_is_gone(here: Path, evalkit: Command) -> None:
    vector = np.arange(1, 9, dtype=np.float32)
    with Ledger(here / "ledger") as store:
        store.put("m", "1", {bytes([k]) * 32: [Record(vector, 1.0)] for k in range(180)})
    (file,) = (here / "ledger" / "ledger.vectors").iterdir()
    file.unlink()
    done = evalkit("ledger", "verify")
    lines = done.out.splitlines()
    assert done.code == 1
    assert lines[0].endswith("180 of 180 inputs are damaged")
    assert lines[1] == f"ledger.vectors/{file.name} is missing"
    assert lines[2].startswith("00" * 32)
    assert lines[21].startswith("13" * 32)
    assert lines[22] == "and 160 more"
    assert "`evalkit ledger export` writes all others." in lines[23]
    assert len(lines) == 24
    told = evalkit("ledger", "verify", "--json").json
    assert (told["missing"], len(told["damaged"])) == ([f"ledger.vectors/{file.name}"], 180)
    done = evalkit("ledger", "export", "all.npz")
    assert (done.code, done.err) == (0, "180 vectors are damaged and were left out.\n")


def test_verify_promises_no_export_of_a_damaged_index(here: Path, evalkit: Command) -> None:
    fill(here / "ledger")
    with closing(sqlite3.connect(here / "ledger" / "ledger.sqlite")) as db, db:
        db.execute("PRAGMA writable_schema=on")
        stricter = "replace(sql, 'tokens INTEGER', 'tokens INTEGER NOT NULL')"
        db.execute(f"UPDATE sqlite_master SET sql = {stricter} WHERE name = 'record'")
    done = evalkit("ledger", "verify")
    assert done.code == 1
    assert "The index itself is damaged. Keep a copy of the folder (what was paid for" in done.out
    assert "evalkit ledger export" not in done.out


def test_export_writes_a_file(here: Path, evalkit: Command) -> None:
    fill(here / "ledger")
    assert evalkit("ledger", "export", "all.npz").out == "Written: all.npz, 4 vectors.\n"
    with np.load(here / "all.npz") as data:
        assert data["vector_8"].shape == (4, 8)
    break_one(here / "ledger")
    done = evalkit("ledger", "export", "all.parquet")
    assert (done.code, done.err) == (0, "1 vectors are damaged and were left out.\n")
    done = evalkit("ledger", "export", "all.npz", "--json")
    assert done.json == {"file": "all.npz", "vectors": 3, "damaged": 1}
    assert evalkit("ledger", "export", "all.csv").code == 2


@pytest.mark.parametrize(("answer", "left"), [("y\n", 1), ("n\n", 4)])
def test_prune_asks(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    fill(here / "ledger")
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    done = evalkit("ledger", "prune", "--model", "m")
    assert done.code == 0
    assert done.out.startswith(f"Remove 3 embeddings of m from {here / 'ledger'}? [y/N]: ")
    assert ("Removed: 3 inputs, 0 refusals." in done.out) == (left == 1)
    assert ("Nothing was removed." in done.out) == (left == 4)
    with Ledger(here / "ledger") as store:
        assert len(store) == left


@pytest.mark.parametrize(
    ("conditions", "question"),
    [
        (["--model", "n"], "Remove 1 embedding and 1 refusal of n from LEDGER?"),
        (["--model", "n", "--revision", "2"], "1 refusal of n, revision 2 from LEDGER?"),
        (["--revision", "1"], "Remove 3 embeddings of revision 1 from LEDGER?"),
        (["--damaged"], "Of 4 embeddings and 1 refusal from LEDGER, remove what is damaged?"),
        (
            ["--damaged", "--older-than", "30", "--model", "m"],
            "Of 3 embeddings of m from LEDGER, remove what is damaged and older than 30 days?",
        ),
    ],
)
def test_prune_says_what_it_would_remove(
    here: Path,
    evalkit: Command,
    monkeypatch: pytest.MonkeyPatch,
    conditions: list[str],
    question: str,
) -> None:
    fill(here / "ledger")
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    done = evalkit("ledger", "prune", *conditions)
    assert question.replace("LEDGER", str(here / "ledger")) in done.out


@pytest.mark.parametrize("yes", [[], ["--yes"]])
@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        (["--model", "foo"], "no model 'foo' is in this ledger; known: m, n."),
        (["--revision", "3"], "no revision '3' is in this ledger; known: 1, 2."),
        (
            ["--model", "m", "--revision", "2"],
            "no revision '2' of 'm' is in this ledger; known: 1.",
        ),
    ],
)
def test_prune_knows_what_is_not_there(
    here: Path, evalkit: Command, conditions: list[str], told: str, yes: list[str]
) -> None:
    fill(here / "ledger")
    done = evalkit("ledger", "prune", *conditions, *yes)
    assert (done.code, done.out, done.err) == (2, "", f"{told}\n")


def test_prune_whose_question_is_not_answered(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(here / "ledger")
    monkeypatch.setattr("sys.stdin", Terminal(""))
    done = evalkit("ledger", "prune", "--model", "m")
    assert (done.code, done.err.endswith("nobody answered. Add --yes.\n")) == (2, True)


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_prune_without_anybody_to_ask(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch, json: list[str]
) -> None:
    fill(here / "ledger")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = evalkit("ledger", "prune", "--older-than", "0", *json)
    assert done.code == 2
    assert done.err.endswith("nobody answered. Add --yes.\n")
    assert "Remove" not in done.out
    with Ledger(here / "ledger") as store:
        assert len(store) == 4


def test_prune_with_yes(here: Path, evalkit: Command) -> None:
    fill(here / "ledger")
    break_one(here / "ledger")
    done = evalkit("ledger", "prune", "--damaged", "--yes", "--json").json
    assert (done["inputs"], done["refusals"]) == (1, 0)
    assert evalkit("ledger", "prune", "--revision", "1", "--yes").out.startswith(
        "Removed: 2 inputs, 0 refusals. Freed: "
    )
    assert evalkit("ledger", "prune").out.startswith("Removed: 0 inputs, 0 refusals.")
    assert evalkit("ledger", "verify", "--json").json["inputs"] == 1


def test_what_a_run_embedded_is_there(here: Path, evalkit: Command) -> None:
    asking_suite(here)
    evalkit("run", "tiny.yaml")
    (told,) = evalkit("ledger", "info", "--json").json["holdings"]
    assert (told["inputs"], told["vectors"], told["conflicts"]) == (60, 60, 0)
