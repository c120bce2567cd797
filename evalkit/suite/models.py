"""The models of a suite: each provider made, each with the sizes asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import PydanticCustomError

from evalkit.core.plan import ModelPlan
from evalkit.suite.entries import Dimensions, Named, read_dimensions
from evalkit.suite.params import create
from evalkit.suite.place import Place
from evalkit.suite.schema import SuiteFile
from evalkit.suite.unique import unique

_OWN = ("dimensions",)


@dataclass(frozen=True, slots=True)
class Models:
    """The models that could be made, and the names of all that were written."""

    plans: tuple[ModelPlan, ...]
    written: frozenset[str]

    @property
    def complete(self) -> bool:
        """Whether every model that was written could be made."""
        return 0 < len(self.plans) == len(self.written)

    def get(self, name: str) -> ModelPlan | None:
        """Return the model of a name, None where it could not be made."""
        return next((plan for plan in self.plans if plan.name == name), None)


def resolve_models(suite: SuiteFile, written: frozenset[str], root: Place) -> Models:
    """Return the models of a suite, what is wrong with them reported."""
    place = root.at("models")
    unique(suite.models, place, "models")
    made = [
        _model(entry, suite.dimensions, place.at(row)) for row, entry in enumerate(suite.models)
    ]
    models = Models(tuple(plan for plan in made if plan), written)
    if models.complete:
        _check_offered(suite, models, root)
    return models


def _model(entry: Named, common: Dimensions | None, place: Place) -> ModelPlan | None:
    """Return one model, None where it cannot be made."""
    before = len(place.problems.found)
    own = _own_dimensions(entry, place)
    if "use" in entry.params:
        fix = "Write provider instead of use."
        place.at(entry.name, "use").wrong("a model's plugin is named by 'provider'.", fix)
        return None
    embedder = create("providers", entry, place, _OWN)
    if embedder is None or len(place.problems.found) > before:
        return None
    asked = own or common or Dimensions(tuple(embedder.sizes))
    return ModelPlan(entry.name, entry.use, embedder, asked.sizes, asked.how)


def _own_dimensions(entry: Named, place: Place) -> Dimensions | None:
    """Return the sizes that a model has of its own, None where it has none."""
    if "dimensions" not in entry.params:
        return None
    try:
        return read_dimensions(entry.params["dimensions"])
    except PydanticCustomError as e:
        place.at(entry.name, "dimensions").wrong(e.message())
        return None


def _check_offered(suite: SuiteFile, models: Models, root: Place) -> None:
    """Report sizes that are asked of some models and offered by none of them."""
    offered = {size for plan in models.plans for size in plan.embedder.sizes}
    lists = [(root.at("dimensions"), suite.dimensions)] if suite.dimensions else []
    for row, entry in enumerate(suite.models):
        own = entry.params.get("dimensions")
        if own is not None:
            place = root.at("models", row, entry.name, "dimensions")
            lists.append((place, read_dimensions(own)))
    for place, dimensions in lists:
        for row, size in enumerate(dimensions.sizes):
            if size not in offered:
                spot = place.at("sizes") if place.node.child("sizes") else place
                spot.at(row).wrong(
                    f"no model of the suite offers the size {size}.",
                    f"Offered: {sizes_text(offered)}.",
                )


def sizes_text(sizes: Iterable[int]) -> str:
    """Return sizes as text, widest first."""
    return ", ".join(map(str, sorted(set(sizes), reverse=True))) or "none"
