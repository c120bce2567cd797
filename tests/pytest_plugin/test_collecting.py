"""Which YAML files are suites, and what a session without any pays."""

from pathlib import Path

import pytest

from tests.factories import FAILS, PASSES, tiny_suite
from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]

MEANT_TO_FAIL = Path(__file__).parents[1] / "suites/meant-to-fail.yaml"
LIGHT = """
import sys
def test_nothing_was_loaded():
    heavy = {"numpy", "pydantic", "yaml", "evalkit.api", "evalkit.core.errors"}
    assert "evalkit.pytest_plugin" in sys.modules
    assert not heavy & set(sys.modules)
"""
UNDER_TYPOS = "{case: find, metric: ndcg@10, at: 16, probe: typos/1, drop_at_most: 0.1}"
USES_THE_FIXTURE = """
def test_frame(evalkit_run):
    run = evalkit_run("tiny.yaml")
    assert run is evalkit_run("tiny.yaml")
    assert "recall@1" in set(run.frame().metric)
"""


@pytest.fixture
def tree(pytester: pytest.Pytester) -> Path:
    """Return a folder with a suite, another deeper down, and YAML files that are no suites."""
    home = pytester.path
    tiny_suite(home / "suites")
    tiny_suite(home / "suites/more", name="other")
    (home / "suites/settings.yaml").write_text("sweet: no\nnested:\n  suite: no\n")
    (home / "suites/empty.yml").write_text("")
    pytester.makepyfile("def test_python():\n    pass\n")
    return home


@pytest.mark.usefixtures("tree")
def test_a_named_folder_gives_every_suite_below_it(inner: Inner) -> None:
    done = inner("suites", "--collect-only", "-q")
    assert sorted(done.outlines[:2]) == [
        "suites/more/other.yaml::find: ndcg@10 at 16 on vectors is at least 0.2",
        "suites/tiny.yaml::find: ndcg@10 at 16 on vectors is at least 0.2",
    ]
    done.stdout.fnmatch_lines(["2 tests collected*"])


@pytest.mark.usefixtures("tree")
def test_a_plain_session_leaves_suites_alone(inner: Inner) -> None:
    inner().assert_outcomes(passed=1)


@pytest.mark.usefixtures("tree")
def test_testpaths_do_not_name_suites(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ntestpaths = suites .\n")
    inner().assert_outcomes(passed=1)


@pytest.mark.usefixtures("tree")
def test_the_ini_option_names_suites(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nevalkit_files = suites/*.yaml\n")
    done = inner("-v")
    done.assert_outcomes(passed=2)
    done.stdout.fnmatch_lines(["suites/tiny.yaml::*PASSED*"])
    done.stdout.no_fnmatch_line("*other.yaml*")


def test_a_wrong_suite_is_one_collection_error(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path, [PASSES.replace("ndcg@10", "ndgc@10"), FAILS.replace("16", "17")])
    tiny_suite(pytester.path, [PASSES], name="right")
    done = inner("tiny.yaml", "right.yaml", "--continue-on-collection-errors")
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(
        [
            "*ERROR collecting tiny.yaml*",
            "tiny.yaml:10:18 gates.0.metric: *'ndgc@10'*did you mean 'ndcg@10'?*",
        ]
    )
    shown = done.stdout.str().partition("ERRORS")[2].partition("evalkit reports")[0]
    assert "Traceback" not in shown
    assert ".py" not in shown


def test_a_gate_that_nothing_is_left_of_is_one_collection_error(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    path = tiny_suite(pytester.path, [PASSES, UNDER_TYPOS])
    cases = path.read_text().replace("groups: [language]", "probes: [typos: {severities: [1]}]")
    path.write_text(cases)
    done = inner("tiny.yaml")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["tiny.yaml:11*: no model of the suite offers what this gate *"])


def test_a_session_without_suites_loads_nothing(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(LIGHT)
    done = inner(process=True)
    done.assert_outcomes(passed=1)
    assert "evalkit" not in done.stdout.str()


def test_the_fixture_shares_the_run_with_the_gates(inner: Inner, pytester: pytest.Pytester) -> None:
    tiny_suite(pytester.path)
    pytester.makepyfile(USES_THE_FIXTURE)
    done = inner("tiny.yaml", ".")
    done.assert_outcomes(passed=2)
    assert len([p for p in (pytester.path / "reports/tiny").iterdir() if p.is_dir()]) == 1


def test_the_fixture_says_what_is_wrong(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_frame(evalkit_run):\n    evalkit_run('none.yaml')\n")
    done = inner()
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["E *SuiteNotRun: none.yaml: there is no such file*"])


def test_help_explains_the_options(inner: Inner) -> None:
    done = inner("--help")
    done.stdout.fnmatch_lines(
        ["evalkit: suites of embedding models as tests:", "*--evalkit-strict *", "*evalkit_files *"]
    )


def test_the_suite_that_is_meant_to_fail_fails(inner: Inner, pytester: pytest.Pytester) -> None:
    done = inner(MEANT_TO_FAIL, "-c", pytester.makeini("[pytest]\n"))
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(
        [
            "FAIL: household: recall@1 at 256 on reference is at least 0.95",
            "*/meant-to-fail.yaml:16",
        ]
    )
