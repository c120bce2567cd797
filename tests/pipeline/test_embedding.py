"""What is embedded, how often, and what happens to inputs that cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalkit.core.errors import ProviderError
from evalkit.core.items import Card, Dataset, Item, Truth
from tests import toys


def test_every_distinct_input_is_embedded_once(tmp_path: Path) -> None:
    model = toys.Toy()
    data = toys.dataset()
    twice = Dataset(
        "d",
        data.queries,
        (*data.corpus, Item("copy", data.corpus[0].content)),
        data.truth,
        data.card,
    )
    found = toys.run_plan(
        toys.plan([toys.case(twice), toys.case(twice, "again")], {"m": model}), tmp_path
    )
    assert len(model.asked) == len(set(model.asked)) == 80
    assert found.models[0].sent == 80


def test_second_run_embeds_nothing(tmp_path: Path) -> None:
    toys.run_plan(toys.plan([toys.case(toys.dataset())]), tmp_path)
    again = toys.Toy()
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": again}), tmp_path)
    assert again.asked == []
    assert (found.models[0].sent, found.models[0].found) == (0, 80)


def test_a_nested_model_is_asked_for_its_widest_size_only(tmp_path: Path) -> None:
    model = toys.Toy()
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": model}), tmp_path)
    assert {dim for _, dim in model.asked} == {16}


@pytest.mark.parametrize("nested", ["no", "unknown"])
def test_other_models_are_asked_for_each_size(tmp_path: Path, nested: str) -> None:
    model = toys.Toy(nested_=nested)  # type: ignore[arg-type]
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": model}), tmp_path)
    assert sorted({dim for _, dim in model.asked}) == [4, 16]


def test_how_request_asks_a_nested_model_for_each_size(tmp_path: Path) -> None:
    model = toys.Toy()
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"m": model}, how="request"), tmp_path)
    assert sorted({dim for _, dim in model.asked}) == [4, 16]


def test_a_new_revision_is_embedded_anew(tmp_path: Path) -> None:
    toys.run_plan(toys.plan([toys.case(toys.dataset())]), tmp_path)
    newer = toys.Toy(revision_="2")
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": newer}), tmp_path)
    assert len(newer.asked) == 80


def test_a_probe_embeds_only_what_it_changed(tmp_path: Path) -> None:
    model = toys.Toy()
    probed = toys.case(toys.dataset(), probes=(toys.probe("query", only="word0"),))
    toys.run_plan(toys.plan([probed], {"m": model}), tmp_path)
    assert len(model.asked) == 80 + 2 * 10


def test_interrupted_run_resumes_with_the_rest(tmp_path: Path) -> None:
    stopped = toys.Toy(break_after=30)
    with pytest.raises(KeyboardInterrupt):
        toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": stopped}), tmp_path)
    rest = toys.Toy()
    toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": rest}), tmp_path)
    assert len(rest.asked) == 80 - 28  # seven whole batches of four were kept


def test_offline_names_what_was_never_embedded(tmp_path: Path) -> None:
    with pytest.raises(ProviderError) as e:
        toys.run_plan(toys.plan([toys.case(toys.dataset())]), tmp_path, offline=True)
    assert str(e.value) == (
        "toy: 40 inputs of 'find' were never embedded, and --offline forbids asking. "
        "Run once without --offline."
    )


def test_a_refused_query_is_a_miss_and_listed(tmp_path: Path) -> None:
    model = toys.Toy(refuse=frozenset({"word03 please"}))
    clean = toys.run_plan(toys.plan([toys.case(toys.dataset())]), tmp_path / "a")
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": model}), tmp_path / "b")
    before, after = (toys.value(r, "ndcg@10") for r in (clean, found))
    assert after.n == before.n == 40
    assert after.value < before.value
    assert [(x.kind, x.item, x.reason) for x in found.lost] == [
        ("refused", "q03", "the filter refused it.")
    ]


def test_a_failed_query_is_not_scored(tmp_path: Path) -> None:
    model = toys.Toy(fail=frozenset({"word03 please"}))
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": model}), tmp_path)
    assert toys.value(found, "ndcg@10").n == 39


def test_a_failed_corpus_item_leaves_the_index_and_stays_in_truth(tmp_path: Path) -> None:
    model = toys.Toy(fail=frozenset({"word03 thing word04"}))
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": model}), tmp_path)
    rows = found.rankings_frame()
    assert "d03" not in set(rows["item"])
    scores = found.score_frame().query("metric == 'recall@1' and dim == 16").set_index("unit")
    assert scores.loc["q03", "value"] == 0.0


def test_stop_at_the_first_refusal_where_the_case_says_so(tmp_path: Path) -> None:
    model = toys.Toy(refuse=frozenset({"word03 please"}))
    strict = toys.case(toys.dataset(), on_refusal="stop")
    with pytest.raises(ProviderError, match="'q03' of 'find' has no vector: the filter refused it"):
        toys.run_plan(toys.plan([strict], {"toy": model}), tmp_path)


class _Wrong(toys.Toy):
    def vector(self, text: str) -> object:
        bad = {"word00 please": np.zeros(16), "word01 please": np.full(16, np.nan)}
        good = toys.Toy.vector(self, text)
        return np.asarray(bad.get(text, good), np.float32) if text != "word02 please" else good[:5]


def test_unusable_vectors_are_listed_by_item(tmp_path: Path) -> None:
    found = toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": _Wrong()}), tmp_path)
    assert {x.item: x.reason for x in found.lost} == {
        "q00": "its vector is zero.",
        "q01": "its vector holds NaN or infinity.",
        "q02": "its vector has 5 values, expected 16.",
    }


def test_sizes_and_modalities_that_a_model_lacks_are_not_offered(tmp_path: Path) -> None:
    data = toys.dataset()
    found = toys.run_plan(toys.plan([toys.case(data)], dims=(16, 8, 4)), tmp_path)
    assert [(n.model, n.what) for n in found.not_offered] == [("toy", "size 8")]
    assert {e.cell.dim for e in found.estimates} == {16, 4}


def test_unjudged_queries_are_listed_and_do_not_count(tmp_path: Path) -> None:
    data = toys.dataset()
    grades = {q: row for q, row in data.truth.grades.items() if q != "q07"}
    some = Dataset("d", data.queries, data.corpus, Truth(grades=grades), Card("d"))
    found = toys.run_plan(toys.plan([toys.case(some)]), tmp_path)
    assert toys.value(found, "recall@1").n == 39
    assert [(x.kind, x.item, x.reason) for x in found.lost] == [
        ("unjudged", "q07", "is not judged.")
    ]
