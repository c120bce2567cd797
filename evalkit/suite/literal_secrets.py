"""Finds literal credentials in a suite, which belong in the environment."""

from __future__ import annotations

import re

from evalkit.suite.place import Place

_KEY = re.compile(
    r"(.*_)?(api_?key|access_?key(_id)?|secret(_access)?(_key)?|client_secret|password|passwd"
    r"|passphrase|(auth|access|session|bearer|refresh|security|id)?_?token|private_key"
    r"|credentials?|authorization|bearer)"
)
_VALUE = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bAIza[0-9A-Za-z_-]{35}"
    r"|\b(sk|pk|rk)-[0-9A-Za-z_-]{20,}"
    r"|\bgh[pousr]_[0-9A-Za-z]{36}"
    r"|\bgithub_pat_[0-9A-Za-z_]{22,}"
    r"|\bhf_[0-9A-Za-z]{30,}"
    r"|\bABSK[0-9A-Za-z+/=]{40,}"
    r"|\bbedrock-api-key-[0-9A-Za-z+/=]{20,}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{10,}"
    r"|\beyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\."
    r"|(?i:\bbearer\s+[0-9a-z._~+/-]{16,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|://[^/\s:@]+:[^/\s:@]+@"
)


def looks_secret(value: str) -> bool:
    """Return whether a text holds something shaped like a credential."""
    return _VALUE.search(value) is not None


def names_secret(key: str) -> bool:
    """Return whether a key is called as credentials are."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_")
    return _KEY.fullmatch(snake) is not None


def remove_secrets(root: Place) -> None:
    """Report and take out every literal credential; its value is never repeated."""
    for keys, node in reversed(list(root.node.walk())):
        if not isinstance(node.value, str) or not node.value:
            continue
        key = str(keys[-1])
        if names_secret(key):
            what = f"'{key}' holds a literal secret."
        elif looks_secret(node.value):
            what = "this text looks like a literal secret."
        else:
            continue
        Place(root.file, node, root.problems).wrong(what, "Put it in the environment.")
        root.node.remove(*keys)
