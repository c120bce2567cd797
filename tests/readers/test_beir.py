from pathlib import Path

import pytest

from evalkit.core.errors import DataError
from evalkit.core.items import Item
from evalkit.readers.beir import Beir

CORPUS = (
    '{"_id": "d1", "title": "Wool", "text": "a red scarf", "metadata": {"url": "x"}}\n'
    '{"_id": "d2", "text": "a blue hat"}\n'
    '{"_id": "d3", "title": "", "text": ""}\n'
)
QUERIES = '{"_id": "q1", "text": "scarf", "metadata": {}}\n{"_id": "q2", "text": "unjudged"}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text(CORPUS)
    (tmp_path / "queries.jsonl").write_text(QUERIES)
    (tmp_path / "qrels" / "test.tsv").write_text(QRELS)
    return tmp_path


def complaints(folder: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        Beir().read(str(folder))
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_title_and_text_are_joined_and_unjudged_queries_left_out(folder: Path) -> None:
    data = Beir().read(str(folder))
    assert data.name == folder.name
    assert data.corpus == (Item("d1", "Wool a red scarf"), Item("d2", "a blue hat"), Item("d3", ""))
    assert data.queries == (Item("q1", "scarf"),)
    assert data.truth.grades == {"q1": {"d1": 1}}


def test_a_card_beside_it_is_read(folder: Path) -> None:
    (folder / "dataset.yaml").write_text("name: tiny\nlicence: CC0-1.0\n")
    assert Beir().read(str(folder)).card.licence == "CC0-1.0"


def test_the_only_split_is_read(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    assert len(Beir().read(str(folder)).queries) == 1


def test_several_splits_without_test_are_refused(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "dev.tsv")
    (folder / "qrels" / "train.tsv").write_text(QRELS)
    assert complaints(folder) == [
        "qrels: there is no test.tsv among dev.tsv, train.tsv. Name the judgements to use test.tsv."
    ]


def test_no_split_at_all_is_refused(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").unlink()
    assert complaints(folder) == [
        "qrels: it has no .tsv file. Name the judgements to use test.tsv."
    ]


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        (
            "qrels/test.tsv",
            QRELS + "q1\td9\t1\n",
            "qrels/test.tsv:3: there is no corpus item 'd9'. Add the item or correct the id.",
        ),
        (
            "qrels/test.tsv",
            "query-id\tcorpus-id\tscore\n",
            "qrels: none of the 2 queries has a judgement.",
        ),
        (
            "corpus.jsonl",
            CORPUS + '{"_id": "d1", "text": "x"}\n',
            "corpus.jsonl:4: the id 'd1' stands on line 1 already. Make ids unique.",
        ),
        (
            "queries.jsonl",
            QUERIES + '{"id": "q3", "text": "x"}\n',
            "queries.jsonl:3: '_id' is missing; it must be a text of one line.",
        ),
        (
            "queries.jsonl",
            QUERIES + '{"_id": "q3", "text": 3}\n',
            "queries.jsonl:3: title or text is 3; both must be texts.",
        ),
        ("queries.jsonl", "", "queries.jsonl: the query set is empty. Write one item a line."),
    ],
)
def test_broken_files_are_told(folder: Path, file: str, text: str, sentence: str) -> None:
    (folder / file).write_text(text)
    assert complaints(folder) == [sentence]
