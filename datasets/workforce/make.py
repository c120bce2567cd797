"""Makes the workforce data set from its sources, or checks that the files still match them."""

import argparse
import sys
from pathlib import Path

from workforce_maker.badges import badge, same_picture
from workforce_maker.files import Workforce, files

HERE = Path(__file__).resolve().parent


def differing(made: Workforce, every: int = 1) -> list[str]:
    """Return the names of the files that differ from a fresh copy; pictures by what they show.

    every: draw one badge of so many again; of the others only the names are compared.
    """
    texts = files(made).items()
    wrong = [name for name, text in texts if not _reads(HERE / name, text)]
    people = {f"{name}.png": person for name, person in made.badges()}
    folder = HERE / "badges"
    there = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    drawn = sorted(people)[::every]
    other = {n for n in drawn if n in there and not same_picture(folder / n, badge(people[n]))}
    return wrong + [f"badges/{n}" for n in sorted(other | (there ^ people.keys()))]


def write(made: Workforce, out: Path) -> None:
    """Write all files into a folder."""
    (out / "badges").mkdir(parents=True, exist_ok=True)
    for name, text in files(made).items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    for name, person in made.badges():
        badge(person).save(out / "badges" / f"{name}.png", optimize=True)


def _reads(file: Path, text: str) -> bool:
    """Return whether a file is there and holds a text."""
    return file.is_file() and file.read_text(encoding="utf-8") == text


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--every", type=int, default=1, help="compare one badge of so many")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write to")
    options = parser.parse_args()
    made = Workforce()
    if options.check:
        wrong = differing(made, options.every)
        print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
        return 1 if wrong else 0
    write(made, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
