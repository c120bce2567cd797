"""A tiny suite and its data set, and a way to change a few words of it and see what is said."""

from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit import suite
from evalkit.core.errors import EvalkitError

TINY = """\
suite: tiny
models: [reference]
dimensions: [1024, 256]
cases:
  - name: c
    data: data
    metrics: [ndcg@10, recall@1]
    groups: [language]
    probes: [typos: {severities: [1, 3]}]
gates:
  - {case: c, metric: ndcg@10, at: 256, at_least: 0.5}
"""
CORPUS = """\
{"id": "d1", "text": "red shoe", "tags": {"category": "shoe"}}
{"id": "d2", "text": "blue hat", "tags": {"category": "hat"}}
"""
QUERIES = """\
{"id": "q1", "text": "a red shoe", "tags": {"language": "en", "style": "short"}}
{"id": "q2", "text": "sombrero azul", "tags": {"language": "es", "style": "long"}}
"""
QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\n"

Edit = dict[str, str]
Write = Callable[[Edit], Path]
Complain = Callable[[Edit], list[str]]


def write_data(folder: Path) -> None:
    folder.mkdir()
    (folder / "dataset.yaml").write_text(f"name: {folder.name}\nlicence: CC0-1.0\n")
    (folder / "corpus.jsonl").write_text(CORPUS)
    (folder / "queries.jsonl").write_text(QUERIES)
    (folder / "qrels.tsv").write_text(QRELS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with the data sets `data` and `more`."""
    monkeypatch.chdir(tmp_path)
    write_data(Path("data"))
    write_data(Path("more"))
    return tmp_path


@pytest.fixture
def write(folder: Path) -> Write:
    """Return a function that writes the tiny suite with some of its words replaced."""

    def write(edit: Edit) -> Path:
        text = TINY
        for old, new in edit.items():
            assert old in text
            text = text.replace(old, new, 1)
        path = Path("s.yaml")
        path.write_text(text)
        return path

    return write


@pytest.fixture
def complain(write: Write) -> Complain:
    """Return a function that loads the changed suite and gives what is wrong, line by line."""

    def complain(edit: Edit) -> list[str]:
        with pytest.raises(EvalkitError) as caught:
            suite.load(write(edit))
        return [str(problem) for problem in caught.value.problems]

    return complain
