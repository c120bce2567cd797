"""`evalkit judge` from a stored run to a run with what reviewers say."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from evalkit import api
from tests.factories import Command, tiny_suite


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a small suite; return the folder of reports."""
    home = tmp_path_factory.mktemp("judge")
    api.run(tiny_suite(home), out=home / "reports", ledger=home / "ledger")
    return home / "reports"


@pytest.fixture
def study(evalkit: Command, here: Path, reports: Path) -> Path:
    """Make a study of the run; return the folder of its suite."""
    shutil.copytree(reports, here / "reports")
    done = evalkit(
        "judge", "new", "reports/tiny", "--name", "first", "--sample", "10", "--depth", "2",
        "--wanted", "2", "--at", "16",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "Study first: 10 prompts with 20 results from 1 lists" in done.out
    return here / "reports" / "tiny"


def fill(path: Path, reviewer: str, effective: str = "yes") -> Path:
    """Fill a sheet in as a reviewer would; return it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    filled = path.with_name(f"{reviewer}.csv")
    with filled.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(x | {"reviewer": reviewer, "effective": effective} for x in lines)
    return filled


def test_judgements_come_in_and_count(evalkit: Command, study: Path, here: Path) -> None:
    assert evalkit("judge", "export", "first", "sheet.csv").code == 0
    for reviewer in ("ana", "ben"):
        done = evalkit("judge", "import", "first", fill(here / "sheet.csv", reviewer), "--json")
        assert done.json == {
            "reviewer": reviewer, "new": 10, "revised": 0, "unchanged": 0, "beyond": 0, "empty": 0,
        }  # fmt: skip
    again = evalkit("judge", "import", "first", "ana.csv")
    assert again.out == "ana: 0 prompts judged, 0 revised, 10 unchanged, 0 left empty.\n"
    (told,) = evalkit("judge", "list", "--json").json
    assert (told["finished"], told["judgements"], told["disputed"]) == (10, 40, 0)
    assert told["reviewers"] == {"ana": 10, "ben": 10}
    assert evalkit("judge", "agreement", "first", "--json").json["raw"]["value"] == 1.0
    applied = evalkit("judge", "apply", study, "--json")
    assert applied.code == 0, applied.err
    (share,) = applied.json["effective"]
    assert (share["value"], share["n"]) == (1.0, 10)
    assert applied.json["parent"] in {folder.name for folder in study.iterdir()}
    page = (Path(applied.json["folder"]) / "report.html").read_text("utf-8")
    assert "40 judgements of 10 prompts by 2 reviewers in the study first" in page
    assert "every judgement says the same" in page
    assert "Label noise: the interval of effectiveness also holds" in page
    assert evalkit("judge", "plan", study, "--json").json["study"] == "first"


def test_agreement_is_told_by_reviewer_and_by_result(
    evalkit: Command, study: Path, here: Path
) -> None:
    evalkit("judge", "export", "first", "sheet.csv")
    evalkit("judge", "import", "first", fill(here / "sheet.csv", "ana"))
    told = evalkit("judge", "agreement", "first").out
    assert "No result that was judged twice is contested." in told
    evalkit("judge", "import", "first", fill(here / "sheet.csv", "ben", "no"))
    shown = evalkit("judge", "agreement", "first")
    assert shown.code == 0
    assert [name in shown.out for name in ("Fleiss' kappa", "ana", "ben")] == [True] * 3
    items = evalkit("judge", "agreement", "first", "--json").json["items"]
    assert len(items) == 20
    for one in items:
        assert f"{one['query']} " in shown.out
        assert f" {one['item']} " in shown.out
    assert "more;" not in shown.out


def test_contested_results_are_cut_and_counted(
    evalkit: Command, study: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.cli.judge_numbers._ITEMS", 3)
    evalkit("judge", "export", "first", "sheet.csv")
    for reviewer, said in (("ana", "yes"), ("ben", "no")):
        evalkit("judge", "import", "first", fill(here / "sheet.csv", reviewer, said))
    assert "and 17 more; --json lists every result." in evalkit("judge", "agreement", "first").out


def test_more_judgements_than_wanted_are_taken_and_told(
    evalkit: Command, study: Path, here: Path
) -> None:
    evalkit("judge", "export", "first", "sheet.csv")
    told = [
        evalkit("judge", "import", "first", fill(here / "sheet.csv", reviewer)).out
        for reviewer in ("ana", "ben", "eve")
    ]
    assert ["more judgements than wanted" in words for words in told] == [False, False, True]
    (found,) = evalkit("judge", "list", "--json").json
    assert found["reviewers"] == {"ana": 10, "ben": 10, "eve": 10}


def test_judgements_lie_beside_the_runs_that_they_are_of(
    evalkit: Command, reports: Path, here: Path
) -> None:
    elsewhere = here / "elsewhere"
    shutil.copytree(reports, elsewhere)
    made = evalkit("judge", "new", "elsewhere/tiny", "--name", "there", "--sample", "2")
    assert "Kept in elsewhere/judgements.db." in made.out
    assert (elsewhere / "judgements.db").is_file()
    assert not (here / "reports").exists()
    place = ("--store", "elsewhere/judgements.db")
    evalkit("judge", "export", "there", "sheet.csv", *place)
    evalkit("judge", "import", "there", fill(here / "sheet.csv", "ana"), *place)
    for _ in range(3):
        applied = evalkit("judge", "apply", "elsewhere/tiny", "--json")
        assert applied.code == 0, applied.err
        assert Path(applied.json["folder"]).parent == Path("elsewhere/tiny")


def test_judgements_become_ground_truth(evalkit: Command, study: Path, here: Path) -> None:
    evalkit("judge", "export", "first", "sheet.csv")
    evalkit("judge", "import", "first", fill(here / "sheet.csv", "ana"))
    done = evalkit("judge", "qrels", "first", "made/qrels.tsv")
    assert "20 grades of 10 queries" in done.out
    assert "lower median" in done.out
    head, *lines = (here / "made" / "qrels.tsv").read_text("utf-8").splitlines()
    assert head == "query-id\tcorpus-id\tscore"
    assert len(lines) == 20
    assert all(line.split("\t")[2] == "1" for line in lines)
    assert evalkit("judge", "qrels", "first", "trec.txt").code == 0
    assert (here / "trec.txt").read_text("utf-8").splitlines()[0].split()[1] == "0"


def test_a_page_is_written_and_nothing_for_who_is_done(
    evalkit: Command, study: Path, here: Path
) -> None:
    assert evalkit("judge", "export", "first", "sheet.html", "--reviewer", "ana").code == 0
    assert 'value="ana"' in (here / "sheet.html").read_text("utf-8")
    evalkit("judge", "export", "first", "sheet.csv")
    evalkit("judge", "import", "first", fill(here / "sheet.csv", "ana"))
    done = evalkit("judge", "export", "first", "sheet.html", "--reviewer", "ana")
    assert (done.code, "no prompts left" in done.err) == (2, True)
    assert evalkit("judge", "export", "first", "sheet.html", "--reviewer", "ana", "--all").code == 0


def test_a_wrong_sheet_changes_nothing(evalkit: Command, study: Path, here: Path) -> None:
    evalkit("judge", "export", "first", "sheet.csv")
    wrong = fill(here / "sheet.csv", "ana", "perhaps")
    done = evalkit("judge", "import", "first", wrong, "--json")
    assert done.code == 2
    assert "line 2" in done.err
    assert "expected yes or no" in done.err
    assert evalkit("judge", "list", "--json").json[0]["judgements"] == 0


def test_what_is_missing_is_told(
    evalkit: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = evalkit("judge", "list")
    assert (done.code, "there are no judgements here" in done.err) == (2, True)
    assert not (here / "reports").exists()
    monkeypatch.setenv("EVALKIT_JUDGEMENTS", "postgresql://ana:secret@127.0.0.1:1/x")
    done = evalkit("judge", "list")
    assert (done.code, "cannot be reached" in done.err) == (2, True)
    assert "secret" not in done.out + done.err


def test_other_usage_is_refused(evalkit: Command, study: Path) -> None:
    for args, message in [
        (("judge", "new", study, "--name", "first"), "a study 'first' already"),
        (("judge", "new", study, "--name", "b", "--model", "vector"), "did you mean 'vectors'"),
        (("judge", "export", "first", "sheet.pdf"), "neither in .html nor in .csv"),
        (("judge", "export", "frist", "sheet.csv"), "did you mean 'first'"),
        (("judge", "qrels", "first", "q.tsv"), "nothing is judged yet"),
        (("judge", "apply", study), "nobody has judged"),
    ]:
        done = evalkit(*args)
        assert done.code == 2, args
        assert message in done.err
    assert json.loads(evalkit("judge", "list", "--json").out)[0]["study"] == "first"
