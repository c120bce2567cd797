"""What is embedded, how often, and what happens to inputs that cannot be."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit import archive
from evalkit.core.errors import OutputError, ProviderError
from evalkit.core.items import Card, Dataset, Item, Truth
from evalkit.core.protocols import Embedded, Failed, Refused, Role
from evalkit.core.results import CLEAN
from evalkit.ledger import Ledger
from evalkit.pipeline.embed import Embeddings, embed_case
from evalkit.pipeline.purse import Purse
from tests import toys

Outcomes = Iterator[Embedded | Refused | Failed]

PLAIN = toys.case(toys.dataset()).systems[0]


def toy_run(model: toys.Toy, folder: Path, **changes: Any) -> archive.Run:
    return toys.run_plan(toys.plan([toys.case(toys.dataset())], {"toy": model}), folder, **changes)


def embedded(model: toys.Toy, folder: Path, *probes: Any) -> Embeddings:
    plan = toys.plan([toys.case(toys.dataset(), probes=probes)], {"toy": model})
    with Ledger(folder) as store:
        return embed_case(plan.cases[0], plan.models[0], 7, Purse(store))


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
    assert len(rest.asked) == 80 - 30


class _Wide(toys.Toy):
    """A toy that takes everything at once, and may be told what to do at one input."""

    batch = 1000
    halt: Any = None

    def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
        for outcome in toys.Toy.embed(self, items, role, dim):
            if len(self.asked) == 37 and self.halt is not None:
                self.halt()
            yield outcome


@pytest.mark.parametrize("error", [KeyboardInterrupt, ProviderError, RuntimeError])
def test_a_batch_that_breaks_off_keeps_its_answers(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def halt() -> None:
        raise error("stop")

    stopped = _Wide()
    stopped.halt = halt
    with pytest.raises(error):
        toy_run(stopped, tmp_path)
    with Ledger(tmp_path) as store:
        assert len(store) == 36


def test_answers_are_stored_while_a_batch_goes_on(tmp_path: Path) -> None:
    kept = []

    def look() -> None:
        with Ledger(tmp_path) as store:
            kept.append(len(store))

    model = _Wide()
    model.halt = look
    toy_run(model, tmp_path)
    assert kept == [32]


def test_answers_are_stored_after_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(10**6))
    monkeypatch.setattr("evalkit.pipeline.sending.time.monotonic", lambda: float(next(seconds)))
    kept = []

    def look() -> None:
        with Ledger(tmp_path) as store:
            kept.append(len(store))

    model = _Wide()
    model.halt = look
    toy_run(model, tmp_path)
    assert kept == [36]


class _Parts(toys.Toy):
    """Gives each text two vectors; the second of the first may come after all others."""

    late = False

    def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
        rest = []
        for outcome in toys.Toy.embed(self, items, role, dim):
            assert isinstance(outcome, Embedded)
            for kind, sign in (("video", 1), ("audio", -1)):
                part = Embedded(outcome.index, outcome.vector * sign, outcome.norm, kind, parts=2)
                if self.late and kind == "audio" and outcome.index == 0:
                    rest.append(part)
                else:
                    yield part
        yield from rest


def test_an_item_of_several_vectors_is_stored_whole(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        toy_run(_Parts(break_after=6), tmp_path)
    model = _Parts()
    model.late = True
    fresh = embedded(model, tmp_path, toys.probe("query", only="word0"))
    assert len(model.asked) == 80 - 6 + 20
    again = embedded(_Parts(break_after=0), tmp_path, toys.probe("query", only="word0"))
    for label in (CLEAN, "shout/3@query"):
        old, new = (one.side("query", label, PLAIN).vectors[16] for one in (fresh, again))
        assert new.owners.tolist() == [n for n in range(40) for _ in range(2)]
        assert old.matrix.tobytes() == new.matrix.tobytes()
        assert (new.matrix[::2] == -new.matrix[1::2]).all()


def test_changed_items_take_the_place_of_clean_ones(tmp_path: Path) -> None:
    model = _Parts()
    found = embedded(model, tmp_path, toys.probe("query", only="word0"))
    side = found.side("query", "shout/1@query", PLAIN)
    vectors = side.vectors[16]
    assert vectors.ids == tuple(item.id for item in side.items)
    for n, item in enumerate(side.items):
        raw = model.vector(str(item.content)).astype(float)
        row = vectors.matrix[np.flatnonzero(vectors.owners == n)[0]]
        assert row == pytest.approx(raw / np.linalg.norm(raw), abs=1e-6)
    assert sum(str(item.content).startswith("zz1") for item in side.items) == 10
    assert found.side("query", "shout/1@query", PLAIN) is side


def test_progress_is_told_after_each_answer(tmp_path: Path) -> None:
    told: list[tuple[str, int, int, str]] = []
    toy_run(toys.Toy(), tmp_path, progress=lambda *news: told.append(news))
    queries = [(done, total) for what, done, total, _ in told if what == "toy: find, query side"]
    assert queries == [(n, 40) for n in range(41)]


def test_offline_names_all_that_was_never_embedded(tmp_path: Path) -> None:
    data = toys.dataset(300)
    with pytest.raises(ProviderError) as e:
        toys.run_plan(toys.plan([toys.case(data)]), tmp_path, offline=True)
    assert str(e.value) == (
        "toy: 300 inputs on the query side of 'find' were never embedded, and --offline forbids "
        "asking. Run once without --offline."
    )


def test_a_refusal_is_not_asked_for_again(tmp_path: Path) -> None:
    refuse = frozenset({"word03 please"})
    first = toy_run(toys.Toy(refuse=refuse), tmp_path)
    again = toys.Toy(refuse=refuse)
    second = toy_run(again, tmp_path, offline=True)
    assert again.asked == []
    assert (second.models[0].sent, second.models[0].found, second.models[0].lost) == (0, 80, 1)
    assert second.lost == first.lost
    assert [(x.item, x.reason) for x in second.lost] == [("q03", "the filter refused it.")]


def test_a_failure_is_tried_again(tmp_path: Path) -> None:
    toy_run(toys.Toy(fail=frozenset({"word03 please"})), tmp_path)
    again = toys.Toy()
    assert toy_run(again, tmp_path).lost == ()
    assert again.asked == [("word03 please", 16)]


class _FailsAtFour(toys.Toy):
    def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
        for outcome in toys.Toy.embed(self, items, role, dim):
            bad = dim == 4 and items[outcome.index].id == "q03"
            yield Failed(outcome.index, "it broke.") if bad else outcome


def test_a_loss_at_one_size_counts_at_that_size_alone(tmp_path: Path) -> None:
    model = _FailsAtFour(nested_="no", refuse=frozenset({"word05 please"}))
    found = toy_run(model, tmp_path / "a")
    assert toys.value(found, "ndcg@10").n == 40
    assert toys.value(found, "ndcg@10", dim=4).n == 39
    assert [(x.item, x.kind, x.reason) for x in found.lost] == [
        ("q03", "failed", "at 4: it broke."),
        ("q05", "refused", "the filter refused it."),
    ]
    lost = embedded(model, tmp_path / "b")
    assert set(lost.lost_from("query", CLEAN, 4, PLAIN)) == {"q03", "q05"}
    assert set(lost.lost_from("query", CLEAN, 16, PLAIN)) == {"q05"}


_LATE = {"word03 please", "word03 thing word04", "zz1 word05 thing word06"}


class _Late(toys.Toy):
    """Begins some vectors with more zeros than the smaller of its sizes holds values."""

    def vector(self, text: str) -> object:
        found = np.array(toys.Toy.vector(self, text))
        found[: 6 if text in _LATE else 0] = 0
        return found


def test_a_vector_that_begins_with_zeros_is_lost_at_the_size_that_holds_no_more(
    tmp_path: Path,
) -> None:
    found = toy_run(_Late(), tmp_path)
    why = "at 4: its vector, cut to 4 values, holds only zeros: there is nothing to compare it by."
    assert [(x.side, x.item, x.kind, x.reason) for x in found.lost] == [
        ("query", "q03", "failed", why),
        ("corpus", "d03", "failed", why),
    ]
    assert toys.value(found, "ndcg@10").n == 40
    assert toys.value(found, "ndcg@10", dim=4).n == 39
    assert found.models[0].lost == 2
    rows = found.rankings_frame()
    assert "d03" in set(rows.query("dim == 16")["item"])
    assert "d03" not in set(rows.query("dim == 4")["item"])


@pytest.mark.parametrize(("word", "before", "after"), [("03", False, True), ("05", True, False)])
def test_a_probe_may_give_or_take_the_direction_of_a_beginning(
    tmp_path: Path, word: str, before: bool, after: bool
) -> None:
    found = embedded(_Late(), tmp_path, toys.probe("corpus", only=f"word{word} thing"))
    clean, changed = (found.side("corpus", x, PLAIN).vectors for x in (CLEAN, "shout/1@corpus"))
    name = f"d{word}"
    assert (name in clean[4].ids, name in changed[4].ids) == (before, after)
    assert name in clean[16].ids
    assert name in changed[16].ids


def test_the_case_may_say_to_stop_at_a_vector_without_direction(tmp_path: Path) -> None:
    strict = toys.case(toys.dataset(), on_item_error="stop")
    with pytest.raises(ProviderError, match=r"'q03' of 'find' has no vector: its .* zeros"):
        toys.run_plan(toys.plan([strict], {"toy": _Late()}), tmp_path)


class _Stored(toys.Toy):
    """Stored vectors, looked up by id."""

    keyed_by = "id"


def test_stored_vectors_are_read_each_time_and_never_copied(tmp_path: Path) -> None:
    plain = toy_run(toys.Toy(), tmp_path / "plain")
    for _ in range(2):
        model = _Stored(fail=frozenset({"word03 please"}))
        found = toy_run(model, tmp_path, offline=True)
        facts = found.models[0]
        assert (facts.wanted, facts.found, facts.sent, facts.lost) == (80, 0, 0, 1)
        assert len(model.asked) == 80
    with Ledger(tmp_path) as store:
        assert len(store) == 0
    same = toy_run(_Stored(), tmp_path)
    assert repr(same.estimates) == repr(plain.estimates)


def test_nothing_is_asked_where_nothing_can_be_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(store: Ledger) -> None:
        raise OutputError("no space.")

    monkeypatch.setattr(Ledger, "expect_writable", full)
    model = toys.Toy()
    with pytest.raises(OutputError):
        toy_run(model, tmp_path)
    assert model.asked == []


def _run_and_store(folder: str, ready: Barrier) -> None:
    ready.wait(120)
    out = Path(folder)
    archive.ensure_writable(out / "toys")
    found = toy_run(toys.Toy(), out / "paid")
    with archive.new_folder(out, found.suite, found.id) as place:
        archive.save(found, place)


def test_two_runs_of_a_suite_at_once_both_end_well(tmp_path: Path) -> None:
    """They share ledger and output."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    runs = [context.Process(target=_run_and_store, args=(str(tmp_path), ready)) for _ in range(2)]
    for one in runs:
        one.start()
    for one in runs:
        one.join(120)
        assert one.exitcode == 0
    with Ledger(tmp_path / "paid") as store:
        assert len(store) == 80
    stored = [p for p in (tmp_path / "toys").iterdir() if p.name != "latest"]
    assert len(stored) == 2
    assert archive.latest(tmp_path, "toys") in stored
    old, new = map(archive.load, stored)
    assert repr(old.estimates) == repr(new.estimates)


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


@pytest.mark.parametrize("norm", [0.0, -1.0, float("nan"), float("inf")])
def test_a_length_that_cannot_be_is_a_failure(tmp_path: Path, norm: float) -> None:
    class Long(toys.Toy):
        def embed(self, items: Sequence[Item], role: Role, dim: int) -> Outcomes:
            for n, item in enumerate(items):
                bad = item.id == "q03"
                yield Embedded(n, self.vector(str(item.content))[:dim], norm if bad else 1.0)

    assert [(x.item, x.reason) for x in toy_run(Long(), tmp_path).lost] == [
        ("q03", "its length is not a number above zero.")
    ]


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


def test_a_corpus_without_any_vector_stops_the_run(tmp_path: Path) -> None:
    data = toys.dataset()
    model = toys.Toy(fail=frozenset(str(item.content) for item in data.corpus))
    with pytest.raises(ProviderError) as e:
        toys.run_plan(toys.plan([toys.case(data)], {"toy": model}), tmp_path)
    assert str(e.value) == (
        "toy: none of the 40 corpus items of 'find' could be embedded at 16. "
        "The first reason: it broke."
    )
