"""The adaptor to ranx: safe from threads, light to import, and without side effects."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from evalkit import ranking
from evalkit.core.evidence import Ranked


def evidence(n: int, k: int = 20) -> Ranked:
    rng = np.random.default_rng(n)
    rows = np.argsort(rng.random((n, 50)), axis=1)[:, :k]
    judged = np.argsort(rng.random((n, 50)), axis=1)[:, :6]
    grades = -np.sort(-rng.integers(-1, 4, (n, 6)), axis=1)
    scores = np.zeros(rows.shape)
    ids = tuple(map(str, range(n)))
    for array in (rows, judged, grades, scores):
        array.flags.writeable = False
    return Ranked(ids, rows, scores, judged, grades, 1, (), (), ())


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


MANY_THREADS = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np
from evalkit import ranking
from evalkit.core.evidence import Ranked

def evidence(seed):
    rows = np.random.default_rng(seed).permuted(np.tile(np.arange(30), (200, 1)), axis=1)
    one = np.zeros((200, 1), np.int64)
    return Ranked((), rows, np.zeros(rows.shape), one, one + 1, 1, (), (), ())

def once(seed):
    ranked = evidence(seed % 3)
    first = 1 / (1 + (ranked.rows == 0).argmax(axis=1))
    values = [ranking.per_query(measure, ranked, 30) for measure in ("mrr", "map")]
    return all(np.allclose(v, first) for v in values)

with ThreadPoolExecutor(8) as pool:
    print(all(pool.map(once, range(200))))
"""


def test_threads_get_right_values_and_do_not_end_the_process() -> None:
    assert run(MANY_THREADS).strip() == "True"


def test_scoring_loads_the_measures_only_and_writes_nothing_at_home(tmp_path: Path) -> None:
    code = (
        "import sys; from evalkit import ranking; ranking.warm();"
        " print([m for m in ('pandas', 'matplotlib', 'scipy.stats', 'ir_datasets', 'ranx')"
        " if m in sys.modules])"
    )
    assert run(code, HOME=str(tmp_path)).strip() == "[]"
    assert [p.name for p in tmp_path.rglob("*") if "numba" not in str(p)] == []


def test_the_metrics_and_their_names_cost_no_heavy_import() -> None:
    code = (
        "import sys; from evalkit.core import registry; from evalkit import ranking;"
        " import evalkit.ranking.trec; registry.names('metrics'); registry.names('tasks');"
        " print([m for m in ('ranx', 'numba', 'pandas', 'scipy') if m in sys.modules])"
    )
    assert run(code).strip() == "[]"


def test_the_number_of_threads_stays_as_it_was() -> None:
    numba = pytest.importorskip("numba")
    before = numba.get_num_threads()
    ranking.per_query("recall", evidence(3), 5)
    assert numba.get_num_threads() == before


def test_evidence_is_not_changed_and_may_be_read_only() -> None:
    ranked = evidence(12)
    before = [a.copy() for a in (ranked.rows, ranked.judged, ranked.grades)]
    ranking.per_query("ndcg", ranked, 10)
    for array, old in zip((ranked.rows, ranked.judged, ranked.grades), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_values_do_not_depend_on_what_was_asked_before() -> None:
    one, other = evidence(12), evidence(13)
    first = ranking.per_query("ndcg", one, 10)
    ranking.per_query("map", other)
    np.testing.assert_array_equal(ranking.per_query("ndcg", one, 10), first)
    assert len(ranking.per_query("ndcg", other, 10)) == 13


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11])
def test_any_number_of_queries(n: int) -> None:
    values = ranking.per_query("recall", evidence(n), 5)
    assert values.shape == (n,)
    assert values.dtype == np.float64


def test_lists_of_no_length_and_no_judgements() -> None:
    nothing = np.zeros((2, 0), np.int64)
    ranked = Ranked(("a", "b"), nothing, nothing.astype(float), nothing, nothing, 1, (), (), ())
    assert ranking.per_query("ndcg", ranked, 5).tolist() == [0.0, 0.0]
    assert ranking.per_query("map", ranked).tolist() == [0.0, 0.0]


def test_warming_up_compiles_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    ranking.warm()
    assert capfd.readouterr() == ("", "")
