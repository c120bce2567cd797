"""Credentials are used and never shown: not in what is printed, logged, stored or reported."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evalkit.providers._service import Service
from tests.factories import Command, Ended
from tests.services import Services, Settings

MARK = re.compile("Zq7MARKEDzq7", re.IGNORECASE)
"""Part of every credential below."""
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAZQ7MARKEDZQ7KEY1",
    "AWS_SECRET_ACCESS_KEY": "Zq7MARKEDzq7/secret+access",
    "AWS_SESSION_TOKEN": "Zq7MARKEDzq7session",
    "GEMINI_API_KEY": "AIzaZq7MARKEDzq7gemini",
    "OPENAI_API_KEY": "sk-Zq7MARKEDzq7openai",
    "GOOGLE_ACCESS_TOKEN": "ya29.Zq7MARKEDzq7vertex",
}
MODELS = {
    "nova": 256,
    "titan_text": 256,
    "titan_multimodal": 256,
    "cohere": 256,
    "marengo": 1024,
    "gemini": 768,
    "vertex_multimodal": 128,
    "openai": 256,
}
"""Every provider that the services speak to -> a size that it offers."""
UNLIKE = ("nova", "gemini", "vertex_multimodal", "openai")
"""One provider of each kind of credential; those of one kind deal with trouble in one place."""
TEXTS = {"corpus": ("red shoe", "blue hat", "green coat", "black sock"), "queries": ("red", "hat")}


@pytest.fixture
def marked(services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Return services that are asked with credentials that would be recognised anywhere."""
    for name in ("AWS_BEARER_TOKEN_BEDROCK", "AWS_PROFILE", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop-1")
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", services.url)
    return services


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """Return what fills with every service provider that is made."""
    found: list[Service] = []
    check = Service.__post_init__

    def noted(self: Service) -> None:
        found.append(self)
        check(self)

    monkeypatch.setattr(Service, "__post_init__", noted)
    return found


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what fills with all that any logger says from DEBUG up, passed on or not."""
    lines: list[str] = []
    handle = logging.Logger.handle

    def noted(self: logging.Logger, record: logging.LogRecord) -> None:
        lines.append(f"{record.name}: {logging.Formatter().format(record)}")
        handle(self, record)

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(logging.Logger, "handle", noted)
    return lines


def write_suite(folder: Path, *models: str, more: str = "") -> Path:
    """Write a tiny data set and a suite of these models; return the suite's path."""
    data = folder / "data"
    data.mkdir()
    for name, texts in TEXTS.items():
        rows = [json.dumps({"id": f"{name[0]}{n}", "text": text}) for n, text in enumerate(texts)]
        (data / f"{name}.jsonl").write_text("\n".join(rows) + "\n", "utf-8")
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq0\tc0\t1\nq1\tc1\t1\n", "utf-8")
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n", "utf-8")
    settings = f"timeout: 2, attempts: 3{more}"
    entries = [f"  - {m}: {{dimensions: [{MODELS[m]}], {settings}}}" for m in models]
    case = "cases:\n  - {name: find, data: data, metrics: [ndcg@10]}\n"
    suite = folder / "secrets.yaml"
    suite.write_text("suite: secrets\nmodels:\n" + "\n".join(entries) + "\n" + case, "utf-8")
    return suite


def said(*ended: Ended) -> str:
    """Return all that commands printed."""
    return "\n".join(one.out + one.err for one in ended)


def marked_files(folder: Path) -> list[Path]:
    """Return the files that hold, or are named by, a marked credential."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if MARK.search(f"{path}{content(path)}")]


def content(path: Path) -> str:
    """Return all that a file says, also the values of a compressed table."""
    raw = path.read_bytes().decode("latin-1")
    if path.suffix != ".parquet":
        return raw
    table = pq.read_table(path)
    return f"{raw}{table.schema.metadata}{table.column_names}{table.to_pylist()}"


HIDDEN: dict[str, Callable[[str], object]] = {
    "string": str,
    "binary": str.encode,
    "nested": lambda word: {"shown": [{"of": "it"}, {"of": word}]},
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_a_credential_in_a_compressed_table_is_found(tmp_path: Path, kind: str) -> None:
    words = [hashlib.sha256(bytes([n])).hexdigest() for n in range(200)]
    for name, word in (("fine", "red shoe"), ("leaking", CREDENTIALS["AWS_SECRET_ACCESS_KEY"])):
        values = [HIDDEN[kind](one) for one in (*words, word, *words)]
        pq.write_table(
            pa.table({"value": values}),
            tmp_path / f"{name}.parquet",
            compression="zstd",
            write_statistics=False,
        )
    assert [path for path in tmp_path.iterdir() if MARK.search(path.read_text("latin-1"))] == []
    assert marked_files(tmp_path) == [tmp_path / "leaking.parquet"]


def test_a_credential_in_a_plain_file_or_its_name_is_found(tmp_path: Path) -> None:
    named, said, fine = (tmp_path / name for name in ("Zq7MARKEDzq7.txt", "run.json", "out.csv"))
    for path, text in ((named, "x"), (said, json.dumps(CREDENTIALS)), (fine, "MARKED")):
        path.write_text(text, "utf-8")
    assert sorted(marked_files(tmp_path)) == sorted([named, said])


def looked_at_again(evalkit: Command, suite: Path) -> list[Ended]:
    """Run a suite once more for programs; write its report anew, compare both runs, export all."""
    folder = Path("reports/secrets")
    before = folder / (folder / "latest").read_text("utf-8").strip()
    told = [
        evalkit("run", suite, "--json"),
        evalkit("report", folder),
        evalkit("compare", before, folder),
        evalkit("ledger", "export", "vectors.parquet"),
    ]
    assert [ended.code for ended in told] == [0] * len(told), said(*told)
    assert Path("vectors.parquet").is_file()
    assert len(list(folder.glob("*/scores.parquet"))) > 1
    return told


@pytest.mark.parametrize(
    ("models", "faults"),
    [(tuple(MODELS), {}), (UNLIKE, {"throttle": 0.1, "other": 0.2})],
    ids=["calm", "faults"],
)
def test_no_output_holds_a_credential(
    here: Path,
    evalkit: Command,
    marked: Services,
    made: list[Service],
    logged: list[str],
    models: tuple[str, ...],
    faults: dict[str, float],
) -> None:
    marked.reset(Settings(faults=faults))
    suite = write_suite(here, *models)
    ran = evalkit("run", suite)
    told = [ran, evalkit("ledger", "info")]
    if not faults:
        told += [evalkit("check", suite), evalkit("list", "providers", "--json")]
        told += looked_at_again(evalkit, suite)
    assert ran.code in ((0, 3) if faults else (0,)), ran.err
    used = {type(p).__module__.rpartition(".")[2] for p in made if p.traffic.answered}
    assert used == set(models)
    assert (here / "ledger").is_dir()
    logging.getLogger("tests.last").info("logs are read")
    assert any("logs are read" in line for line in logged)
    assert not MARK.search(said(*told))
    assert marked_files(here) == []
    assert [line for line in logged if MARK.search(line)] == []
    assert [p for p in made if MARK.search(f"{p!r} {p} {p.traffic!r}")] == []


@pytest.mark.parametrize(
    ("model", "variable", "wrong"),
    [
        ("nova", "AWS_ACCESS_KEY_ID", "AKIAZQ7MARKEDUNKNOWN"),
        ("gemini", "GEMINI_API_KEY", "Zq7MARKEDzq7UNKNOWN"),
        ("vertex_multimodal", "GOOGLE_ACCESS_TOKEN", "Zq7MARKEDzq7UNKNOWN"),
        ("openai", "OPENAI_API_KEY", "Zq7MARKEDzq7UNKNOWN"),
    ],
)
def test_a_wrong_key_is_not_repeated(
    here: Path,
    evalkit: Command,
    marked: Services,
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    variable: str,
    wrong: str,
) -> None:
    monkeypatch.setenv(variable, wrong)
    ended = evalkit("run", write_suite(here, model))
    assert ended.code == 3
    assert variable in ended.err or "AWS does not know the credentials" in ended.err
    assert not re.search("MARKED", said(ended), re.IGNORECASE)
    assert not any(b"MARKED" in path.read_bytes() for path in here.rglob("*") if path.is_file())


def test_a_bearer_token_of_bedrock_does_not_leave_over_http(
    here: Path,
    evalkit: Command,
    marked: Services,
    made: list[Service],
    logged: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The services are http, and boto3 sends such a token over https alone: no run can succeed."""
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "ABSKZq7MARKEDzq7bearer")
    ended = evalkit("run", write_suite(here, "nova"))
    assert ended.code == 3
    assert "may go over https alone" in ended.err
    assert not marked.log.counts
    assert not MARK.search(said(ended) + "\n".join([*logged, *map(repr, made)]))
    assert marked_files(here) == []


def test_a_strangers_suite_cannot_send_credentials_elsewhere(
    here: Path, evalkit: Command, marked: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is that of a server that would answer; nothing reaches it without leave."""
    monkeypatch.delenv("EVALKIT_ALLOW_ENDPOINT", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    suite = write_suite(here, "openai", more=f", endpoint: '{marked.url}/v1'")
    ended = evalkit("run", suite)
    assert ended.code in (2, 3)
    assert "--allow-endpoint" in ended.err
    assert not marked.log.counts
    assert evalkit("run", suite, "--allow-endpoint", marked.url).code == 0
