"""The shipped suite for Nova, on a part of its data, beside the loopback services."""

import json
from pathlib import Path

import pytest

from evalkit import report
from tests.factories import Command
from tests.services import Services

ROOT = Path(__file__).parents[2]
SUITE, DATA = ROOT / "suites" / "nova-storefront.yaml", ROOT / "datasets" / "storefront"
QUERIES, PRODUCTS = 10, 6


def rows(name: str) -> list[str]:
    return (DATA / name).read_text("utf-8").splitlines()


def part_of_the_storefront(folder: Path, how_many: int = QUERIES, products: int = PRODUCTS) -> None:
    """Write the suite beside the first queries, what answers them, and a few products more."""
    data = folder / "datasets" / "storefront"
    data.mkdir(parents=True)
    queries = rows("queries.jsonl")[:how_many]
    asked = {json.loads(row)["id"] for row in queries}
    head, *truth = rows("qrels.tsv")
    kept = [row for row in truth if row.split("\t")[0] in asked and row.split("\t")[2] == "3"]
    wanted = {row.split("\t")[1] for row in kept}
    corpus = [
        row
        for n, row in enumerate(rows("corpus.jsonl"))
        if json.loads(row)["id"] in wanted or n < 2 * products
    ]
    for name, lines in (("queries", queries), ("corpus", corpus)):
        (data / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    (data / "qrels.tsv").write_text("\n".join((head, *kept)) + "\n")
    (data / "dataset.yaml").write_text("name: storefront\nlicence: CC0-1.0\n")
    (data / "images").mkdir()
    for picture in filter(None, (json.loads(row).get("image") for row in corpus)):
        (data / picture).write_bytes((DATA / picture).read_bytes())
    (folder / "suites").mkdir()
    (folder / "suites" / SUITE.name).write_text(SUITE.read_text("utf-8"), "utf-8")


def test_the_shipped_suite_is_right_and_priced_before_anything_is_asked(
    here: Path, evalkit: Command, services: Services
) -> None:
    part_of_the_storefront(here)
    priced = evalkit("check", f"suites/{SUITE.name}", "--json")
    assert priced.code == 0, priced.err
    nova, _ = priced.json["models"]
    assert nova["to_embed"] == nova["calls"] > QUERIES + 2 * PRODUCTS
    assert nova["dollars"] > 0
    assert nova["unpriced"] == []
    assert services.log.answered == []
    assert nova["images"] > PRODUCTS  # photos, and some of them without their colours
    assert nova["tokens"] > 1000
    assert len(priced.json["gates"]) >= 9
    assert {one["units"] for one in priced.json["gates"]} == {"queries"}


def test_the_shipped_suite_runs_to_a_report_and_asks_for_nothing_twice(
    here: Path, evalkit: Command, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run is without the peer, which asks no service, and a report, to be quick."""
    part_of_the_storefront(here, how_many=2, products=1)
    suite = f"suites/{SUITE.name}"
    first = evalkit("run", suite, "--out", "first")
    assert first.code == 0, first.err
    bought, counts = list(services.log.answered), dict(services.log.counts)
    assert counts["answers"] == len(bought) > 10
    assert {one.kind for one in bought} == {"text", "image"}
    assert f"nova: {len(bought)} inputs were embedded, 0 came from the ledger" in first.out
    (page,) = Path("first").glob("nova-storefront/*/report.html")
    for words in ("Amazon Nova Multimodal Embeddings", "text-to-text", "text-to-photo"):
        assert words in page.read_text("utf-8")
    monkeypatch.setattr(report, "write", lambda run, folder: None)
    second = evalkit("run", suite, "--out", "second", "--model", "nova")
    assert second.code == 0, second.err
    assert f"nova: nothing was embedded, {len(bought)} came from the ledger" in second.out
    assert (services.log.answered, dict(services.log.counts)) == (bought, counts)
