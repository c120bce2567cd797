"""dataset describe, convert and make."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evalkit import api
from evalkit.cli import describing
from evalkit.media.audio import encode_sound
from evalkit.readers import shipped
from tests.factories import Command, write_data


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 12), colour).save(out, "PNG")
    return out.getvalue()


def fill(folder: Path) -> None:
    """Write a folder of mixed kinds and its captions."""
    (folder / "media").mkdir()
    rows = ["file,caption,language"]
    for n, colour in enumerate(("red", "green", "blue")):
        (folder / f"media/{colour}.png").write_bytes(picture(colour))
        hum = np.sin(np.arange(1600) * (n + 1) / 20).astype(np.float32)
        (folder / f"media/{colour}.wav").write_bytes(encode_sound(hum, 16_000, "audio/wav"))
        (folder / f"media/note {n}.txt").write_text(f"We bought {n} apples.", "utf-8")
        rows += [f"{colour}.png,a {colour} area,en", f"{colour}.wav,un tono {n},es"]
        rows += [f"note {n}.txt,how many apples on day {n},en"]
    (folder / "media/alone.txt").write_text("Nobody asks for this.", "utf-8")
    (folder / "captions.csv").write_text("\n".join(rows) + "\n", "utf-8")


# --- convert --------------------------------------------------------------------------------------


def test_convert_says_what_it_made_and_what_to_do_next(here: Path, evalkit: Command) -> None:
    fill(here)
    done = evalkit("dataset", "convert", "media", "--captions", "captions.csv", "--out", "my set")
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Written: my set with 10 items (3 audio, 3 image, 4 text), 9 queries and a first suite. "
        "1 item has no caption; no query asks for that.\n"
        "Next: evalkit dataset describe 'my set'\n"
        "Then: evalkit run 'my set/suite.yaml'\n"
    )


def test_convert_as_json(here: Path, evalkit: Command) -> None:
    fill(here)
    done = evalkit(
        "dataset", "convert", "media", "--captions", "captions.csv", "--out", "out", "--json"
    )
    assert done.json == {
        "folder": "out", "suite": "out/suite.yaml", "items": {"audio": 3, "image": 3, "text": 4},
        "queries": 9, "judgements": 9, "without_caption": 1,
    }  # fmt: skip


def test_three_commands_lead_from_a_folder_to_a_report(here: Path, evalkit: Command) -> None:
    fill(here)
    first = evalkit("dataset", "convert", "media", "--captions", "captions.csv", "--out", "out")
    second = evalkit("dataset", "describe", "out")
    third = evalkit("run", "out/suite.yaml")
    assert [done.code for done in (first, second, third)] == [0, 0, 0]
    run = api.read("reports/out")
    assert {cell.case for cell in {e.cell for e in run.estimates}} >= {"image", "text"}
    assert list((here / "reports/out").glob("*/report.html"))


def test_the_first_suite_has_a_case_for_each_modality(here: Path, evalkit: Command) -> None:
    fill(here)
    evalkit("dataset", "convert", "media", "--captions", "captions.csv", "--out", "out")
    plan = api.load("out/suite.yaml")
    assert [case.name for case in plan.cases] == ["all", "audio", "image", "text"]
    sizes = [(len(case.data.queries), len(case.data.corpus)) for case in plan.cases]
    assert sizes == [(9, 10), (3, 3), (3, 3), (3, 4)]


def test_the_first_suite_of_one_modality_has_one_case(here: Path, evalkit: Command) -> None:
    (here / "media").mkdir()
    (here / "media/a.png").write_bytes(picture("red"))
    (here / "media/a.txt").write_text("a red area", "utf-8")
    done = evalkit("dataset", "convert", "media", "--out", "2024")
    assert done.out.splitlines()[0] == (
        "Written: 2024 with 1 item (1 image), 1 query and a first suite."
    )
    plan = api.load("2024/suite.yaml")
    assert (plan.name, [case.name for case in plan.cases]) == ("2024", ["image"])


def test_documents_are_searched_by_their_pages_where_nothing_else_is_said(
    here: Path, evalkit: Command
) -> None:
    (here / "media").mkdir()
    sheets = [Image.new("RGB", (60, 80), (n * 40, 0, 0)) for n in range(3)]
    sheets[0].save(here / "media/d.pdf", save_all=True, append_images=sheets[1:])
    (here / "media/a.png").write_bytes(picture("red"))
    (here / "captions.csv").write_text("file,caption\nd.pdf,three pages\na.png,red\n")
    done = evalkit("dataset", "convert", "media", "--captions", "captions.csv", "--out", "out")
    assert done.out.splitlines()[1] == (
        "Documents: 1, searched by their pages (the suite's system 'pages'); "
        "--pages makes an item of each page instead."
    )
    plan = api.load("out/suite.yaml")
    assert [[system.name for system in case.systems] for case in plan.cases] == [
        ["pages"], ["pages"], ["plain"],
    ]  # fmt: skip
    nova = "nova: {provider: nova, region: us-east-1}"
    (model,) = evalkit("check", "out/suite.yaml", "--model", nova, "--json").json["models"]
    assert (model["inputs"], model["images"]) == (8, 4)  # each query for all, and for its kind
    paged = evalkit("dataset", "convert", "media", "--captions", "captions.csv", "--out", "by-page",
        "--pages")  # fmt: skip
    assert "Documents:" not in paged.out
    assert "systems" not in (here / "by-page/suite.yaml").read_text()


def test_convert_tells_everything_wrong_and_writes_nothing(here: Path, evalkit: Command) -> None:
    (here / "media").mkdir()
    (here / "media/a.png").write_bytes(b"")
    (here / "c.csv").write_text("file,caption\nb.png,blue\na.png,\n", "utf-8")
    done = evalkit("dataset", "convert", "media", "--captions", "c.csv", "--out", "out")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "c.csv:3: the caption is empty. Say in words what should lead to the file.\n"
        "media/a.png: the file is empty. Store it again, or move it out of the folder.\n"
        "c.csv:2: the file 'b.png' does not exist. Add the file or correct the path.\n"
    )
    assert not (here / "out").exists()


def test_convert_without_captions_says_what_it_needs(here: Path, evalkit: Command) -> None:
    (here / "media").mkdir()
    (here / "media/a.png").write_bytes(picture("red"))
    done = evalkit("dataset", "convert", "media", "--out", "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("media: nothing is written about these files, so there would be ")


# --- describe -------------------------------------------------------------------------------------


def test_describe_prints_tables_and_plain_bars(here: Path, evalkit: Command) -> None:
    write_data(here / "data")
    done = evalkit("dataset", "describe", "data")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "data: 40 queries, 20 corpus items, 40 judgements."
    assert lines[1] == "Languages: en, es."
    cells = [line.split() for line in lines]
    assert ["queries", "text", "40", "#" * 24] in cells
    assert ["corpus", "text", "20", "#" * 12] in cells
    assert ["queries", "language", "2", "en", "34,", "es", "6"] in cells
    assert ["1", "40", "#" * 24] in cells
    assert "judgements a query: 1 to 1, 1 in the middle" in lines
    assert "queries without a judgement: 0" in lines
    assert "corpus items that no query should find: 0" in lines
    assert ["characters", "of", "text,", "queries", "40", "12", "12", "12", "480"] in cells
    assert "█" not in done.out


def test_describe_names_queries_without_a_judgement(here: Path, evalkit: Command) -> None:
    write_data(here / "data")
    rows = (here / "data/qrels.tsv").read_text("utf-8").splitlines()
    (here / "data/qrels.tsv").write_text("\n".join(rows[:29]) + "\n", "utf-8")
    told = evalkit("dataset", "describe", "data").out
    assert (
        "queries without a judgement: 12: q28, q29, q30, q31, q32, q33, q34, q35 and 4 more\n"
    ) in told


def test_describe_as_json(here: Path, evalkit: Command) -> None:
    write_data(here / "data")
    told = evalkit("dataset", "describe", "data", "--json").json
    assert (told["name"], told["grades"], told["unjudged"]) == ("data", {"1": 40}, [])
    assert [side["modalities"] for side in told["sides"]] == [{"text": 40}, {"text": 20}]
    assert [spread["n"] for spread in told["spreads"]] == [40, 20]


def test_describe_ends_with_2_where_something_cannot_be_read(here: Path, evalkit: Command) -> None:
    write_data(here / "data")
    (here / "data/broken.png").write_bytes(b"no picture")
    with (here / "data/corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "x", "image": "broken.png"}) + "\n")
    done = evalkit("dataset", "describe", "data")
    assert done.code == 2
    assert done.out.endswith(
        "1 items cannot be read\ncorpus, item 'x': its bytes are not an image that can be read.\n"
    )


def test_describe_names_the_lines_of_files_that_are_missing(here: Path, evalkit: Command) -> None:
    write_data(here / "data")
    with (here / "data/corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "x", "image": "gone.png"}) + "\n")
    done = evalkit("dataset", "describe", "data")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "data/corpus.jsonl:21: the file 'gone.png' does not exist. Add the file or correct the "
        "path.\n"
    )


@pytest.mark.parametrize(
    ("path", "what"),
    [("gone", "there is no such file or folder"), (".", "there is no data set here")],
)
def test_describe_where_there_is_nothing(
    here: Path, evalkit: Command, path: str, what: str
) -> None:
    done = evalkit("dataset", "describe", path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"{path}: {what}; expected a folder with dataset.yaml, a BEIR folder, or a table (.csv, "
        ".parquet).\n"
    )


def test_bars_are_in_proportion_and_never_vanish() -> None:
    assert describing.bar(10, 10, blocks=True) == "█" * 24
    assert describing.bar(5, 16, blocks=True) == "█" * 7 + "▌"
    assert describing.bar(1, 10_000, blocks=True) == "▏"
    assert describing.bar(1, 10_000, blocks=False) == "#"
    assert describing.bar(0, 10, blocks=True) == describing.bar(0, 0, blocks=False) == ""


# --- make -----------------------------------------------------------------------------------------


@pytest.fixture
def sets(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of data sets that takes the place of the shipped one."""
    monkeypatch.setattr(shipped, "_PACKAGE", here / "evalkit")
    home = here / "evalkit/_share/datasets"
    home.mkdir(parents=True)
    return home


def script(home: Path, name: str, text: str) -> Path:
    (home / name).mkdir()
    (home / name / "make.py").write_text(text, "utf-8")
    return home / name


WRITES = """\
import sys
from pathlib import Path

import own_module

if __name__ == "__main__":
    home = Path(sys.argv[2]) if sys.argv[1:] else Path(__file__).parent
    home.mkdir(exist_ok=True)
    (home / "made.txt").write_text(own_module.SAID)
"""


def test_make_runs_the_script_of_a_shipped_data_set(
    sets: Path, here: Path, evalkit: Command
) -> None:
    folder = script(sets, "hums", WRITES)
    (folder / "own_module.py").write_text("SAID = 'hum'", "utf-8")
    done = evalkit("dataset", "make", "hums")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"Made: {folder}\nNext: evalkit dataset describe {folder}\n"
    assert (folder / "made.txt").read_text() == "hum"
    assert evalkit("dataset", "make", "hums", "--out", "else").code == 0
    assert (here / "else/made.txt").read_text() == "hum"


def test_make_does_not_look_into_the_current_folder(
    sets: Path, here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(sets, "hums", "import own_module")
    (here / "own_module.py").write_text("", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(here))
    done = evalkit("dataset", "make", "hums")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "hums: The Python package 'own_module' is missing. Install it and try again.\n"
    )


def test_make_ends_with_3_where_a_program_is_missing(sets: Path, evalkit: Command) -> None:
    script(sets, "said", "import sys\nprint('espeak-ng is missing', file=sys.stderr)\nsys.exit(3)")
    done = evalkit("dataset", "make", "said")
    assert (done.code, done.out) == (3, "")
    assert done.err == "said: espeak-ng is missing. Install it and try again.\n"


def test_make_shows_no_traceback_of_a_script(sets: Path, evalkit: Command) -> None:
    folder = script(sets, "hums", "raise ValueError('no room')")
    done = evalkit("dataset", "make", "hums")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"hums: it could not be made: ValueError: no room. The script is {folder / 'make.py'}.\n"
    )


def test_make_knows_only_what_is_shipped(sets: Path, here: Path, evalkit: Command) -> None:
    script(sets, "hums", WRITES)
    (sets / "no-script").mkdir()
    script(here, "mine", "raise SystemExit(0)")
    for name, hint in [("hum", "did you mean 'hums'?"), ("mine", "known: hums."),
                       ("no-script", "known: hums."), ("../mine", "known: hums.")]:  # fmt: skip
        done = evalkit("dataset", "make", name)
        assert (done.code, done.out) == (2, "")
        assert done.err == f"no data set '{name}' comes with evalkit; {hint}\n"


def test_the_data_sets_of_the_repository_can_be_made() -> None:
    known = shipped.shipped()
    assert {"lookalikes", "passages", "storefront"} <= set(known)
    assert all((folder / "make.py").is_file() for folder in known.values())
