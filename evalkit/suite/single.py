"""One probe made as a suite would make it, without a suite."""

from __future__ import annotations

from collections.abc import Mapping

from evalkit.core.errors import UsageError
from evalkit.core.plan import ProbePlan
from evalkit.core.protocols import Probe
from evalkit.suite.entries import Named
from evalkit.suite.params import create
from evalkit.suite.place import Node, Place, Problems
from evalkit.suite.probes import SEVERITIES


def one_probe(name: str, params: Mapping[str, object]) -> ProbePlan:
    """Return a probe with these parameters, at all severities, on the query side.

    Raises UsageError for a probe that does not exist and for everything wrong with the parameters.
    """
    problems = Problems()
    place = Place("", Node(0, 0, "", {}), problems)
    made: Probe | None = create("probes", Named(name, name, params), place)
    if made is None:
        what = [" ".join(filter(None, (p.what, p.fix))) for _, _, p in problems.found]
        raise UsageError(*what)
    return ProbePlan(name, made, SEVERITIES, "query")
