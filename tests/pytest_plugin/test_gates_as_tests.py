"""Gates as tests: what passes, warns, fails, is skipped, and what is said of it."""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from tests.factories import (
    ASKED,
    FAILS,
    OPEN,
    PASSES,
    SMALL_GAP,
    SMALL_GROUP,
    asking_suite,
    tiny_suite,
    write_data,
)
from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]

WAIVE = "waive: {model: vectors, why: the vectors are noise, owner: ana}"
FAILURE = """\
FAIL: find: recall@1 at 8 on vectors is at least 0.9
  observed: 0.575, 90 % interval [0.434, 0.706], n = 40
  bound:    at least 0.9
  why:      The whole interval misses the bound.
  suite:    tiny.yaml:10
  report:   reports/tiny/{run}/report.html
"""


def runs(folder: Path, suite: str = "tiny") -> list[str]:
    return [p.name for p in (folder / "reports" / suite).iterdir() if p.is_dir()]


def test_a_gate_is_a_test_and_the_suite_runs_once(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path, [PASSES, OPEN, FAILS, SMALL_GROUP])
    done = inner("tiny.yaml", "-v")
    done.assert_outcomes(passed=3, failed=1, skipped=1, warnings=1)
    done.stdout.fnmatch_lines(
        [
            "tiny.yaml::find: ndcg@10 at 16 on vectors is at least 0.2 PASSED*",
            "tiny.yaml::find: recall@1 at 8 on vectors is at least 0.58 PASSED*",
            "tiny.yaml::find: recall@1 at 8 on vectors is at least 0.9 FAILED*",
            "tiny.yaml::find: ndcg@10 at 16 on vectors for language=en is at least 0.2 PASSED*",
            "tiny.yaml::find: ndcg@10 at 16 on vectors for language=es is at least 0.2 SKIPPED*",
        ]
    )
    (run,) = runs(pytester.path)
    done.stdout.fnmatch_lines(["*= evalkit reports =*", f"reports/tiny/{run}/report.html"])


def test_a_failure_says_everything_and_shows_no_traceback(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    tiny_suite(pytester.path, [FAILS])
    done = inner("tiny.yaml")
    done.assert_outcomes(failed=1)
    (run,) = runs(pytester.path)
    assert FAILURE.format(run=run) in done.stdout.str()
    assert ".py" not in done.stdout.str().partition("FAILURES")[2]


def test_inconclusive_warns_even_where_warnings_are_errors(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    tiny_suite(pytester.path, [OPEN])
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    done = inner("tiny.yaml")
    done.assert_outcomes(passed=1, warnings=1)
    done.stdout.fnmatch_lines(
        [
            "*tiny.yaml:10: InconclusiveGate: 0.575, 90 % interval [[]0.434, 0.706[]], n = 40. "
            "The interval includes the bound.*"
        ]
    )


def test_inconclusive_fails_where_strict(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path, [OPEN])
    done = inner("tiny.yaml", "--evalkit-strict")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*Inconclusive counts as a failure*"])


def test_a_waived_failure_is_an_expected_one(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path, [FAILS.replace("}", f", {WAIVE}}}")])
    done = inner("tiny.yaml", "-rx")
    done.assert_outcomes(xfailed=1)
    done.stdout.fnmatch_lines(["XFAIL *Misses, waived by ana: the vectors are noise"])


def test_a_group_that_is_too_small_is_skipped_with_the_reason(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    tiny_suite(pytester.path, [SMALL_GROUP])
    done = inner("tiny.yaml", "-rs")
    done.assert_outcomes(passed=1, skipped=1)
    done.stdout.fnmatch_lines(
        ["SKIPPED *language=es*: the group has fewer than 30 units; it is reported and not gated."]
    )


def test_the_gap_of_a_group_that_is_too_small_is_skipped_with_the_reason(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    write_data(pytester.path / "data", queries=80)
    tiny_suite(pytester.path, [SMALL_GAP])
    done = inner("tiny.yaml", "-rs")
    done.assert_outcomes(passed=2, skipped=1)
    done.stdout.fnmatch_lines(
        ["SKIPPED *language=es*: the group has fewer than 30 units; it is reported and not gated."]
    )


def test_k_selects_and_what_is_not_selected_is_not_run(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    tiny_suite(pytester.path, [PASSES, FAILS])
    tiny_suite(pytester.path, [PASSES], name="other")
    inner("tiny.yaml", "other.yaml", "-k", "ndcg and tiny").assert_outcomes(passed=1, deselected=2)
    assert len(runs(pytester.path)) == 1
    assert not (pytester.path / "reports/other").exists()


def test_x_stops_at_the_first_failure(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path, [FAILS, PASSES])
    inner("tiny.yaml", "-x").assert_outcomes(failed=1)


def test_junit_holds_the_numbers(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path, [PASSES, FAILS])
    inner("tiny.yaml", "--junitxml=junit.xml")
    cases = list(ET.parse(pytester.path / "junit.xml").iter("testcase"))
    assert [case.get("name") for case in cases] == [
        "find: ndcg@10 at 16 on vectors is at least 0.2",
        "find: recall@1 at 8 on vectors is at least 0.9",
    ]
    numbers = {p.get("name"): p.get("value") for p in cases[1].iter("property")}
    assert numbers == {"observed": "0.575", "low": "0.433614", "high": "0.705989", "n": "40"}
    assert [case.find("failure") is not None for case in cases] == [False, True]


def test_under_xdist_the_suite_runs_once(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path, [PASSES, OPEN, FAILS, SMALL_GROUP])
    done = inner("tiny.yaml", "-p", "xdist", "-n", "2", process=True)
    done.assert_outcomes(passed=3, failed=1, skipped=1, warnings=1)
    (run,) = runs(pytester.path)
    done.stdout.fnmatch_lines([f"reports/tiny/{run}/report.html"])


def test_a_suite_that_cannot_run_says_why_in_one_sentence(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    asking_suite(pytester.path, [ASKED, ASKED.replace("ndcg@10", "recall@1")])
    done = inner("tiny.yaml", "--evalkit-offline")
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(
        [
            "tiny.yaml: reference: 40 inputs on the query side of 'find' were never embedded, and "
            "--offline forbids asking. Run once without --offline."
        ]
    )
    assert ".py" not in done.stdout.str().partition("FAILURES")[2]


def test_runs_and_ledger_go_where_they_should(inner: Inner, pytester: pytest.Pytester) -> None:
    asking_suite(pytester.path)
    done = inner("tiny.yaml", "--evalkit-out=build/out", "--evalkit-ledger=paid")
    done.assert_outcomes(passed=1)
    assert (pytester.path / "build/out/tiny/latest").is_file()
    assert (pytester.path / "paid/ledger.sqlite").is_file()
    assert not (pytester.path / "ledger").exists()
    inner("tiny.yaml", "--evalkit-offline", "--evalkit-ledger=paid").assert_outcomes(passed=1)


def test_a_gate_without_enough_scores_is_missing_and_fails(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    path = tiny_suite(pytester.path, [PASSES])
    stored = dict(np.load(pytester.path / "data/vectors.npz"))
    kept = {name: array[:-5] for name, array in stored.items()}
    np.savez(pytester.path / "data/vectors.npz", **kept)
    done = inner(path)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["MISSING: find: *", "*5 of 40 units have no score*"])
