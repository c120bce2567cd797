"""Makes the passages data set from its sources, or checks that the files still match them."""

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
SEED = 20261
STYLES = ("question", "keywords", "colloquial")
GRADES = {"answers": 2, "helps": 1, "near": 0}
Row = dict[str, Any]


def load() -> list[Row]:
    """Return the topics, in the order of their files."""
    files = sorted((HERE / "sources").glob("*.yaml"))
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


def corpus(topics: list[Row], rng: random.Random) -> tuple[list[Row], dict[str, str]]:
    """Return the passages in random order, and the id of each by its name in the sources."""
    found = [
        (name, text, topic["topic"]) for topic in topics for name, text in topic["passages"].items()
    ]
    rng.shuffle(found)
    ids = {name: f"p{n:03}" for n, (name, _, _) in enumerate(found, 1)}
    if len(ids) < len(found):
        raise SystemExit("two passages have the same name")
    return [
        {"id": ids[name], "text": text, "tags": {"topic": topic}} for name, text, topic in found
    ], ids


def queries(
    topics: list[Row], ids: dict[str, str], rng: random.Random
) -> tuple[list[Row], list[str]]:
    """Return the queries in random order, and the lines of the judgements."""
    needs = [(topic["topic"], need) for topic in topics for need in topic["needs"]]
    asked = [(n, style) for n in range(len(needs)) for style in STYLES]
    rng.shuffle(asked)
    rows, lines = [], ["query-id\tcorpus-id\tscore"]
    for number, (n, style) in enumerate(asked, 1):
        topic, need = needs[n]
        query = f"q{number:03}"
        tags = {"topic": topic, "style": style, "intent": f"n{n + 1:03}"}
        rows.append({"id": query, "text": need[style], "tags": tags})
        for kind, grade in GRADES.items():
            lines += [f"{query}\t{ids[name]}\t{grade}" for name in need.get(kind, ())]
    return rows, lines


def files() -> dict[str, str]:
    """Return the text of every file that is made."""
    rng = random.Random(SEED)
    topics = load()
    passages, ids = corpus(topics, rng)
    asked, judged = queries(topics, ids, rng)
    return {
        "corpus.jsonl": _lines(passages),
        "queries.jsonl": _lines(asked),
        "qrels.tsv": "\n".join(judged) + "\n",
    }


def _lines(rows: list[Row]) -> str:
    """Return rows as JSON, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    wrong = []
    for name, text in files().items():
        path = HERE / name
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            wrong.append(name)
    print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
