"""Who holds a claim: told apart by machine, process and object, and known to live or not."""

from __future__ import annotations

import json
import os
import secrets
import socket
from functools import cache
from pathlib import Path


def new_owner() -> str:
    """Return a name for one `Ledger` object of this process."""
    pid = os.getpid()
    return json.dumps([_machine(), pid, _started(pid), secrets.token_hex(4)])


def is_dead(owner: str) -> bool:
    """Return whether an owner is known to live no more; False where that cannot be told."""
    machine, pid, started, _ = json.loads(owner)
    if machine != _machine():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is somebody else's, so it is there
    now = _started(pid)
    return bool(now and started and now != started)


@cache
def _machine() -> str:
    """Return what tells this machine, as it was started, and this space of process ids apart."""
    boot = _text(Path("/proc/sys/kernel/random/boot_id"))
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        space = ""
    return f"{socket.gethostname()} {boot} {space}"


def _started(pid: int) -> str:
    """Return when a process was started, in ticks since boot; "gone" for one that has ended.

    "" where the system does not tell.
    """
    fields = _text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    if len(fields) < 20:
        return ""
    return "gone" if fields[0] in "ZX" else fields[19]


def _text(path: Path) -> str:
    """Return what a file says, "" where it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
