"""Fusion by ranx against the formulas written out."""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from evalkit import ranking
from evalkit.core.errors import UsageError
from evalkit.ranking.fusing import METHODS, NORMS, Fusion, List, _uncompiled

Scored = dict[int, float]


def lists(seed: int, n: int = 12, k: int = 20, corpus: int = 40) -> List:
    """Return ranked lists of different lengths, some empty, with ties."""
    rng = np.random.default_rng(seed)
    rows = np.argsort(rng.random((n, corpus)), axis=1)[:, :k]
    scores = -np.sort(-rng.integers(1, 30, (n, k)) / 10.0, axis=1)
    beyond = np.arange(k) >= rng.integers(0, k + 1, n)[:, None]
    return np.where(beyond, -1, rows), np.where(beyond, np.nan, scores)


def listed(one: List) -> list[Scored]:
    """Return each query's items with their scores, best first."""
    return [
        {int(row): float(score) for row, score in zip(*line, strict=True) if row >= 0}
        for line in zip(*one, strict=True)
    ]


def rrf(found: list[Scored], k: int) -> Scored:
    """Return reciprocal rank fusion as Cormack et al. 2009 write it."""
    fused: Scored = {}
    for one in found:
        for rank, item in enumerate(one, 1):
            fused[item] = fused.get(item, 0.0) + 1 / (k + rank)
    return fused


def min_max(one: Scored) -> Scored:
    low, high = min(one.values(), default=0), max(one.values(), default=0)
    return {item: (score - low) / max(high - low, 1e-9) for item, score in one.items()}


def wsum(found: list[Scored], weights: tuple[float, ...]) -> Scored:
    parts = [min_max(one) for one in found]
    items = {item for one in found for item in one}
    return {i: sum(w * p.get(i, 0.0) for w, p in zip(weights, parts, strict=True)) for i in items}


def borda(found: list[Scored]) -> Scored:
    """Return Borda points: c for the first of c candidates; the unranked share what is left."""
    items = {item for one in found for item in one}
    points = dict.fromkeys(items, 0.0)
    for one in found:
        left = sum(range(1, len(items) - len(one) + 1)) / max(1, len(items) - len(one))
        places = {item: float(len(items) - place) for place, item in enumerate(one)}
        for item in items:
            points[item] += places.get(item, left)
    return points


def isr(found: list[Scored]) -> Scored:
    items = {item for one in found for item in one}
    ranks = [{item: rank for rank, item in enumerate(one, 1)} for one in found]
    return {
        i: sum(i in r for r in ranks) * sum(1 / r[i] ** 2 for r in ranks if i in r) for i in items
    }


def in_order(fused: Scored) -> list[tuple[int, float]]:
    return sorted(
        ((i, round(s, 6)) for i, s in fused.items()), key=lambda pair: (-pair[1], pair[0])
    )


def same(found: List, expected: list[Scored]) -> None:
    for ours, right in zip(listed(found), expected, strict=True):
        assert list(ours) == [item for item, _ in in_order(right)]
        np.testing.assert_allclose(list(ours.values()), [s for _, s in in_order(right)], atol=2e-6)


ORACLES: dict[str, tuple[Fusion, Callable[[list[Scored]], Scored]]] = {
    "rrf": (Fusion("rrf"), lambda found: rrf(found, 60)),
    "rrf, another constant": (Fusion("rrf", rrf_k=10), lambda found: rrf(found, 10)),
    "sum": (Fusion("sum"), lambda found: wsum(found, (1, 1, 1))),
    "wsum": (Fusion("wsum", (0.2, 0.5, 0.3)), lambda found: wsum(found, (0.2, 0.5, 0.3))),
    "wsum, equal": (Fusion("wsum"), lambda found: wsum(found, (1 / 3, 1 / 3, 1 / 3))),
    "bordafuse": (Fusion("bordafuse"), borda),
    "isr": (Fusion("isr"), isr),
}


@pytest.mark.parametrize("case", ORACLES)
def test_agrees_with_the_formula(case: str) -> None:
    fusion, oracle = ORACLES[case]
    given = [lists(1), lists(2), lists(3)]
    together = [list(one) for one in zip(*map(listed, given), strict=True)]
    assert any(not one for one in listed(given[0]))
    same(fusion.fuse(given), [oracle(found) for found in together])


def test_equal_rankings_stay_in_the_order_of_ranks() -> None:
    one = lists(4)
    for method in ("rrf", "isr", "bordafuse"):
        for ours, given in zip(listed(Fusion(method).fuse([one, one])), listed(one), strict=True):
            assert list(ours) == list(given)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_each_item_once_best_first(method: str) -> None:
    given = [lists(5), lists(6)]
    before = [(rows.copy(), scores.copy()) for rows, scores in given]
    rows, scores = Fusion(method).fuse(given)
    for line, values, first, second in zip(rows, scores, *map(listed, given), strict=True):
        assert sorted(line[line >= 0]) == sorted({*first, *second})
        pairs = [(-v, i) for i, v in zip(line, values, strict=True) if i >= 0]
        assert all(a < b for a, b in pairwise(pairs))
    for one, old in zip(given, before, strict=True):
        np.testing.assert_array_equal(one[0], old[0])
        np.testing.assert_array_equal(one[1], old[1])


@pytest.mark.parametrize("norm", NORMS)
def test_every_norm_works_with_empty_lists(norm: str) -> None:
    empty = np.full((12, 3), -1), np.full((12, 3), np.nan)
    rows, _ = Fusion("sum", norm=norm).fuse([lists(7), empty])
    assert [set(line[line >= 0]) for line in rows] == [set(one) for one in listed(lists(7))]
    assert Fusion("sum", norm=norm).fuse([empty, empty])[0].shape == (12, 0)


def test_an_item_that_both_lists_prefer_wins_the_vote() -> None:
    one = np.array([[7, 3, 5]]), np.array([[3.0, 2.0, 1.0]])
    other = np.array([[7, 5, 3]]), np.array([[9.0, 2.0, 1.0]])
    assert Fusion("condorcet").fuse([one, other])[0][0, 0] == 7
    weighted = Fusion("w_condorcet", (0.1, 0.9)).fuse([one, other])
    assert weighted[0].tolist() == [[7, 5, 3]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "rff"}, "did you mean 'rrf'"),
        ({"method": "bayesfuse"}, "unknown fusion 'bayesfuse'"),
        ({"method": "wsum", "norm": "minmax"}, "did you mean 'min-max'"),
        ({"method": "rrf", "weights": (1.0, 2.0)}, "takes no weights"),
        ({"method": "wsum", "weights": (0.0, 0.0)}, "above 0"),
        ({"method": "wsum", "weights": (float("nan"), 1.0)}, "above 0"),
        ({"rrf_k": -1}, "rrf_k"),
    ],
)
def test_what_cannot_be_fused_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Fusion(**given)  # type: ignore[arg-type]


def test_weights_and_lists_must_be_as_many() -> None:
    with pytest.raises(UsageError, match="2 lists and 3 weights"):
        Fusion("wsum", (1.0, 1.0, 1.0)).fuse([lists(1), lists(2)])


def test_negative_scores_are_not_divided_by_their_best() -> None:
    rows, scores = lists(1)
    with pytest.raises(UsageError, match="best score"):
        Fusion("sum", norm="max").fuse([(rows, -scores), lists(2)])


def run(code: str, **env: str) -> str:
    """Run code in a fresh interpreter in which every warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | env,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


APART = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from evalkit import ranking
from evalkit.core.evidence import Ranked
from evalkit.ranking.fusing import METHODS, Fusion

one = np.array([[2, 0, 1]]), np.array([[3.0, 2.0, 1.0]])
ranked = Ranked((), one[0], one[1], one[0], one[0], 1, (), (), ())

def once(n):
    return Fusion("rrf").fuse([one, one])[0].tolist(), ranking.per_query("ndcg", ranked, 3)[0]

with ThreadPoolExecutor(8) as pool:
    print(len(set(map(str, pool.map(once, range(200))))))
print([Fusion(name).fuse([one, one])[0][0, 0] for name in METHODS].count(2) == len(METHODS))
print(*[name for name in ("pandas", "ir_datasets", "matplotlib") if name in sys.modules])
print([name for name in sys.modules if name.startswith("ranx.fus") or name == "ranx"])
compiled = hasattr(sys.modules["ranx.metrics.ndcg"]._ndcg, "py_func")
print(sys.modules["numba"].config.DISABLE_JIT, compiled)
print(os.listdir(os.environ["HOME"]))
"""


def test_it_is_apart_from_ranx_itself(tmp_path: Path) -> None:
    assert run(APART, HOME=str(tmp_path)).splitlines() == ["1", "True", "", "[]", "0 True", "[]"]


def test_what_numba_compiles_is_not_imported_while_it_is_held_back() -> None:
    wanted = "evalkit.search._compiled"
    importing = Thread(target=ranking.compiled, args=(wanted,), daemon=True)
    with _uncompiled():
        importing.start()
        importing.join(0.2)
        waited = importing.is_alive()
    importing.join(60)
    assert waited
    assert not importing.is_alive()
    assert hasattr(sys.modules[wanted].offer, "py_func")


SHUFFLED = """
import numpy as np
from evalkit.ranking.fusing import METHODS, Fusion

rng = np.random.default_rng(1)
scores = -np.tile(np.arange(12.0), (3, 1))
given = [(np.argsort(rng.random((3, 30)), axis=1)[:, :12], scores) for _ in range(2)]
print([Fusion(name).fuse(given)[0].tolist() for name in METHODS])
"""


def test_the_order_of_a_set_plays_no_part() -> None:
    one, other = (run(SHUFFLED, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert one == other
