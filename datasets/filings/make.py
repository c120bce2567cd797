"""Makes the filings data set from its sources, or checks that the files still match them."""

import argparse
import sys
import tempfile
from pathlib import Path

from filings_maker import export
from filings_maker.documents import Filing, document_keys, publish, source
from filings_maker.judgements import questions

HERE = Path(__file__).resolve().parent
TEXTS = ("corpus.jsonl", "queries.jsonl", "qrels.tsv", "pairs.tsv")


def languages() -> list[str]:
    """Return the language of each question, that of its document unless it says otherwise."""
    found = []
    for key, rows in source("queries").items():
        written = source(f"documents/{key}")["language"]
        found += [row.get("language", written) for row in rows]
    return found


def make(folder: Path) -> list[Filing]:
    """Write all documents and all text files; return the documents."""
    filings = [publish(key) for key in document_keys()]
    (folder / "pdf").mkdir(parents=True, exist_ok=True)
    for filing in filings:
        (folder / filing.file).write_bytes(filing.pdf)
    by_key = {filing.key: filing for filing in filings}
    texts = {filing.key: export.page_texts(filing.pdf) for filing in filings}
    asked = questions(by_key, texts)
    export.write_rows(folder / "corpus.jsonl", export.corpus(filings))
    export.write_rows(folder / "queries.jsonl", export.queries(asked, languages()))
    export.write_lines(folder / "qrels.tsv", export.qrels(asked, filings))
    export.write_lines(folder / "pairs.tsv", export.pairs(filings, texts))
    return filings


def differing(folder: Path) -> list[str]:
    """Return the files that differ from a fresh copy; PDFs are compared by their text layer."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        filings = make(fresh)
        wrong = [t for t in TEXTS if (folder / t).read_bytes() != (fresh / t).read_bytes()]
        for filing in filings:
            shipped = folder / filing.file
            if not shipped.is_file() or (
                export.page_texts(shipped.read_bytes()) != export.page_texts(filing.pdf)
            ):
                wrong.append(filing.file)
    known = {filing.file for filing in filings}
    found = {f"pdf/{path.name}" for path in (folder / "pdf").iterdir()}
    return wrong + sorted(found - known)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    options = parser.parse_args()
    if not options.check:
        make(options.out)
        return 0
    wrong = differing(HERE)
    print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
