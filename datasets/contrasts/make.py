"""Makes the contrasts data set from its sources, or checks that the files still match them."""

import argparse
import sys
from pathlib import Path

import numpy as np
from contrasts_maker.files import files, layout, scenes
from contrasts_maker.scenes import picture
from PIL import Image

HERE = Path(__file__).resolve().parent
QUALITY = 80
MEAN_TOLERANCE = 3.0
"""How far a stored picture may be from a fresh one, in grey levels: JPEG loses a little."""


def make(out: Path) -> None:
    """Write all text files and pictures."""
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    for old in images.glob("c*.jpg"):
        old.unlink()
    for name, text in files().items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    if not (out / "dataset.yaml").exists():
        (out / "dataset.yaml").write_bytes((HERE / "dataset.yaml").read_bytes())
    for item, scene in scenes(layout()):
        picture(scene).save(images / f"{item}.jpg", "JPEG", quality=QUALITY, optimize=True)


def differs(stored: Path, fresh: Image.Image) -> bool:
    """Return whether a stored picture is amiss or shows something else."""
    if not stored.is_file():
        return True
    with Image.open(stored) as image:
        old = np.asarray(image.convert("RGB"), np.float64)
    new = np.asarray(fresh, np.float64)
    return old.shape != new.shape or float(np.abs(old - new).mean()) > MEAN_TOLERANCE


def check(every: int) -> list[str]:
    """Return the names of the files that differ from a fresh copy."""
    wrong = [
        name
        for name, text in files().items()
        if not (HERE / name).is_file() or (HERE / name).read_text(encoding="utf-8") != text
    ]
    drawn = {f"{item}.jpg": scene for item, scene in scenes(layout())}
    found = {path.name for path in (HERE / "images").iterdir()}
    some = sorted(drawn.keys() & found)[::every]
    wrong += [n for n in some if differs(HERE / "images" / n, picture(drawn[n]))]
    return wrong + sorted(drawn.keys() ^ found)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="another folder than this one")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--every", type=int, default=1, help="with --check: every n-th picture")
    options = parser.parse_args()
    if not options.check:
        make(options.out)
        return 0
    wrong = check(options.every)
    print("\n".join(f"differs: {name}" for name in wrong) or "all files match their sources")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
