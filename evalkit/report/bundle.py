"""Vega, Vega-Lite and Vega-Embed as one script, made once and kept for later reports."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

_NAME = re.compile(r"-([0-9a-f]{64})\.js$")


@lru_cache(maxsize=1)
def bundle() -> str:
    """Return the script; making it takes seconds, so that it is kept in the user's cache folder.

    A copy that is not what it was when it was written is made again, and so is one that belongs to
    other versions; where nothing can be written nothing is kept.
    """
    import altair
    import vl_convert

    schema = ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    stem = f"vega-{version('vl-convert-python')}-{schema}"
    with suppress(OSError, RuntimeError):  # unreadable, or no home folder
        kept = _kept(_folder(), stem)
        if kept is not None:
            return kept
    script = vl_convert.javascript_bundle(None, vl_version=schema)  # type: ignore[arg-type]
    with suppress(OSError, RuntimeError):
        _keep(_folder(), stem, script.encode())
    return script


def _folder() -> Path:
    """Return evalkit's folder in the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evalkit"


def _kept(folder: Path, stem: str) -> str | None:
    """Return a kept script of these versions, None where there is none that is whole."""
    for file in sorted(folder.glob(f"{stem}-*.js")):
        digest, content = _NAME.search(file.name), file.read_bytes()
        if digest and hashlib.sha256(content).hexdigest() == digest[1]:
            return content.decode()
    return None


def _keep(folder: Path, stem: str, content: bytes) -> None:
    """Write a script under the name that says what is in it: whole, or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=folder, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(partial).replace(folder / f"{stem}-{hashlib.sha256(content).hexdigest()}.js")
    finally:
        Path(partial).unlink(missing_ok=True)
