"""What every reader promises, checked on all that are registered."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from evalkit.core import registry
from evalkit.core.errors import DataError
from evalkit.core.protocols import Reader

READERS = registry.names("readers")
QRELS = "query-id\tcorpus-id\tscore\nq\tü\t1\n"


def _folder(root: Path) -> Path:
    (root / "dataset.yaml").write_text("name: tiny\n")
    (root / "corpus.jsonl").write_text('{"id": "ü", "text": "näher"}\n', encoding="utf-8")
    (root / "queries.jsonl").write_text('{"id": "q", "text": "猫"}\n', encoding="utf-8")
    (root / "qrels.tsv").write_text(QRELS, encoding="utf-8")
    return root


def _beir(root: Path) -> Path:
    (root / "corpus.jsonl").write_text('{"_id": "ü", "text": "näher"}\n', encoding="utf-8")
    (root / "queries.jsonl").write_text('{"_id": "q", "text": "猫"}\n', encoding="utf-8")
    (root / "qrels").mkdir()
    (root / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return root


def _table(root: Path) -> Path:
    (root / "asked.csv").write_text("id,query,expected\nq,猫,ü\n", encoding="utf-8")
    (root / "corpus.csv").write_text("id,text\nü,näher\n", encoding="utf-8")
    return root / "asked.csv"


FORMATS: dict[str, Callable[[Path], Path]] = {"folder": _folder, "beir": _beir, "table": _table}


def reader(name: str) -> Reader:
    return cast("Reader", registry.create("readers", name))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("form", FORMATS)
def test_it_claims_its_own_format_and_no_other(tmp_path: Path, name: str, form: str) -> None:
    assert reader(name).claims(str(FORMATS[form](tmp_path))) is (name == form)


@pytest.mark.parametrize("name", READERS)
def test_it_claims_nothing_else(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "corpus.csv").write_text("id,text\na,b\n")
    for other in ("notes.txt", "corpus.csv", "gone", "gone.csv", "a\0b", ""):
        assert reader(name).claims(str(tmp_path / other)) is False


@pytest.mark.parametrize("name", READERS)
def test_what_is_not_there_is_a_data_error_with_its_path(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / "gone")
    with pytest.raises(DataError, match="gone"):
        reader(name).read(path)


@pytest.mark.parametrize("name", [name for name in READERS if name in FORMATS])
def test_all_formats_say_the_same(tmp_path: Path, name: str) -> None:
    path = FORMATS[name](tmp_path)
    data = reader(name).read(str(path))
    assert [(i.id, i.content) for i in data.queries] == [("q", "猫")]
    assert [(i.id, i.content) for i in data.corpus] == [("ü", "näher")]
    assert data.truth.grades == {"q": {"ü": 1}}
    assert data.origin == str(path)
    assert data.card.name == data.name
