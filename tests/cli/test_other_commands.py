"""init, check, report, compare, score, list and schema."""

import json
from pathlib import Path

import pytest
import yaml

from evalkit.core import registry
from tests.factories import FAILS, PASSES, Command, asking_suite, tiny_suite


def test_init_writes_a_suite_that_is_right(here: Path, evalkit: Command) -> None:
    done = evalkit("init", "mine")
    assert done.code == 0
    assert done.out == (
        "Written: mine/suite.yaml and its data set mine/data.\n"
        "Next: evalkit run mine/suite.yaml --out mine/reports\n"
    )
    assert "help-centre: the suite is right.\n" in evalkit("check", "mine/suite.yaml").out
    assert sorted(p.name for p in (here / "mine").iterdir()) == ["data", "suite.yaml"]


def test_init_explains_every_key_that_it_writes(here: Path, evalkit: Command) -> None:
    evalkit("init", "mine")
    text = (here / "mine/suite.yaml").read_text("utf-8")
    assert text.count("#") > 20
    assert set(yaml.safe_load(text)) >= {"suite", "about", "models", "dimensions", "cases", "gates"}


def test_init_leaves_files_alone(here: Path, evalkit: Command) -> None:
    (here / "mine").mkdir()
    (here / "mine/notes.txt").write_text("keep me")
    done = evalkit("init", "mine")
    assert (done.code, done.out) == (2, "")
    assert done.err == "'mine' is not an empty folder. Name a new or an empty one.\n"
    assert [p.name for p in (here / "mine").iterdir()] == ["notes.txt"]


def test_check_says_what_a_run_would_embed_and_spends_nothing(here: Path, evalkit: Command) -> None:
    asking_suite(here)
    done = evalkit("check", "tiny.yaml", "--spread", "0.3")
    assert done.code == 0
    assert "tiny: the suite is right.\n" in done.out
    assert ["reference", "60", "0", "60"] in [line.split() for line in done.out.splitlines()]
    assert "find: ndcg@10 at 256 on reference is at least 0.001\n  about 0." in done.out
    assert evalkit("run", "tiny.yaml", "--offline").code == 3


def test_check_says_that_stored_vectors_need_nothing(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    done = evalkit("check", "tiny.yaml")
    assert done.code == 0
    assert "vectors   none: nothing is asked of it\n" in done.out


def test_check_says_whether_a_gate_rests_on_pairs_items_or_queries(
    here: Path, evalkit: Command
) -> None:
    data = here / "data"
    data.mkdir()
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\ntruth: [pairs, tags]\n")
    rows = (("a", "red shoe", "shoe"), ("b", "red boot", "shoe"), ("c", "hat", "hat"))
    (data / "corpus.jsonl").write_text(
        "".join(
            json.dumps({"id": name, "text": text, "tags": {"sort": sort}}) + "\n"
            for name, text, sort in rows
        )
    )
    (data / "pairs.tsv").write_text("a\tb\tlabel\tkind\na\tb\tduplicate\t\na\tc\tother\t\n")
    (here / "units.yaml").write_text(
        "suite: units\nmodels: [reference]\ndimensions: [256]\ncases:\n"
        "  - {name: same, data: data, task: duplicates, metrics: [roc_auc]}\n"
        "  - {name: sorts, data: data, task: {clustering: {label: sort}}, metrics: [purity]}\n"
        "gates:\n  - {case: same, metric: roc_auc, at: 256, at_least: 0.5}\n"
        "  - {case: sorts, metric: purity, at: 256, at_least: 0.5}\n"
    )
    out = evalkit("check", "units.yaml").out
    assert "  not known, 2 pairs (no run yet" in out
    assert "  not known, 3 items (no run yet" in out


def test_check_takes_the_spread_of_the_last_run(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    assert "  not known, 40 queries (no run yet" in evalkit("check", "tiny.yaml").out
    evalkit("run", "tiny.yaml")
    (gate,) = evalkit("check", "tiny.yaml", "--json").json["gates"]
    assert gate["mde"] > 0
    assert gate["source"].startswith("run ")


def test_report_writes_the_same_bytes_again(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    folder = Path(evalkit("run", "tiny.yaml", "--json").json["folder"])
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    done = evalkit("report", "reports/tiny")
    assert (done.code, done.out) == (0, f"report: {folder / 'report.html'}\n")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_compare_shows_each_cell_and_metric(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    evalkit("run", "tiny.yaml")
    done = evalkit("compare", "reports/tiny", "reports/tiny")
    assert done.code == 0
    assert "find vectors at 16   recall@1   0.000 [" in done.out
    rows = evalkit("compare", "reports/tiny", "reports/tiny", "--json").json
    assert {(row["cell"]["dim"], row["metric"]) for row in rows} == {
        (16, "recall@1"), (16, "ndcg@10"), (8, "recall@1"), (8, "ndcg@10"),
    }  # fmt: skip


def test_score_gives_what_trec_eval_gives(here: Path, evalkit: Command) -> None:
    (here / "q.txt").write_text("q1 0 a 1\nq1 0 b 0\nq2 0 a 1\n")
    (here / "r.txt").write_text("q1 Q0 b 1 2.0 t\nq1 Q0 a 2 1.0 t\nq3 Q0 a 1 1.0 t\n")
    done = evalkit("score", "q.txt", "r.txt", "--metrics", "mrr@10,recall@1", "--per-query")
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()] == [
        ["means"], ["metric", "mean"], ["mrr@10", "0.2500"], ["recall@1", "0.0000"],
        ["per", "query"], ["query", "mrr@10", "recall@1"],
        ["q1", "0.5000", "0.0000"], ["q2", "0.0000", "0.0000"],
        "Left out, without judgements: 1 queries (q3)".split(),
    ]  # fmt: skip
    assert evalkit("score", "q.txt", "r.txt", "--json").json["queries"] == 2


def test_list_shows_sizes_modalities_and_parameters(evalkit: Command) -> None:
    done = evalkit("list", "providers")
    (line,) = (one for one in done.out.splitlines() if one.split()[:1] == ["reference"])
    assert "3072 1024 384 256" in line
    everything = evalkit("list", "--json").json
    (reference,) = (one for one in everything if one["name"] == "reference")
    assert reference["sizes"] == [3072, 1024, 384, 256]
    (exact,) = (one for one in everything if one["name"] == "exact")
    assert exact["parameters"] == {"memory": 1024}
    assert all(one["about"] for one in everything)


def test_list_knows_every_family(evalkit: Command) -> None:
    assert ", ".join(sorted(registry.FAMILIES)) in " ".join(evalkit("list", "--help").out.split())


def test_list_names_the_nearest_family(evalkit: Command) -> None:
    done = evalkit("list", "probe")
    assert (done.code, done.out) == (2, "")
    assert done.err == "unknown family 'probe'; did you mean 'probes'?\n"


def test_schema_is_json_schema(evalkit: Command) -> None:
    done = evalkit("schema")
    assert done.code == 0
    assert json.loads(done.out)["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(
    "wrong", [("run",), ("run", "--nope"), ("nope",), ("check", "--spread=-1")]
)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(
    evalkit: Command, wrong: tuple[str, ...]
) -> None:
    done = evalkit(*wrong)
    assert (done.code, done.out) == (2, "")
    assert "evalkit" in done.err


def test_errors_of_any_command_are_json_where_json_is_asked_for(evalkit: Command) -> None:
    done = evalkit("compare", "here", "there", "--json")
    assert done.code == 2
    assert done.json["errors"][0]["what"] == "there is no run here."
    assert done.err == "here: there is no run here. Name a folder that holds run.json.\n"


def test_a_failing_run_can_still_be_compared(here: Path, evalkit: Command) -> None:
    tiny_suite(here, [FAILS])
    assert evalkit("run", "tiny.yaml").code == 1
    tiny_suite(here, [PASSES])
    assert evalkit("run", "tiny.yaml").code == 0
    assert evalkit("compare", "reports/tiny", "reports/tiny").code == 0
