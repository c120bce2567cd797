"""Makes this folder with the script of the full data set, `datasets/spoken/make.py --sample`."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "spoken/make.py"

if __name__ == "__main__":
    sys.exit(
        subprocess.run([sys.executable, SCRIPT, "--sample", *sys.argv[1:]], check=False).returncode
    )
