"""What a gate is checked against: the models and the case that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evalkit.core.errors import nearest
from evalkit.core.metric import Metric
from evalkit.core.plan import ModelPlan
from evalkit.suite.cases import CaseParts
from evalkit.suite.models import Models, sizes_text
from evalkit.suite.place import Place
from evalkit.suite.schema import GateFile
from evalkit.suite.stored import Stored


@dataclass(frozen=True, slots=True)
class GateContext:
    """A gate with its place, its case, and everything else of the suite that it may name.

    case: None where the case is unknown or could not be found, so that nothing more is said of it.
    cases: every case that could be found, by name. written: the names of all cases.
    """

    gate: GateFile
    place: Place
    case: CaseParts | None
    models: Models
    cases: Mapping[str, CaseParts]
    written: frozenset[str]
    stored: Stored

    def check_case(self, name: str, place: Place) -> None:
        """Report a case that the suite does not have, unless a case lost its name."""
        if name and name not in self.written and self.cases and "" not in self.cases:
            place.wrong(f"unknown case '{name}'; {nearest(name, self.written)}")

    def check_model(self, name: str, place: Place) -> None:
        """Report a model that the suite does not have."""
        if name not in self.models.written:
            place.wrong(f"unknown model '{name}'; {nearest(name, self.models.written)}")

    def check_system(self, name: str, place: Place) -> None:
        """Report a system that the case does not have."""
        systems = self.case.systems if self.case else None
        known = [system.name for system in systems or ()]
        if systems is not None and name not in known:
            fix = "" if self.place.node.child("system") else "Name one with 'system'."
            place.wrong(f"the case has no system '{name}'; {nearest(name, known)}", fix)

    def check_size(self, size: int, place: Place) -> None:
        """Report a size that the gate's model does not offer, or no model where none is named."""
        if not size:
            return
        if self.gate.model:
            model = self.models.get(self.gate.model)
            if model:
                _check_model_size(model, size, place)
            return
        able = [plan for plan in self.models.plans if size in plan.embedder.sizes]
        if not self.models.complete or any(size in plan.dims for plan in able):
            return
        if able:
            place.wrong(
                f"the size {size} is not asked of any model that offers it.",
                f"Add {size} to 'dimensions'.",
            )
        else:
            offered = {size for plan in self.models.plans for size in plan.embedder.sizes}
            place.wrong(
                f"no model of the suite offers the size {size}.", f"Offered: {sizes_text(offered)}."
            )

    def check_modalities(self) -> None:
        """Report a case whose items the gate's model cannot embed, or no model can."""
        there = self.case.modalities if self.case else None
        if there is None or not (self.gate.model or self.models.complete):
            return
        needed = there["query"] | there["corpus"]
        named = self.gate.model
        plans = [plan for plan in self.models.plans if named in (None, plan.name)]
        lacking = [needed - plan.embedder.modalities for plan in plans]
        if plans and all(lacking):
            who = f"the model '{named}' does not embed" if named else "no model embeds"
            fewest = min(lacking, key=lambda one: len(one))
            what = " and ".join(sorted(fewest))
            fix = "Choose another model or case."
            self.place.wrong(f"the case holds {what}, which {who}.", fix)

    def metric(self) -> Metric | None:
        """Return the gate's metric, None where it is not computed or nothing is known of it."""
        metrics = self.case.metrics if self.case else None
        return metrics.get(self.gate.metric) if metrics else None

    @property
    def aim(self) -> str:
        """The target that the gate's metric holds lists against, in words, "" without one."""
        metric, plan = self.metric(), self.case.plan if self.case else None
        if getattr(metric, "aims", False):
            return str(getattr(plan.task, "aim", "")) if plan else ""
        return str(getattr(metric, "aim", ""))


def _check_model_size(model: ModelPlan, size: int, place: Place) -> None:
    """Report a size that one model does not offer, or is not asked for."""
    if size not in model.embedder.sizes:
        place.wrong(
            f"the model '{model.name}' does not offer the size {size}.",
            f"It offers {sizes_text(model.embedder.sizes)}.",
        )
    elif size not in model.dims:
        place.wrong(
            f"the size {size} is not asked of the model '{model.name}'.",
            f"Add {size} to 'dimensions'.",
        )
