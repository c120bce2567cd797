"""docs/run.schema.json: what is published is what is written."""

import copy
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit import api, archive
from evalkit.archive import Run
from evalkit.archive.schema import run_schema
from evalkit.report import page as pages
from tests.factories import FAILS, PASSES, Command, tiny_suite

jsonschema: Any = importlib.import_module("jsonschema")
PUBLISHED = Path(__file__).parents[2] / "docs" / "run.schema.json"


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(run_schema())


@pytest.fixture(scope="module")
def stored(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return run.json of a run with every kind of content."""
    folder = tmp_path_factory.mktemp("stored")
    archive.save(run, folder)
    return json.loads((folder / "run.json").read_text("utf-8"))


def wrong(schema: Any, instance: Any) -> list[str]:
    return [e.json_path for e in jsonschema.Draft202012Validator(schema).iter_errors(instance)]


def unknown(schema: Any, part: Any, value: Any, path: str = "$") -> Iterator[str]:
    """Yield the keys of a value that the schema does not describe."""
    part = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part
    if isinstance(value, list):
        for n, one in enumerate(value):
            row = part["prefixItems"][n] if "prefixItems" in part else part.get("items", {})
            yield from unknown(schema, row, one, f"{path}[{n}]")
    elif isinstance(value, dict) and "properties" in part:
        yield from (f"{path}.{key}" for key in value if key not in part["properties"])
        for key, one in value.items():
            yield from unknown(schema, part["properties"].get(key, {}), one, f"{path}.{key}")


def test_the_published_schema_is_that_of_the_code() -> None:
    """`evalkit schema --of run > docs/run.schema.json` brings it up to date."""
    assert PUBLISHED.read_text("utf-8") == run_schema()


def test_the_schema_is_a_json_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_stored_run_is_as_described(schema: Any, stored: Any) -> None:
    assert wrong(schema, stored) == []
    assert list(unknown(schema, schema, stored)) == []


def test_a_real_run_is_as_described(
    schema: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "charts", lambda seen: {})
    suite = tiny_suite(tmp_path, [PASSES, FAILS])
    folder = api.run(suite, out=tmp_path / "out", ledger=tmp_path / "ledger").folder
    written = json.loads((folder / "run.json").read_text("utf-8"))
    assert written["verdicts"]
    assert wrong(schema, written) == []
    assert list(unknown(schema, schema, written)) == []


@pytest.mark.parametrize("key", ["details", "since"])
def test_what_was_added_later_may_be_missing(schema: Any, stored: Any, key: str) -> None:
    older = copy.deepcopy(stored)
    del older[key]
    for case in older["cases"]:
        del case["published"]
    assert wrong(schema, older) == []


def test_what_is_wrong_is_found(schema: Any, stored: Any) -> None:
    broken = copy.deepcopy(stored)
    broken["schema"] = 2
    broken["verdicts"][0]["status"] = "maybe"
    broken["estimates"][0]["value"] = "0.5"
    del broken["models"][0]["provider"]
    expected = {"$.schema", "$.verdicts[0].status", "$.estimates[0].value", "$.models[0]"}
    assert set(wrong(schema, broken)) == expected


def test_an_unknown_number_is_null(schema: Any, stored: Any) -> None:
    blank = copy.deepcopy(stored)
    blank["estimates"][0]["value"] = None
    assert wrong(schema, blank) == []
    assert any(v["observed"] is None for v in stored["verdicts"])


def test_the_command_prints_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Command(monkeypatch, capsys)("schema", "--of", "run")
    assert (done.code, done.out) == (0, run_schema())
