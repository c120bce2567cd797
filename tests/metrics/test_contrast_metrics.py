"""Metrics of minimal pairs on similarities and places written out by hand."""

from typing import Any

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.contrasted import Contrasted
from evalkit.core.errors import UsageError
from tests.metrics.evidence_by_hand import NAN, clusters, overall, per_unit

# Both right, one document wins both, all wrong, a tie, a lost document.
SIMILARITY = (
    ((0.9, 0.5), (0.4, 0.6)),
    ((0.9, 0.5), (0.7, 0.6)),
    ((0.2, 0.5), (0.7, 0.6)),
    ((0.5, 0.5), (0.1, 0.6)),
    ((0.9, NAN), (0.1, NAN)),
)
CONTROL = ((0.8, 0.5), (0.4, 0.8), (0.4, 0.6), (0.5, 0.2), (0.8, 0.5))
RIGHT = ((1, 1), (1, 4), (9, 0), (0, 1), (1, 0))
CONTRARY = ((4, 2), (3, 2), (2, 1), (0, 0), (0, 2))


def evidence(**changed: Any) -> Contrasted:
    given: dict[str, Any] = {
        "similarity": SIMILARITY,
        "control": CONTROL,
        "right": RIGHT,
        "contrary": CONTRARY,
    } | changed
    ids = tuple(f"p{n}" for n in range(len(given["similarity"])))
    return Contrasted(
        ids,
        ("negation",) * len(ids),
        np.array(given["similarity"], float),
        np.array(given["control"], float),
        np.array(given["right"], np.int64),
        np.array(given["contrary"], np.int64),
        {"q1": (0,), "d1": (0, 1)},
        {"q1": "query", "d1": "corpus"},
        clusters(ids),
        (),
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("contrast_accuracy", [1, 0, 0, 0, NAN]),
        ("contrast_query_accuracy", [1, 0.5, 0, 0.5, NAN]),
        ("same_document", [0, 1, 0, 0, NAN]),
        ("contrast_margin", [0.3, 0.15, -0.2, 0.25, NAN]),
        ("paraphrase_control", [1, 0.5, 0, 0.5, NAN]),
        ("contradiction_rate@1", [0, 0, 0.5, 0, NAN]),
        ("contradiction_rate@2", [0.5, 0.5, 1, 0, NAN]),
        ("contradiction_rate@10", [1, 1, 1, 0, NAN]),
        ("inversion_rate", [0, 0.5, 1, 0.25, NAN]),
    ],
)
def test_by_hand(name: str, expected: list[float]) -> None:
    np.testing.assert_allclose(per_unit(name, evidence()), expected, atol=1e-12)
    assert overall(name, evidence()) == pytest.approx(np.nanmean(expected))


def test_similarities_that_rankings_hold_for_equal_are_tied() -> None:
    """A tie is no success: a model that cannot tell two documents apart scores 0."""
    alike = [((0.5, 0.5 - 1e-9), (0.5 - 1e-9, 0.5))]
    some = evidence(similarity=alike, control=[(0.5, 0.5)], right=[(1, 2)], contrary=[(2, 1)])
    assert per_unit("contrast_accuracy", some) == [0.0]
    assert per_unit("contrast_query_accuracy", some) == [0.0]
    assert per_unit("same_document", some) == [0.0]
    assert per_unit("paraphrase_control", some) == [0.0]
    assert per_unit("contrast_margin", some) == [0.0]
    assert per_unit("inversion_rate", some) == [0.5]


def test_chance_is_what_the_metrics_say() -> None:
    rng = np.random.default_rng(5)
    n = 20_000
    places = rng.permuted(np.tile(np.arange(1, 5), (n, 2, 1)), axis=2)
    some = evidence(
        similarity=rng.normal(size=(n, 2, 2)),
        control=rng.normal(size=(n, 2)),
        right=np.where(places[..., 0] <= 2, places[..., 0], 0),
        contrary=np.where(places[..., 1] <= 2, places[..., 1], 0),
    )
    chance = {
        "contrast_accuracy": 0.25,
        "contrast_query_accuracy": 0.5,
        "same_document": 0.5,
        "paraphrase_control": 0.5,
        "inversion_rate": 0.5,
    }
    for name, expected in chance.items():
        assert overall(name, some) == pytest.approx(expected, abs=0.012), name


def test_a_model_blind_to_the_detail_lets_one_document_win_both() -> None:
    blind = evidence(similarity=[((0.9, 0.5), (0.8, 0.4))] * 3, control=[(0.8, 0.3)] * 3,
                     right=[(1, 2)] * 3, contrary=[(2, 1)] * 3)  # fmt: skip
    assert overall("same_document", blind) == 1.0
    assert overall("contrast_accuracy", blind) == 0.0
    assert overall("contrast_query_accuracy", blind) == 0.5
    assert overall("inversion_rate", blind) == 0.5


def test_without_paraphrases_the_control_scores_nobody() -> None:
    none = evidence(control=np.full((5, 2), NAN))
    assert not registry.metric("paraphrase_control").scorable(none).any()
    assert registry.metric("contrast_accuracy").scorable(none).all()


def test_a_lost_paraphrase_leaves_the_pair_out_of_the_control_alone() -> None:
    lost = evidence(control=((NAN, 0.5), *CONTROL[1:]))
    assert np.isnan(per_unit("paraphrase_control", lost)[0])
    assert registry.metric("paraphrase_control").scorable(lost).all()
    assert per_unit("contrast_accuracy", lost)[0] == 1.0


def test_less_is_better_where_contradictions_are_counted() -> None:
    low = {"same_document", "contradiction_rate@1", "inversion_rate"}
    high = {"contrast_accuracy", "contrast_query_accuracy", "contrast_margin", "paraphrase_control"}
    assert {name: registry.metric(name).better for name in low | high} == {
        **dict.fromkeys(low, "low"),
        **dict.fromkeys(high, "high"),
    }


def test_a_place_before_the_first_is_refused() -> None:
    with pytest.raises(UsageError, match="must be 1 or more"):
        registry.create("metrics", "contradiction_rate", k=0)
