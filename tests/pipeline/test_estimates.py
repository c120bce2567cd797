"""Values, drops, losses, gaps and comparisons: signs, pairing, and what they rest on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evalkit.archive.tables import measured_from
from evalkit.core.items import Dataset
from evalkit.core.results import Cell, StoredScores
from evalkit.pipeline.compare import compare
from evalkit.pipeline.estimate import Pool, Units, estimate
from evalkit.pipeline.requests import Members, Request, group_values
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
    assert group_values(data.queries, "language*style")[0] == "language*style=en*long"
    members = Members(data.queries)
    assert members("language*style=en*long", "").sum() == 2
    assert members("language=en", "style=long|vague").sum() == 4
