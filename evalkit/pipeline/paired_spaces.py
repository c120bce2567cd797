"""The spaces of two runs, compared over the inputs that both embedded: the ledger has the vectors.

Scores say what became of queries. These numbers say whether the vectors behind them lie otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from evalkit.archive import CaseFacts, ModelFacts, Run
from evalkit.core.errors import EvalkitError
from evalkit.core.plan import ModelPlan, Plan
from evalkit.ledger import Ledger
from evalkit.pipeline.stored_vectors import Located, located
from evalkit.stats.spaces import Likeness, likeness

_FEWEST_BESIDE = 2
"""So many inputs there must be beside the neighbours of one."""


@dataclass(frozen=True, slots=True)
class PairedSpaces:
    """Two runs' vectors of the same inputs of a case, on a model at a size.

    total: how many inputs the case has, queries and items. likeness: of those compared, all or a
    sample; None where they were not. note: why not and what to do, "" where they were.
    """

    case: str
    model: str
    dim: int
    total: int = 0
    likeness: Likeness | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _AsRun:
    """An embedder under the model and revision that a run names; nothing is asked of it."""

    embedder: Any
    model: str
    revision: str

    def __getattr__(self, name: str) -> Any:
        """Return what the embedder has of that name."""
        return getattr(self.embedder, name)


@dataclass(frozen=True, slots=True)
class _Both:
    """A case and a model of two runs, the plans that they were made from, and the ledger."""

    plans: tuple[Plan, Plan]
    cases: tuple[CaseFacts, CaseFacts]
    models: tuple[ModelFacts, ModelFacts]
    store: Ledger

    def obstacle(self) -> str:
        """Return why nothing can be compared, "" where it can be tried."""
        before, after = self.models
        if self.cases[0].fingerprint != self.cases[1].fingerprint:
            return "The runs rest on other inputs."
        if not all(map(_has, self.plans, self.models)):
            return (
                "The suite has another model under this name. Name the suites that the runs were "
                "made from with --spaces and --spaces-before."
            )
        same = (before.model, before.revision) == (after.model, after.revision)
        if same and self.plans[0].digest == self.plans[1].digest:
            return (
                f"Both runs name {after.model}, revision {after.revision[:12] or 'none'}, and one "
                "suite: their vectors are the same. Where the suite was another then, name that "
                "with --spaces-before. A change that a service does not announce shows in a run "
                "with --recheck 20."
            )
        return ""

    def read(self, dim: int, most: int, seed: int) -> tuple[Located, Located]:
        """Return the vectors of both runs; raises ProviderError or UsageError without them."""
        first, second = (
            located(_as_run(plan, facts), self.store, case.name, facts.name, dim, most, seed)
            for plan, facts, case in zip(self.plans, self.models, self.cases, strict=True)
        )
        return first, second


def paired_spaces(
    runs: tuple[Run, Run],
    plans: tuple[Plan, Plan],
    store: Ledger,
    k: int = 10,
    most: int = 1_000,
    seed: int = 7,
) -> Iterator[PairedSpaces]:
    """Yield how alike the vectors of two runs are, per case, model and size that both have.

    plans: the suites of the two runs, or one for both. k: neighbours that are compared. most: of
    more queries and items than this a sample is taken, drawn by seed. What cannot be compared has a
    note; nothing is asked of any model.
    """
    before, after = ({c.name: c for c in run.cases} for run in runs)
    old, new = ({m.name: m for m in run.models} for run in runs)
    for case in (name for name in after if name in before):
        for model in (name for name in new if name in old):
            both = _Both(plans, (before[case], after[case]), (old[model], new[model]), store)
            why = both.obstacle()
            for dim in (d for d in new[model].sizes if d in old[model].sizes):
                one = PairedSpaces(case, model, dim, note=why)
                yield one if why else _compared(one, both, k, most, seed)


def _compared(one: PairedSpaces, both: _Both, k: int, most: int, seed: int) -> PairedSpaces:
    """Return a comparison with its numbers, or with a note where vectors are missing."""
    try:
        first, second = both.read(one.dim, most, seed)
    except EvalkitError as e:
        said = str(e).partition(", and --offline")[0]
        fix = "Name the ledger of both runs with --ledger."
        return replace(one, note=f"The ledger does not hold all vectors ({said.strip()}). {fix}")
    if {first.fingerprint, second.fingerprint} != {both.cases[1].fingerprint}:
        return replace(one, note="The data of the suite changed since the runs.")
    rows = [{key: n for n, key in enumerate(_keys(side))} for side in (first, second)]
    shared = [key for key in rows[0] if key in rows[1]]
    if len(shared) < k + _FEWEST_BESIDE:
        what = f"{len(shared)} inputs have vectors in both; {k + _FEWEST_BESIDE} are needed."
        return replace(one, note=what)
    x, y = (
        side.matrix[[place[key] for key in shared]]
        for side, place in zip((first, second), rows, strict=True)
    )
    return replace(one, total=first.total, likeness=likeness(x, y, k))


def _keys(side: Located) -> list[tuple[str, str]]:
    """Return what tells the inputs of a side apart: queries or corpus, and the id."""
    return [(where, item.id) for where, item in zip(side.sides, side.items, strict=True)]


def _has(plan: Plan, facts: ModelFacts) -> bool:
    """Return whether the vectors that a run names can be looked up by the model of that name.

    Another revision of the provider can, since the ledger keeps each; in a file of vectors there is
    the one that it holds now.
    """
    found = next((m for m in plan.models if m.name == facts.name), None)
    if found is None or found.provider != facts.provider:
        return False
    now = found.embedder
    kept = getattr(now, "keyed_by", "content") != "id"
    return kept or (now.model, now.revision) == (facts.model, facts.revision)


def _as_run(plan: Plan, facts: ModelFacts) -> Plan:
    """Return a plan whose model of that name has the model id and revision that a run names."""

    def renamed(model: ModelPlan) -> ModelPlan:
        if model.name != facts.name:
            return model
        asked = _AsRun(model.embedder, facts.model, facts.revision)
        how: Literal["cut", "request"] = "request" if facts.how == "request" else "cut"
        return replace(model, embedder=asked, dims=facts.sizes, how=how)

    return replace(plan, models=tuple(map(renamed, plan.models)))
