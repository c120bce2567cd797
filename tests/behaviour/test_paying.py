"""What a run of a paid model costs: known before, bought once, and never more than was allowed."""

from __future__ import annotations

import json
from pathlib import Path

from evalkit.ledger import Ledger
from tests.factories import Command, write_data
from tests.services import Services, Settings

SUITE = """\
suite: paid
models:
  - nova: {{dimensions: [{sizes}]{more}}}
cases:
  - name: find
    data: data
    metrics: [ndcg@10]
gates:
  - {{case: find, metric: ndcg@10, at: 256, at_least: 0.001}}
needs: [service]
"""


def paid_suite(folder: Path, sizes: str = "1024, 256", more: str = "") -> Path:
    """Write a suite of 60 texts for Nova."""
    if not (folder / "data").exists():
        write_data(folder / "data")
    path = folder / "paid.yaml"
    path.write_text(SUITE.format(sizes=sizes, more=more))
    return path


def add_products(folder: Path, count: int) -> None:
    """Add texts to the corpus."""
    with (folder / "data" / "corpus.jsonl").open("a") as file:
        for n in range(count):
            file.write(json.dumps({"id": f"new{n}", "text": f"a new product {n}"}) + "\n")


def test_check_prices_a_run_and_spends_nothing(
    here: Path, evalkit: Command, services: Services
) -> None:
    told = evalkit("check", paid_suite(here), "--json")
    assert told.code == 0
    (model,) = told.json["models"]
    assert (model["inputs"], model["paid"], model["to_embed"], model["calls"]) == (60, 0, 60, 60)
    assert model["tokens"] > 60
    assert 0 < model["dollars"] < 0.001
    assert told.json["prices"] == "2026-11-21"
    assert len(services.log.answered) == 0
    shown = evalkit("check", here / "paid.yaml").out
    assert "nova: under $0.0001" in shown
    assert "60 calls" in shown


def test_a_second_run_a_new_size_and_new_products_pay_for_what_is_new_only(
    here: Path, evalkit: Command, services: Services
) -> None:
    assert evalkit("run", paid_suite(here)).code == 0
    assert len(services.log.answered) == 60
    assert evalkit("run", here / "paid.yaml").code == 0
    assert len(services.log.answered) == 60
    assert evalkit("run", paid_suite(here, sizes="3072, 1024, 384, 256")).code == 0
    assert len(services.log.answered) == 60
    add_products(here, 10)
    done = evalkit("run", here / "paid.yaml")
    assert len(services.log.answered) == 70
    assert "nova: 10 inputs were embedded, 60 came from the ledger" in done.out


def test_past_reports_correct_the_estimate_of_tokens(
    here: Path, evalkit: Command, services: Services
) -> None:
    evalkit("run", paid_suite(here))
    add_products(here, 100)
    lines = (here / "data" / "corpus.jsonl").read_text().splitlines()
    new = [row["text"] for row in map(json.loads, lines) if row["id"].startswith("new")]
    chars = sum(map(len, new))
    (model,) = evalkit("check", here / "paid.yaml", "--json").json["models"]
    with Ledger(here / "ledger") as store:
        past = store.usage("amazon.nova-2-multimodal-embeddings-v1:0", "")
    assert past.tokens > 0
    assert model["tokens"] == round(chars * past.tokens / past.chars)


def test_max_cost_stops_before_the_limit_and_what_was_bought_stays(
    here: Path, evalkit: Command, services: Services
) -> None:
    (model,) = evalkit("check", paid_suite(here), "--json").json["models"]
    limit = model["dollars"] / 2
    stopped = evalkit("run", here / "paid.yaml", "--max-cost", f"{limit:.9f}")
    assert stopped.code == 3
    assert "could pass --max-cost" in stopped.err
    assert "Traceback" not in stopped.err
    first = len(services.log.answered)
    assert 20 <= first < 60
    assert evalkit("run", here / "paid.yaml", "--max-cost", "5").code == 0
    assert len(services.log.answered) == 60


def test_a_run_records_which_form_of_an_answer_came(
    here: Path, evalkit: Command, services: Services
) -> None:
    suite = paid_suite(here)
    suite.write_text(suite.read_text().replace("nova: {", "titan: {provider: titan_text, "))
    for forms in (["embeddingsByType"], []):  # the second time nothing is asked
        assert evalkit("run", suite).code == 0
        folder = here / "reports" / "paid"
        run = json.loads(
            (folder / (folder / "latest").read_text().strip() / "run.json").read_text()
        )
        assert run["models"][0]["forms"] == forms


def test_offline_asks_nothing(here: Path, evalkit: Command, services: Services) -> None:
    ended = evalkit("run", paid_suite(here), "--offline")
    assert ended.code == 3
    assert "60 inputs" in ended.err or "40 inputs" in ended.err
    assert len(services.log.answered) == 0


def test_a_size_asked_for_is_compared_with_the_widest_cut(
    here: Path, evalkit: Command, services: Services
) -> None:
    suite = paid_suite(here)
    suite.write_text(suite.read_text().replace("[1024, 256]", "{sizes: [1024, 256], how: request}"))
    done = evalkit("run", suite)
    assert done.code == 0
    assert len(services.log.answered) == 120
    assert (
        "size 256 as asked for against the first values of 1024: median cosine 1.0000" in done.out
    )


def test_faults_lose_nothing_that_can_be_had(
    here: Path, evalkit: Command, services: Services
) -> None:
    services.reset(Settings(faults={"throttle": 0.2, "other": 0.1}, seed=3))
    done = evalkit("run", paid_suite(here, more=", attempts: 12"))
    assert done.code == 0, done.err
    assert "without a vector" not in done.out
    assert "throttled" in done.out


def test_a_service_that_changed_silently_is_found_out_and_nothing_overwritten(
    here: Path, evalkit: Command, services: Services
) -> None:
    suite = paid_suite(here)
    assert evalkit("run", suite, "--recheck", "5").code == 0
    same = evalkit("run", suite, "--recheck", "5")
    assert "nova: 5 inputs were asked for again; 0 with another vector" in same.out
    assert "nova: nothing was embedded, 60 came from the ledger" in same.out
    assert len(services.log.answered) == 65
    first = (here / "reports").glob("paid/*/scores.parquet")
    scores = [path.read_bytes() for path in sorted(first)]
    services.reset(Settings(drift=0.5))
    changed = evalkit("run", suite, "--recheck", "5")
    assert "nova: 5 inputs were asked for again; 5 with another vector" in changed.out
    assert "the service may have changed" in changed.out
    after = sorted((here / "reports").glob("paid/*/scores.parquet"))
    assert [path.read_bytes() for path in after][: len(scores)] == scores
    assert after[-1].read_bytes() == scores[-1]
    with Ledger(here / "ledger") as store:
        assert len(store) == 60
        assert sum(h.conflicts for h in store.info().holdings) == 5


def test_an_option_for_inputs_of_another_kind_or_length_buys_nothing_again(
    here: Path, evalkit: Command, services: Services
) -> None:
    suite = paid_suite(here)
    find = "  - name: find\n    data: data\n    metrics: [ndcg@10]\n"
    for way in ("segment", "error"):
        more = find.replace("find", way) + f"    overflow: {way}\n"
        suite.write_text(suite.read_text().replace("gates:\n", f"{more}gates:\n"))
    done = evalkit("run", suite)
    assert done.code == 0, done.err
    assert len(services.log.answered) == 60
    options = (
        ", page_dpi: 200, video_mode: separate, segment_seconds: 10, detail: document"
        ", truncation: START, segment_chars: 9000, max_inline_bytes: 2000000"
    )
    (model,) = evalkit("check", paid_suite(here, more=options), "--json").json["models"]
    assert (model["paid"], model["to_embed"]) == (60, 0)


def test_what_is_asked_again_is_paid_within_the_limit_and_counted_where_it_is_answered(
    here: Path, evalkit: Command, services: Services
) -> None:
    assert evalkit("run", paid_suite(here)).code == 0
    again = ("run", here / "paid.yaml", "--recheck", "60")
    stopped = evalkit(*again, "--max-cost", "0.0000001")
    assert stopped.code == 3
    assert "could pass --max-cost" in stopped.err
    offline = evalkit(*again, "--offline")
    assert offline.code == 2
    assert "recheck asks services, which offline forbids" in offline.err
    assert len(services.log.answered) == 60
    services.reset(Settings(faults={"refused": 1.0}))
    said = evalkit(*again).out
    assert "nova: nothing was embedded, 60 came from the ledger" in said
    assert "nova: 60 inputs were asked for again and got no vector." in said
    assert len(services.log.answered) == 0
