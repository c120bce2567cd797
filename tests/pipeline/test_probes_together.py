"""Several probes on one query: both sides, means, curves, worst cases, and what moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from evalkit.archive import Run
from evalkit.core.arrays import Bool, Float64
from evalkit.core.changed import Changed
from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Dataset, Item
from evalkit.core.metric import weighted_mean
from evalkit.core.plan import Bound, GatePlan, ProbePlan
from evalkit.core.protocols import ProbeContext
from evalkit.core.results import Cell, Estimate, Scores, Verdict
from evalkit.pipeline.requests import over_probes
from evalkit.probes.repeat import Repeat
from evalkit.report import page as pages
from evalkit.report.view import view
from tests import toys

SEEN: list[Changed] = []
CLEAN = Cell("find", "toy", dim=16)


@dataclass(frozen=True, slots=True)
class Seen:
    """A metric of change: 1 where the first result stayed the same; keeps what it was shown."""

    evidence_kind: ClassVar[str] = "changes"
    better: ClassVar[Any] = "high"
    unit: ClassVar[str] = "share"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    name: ClassVar[str] = "seen"
    depth: ClassVar[int] = 0

    def scorable(self, evidence: Changed) -> Bool:
        return np.ones(len(evidence.ids), bool)

    def per_unit(self, evidence: Changed) -> Scores:
        SEEN.append(evidence)
        same = evidence.clean.rows[:, 0] == evidence.probed.rows[:, 0]
        return Scores(evidence.ids, evidence.clusters, {"value": same.astype(float)})

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        return weighted_mean(scores, weights)


def probe(side: Any, name: str = "shout", severities: tuple[int, ...] = (1, 3)) -> ProbePlan:
    return ProbePlan(name, toys.Shout(), severities, side)


def run(tmp_path: Path, *probes: ProbePlan, gates: Any = (), **case: Any) -> Run:
    return toys.run_plan(
        toys.plan([toys.case(toys.dataset(), probes=probes, **case)], gates=gates), tmp_path
    )


def gate(bound: Bound, *probes: str) -> GatePlan:
    return GatePlan("find", "ndcg@10", 16, bound, probes=probes, probe="*/3")


def drops(found: Run, probe: str, kind: Any = "drop") -> Estimate:
    made: Estimate = toys.value(found, "ndcg@10", kind, probe=probe)
    return made


def test_a_probe_on_both_sides_changes_queries_and_items(tmp_path: Path) -> None:
    toy = toys.Toy()
    probed = toys.case(toys.dataset(), probes=(probe("both", severities=(2,)),))
    found = toys.run_plan(toys.plan([probed], {"toy": toy}), tmp_path)
    texts = {text for text, _ in toy.asked}
    assert sum(text.startswith("zz2 zz2 ") for text in texts) == 80
    assert drops(found, "shout/2@both").n == 40
    assert len(toy.asked) == 160  # what is clean and what was changed, each once


def test_only_what_changed_is_found_differently_on_one_side(tmp_path: Path) -> None:
    both = run(tmp_path / "both", probe("both"))
    query = run(tmp_path / "query", probe("query"))
    assert drops(both, "shout/3@both").value < drops(query, "shout/3@query").value


def test_the_mean_drop_is_the_mean_of_the_drops(tmp_path: Path) -> None:
    found = run(tmp_path, probe("query"), probe("corpus", "cry"))
    each = [drops(found, p).value for p in ("shout/3@query", "cry/3@corpus")]
    made = drops(found, "*/3", "mean_drop")
    assert made.value == pytest.approx(np.mean(each), abs=1e-9)
    assert made.low < made.value < made.high
    assert made.against == "probe clean"
    every = [*each, *(drops(found, p).value for p in ("shout/1@query", "cry/1@corpus"))]
    assert drops(found, "*", "mean_drop").value == pytest.approx(np.mean(every), abs=1e-9)


def test_the_area_is_the_mean_height_of_the_curve_from_zero(tmp_path: Path) -> None:
    found = run(tmp_path, probe("query", severities=(1, 3, 4)))
    one, three, four = (drops(found, f"shout/{s}@query").value for s in (1, 3, 4))
    by_hand = (one / 2 * 1 + (one + three) / 2 * 2 + (three + four) / 2 * 1) / 4
    assert drops(found, "shout@query", "area").value == pytest.approx(by_hand, abs=1e-9)


def test_a_curve_of_all_severities_has_the_trapezoids_weights() -> None:
    plan = probe("query", severities=(1, 2, 3, 4, 5))
    (area,) = [r for r in over_probes(CLEAN, "ndcg@10", (plan,)) if r.kind == "area"]
    assert [weight for _, weight in area.over] == pytest.approx([0.2, 0.2, 0.2, 0.2, 0.1])


@dataclass(frozen=True, slots=True)
class Kinds(toys.Shout):
    """A probe whose severities differ in kind."""

    ordered: ClassVar[bool] = False


def test_severities_that_are_kinds_make_no_curve(tmp_path: Path) -> None:
    found = run(tmp_path, ProbePlan("kinds", Kinds(), (1, 3), "query"), probe("query"))
    areas = {e.cell.probe for e in found.estimates if e.kind == "area"}
    assert areas == {"shout@query"}


def spread(names: Sequence[str]) -> Dataset:
    """80 queries in two languages, of which only the Spanish ones have a word that `ola` needs."""
    data = toys.dataset(80, tags={"language": names})
    said = [
        q.with_content(f"{q.content} ola") if q.tag("language") == ("es",) else q
        for q in data.queries
    ]
    return replace(data, queries=tuple(said))


def in_groups(tmp_path: Path, only: str, *gates: GatePlan) -> Run:
    """Run two probes, one of them on queries with a word only, with groups by language."""
    probes = (probe("query"), ProbePlan("ola", toys.Shout(only), (1, 3), "query"))
    the_case = toys.case(spread(("en", "es")), probes=probes, groups=("language",))
    return toys.run_plan(toys.plan([the_case], gates=gates), tmp_path)


def test_a_group_that_a_probe_leaves_alone_keeps_the_mean_of_the_others(tmp_path: Path) -> None:
    found = in_groups(tmp_path, "ola")
    en, es = (
        toys.value(found, "ndcg@10", "mean_drop", f"language={name}", probe="*")
        for name in ("en", "es")
    )
    each = [
        toys.value(found, "ndcg@10", "drop", "language=en", probe=f"shout/{severity}@query").value
        for severity in (1, 3)
    ]
    assert en.value == pytest.approx(np.mean(each), abs=1e-9)
    assert en.low < en.value < en.high
    assert (en.n, es.n) == (40, 40)
    assert en.method.endswith("over the 2 of 4 that change the group")
    assert "that change" not in es.method
    every = toys.value(found, "ndcg@10", "mean_drop", probe="*/3")
    assert every.n == 80  # every query is changed by one of them


def test_a_group_that_a_probe_leaves_alone_is_judged_by_the_others(tmp_path: Path) -> None:
    by: dict[str, Any] = {"by": "language", "probes": ("shout/3@query", "ola/3@query")}
    gates = [
        replace(gate(Bound("worst_drop_at_most", 0.99)), **by),
        replace(gate(Bound("mean_drop_at_most", 0.99)), **by),
        replace(gate(Bound("drop_at_most", 0.99)), by="language", probes=("ola/3@query",)),
    ]
    found = in_groups(tmp_path, "ola", *gates).verdicts
    assert [(v.group[-2:], v.status, v.n) for v in found] == [
        ("en", "pass", 40), ("es", "pass", 40),
        ("en", "pass", 40), ("es", "pass", 40),
        ("es", "pass", 40),
    ]  # fmt: skip
    assert found[0].why.endswith("The worst is under shout/3@query.")


def test_a_probe_that_changes_nothing_at_all_is_missing_and_says_so(tmp_path: Path) -> None:
    labels = ("shout/3@query", "ola/3@query")
    by = replace(gate(Bound("worst_drop_at_most", 0.99), *labels), by="language")
    gates = [gate(Bound("worst_drop_at_most", 0.99), *labels), by]
    found = in_groups(tmp_path, "nobody says this", *gates).verdicts
    assert {v.status for v in found} == {"missing"}
    assert {v.why for v in found} == {
        "ola/3@query changes nothing that has a score here; look at what is skipped."
    }


def test_one_verdict_for_the_mean_and_one_for_the_worst(tmp_path: Path) -> None:
    labels = ("shout/3@query", "cry/3@corpus")
    free = run(tmp_path / "free", probe("query"), probe("corpus", "cry"))
    each = {label: drops(free, label) for label in labels}
    worst = max(each, key=lambda label: each[label].value)
    roomy = Bound("worst_drop_at_most", min(0.99, each[worst].high + 0.01))
    tight = Bound("worst_drop_at_most", max(0.0, each[worst].low - 0.2))
    mean = Bound("mean_drop_at_most", 0.9)
    gates = [gate(bound, *labels) for bound in (roomy, tight, mean)]
    found = run(tmp_path / "gated", probe("query"), probe("corpus", "cry"), gates=gates)
    kept, missed, average = found.verdicts
    assert (kept.status, missed.status, average.status) == ("pass", "fail", "pass")
    assert kept.observed == missed.observed == each[worst].value
    assert kept.why.endswith(f"The worst is under {worst}.")
    assert average.observed == drops(free, "*/3", "mean_drop").value
    assert "under */3 drops under each by at most" in kept.gate
    assert "under */3 drops on average by at most 0.9" in average.gate


def test_the_worst_counts_the_least_p_as_often_as_there_are_probes(tmp_path: Path) -> None:
    labels = ("shout/3@query", "cry/3@corpus")
    bound = Bound("worst_drop_at_most", 0.05)
    alone = replace(gate(Bound("drop_at_most", 0.05), labels[0]), probe=labels[0])
    other = replace(gate(Bound("drop_at_most", 0.05), labels[1]), probe=labels[1])
    gates = [gate(bound, *labels), alone, other]
    found: tuple[Verdict, ...] = run(
        tmp_path, probe("query"), probe("corpus", "cry"), gates=gates
    ).verdicts
    assert found[0].p == pytest.approx(min(1.0, 2 * min(found[1].p, found[2].p)), abs=1e-9)


def test_metrics_of_change_see_both_runs_and_how_far_vectors_moved(tmp_path: Path) -> None:
    SEEN.clear()
    data = toys.dataset()
    plain = toys.case(data, probes=(probe("query", severities=(3,)),))
    case = replace(plain, metrics=(*plain.metrics, Seen()))
    toy = toys.Toy()
    found = toys.run_plan(toys.plan([case], {"toy": toy}, dims=(16,)), tmp_path)
    cells = {e.cell.probe for e in found.estimates if e.metric == "seen"}
    assert cells == {"shout/3@query"}
    assert {e.kind for e in found.estimates if e.metric == "seen"} == {"value"}
    (seen,) = SEEN
    unit = [v / np.linalg.norm(v) for q in data.queries for v in [toy.vector(str(q.content))]]
    moved = [
        v / np.linalg.norm(v)
        for q in data.queries
        for v in [toy.vector("zz3 zz3 zz3 " + str(q.content))]
    ]
    cosines = np.array(unit) @ np.array(unit).T
    shift = 1 - np.sum(np.array(unit) * np.array(moved), axis=1)
    np.testing.assert_allclose(seen.shift, shift, atol=1e-6)
    np.testing.assert_allclose(seen.apart, 1 - (cosines.sum(axis=1) - 1) / 39, atol=1e-6)
    alike = np.round(np.array(moved) @ np.array(unit).T, 6)
    place = 1 + (alike > np.diag(alike)[:, None]).sum(axis=1)
    np.testing.assert_array_equal(seen.twin, place)
    top = seen.clean.scores[np.arange(40), 0]
    first = seen.clean.rows[:, 0] == seen.clean.judged[:, 0]
    np.testing.assert_allclose(seen.right[first, 0], top[first], atol=1e-6)
    assert (seen.right[:, 0] >= seen.right[:, 1]).mean() > 0.8


class Blind(toys.Toy):
    """A model that gives every text the same vector."""

    def vector(self, text: str) -> Any:
        return np.ones(16, np.float32)


def test_a_model_that_tells_nothing_apart_does_not_find_the_twin(tmp_path: Path) -> None:
    SEEN.clear()
    plain = toys.case(toys.dataset(), probes=(probe("query", severities=(3,)),))
    case = replace(plain, metrics=(*plain.metrics, Seen()))
    toys.run_plan(toys.plan([case], {"toy": Blind()}, dims=(16,)), tmp_path)
    (seen,) = SEEN
    assert set(seen.twin.tolist()) == {20}  # the middle of 40


def test_a_changed_corpus_is_told_by_the_relevant_items(tmp_path: Path) -> None:
    SEEN.clear()
    only = ProbePlan("shout", toys.Shout("word07"), (3,), "corpus")
    plain = toys.case(toys.dataset(), relevant=2, probes=(only,))
    case = replace(plain, metrics=(*plain.metrics, Seen()))
    found = toys.run_plan(toys.plan([case], dims=(16,)), tmp_path)
    (seen,) = SEEN
    assert np.flatnonzero(np.isfinite(seen.shift)).tolist() == [6, 7]
    assert np.flatnonzero(seen.twin).tolist() == [6, 7]
    assert toys.value(found, "seen", probe="shout/3@corpus").n == 2


def test_a_repeated_call_is_asked_and_filed_apart(tmp_path: Path) -> None:
    toy = toys.Toy()
    again = ProbePlan("repeat", Repeat(), (1, 2), "query")
    plan = toys.plan([toys.case(toys.dataset(), probes=(again,))], {"toy": toy})
    found = toys.run_plan(plan, tmp_path)
    assert len(toy.asked) == 80 + 2 * 40
    assert drops(found, "repeat/2@query").value == 0.0
    assert drops(found, "repeat/2@query").n == 40
    toys.run_plan(plan, tmp_path)
    assert len(toy.asked) == 80 + 2 * 40


def test_a_probe_may_borrow_from_the_other_items_whatever_their_order() -> None:
    items = tuple(Item(f"q{n}", f"text {n}") for n in range(9))
    borrowed = [
        ProbeContext(np.random.default_rng(3), some).donor(items[4], lambda i: i.id != "q8")
        for some in (items, items)
    ]
    assert borrowed[0] == borrowed[1]
    assert borrowed[0] is not None
    assert borrowed[0].id not in ("q4", "q8")
    assert (
        ProbeContext(np.random.default_rng(3), items[4:5]).donor(items[4], lambda i: True) is None
    )


@dataclass(frozen=True, slots=True)
class Choosy:
    """A probe that cannot do its work on one item."""

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})

    def apply(self, item: Item, severity: int, ctx: ProbeContext) -> Item | None:
        if item.id == "q03":
            raise DataError(Problem("item 'q03'", "its mask has another size.", "Draw it anew."))
        return item.with_content(f"zz {item.content}")


def test_an_item_that_a_probe_cannot_work_on_is_told_with_the_reason(tmp_path: Path) -> None:
    choosy: Any = Choosy()
    found = run(tmp_path, ProbePlan("choosy", choosy, (3,), "query"))
    (lost,) = [one for one in found.lost if one.kind == "unchanged"]
    assert lost.item == "q03"
    assert "the probe cannot change it: item 'q03': its mask has another size." in lost.reason
    assert drops(found, "choosy/3@query").n == 39


def test_what_moved_is_shown_at_every_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = ("ndcg@10", "normalised_shift", "rbo@10")
    found = run(tmp_path, probe("query"), metrics=metrics)
    (shown,) = view(found).probes
    assert [table.dim for table in shown.changes] == [16, 4]
    for table in shown.changes:
        assert table.metrics == ("normalised_shift", "rbo@10")
        assert [label.text for label, _ in table.rows] == ["shout/1@query", "shout/3@query"]
        assert all(e is not None and e.cell.dim == table.dim for _, row in table.rows for e in row)
    monkeypatch.setattr(pages, "charts", lambda seen: {})
    whole = pages.html(view(found))
    assert "What moved at smaller sizes" in whole
    assert "What moved, at 4" in whole
