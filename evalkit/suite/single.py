"""One probe or one model made as a suite would make it, without a suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pydantic_core import PydanticCustomError

from evalkit.core.errors import UsageError
from evalkit.core.plan import ModelPlan, ProbePlan
from evalkit.core.protocols import Probe
from evalkit.suite.entries import Named, read_model
from evalkit.suite.literal_secrets import remove_secrets
from evalkit.suite.models import resolve_models, sizes_text
from evalkit.suite.params import create
from evalkit.suite.place import Node, Place, Problems
from evalkit.suite.probes import SEVERITIES
from evalkit.suite.schema import SuiteFile
from evalkit.suite.yaml_text import parse


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


def one_model(entry: str, dim: int | None = None) -> ModelPlan:
    """Return a model written as a suite writes it: `nova`, or `mine: {provider: openai, ...}`.

    dim: the one size asked of it, None for all that it has, or that the entry names. Raises
    SuiteError, or another error, for everything wrong with the entry; UsageError for a size that
    the model does not have.
    """
    root = parse(f"models:\n- {entry}\n", "--model")
    remove_secrets(root)
    entries = root.node.plain().get("models")
    place = root.at("models", 0)
    try:
        named = [read_model(one) for one in entries]
    except PydanticCustomError as e:
        place.wrong(e.message())
        named = []
    root.problems.raise_any()
    names = frozenset(one.name for one in named)
    found = resolve_models(SuiteFile.model_construct(models=named, dimensions=None), names, root)
    root.problems.raise_any()
    model = found.plans[0]
    if dim is None:
        return model
    if dim not in model.embedder.sizes:
        offered = sizes_text(model.embedder.sizes)
        raise UsageError(f"the model '{model.name}' has no size {dim}. Offered: {offered}.")
    return replace(model, dims=(dim,))
