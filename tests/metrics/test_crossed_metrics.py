"""Metrics of content crossed with context: by hand, on known worlds, and their intervals."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.crossed import Crossed
from evalkit.core.errors import UsageError
from evalkit.core.items import Item
from evalkit.core.results import Scores
from evalkit.metrics.context_leakage import _guesses
from evalkit.stats import Sample, bootstrap_weights, interval, leave_one_out_weights

World = Callable[..., Crossed]


def crossed(rows: list[tuple[str, str, list[float]]]) -> Crossed:
    """Items by content, context and vector; items of one cell need not stand together."""
    cells = sorted({(a, b) for a, b, _ in rows})
    place = {cell: n for n, cell in enumerate(cells)}
    vectors = np.array([v for _, _, v in rows], float)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    members = tuple(f"m{n:04}" for n in range(len(rows)))
    cell = np.array([place[a, b] for a, b, _ in rows])
    contents, contexts = (tuple(c[n] for c in cells) for n in (0, 1))
    return Crossed(
        ids=tuple(" | ".join(c) for c in cells), contents=contents, contexts=contexts,
        clusters=(np.array(contents, object), np.array(contexts, object)),
        units=tuple(Item(" | ".join(c), "") for c in cells), members=members, cell=cell,
        vectors=vectors.astype(np.float32),
        everything=dict(zip(members, cell.tolist(), strict=True)),
    )  # fmt: skip


def world(
    seed: int, content: float, context: float, shape: tuple[int, int, int] = (8, 6, 5),
    dim: int = 100, noise: float = 1.2,
) -> Crossed:  # fmt: skip
    """Vectors that are a sum of what their content, their context and chance add."""
    rng = np.random.default_rng(seed)
    of_content, of_context = (rng.normal(size=(n, dim)) for n in shape[:2])
    rows = []
    for a in range(shape[0]):
        for b in range(shape[1]):
            for _ in range(shape[2]):
                mixed = content * of_content[a] + context * of_context[b]
                rows.append((f"a{a}", f"b{b}", (mixed + noise * rng.normal(size=dim)).tolist()))
    return crossed(rows)


def scores(name: str, evidence: Crossed) -> Scores:
    found: Scores = registry.metric(name).per_unit(evidence)
    return found


def value(name: str, evidence: Crossed) -> float:
    ones = np.ones((1, len(evidence.ids)))
    return float(registry.metric(name).summary(scores(name, evidence), ones)[0])


# --- by hand ------------------------------------------------------------------------------------

LION = [
    ("lion", "savanna", [1.0, 0.0, 0.0]),
    ("lion", "forest", [1.0, 1.0, 0.0]),
    ("elephant", "savanna", [1.0, 0.0, 2.0]),
    ("elephant", "forest", [0.0, 1.0, 2.0]),
]


def test_a_triplet_is_won_where_the_same_content_is_nearer() -> None:
    evidence = crossed(LION)
    # cells by name: elephant forest, elephant savanna, lion forest, lion savanna
    alike = evidence.vectors @ evidence.vectors.T
    assert alike[0, 1] > alike[0, 2]  # the lion in the savanna lies nearer to the other lion
    found = scores("triplet_accuracy", evidence).columns["value"]
    np.testing.assert_array_equal(found, [1.0, 1.0, 1.0, 1.0])
    swapped = crossed([(b, a, v) for a, b, v in LION])
    assert value("triplet_accuracy", swapped) == 0.0


def test_a_tie_is_a_miss_in_triplets_and_half_in_the_auc() -> None:
    evidence = crossed([(a, b, [1.0, 1.0]) for a in "ab" for b in "xyz"])
    assert value("triplet_accuracy", evidence) == 0.0
    assert value("separation_auc", evidence) == 0.5
    assert np.isnan(value("d_prime", evidence))
    assert np.isnan(value("confounding_ratio", evidence))
    assert np.isnan(value("content_variance", evidence))


def test_the_auc_counts_pairs_of_one_content_against_pairs_of_one_context() -> None:
    evidence = world(5, 0.6, 0.5, (4, 3, 2), dim=12)
    alike = np.round(evidence.vectors.astype(float) @ evidence.vectors.T.astype(float), 6)
    content, context = (
        np.array(of)[evidence.cell] for of in (evidence.contents, evidence.contexts)
    )
    same, near = content[:, None] == content, context[:, None] == context
    like, beside, apart = alike[same & ~near], alike[~same & near], alike[~same & ~near]
    plain = np.mean(like[:, None] > beside) + 0.5 * np.mean(like[:, None] == beside)
    assert value("separation_auc", evidence) == pytest.approx(plain, abs=1e-12)
    spread = np.sqrt((like.var() + beside.var()) / 2)
    assert value("d_prime", evidence) == pytest.approx((like.mean() - beside.mean()) / spread)
    ratio = (beside.mean() - apart.mean()) / (like.mean() - apart.mean())
    assert value("confounding_ratio", evidence) == pytest.approx(ratio)


def test_variance_shares_are_those_of_an_analysis_of_variance() -> None:
    evidence = world(6, 0.8, 0.5, (5, 4, 3), dim=16)
    rows = evidence.vectors.astype(float).reshape(5, 4, 3, 16)
    middle = rows.mean(axis=(0, 1, 2))
    total = ((rows - middle) ** 2).sum()
    content = 12 * ((rows.mean(axis=(1, 2)) - middle) ** 2).sum()
    context = 15 * ((rows.mean(axis=(0, 2)) - middle) ** 2).sum()
    assert value("content_variance", evidence) == pytest.approx(content / total)
    assert value("context_variance", evidence) == pytest.approx(context / total)


def test_shuffled_labels_give_the_share_that_chance_gives() -> None:
    metric: Any = registry.metric("content_variance")
    nothing, much = world(7, 0.0, 1.0, (6, 5, 2)), world(7, 1.0, 1.0, (6, 5, 2))
    drawn = metric.null(nothing, np.random.default_rng(1))
    assert drawn.shape == (200,)
    assert np.quantile(drawn, 0.01) < value("content_variance", nothing) < np.quantile(drawn, 0.99)
    assert value("content_variance", much) > metric.null(much, np.random.default_rng(1)).max()
    np.testing.assert_array_equal(drawn, metric.null(nothing, np.random.default_rng(1)))


def test_a_linear_probe_is_tried_on_folds_that_it_never_saw() -> None:
    evidence = world(8, 1.0, 1.0, (6, 5, 2), dim=20)
    labels = np.array(evidence.contexts)[evidence.cell]
    folds = np.array(evidence.contents)[evidence.cell]
    rows = evidence.vectors.astype(float)
    penalty = 0.1 * ((rows - rows.mean(axis=0)) ** 2).sum() / len(rows)
    wanted = (np.unique(labels) == labels[:, None]).astype(float)
    right = np.zeros(len(rows))
    for fold in np.unique(folds):
        out = folds == fold
        shares, around = wanted[~out].mean(axis=0), rows - rows[~out].mean(axis=0)
        inner = around[~out].T @ around[~out] + penalty * np.eye(20)
        weights = np.linalg.solve(inner, around[~out].T @ (wanted[~out] - shares))
        guessed = (around[out] @ weights / shares).argmax(axis=1)
        right[out] = np.unique(labels)[guessed] == labels[out]
    found = scores("context_leakage", evidence).columns["value"]
    np.testing.assert_allclose(found, [right[evidence.cell == n].mean() for n in range(30)])


def test_wide_and_narrow_vectors_are_probed_alike() -> None:
    evidence = world(9, 0.5, 0.5, (5, 4, 3), dim=30)
    padded = replace(evidence, vectors=np.pad(evidence.vectors, ((0, 0), (0, 200))))
    for name in ("context_leakage", "content_accuracy"):
        narrow, wide = (scores(name, one).columns["value"] for one in (evidence, padded))
        np.testing.assert_allclose(narrow, wide)


def test_distractors_of_the_same_context_stand_in_the_way() -> None:
    evidence = crossed([
        ("lion", "snow", [1.0, 0.0, 0.0]), ("lion", "beach", [0.8, 0.5, 0.0]),
        ("cow", "snow", [0.9, 0.0, 0.3]), ("cow", "beach", [0.0, 0.4, 1.0]),
    ])  # fmt: skip
    names = [name.split(" | ") for name in evidence.ids]
    at = names.index(["lion", "snow"])
    assert scores("easy_recall@1", evidence).columns["value"][at] == 1.0
    assert scores("hard_recall@1", evidence).columns["value"][at] == 0.0
    assert scores("distractor_drop@1", evidence).columns["value"][at] == 1.0
    assert scores("hard_recall@2", evidence).columns["value"][at] == 1.0
    assert scores("content_purity@1", evidence).columns["value"][at] == 1.0
    assert scores("content_purity@2", evidence).columns["value"][at] == 0.5


def test_a_content_that_is_nowhere_else_has_no_score() -> None:
    evidence = crossed([*LION, ("cow", "savanna", [0.0, 1.0, 1.0])])
    at = evidence.ids.index("cow | savanna")
    for name in ("triplet_accuracy", "separation_auc", "d_prime", "content_purity@3"):
        assert not registry.metric(name).scorable(evidence)[at]
        found = scores(name, evidence)
        assert np.isnan([column[at] for column in found.columns.values()]).all()
        assert np.isfinite(np.delete(next(iter(found.columns.values())), at)).all()


def test_a_cell_without_a_vector_is_left_out_and_others_stay() -> None:
    evidence = world(3, 0.7, 0.7, (4, 3, 2))
    kept = np.flatnonzero(evidence.cell != 5)
    thinned = replace(
        evidence, members=tuple(evidence.members[n] for n in kept),
        cell=evidence.cell[kept], vectors=evidence.vectors[kept],
    )  # fmt: skip
    for name in registry.names("metrics"):
        if registry.find("metrics", name).evidence_kind != "crossed":
            continue
        whole = f"{name}@5" if "k" in registry.find("metrics", name).__dataclass_fields__ else name
        columns = scores(whole, thinned).columns.values()
        assert all(np.isnan(column[5]) for column in columns), name
        assert all(np.isfinite(np.delete(column, 5)).all() for column in columns), name


def test_a_penalty_must_be_one() -> None:
    with pytest.raises(UsageError, match="ridge is 0"):
        registry.metric("context_leakage", {"ridge": 0.0})


# --- known worlds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((1.0, 0.3), {"triplet_accuracy": (0.998, 0.01), "separation_auc": (0.997, 0.01),
                      "d_prime": (3.92, 0.6), "confounding_ratio": (0.07, 0.06),
                      "content_variance": (0.41, 0.05), "context_variance": (0.035, 0.02)}),
        ((1.0, 1.0), {"triplet_accuracy": (0.45, 0.08), "separation_auc": (0.45, 0.08),
                      "confounding_ratio": (1.1, 0.12)}),
        ((0.3, 1.0), {"triplet_accuracy": (0.01, 0.02), "separation_auc": (0.01, 0.02),
                      "confounding_ratio": (11.0, 3.0)}),
        ((0.0, 0.0), {"triplet_accuracy": (0.5, 0.03), "separation_auc": (0.5, 0.03),
                      "d_prime": (0.0, 0.1)}),
    ],
)  # fmt: skip
def test_indices_tell_worlds_of_content_from_worlds_of_context(
    weights: tuple[float, float], expected: dict[str, tuple[float, float]]
) -> None:
    made = [world(seed, *weights, shape=(8, 6, 5)) for seed in range(2)]
    for name, (target, away) in expected.items():
        mean = float(np.mean([value(name, one) for one in made]))
        assert mean == pytest.approx(target, abs=away), name


def test_leakage_is_chance_without_and_full_with_context() -> None:
    assert value("context_leakage", world(1, 1.0, 0.0, (12, 6, 2))) < 0.35
    assert value("context_leakage", world(1, 1.0, 1.5, (12, 6, 2))) > 0.95


def test_a_ratio_without_a_denominator_has_no_interval() -> None:
    evidence = world(4, 0.0, 1.0, (6, 5, 2))
    metric: Any = registry.metric("confounding_ratio")
    drawn = np.concatenate([
        metric.summary(metric.per_unit(evidence), w)
        for w in bootstrap_weights(evidence.clusters, 400, 1)
    ])  # fmt: skip
    assert np.isnan(drawn).mean() > 0.05
    found = interval(Sample(1.0, drawn, None, 30, 5, False, *metric.range))
    assert found.method == "none"


# --- groups and intervals -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["triplet_accuracy", "separation_auc"])
def test_a_group_of_cells_keeps_its_own_mean(name: str) -> None:
    evidence = world(2, 0.7, 0.6, (5, 4, 2))
    found = scores(name, evidence)
    some = np.array(evidence.contents) == "a2"
    part = {column: np.where(some, of, np.nan) for column, of in found.columns.items()}
    metric = registry.metric(name)
    (mean,) = metric.summary(replace(found, columns=part), np.ones((1, len(some))))
    assert mean == pytest.approx(found.columns["value"][some].mean())


def drawn(metric: Any, found: Scores) -> Float64:
    blocks = bootstrap_weights(found.clusters, 300, 1)
    return np.concatenate([metric.summary(found, block) for block in blocks])


@pytest.mark.parametrize("name", ["triplet_accuracy", "separation_auc"])
def test_intervals_cover_other_worlds_as_often_as_they_say(name: str) -> None:
    metric: Any = registry.metric(name)
    rows = []
    for seed in range(60):
        evidence = world(100 + seed, 0.7, 0.7, (8, 5, 1), dim=16, noise=0.6)
        found = metric.per_unit(evidence)
        own = {c: of if c == "value" else np.zeros_like(of) for c, of in found.columns.items()}
        naive = np.quantile(drawn(metric, replace(found, columns=own)), [0.05, 0.95])
        left_out = np.concatenate(
            [metric.summary(found, block) for block in leave_one_out_weights(found.clusters)]
        )
        at = float(metric.summary(found, np.ones((1, 40)))[0])
        made = interval(Sample(at, drawn(metric, found), left_out, 40, 5, False, *metric.range))
        rows.append((at, made.low, made.high, *naive))
    values, low, high, naive_low, naive_high = np.array(rows).T
    truth = values.mean()
    assert np.mean((low <= truth) & (truth <= high)) >= 0.8
    assert np.mean((naive_low <= truth) & (truth <= naive_high)) < 0.8


def test_a_probe_reads_nothing_from_noise() -> None:
    rng = np.random.default_rng(8)
    shares = []
    for _ in range(20):
        labels, folds = rng.integers(0, 4, 60), rng.integers(0, 10, 60)
        found = _guesses(rng.normal(size=(60, 200)), labels, folds, 0.1)
        shares.append(np.mean(found == labels))
    assert np.mean(shares) == pytest.approx(0.25, abs=0.05)
