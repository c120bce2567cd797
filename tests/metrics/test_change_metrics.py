"""Metrics of what a probe changed, on lists and vectors written out by hand."""

import numpy as np
import pytest

from evalkit.core import registry
from evalkit.core.changed import Changed
from evalkit.core.errors import UsageError
from evalkit.core.evidence import Ranked
from evalkit.core.items import Item
from tests.metrics.evidence_by_hand import NAN, overall, per_unit

CLEAN = [[0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [-1, -1, -1]]
PROBED = [[0, 2, 1], [1, 0, 3], [3, 4, 5], [2, 1, 0], [-1, -1, -1], [-1, -1, -1]]
ANSWERS = [[0, -1], [0, -1], [3, -1], [0, 2], [0, -1], [-1, -1]]
"""Query 0 keeps its first result, 1 loses a right one, 2 gains one, 3 gets another right one, 4 is
not answered any more, 5 never is and is not judged."""


def changes(**more: object) -> Changed:
    """Six queries over six items."""
    clean = np.array(CLEAN, np.int64)
    judged = np.array(ANSWERS, np.int64)
    units = tuple(Item(f"q{n}", "") for n in range(6))
    ids = tuple(unit.id for unit in units)
    before = Ranked(
        ids=ids,
        rows=clean,
        scores=np.where(clean >= 0, 1 - np.arange(3) / 10, NAN),
        judged=judged,
        grades=np.where(judged >= 0, 2, 0),
        relevant=1,
        clusters=(np.array(ids, object),),
        units=units,
        corpus=tuple(Item(f"d{n}", "") for n in range(6)),
    )
    probed = np.array(PROBED, np.int64)
    after = Ranked(
        **{name: getattr(before, name) for name in Ranked.__slots__}
        | {"rows": probed, "scores": np.where(probed >= 0, 1 - np.arange(3) / 10, NAN)}
    )
    found: dict[str, object] = {
        "right": np.array([[0.8, 0.7], [0.8, 0.5], [0.4, 0.6], [0.9, 0.9], [0.7, NAN], [NAN, NAN]]),
        "shift": np.array([0.1, 0.4, 0.0, 1.2, NAN, 0.3]),
        "apart": np.array([0.5, 0.8, 0.5, 0.6, 0.5, 0.0]),
        "twin": np.array([1, 2, 1, 30, 0, 3], np.int64),
    }
    return Changed(before, after, **(found | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("top1_same", [1, 0, 0, 0, 0, 1]),
        ("jaccard@3", [1, 2 / 4, 0, 1, 0, 1]),
        ("jaccard@2", [1 / 3, 1, 0, 1 / 3, 0, 1]),
        ("harmful_flips", [0, 1, 0, 0, 1, NAN]),
        ("healing_flips", [0, 0, 1, 0, 0, NAN]),
        ("neutral_flips", [0, 0, 0, 1, 0, NAN]),
        ("score_drift", [-0.1, -0.3, 0.2, 0.0, NAN, NAN]),
        ("normalised_shift", [0.2, 0.5, 0.0, 2.0, NAN, NAN]),
        ("self_retrieval@1", [1, 0, 1, 0, NAN, 0]),
        ("self_retrieval@3", [1, 1, 1, 0, NAN, 1]),
    ],
)
def test_each_metric_by_hand(name: str, values: list[float]) -> None:
    np.testing.assert_allclose(per_unit(name, changes()), values, atol=1e-12)


def test_the_order_of_a_list_counts_for_rank_biased_overlap() -> None:
    found = per_unit("rbo@3", changes())
    swapped = 0.1 / 0.9 * (0.9 * 1 + 0.81 / 2 + 0.729) + 0.729
    assert found[0] == pytest.approx(swapped)
    assert found[2] == 0.0
    assert found[4:] == [0.0, 1.0]
    assert 0.0 < found[3] < found[0] < 1.0
    assert per_unit("rbo@3", changes(), p=0.5)[0] != pytest.approx(found[0])


def test_flips_of_all_three_kinds_are_what_top1_same_leaves() -> None:
    same = np.array(per_unit("top1_same", changes()))[:5]
    flips = sum(
        np.array(per_unit(f"{kind}_flips", changes()))[:5]
        for kind in ("harmful", "healing", "neutral")
    )
    np.testing.assert_array_equal(same + flips, 1.0)


def test_harmful_minus_healing_flips_are_the_drop_of_the_first_hit() -> None:
    evidence = changes()
    drop = overall("hit@1", evidence.clean) - overall("hit@1", evidence.probed)
    net = overall("harmful_flips", evidence) - overall("healing_flips", evidence)
    assert net == pytest.approx(drop)


def test_a_threshold_misses_what_it_accepted_before() -> None:
    assert per_unit("threshold_misses", changes(), threshold=0.6)[:5] == [0, 1, 0, 0, 1]
    assert per_unit("threshold_misses", changes(), threshold=0.75)[:5] == [1, 1, 0, 0, 0]
    assert np.isnan(per_unit("threshold_misses", changes(), threshold=0.6)[5])


def test_a_threshold_must_be_a_number() -> None:
    with pytest.raises(UsageError, match="threshold"):
        registry.metric("threshold_misses", {"threshold": NAN})


def test_a_shift_in_a_space_where_all_is_one_says_little() -> None:
    near = changes(shift=np.full(6, 0.5), apart=np.array([1e-3, 1e-9, 0.05, 0.5, 1.0, -0.1]))
    assert per_unit("normalised_shift", near) == pytest.approx(
        [10, NAN, 10, 1, 0.5, NAN], nan_ok=True
    )


def test_a_vector_that_turned_a_hair_too_far_back_has_not_moved() -> None:
    assert per_unit("normalised_shift", changes(shift=np.full(6, -1e-16)))[0] == 0.0


def test_lists_of_no_place_at_all_are_alike() -> None:
    evidence = changes()
    empty = {"rows": np.zeros((6, 0), np.int64), "scores": np.zeros((6, 0))}
    nothing = Ranked(**{name: getattr(evidence.clean, name) for name in Ranked.__slots__} | empty)
    both = Changed(nothing, nothing, evidence.right, evidence.shift, evidence.apart, evidence.twin)
    for name in ("rbo@3", "jaccard@3", "top1_same"):
        assert per_unit(name, both) == [1.0] * 6
    assert per_unit("harmful_flips", both)[:5] == [0.0] * 5


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("rbo@5", "high"),
        ("jaccard@5", "high"),
        ("top1_same", "high"),
        ("self_retrieval@1", "high"),
        ("harmful_flips", "low"),
        ("normalised_shift", "low"),
        ("threshold_misses", "low"),
        ("score_drift", "zero"),
    ],
)
def test_which_way_is_good(name: str, better: str) -> None:
    params = {"threshold": 0.5} if name == "threshold_misses" else None
    assert registry.metric(name, params).better == better


@pytest.mark.parametrize("name", ["rbo@5", "variant_rbo@5"])
def test_a_weight_of_places_that_does_not_fall_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        registry.metric(name, {"p": 1.0})


def test_a_metric_of_lists_asks_for_as_many_places_as_it_looks_at() -> None:
    depths = {name: registry.metric(name).depth for name in ("rbo@7", "top1_same", "score_drift")}
    assert depths == {"rbo@7": 7, "top1_same": 1, "score_drift": 0}
    assert registry.metric("self_retrieval@7").depth == 0
