"""Makes the data set of clips from its sources, into this folder or another."""

import argparse
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent / "sounds"))  # the same events sound alike in both data sets

from clips_maker.catalogue import clips  # noqa: E402
from clips_maker.export import write_texts  # noqa: E402
from clips_maker.files import render  # noqa: E402


def shoot(task: tuple[str, Path]) -> None:
    """Render and save one clip."""
    name, path = task
    path.write_bytes(render(clips()[name]))


def make(folder: Path, jobs: int) -> None:
    """Write all text files and all clips."""
    write_texts(folder)
    (folder / "media").mkdir(exist_ok=True)
    tasks = [(name, folder / "media" / f"{name}.mp4") for name in clips()]
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(shoot, tasks, chunksize=4))
    if folder != HERE:
        shutil.copy(HERE / "dataset.yaml", folder / "dataset.yaml")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="the folder to write")
    parser.add_argument("--texts", action="store_true", help="write no clips")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    if options.texts:
        write_texts(options.out)
    else:
        make(options.out.resolve(), options.jobs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
