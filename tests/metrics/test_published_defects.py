"""Defects that were seen in published code and data: none of them is here.

Two more have their tests elsewhere: levels of a frozen video that do not rise
(tests/probes/test_video_probes.py), and a hub that the text counts and the code does not
(tests/metrics/test_geometry_metrics.py).
"""

import math
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import yaml

from evalkit.core import registry
from evalkit.core.arrays import make_vectors
from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.protocols import Side
from evalkit.metrics._balance_floors import nearest_counts
from evalkit.readers import fairface, grep_biasir
from evalkit.stats import Sample, interval
from evalkit.tasks.gender_balance import GenderBalance
from tests.metrics.balance_by_hand import balanced, listed
from tests.metrics.evidence_by_hand import overall, per_unit

ROOT = Path(__file__).resolve().parents[2]


def test_an_absent_group_does_not_look_present() -> None:
    """debias_clip and VisoGender write 1 / k for a share of 0: at k = 1 the absent group leads."""
    evidence = listed("M")
    assert per_unit("min_skew@1", evidence)[0] < 0 < per_unit("max_skew@1", evidence)[0]
    alone, one = per_unit("min_skew@10", listed("MMMMMMMMMM", "MMMMMMMMMF"))
    assert alone < one  # nobody is less than somebody


def test_ties_do_not_enlarge_the_top_k() -> None:
    """debias_clip keeps all ties at the cut and so counts more than k rows."""
    queries, corpus = (
        Side(items, {2: make_vectors([i.id for i in items], np.ones((len(items), 2)))})
        for items in ((Item("q", ""),), tuple(Item(f"d{n}", "") for n in range(5)))
    )
    ranking = registry.create("search", "exact").rank(queries, corpus, 2, [2], "cosine")[2]
    assert ranking.rows.tolist() == [[0, 1]]  # by id, whatever else is as near
    member = np.array([[1, 0], [0, 1], [0, 1], [0, 1], [0, 1]], float)
    evidence = balanced(ranking.rows, np.ones((1, 5), bool), member)
    assert per_unit("bias@2", evidence) == [0.0]
    assert per_unit("bias@1", evidence) == [1.0]


def test_infeasible_index_counts_prefixes_and_not_pairs() -> None:
    """AIF360 raises its index once for each group that is short."""
    member = np.array([[1, 0, 0]] * 9 + [[0, 1, 0], [0, 0, 1]], float)
    rows = np.arange(9)[None]
    evidence = balanced(rows, np.ones((1, 11), bool), member, groups=("a", "b", "c"))
    assert per_unit("infeasible_index@9", evidence) == pytest.approx([7 / 9])
    assert per_unit("infeasible_count@9", evidence) == pytest.approx([14 / 27])


def test_a_demand_is_not_lost_to_rounding() -> None:
    """0.29 x 100 is 28.999999999999996 as a float; its floor is one too few."""
    order = ("F" * 71 + "M" * 29, "F" * 72 + "M" * 28)
    whole, less = (
        per_unit("infeasible_count@100", listed(one, target=(0.29, 0.71)))[0] for one in order
    )
    assert math.floor(0.29 * 100) == 28
    last = [round(200 * value) for value in (whole, less)]
    before = [
        round(198 * per_unit("infeasible_count@99", listed(one, target=(0.29, 0.71)))[0])
        for one in order
    ]
    assert [a - b for a, b in zip(last, before, strict=True)] == [0, 1]
    assert nearest_counts(np.array([[0.29, 0.71]]), np.array([100])).tolist() == [[29, 71]]


def test_ndkl_is_held_against_the_target_and_not_against_the_list_itself() -> None:
    """FairRankTune takes the composition of the list as its target, and adds to the shares."""
    assert per_unit("ndkl@10", listed("MMMMMMMMMM")) == pytest.approx([math.log(2)], abs=1e-12)
    uneven = listed("MMMMMMMMMF", target=(0.9, 0.1))
    assert per_unit("ndkl@10", uneven)[0] < per_unit("ndkl@10", listed("MMMMMMMMMF"))[0]


def test_attention_reaches_one_and_would_reach_zero() -> None:
    """The TREC code takes natural logarithms, with which the number cannot fall below 0.31."""
    steep = listed("M" * 10, target=(1e-9, 1 - 1e-9))
    assert per_unit("awrf@10", steep) == pytest.approx([0.0], abs=1e-6)
    assert per_unit("awrf@2", listed("MF")) == pytest.approx([1.0])


def test_equal_scores_have_an_interval() -> None:
    """scipy's bias-corrected bootstrap gives NaN where all values are the same."""
    metric = registry.metric("tvd@4")
    scores = metric.per_unit(listed(*["MMMF"] * 12))
    value = scores.columns["value"]
    weights = np.random.default_rng(0).multinomial(12, [1 / 12] * 12, 200).astype(float)
    draws = metric.summary(scores, weights)
    assert np.isfinite(draws).all()
    found = interval(
        Sample(
            value=float(value.mean()), draws=draws, left_out=np.full(12, value.mean()),
            n=12, clusters=12, binary=False, low_end=0.0, high_end=1.0,
        )
    )  # fmt: skip
    assert np.isfinite([found.low, found.high]).all()


def test_a_mistyped_label_is_named_and_not_taken_for_a_group() -> None:
    """Grep-BiasIR holds the label `botrh`, and one label in two cases."""
    labels = ("female", "male", "botrh", "Female")
    corpus = tuple(Item(f"d{n}", "", {"gender": (v,)}) for n, v in enumerate(labels * 10))
    data = Dataset("typo", (Item("q", ""),), corpus, Truth(), Card("typo"))
    told = GenderBalance(pool="", k=2).problems(data)
    assert len(told) == 2
    assert "'Female', which is no declared group; did you mean 'female'?" in told[0]
    assert "'botrh'" in told[1]


def test_queries_that_lean_to_two_sides_do_not_pass_for_balance() -> None:
    """The mean of signed bias is 0 for nurses at 0.8 and engineers at -0.8."""
    evidence = listed("MMMMMMMMMF", "FFFFFFFFFM")
    assert overall("bias@10", evidence) == pytest.approx(0.0)
    assert overall("abs_bias@10", evidence) == pytest.approx(0.8)
    assert overall("tvd@10", evidence) == pytest.approx(0.4)


def test_nobody_labelled_is_no_balance() -> None:
    """Published code scores a list without a label 0, the best there is."""
    assert np.isnan(per_unit("bias@3", listed("???", rest="MF"))[0])


def test_labels_need_not_be_numbers_from_zero_nor_all_be_there() -> None:
    """debias_clip indexes counts by the label's value, so that each must be there."""
    assert per_unit("ndkl@3", listed("FFF", groups=("zz", "10"))) == pytest.approx([math.log(2)])


def test_what_is_not_found_stays_in_its_group() -> None:
    """FairRankTune divides by the items it was told of, right only if these are the pool."""
    (few,), (many,) = (
        per_unit("exposure_ratio@2", listed("MF", rest=rest)) for rest in ("MF", "MFFF")
    )
    assert many == pytest.approx(few / 2)


def test_operators_rest_on_no_package_whose_parts_are_gone() -> None:
    """imagecorruptions calls parts of scikit-image, scipy and pkg_resources that were removed."""
    gone = re.compile(r"^\s*(?:from|import) (?:imagecorruptions|skimage|pkg_resources)\b", re.M)
    files = [*(ROOT / "evalkit").rglob("*.py")]
    assert len(files) > 300
    assert [f.name for f in files if gone.search(f.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("grep_biasir", grep_biasir._COLUMNS),
        ("fairface", ("file", *fairface._KNOWN)),
        ("winogender", ("sentid", "sentence")),
        ("visogender", ("IDX", "Occupation", "Object", "Participant")),
    ],
)
def test_a_reader_names_the_columns_that_it_reads(name: str, columns: tuple[str, ...]) -> None:
    """The page of ExcluIR names other keys than its own script reads."""
    told = import_module(f"evalkit.readers.{name}").__doc__ or ""
    assert [column for column in columns if column not in told] == []


def test_vectors_of_any_length_are_made_unit_before_they_are_compared() -> None:
    """NegBench compared vectors as they came at first, so that long ones won."""
    rows = np.array([[30.0, 40.0], [0.001, 0.0]])
    made = make_vectors(["long", "short"], rows)
    assert np.linalg.norm(made.matrix, axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)
    query, corpus = (
        Side(tuple(Item(i, "") for i in v.ids), {2: v})
        for v in (make_vectors(["q"], np.array([[5.0, 0.0]])), made)
    )
    ranking = registry.create("search", "exact").rank(query, corpus, 2, [2], "cosine")[2]
    assert ranking.rows.tolist() == [[1, 0]]  # by direction; by length it would be the other


def test_every_shipped_data_set_may_be_used_for_anything() -> None:
    """The stimuli of SEAT and iEAT may not be used commercially."""
    cards = [yaml.safe_load(f.read_text("utf-8")) for f in ROOT.glob("datasets/*/dataset.yaml")]
    assert len(cards) > 10
    assert {card["licence"] for card in cards} == {"CC0-1.0"}
