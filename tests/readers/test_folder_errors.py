from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.core.errors import DataError
from evalkit.core.items import Dataset
from evalkit.readers.folder import Folder

Write = Callable[..., Path]

CARD = "name: shop\n"
CORPUS = '{"id": "d1", "text": "red scarf"}\n{"id": "d2", "text": "blue hat"}\n'
QUERIES = '{"id": "q1", "text": "scarf"}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a good data set, with the given files put in place of its own (None: left out)."""

    def make(**files: str | bytes | None) -> Path:
        good: dict[str, str | bytes | None] = {
            "dataset.yaml": CARD,
            "corpus.jsonl": CORPUS,
            "queries.jsonl": QUERIES,
            "qrels.tsv": QRELS,
        }
        named = {name.replace("__", "."): text for name, text in files.items()}
        for name, text in (good | named).items():
            if isinstance(text, str):
                (tmp_path / name).write_text(text, encoding="utf-8", newline="")
            elif text is not None:
                (tmp_path / name).write_bytes(text)
        return tmp_path

    return make


def read(folder: Path) -> Dataset:
    return Folder().read(str(folder))


def complaints(folder: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        read(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


BROKEN = [
    (
        {"corpus__jsonl": CORPUS + '{"id": "d1", "text": "again"}\n'},
        "corpus.jsonl:3: the id 'd1' stands on line 1 already. Make ids unique.",
    ),
    (
        {"qrels__tsv": QRELS + "q1\td9\t1\n"},
        "qrels.tsv:3: there is no corpus item 'd9'. Add the item or correct the id.",
    ),
    (
        {"qrels__tsv": QRELS + "q9\td1\t1\n"},
        "qrels.tsv:3: there is no query 'q9'. Add the item or correct the id.",
    ),
    (
        {"queries__jsonl": QUERIES + '{"id": "q2", "text": "x"\n'},
        "queries.jsonl:2: the line is not valid JSON (Expecting ',' delimiter, column 25)."
        " Write one JSON object a line.",
    ),
    (
        {"queries__jsonl": QUERIES + "[1]\n"},
        "queries.jsonl:2: the line holds a list, not a JSON object. Write {...} there.",
    ),
    (
        {"queries__jsonl": QUERIES + '{"id": "q2", "text": "x", "text": "y"}\n'},
        "queries.jsonl:2: the key 'text' stands more than once in one object. Keep one of them.",
    ),
    (
        {"queries__jsonl": QUERIES + '{"id": "q2", "text": "\\ud800"}\n'},
        "queries.jsonl:2: the line holds half of a surrogate pair. Write the whole character.",
    ),
    (
        {"corpus__jsonl": CORPUS.encode() + b'{"id": "d3", "text": "caf\xe9"}\n'},
        "corpus.jsonl:3: byte 26 of the line, 0xe9, is not UTF-8. Save the file as UTF-8.",
    ),
    (
        {"corpus__jsonl": None},
        "corpus.jsonl: the file is missing. Write one item a line there.",
    ),
    (
        {"queries__jsonl": None},
        "queries.jsonl: the file is missing. Write one item a line there.",
    ),
    (
        {"qrels__tsv": None},
        "qrels.tsv: the file is missing."
        " Write the judgements there, or `truth: tags` into dataset.yaml.",
    ),
    (
        {"dataset__yaml": None},
        "dataset.yaml: the file is missing. Write the card there, at least `name: ...`.",
    ),
    ({"corpus__jsonl": "\n"}, "corpus.jsonl: the corpus is empty. Write one item a line."),
    ({"queries__jsonl": ""}, "queries.jsonl: the query set is empty. Write one item a line."),
    (
        {"qrels__tsv": "query-id\tcorpus-id\tscore\n"},
        "qrels.tsv: none of the 1 queries has a judgement. Write query-id corpus-id score lines.",
    ),
    (
        {"qrels__tsv": "query\tdoc\tscore\nq1\td1\t2\n"},
        "qrels.tsv:1: the header is 'query doc score'; it must be 'query-id corpus-id score',"
        " then optionally start end page. Separate the columns by tabs.",
    ),
    (
        {"qrels__tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1.5\n"},
        "qrels.tsv:2: the grade '1.5' is not an integer. Write 0, 1, 2 and so on.",
    ),
    (
        {"qrels__tsv": QRELS + "q1 d1 2\n"},
        "qrels.tsv:3: the row has 1 cells and the header has 3. Separate the cells by tabs.",
    ),
    (
        {"qrels__tsv": QRELS + "q1\td1\t1\n"},
        "qrels.tsv:3: 'd1' is judged twice for 'q1', and not alike. Keep one of the judgements.",
    ),
    (
        {"qrels__tsv": "query-id\tcorpus-id\tscore\tstart\tend\nq1\td1\t1\t9\t3\n"},
        "qrels.tsv:2: the end 3 lies before the start 9. Write start, then end.",
    ),
    (
        {"qrels__tsv": "query-id\tcorpus-id\tscore\tstart\nq1\td1\t1\tnan\n"},
        "qrels.tsv:2: the start 'nan' is not a number of seconds.",
    ),
    (
        {"qrels__tsv": "query-id\tcorpus-id\tscore\tpage\nq1\td1\t1\t0\n"},
        "qrels.tsv:2: the page '0' is not a whole number from 1.",
    ),
    (
        {"pairs__tsv": "a\tb\tlabel\nd1\td9\tsame\n"},
        "pairs.tsv:2: there is no item 'd9'. Add the item or correct the id.",
    ),
    (
        {"pairs__tsv": "a\tb\tlabel\nd1\td2\t \n"},
        "pairs.tsv:2: the pair has no label. Write for example 'duplicate'.",
    ),
    (
        {"groups__jsonl": '{"id": "g", "kind": "k", "anchor": "d1"}\n'},
        "groups.jsonl:1: the group names fewer than two items. Write role: item id at least twice.",
    ),
    (
        {"groups__jsonl": '{"id": "g", "kind": "k", "anchor": ["d1"]}\n'},
        "groups.jsonl:1: the role 'anchor' is ['d1']; it must be the id of an item.",
    ),
    (
        {"dataset__yaml": "name: shop\nlicense: MIT\n"},
        "dataset.yaml:2: the card has the unknown key 'license'; did you mean 'licence'?",
    ),
    (
        {"dataset__yaml": "name: shop\nname: other\n"},
        "dataset.yaml:2: the key 'name' stands on line 1 already. Keep one.",
    ),
    (
        {"dataset__yaml": "name: shop\nlanguages: en\n"},
        "dataset.yaml:2: 'languages' is one text; it must be a list of texts.",
    ),
    (
        {"dataset__yaml": "name: [shop]\n"},
        "dataset.yaml:1: 'name' is a list; it must be a text.",
    ),
    (
        {"dataset__yaml": "name: shop\ntruth: labels\n"},
        "dataset.yaml:2: 'truth' names the unknown kind 'labels';"
        " known: grades, groups, pairs, tags.",
    ),
    (
        {"dataset__yaml": "about: x\n"},
        "dataset.yaml: the card has no name. Write for example `name: storefront`.",
    ),
    (
        {"dataset__yaml": "name: {a\n"},
        "dataset.yaml: line 2 is not valid YAML (expected ',' or '}', but got '<stream end>')."
        " Correct the line.",
    ),
    (
        {"dataset__yaml": "- shop\n"},
        "dataset.yaml: the card is not a list of keys and values. Write `key: value` lines.",
    ),
    (
        {"dataset__yaml": b"name: shop\nabout: \xff\n"},
        "dataset.yaml: line 2: byte 8 of the line, 0xff, is not UTF-8. Save the file as UTF-8.",
    ),
    (
        {"dataset__yaml": "name: shop\nabout: \a\n"},
        "dataset.yaml: line 2 holds the control character U+0007. Remove it.",
    ),
    (
        {"queries__jsonl": '{"id": "q1", "text": "a", "tags": {"g": {"x": 1' + "0" * 400 + "}}}"},
        "queries.jsonl:1: the weights of the tag 'g' must be numbers from 0 up, not all 0.",
    ),
]


@pytest.mark.parametrize(("files", "sentence"), BROKEN)
def test_broken_files_are_told_with_file_and_line(
    write: Write, files: dict[str, str | bytes | None], sentence: str
) -> None:
    assert sentence in complaints(write(**files))


def test_a_data_file_may_not_be_a_link_out_of_the_folder(write: Write) -> None:
    folder = write(corpus__jsonl=None)
    outside = folder.parent / "elsewhere.jsonl"
    outside.write_text(CORPUS)
    (folder / "corpus.jsonl").symlink_to(outside)
    assert complaints(folder) == [
        "corpus.jsonl: the path 'corpus.jsonl' leaves the data set's folder."
        " Put the file inside the folder."
    ]


def test_a_broken_item_does_not_make_its_judgements_wrong(write: Write) -> None:
    folder = write(corpus__jsonl='{"id": "d1", "txet": "a"}\n{"id": "d2", "text": "b"}\n')
    assert len(complaints(folder)) == 1


def test_everything_is_told_at_once_and_at_most_twenty_things(write: Write) -> None:
    folder = write(
        queries__jsonl="{\n",
        qrels__tsv="query-id\tcorpus-id\tscore\n" + "q1\td9\tx\n" * 30,
        dataset__yaml="nmae: x\n",
    )
    told = complaints(folder)
    assert [line.partition(":")[0] for line in told[:4]] == [
        "dataset.yaml", "dataset.yaml", "queries.jsonl", "qrels.tsv",
    ]  # fmt: skip
    assert len(told) == 21
    assert told[-1] == f"{folder}: 13 more like these."


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = str(tmp_path / "gone")
    with pytest.raises(DataError) as caught:
        Folder().read(path)
    assert str(caught.value) == f"{path}: there is no such folder. Correct the path."


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (QRELS.replace("\t", " "), "qrels.tsv:1: {}; separate them by tabs."),
        (QRELS.replace("\td1", "\td9"), "qrels.tsv:2: there is no corpus item 'd9'. Add the item"),
    ],
)
def test_a_file_without_judgements_is_told_of_once(write: Write, file: str, sentence: str) -> None:
    (told,) = complaints(write(qrels__tsv=file))
    assert told.startswith(sentence.format("the columns are separated by blanks"))


def test_a_file_in_utf_16_is_told_of_once(write: Write) -> None:
    folder = write(corpus__jsonl=(CORPUS * 9).encode("utf-16"))
    assert complaints(folder) == ["corpus.jsonl:1: the file is UTF-16. Save the file as UTF-8."]


def test_a_folder_in_place_of_a_file(write: Write) -> None:
    folder = write(corpus__jsonl=None, queries__jsonl='{"id": "q1", "image": "corpus.jsonl"}\n')
    (folder / "corpus.jsonl").mkdir()
    assert complaints(folder) == [
        "corpus.jsonl: this is a folder; expected a file with one item a line.",
        "queries.jsonl:1: 'corpus.jsonl' is a folder; expected a file.",
    ]


def test_a_file_that_may_not_be_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, whole = write(), Path.open

    def refuse(path: Path, *args: Any, **options: Any) -> Any:
        if path.name == "corpus.jsonl":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert complaints(folder) == [
        "corpus.jsonl: the file cannot be read (Permission denied). Correct its permissions."
    ]
