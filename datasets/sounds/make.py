"""Makes the data set of sounds from its sources, into this folder or another."""

import argparse
import shutil
import sys
from pathlib import Path

from sounds_maker.catalogue import sounds
from sounds_maker.export import asked, write_texts
from sounds_maker.files import render, write
from sounds_maker.segments import Segment, record

HERE = Path(__file__).resolve().parent


def make(folder: Path) -> None:
    """Write all text files and all recordings."""
    write_texts(folder)
    for name, sound in sounds().items():
        write(folder / "media", name, render(sound))
    for name, query in asked().items():
        if isinstance(query, Segment):
            write(folder / "asked", name, record(query))
    if folder != HERE:
        shutil.copy(HERE / "dataset.yaml", folder / "dataset.yaml")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write")
    parser.add_argument("--texts", action="store_true", help="write no recordings")
    options = parser.parse_args()
    if options.texts:
        write_texts(options.out)
    else:
        make(options.out.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
