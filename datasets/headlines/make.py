"""Makes the headlines data set from its sources, or checks that the files still match them."""

import argparse
import sys
from pathlib import Path

from headlines_maker.files import files

HERE = Path(__file__).resolve().parent


def differing() -> list[str]:
    """Return the names of the files that differ from a fresh copy."""
    return [
        name
        for name, text in files().items()
        if not (HERE / name).is_file() or (HERE / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    options = parser.parse_args()
    if options.check:
        wrong = differing()
        print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
        return 1 if wrong else 0
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (options.out / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
