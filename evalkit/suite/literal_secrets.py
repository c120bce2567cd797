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
    r"|\b(sk|rk)_(live|test|prod)_[0-9A-Za-z]{10,}"
    r"|\bya29\.[0-9A-Za-z_-]{20,}"
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
_QUERY = re.compile(r"[?&]([^=&#\s?]+)=([^&#\s<>{}$]+)")
"""Name and value of each parameter in the query of an address."""
_SHORT = frozenset({"key", "auth", "sig", "signature"})
"""Keys that mean a credential, or something else, by what they hold."""
_RANDOM = re.compile(r"[0-9A-Za-z_+/=.-]{16,}")


def looks_secret(value: str) -> bool:
    """Return whether a text holds something shaped like a credential, or an address with one."""
    return _VALUE.search(value) is not None or any(
        named_secret(name, held) or (name.lower() == "key" and len(held) >= 8)
        for name, held in _QUERY.findall(value)
    )


def named_secret(key: str, value: str) -> bool:
    """Return whether a value is a credential by its key, or by its key and its look together."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower().replace("-", "_")
    return _KEY.fullmatch(snake) is not None or (snake in _SHORT and _looks_random(value))


def _looks_random(value: str) -> bool:
    """Return whether a text is one long word of letters and digits mixed as people do not."""
    if not _RANDOM.fullmatch(value):
        return False
    turns = re.findall(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])|(?<=[a-z])(?=[A-Z])", value)
    return len(turns) * 5 >= len(value)


def remove_secrets(root: Place) -> None:
    """Report and take out every literal credential; its value is never repeated."""
    for keys, node in reversed(list(root.node.walk())):
        if not isinstance(node.value, str) or not node.value:
            continue
        key = str(keys[-1])
        if named_secret(key, node.value):
            what = f"'{key}' holds a literal secret."
        elif looks_secret(node.value):
            what = "this text looks like a literal secret."
        else:
            continue
        Place(root.file, node, root.problems).wrong(what, "Put it in the environment.")
        root.node.remove(*keys)
