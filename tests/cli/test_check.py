"""What `check` says before a run: a spread that makes no sense, bad items, doubtful prices."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.factories import Command, asking_suite, tiny_suite


@pytest.mark.parametrize("spread", ["inf", "-inf", "nan", "-0.5", "0"])
def test_a_spread_that_is_none_is_refused(here: Path, evalkit: Command, spread: str) -> None:
    tiny_suite(here)
    done = evalkit("check", "tiny.yaml", f"--spread={spread}")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"--spread is {spread}; expected the standard deviation of per-query scores, a number "
        "above 0 such as 0.3. Leave it out to take that of the suite's last run.\n"
    )


def photo(file: Path, size: tuple[int, int] = (24, 20)) -> None:
    """Write a picture of noise."""
    noise = np.random.default_rng(len(file.name)).integers(0, 256, (*size[::-1], 3), np.uint8)
    Image.fromarray(noise).save(file)


def mask(file: Path, size: tuple[int, int] = (24, 20)) -> None:
    """Write a mask with a subject in its middle."""
    image = Image.new("L", size)
    image.paste(255, (8, 6, 16, 14))
    image.save(file)


def masked_suite(here: Path) -> None:
    """Write a suite with six photos, the masks of three of which do not do."""
    data = here / "data"
    data.mkdir()
    rows = []
    for n, name in enumerate(("fine", "good", "well", "small", "torn", "bare")):
        photo(data / f"{name}.png")
        mask(data / f"{name}-mask.png", (9, 9) if name == "small" else (24, 20))
        rows.append({"id": name, "image": f"{name}.png", "mask": f"{name}-mask.png"})
        if name == "bare":
            del rows[n]["mask"]
    (data / "torn-mask.png").write_bytes(b"no picture")
    (data / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (data / "queries.jsonl").write_text('{"id": "q", "text": "noise"}\n')
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\tfine\t1\n")
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n")
    (here / "masks.yaml").write_text(
        "suite: masks\nmodels: [reference]\ndimensions: [256]\ncases:\n"
        "  - name: find\n    data: data\n    metrics: [hit@1]\n    probes:\n"
        "      - background_swap: {side: corpus, severities: [1, 5]}\n"
        "gates:\n  - {case: find, metric: hit@1, at: 256, at_least: 0.0}\n"
    )


def test_masks_that_do_not_match_are_told_before_the_run(here: Path, evalkit: Command) -> None:
    masked_suite(here)
    told = evalkit("check", "masks.yaml", "--json")
    assert told.code == 0
    found = {one["item"]: one["reason"] for one in told.json["unusable"]}
    assert len(told.json["unusable"]) == 3
    start = "the probe cannot change it: "
    assert found["small"] == (
        f"{start}item 'small': its mask has 9 x 9 pixels, its image 24 x 20. "
        "Make a mask of the size of the image."
    )
    assert found["bare"].startswith(f"{start}item 'bare': it has no mask that tells its subject")
    assert found["torn"].startswith(f"{start}data/torn-mask.png: its bytes are not an image")
    shown = evalkit("check", "masks.yaml").out
    assert "find, corpus side, background_swap/1@corpus: small\n" in shown
    assert "9 x 9 pixels" in shown


def test_a_pair_with_a_missing_half_is_told_before_the_run(here: Path, evalkit: Command) -> None:
    tiny_suite(here)
    (here / "pairs.tsv").write_text("language\tlay\tprofessional\nen\tlamp\t\n")
    suite = here / "tiny.yaml"
    probes = "    probes:\n      - jargon: {severities: [1], pairs: pairs.tsv}\n"
    suite.write_text(suite.read_text().replace("gates:\n", f"{probes}gates:\n"))
    done = evalkit("check", "tiny.yaml")
    assert (done.code, done.out) == (2, "")
    assert "tiny.yaml:10:9 cases.0.probes.0: pairs.tsv:2: the pair has no professional" in done.err


def test_a_price_that_is_not_confirmed_is_told(here: Path, evalkit: Command) -> None:
    asking_suite(here)
    model = "{provider: openai, model_id: text-embedding-3-small, dimensions: [1536]}"
    told = evalkit("check", "tiny.yaml", "--model", f"mine: {model}")
    assert "price unconfirmed: not confirmed on 2026-11-21" in told.out


def test_the_file_of_own_prices_is_named_beside_the_table(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking_suite(here)
    own = here / "ours.yaml"
    mine = "text-embedding-3-small: {per_million_tokens: 1}"
    own.write_text(f"checked: 2027-01-05\nmodels: {{{mine}}}\n")
    monkeypatch.setenv("EVALKIT_PRICES", str(own))
    model = "m: {provider: openai, model_id: text-embedding-3-small, dimensions: [1536]}"
    shown = evalkit("check", "tiny.yaml", "--model", model).out
    assert "(prices of 2026-11-21 and ours.yaml of 2027-01-05; tokens are estimated)" in shown
    told = evalkit("check", "tiny.yaml", "--model", model, "--json").json
    assert (told["prices"], told["own_prices"]) == ("2026-11-21", "ours.yaml of 2027-01-05")


def test_the_time_at_a_cap_counts_items_where_the_service_does(
    here: Path, evalkit: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-marked-0123456789")
    asking_suite(here)
    model = "{provider: gemini, requests_per_minute: 30}"
    (one,) = evalkit("check", "tiny.yaml", "--model", f"g: {model}", "--json").json["models"]
    assert (one["to_embed"], one["calls"]) == (60, 1)
    assert one["seconds"] == pytest.approx(120)
