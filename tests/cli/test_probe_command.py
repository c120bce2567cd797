"""`probe show` and what `list probes` says of each."""

import inspect
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from evalkit import api
from evalkit.core import registry
from evalkit.core.errors import UsageError
from evalkit.core.items import Media
from evalkit.media.audio import encode_sound, read_sound
from evalkit.media.video import encode_video, frames
from tests.factories import Command

GUIDE = (Path(__file__).parents[2] / "docs/probes.md").read_text("utf-8")
RATE = 16_000
WORDS = "warm red wool scarf"


def tone(length: float, hertz: float = 400) -> np.ndarray:
    time = np.arange(round(length * RATE)) / RATE
    return (0.4 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def photo(path: Path, colour: str = "red") -> Path:
    Image.new("RGB", (60, 40), colour).save(path)
    return path


def film(path: Path, hertz: float | None = 400) -> Path:
    shots = [Image.new("RGB", (64, 48), (30 + 8 * n,) * 3) for n in range(4)]
    sound = None if hertz is None else tone(0.2, hertz)
    path.write_bytes(encode_video(shots, 20, sound, RATE))
    return path


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return image.convert("RGB")


@pytest.fixture
def data(here: Path) -> Path:
    """Return a data set of two films, a photo and a text."""
    home = here / "data"
    home.mkdir()
    film(home / "a.mp4", 300), film(home / "b.mp4", 2000), photo(home / "c.png")
    rows = [{"id": "a", "video": "a.mp4"}, {"id": "b", "video": "b.mp4"}]
    rows += [{"id": "c", "image": "c.png"}]
    lines = [json.dumps(row) + "\n" for row in rows]
    (home / "corpus.jsonl").write_text("".join(lines), "utf-8")
    (home / "queries.jsonl").write_text(json.dumps({"id": "q", "text": WORDS}) + "\n", "utf-8")
    (home / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\tc\t1\n", "utf-8")
    (home / "dataset.yaml").write_text("name: things\n", "utf-8")
    return home


# --- show: texts ----------------------------------------------------------------------------------


def test_a_text_is_printed_at_every_severity(here: Path, evalkit: Command) -> None:
    done = evalkit("probe", "show", "typos", WORDS)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("typos: Mistypes 2, 5, 10, 15 or 25 % of the letters")
    assert lines[1] == "May break: Names and codes that one letter tells apart."
    assert lines[2] == f"as it is: {WORDS}"
    heads, texts = zip(*(line.split(": ") for line in lines[3:]), strict=True)
    assert heads == tuple(f"severity {n}" for n in range(1, 6))
    assert WORDS not in texts
    assert list(here.iterdir()) == []


def test_texts_are_written_where_a_file_is_named(here: Path, evalkit: Command) -> None:
    (here / "note.md").write_text(f"{WORDS}\n", "utf-8")
    done = evalkit("probe", "show", "typos", "note.md", "--out", "deep/all.txt")
    assert (done.code, done.out.splitlines()[-1]) == (0, "Written: deep/all.txt")
    told = (here / "deep/all.txt").read_text("utf-8").split("\n\n")
    assert told[0] == f"as it is\n{WORDS}"
    assert [block.partition("\n")[0] for block in told[1:]] == [
        f"severity {n}" for n in range(1, 6)
    ]


def test_the_seed_decides_and_a_suite_would_have_the_same(data: Path, evalkit: Command) -> None:
    by_default = evalkit("probe", "show", "typos", "q", "--data", data).out
    assert evalkit("probe", "show", "typos", "q", "--data", data, "--seed", "7").out == by_default
    assert evalkit("probe", "show", "typos", "q", "--data", data, "--seed", "8").out != by_default


# --- show: pictures -------------------------------------------------------------------------------


def test_a_photo_becomes_a_contact_sheet(here: Path, evalkit: Command) -> None:
    photo(here / "red.png")
    done = evalkit("probe", "show", "grayscale", "red.png")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "Written: grayscale-red.png"
    sheet = np.asarray(opened(here / "grayscale-red.png"), int)
    reds = [(200, 40), (155, 60), (110, 90)]
    assert ((sheet[..., 0] > reds[0][0]) & (sheet[..., 1] < reds[0][1])).sum() >= 60 * 40 * 0.9
    gray = (abs(sheet[..., 0] - 76) < 6) & (abs(sheet[..., 1] - 76) < 6)
    assert gray.sum() >= 60 * 40 * 0.9
    assert sorted(path.name for path in here.iterdir()) == ["grayscale-red.png", "red.png"]


def test_where_nothing_can_be_changed_it_says_so(here: Path, evalkit: Command) -> None:
    photo(here / "gray.png", "gray")
    done = evalkit("probe", "show", "grayscale", "gray.png", "--out", "out.png")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[2:7] == [f"severity {n}: cannot be changed" for n in range(1, 6)]
    assert "--data" in lines[7]
    assert (here / "out.png").is_file()


def test_a_page_is_drawn_as_it_is_printed(here: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, (200, 260), invariant=True)
    for number in (1, 2):
        canvas.setFillGray(0.2 * number)
        canvas.rect(20, 20, 120, 80 * number, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    (here / "two.pdf").write_bytes(out.getvalue())
    shown = api.show_probe("repeat", "two.pdf#2")
    assert shown.files == (Path("repeat-two-2.png"),)
    first = opened(here / "repeat-two-2.png")
    api.show_probe("repeat", "two.pdf", out="one.png")
    assert first.size == opened(here / "one.png").size
    assert np.asarray(first).mean() != np.asarray(opened(here / "one.png")).mean()


def test_six_sounds_lie_beside_the_sheet(here: Path) -> None:
    (here / "tone.flac").write_bytes(encode_sound(tone(0.4), RATE, "audio/flac"))
    shown = api.show_probe("repeat", "tone.flac", out="a/b.png")
    assert shown.files == (Path("a/b.png"), *(Path(f"a/b-{n}.wav") for n in range(6)))
    assert opened(here / "a/b.png").width > 1000
    for file in shown.files[1:]:
        assert read_sound(Media("audio/wav", file)) == pytest.approx(tone(0.4), abs=0.001)


def test_six_films_lie_beside_the_sheet(data: Path, evalkit: Command) -> None:
    done = evalkit("probe", "show", "brightness_drift", "a", "--data", data, "--out", "x.png")
    assert done.out.count("Written: ") == 7
    assert (data.parent / "x-0.mp4").read_bytes() == (data / "a.mp4").read_bytes()
    last = frames(Media("video/mp4", Path("x-5.mp4")), 1)
    assert last[0].size == (64, 48)


def test_a_data_set_lends_and_a_file_alone_does_not(data: Path, evalkit: Command) -> None:
    alone = evalkit("probe", "show", "sound_swap", data / "a.mp4", "--out", "x.png")
    assert alone.out.count("cannot be changed") == 5
    assert "borrows from other items" in alone.out
    among = evalkit("probe", "show", "sound_swap", "a", "--data", data, "--out", "x.png")
    assert among.code == 0
    assert "cannot be changed" not in among.out


def test_the_same_sheet_is_the_same_bytes(here: Path) -> None:
    film(here / "f.mp4", None)
    one, other = (api.show_probe("freeze", "f.mp4", out=f"{n}.png").files for n in "ab")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]


# --- show: what is wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["typo", WORDS], "unknown probe 'typo'; did you mean 'typos'?"),
        (["grayscale", WORDS], "the probe 'grayscale' changes image, but the item is text."),
        (["typos", " "], "the item is empty; write a file, an id, or a text."),
        (["typos", WORDS, "--param", "share=1"], "'typos' has no parameter 'share'"),
        (["typos", WORDS, "--param", "share"], "'share' is no parameter; write it as KEY=VALUE"),
        (["typos", WORDS, "--param", "share=[1"], "'share=[1' is no parameter;"),
        (["typos", WORDS, "--out", "a.png"], "'a.png' does not end in .txt"),
        (["grayscale", "red.png", "--out", "a.jpg"], "'a.jpg' does not end in .png"),
        (["grayscale", "red.png", "--out", "red.png"], "'red.png' is the item itself"),
        (["grayscale", "rad.png"], "rad.png: the file 'rad.png' does not exist."),
        (["grayscale", "bad.png"], "bad.png: its bytes are not an image that can be read."),
        (["shake", "bad.mp4"], "bad.mp4: its bytes are no audio or video that can be read"),
        (["grayscale", "folder"], "folder: this is a folder; expected a file."),
        (["grayscale", "bad.xyz"], "bad.xyz: files that end in '.xyz' are no media"),
        (["typos", "blank.txt"], "blank.txt: the file holds nothing but blanks."),
        (["skew", "bad.pdf#2"], "bad.pdf: its bytes are no PDF."),
        (["typos", "q", "--data", "nowhere"], "nowhere: there is no such file or folder;"),
        (["typos", "q", "--data", "folder"], "folder: there is no data set here;"),
    ],
)
def test_mistakes_are_told_and_end_with_2(
    here: Path, evalkit: Command, arguments: list[str], told: str
) -> None:
    photo(here / "red.png")
    (here / "folder").mkdir()
    for name in ("bad.png", "bad.mp4", "bad.pdf", "bad.xyz"):
        (here / name).write_bytes(b"nothing of the kind")
    (here / "blank.txt").write_text(" \n", "utf-8")
    before = sorted(here.rglob("*"))
    done = evalkit("probe", "show", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert sorted(here.rglob("*")) == before


def test_an_id_that_the_data_set_lacks_is_named_with_the_nearest(
    data: Path, evalkit: Command
) -> None:
    done = evalkit("probe", "show", "typos", "q1", "--data", data)
    assert (done.code, done.err) == (
        2,
        "no item of 'things' has the id 'q1'; did you mean 'q'?\n",
    )


def test_a_place_that_cannot_be_written_to_is_told(here: Path, evalkit: Command) -> None:
    (here / "file").write_text("", "utf-8")
    done = evalkit("probe", "show", "typos", WORDS, "--out", "file/a.txt")
    assert done.code == 2
    assert "file/a.txt: cannot be written" in done.err


def test_a_sound_beside_the_sheet_never_replaces_the_item(here: Path) -> None:
    (here / "a-0.wav").write_bytes(encode_sound(tone(0.2), RATE, "audio/wav"))
    with pytest.raises(UsageError, match=r"a-0\.wav' is the item itself"):
        api.show_probe("repeat", "a-0.wav", out="a.png")


# --- list -----------------------------------------------------------------------------------------


def test_list_probes_says_of_each_what_it_touches_and_promises(evalkit: Command) -> None:
    listed = evalkit("list", "probes", "--json").json
    assert [one["name"] for one in listed] == list(registry.names("probes"))
    for one in listed:
        assert set(one["modalities"]) <= {"text", "image", "document", "audio", "video"}
        assert set(one["sides"]) <= {"query", "corpus"}
        assert one["may_break"].endswith(".")
        assert 0 < one["changes"] <= 1
        assert type(one["ordered"]) is bool
        assert isinstance(one["parameters"], dict)
        assert one["about"].endswith(".")
    found = {one["name"]: one for one in listed}
    assert found["typos"]["modalities"] == ["text"]
    assert found["mute"]["sides"] == ["corpus", "query"]
    assert (found["mute"]["changes"], found["mute"]["ordered"]) == (0.9, True)
    assert found["repeat"]["ordered"] is False


@pytest.mark.parametrize("name", [n for n in registry.names("probes") if n != "repeat"])
def test_the_guide_has_a_row_for_every_probe(name: str) -> None:
    cls = registry.find("probes", name)
    first = (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")
    assert f"| `{name}` | {first} | {cls.may_break} |" in GUIDE


def test_other_plugins_promise_no_share(evalkit: Command) -> None:
    assert not any("changes" in one for one in evalkit("list", "metrics", "--json").json)
