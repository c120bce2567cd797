"""Makes the scenes data set, or checks that the files still match what is drawn."""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from scenes_maker.export import shots, texts
from scenes_maker.picture import Shot, photograph

HERE = Path(__file__).resolve().parent
QUALITY = 74
MEAN_TOLERANCE = 2.0
Task = tuple[str, Shot, Path]


def paint(task: Task) -> None:
    """Draw one picture and its mask, and save both."""
    name, shot, out = task
    image, mask = photograph(shot)
    image.save(out / "images" / f"{name}.jpg", "JPEG", quality=QUALITY, optimize=True)
    mask.save(out / "masks" / f"{name}.png", "PNG", optimize=True)


def paint_all(tasks: list[Task], jobs: int) -> None:
    """Draw all pictures."""
    for folder in {task[2] for task in tasks}:
        for part in ("images", "masks"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    if jobs == 1:
        for task in tasks:
            paint(task)
        return
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(paint, tasks, chunksize=8))


def make(out: Path, jobs: int) -> None:
    """Write all text files and pictures."""
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    if not (out / "dataset.yaml").exists():
        (out / "dataset.yaml").write_bytes((HERE / "dataset.yaml").read_bytes())
    paint_all([(name, shot, out) for name, shot in shots()], jobs)


def distance(left: Path, right: Path) -> float:
    """Return the mean absolute difference of two pictures in grey levels, 255 if one is amiss."""
    if not left.is_file():
        return 255.0
    with Image.open(left) as first, Image.open(right) as second:
        if first.size != second.size or first.mode != second.mode:
            return 255.0
        one, two = (np.asarray(i.convert("RGB"), dtype=np.float64) for i in (first, second))
    return float(np.abs(one - two).mean())


def check(every: int, jobs: int) -> list[str]:
    """Return the names of the files that differ from a fresh copy."""
    wrong = [n for n, text in texts().items() if (HERE / n).read_text(encoding="utf-8") != text]
    chosen = shots()[::every]
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        paint_all([(one, shot, fresh) for one, shot in chosen], jobs)
        files = [file for one, _ in chosen for file in (f"images/{one}.jpg", f"masks/{one}.png")]
        wrong += [f for f in files if distance(HERE / f, fresh / f) > MEAN_TOLERANCE]
    for part, end in (("images", "jpg"), ("masks", "png")):
        known = {f"{one}.{end}" for one, _ in shots()}
        wrong += [f"{part}/{n}" for n in sorted({p.name for p in (HERE / part).iterdir()} ^ known)]
    return wrong


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="another folder than this one")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--every", type=int, default=1, help="with --check: every n-th picture")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    if not options.check:
        make(options.out, options.jobs)
        return 0
    wrong = check(options.every, options.jobs)
    print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
