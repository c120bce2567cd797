"""Packages that only some suites need, each brought by an extra: the core is installed without."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from evalkit.core.errors import UsageError

_EXTRAS = {
    "av": ("media", "video, and most sounds, need PyAV"),
    "soundfile": ("media", "sounds need soundfile"),
    "pypdfium2": ("media", "pages of PDF files need pypdfium2"),
    "faiss": ("faiss", "the search 'faiss_flat' needs FAISS"),
    "sklearn": ("scikit-learn", "clustering and the transform 'leace' need scikit-learn"),
}


@cache
def expect(module: str) -> None:
    """Raise UsageError, with the command that installs it, where a module is not installed."""
    if find_spec(module) is None:
        extra, need = _EXTRAS[module]
        raise UsageError(f"{need}, which is not installed: pip install 'evalkit[{extra}]'.")
