"""A request as the services' own code sees it: authenticated, admitted, its body checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.services.files import Files
from tests.services.schema import Shape
from tests.services.traffic import Log, Settings
from tests.services.trouble import invalid


@dataclass(frozen=True)
class World:
    """What the services of one server share."""

    settings: Settings
    files: Files
    log: Log


@dataclass(frozen=True)
class Call:
    """One request. names: parts of its path; query: what follows the question mark."""

    world: World
    region: str
    names: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    def json(self) -> Any:
        """Return the body, which must be JSON."""
        try:
            return json.loads(self.raw)
        except ValueError:
            raise invalid("The request body is not valid JSON.") from None


def checked(body: object, shape: Shape, say: str = "Malformed input request: {}") -> Any:
    """Return a body that fits its shape; raises Trouble naming everything that does not."""
    problems = list(shape.problems(body, "#"))
    if problems:
        told = "; ".join(problems) + ", please reformat your input and try again."
        raise invalid(say.format(told))
    return body


def tokens(text: str) -> int:
    """Return the tokens that these services count in a text: one for four characters begun."""
    return -(-len(text) // 4)
