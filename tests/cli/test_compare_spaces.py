"""compare --spaces: the vectors of two runs side by side, taken from the ledger."""

from pathlib import Path

import numpy as np
import pytest

from evalkit.providers.reference import Reference
from tests.factories import STORED, Command, asking_suite, tiny_suite


def run(evalkit: Command, suite: Path) -> str:
    """Run a suite; return the run's folder."""
    return str(evalkit("run", suite.name, "--json").json["folder"])


@pytest.fixture
def turned(here: Path, evalkit: Command) -> tuple[str, str]:
    """Return two runs of one suite, the second on the vectors of the first, turned and noisy."""
    first = run(evalkit, tiny_suite(here, name="old"))
    old = np.load(here / "data/vectors.npz")
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((16, 16)))[0]
    rows = old["vectors"] @ turn + 0.01 * rng.standard_normal((60, 16))
    np.savez(here / "data/new.npz", ids=old["ids"], vectors=rows.astype(np.float32))
    other = STORED.replace("vectors.npz", "new.npz")
    return first, run(evalkit, tiny_suite(here, name="new", model=other))


def test_a_turned_space_shows_in_cosines_and_nowhere_else(
    evalkit: Command, turned: tuple[str, str]
) -> None:
    done = evalkit("compare", *turned, "--spaces", "new.yaml", "--spaces-before", "old.yaml")
    assert done.code == 0, done.err
    _, _, shown = done.out.partition("vectors of the same inputs\n")
    head, whole, half = shown.splitlines()[:3]
    assert "overlap@10 (by chance)" in head
    assert whole.startswith("find vectors at 16   60 of 60   0.9")
    assert "(0.169)" in whole
    assert whole.split()[-3:-1] == ["1.000", "0.000"]
    assert half.startswith("find vectors at 8 ")
    assert "Near 0, a matrix can turn the vectors" in shown
    assert "not compared" not in shown
    numbers = evalkit(
        "compare", *turned, "--spaces", "new.yaml", "--spaces-before", "old.yaml", "--json"
    ).json
    assert {one["metric"] for one in numbers["changes"]} == {"recall@1", "ndcg@10"}
    whole, half = (one["likeness"] for one in numbers["spaces"])
    assert whole["overlap"] > 0.9 > half["overlap"]
    assert abs(whole["cosine"]) < 0.3
    assert whole["procrustes"] < 0.01 < half["procrustes"]
    alone = evalkit("compare", *turned, "--spaces", "new.yaml").out
    cells = "find vectors at 16, find vectors at 8\n"
    assert f"{cells}  The suite has another model under this name." in alone


def test_each_revision_is_found_in_the_ledger_though_the_suite_names_one(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = asking_suite(here)
    before = run(evalkit, suite)
    with monkeypatch.context() as patch:
        patch.setattr(Reference, "revision", "next")
        after = run(evalkit, suite)
    asked = "compare", before, after, "--spaces", suite.name
    (found,) = evalkit(*asked, "--json").json["spaces"]
    assert (found["likeness"]["overlap"], found["total"]) == (1.0, 60)
    gone = evalkit(*asked, "--ledger", "elsewhere")
    assert gone.code == 0
    assert "find reference at 256\n  The ledger does not hold all vectors" in gone.out
    assert "Name the ledger of both runs with --ledger." in gone.out
    same = evalkit("compare", before, before, "--spaces", suite.name).out
    assert "their vectors are the same" in same
    assert "--recheck 20" in same


def test_inputs_that_changed_since_are_not_compared(here: Path, evalkit: Command) -> None:
    suite = asking_suite(here)
    before = run(evalkit, suite)
    corpus = here / "data/corpus.jsonl"
    corpus.write_text(corpus.read_text().replace("article d0", "other d0"))
    other = asking_suite(here, name="other")
    asked = "compare", before, before, "--spaces", suite.name, "--spaces-before", other.name
    assert "The ledger does not hold all vectors" in evalkit(*asked).out
    run(evalkit, other)
    assert "The data of the suite changed since the runs." in evalkit(*asked).out


def test_the_earlier_suite_alone_is_refused(evalkit: Command) -> None:
    done = evalkit("compare", "here", "there", "--spaces-before", "old.yaml")
    assert done.code == 2
    assert "with --spaces." in done.err
