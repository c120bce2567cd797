"""`evalkit run`: verdicts for people and for programs, exit codes, several suites at once."""

from pathlib import Path

from tests.factories import FAILS, OPEN, PASSES, Command, asking_suite, tiny_suite

WRONG = PASSES.replace("ndcg@10", "ndgc@10")
SAID = "tiny.yaml:10:18 gates.0.metric: "
MEANT_TO_FAIL = Path(__file__).parents[1] / "suites/meant-to-fail.yaml"
SHOWN = """\
tiny: 1 pass, 1 inconclusive, 1 fail
PASS          find: ndcg@10 at 16 on vectors is at least 0.2
                observed 0.982 [0.911, 1.000] (90 % interval), n = 40.
INCONCLUSIVE  find: recall@1 at 8 on vectors is at least 0.58
                observed 0.575 [0.434, 0.706] (90 % interval), n = 40. The interval includes the bound.
FAIL          find: recall@1 at 8 on vectors is at least 0.9
                observed 0.575 [0.434, 0.706] (90 % interval), n = 40. The whole interval misses the bound.
vectors: 60 stored vectors were looked up.
report: reports/tiny/{run}/report.html
"""  # noqa: E501


def test_verdicts_are_printed_whole_and_a_failure_ends_with_1(here: Path, evalkit: Command) -> None:
    tiny_suite(here, [PASSES, OPEN, FAILS])
    done = evalkit("run", "tiny.yaml")
    run = (here / "reports/tiny/latest").read_text().strip()
    assert (done.code, done.out, done.err) == (1, SHOWN.format(run=run), "")


def test_a_pipe_gets_no_colour_and_no_bars(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    done = evalkit("run", "tiny.yaml")
    assert "\x1b" not in done.out + done.err


def test_a_second_run_embeds_nothing(here: Path, evalkit: Command) -> None:
    asking_suite(here)
    done = evalkit("run", "tiny.yaml")
    assert done.code == 0
    assert "reference: 60 inputs were embedded, 0 came from the ledger.\n" in done.out
    done = evalkit("run", "tiny.yaml", "--offline")
    assert done.code == 0
    assert "reference: nothing was embedded, 60 came from the ledger.\n" in done.out


def test_stored_vectors_are_no_embedding(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    data = here / "data"
    corpus = (data / "corpus.jsonl").read_text()
    (data / "corpus.jsonl").write_text(corpus + '{"id": "d20", "text": "without a vector"}\n')
    done = evalkit("run", "tiny.yaml", "--offline")
    assert done.code == 0
    assert "vectors: 61 stored vectors were looked up, 1 were lost.\n" in done.out


def test_inconclusive_ends_with_0_and_with_1_where_strict(here: Path, evalkit: Command) -> None:
    tiny_suite(here, [OPEN])
    assert evalkit("run", "tiny.yaml").code == 0
    done = evalkit("run", "tiny.yaml", "--strict")
    assert done.code == 1
    assert "Inconclusive counts as a failure (--strict)." in done.out


def test_json_is_all_there_is_on_stdout(here: Path, evalkit: Command) -> None:
    tiny_suite(here, [PASSES, FAILS])
    done = evalkit("run", "tiny.yaml", "--json")
    assert (done.code, done.err) == (1, "")
    found = done.json
    assert list(found)[:3] == ["file", "exit_code", "suite"]
    assert [v["status"] for v in found["verdicts"]] == ["pass", "fail"]
    assert found["models"][0]["wanted"] == 60
    assert found["verdicts"][1]["gate"] == "find: recall@1 at 8 on vectors is at least 0.9"
    assert (here / found["report"]).parent == here / found["folder"]


def test_json_stays_json_where_the_suite_is_wrong(here: Path, evalkit: Command) -> None:
    tiny_suite(here, [WRONG])
    done = evalkit("run", "tiny.yaml", "--json")
    assert done.code == 2
    assert done.err.startswith(SAID)
    (problem,) = done.json["errors"]
    assert done.json["file"] == "tiny.yaml"
    assert f"{problem['where']}: {problem['what']}" in done.err


def test_an_error_in_one_suite_hides_nothing_of_the_others(here: Path, evalkit: Command) -> None:
    tiny_suite(here, [WRONG])
    tiny_suite(here, [FAILS], name="fails")
    tiny_suite(here, [PASSES], name="passes")
    done = evalkit("run", "tiny.yaml", "fails.yaml", "passes.yaml", "--jobs", "1")
    assert done.code == 2
    assert done.err.startswith(SAID)
    assert "fails: 1 fail\n" in done.out
    assert "passes: 1 pass\n" in done.out


def test_what_a_model_lacks_outranks_a_wrong_suite(here: Path, evalkit: Command) -> None:
    tiny_suite(here, [WRONG])
    asking_suite(here, name="asks")
    done = evalkit("run", "tiny.yaml", "asks.yaml", "--offline", "--json", "--jobs", "1")
    assert done.code == 3
    assert [one["exit_code"] for one in done.json] == [2, 3]
    assert "--offline forbids asking" in done.err


def test_a_folder_means_every_suite_below_it(here: Path, evalkit: Command) -> None:
    tiny_suite(here / "suites")
    tiny_suite(here / "suites/more", name="other")
    (here / "suites/settings.yaml").write_text("sweet: no\n")
    done = evalkit("run", "suites", "--json", "--jobs", "1")
    assert done.code == 0
    assert [one["file"] for one in done.json] == ["suites/more/other.yaml", "suites/tiny.yaml"]


def test_a_pattern_means_the_suites_that_fit_it(here: Path, evalkit: Command) -> None:
    tiny_suite(here / "suites")
    tiny_suite(here / "suites", name="other")
    done = evalkit("run", "suites/t*.yaml", "--json")
    assert [one["file"] for one in done.json] == ["suites/tiny.yaml"]
    done = evalkit("run", str(here / "suites/*.yaml"), "--json", "--jobs", "1")
    assert [Path(one["file"]).name for one in done.json] == ["other.yaml", "tiny.yaml"]


def test_the_suite_that_is_meant_to_fail_fails_and_names_the_gate(evalkit: Command) -> None:
    done = evalkit("run", MEANT_TO_FAIL)
    assert done.code == 1
    assert "FAIL  household: recall@1 at 256 on reference is at least 0.95\n" in done.out
    assert "PASS  household: ndcg@10 at 3072 on reference is at least 0.05\n" in done.out
