"""Addresses: every choice on a page stands in its URL, so that it can be sent to somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from evalkit.report.text import one_line

FIRST = "overview"
"""The page whose address is that of the dashboard itself."""


def get(name: str, allowed: Iterable[str] | None = None, default: str = "") -> str:
    """Return what the address says of a name, the default where that is nothing or not allowed."""
    value: str = st.query_params.get(name, default)
    return value if allowed is None or value in set(allowed) else default


def put(**values: str | int | None) -> None:
    """Write values into the address, in which every other stays; None takes one out."""
    for name, value in values.items():
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)


def choice(
    label: str,
    options: Sequence[Any],
    key: str,
    *,
    default: Any = None,
    show: Callable[[str], str] = one_line,
    where: Any = st,
) -> str:
    """Return which of the options is chosen, in a box that follows the address and changes it.

    options: at least one; they are compared and returned as text. show: how one is written; the
    box shows it as it is, without Markdown. where: the part of the page to draw it in.
    """
    texts = [str(option) for option in options]
    first = texts[0] if default is None or str(default) not in texts else str(default)
    state = f"choice-{key}"
    st.session_state[state] = get(key, texts, first)

    def keep() -> None:
        put(**{key: st.session_state[state]})

    chosen: str = where.selectbox(label, texts, key=state, format_func=show, on_change=keep)
    return chosen


def link(page: str, **params: str | int | None) -> str:
    """Return the address of a page relative to any other page, params being its choices."""
    wanted = urlencode({k: v for k, v in params.items() if v not in (None, "")})
    return ("./" if page == FIRST else page) + (f"?{wanted}" if wanted else "")
