"""Bad input, one thing wrong at a time, through the command line: exit code and whole sentence."""

import html
import io
import json
import math
import resource
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from evalkit import api
from tests.factories import PASSES, Command, tiny_suite

SUITE, VECTORS = "tiny.yaml", "data/vectors.npz"
CORPUS, QUERIES, QRELS = "data/corpus.jsonl", "data/queries.jsonl", "data/qrels.tsv"
Harm = Callable[[], object]
Change = Callable[[Any], object]


@dataclass(frozen=True)
class Bad:
    """What is done to the tiny suite, and all that is said of it; HERE is the current folder."""

    harm: Harm
    said: str
    name: str = SUITE


def swap(old: str, new: str, file: str = SUITE) -> Harm:
    """Put other words in place of some words of a file."""

    def harm() -> None:
        text = Path(file).read_text("utf-8")
        assert old in text
        Path(file).write_text(text.replace(old, new, 1), "utf-8")

    return harm


def add(file: str, line: bytes) -> Harm:
    """Add a line to a file."""
    return lambda: Path(file).write_bytes(Path(file).read_bytes() + line + b"\n")


def write(file: str, text: str) -> Harm:
    """Write a file in place of what is there."""
    return lambda: Path(file).write_text(text, "utf-8")


def vectors(change: Change) -> Harm:
    """Change the vector of item d03."""

    def harm() -> None:
        with np.load(VECTORS) as archive:
            ids, matrix = archive["ids"], archive["vectors"]
        change(matrix[3])
        np.savez(VECTORS, ids=ids, vectors=matrix)

    return harm


def shorter() -> None:
    """Store the vectors as a table in which that of item d03 has 7 values."""
    with np.load(VECTORS) as archive:
        ids, rows = archive["ids"], archive["vectors"].tolist()
    rows[3] = rows[3][:7]
    pd.DataFrame({"id": ids, "vector": rows}).to_parquet("data/vectors.parquet")
    swap("vectors.npz", "vectors.parquet")()


def huge() -> None:
    """Write a suite of 50 MB."""
    with Path("huge.yaml").open("wb") as file:
        file.write(b"suite: huge\n")
        file.truncate(50_000_000)


VECTOR = f"{SUITE}:3:5 models.0: {VECTORS}: the vector of 'd03' "
AGAIN = " Make the vector again or leave the item out."
PROBES = "probes: [typos, typos]\n    groups:"

BAD = {
    "unknown key": Bad(
        swap("groups:", "gruops:"),
        "tiny.yaml:8:5 cases.0.gruops: unknown key 'gruops'; did you mean 'groups'?",
    ),
    "unknown metric": Bad(
        swap("recall@1,", "recal@1,"),
        "tiny.yaml:7:15 cases.0.metrics.0: unknown metric 'recal@1'; did you mean 'recall@1'?",
    ),
    "unknown probe": Bad(
        swap("groups:", "probes: [tpyos]\n    groups:"),
        "tiny.yaml:8:14 cases.0.probes.0: unknown probe 'tpyos'; did you mean 'typos'?",
    ),
    "unknown provider": Bad(
        swap("precomputed", "precomputd"),
        "tiny.yaml:3:15 models.0.vectors.provider: unknown provider 'precomputd'; "
        "did you mean 'precomputed'?",
    ),
    "unknown tag value": Bad(
        swap("groups:", "queries: {language: fr}\n    groups:"),
        "tiny.yaml:8:15 cases.0.queries.language: no query has the language 'fr'; known: en, es.",
    ),
    "wrong type": Bad(
        swap("at: 16", "at: wide"),
        "tiny.yaml:10:35 gates.0.at: expected a whole number, got the text 'wide'.",
    ),
    "missing suite": Bad(
        lambda: None,
        "HERE/tinny.yaml: there is no such file; did you mean 'tiny.yaml'? Check the path.",
        "HERE/tinny.yaml",
    ),
    "missing data set": Bad(
        swap("data: data", "data: dta"),
        "tiny.yaml:6:5 cases.0.data: there is no data set at 'dta'; did you mean 'data'? "
        "Paths are relative to the suite file.",
    ),
    "missing file of a data set": Bad(
        lambda: Path(CORPUS).unlink(),
        "data/corpus.jsonl: the file is missing. Write one item a line there.",
    ),
    "missing image": Bad(
        add(CORPUS, b'{"id": "d20", "image": "red.png"}'),
        "data/corpus.jsonl:21: the file 'red.png' does not exist. "
        "Add the file or correct the path.",
    ),
    "missing vectors": Bad(
        lambda: Path(VECTORS).unlink(),
        "tiny.yaml:3:5 models.0: data/vectors.npz: the file of vectors is missing. "
        "Correct the path.",
    ),
    "duplicate ids": Bad(
        add(CORPUS, b'{"id": "d03", "text": "again"}'),
        "data/corpus.jsonl:21: the id 'd03' stands on line 4 already. Make ids unique.",
    ),
    "judgements of unknown items": Bad(
        add(QRELS, b"q00\td99\t1"),
        "data/qrels.tsv:42: there is no corpus item 'd99'. Add the item or correct the id.",
    ),
    "judgements of unknown queries": Bad(
        add(QRELS, b"q99\td00\t1"),
        "data/qrels.tsv:42: there is no query 'q99'. Add the item or correct the id.",
    ),
    "no judgements": Bad(
        write(QRELS, "query-id\tcorpus-id\tscore\n"),
        "data/qrels.tsv: none of the 40 queries has a judgement. "
        "Write query-id corpus-id score lines.",
    ),
    "empty corpus": Bad(
        write(CORPUS, ""), "data/corpus.jsonl: the corpus is empty. Write one item a line."
    ),
    "path out of the data set": Bad(
        add(CORPUS, b'{"id": "d20", "image": "../tiny.yaml"}'),
        "data/corpus.jsonl:21: the path '../tiny.yaml' leaves the data set's folder. "
        "Put the file inside the folder.",
    ),
    "broken JSON": Bad(
        add(QUERIES, b'{"id": "q40", "text": "x"'),
        "data/queries.jsonl:41: the line is not valid JSON (Expecting ',' delimiter, column 26). "
        "Write one JSON object a line.",
    ),
    "not UTF-8": Bad(
        add(CORPUS, b'{"id": "d20", "text": "caf\xe9"}'),
        "data/corpus.jsonl:21: byte 27 of the line, 0xe9, is not UTF-8. Save the file as UTF-8.",
    ),
    "suite not UTF-8": Bad(
        add(SUITE, b"about: caf\xe9"),
        "tiny.yaml:11: the byte 0xe9 is not UTF-8 text. Save the file as UTF-8.",
    ),
    "vector with NaN": Bad(vectors(lambda v: v.put(1, math.nan)), f"{VECTOR}holds NaN.{AGAIN}"),
    "vector of zeros": Bad(vectors(lambda v: v.fill(0)), f"{VECTOR}is zero.{AGAIN}"),
    "vector of another length": Bad(
        shorter, f"{VECTOR.replace('npz', 'parquet')}has 7 values, most have 16.{AGAIN}"
    ),
    "gate on a size that is not offered": Bad(
        swap("at: 16", "model: vectors, at: 12"),
        "tiny.yaml:10:51 gates.0.at: the model 'vectors' does not offer the size 12. "
        "It offers 16, 8.",
    ),
    "gate on a metric that is not computed": Bad(
        swap("metric: ndcg@10", "metric: ndcg@5"),
        "tiny.yaml:10:18 gates.0.metric: the case 'find' does not compute 'ndcg@5'; "
        "did you mean 'ndcg@10'? Add it to the case's metrics.",
    ),
    "two probes with one name": Bad(
        swap("groups:", PROBES),
        "tiny.yaml:8:21 cases.0.probes.1: two probes are called 'typos', the first on line 8. "
        "Give one another name, such as typos-2: {use: typos}.",
    ),
    "aliases": Bad(
        swap("[language]", "*metrics"),
        "tiny.yaml:8:13 cases.0.groups: the alias '*metrics' is refused. Write the value out.",
    ),
    "suite that is a directory": Bad(
        lambda: Path("suites").mkdir(),
        "suites: the folder holds no suite: no YAML file with the key 'suite' at its top. "
        "`evalkit init DIR` writes one to start from.",
        "suites",
    ),
    "empty suite": Bad(
        write(SUITE, ""),
        "tiny.yaml: the file is empty. A suite needs at least suite, models and cases.",
    ),
    "suite of 50 MB": Bad(
        huge,
        "huge.yaml: the file has 50.0 MB; a suite has at most 1 MB. Name the suite, not its data.",
        "huge.yaml",
    ),
}


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_and_nothing_is_written(
    here: Path, evalkit: Command, name: str, command: str
) -> None:
    tiny_suite(here)
    BAD[name].harm()
    before = sorted(here.rglob("*"))
    done = evalkit(command, BAD[name].name.replace("HERE", str(here)))
    assert done.err.replace(str(here), "HERE") == f"{BAD[name].said}\n"
    assert (done.code, done.out) == (2, "")
    assert sorted(here.rglob("*")) == before
