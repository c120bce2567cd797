"""Makes the associations data set from its sources, or checks that the files still match them."""

import argparse
import sys
from pathlib import Path

import numpy as np
from associations_maker.drawing import picture
from associations_maker.files import drawn, files
from PIL import Image

HERE = Path(__file__).resolve().parent


def make(out: Path) -> None:
    """Write all text files and pictures."""
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    for old in images.glob("c*.png"):
        old.unlink()
    for name, text in files().items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    if not (out / "dataset.yaml").exists():
        (out / "dataset.yaml").write_bytes((HERE / "dataset.yaml").read_bytes())
    for name, what in drawn().items():
        picture(what).save(images / name, "PNG", optimize=True)


def differs(stored: Path, fresh: Image.Image) -> bool:
    """Return whether a stored picture is amiss or has other pixels."""
    if not stored.is_file():
        return True
    with Image.open(stored) as image:
        return not np.array_equal(np.asarray(image.convert("RGB")), np.asarray(fresh))


def check() -> list[str]:
    """Return the names of the files that differ from a fresh copy."""
    wrong = [
        name
        for name, text in files().items()
        if not (HERE / name).is_file() or (HERE / name).read_text(encoding="utf-8") != text
    ]
    pictures = drawn()
    wrong += [n for n, what in pictures.items() if differs(HERE / "images" / n, picture(what))]
    return wrong + sorted({p.name for p in (HERE / "images").iterdir()} - pictures.keys())


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="another folder than this one")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    options = parser.parse_args()
    if not options.check:
        make(options.out)
        return 0
    wrong = check()
    print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
