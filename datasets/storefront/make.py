"""Makes the storefront data set from its sources, or checks that the files still match them."""

import argparse
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from storefront_maker.catalogue import Record, make_products
from storefront_maker.export import write_texts
from storefront_maker.render.photo import photograph
from storefront_maker.rules import load_intents

HERE = Path(__file__).resolve().parent
TEXTS = ("products.jsonl", "corpus.jsonl", "queries.jsonl", "qrels.tsv")
QUALITY = 86
MEAN_TOLERANCE = 2.0


def shoot(task: tuple[Record, Path]) -> None:
    """Render and save the photo of one product."""
    product, path = task
    photograph(product).save(path, "JPEG", quality=QUALITY, optimize=True)


def write_images(folder: Path, products: list[Record], jobs: int) -> None:
    """Render the photos of the given products."""
    folder.mkdir(exist_ok=True)
    tasks = [(product, folder / f"{product['id']}.jpg") for product in products]
    if jobs == 1:
        for task in tasks:
            shoot(task)
        return
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(shoot, tasks, chunksize=8))


def make(folder: Path, every: int = 1, jobs: int = 1) -> list[Record]:
    """Write all text files and the photo of every n-th product; return all products."""
    products = make_products()
    write_texts(folder, products, load_intents())
    write_images(folder / "images", products[::every], jobs)
    return products


def image_distance(left: Path, right: Path) -> float:
    """Return the mean absolute difference of two photos in grey levels, 255 if one is amiss."""
    if not left.is_file():
        return 255.0
    with Image.open(left) as first, Image.open(right) as second:
        if first.size != second.size:
            return 255.0
        one, two = (np.asarray(i.convert("RGB"), dtype=np.float64) for i in (first, second))
    return float(np.abs(one - two).mean())


def check(every: int, jobs: int) -> list[str]:
    """Return the names of the files that differ from a fresh copy."""
    with tempfile.TemporaryDirectory() as name:
        fresh = Path(name)
        products = make(fresh, every, jobs)
        wrong = [t for t in TEXTS if (HERE / t).read_bytes() != (fresh / t).read_bytes()]
        for photo in sorted((fresh / "images").iterdir()):
            if image_distance(HERE / "images" / photo.name, photo) > MEAN_TOLERANCE:
                wrong.append(f"images/{photo.name}")
    known = {f"{product['id']}.jpg" for product in products}
    found = {photo.name for photo in (HERE / "images").iterdir()}
    return wrong + [f"images/{extra}" for extra in sorted(found ^ known)]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--texts", action="store_true", help="write no photos")
    parser.add_argument("--every", type=int, default=1, help="with --check: every n-th photo")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    if options.texts:
        write_texts(HERE, make_products(), load_intents())
        return 0
    if not options.check:
        make(HERE, jobs=options.jobs)
        return 0
    wrong = check(options.every, options.jobs)
    print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
