"""The server: `streamlit run` of this file shows the dashboard, behind its door."""

import sys
from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.insert(0, _ROOT)

from dashboard.door import Door  # noqa: E402

app = App(Path(__file__).with_name("app.py").resolve(), middleware=[Middleware(Door)])
