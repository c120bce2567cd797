"""Files that a visitor drops: kept as long as the visit, and nowhere but in its memory."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import streamlit as st

from evalkit import api
from evalkit.core.errors import EvalkitError, UsageError
from evalkit.core.items import Content, Item, Media, Page


def dropped(file: Any, page: int, key: str) -> Item:
    """Return a dropped file as an item, read once a visit. key: of the place it was dropped at.

    page: of a PDF, which page. Raises UsageError for a file that cannot be used.
    """
    which, state = (file.file_id, page), f"dropped-{key}"
    if st.session_state.get(state, (None, None))[0] != which:
        st.session_state[state] = which, item_of(file.name, file.getvalue(), page)
    found: Item = st.session_state[state][1]
    return found


def item_of(name: str, data: bytes, page: int = 1) -> Item:
    """Return a file as an item that holds its bytes; no file of it is left behind."""
    safe = re.sub(r"[^\w.-]+", "-", Path(name).name)[-80:].lstrip(".-") or "file"
    with TemporaryDirectory(prefix="evalkit-") as folder:
        path = Path(folder) / safe
        path.write_bytes(data)
        number = f"#{page}" if path.suffix.lower() == ".pdf" else ""
        try:
            item = api.item_at(f"{path}{number}")
            return replace(item, content=_held(item.content))
        except EvalkitError as e:
            raise UsageError(str(e).replace(f"{folder}/", "")) from e


def _held(content: Content) -> Content:
    """Return content whose bytes are in memory."""
    if isinstance(content, Media):
        return Media(content.mime, data=content.read())
    if isinstance(content, Page):
        return replace(content, document=Media(content.document.mime, data=content.document.read()))
    return content
