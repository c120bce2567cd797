"""What Streamlit runs.

It lies in a folder of its own since Streamlit reads a folder `pages` beside this file, and the
settings in `.streamlit`, in ways of its own.
"""

import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from dashboard.app import app  # noqa: E402

app()
