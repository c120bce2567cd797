"""A toy model, data and plans for tests of the pipeline: vectors are written out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal
from zlib import crc32

import numpy as np

from evalkit.archive import Run
from evalkit.core import registry
from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.plan import CasePlan, GatePlan, ModelPlan, Plan, ProbePlan
from evalkit.core.protocols import Embedded, Failed, Refused, Role, SideName
from evalkit.core.systems import System
from evalkit.ledger import Ledger
from evalkit.pipeline.run import Options, run


@dataclass(slots=True)
class Toy:
    """Embeds texts by a hash of their words, the first most; refuses and fails what it must."""

    width: int = 16
    sizes_: tuple[int, ...] = (16, 4)
    nested_: Literal["yes", "no", "unknown"] = "yes"
    refuse: frozenset[str] = frozenset()
    fail: frozenset[str] = frozenset()
    break_after: int | None = None
    noise: float = 0.0
    revision_: str = "1"
    asked: list[tuple[str, int]] = field(default_factory=list)

    model = "toy"
    modalities = frozenset({"text"})
    batch = 4

    @property
    def revision(self) -> str:
        return self.revision_

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.sizes_

    @property
    def nested(self) -> Literal["yes", "no", "unknown"]:
        return self.nested_

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        return {"noise": self.noise}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        for n, item in enumerate(items):
            text = str(item.content)
            if self.break_after is not None and len(self.asked) >= self.break_after:
                raise KeyboardInterrupt
            self.asked.append((text, dim))
            if text in self.refuse:
                yield Refused(n, "the filter refused it.")
            elif text in self.fail:
                yield Failed(n, "it broke.")
            else:
                vector = self.vector(text)[:dim]
                yield Embedded(n, vector, float(np.linalg.norm(vector)))

    def vector(self, text: str) -> Any:
        found = sum(
            np.random.default_rng(crc32(word.encode())).normal(size=16) / (place + 1) ** 2
            for place, word in enumerate(text.split())
        )
        wobble = np.random.default_rng(len(text)).normal(size=16) * self.noise
        return np.asarray(found + wobble, np.float32)


@dataclass(frozen=True, slots=True)
class Shout:
    """A probe that puts noise words first, in texts with a given word only."""

    only: str = ""

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[SideName]] = frozenset({"query", "corpus"})
    may_break: ClassVar[str] = "nothing"
    changes: ClassVar[float] = 0.0

    def apply(self, item: Item, severity: int, ctx: Any) -> Item | None:
        text = str(item.content)
        if self.only and self.only not in text:
            return None
        return item.with_content(f"zz{severity} " * severity + text)


def dataset(n: int = 40, tags: Mapping[str, Sequence[str]] | None = None) -> Dataset:
    """n queries and n items that share a word each; every fifth query has a second item at 1."""
    names = [f"word{k:02d}" for k in range(n)]
    queries = tuple(
        Item(f"q{k:02d}", f"{w} please", {t: (v[k % len(v)],) for t, v in (tags or {}).items()})
        for k, w in enumerate(names)
    )
    corpus = tuple(
        Item(f"d{k:02d}", f"{w} thing {names[(k + 1) % n]}") for k, w in enumerate(names)
    )
    grades = {f"q{k:02d}": {f"d{k:02d}": 2} for k in range(n)}
    for k in range(0, n, 5):
        grades[f"q{k:02d}"][f"d{(k - 1) % n:02d}"] = 1
    return Dataset("toys", queries, corpus, Truth(grades=grades), Card("toys"))


def case(data: Dataset, name: str = "find", **changes: Any) -> CasePlan:
    """A retrieval case with three metrics."""
    metrics = changes.pop("metrics", ("recall@1", "ndcg@10", "hit@1"))
    return CasePlan(
        name=name,
        data=data,
        task=registry.create("tasks", "retrieval"),
        task_name="retrieval",
        metrics=tuple(registry.metric(m) for m in metrics),
        systems=(System("plain", registry.create("search", "exact")),),
        **changes,
    )


def plan(
    cases: Sequence[CasePlan],
    models: Mapping[str, Toy] | None = None,
    gates: Sequence[GatePlan] = (),
    dims: tuple[int, ...] = (16, 4),
    **changes: Any,
) -> Plan:
    """A plan over toy models."""
    named = models or {"toy": Toy()}
    how = changes.pop("how", "cut")
    return Plan(
        name="toys",
        about="",
        origin="toys.yaml",
        digest="0" * 64,
        seed=7,
        use_case=changes.pop("use_case", {}),
        models=tuple(ModelPlan(n, "toy", m, dims, how) for n, m in named.items()),
        cases=tuple(cases),
        gates=tuple(gates),
        **changes,
    )


def probe(side: Literal["query", "corpus"], only: str = "") -> ProbePlan:
    """The probe `shout` at severities 1 and 3."""
    return ProbePlan("shout", Shout(only), (1, 3), side)


def run_plan(the_plan: Plan, folder: Path, **options: Any) -> Run:
    """Run a plan with a ledger in a folder."""
    with Ledger(folder) as store:
        return run(the_plan, store, Options(**options))


def value(found: Run, metric: str, kind: str = "value", group: str = "", **cell: Any) -> Any:
    """The one estimate that fits."""
    fits = [
        e
        for e in found.estimates
        if e.metric == metric
        and e.kind == kind
        and e.group == group
        and all(getattr(e.cell, k) == v for k, v in ({"dim": 16, "probe": "clean"} | cell).items())
    ]
    assert len(fits) == 1, fits
    return fits[0]
