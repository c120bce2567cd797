"""Systems in a run: prepared items, a second model that reranks, retrievers that are tuned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest

from evalkit.archive import Run
from evalkit.core import registry
from evalkit.core.arrays import Ranking, Similarity
from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Dataset, Item, SideName
from evalkit.core.plan import Against, Bound, CasePlan, GatePlan
from evalkit.core.protocols import Side
from evalkit.core.systems import TUNED, Piece, Rerank, System
from evalkit.ledger import Ledger
from evalkit.pipeline.offer import offers
from evalkit.pipeline.run import Options, run
from evalkit.report.summary import markdown
from evalkit.report.view import view
from tests import toys

EXACT = registry.create("search", "exact")
PLAIN = System("plain", EXACT)


def with_systems(data: Dataset, *systems: System, **changes: Any) -> CasePlan:
    return replace(toys.case(data, **changes), systems=(PLAIN, *systems))


def ran(case: CasePlan, folder: Path, *gates: GatePlan, **models: toys.Toy) -> Run:
    plan = toys.plan([case], models or None, gates)
    with Ledger(folder) as store:
        return run(plan, store, Options())


def recall(found: Run, **cell: Any) -> float:
    return float(toys.value(found, "recall@1", **({"system": "plain"} | cell)).value)


def long(data: Dataset) -> Dataset:
    """The same data, the telling word of each item behind ten others."""
    filler = " ".join(f"filler{n}" for n in range(10))
    return replace(data, corpus=tuple(i.with_content(f"{filler} {i.content}") for i in data.corpus))


def test_chunks_find_what_stands_late_in_a_text(tmp_path: Path) -> None:
    chunks = registry.create("prepare", "chunks", words=10, overlap=0)
    case = with_systems(long(toys.dataset()), System("chunks", EXACT, prepare=(chunks,)))
    found = ran(case, tmp_path)
    assert recall(found, system="chunks") > recall(found) + 0.2
    spans = found.rankings_frame().query("system == 'chunks' and probe == 'clean' and rank == 1")
    assert spans["span_from"].notna().all()
    assert (spans["span_to"] > spans["span_from"]).all()


def test_every_chunk_is_embedded_once_and_the_mean_has_no_span(tmp_path: Path) -> None:
    model = toys.Toy()
    steps = [registry.create("prepare", "chunks", words=10, overlap=0, combine="mean")]
    steps.append(registry.create("prepare", "chunks", words=10, overlap=0))
    systems = [System(f"s{n}", EXACT, prepare=(step,)) for n, step in enumerate(steps)]
    found = ran(with_systems(long(toys.dataset()), *systems), tmp_path, toy=model)
    texts = [text for text, _ in model.asked]
    assert len(texts) == len(set(texts))
    frame = found.rankings_frame()
    assert frame.query("system == 's0'")["span_from"].isna().all()
    scores = [frame.query(f"system == '{s}' and rank == 1")["score"].mean() for s in ("s0", "s1")]
    assert scores[0] < scores[1]


def test_a_lost_chunk_leaves_the_others_and_is_told(tmp_path: Path) -> None:
    data = long(toys.dataset(10))
    chunks = registry.create("prepare", "chunks", words=10, overlap=0)
    filler = " ".join(f"filler{n}" for n in range(10))
    case = with_systems(data, System("chunks", EXACT, prepare=(chunks,)))
    found = ran(case, tmp_path, toy=toys.Toy(fail=frozenset({filler})))
    cut = {one.item for one in found.lost if one.kind == "truncated"}
    assert cut == {item.id for item in data.corpus}
    assert recall(found, system="chunks") > 0.5


def test_what_a_step_cannot_prepare_is_a_failed_item(tmp_path: Path) -> None:
    found = ran(
        with_systems(toys.dataset(10), System("picky", EXACT, prepare=(Picky(),))), tmp_path
    )
    assert [(one.item, one.kind) for one in found.lost] == [("d03", "failed")]
    assert "there is nothing to take from it" in found.lost[0].reason
    ranked = found.rankings_frame().query("system == 'picky'")["item"]
    assert "d03" not in set(ranked)
    assert "d04" in set(ranked)


@dataclass(frozen=True, slots=True)
class Picky:
    """Finds nothing to take from one item of the corpus."""

    sides: ClassVar[frozenset[SideName]] = frozenset({"corpus"})
    combine: ClassVar[Literal["best", "mean"]] = "best"

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        return modalities

    def apply(self, item: Item) -> list[Piece]:
        if item.id == "d03":
            raise DataError(Problem(f"item '{item.id}'", "there is nothing to take from it."))
        return [Piece(item.content)]


@dataclass(slots=True)
class Last(toys.Toy):
    """Looks at the last word of a query and at the first of an item."""

    model = "last"

    def vector(self, text: str) -> Any:
        words = text.split()
        return toys.Toy().vector(words[-1] if words[-1].startswith("word") else words[0])


def test_the_second_model_orders_what_the_first_one_finds(tmp_path: Path) -> None:
    weak, strong = toys.Toy(noise=1.5), Last(revision_="2")
    words = [str(query.content).split()[0] for query in toys.dataset().queries]
    queries = tuple(
        query.with_content(f"please {word}")
        for query, word in zip(toys.dataset().queries, words, strict=True)
    )
    data = replace(toys.dataset(), queries=queries)
    rerank = System("two", EXACT, rerank=Rerank("strong", 40))
    found = ran(with_systems(data, rerank), tmp_path, weak=weak, strong=strong)
    first = recall(found, model="weak")
    assert recall(found, model="weak", system="two") > first
    assert recall(found, model="weak", system="two") == recall(found, model="strong")


def test_a_model_does_not_rerank_itself() -> None:
    case = with_systems(toys.dataset(), System("two", EXACT, rerank=Rerank("b", 10)))
    able = offers(toys.plan([case], {"a": toys.Toy(), "b": Last()}))
    names = {pair: tuple(s.name for s in systems) for pair, systems in able.items()}
    assert names == {("find", "a"): ("plain", "two"), ("find", "b"): ("plain",)}


@dataclass(frozen=True, slots=True)
class Learner:
    """Ranks nothing until it is tuned, then as exact search does."""

    tune: Mapping[str, str] = field(default_factory=dict)
    seen: tuple[str, ...] = ()

    def tuned(
        self,
        queries: Side,
        corpus: Side,
        judgements: Mapping[str, Mapping[str, int]],
        dims: Sequence[int],
        similarity: Similarity,
    ) -> "Learner":
        assert set(judgements) == {query.id for query in queries.items}
        return replace(self, seen=queries.vectors[16].ids)

    def rank(self, queries: Side, corpus: Side, k: int, *rest: Any) -> dict[int, Ranking]:
        assert self.seen
        assert not set(self.seen) & {query.id for query in queries.items}
        found: dict[int, Ranking] = EXACT.rank(queries, corpus, k, *rest)
        return found


def test_a_retriever_is_tuned_on_queries_that_are_not_measured(tmp_path: Path) -> None:
    data = toys.dataset(40)
    chosen = data.select(lambda q: q.id < "q30", lambda item: True)
    rest = data.select(lambda q: q.id >= "q30", lambda item: True)
    learner = System("learner", Learner({"split": "dev"}), tuning=rest)
    model = toys.Toy()
    found = ran(with_systems(chosen, learner), tmp_path, toy=model)
    assert recall(found, system="learner") == recall(found)
    assert len(model.asked) == 80


def test_the_weights_that_were_tuned_are_kept_with_the_run(tmp_path: Path) -> None:
    data = toys.dataset(40)
    chosen = data.select(lambda q: q.id < "q30", lambda item: True)
    rest = data.select(lambda q: q.id >= "q30", lambda item: True)
    fused = registry.create("search", "keyword_fusion", fusion="wsum", tune={"split": "dev"})
    found = ran(with_systems(chosen, System("hybrid", fused, tuning=rest)), tmp_path)
    told = {d.cell.dim: d.table for d in found.details if d.table.name == TUNED}
    assert set(told) == {16, 4}
    for table in told.values():
        queries, vectors, words, sentence = table.rows[0]
        assert queries == 10
        assert isinstance(vectors, float)
        assert words == pytest.approx(1 - vectors)
        assert sentence == (
            f"tuned on 10 other queries: {vectors:g} for the vectors, {words:g} for the words"
        )
        assert sentence in markdown(view(found))


def test_one_missing_vector_gives_no_similarity(tmp_path: Path) -> None:
    from evalkit.pipeline.embed import embed_case
    from evalkit.pipeline.purse import Purse
    from evalkit.pipeline.searching import Search

    case = toys.case(toys.dataset(10))
    model = toys.Toy(refuse=frozenset({"word03 please"}))
    plan = toys.plan([case], {"toy": model})
    with Ledger(tmp_path) as store:
        found = embed_case(case, plan.models[0], 7, Purse(store))
    search = Search(found, case.systems[0], "clean", {})
    pairs = [("q01", "d01"), ("q03", "d03"), ("d04", "d04")]
    for dim, alike in search.similarity(pairs).items():
        one, other = (model.vector(text)[:dim] for text in ("word01 please", "word01 thing word02"))
        cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        assert alike == pytest.approx([cosine, np.nan, 1.0], abs=1e-6, nan_ok=True)
    assert search.vectors("corpus")[4].matrix.shape == (10, 4)


@dataclass(frozen=True, slots=True)
class Whole:
    """Leaves items as they are, on the corpus side."""

    sides: ClassVar[frozenset[SideName]] = frozenset({"corpus"})
    combine: ClassVar[Literal["best", "mean"]] = "best"

    def result(self, modalities: frozenset[str]) -> frozenset[str]:
        return modalities

    def apply(self, item: Item) -> list[Piece]:
        return [Piece(f"{item.content} whole")]


def with_whole(data: Dataset) -> tuple[CasePlan, toys.Toy]:
    """Return a case with a system beside the plain one, and a model that takes nothing of it."""
    bad = frozenset(f"{item.content} whole" for item in data.corpus)
    return with_systems(data, System("whole", EXACT, prepare=(Whole(),))), toys.Toy(fail=bad)


def test_a_system_whose_corpus_the_model_takes_nothing_of_is_not_offered(tmp_path: Path) -> None:
    case, model = with_whole(toys.dataset(10))
    found = ran(case, tmp_path, toy=model)
    assert {e.cell.system for e in found.estimates} == {"plain"}
    assert [n.what for n in found.not_offered] == ["system whole (it broke.)"]
    assert sum(one.kind == "failed" for one in found.lost) == 10


def compared(against: Against, **changes: Any) -> GatePlan:
    """Return a gate that compares with something."""
    bound = Bound("no_worse_than", 0.1, against=against)
    return GatePlan("find", "recall@1", 16, bound, **changes)


def test_a_comparison_with_a_system_that_is_not_offered_is_dropped_unless_it_names_the_model(
    tmp_path: Path,
) -> None:
    whole = Against("system", "whole")
    gates = [compared(whole), compared(whole, model="toy"), compared(whole, model="other")]
    case, model = with_whole(toys.dataset())
    found = ran(case, tmp_path, *gates, toy=model, other=toys.Toy(revision_="2"))
    assert [(v.cell.model, v.status) for v in found.verdicts] == [
        ("other", "pass"),
        ("toy", "missing"),
        ("other", "pass"),
    ]
    alone = ran(case, tmp_path, gates[0], toy=model)
    assert alone.verdicts == ()
    assert [n.what for n in alone.not_offered] == ["system whole (it broke.)"]


def test_a_gate_on_a_system_that_no_model_offers_is_missing(tmp_path: Path) -> None:
    case, model = with_whole(toys.dataset())
    gate = compared(Against("system", "plain"), system="whole")
    (verdict,) = ran(case, tmp_path, gate, toy=model).verdicts
    assert verdict.status == "missing"


def test_a_comparison_with_a_model_that_is_not_measured_is_missing(tmp_path: Path) -> None:
    case, model = with_whole(toys.dataset())
    gate = compared(Against("model", "toy"), system="whole")
    (verdict,) = ran(case, tmp_path, gate, toy=model, other=toys.Toy(revision_="2")).verdicts
    assert (verdict.cell.model, verdict.status) == ("other", "missing")


class _LateFiller(toys.Toy):
    """Begins the vectors of filler with more zeros than the smaller of its sizes holds values."""

    def vector(self, text: str) -> Any:
        found = np.array(toys.Toy.vector(self, text))
        found[: 6 if text.startswith("filler") else 0] = 0
        return found


def test_a_piece_without_direction_is_lost_and_its_item_is_found_by_the_others(
    tmp_path: Path,
) -> None:
    data = long(toys.dataset(10))
    chunks = registry.create("prepare", "chunks", words=10, overlap=0)
    case = replace(toys.case(data), systems=(System("chunks", EXACT, prepare=(chunks,)),))
    found = ran(case, tmp_path, toy=_LateFiller())
    why = "at 4: 1 of its 2 vectors, cut to 4 values, holds only zeros and is left out."
    assert [(x.item, x.kind, x.reason) for x in found.lost] == [
        (item.id, "truncated", why) for item in data.corpus
    ]
    assert found.models[0].lost == 0
    frame = found.rankings_frame()
    assert set(frame.query("dim == 4")["item"]) == {item.id for item in data.corpus}
    assert (frame.query("dim == 4")["span_from"] > 0).all()
    assert (frame.query("dim == 16")["span_from"] == 0).any()
    assert recall(found, system="chunks", dim=4) > 0.5


def test_a_mean_of_pieces_that_cancel_out_is_a_failed_item(tmp_path: Path) -> None:
    class Opposed(toys.Toy):
        def vector(self, text: str) -> Any:
            return toys.Toy.vector(self, "word") * (-1.0 if text.startswith("filler") else 1.0)

    data = long(toys.dataset(4))
    data = replace(data, corpus=(toys.dataset(4).corpus[0], *data.corpus[1:]))
    chunks = registry.create("prepare", "chunks", words=10, overlap=0, combine="mean")
    case = replace(toys.case(data), systems=(System("mean", EXACT, prepare=(chunks,)),))
    found = ran(case, tmp_path, toy=Opposed())
    assert {(x.item, x.kind, x.reason) for x in found.lost} == {
        (name, "failed", "the mean of its 2 vectors is zero: it has no direction.")
        for name in ("d01", "d02", "d03")
    }
