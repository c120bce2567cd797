from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.core.errors import DataError
from evalkit.core.items import Item, Media
from evalkit.readers.table import Table

CORPUS = 'id,text,colour\nd1,red scarf,red\nd2,"blue, warm\nhat",blue|navy\n'
QUERIES = "query,expected,grade,id,language\nscarf,d1|d2,2|1,s1,en\nwärme,d2,,s2,\n"

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(queries: str = QUERIES, corpus: str | None = CORPUS) -> str:
        (tmp_path / "asked.csv").write_text(queries, encoding="utf-8")
        if corpus is not None:
            (tmp_path / "corpus.csv").write_text(corpus, encoding="utf-8")
        return str(tmp_path / "asked.csv")

    return make


def complaints(path: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        Table().read(path)
    return [str(p).replace(f"{Path(path).parent}/", "") for p in caught.value.problems]


def test_a_table_becomes_a_data_set(write: Write) -> None:
    data = Table().read(write())
    assert data.name == "asked"
    assert data.corpus == (
        Item("d1", "red scarf", {"colour": ("red",)}),
        Item("d2", "blue, warm\nhat", {"colour": ("blue", "navy")}),
    )
    assert data.queries == (Item("s1", "scarf", {"language": ("en",)}), Item("s2", "wärme"))
    assert data.truth.grades == {"s1": {"d1": 2, "d2": 1}, "s2": {"d2": 1}}


def test_ids_made_from_the_text_do_not_depend_on_the_order_of_rows(write: Write) -> None:
    rows = ["scarf,d1", "hat,d2"]
    one = Table().read(write("text,expected\n" + "\n".join(rows)))
    two = Table().read(write("text,expected\n" + "\n".join(rows[::-1])))
    assert one.fingerprint() == two.fingerprint()
    assert one.queries[0].id.startswith("q-")


def test_parquet_holds_lists_and_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "asked.parquet"
    pd.DataFrame(
        {"query": ["x", "y"], "expected": [["7", "8"], ["7"]], "grade": [3, None], "n": [1, 2]}
    ).astype({"grade": "Int64"}).to_parquet(path)
    pd.DataFrame({"id": [7, 8], "text": ["a", None], "image": [None, "b.png"]}).to_parquet(
        tmp_path / "corpus.parquet"
    )
    (tmp_path / "b.png").write_bytes(b"x")
    data = Table().read(str(path))
    assert [item.content for item in data.corpus] == [
        "a",
        Media("image/png", path=tmp_path / "b.png"),
    ]
    assert list(data.truth.grades.values()) == [{"7": 3, "8": 3}, {"7": 1}]
    assert [item.tags for item in data.queries] == [{"n": ("1",)}, {"n": ("2",)}]


def test_a_jsonl_corpus_and_a_card_are_read(write: Write, tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"id": "d1", "text": "from jsonl"}\n')
    (tmp_path / "dataset.yaml").write_text("name: mine\n")
    data = Table().read(write("query,expected\nx,d1\n"))
    assert (data.name, data.corpus) == ("mine", (Item("d1", "from jsonl"),))


HEAD = "query,expected,grade\n"


@pytest.mark.parametrize(
    ("queries", "sentence"),
    [
        (
            "query,expect\nx,d1\n",
            "asked.csv: there is no column 'expected'; did you mean 'expect'?",
        ),
        (
            "question,expected\nx,d1\n",
            "asked.csv: there is no column 'query'. Write the queries into a column 'query'.",
        ),
        (
            "query,text,expected\nx,y,d1\n",
            "asked.csv: there is a column 'query' and a column 'text'."
            " Write the queries into a column 'query'.",
        ),
        (
            "query,query,expected\nx,y,d1\n",
            "asked.csv: the column 'query' stands more than once. Keep one of them.",
        ),
        ("", "asked.csv: the table has no header. Write one in the first line."),
        (HEAD, "asked.csv: the query set is empty. Write one query a row."),
        (
            HEAD + "x,d9,1\n",
            "asked.csv:2: there is no corpus item 'd9'. Add the item or correct the id.",
        ),
        (
            HEAD + '"two\nlines",d1,\ny,d1,good\n',
            "asked.csv:4: the grade 'good' is not an integer. Write 0, 1, 2 and so on.",
        ),
        (
            HEAD + "x,d1|d2,1|2|3\n",
            "asked.csv:2: the row has 3 grades for 2 expected ids."
            " Write one grade, or one for each id.",
        ),
        (
            HEAD + "x,,\n",
            "asked.csv:2: the query expects nothing. Write the ids of items, separated by '|'.",
        ),
        (HEAD + ",d1,\n", "asked.csv:2: the column 'query' is empty here. Write a text."),
        (
            HEAD + "\nx,d1,\nx,d2,\n",
            "asked.csv:4: the same query stands on line 3 already."
            " Put all its expected ids into one row.",
        ),
        (
            HEAD + "x,d1,1,4\n",
            "asked.csv: the table cannot be read (Expected 3 fields in line 2, saw 4)."
            " Quote cells with commas.",
        ),
        (
            "query,expected,modality\nx,d1,text\n",
            "asked.csv:2: the tag 'modality' may not be given; it follows from the content."
            " Drop it.",
        ),
    ],
)
def test_broken_tables_are_told(write: Write, queries: str, sentence: str) -> None:
    assert complaints(write(queries)) == [sentence]


@pytest.mark.parametrize(
    ("corpus", "sentence"),
    [
        (
            "id,title\nd1,x\n",
            "corpus.csv: the columns are id, title; there must be 'id', and 'text' or 'image'."
            " Correct the header.",
        ),
        ("id,text\n", "corpus.csv: the corpus is empty. Write one item a row."),
        (
            "id,text,image\nd1,a,\nd2,b,b.png\n",
            "corpus.csv:3: the item has two contents, 'text' and 'image'."
            " Fill one of the columns 'text' and 'image'.",
        ),
        (
            "id,text,image\nd1,a,\nd2,,../b.png\n",
            "corpus.csv:3: the path '../b.png' leaves the data set's folder."
            " Put the file inside the folder.",
        ),
        (
            "id,text\nd1,a\nd2,b\nd1,c\n",
            "corpus.csv:4: the id 'd1' stands on line 2 already. Make ids unique.",
        ),
        (
            "id,text\nd1,a\nd2,b\n,c\n",
            "corpus.csv:4: 'id' is missing; it must be a text of one line.",
        ),
    ],
)
def test_broken_corpora_are_told(write: Write, corpus: str, sentence: str) -> None:
    assert complaints(write(corpus=corpus)) == [sentence]


def test_a_missing_corpus_is_told(write: Write, tmp_path: Path) -> None:
    assert complaints(write(corpus=None)) == [
        f"{tmp_path}: there is no corpus beside the table."
        " Write corpus.jsonl, corpus.csv or corpus.parquet there."
    ]


def test_text_that_is_not_utf8_is_told_by_line(write: Write) -> None:
    path = write()
    Path(path).write_bytes(b"query,expected\nx,d1\ncaf\xe9,d1\n")
    assert complaints(path) == [
        "asked.csv: line 3: byte 4 of the line, 0xe9, is not UTF-8. Save the file as UTF-8."
    ]


def test_a_broken_parquet_file_is_told(tmp_path: Path, write: Write) -> None:
    write()
    (tmp_path / "asked.parquet").write_bytes(b"no such thing")
    told = complaints(str(tmp_path / "asked.parquet"))
    assert told[0].startswith("asked.parquet: the table cannot be read (")


def test_cells_stay_texts(write: Write) -> None:
    corpus = "id,text,size\n001,NA,1.0\n1e3,null,x\n"
    data: Any = Table().read(write("query,expected\nnan,001\n", corpus))
    assert [(i.id, i.content) for i in data.corpus] == [("001", "NA"), ("1e3", "null")]
    assert data.corpus[0].tags == {"size": ("1.0",)}
    assert data.queries[0].content == "nan"
