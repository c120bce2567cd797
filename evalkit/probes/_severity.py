"""The severities that every probe understands: 0, which changes nothing, and 1 to 5."""

from __future__ import annotations

from evalkit.core.errors import UsageError


def check_severity(probe: str, severity: int) -> int:
    """Return the severity; raises UsageError where it is no whole number from 0 to 5."""
    if type(severity) is not int or not 0 <= severity <= 5:
        raise UsageError(
            f"the severity of '{probe}' is {severity!r}; it must be a whole number from 0 to 5."
        )
    return severity
