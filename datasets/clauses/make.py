"""Makes the clauses data set from its sources, or checks that the files still match them."""

import argparse
import json
import sys
from pathlib import Path

from clauses_maker.plan import sheets
from clauses_maker.templates import page

HERE = Path(__file__).resolve().parent
TITLES = {
    "confidentiality": "what must be kept secret",
    "late_payment": "interest on unpaid invoices",
    "force_majeure": "what if a flood or war makes it impossible to perform",
    "termination": "how can the agreement be ended",
    "warranty": "how long does the maker repair faulty units",
    "data_protection": "how is personal data handled",
    "rent_increase": "when may the rent go up",
    "delivery": "where and when are goods unloaded",
    "intellectual_property": "who owns the drawings and the source code",
    "disputes": "mediation and arbitration",
}
"""A query for each clause, in words of its own."""


def files() -> dict[str, bytes]:
    """Return the content of every file that is made."""
    corpus = [
        {"id": s.id, "document": f"pdf/{s.id}.pdf", "page": 1,
         "tags": {"content": s.clause, "context": s.template, "language": "en"}}
        for s in sheets()
    ]  # fmt: skip
    queries = [
        {
            "id": f"q{n:03}",
            "text": text,
            "tags": {"intent": clause, "content": clause, "language": "en"},
        }
        for n, (clause, text) in enumerate(sorted(TITLES.items(), key=lambda pair: pair[1]), 1)
    ]
    lines = ["query-id\tcorpus-id\tscore"]
    lines += [f"{q['id']}\t{s.id}\t3" for q in queries for s in sheets()
              if s.clause == q["tags"]["content"]]  # fmt: skip
    made = {
        "corpus.jsonl": "".join(json.dumps(row) + "\n" for row in corpus).encode(),
        "queries.jsonl": "".join(json.dumps(row) + "\n" for row in queries).encode(),
        "qrels.tsv": ("\n".join(lines) + "\n").encode(),
    }
    return made | {f"pdf/{s.id}.pdf": page(s) for s in sheets()}


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    options = parser.parse_args()
    if options.check:
        wrong = [n for n, b in files().items()
                 if not (HERE / n).is_file() or (HERE / n).read_bytes() != b]  # fmt: skip
        print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
        return 1 if wrong else 0
    (options.out / "pdf").mkdir(parents=True, exist_ok=True)
    if not (options.out / "dataset.yaml").exists():
        (options.out / "dataset.yaml").write_bytes((HERE / "dataset.yaml").read_bytes())
    for name, content in files().items():
        (options.out / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
