"""The dashboard: its pages in their order, behind the door that may be in front of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import look

ORDER = (
    "overview", "run", "compare", "queries", "dimensions", "robustness", "fairness", "similarity",
    "map", "judge", "data",
)  # fmt: skip
_FOLDER = Path(__file__).with_name("pages")


def names() -> tuple[str, ...]:
    """Return the names of the pages that are there, in their order."""
    return tuple(name for name in ORDER if (_FOLDER / f"{name}.py").is_file())


def app() -> None:
    """Show the page that the address asks for; its module is imported no sooner."""
    st.set_page_config(page_title="evalkit", layout="wide")
    look.style()
    pages = [_page(name) for name in names()]
    st.navigation(pages).run()


def _page(name: str) -> Any:
    """Return a page as Streamlit takes it; the first one has the address of the dashboard."""
    show: Callable[[], None] = partial(_show, name)
    return st.Page(show, title=name.capitalize(), url_path=name, default=name == ORDER[0])


def _show(name: str) -> None:
    """Show a page: its title, the question it answers, and what it has to say."""
    module = import_module(f"dashboard.pages.{name}")
    look.title(module.TITLE, module.QUESTION)
    module.page()
