"""Makes the lookalikes data set from its sources, or checks that the files still match them."""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from lookalikes_maker import drawing
from lookalikes_maker.catalogue import SEED, Picture, Pictures, load_pictures, load_products
from lookalikes_maker.copies import QUALITY, changed
from lookalikes_maker.export import corpus_rows, jsonl, judgement_lines, queries
from lookalikes_maker.pairs import pair_lines
from lookalikes_maker.rules import Need, load_needs
from PIL import Image

HERE = Path(__file__).resolve().parent
TEXTS = ("corpus.jsonl", "queries.jsonl", "qrels.tsv", "pairs.tsv")
MEAN_TOLERANCE = 2.0
Task = tuple[Picture, Path, Path]


def plan() -> tuple[Pictures, list[Need]]:
    """Return all pictures and needs."""
    needs = load_needs()
    wanted = {need.of: need.value for need in needs if need.field == "background"}
    return load_pictures(load_products(), wanted), needs


def texts(pictures: Pictures, needs: list[Need]) -> dict[str, str]:
    """Return the content of every text file that is made."""
    asked = queries(pictures, needs)
    tables = judgement_lines(asked, pictures.corpus), pair_lines(pictures.corpus)
    rows = jsonl(corpus_rows(pictures)), jsonl(query.row for query in asked)
    return dict(zip(TEXTS, (*rows, *("\n".join(t) + "\n" for t in tables)), strict=True))


def paint(task: Task) -> None:
    """Draw a picture, or copy it from its source, and save it."""
    picture, folder, sources = task
    if picture.source:
        rng = np.random.default_rng([SEED, *picture.id.encode()])
        with Image.open(sources / f"{picture.source}.jpg") as source:
            image, quality = changed(source.convert("RGB"), picture.change, rng)
    else:
        product = picture.product
        record = {"kind": product.kind, "shape": product.shape, "colour": product.colour}
        record |= {"pattern": product.pattern, "material": product.material}
        image, quality = drawing.photograph(record | {"image": picture.shot}), QUALITY
    image.save(folder / f"{picture.id}.jpg", "JPEG", quality=quality, optimize=True)


def paint_all(tasks: list[Task], jobs: int) -> None:
    """Make all pictures; a source is there before its copies."""
    for copies in (False, True):
        some = [task for task in tasks if bool(task[0].source) == copies]
        if jobs == 1:
            for task in some:
                paint(task)
            continue
        with ProcessPoolExecutor(jobs) as pool:
            list(pool.map(paint, some, chunksize=8))


def make(out: Path, jobs: int) -> None:
    """Write all text files and pictures."""
    pictures, needs = plan()
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, text in texts(pictures, needs).items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    if not (out / "dataset.yaml").exists():
        (out / "dataset.yaml").write_bytes((HERE / "dataset.yaml").read_bytes())
    paint_all([(picture, images, images) for picture in pictures.all()], jobs)


def distance(left: Path, right: Path) -> float:
    """Return the mean absolute difference of two pictures in grey levels, 255 if one is amiss."""
    if not left.is_file():
        return 255.0
    with Image.open(left) as first, Image.open(right) as second:
        if first.size != second.size:
            return 255.0
        one, two = (np.asarray(i.convert("RGB"), dtype=np.float64) for i in (first, second))
    return float(np.abs(one - two).mean())


def check(every: int, jobs: int) -> list[str]:
    """Return the names of the files that differ from a fresh copy; copies need their sources."""
    pictures, needs = plan()
    wrong = [n for n, text in texts(pictures, needs).items() if (HERE / n).read_text() != text]
    images, chosen = HERE / "images", pictures.all()[::every]
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        paint_all([(picture, fresh, images) for picture in chosen], jobs)
        wrong += [
            picture.file
            for picture in chosen
            if distance(images / f"{picture.id}.jpg", fresh / f"{picture.id}.jpg") > MEAN_TOLERANCE
        ]
    known = {f"{picture.id}.jpg" for picture in pictures.all()}
    return wrong + [
        f"images/{extra}" for extra in sorted({p.name for p in images.iterdir()} ^ known)
    ]


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
