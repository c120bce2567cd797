"""Bad input, one thing wrong at a time, through the command line: exit code and whole sentence."""

import html
import io
import math
import resource
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from evalkit import api
from tests.factories import Command, tiny_suite

SUITE, VECTORS = "tiny.yaml", "data/vectors.npz"
CORPUS, QUERIES, QRELS = "data/corpus.jsonl", "data/queries.jsonl", "data/qrels.tsv"
Harm = Callable[[], object]

SAID = """\
unknown key: tiny.yaml:8:5 cases.0.gruops: unknown key 'gruops'; did you mean 'groups'?
unknown metric: tiny.yaml:7:15 cases.0.metrics.0: unknown metric 'recal@1'; did you mean 'recall@1'?
unknown probe: tiny.yaml:8:14 cases.0.probes.0: unknown probe 'tpyos'; did you mean 'typos'?
unknown provider: tiny.yaml:3:15 models.0.vectors.provider: unknown provider 'precomputd'; did you mean 'precomputed'?
unknown tag: tiny.yaml:8:15 cases.0.queries.langage: no query has the tag 'langage'; did you mean 'language'?
unknown tag value: tiny.yaml:8:15 cases.0.queries.language: no query has the language 'fr'; known: en, es.
wrong type: tiny.yaml:10:35 gates.0.at: expected a whole number, got the text 'wide'.
missing suite: HERE/tinny.yaml: there is no such file; did you mean 'tiny.yaml'? Check the path.
missing data set: tiny.yaml:6:5 cases.0.data: there is no data set at 'dta'; did you mean 'data'? Paths are relative to the suite file.
missing file of a data set: data/corpus.jsonl: the file is missing. Write one item a line there.
missing image: data/corpus.jsonl:21: the file 'red.png' does not exist. Add the file or correct the path.
missing vectors: tiny.yaml:3:5 models.0: data/vectors.npz: there is no file of vectors. Paths are relative to the suite file.
duplicate ids: data/corpus.jsonl:21: the id 'd03' stands on line 4 already. Make ids unique.
qrels of an unknown item: data/qrels.tsv:42: there is no corpus item 'd99'. Add the item or correct the id.
qrels of an unknown query: data/qrels.tsv:42: there is no query 'q99'. Add the item or correct the id.
no judgements: data/qrels.tsv: none of the 40 queries has a judgement. Write query-id corpus-id score lines.
empty corpus: data/corpus.jsonl: the corpus is empty. Write one item a line.
path out of the data set: data/corpus.jsonl:21: the path '../tiny.yaml' leaves the data set's folder. Put the file inside the folder.
broken JSON: data/queries.jsonl:41: the line is not valid JSON (Expecting ',' delimiter, column 26). Write one JSON object a line.
data not UTF-8: data/corpus.jsonl:21: byte 27 of the line, 0xe9, is not UTF-8. Save the file as UTF-8.
suite not UTF-8: tiny.yaml:11: the byte 0xe9 is not UTF-8 text. Save the file as UTF-8.
vector with NaN: tiny.yaml:3:5 models.0: data/vectors.npz: the vector of 'd03' holds NaN. Make the vector again or leave the item out.
vector of zeros: tiny.yaml:3:5 models.0: data/vectors.npz: the vector of 'd03' is zero. Make the vector again or leave the item out.
vector of another length: tiny.yaml:3:5 models.0: data/vectors.parquet: the vector of 'd03' has 15 values, most have 16. Make the vector again or leave the item out.
size not offered: tiny.yaml:10:51 gates.0.at: the model 'vectors' does not offer the size 12. It offers 16, 8.
metric not computed: tiny.yaml:10:18 gates.0.metric: the case 'find' does not compute 'ndcg@5'; did you mean 'ndcg@10'? Add it to the case's metrics.
two probes with one name: tiny.yaml:8:21 cases.0.probes.1: two probes are called 'typos', the first on line 8. Give one another name, such as typos-2: {use: typos}.
alias: tiny.yaml:8:13 cases.0.groups: the alias '*metrics' is refused. Write the value out.
suite that is a directory: suites: the folder holds no suite: no YAML file with the key 'suite' at its top. `evalkit init DIR` writes one to start from.
empty suite: tiny.yaml: the file is empty. A suite needs at least suite, models and cases.
suite of 50 MB: huge.yaml: the file has 50.0 MB; a suite has at most 1 MB. Name the suite, not its data.
output folder that is a file: reports/tiny: nothing can be written here (Not a directory). Choose another folder with --out.
"""  # noqa: E501


def swap(old: str, new: str, file: str = SUITE) -> Harm:
    """Put other words in place of some words of a file."""

    def harm() -> None:
        text = Path(file).read_text("utf-8")
        assert old in text
        Path(file).write_text(text.replace(old, new, 1), "utf-8")

    return harm


def line(file: str, text: bytes) -> Harm:
    """Add a line to a file."""
    return lambda: Path(file).write_bytes(Path(file).read_bytes() + text + b"\n")


def whole(file: str, text: str) -> Harm:
    """Write a file in place of what is there."""
    return lambda: Path(file).write_text(text, "utf-8")


def vectors(change: Callable[[list[Any]], object], suffix: str = "npz") -> Harm:
    """Change the vectors, one row of numbers for each item."""

    def harm() -> None:
        with np.load(VECTORS) as archive:
            ids, rows = archive["ids"].tolist(), archive["vectors"].tolist()
        change(rows)
        if suffix == "npz":
            np.savez(VECTORS, ids=ids[: len(rows)], vectors=rows)
        else:
            pd.DataFrame({"id": ids, "vector": rows}).to_parquet(f"data/vectors.{suffix}")
            swap("vectors.npz", f"vectors.{suffix}")()

    return harm


def huge() -> None:
    """Write a suite of 50 MB."""
    with Path("huge.yaml").open("wb") as file:
        file.write(b"suite: huge\n")
        file.truncate(50_000_000)


HARM: dict[str, Harm] = {
    "unknown key": swap("groups:", "gruops:"),
    "unknown metric": swap("recall@1,", "recal@1,"),
    "unknown probe": swap("groups:", "probes: [tpyos]\n    groups:"),
    "unknown provider": swap("precomputed", "precomputd"),
    "unknown tag": swap("groups:", "queries: {langage: es}\n    groups:"),
    "unknown tag value": swap("groups:", "queries: {language: fr}\n    groups:"),
    "wrong type": swap("at: 16", "at: wide"),
    "missing suite": lambda: None,
    "missing data set": swap("data: data", "data: dta"),
    "missing file of a data set": lambda: Path(CORPUS).unlink(),
    "missing image": line(CORPUS, b'{"id": "d20", "image": "red.png"}'),
    "missing vectors": lambda: Path(VECTORS).unlink(),
    "duplicate ids": line(CORPUS, b'{"id": "d03", "text": "again"}'),
    "qrels of an unknown item": line(QRELS, b"q00\td99\t1"),
    "qrels of an unknown query": line(QRELS, b"q99\td00\t1"),
    "no judgements": whole(QRELS, "query-id\tcorpus-id\tscore\n"),
    "empty corpus": whole(CORPUS, ""),
    "path out of the data set": line(CORPUS, b'{"id": "d20", "image": "../tiny.yaml"}'),
    "broken JSON": line(QUERIES, b'{"id": "q40", "text": "x"'),
    "data not UTF-8": line(CORPUS, b'{"id": "d20", "text": "caf\xe9"}'),
    "suite not UTF-8": line(SUITE, b"about: caf\xe9"),
    "vector with NaN": vectors(lambda rows: rows[3].__setitem__(1, math.nan)),
    "vector of zeros": vectors(lambda rows: rows.__setitem__(3, [0.0] * 16)),
    "vector of another length": vectors(lambda rows: rows[3].pop(), "parquet"),
    "size not offered": swap("at: 16", "model: vectors, at: 12"),
    "metric not computed": swap("metric: ndcg@10", "metric: ndcg@5"),
    "two probes with one name": swap("groups:", "probes: [typos, typos]\n    groups:"),
    "alias": swap("[language]", "*metrics"),
    "suite that is a directory": lambda: Path("suites").mkdir(),
    "empty suite": whole(SUITE, ""),
    "suite of 50 MB": huge,
    "output folder that is a file": whole("reports", "not a folder"),
}
NAMED = {"missing suite": "HERE/tinny.yaml", "suite of 50 MB": "huge.yaml"}
NAMED |= {"suite that is a directory": "suites"}
ROWS = [
    (name, command, said)
    for name, said in (row.split(": ", 1) for row in SAID.splitlines())
    for command in (("run",) if "output" in name else ("check", "run"))
]


@pytest.mark.parametrize(("name", "command", "said"), ROWS)
def test_what_is_wrong_is_said_and_nothing_is_written(
    here: Path, evalkit: Command, name: str, command: str, said: str
) -> None:
    tiny_suite(here)
    HARM[name]()
    before = sorted(here.rglob("*"))
    done = evalkit(command, NAMED.get(name, SUITE).replace("HERE", str(here)))
    assert done.err.replace(str(here), "HERE") == f"{said}\n"
    assert (done.code, done.out) == (2, "")
    assert sorted(here.rglob("*")) == before


def picture(end: int | None, side: int = 40) -> bytes:
    """Return a PNG cut off at a byte, with sides as long as its header is to say."""
    out = io.BytesIO()
    Image.effect_noise((40, 40), 50).convert("RGB").save(out, "PNG")
    head = b"IHDR" + struct.pack(">II", side, side) + out.getvalue()[24:29]
    data = out.getvalue()[:12] + head + struct.pack(">I", zlib.crc32(head)) + out.getvalue()[33:]
    return data[:end]


def show(item: str, data: bytes) -> Harm:
    """Make a query or an item a picture, for a model that reads it."""
    text, file = (f"question {item}", QUERIES) if item[0] == "q" else (f"article {item}", CORPUS)

    def harm() -> None:
        swap(f"vectors: {{provider: precomputed, path: {VECTORS}, ", "reference: {")()
        swap("nested: yes, sizes: [16, 8]", "dimensions: [256]")()
        swap("at: 16, at_least: 0.2", "at: 256, at_least: 0")()
        Path("data/red.png").write_bytes(data)
        swap(f'"text": "{text}"', '"image": "red.png"', file)()

    return harm


CUT = "its image is broken or cut short. Store it again as PNG, JPEG or WebP, or leave it out."
FAR = "its image is far too large; at most 50 megapixels are read. Make it smaller or leave it out."
WIDE = FAR.replace("is far too large", "has 8000 x 8000 pixels")
BARE = f"the file '{Path(VECTORS).name}' has no vector for it."
UNJUDGED = swap("q39\td19\t1\n", "", QRELS)
LOST: dict[str, tuple[Harm, str, str, str, int]] = {
    "truncated query": (show("q00", picture(-900)), "q00", "failed", CUT, 1),
    "truncated item": (show("d00", picture(-900)), "d00", "failed", CUT, 0),
    "large": (show("d00", picture(None, 8000)), "d00", "failed", WIDE, 0),
    "bomb": (show("d00", picture(None, 60000)), "d00", "failed", FAR, 0),
    "without a vector": (vectors(list.pop), "q39", "failed", BARE, 1),
    "not judged": (UNJUDGED, "q39", "unjudged", "is not judged.", 0),
}


@pytest.mark.parametrize("case", LOST)
def test_an_item_that_cannot_be_scored_is_listed_and_the_run_goes_on(
    here: Path, evalkit: Command, case: str
) -> None:
    harm, item, kind, reason, code = LOST[case]
    tiny_suite(here)
    harm()
    done = evalkit("run", SUITE)
    assert (done.code, done.err) == (code, "")
    run = api.read("reports/tiny")
    assert [(one.item, one.kind, one.reason) for one in run.lost] == [(item, kind, reason)]
    (page,) = here.rglob("report.html")
    assert reason in html.unescape(page.read_text("utf-8"))
    frame = run.score_frame()
    assert set(frame[frame.value.isna()].unit) == ({item} if item[0] == "q" else set())
    assert {estimate.n for estimate in run.estimates} >= {39 if item[0] == "q" else 40}


def test_an_item_that_cannot_be_embedded_stops_a_run_that_says_so(
    here: Path, evalkit: Command
) -> None:
    tiny_suite(here)
    show("q00", picture(-900))()
    swap("groups:", "on_item_error: stop\n    groups:")()
    done = evalkit("run", SUITE)
    assert (done.code, done.out) == (3, "")
    why = f"'q00' of 'find' has no vector: {CUT} The case says to stop there."
    assert done.err == f"tiny.yaml: reference: {why}\n"
    assert not [path for path in here.glob("reports/**/*") if path.is_file()]


def test_a_disk_that_fills_up_leaves_the_run_before_whole(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    assert evalkit("run", SUITE).code == 0
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        done = evalkit("run", SUITE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("reports/tiny/")
    assert done.err.partition(": ")[2] == (
        "the run could not be written (File too large). Earlier runs are untouched; "
        "free some space or choose another folder with --out.\n"
    )
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
