"""Errors meant for people: where it is wrong, what was seen, what to do.

EvalkitError
 |- SuiteError     the suite file asks for something that cannot be            exit 2
 |- DataError      a data set, a vector file or a stored run is wrong          exit 2
 |- UsageError     a command or a call was used wrongly                        exit 2
 |- OutputError    results cannot be written where they should go              exit 2
 |- ProviderError  an embedding service or model failed or is not usable       exit 3
     |- Lacking    what the suite says it needs is not at hand
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, line separators and marks of direction: data may hold them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `where` it is, `what` was seen and expected, and how to `fix` it."""

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        """Return the problem as one line for a person."""
        head = f"{self.where}: " if self.where else ""
        tail = f" {self.fix}" if self.fix else ""
        return _UNSAFE.sub(_escaped, f"{head}{self.what}{tail}")


def _escaped(found: re.Match[str]) -> str:
    """Return a character that a terminal would act on as it is written in Python."""
    return found[0].encode("unicode_escape").decode("ascii")


class EvalkitError(Exception):
    """One or more problems that a person can put right; shown without a traceback."""

    exit_code: ClassVar[int] = 2

    def __init__(self, *problems: Problem | str) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            Problem("", p) if isinstance(p, str) else p for p in problems
        )
        super().__init__("\n".join(str(p) for p in self.problems))


class SuiteError(EvalkitError):
    """The suite file is wrong; nothing was run."""


class DataError(EvalkitError):
    """A data set, a vector file or a stored run is wrong."""


class UsageError(EvalkitError):
    """A command or a function was called in a way that cannot work."""


class OutputError(EvalkitError):
    """Results cannot be written; what was stored before is untouched."""


class ProviderError(EvalkitError):
    """An embedding model failed, or cannot be used as it is configured."""

    exit_code = 3


class Lacking(ProviderError):
    """What a suite says that it needs is not at hand.

    Commands skip such a suite with a line, unless it was named itself.
    """


class Busy(Exception):
    """A service takes no further job at present: poll those that run, then try again."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names what is known: `did you mean 'x'?` or the list of known names.

    Up to three names that are equally near are all named.
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        near = [difflib.SequenceMatcher(None, one, name).ratio() for one in close]
        *others, last = sorted(f"'{close[n]}'" for n in range(len(close)) if near[n] == near[0])
        return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
    if not names:
        return "nothing of that kind is known here."
    return f"known: {', '.join(names[:12])}{', ...' if len(names) > 12 else '.'}"
