"""Values, drops, losses, gaps and comparisons: signs, pairing, and what they rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest

from evalkit.archive.tables import measured_from
from evalkit.core.arrays import Bool, Float64
from evalkit.core.errors import DataError
from evalkit.core.evidence import Ranked
from evalkit.core.items import Dataset
from evalkit.core.metric import weighted_mean
from evalkit.core.results import Cell, Scores, StoredScores
from evalkit.pipeline.compare import compare
from evalkit.pipeline.estimate import Units, estimate
from evalkit.pipeline.jobs import Pool
from evalkit.pipeline.requests import Members, Request, Slice, group_slices
from tests import toys

NOISY = {"good": toys.Toy(), "poor": toys.Toy(noise=4.0)}


def test_a_value_is_the_mean_of_the_units(tmp_path: Path) -> None:
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], NOISY), tmp_path)
    rows = found.score_frame().query("metric == 'ndcg@10' and dim == 4 and model == 'poor'")
    made = toys.value(found, "ndcg@10", dim=4, model="poor")
    assert made.value == pytest.approx(rows["value"].mean(), abs=1e-9)
    assert made.low < made.value < made.high
    assert made.n == 40


def test_a_drop_is_clean_minus_probe_over_changed_queries(tmp_path: Path) -> None:
    probed = toys.case(toys.dataset(), probes=(toys.probe("query", only="word0"),))
    found = toys.run_plan(toys.plan([probed]), tmp_path)
    rows = found.score_frame().query("metric == 'ndcg@10' and dim == 16")
    clean = rows[rows["probe"] == "clean"].set_index("unit")["value"]
    shout = rows[rows["probe"] == "shout/3@query"].set_index("unit")["value"]
    changed = [f"q{k:02d}" for k in range(10)]
    made = toys.value(found, "ndcg@10", "drop", probe="shout/3@query")
    assert made.n == 10
    assert made.value == pytest.approx((clean[changed] - shout[changed]).mean(), abs=1e-9)
    assert made.against == "probe clean"
    assert 0 < made.p <= 1


def test_a_corpus_probe_counts_queries_with_a_changed_relevant_item(tmp_path: Path) -> None:
    probed = toys.case(toys.dataset(), relevant=2, probes=(toys.probe("corpus", only="word07"),))
    found = toys.run_plan(toys.plan([probed]), tmp_path)
    # d06 and d07 hold the word; each is the item of grade 2 of one query
    assert toys.value(found, "ndcg@10", "drop", probe="shout/1@corpus").n == 2
    kinds = {(x.kind, x.side, x.probe) for x in found.lost}
    assert ("unchanged", "corpus", "shout/1@corpus") in kinds


def test_a_loss_is_the_widest_minus_this_size(tmp_path: Path) -> None:
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], NOISY), tmp_path)
    wide, small = (toys.value(found, "ndcg@10", dim=d, model="poor").value for d in (16, 4))
    made = toys.value(found, "ndcg@10", "loss", dim=4, model="poor")
    assert made.value == pytest.approx(wide - small, abs=1e-9)
    assert made.against == "at 16"


def test_an_advantage_is_this_model_minus_the_other(tmp_path: Path) -> None:
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], NOISY), tmp_path)
    good, poor = (toys.value(found, "ndcg@10", model=m).value for m in ("good", "poor"))
    made = toys.value(found, "ndcg@10", "advantage", model="good")
    assert made.value == pytest.approx(good - poor, abs=1e-9)
    assert made.against == "model poor"


def test_a_gap_is_the_rest_minus_the_group(tmp_path: Path) -> None:
    tagged = toys.case(toys.dataset(tags={"language": ("en", "es")}), groups=("language",))
    found = toys.run_plan(toys.plan([tagged], {"toy": toys.Toy(noise=3.0)}), tmp_path)
    en, es = (toys.value(found, "ndcg@10", group=f"language={v}").value for v in ("en", "es"))
    made = toys.value(found, "ndcg@10", "gap", group="language=es")
    assert made.value == pytest.approx(en - es, abs=1e-9)
    assert made.against == "rest"
    assert made.n == 20


def test_a_gap_compares_the_needs_that_all_groups_share(tmp_path: Path) -> None:
    data = toys.dataset(80, tags={"language": ("en", "es")})
    shared = tuple(
        replace(q, tags={**q.tags, "intent": (f"i{k // 2:02d}" if k < 64 else q.id,)})
        for k, q in enumerate(data.queries)
    )
    tagged = toys.case(replace(data, queries=shared), groups=("language",))
    found = toys.run_plan(toys.plan([tagged], {"toy": toys.Toy(noise=3.0)}), tmp_path)
    made = toys.value(found, "ndcg@10", "gap", group="language=es")
    assert made.n == 32
    assert made.method.endswith(", on the 32 needs that all groups share")


def test_no_number_depends_on_the_order_of_rows(tmp_path: Path) -> None:
    data = toys.dataset(tags={"language": ("en", "es", "de")})
    order = np.random.default_rng(1).permutation(40)
    mixed = Dataset(
        data.name,
        tuple(data.queries[k] for k in order),
        tuple(data.corpus[k] for k in order[::-1]),
        data.truth,
        data.card,
    )
    probes = (toys.probe("query"), toys.probe("corpus"))
    runs = [
        toys.run_plan(
            toys.plan([toys.case(d, groups=("language",), probes=probes)], NOISY), tmp_path
        )
        for d in (data, mixed)
    ]
    first, second = (sorted(map(repr, r.estimates)) for r in runs)
    assert first == second
    assert runs[0].cases[0].fingerprint == runs[1].cases[0].fingerprint


def test_compare_gives_before_minus_after(tmp_path: Path) -> None:
    data = toys.dataset()
    before = toys.run_plan(toys.plan([toys.case(data)], {"m": toys.Toy()}), tmp_path)
    after = toys.run_plan(toys.plan([toys.case(data)], {"m": toys.Toy(noise=4.0)}), tmp_path)
    made = {(e.cell.dim, e.metric): e for e in compare(before, after)}
    old, new = (toys.value(r, "ndcg@10", dim=4).value for r in (before, after))
    assert made[4, "ndcg@10"].value == pytest.approx(old - new, abs=1e-9)
    assert made[4, "ndcg@10"].against == f"run {before.id}"
    assert all(e.value == 0 and e.p == 1 for e in compare(before, before))


def test_a_stored_run_may_lack_units_and_have_another_order(tmp_path: Path) -> None:
    data = toys.dataset()
    found = toys.run_plan(toys.plan([toys.case(data)]), tmp_path)
    new = measured_from(found.scores)
    cell = Cell("find", "toy", dim=16)
    old = new[cell, "ndcg@10"]
    some = np.arange(39, 4, -1)
    scores = replace(
        old.scores,
        ids=tuple(old.scores.ids[k] for k in some),
        clusters=tuple(c[some] for c in old.scores.clusters),
        columns={n: c[some] for n, c in old.scores.columns.items()},
    )
    stored = StoredScores(
        "old", {}, {(cell, "ndcg@10"): replace(old, scores=scores, eligible=old.eligible[some])}
    )
    request = Request("regression", cell, "ndcg@10", other=cell, run="old")
    units = Units("find", toys.case(data).metrics, data.queries)
    made = estimate([units], Pool(new, {"old": stored}), [request], 200, 1)[request]
    assert (made.estimate.value, made.estimate.n) == (0.0, 35)


def test_groups_and_conditions_select_units() -> None:
    data = toys.dataset(12, tags={"language": ("en", "es"), "style": ("long", "short", "vague")})
    first = group_slices(data.queries, "language*style")[0]
    assert str(first) == "language*style=en*long"
    members = Members(data.queries)
    assert members(first).sum() == 2
    some = Slice("language", "en", (("style", ("long", "vague")),))
    assert str(some) == "language=en & style=long|vague"
    assert members(some).sum() == 4


def test_a_group_of_unknown_units_does_not_undo_the_pairing(tmp_path: Path) -> None:
    data = toys.dataset(65, tags={"language": ("en", "es")})
    queries = tuple(
        replace(q, tags={"language": q.tags["language"], "intent": (f"i{k // 2:02d}",)})
        if k < 64
        else replace(q, tags={"language": ("unknown",)})
        for k, q in enumerate(data.queries)
    )
    tagged = toys.case(replace(data, queries=queries), groups=("language",))
    found = toys.run_plan(toys.plan([tagged], {"toy": toys.Toy(noise=3.0)}), tmp_path)
    assert toys.value(found, "ndcg@10", "gap", group="language=es").n == 32
    assert toys.value(found, "ndcg@10", group="language=unknown").n == 1


@dataclass(frozen=True, slots=True)
class _Lean:
    """How far each query leans, -1 to 1; best at zero."""

    lean: float
    evidence_kind: ClassVar[str] = "ranking"
    better: ClassVar[Literal["high", "low", "zero"]] = "zero"
    unit: ClassVar[str] = "share"
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    name: ClassVar[str] = "lean"
    depth: ClassVar[int] = 10

    def scorable(self, evidence: Ranked) -> Bool:
        return np.ones(len(evidence.ids), bool)

    def per_unit(self, evidence: Ranked) -> Scores:
        found = np.sign(evidence.scores[:, 0] - 0.9) * 0.3 + self.lean
        return Scores(evidence.ids, evidence.clusters, {"value": found})

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        return weighted_mean(scores, weights)


def test_where_zero_is_best_distances_from_zero_are_compared(tmp_path: Path) -> None:
    leaning = replace(toys.case(toys.dataset()), metrics=(_Lean(-0.4),))
    found = toys.run_plan(toys.plan([leaning], NOISY), tmp_path)
    good, poor = (toys.value(found, "lean", model=m).value for m in ("good", "poor"))
    assert poor < good < 0
    made = toys.value(found, "lean", "advantage", model="good")
    assert made.value == pytest.approx(abs(poor) - abs(good), abs=1e-9)
    assert 0 < made.p < 0.01  # whichever model a query is given to, the poor one leans more
    assert np.isnan(toys.value(found, "lean", model="poor").p)


@dataclass(frozen=True, slots=True)
class _MacroF1:
    """Macro F1 of a two-class toy: the class of the first result against the query's own."""

    evidence_kind: ClassVar[str] = "ranking"
    better: ClassVar[Literal["high", "low", "zero"]] = "high"
    unit: ClassVar[str] = "share"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    name: ClassVar[str] = "macro_f1"
    depth: ClassVar[int] = 1

    def scorable(self, evidence: Ranked) -> Bool:
        return np.ones(len(evidence.ids), bool)

    def per_unit(self, evidence: Ranked) -> Scores:
        true = np.array([int(i[1:]) % 2 for i in evidence.ids], float)
        first = [evidence.corpus[r].id if r >= 0 else "" for r in evidence.rows[:, 0]]
        predicted = np.array([int(i[1:]) % 2 if i else -1 for i in first], float)
        return Scores(evidence.ids, evidence.clusters, {"true": true, "predicted": predicted})

    def summary(self, scores: Scores, weights: Float64) -> Float64:
        true, predicted = scores.columns["true"], scores.columns["predicted"]
        scores_of = []
        for label in (0.0, 1.0):
            hit = weights @ ((true == label) & (predicted == label)).astype(float)
            said = weights @ (predicted == label).astype(float)
            real = weights @ (true == label).astype(float)
            scores_of.append(2 * hit / np.maximum(said + real, 1e-300))
        return np.asarray(np.mean(scores_of, axis=0))


def test_a_metric_of_several_columns_gets_its_interval(tmp_path: Path) -> None:
    data = toys.dataset(tags={"language": ("en", "es")})
    voting = replace(toys.case(data, groups=("language",)), metrics=(_MacroF1(),))
    refusing = toys.Toy(noise=4.0, refuse=frozenset({"word03 please"}))
    found = toys.run_plan(toys.plan([voting], {"toy": refusing}), tmp_path)
    made = toys.value(found, "macro_f1")
    rows = (
        found.score_frame().query("dim == 16").pivot(index="unit", columns="column", values="value")
    )
    assert rows.loc["q03", "predicted"] == -1  # refused: a miss, never a right answer
    shares = [
        2
        * ((rows.true == c) & (rows.predicted == c)).sum()
        / ((rows.true == c).sum() + (rows.predicted == c).sum())
        for c in (0, 1)
    ]
    assert made.value == pytest.approx(np.mean(shares), abs=1e-9)
    assert made.low < made.value < made.high
    assert toys.value(found, "macro_f1", "loss", dim=4).n == 40
    assert toys.value(found, "macro_f1", group="language=en").n == 20


def test_runs_judged_otherwise_are_not_compared(tmp_path: Path) -> None:
    data = toys.dataset()
    one, two = (toys.run_plan(toys.plan([toys.case(data, relevant=r)]), tmp_path) for r in (1, 2))
    with pytest.raises(
        DataError, match="one was run on another grade from which items are relevant"
    ):
        compare(one, two)
