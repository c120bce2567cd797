"""What numbers were made with: versions, platform, the git commit of the work."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata

_SHOWN_VERSIONS = ("evalkit", "numpy", "pandas", "pyarrow", "faiss-cpu", "ranx", "pillow")


def provenance() -> Mapping[str, object]:
    """Return what the numbers were made with: versions, platform, the git commit of the work."""
    versions = {name: _version(name) for name in _SHOWN_VERSIONS}
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": versions,
        "git_commit": _git_commit(),
    }


def _version(name: str) -> str:
    """Return the version of an installed package, "" where it is absent."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _git_commit() -> str:
    """Return the commit of the working folder, `-dirty` where files differ, "" outside of git."""
    command = ("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
