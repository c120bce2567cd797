"""A folder of media and what was written about it becomes a data set."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evalkit.core.errors import DataError, OutputError, UsageError
from evalkit.core.items import Dataset, Media, Page, Span
from evalkit.media.audio import encode_sound
from evalkit.readers.media_folder import convert


def jpeg(side: int = 8) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(out, "JPEG")
    return out.getvalue()


def wav() -> bytes:
    return encode_sound(np.full(800, 0.1, np.float32), 16_000, "audio/wav")


def pdf(pages: int) -> bytes:
    out = io.BytesIO()
    sheets = [Image.new("RGB", (60, 80), (n * 40, 0, 0)) for n in range(pages)]
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    return out.getvalue()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a folder of media, of which paths in messages are relative."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def folder(files: Mapping[str, bytes | str]) -> Path:
    for name, content in files.items():
        path = Path("media") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path("media")


def table(*rows: str) -> Path:
    path = Path("captions.csv")
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def wrong(source: Path, captions: Path | None) -> list[str]:
    with pytest.raises(DataError) as caught:
        convert(source, captions, Path("out"))
    assert not Path("out").exists()
    return str(caught.value).splitlines()


def texts(data: Dataset) -> dict[str, list[str]]:
    """Return which items each query should find."""
    said = {item.id: str(item.content) for item in data.queries}
    return {said[query]: sorted(row) for query, row in data.truth.grades.items()}


# --- what is made ---------------------------------------------------------------------------------


def test_every_file_becomes_an_item_and_every_caption_a_query(here: Path) -> None:
    files: dict[str, bytes | str] = {
        "a/x.jpg": jpeg(),
        "s.wav": wav(),
        "d.pdf": pdf(2),
        "n.txt": "Buy\napples.\n",
    }
    source = folder(files)
    captions = table(
        "file,caption", "a/x.jpg,a red one", "s.wav,a hum", "./d.pdf,two pages", "n.txt,a note"
    )
    data = convert(source, captions, Path("out"))
    assert {item.id: item.modality for item in data.corpus} == {
        "a/x.jpg": "image", "d.pdf": "document", "n.txt": "text", "s.wav": "audio"
    }  # fmt: skip
    assert {item.id: item.content for item in data.corpus}["n.txt"] == "Buy\napples."
    assert texts(data) == {
        "a red one": ["a/x.jpg"], "a hum": ["s.wav"], "two pages": ["d.pdf"], "a note": ["n.txt"]
    }  # fmt: skip
    assert Path("out/media/a/x.jpg").read_bytes() == files["a/x.jpg"]
    assert not Path("out/media/n.txt").exists()
    assert [item.tag("finds") for item in data.queries] == [
        ("image",), ("audio",), ("document",), ("text",)
    ]  # fmt: skip


def test_the_same_caption_of_several_files_is_one_query(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "b.wav": wav()})
    data = convert(source, table("file,caption", "a.jpg,red", "b.wav,red"), Path("out"))
    assert texts(data) == {"red": ["a.jpg", "b.wav"]}
    assert data.queries[0].tag("finds") == ("audio", "image")


def test_ids_grades_languages_and_further_columns(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "b.jpg": jpeg()})
    captions = table(
        "file,Caption,id,grade,language,sort",
        "a.jpg,rojo,A1,3,es,x|y",
        "b.jpg,rojo,,1,es,x",
        "a.jpg,red,A1,,en,z",
    )
    data = convert(source, captions, Path("out"))
    assert [item.id for item in data.corpus] == ["A1", "b.jpg"]
    assert list(data.truth.grades.values()) == [{"A1": 3, "b.jpg": 1}, {"A1": 1}]
    assert [item.tag("sort") for item in data.corpus] == [("x", "y", "z"), ("x",)]
    assert [item.tag("sort") for item in data.queries] == [("x", "y"), ("z",)]
    assert [item.tag("language") for item in data.queries] == [("es",), ("en",)]
    assert not data.corpus[0].tag("language")
    assert (data.card.name, data.card.languages, data.card.modalities) == (
        "out", ("en", "es"), ("image",)
    )  # fmt: skip


def test_a_caption_and_a_query_are_two_queries_that_say_which_they_are(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "b.jpg": jpeg()})
    captions = table("file,caption,query", "a.jpg,a red area,red?", "b.jpg,,another")
    data = convert(source, captions, Path("out"))
    assert texts(data) == {"a red area": ["a.jpg"], "red?": ["a.jpg"], "another": ["b.jpg"]}
    assert [item.tag("wording") for item in data.queries] == [("caption",), ("query",), ()]


def test_a_query_keeps_its_id_when_rows_change_places(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "b.jpg": jpeg()})
    rows = ["a.jpg,red", "b.jpg,green"]
    one = convert(source, table("file,caption", *rows), Path("one"))
    two = convert(source, table("file,caption", *reversed(rows)), Path("two"))
    assert {q.id for q in one.queries} == {q.id for q in two.queries}
    assert one.fingerprint() == two.fingerprint()


def test_the_same_folder_gives_the_same_bytes(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "b.wav": wav()})
    captions = table("file,caption,sort", "a.jpg,red,x|y", "b.wav,hum,y")
    for home in ("1/out", "2/out"):
        convert(source, captions, Path(home))
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv", "dataset.yaml"):
        assert Path("1/out", name).read_bytes() == Path("2/out", name).read_bytes()


def test_jsonl_captions_may_be_lists(here: Path) -> None:
    source = folder({"a.jpg": jpeg()})
    row = {"file": "a.jpg", "caption": ["red", "rouge"], "grade": 2, "sort": ["x", "y"], "id": None}
    captions = Path("captions.jsonl")
    captions.write_text(json.dumps(row) + "\n", "utf-8")
    data = convert(source, captions, Path("out"))
    assert texts(data) == {"red": ["a.jpg"], "rouge": ["a.jpg"]}
    assert data.corpus[0].tag("sort") == ("x", "y")
    assert {g for row in data.truth.grades.values() for g in row.values()} == {2}


def test_files_of_the_same_name_are_captions_where_there_is_no_table(here: Path) -> None:
    source = folder({
        "a.jpg": jpeg(), "a.txt": "a red\n area\n", "b.wav": wav(),
        "b.wav.json": '{"caption": "a hum", "language": "en"}', "c.jpg": jpeg(), "alone.txt": "Hi",
    })  # fmt: skip
    data = convert(source, None, Path("out"))
    assert texts(data) == {"a red area": ["a.jpg"], "a hum": ["b.wav"]}
    assert [item.id for item in data.corpus] == ["a.jpg", "alone.txt", "b.wav", "c.jpg"]


def test_each_page_may_be_an_item_and_a_row_may_name_one(here: Path) -> None:
    source = folder({"d.pdf": pdf(3), "a.jpg": jpeg()})
    captions = table("file,caption,page", "d.pdf,the middle,2", "d.pdf,all of it,", "a.jpg,red,")
    data = convert(source, captions, Path("out"), pages=True)
    pages = [item.content for item in data.corpus if isinstance(item.content, Page)]
    assert [page.page for page in pages] == [1, 2, 3]
    assert texts(data) == {
        "the middle": ["d.pdf#2"], "all of it": ["d.pdf#1", "d.pdf#2", "d.pdf#3"], "red": ["a.jpg"]
    }  # fmt: skip


def test_where_the_answer_lies_is_kept_with_the_judgement(here: Path) -> None:
    source = folder({"d.pdf": pdf(3), "s.wav": wav()})
    captions = table("file,caption,start,end,page", "d.pdf,two,,,2", "s.wav,hum,0.01,0.03,")
    data = convert(source, captions, Path("out"))
    spans = {item: span for (_, item), span in data.truth.spans.items()}
    assert spans == {"d.pdf": Span(page=2), "s.wav": Span(0.01, 0.03)}


def test_media_may_be_linked(here: Path) -> None:
    source = folder({"a.jpg": jpeg()})
    captions = table("file,caption", "a.jpg,red")
    convert(source, captions, Path("out"), link=True)
    assert Path("out/media/a.jpg").samefile("media/a.jpg")
    convert(source, captions, Path("copy"))
    assert not Path("copy/media/a.jpg").samefile("media/a.jpg")


def test_a_table_inside_the_folder_and_hidden_files_are_no_items(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), ".DS_Store": "x", ".git/config": "x", "Thumbs.db": "x",
                     "list.csv": "file,caption\na.jpg,red\n"})  # fmt: skip
    data = convert(source, source / "list.csv", Path("out"))
    assert [item.id for item in data.corpus] == ["a.jpg"]
    assert isinstance(data.corpus[0].content, Media)


# --- what is wrong --------------------------------------------------------------------------------


def test_everything_wrong_with_a_table_is_told_at_once(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "b.jpg": jpeg(), ".c.jpg": jpeg()})
    captions = table(
        "file,caption,id,grade", "a.jpg,red,A,1", "gone.jpg,green,,1", "../x.jpg,out,,1",
        "b.jpg,,,1", "a.jpg,red,A,1", "a.jpg,rot,B,1", "b.jpg,rosa,A,1", "b.jpg,blau,,high",
        ".c.jpg,dot,,1", ",nothing,,1",
    )  # fmt: skip
    assert wrong(source, captions) == [
        "captions.csv:5: the caption is empty. Say in words what should lead to the file.",
        "captions.csv:11: the file is empty. Write the path of the file from the folder.",
        "captions.csv:6: the same stands on line 2 already. Remove one of the two.",
        "captions.csv:7: 'a.jpg' has the id 'A' already, not 'B'. Give it one id.",
        "captions.csv:8: the id 'A' belongs to 'a.jpg' already. Make ids unique.",
        "captions.csv:3: the file 'gone.jpg' does not exist. Add the file or correct the path.",
        "captions.csv:4: the path '../x.jpg' leaves the data set's folder. "
        "Put the file inside the folder.",
        "captions.csv:9: the grade 'high' is not an integer. Write 0, 1, 2 and so on.",
        "captions.csv:10: '.c.jpg' begins with a dot; such files are passed over. Rename it.",
    ]


def test_everything_wrong_with_the_files_is_told_at_once(here: Path) -> None:
    source = folder({
        "cut.jpg": jpeg(200)[:-60], "empty.png": b"", "text.png": "I am no picture",
        "noise.wav": b"RIFF" + bytes(100), "page.pdf": b"%PDF-1.4 and no more",
        "odd.docx": "x", "blank.txt": " \n", "latin.txt": b"caf\xe9", "a.jpg": jpeg(),
    })  # fmt: skip
    told = wrong(source, table("file,caption", "a.jpg,red"))
    assert [line.split(":")[0] for line in told] == [
        "media/blank.txt", "media/cut.jpg", "media/empty.png", "media/latin.txt",
        "media/noise.wav", "media/odd.docx", "media/page.pdf", "media/text.png",
    ]  # fmt: skip
    assert (
        told[0]
        == "media/blank.txt: the file holds nothing but blanks. Write a text, or move it out."
    )
    assert told[1] == (
        "media/cut.jpg: its image is broken or cut short. "
        "Store it again as PNG, JPEG or WebP, or leave it out."
    )
    assert told[2] == (
        "media/empty.png: the file is empty. Store it again, or move it out of the folder."
    )
    assert told[3] == (
        "media/latin.txt: line 1: byte 4 of the line, 0xe9, is not UTF-8. Save the file as UTF-8."
    )
    assert told[5].startswith(
        "media/odd.docx: files that end in '.docx' are no media that can be read; "
    )
    assert told[5].endswith("Move it out of the folder, or store it as another kind.")
    assert told[7].startswith("media/text.png: its bytes are not an image that can be read.")


def test_links_out_of_the_folder_are_refused(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "sub/b.jpg": jpeg()})
    Path("secret.jpg").write_bytes(jpeg())
    (source / "out.jpg").symlink_to(here / "secret.jpg")
    (source / "inside.jpg").symlink_to("a.jpg")
    (source / "nowhere.jpg").symlink_to("gone.jpg")
    (source / "folder").symlink_to("sub")
    captions = table("file,caption", "a.jpg,red", "out.jpg,secret")
    assert wrong(source, captions) == [
        "media/folder: this is a link to a folder; such are not followed. "
        "Put the files themselves there.",
        "media/nowhere.jpg: the file 'nowhere.jpg' does not exist. "
        "Add the file or correct the path.",
        "media/out.jpg: the path 'out.jpg' leaves the data set's folder. "
        "Put the file inside the folder.",
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("file,caption,text", "'caption' and 'text' are both columns of captions. Keep one; what "
         "people really asked may stand in a column 'query'."),
        ("file,caption,caption", "the column 'caption' stands more than once. Keep one of them."),
        ("path,caption,sort", "there is no column 'file'; known: caption, path, sort."),
        ("file,captoin,sort", "there is no column 'caption' or 'query'; did you mean 'captoin'?"),
        ("file,query,finds", "the tag 'finds' is given by the conversion itself. "
         "Rename the column."),
    ],
)  # fmt: skip
def test_columns_that_cannot_work(here: Path, header: str, said: str) -> None:
    source = folder({"a.jpg": jpeg()})
    assert wrong(source, table(header, "a.jpg,red,x")) == [f"captions.csv: {said}"]


def test_a_text_beside_a_file_must_be_named_by_the_table(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "a.txt": "red"})
    assert wrong(source, table("file,caption", "a.jpg,red")) == [
        "media/a.txt: it has the name of 'a.jpg', and the table does not name it. "
        "Name it in the table to have it as an item, or move it out of the folder."
    ]


def test_pages_beyond_the_end_and_judgements_that_differ(here: Path) -> None:
    source = folder({"d.pdf": pdf(2)})
    captions = table("file,caption,page,grade", "d.pdf,x,9,1", "d.pdf,y,1,1", "d.pdf,y,,2")
    with pytest.raises(DataError) as caught:
        convert(source, captions, Path("out"), pages=True)
    assert [p.what for p in caught.value.problems] == [
        "there is no page 9; the document has 2.",
        "'d.pdf#1' is judged twice for 'q-a1fce4363854', and not alike.",
    ]


def test_files_without_a_word_about_them(here: Path) -> None:
    source = folder({"a.jpg": jpeg()})
    assert wrong(source, None) == [
        "media: nothing is written about these files, so there would be nothing to ask. Name a "
        "table with --captions (columns 'file' and 'caption'), or put a text file of the same "
        "name beside each."
    ]


def test_a_side_file_that_says_nothing(here: Path) -> None:
    source = folder({"a.jpg": jpeg(), "a.txt": "\n", "b.jpg": jpeg(), "b.json": '{"sort": true}'})
    assert wrong(source, None) == [
        "media/a.txt: the caption is empty. Say in words what should lead to the file.",
        "media/b.json: 'sort' is True; it must be a text, a number or a list of texts.",
    ]


def test_paths_that_are_not_there(here: Path) -> None:
    assert wrong(Path("gone"), None) == ["gone: there is no such folder. Correct the path."]
    source = folder({"a.jpg": jpeg()})
    Path("list.txt").write_text("a.jpg,red")
    assert wrong(source, Path("gone.csv")) == ["gone.csv: there is no such file. Correct the path."]
    assert wrong(source, Path("list.txt")) == [
        "list.txt: this is no table; expected a file that ends in .csv, .parquet, .jsonl.",
    ]
    Path("bare").mkdir()
    assert wrong(Path("bare"), None) == ["bare: the folder holds no files. Correct the path."]


def test_a_place_that_cannot_take_it(here: Path) -> None:
    source = folder({"a.jpg": jpeg()})
    captions = table("file,caption", "a.jpg,red")
    with pytest.raises(UsageError, match=r"^'media' is not an empty folder\."):
        convert(source, captions, source)
    with pytest.raises(UsageError, match=r"^'media/new' lies in the folder that is converted\."):
        convert(source, captions, source / "new")


def test_nothing_is_left_behind_where_writing_fails(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder({"a.jpg": jpeg()})
    captions = table("file,caption", "a.jpg,red")

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(OutputError) as caught:
        convert(source, captions, Path("new/out"), link=True)
    assert str(caught.value) == (
        "new/out: cannot be written (Invalid cross-device link). "
        "Name another folder, or leave out --link."
    )
    assert list(Path("new").iterdir()) == []


def test_a_file_that_is_removed_meanwhile_is_named(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = folder({"a.jpg": jpeg(), "b.jpg": jpeg()})
    copy = shutil.copyfile

    def slow(path: Path, to: Path) -> None:
        Path("media/b.jpg").unlink(missing_ok=True)
        copy(path, to)

    monkeypatch.setattr(shutil, "copyfile", slow)
    assert wrong(source, table("file,caption", "a.jpg,red")) == [
        "media/b.jpg: the file was there and is gone. Restore it and try again."
    ]
    assert sorted(path.name for path in here.iterdir()) == ["captions.csv", "media"]
