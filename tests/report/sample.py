"""The committed sample: `python -m tests.report.sample` runs it anew, after `make minilm`.

With `--report` only its reports are made anew, from the run as it is stored.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from evalkit import api

HOME = Path(__file__).resolve().parents[2] / "reports" / "sample"
SUITE = HOME / "suite.yaml"


def earlier() -> str:
    """Return the suite as it was before the shop changed its model, with the gates it had then."""
    head, gates = SUITE.read_text(encoding="utf-8").split("gates:\n")
    kept = [line for line in gates.splitlines() if "at: 384" in line and "1024" not in line]
    head = head.replace("- search: {provider: reference}", "- search: {provider: minilm}")
    head = head.replace("dimensions: [1024, 384, 256]", "dimensions: [384]")
    head = head.replace("../../datasets", str(HOME.parents[1] / "datasets"))
    return "\n".join([head, "gates:", *kept, ""])


def make(home: Path) -> None:
    """Run the suite after a run with another model, so that there is something that changed."""
    with tempfile.TemporaryDirectory() as work:
        before = Path(work) / "earlier.yaml"
        before.write_text(earlier(), encoding="utf-8")
        api.run(before, out=work, ledger=Path(work) / "ledger")
        done = api.run(SUITE, out=work, ledger=Path(work) / "ledger")
        for file in done.folder.iterdir():
            shutil.copyfile(file, home / file.name)


if __name__ == "__main__":
    if "--report" in sys.argv[1:]:
        api.render(HOME)
    else:
        make(HOME)
