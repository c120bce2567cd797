"""Bounds on metrics that chance alone moves: refused where they say nothing, with the reason."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evalkit import suite
from evalkit.core import registry
from evalkit.core.errors import SuiteError
from evalkit.core.metric import Metric
from evalkit.pipeline.gate import limits
from evalkit.suite.by_chance import complaint

RAISED = (
    "tvd@10", "abs_bias@10", "ndkl@10", "max_skew@10", "ee_l@10", "infeasible_index@10",
    "infeasible_count@10", "gini@10",
)  # fmt: skip
"""Less is better, and chance is known query by query: the excess is gated."""
LOWERED = ("awrf@10", "min_skew@10", "exposure_ratio@10")
"""More is better, and chance lies below the best."""
POOLED = (
    "equal_opportunity_gap@10", "equal_opportunity_ratio@10", "pairwise_accuracy_gap@10",
    "retrievability_ratio@10",
)  # fmt: skip
"""Chance is known for all queries together, in draws."""
LEADS = (
    "bias@10", "bias_low@10", "bias_high@10", "skew@10", "equal_opportunity_lead@10",
    "amplification@10",
)  # fmt: skip
"""0 is best, and chance gives 0 in an even pool alone: the excess is held between two bounds."""
SIGNED = (
    "rab@10", "arab@10", "ndrab@10", "similarity_bias", "wording_preference", "wording_balance",
    "association_effect", "association_effect_centred", "association_lean",
    "association_lean_centred", "association_share", "association_share_centred",
)  # fmt: skip
"""Chance gives 0 on average, and 0 is best: a lead of either side is what is gated."""
COUNTED = ("compliance@10", "label_coverage@10", "swap_rbo@10", "swap_jaccard@10", "swap_top1")
"""More is better; noise moves them to no side, there is none, or they are a demand on data."""
KINDS = {"balance", "swaps", "wordings", "associations"}
LITTLE = "is not at its best even where chance alone decides, so that its value says little."
COMPARE = "or compare with no_worse_than or advantage_over."
ENDS = "Write excess_within and two bounds, such as [-0.1, 0.1]"
RAW = ("at_least", "at_most", "within")


def metric(name: str) -> Metric:
    found: Metric = registry.metric(name)
    return found


def test_every_metric_of_people_and_words_is_decided_about() -> None:
    listed = {name.partition("@")[0] for group in (RAISED, LOWERED, POOLED, LEADS, SIGNED, COUNTED)
              for name in group}  # fmt: skip
    known = {n for n in registry.names("metrics")
             if registry.find("metrics", n).evidence_kind in KINDS}  # fmt: skip
    assert known == listed


@pytest.mark.parametrize("bound", RAW)
def test_a_value_that_chance_alone_raises_or_lowers_is_not_gated(bound: str) -> None:
    for name in (*RAISED, *LOWERED, *POOLED):
        first = "Write excess_at_most" if metric(name).better == "low" else ENDS
        assert complaint(metric(name), bound) == (f"'{name}' {LITTLE}", f"{first}, {COMPARE}")
    for name in LEADS:
        what, fix = complaint(metric(name), bound) or ("", "")
        assert what.startswith(f"'{name}' is not 0 by chance where the pool holds more of one")
        assert fix == f"{ENDS}, {COMPARE}"


@pytest.mark.parametrize("name", [*SIGNED, *COUNTED])
def test_a_value_that_chance_moves_to_no_side_is_gated(name: str) -> None:
    assert {complaint(metric(name), bound) for bound in (*RAW, "gap_at_most")} == {None}


@pytest.mark.parametrize("name", [*RAISED, *LOWERED, *POOLED, *LEADS])
def test_comparisons_and_drops_are_gated_whatever_chance_gives(name: str) -> None:
    for bound in ("no_worse_than", "advantage_over", "drop_at_most"):
        assert complaint(metric(name), bound) is None


def test_rates_of_groups_of_unlike_size_are_not_held_against_each_other() -> None:
    assert {complaint(metric(name), "gap_at_most") is None for name in POOLED} == {False}
    assert {complaint(metric(name), "gap_at_most") for name in (*RAISED, *LEADS)} == {None}


def test_an_excess_is_gated_only_where_more_of_it_is_worse() -> None:
    pooled = {name: metric(name).better for name in POOLED}
    low, high = ([n for n in POOLED if pooled[n] == side] for side in ("low", "high"))
    assert {complaint(metric(name), "excess_at_most") for name in (*RAISED, *low)} == {None}
    for name in (*LOWERED, *high):
        what = f"of '{name}' more is better, so that the worst list would hold this bound."
        assert complaint(metric(name), "excess_at_most") == (what, f"{ENDS}.")
    for name in LEADS:
        what = f"'{name}' has a sign, so that any lead of the other side would hold this bound."
        assert complaint(metric(name), "excess_at_most") == (what, f"{ENDS}.")


@pytest.mark.parametrize("name", [*RAISED, *LOWERED, *POOLED, *LEADS, "label_coverage@10"])
def test_an_excess_between_two_bounds_is_gated_wherever_chance_is_known(name: str) -> None:
    assert complaint(metric(name), "excess_within") is None


@pytest.mark.parametrize("bound", ["excess_at_most", "excess_within"])
def test_no_excess_is_gated_where_chance_is_not_known(bound: str) -> None:
    for name in ("compliance@10", "rab@10"):
        what, _ = complaint(metric(name), bound) or ("", "")
        assert what == f"it is not known what chance gives '{name}'."


def test_what_leaks_is_gated_beyond_chance() -> None:
    leak: Metric = registry.create("metrics", "linear_leakage", attribute="gender")
    assert complaint(leak, "at_most") is not None
    assert complaint(leak, "excess_at_most") is None


@pytest.fixture
def people(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a suite about four people with one gate, and its data."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/dataset.yaml").write_text("name: people\nlicence: CC0-1.0\n")
    rows = (
        {"id": f"d{n}", "text": f"nurse {n}", "tags": {"gender": g, "occupation": "nurse"}}
        for n, g in enumerate(["female", "male"] * 4)
    )
    (tmp_path / "data/corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "data/queries.jsonl").write_text(
        '{"id": "q1", "text": "a nurse", "tags": {"occupation": "nurse"}}\n'
    )
    (tmp_path / "data/qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td0\t1\n")

    def written(gate: str, more: str = "") -> Path:
        path = tmp_path / "s.yaml"
        path.write_text(
            "suite: people\nmodels: [reference]\ndimensions: [256]\ncases:\n"
            "  - {name: c, data: data, task: {gender_balance: {k: 4}},\n"
            f"     metrics: [ndkl@4, equal_opportunity_gap@4, bias@4]{more}}}\n"
            f"gates:\n  - {{case: c, at: 256, {gate}}}\n"
        )
        return path

    return written


def test_a_suite_that_gates_a_raw_ndkl_is_refused_with_the_reason(
    people: Callable[[str], Path],
) -> None:
    with pytest.raises(SuiteError) as caught:
        suite.load(people("metric: ndkl@4, at_most: 0.1"))
    (problem,) = caught.value.problems
    assert str(problem).endswith(
        f"gates.0.at_most: 'ndkl@4' {LITTLE} "
        "Write excess_at_most, or compare with no_worse_than or advantage_over."
    )
    (gate,) = suite.load(people("metric: ndkl@4, excess_at_most: 0.1")).gates
    assert gate.aim == "equal parts"


def test_a_signed_metric_is_held_on_both_sides_of_chance(people: Callable[[str], Path]) -> None:
    (gate,) = suite.load(people("metric: bias@4, excess_within: [-0.1, 0.2]")).gates
    assert limits(gate.bound) == (-0.1, 0.2)
    assert str(gate.bound) == "lies within -0.1 to 0.2 of chance"
    assert gate.aim == "half to the first group"
    for wrong in ("[0.2, 0.1]", "[-2.1, 0]"):
        with pytest.raises(SuiteError, match=r"empty|outside what the difference"):
            suite.load(people(f"metric: bias@4, excess_within: {wrong}"))


def test_a_gate_of_pooled_rates_acts_on_their_excess(people: Callable[[str], Path]) -> None:
    (gate,) = suite.load(people("metric: equal_opportunity_gap@4, excess_at_most: 0.1")).gates
    assert gate.aim == "the same rate for each group"


def test_a_suite_that_gates_a_raw_gap_of_rates_is_refused_with_the_reason(
    people: Callable[[str], Path],
) -> None:
    with pytest.raises(SuiteError) as caught:
        suite.load(people("metric: equal_opportunity_gap@4, at_most: 0.1"))
    assert str(caught.value.problems[0]).endswith(
        f"'equal_opportunity_gap@4' {LITTLE} Write excess_at_most, {COMPARE}"
    )


def test_lists_are_not_called_effective_by_what_chance_decides(
    people: Callable[..., Path],
) -> None:
    with pytest.raises(SuiteError) as caught:
        suite.load(people("metric: bias@4, excess_within: [-1, 1]",
                          ", effective: {metric: ndkl@4, at_least: 0.1}"))  # fmt: skip
    assert "chance alone decides 'ndkl@4' of a single list." in str(caught.value)
