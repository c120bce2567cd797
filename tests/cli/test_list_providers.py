import io
from typing import Any

import pytest
from rich.console import Console

from evalkit.cli import inspect, output
from evalkit.core import registry
from tests.factories import Command

FIELDS = {
    *("family", "name", "about", "parameters", "modalities", "sizes", "nested"),
    *("service", "limits", "switch", "per_call", "per_call_of", "retires", "others"),
}


def listed(evalkit: Command) -> dict[str, Any]:
    return {one["name"]: one for one in evalkit("list", "providers", "--json").json}


def entry(out: str, name: str) -> list[str]:
    """Return the lines below the table that are about a provider."""
    lines = out.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"{name}: "))
    after = [n for n in range(at + 1, len(lines)) if not lines[n].startswith("  ")]
    return [line.strip() for line in lines[at : after[0]]]


def row(out: str, name: str) -> list[str]:
    return next(line for line in out.splitlines() if line.split()[:1] == [name]).split()


@pytest.fixture
def _columns(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A terminal of so many columns."""
    console = Console(file=io.StringIO(), width=request.param, force_terminal=True, highlight=False)
    monkeypatch.setattr(output, "_console", lambda: console)


def test_json_has_every_field_of_every_provider(evalkit: Command) -> None:
    found = listed(evalkit)
    assert list(found) == sorted(registry.names("providers"))
    assert [name for name, one in found.items() if FIELDS - one.keys()] == []


def test_json_of_a_hosted_and_of_a_local_model(evalkit: Command) -> None:
    found = listed(evalkit)
    titan = found["titan_text"]
    assert titan["service"] == "Amazon Bedrock"
    assert titan["sizes"] == [1024, 512, 256]
    assert titan["limits"] == {"text": "8,192 tokens, 50,000 characters"}
    assert (titan["per_call"], titan["switch"], titan["retires"]) == (1, "", "")
    assert titan["parameters"]["region"] == "us-east-1"
    assert found["vertex_multimodal"]["retires"] == "2027-04-01"
    assert found["nova"]["switch"] == "embeddingPurpose"
    reference = found["reference"]
    assert (reference["service"], reference["per_call"]) == ("this computer", None)
    assert (reference["modalities"], reference["nested"]) == (
        ["audio", "document", "image", "mixed", "text", "video"],
        "yes",
    )


def test_what_needs_parameters_is_shown_with_what_can_be_known(evalkit: Command) -> None:
    precomputed = listed(evalkit)["precomputed"]
    assert precomputed["parameters"]["path"] == ""
    assert precomputed["nested"] == "unknown"
    shown = row(evalkit("list", "providers").out, "precomputed")
    assert shown[1:] == ["anything", "by", "parameter", "?"]


def test_the_table(evalkit: Command) -> None:
    out = evalkit("list", "providers").out
    assert out.splitlines()[1].split() == ["name", "takes", "sizes", "nested", "retires"]
    assert row(out, "reference")[1:] == ["anything", "3072", "1024", "384", "256", "yes"]
    assert row(out, "vertex_multimodal")[-1] == "2027-04-01"
    assert all(len(row(out, name)) > 3 for name in registry.names("providers"))


def test_what_a_provider_is_with_other_parameters_has_a_row_of_its_own(evalkit: Command) -> None:
    found = listed(evalkit)
    (two,) = found["gemini"]["others"]
    assert (two["with"], two["per_call"]) == ({"model_id": "gemini-embedding-2"}, 1)
    assert "video" in two["modalities"]
    assert (found["gemini"]["retires"], two["retires"]) == ("2028-05-14", "")
    assert [one["sizes"] for one in found["cohere"]["others"]] == [[1024], [1024]]
    assert [one["sizes"] for one in found["marengo"]["others"]] == [[512]]
    out = evalkit("list", "providers").out
    rows = [line.split() for line in out.splitlines()]
    assert ["3.0", "text", "image", "audio", "video", "mixed", "512", "no"] in rows
    assert ["gemini-embedding-2", "anything", "3072", "1536", "768", "yes"] in rows


def test_below_the_table_stand_limits_and_parameters(evalkit: Command) -> None:
    out = evalkit("list", "providers").out
    about, where, *rest = entry(out, "titan_text")
    assert about.startswith("titan_text: Amazon Titan Text Embeddings V2")
    assert where == "served by Amazon Bedrock; one item a call"
    assert rest[0] == "text: 8,192 tokens, 50,000 characters"
    assert rest[1].startswith("parameters: region = us-east-1")
    assert "queries are told from documents by input_type" in entry(out, "cohere")[1]
    assert entry(out, "reference")[1:] == ["runs on this computer"]


def test_versions_whose_calls_carry_fewer_items_are_named(evalkit: Command) -> None:
    found, out = listed(evalkit), evalkit("list", "providers").out
    told = {name: entry(out, name)[1].rpartition("; ")[2] for name in found}
    assert told["gemini"] == "up to 100 items a call (gemini-embedding-2: one item)"
    old = "v3-english, v3-multilingual: up to 96 items or 1 image"
    assert told["cohere"] == f"up to 96 items a call ({old})"
    assert told["marengo"] == "one item a call"
    assert [found["cohere"][key] for key in ("per_call", "per_call_of")] == [96, {}]
    for other in found["cohere"]["others"]:
        assert (other["per_call"], other["per_call_of"]) == (96, {"image": 1})


def test_parameters_that_all_services_share_are_said_once(evalkit: Command) -> None:
    out = evalkit("list", "providers").out
    shared = out.splitlines()[-1]
    assert "Parameters of everything that has an endpoint:\n" in out
    for name in ("endpoint", "concurrency", "attempts", "timeout", "patience"):
        assert f"{name} = " in shared
        assert out.count(f"{name} = ") == 1


@pytest.mark.usefixtures("_columns")
@pytest.mark.parametrize("_columns", [100, 120], indirect=True)
def test_the_table_fits_a_terminal(evalkit: Command) -> None:
    out = evalkit("list", "providers").out
    assert "takes: " not in out
    assert max(map(len, out.splitlines()[:12])) <= 120


@pytest.mark.usefixtures("_columns")
@pytest.mark.parametrize("_columns", [40, 80], indirect=True)
def test_narrow_terminals_get_entries(evalkit: Command) -> None:
    out = " ".join(evalkit("list", "providers").out.split())
    assert "takes: anything; sizes: 3072 1024 384 256; nested: yes" in out


def test_sizes_that_are_not_known_yet_are_no_error() -> None:
    class Needy:
        """A model."""

        @property
        def sizes(self) -> tuple[int, ...]:
            raise TypeError("there is no name yet")

        modalities = frozenset({"text"})

        def __init__(self, name: str) -> None: ...

    assert inspect._declared(inspect._made(Needy)) == {"modalities": ["text"]}


def test_everything_is_listed_without_a_family(evalkit: Command) -> None:
    out = evalkit("list").out
    assert "\nproviders\nname " in out
    assert "\nprobes\n" in out
