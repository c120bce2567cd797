"""Studies are made of stored runs: pooled, each once, blind, sampled in proportion."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from evalkit.archive import Run, rankings_table
from evalkit.core.arrays import Ranking
from evalkit.core.errors import UsageError
from evalkit.core.results import Cell, Listing
from evalkit.judging.records import Study
from evalkit.judging.study import make_study, unseen
from tests.report.conftest import _run

CASE = "photos"
DOCS = tuple(f"d{n}" for n in range(12))
CLEAN = {
    Cell(CASE, "alpha", dim=1024): 0,
    Cell(CASE, "alpha", dim=256): 1,
    Cell(CASE, "beta", dim=1024): 4,
}
OTHERS = {
    Cell(CASE, "alpha", probe="typos/1@query", dim=1024): 7,
    Cell(CASE, "alpha", system="hybrid", dim=1024): 7,
}
QUERIES = 20


def run(cells: dict[Cell, int] | None = None, queries: int = QUERIES, **changes: Any) -> Run:
    """Return a run in which query n of a cell finds items from n plus the cell's number on."""
    ids = tuple(f"q{n}" for n in range(queries))
    lists = []
    for cell, first in (CLEAN | OTHERS if cells is None else cells).items():
        at = (np.arange(8) + np.arange(queries)[:, None] + first) % len(DOCS)
        scores = np.tile(np.linspace(0.9, 0.1, 8), (queries, 1))
        ranks = at.astype(np.int64)
        lists.append(Listing(cell, Ranking(ids, DOCS, ranks, scores, ranks)))
    base = _run()
    facts = replace(base.cases[0], keep=8, systems=("plain", "hybrid"))
    rankings = rankings_table(lists, {CASE: {}})
    items = changes.pop("items", _items(ids))
    return replace(base, cases=(facts,), rankings=rankings, items=items, **changes)


def _items(
    ids: Sequence[str], text: Callable[[str], str] = lambda name: f"text of {name}"
) -> pa.Table:
    rows = [("query", n, "text" if int(n[1:]) % 4 else "image") for n in ids]
    rows += [("corpus", n, "image") for n in DOCS]
    return pa.table(
        {
            "case": [CASE] * len(rows),
            "side": [side for side, _, _ in rows],
            "id": [name for _, name, _ in rows],
            "modality": [modality for _, _, modality in rows],
            "text": [text(name) for _, name, _ in rows],
            "tags": [_spoken("es" if name[1:] in "01234" else "en") for _, name, _ in rows],
            "picture": pa.array([b"\xff\xd8\xff" if s == "corpus" else None for s, _, _ in rows]),
            "sound": pa.array([None] * len(rows), pa.binary()),
        }
    )  # fmt: skip


def _spoken(language: str) -> str:
    return json.dumps({"language": [language]})


def results(study: Study, query: str) -> tuple[str, ...]:
    return next(p.results for p in study.prompts if p.query == query)


def test_the_first_results_of_clean_plain_lists_are_pooled_once_each() -> None:
    study = make_study([run()], "s", depth=3)
    assert len(study.prompts) == QUERIES
    assert set(study.cells) == set(CLEAN)
    assert sorted(results(study, "q0")) == ["d0", "d1", "d2", "d3", "d4", "d5", "d6"]
    places = {(p.cell, p.rank): p.item for p in study.places if p.prompt == _id(study, "q0")}
    assert places == {(c, r): f"d{first + r - 1}" for c, first in CLEAN.items() for r in (1, 2, 3)}


def _id(study: Study, query: str) -> str:
    return next(p.id for p in study.prompts if p.query == query)


def test_cells_are_chosen_by_model_size_and_system() -> None:
    one = make_study([run()], "s", models=["alpha"], dims=[256], depth=2)
    assert one.cells == (Cell(CASE, "alpha", dim=256),)
    assert sorted(results(one, "q0")) == ["d1", "d2"]
    other = make_study([run()], "s", systems=["hybrid"], depth=1)
    assert results(other, "q0") == ("d7",)


def test_the_order_tells_neither_model_nor_rank() -> None:
    """Over many prompts the first result of each list stands at every place about as often."""
    study = make_study([run({Cell(CASE, "alpha", dim=1024): 0}, queries=400)], "s", depth=4)
    first = {p.prompt: p.item for p in study.places if p.rank == 1}
    at = Counter(p.results.index(first[p.id]) for p in study.prompts)
    assert min(at.values()) > 70
    assert len(at) == 4
    asked = [int(p.query[1:]) for p in study.prompts]
    assert abs(np.corrcoef(asked, np.arange(400))[0, 1]) < 0.2


def test_the_same_seed_gives_the_same_study_and_another_one_another() -> None:
    one, again = (make_study([run()], "s", created="now") for _ in range(2))
    assert one == again
    other = make_study([run()], "s", created="now", seed=8)
    assert [p.query for p in other.prompts] != [p.query for p in one.prompts]
    alone = make_study([run()], "s", sample=5)
    assert all(p.results == results(one, p.query) for p in alone.prompts)


def test_a_sample_has_each_stratum_in_proportion() -> None:
    study = make_study([run()], "s", sample=12)
    kinds = Counter(study.seen[CASE, "query", p.query].modality for p in study.prompts)
    assert kinds == {"text": 9, "image": 3}
    spoken = make_study([run()], "s", sample=8, tag="language")
    assert sum(p.query[1:] in "01234" for p in spoken.prompts) == 2
    assert len(make_study([run()], "s", sample=99).prompts) == QUERIES


def test_what_is_shown_comes_from_the_run() -> None:
    study = make_study([run()], "s", sample=1, depth=1)
    (prompt,) = study.prompts
    assert len(study.seen) == 1 + len(prompt.results)
    seen = study.seen[CASE, "corpus", prompt.results[0]]
    assert seen.text == f"text of {prompt.results[0]}"
    assert seen.picture == b"\xff\xd8\xff"
    assert unseen(study) == ()
    bare = make_study([run(items=_items([], lambda _: ""))], "s", sample=1, depth=1)
    assert [name for _, _, name in unseen(bare)] == [bare.prompts[0].query]


def test_a_run_that_keeps_digests_cannot_be_judged() -> None:
    hashed = _items([f"q{n}" for n in range(QUERIES)], lambda _: "sha256 0123456789ab")
    with pytest.raises(UsageError, match="`content: hash`"):
        make_study([run(items=hashed)], "s")


def test_two_runs_of_the_same_data_are_pooled() -> None:
    one = run({Cell(CASE, "alpha", dim=1024): 0})
    other = run({Cell(CASE, "beta", dim=1024): 4}, id="other")
    study = make_study([one, other], "s", depth=2)
    assert study.runs == (one.id, "other")
    assert sorted(results(study, "q0")) == ["d0", "d1", "d4", "d5"]
    changed = replace(other, cases=(replace(other.cases[0], fingerprint="0"),))
    with pytest.raises(UsageError, match="other data in the case 'photos'"):
        make_study([one, changed], "s")


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"case": "photo"}, "the case 'photo'; did you mean 'photos'"),
        ({"models": ["alfa"]}, "the model 'alfa'; did you mean 'alpha'"),
        ({"dims": [999]}, "the size '999'"),
        ({"systems": ["rerank"]}, "the system 'rerank'"),
        ({"depth": 9}, "keeps 8 results"),
        ({"depth": 0}, "depth is 0"),
        ({"wanted": 0}, "wanted is 0"),
        ({"sample": 0}, "sample is 0"),
        ({"models": ["beta"], "dims": [256]}, "no results of that kind"),
    ],
)
def test_what_no_run_has_is_told(how: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make_study([run()], "s", **how)
    with pytest.raises(UsageError, match="needs a run"):
        make_study([], "s")
