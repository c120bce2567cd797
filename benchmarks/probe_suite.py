"""How long a suite of ten probes takes beside the same suite without any, from an empty ledger.

Eight probes change query texts and two change photos of `datasets/storefront`, at three severities
each, with the built-in encoder. Both runs go through everything: embedding, search, scores,
intervals, pictures and reports. How much more there is to embed is counted, so that the ratio of
seconds can be held against the ratio of inputs; `count_is_exact` says whether what was embedded is
what `check` foretold.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from _measure import machine, report

from evalkit import api

STOREFRONT = Path(__file__).parents[1] / "datasets/storefront"
TEXT = (
    "typos",
    "misspelling",
    "ocr",
    "casing",
    "spacing",
    "homoglyphs",
    "word_order",
    "diacritics",
)
PHOTO = ("low_light", "jpeg_compression")
SEVERITIES = "{severities: [1, 3, 5]}"


def suite(folder: Path, name: str, text: tuple[str, ...], photo: tuple[str, ...]) -> Path:
    """Write a suite with these probes and return its file."""
    lines = [
        f"suite: {name}", "models: [reference]", "dimensions: [3072, 1024, 384, 256]", "cases:",
        *case("text", text, "query"), *case("image", photo, "corpus"),
        "gates:",
        "  - {case: text, metric: ndcg@10, at: 1024, at_least: 0.1}",
    ]  # fmt: skip
    path = folder / f"{name}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def case(modality: str, probes: tuple[str, ...], side: str) -> list[str]:
    """Return the lines of a case over one modality of the corpus."""
    head = [
        f"  - name: {modality}", f"    data: {STOREFRONT}", f"    corpus: {{modality: {modality}}}",
        "    relevant: 2", "    metrics: [ndcg@10, recall@10]",
    ]  # fmt: skip
    if not probes:
        return head
    entries = [f"      - {p}: {SEVERITIES[:-1]}, side: {side}}}" for p in probes]
    return [*head, "    probes:", *entries]


def timed(path: Path, folder: Path) -> dict[str, float]:
    """Return the seconds and inputs of a run from an empty ledger, and what `check` foretold."""
    ledger = folder / f"ledger-{path.stem}"
    foretold = api.check(path, ledger=ledger).models[0].to_embed
    start = time.perf_counter()
    done = api.run(path, out=folder, ledger=ledger)
    (model,) = done.run.models
    return {"seconds": time.perf_counter() - start, "inputs": model.sent, "foretold": foretold}


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timed(suite(folder, "warm", (), ()), folder)
        plain = timed(suite(folder, "plain", (), ()), folder)
        probed = timed(suite(folder, "probed", TEXT, PHOTO), folder)
    report(
        {
            "seconds": round(probed["seconds"], 1),
            "times_plain": round(probed["seconds"] / plain["seconds"], 2),
            "inputs": probed["inputs"],
            "inputs_times_plain": round(probed["inputs"] / plain["inputs"], 2),
            "inputs_per_second": round(probed["inputs"] / probed["seconds"], 1),
            "count_is_exact": probed["inputs"] == probed["foretold"],
            "peer": "the same suite without probes",
            "shape": f"{len(TEXT)} text and {len(PHOTO)} photo probes x 3 severities, 4 sizes",
            **machine(),
        },
        arguments.json,
    )


if __name__ == "__main__":
    main()
