"""A stored run as the baseline of a gate: did it get worse?"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from evalkit import api
from evalkit.core.errors import EvalkitError
from tests.factories import PASSES, tiny_suite

NO_WORSE = (
    "{case: find, metric: recall@1, at: 16, no_worse_than: {run: baselines/tiny}, margin: 0.1}"
)


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """Store what a baseline keeps of a run: run.json and scores.parquet."""
    done = api.run(tiny_suite(tmp_path, [PASSES]), out=tmp_path / "reports")
    kept = tmp_path / "baselines/tiny"
    kept.mkdir(parents=True)
    for name in ("run.json", "scores.parquet"):
        shutil.copy(done.folder / name, kept / name)
    return kept


def test_the_same_model_is_no_worse_than_it_was(baseline: Path, tmp_path: Path) -> None:
    (verdict,) = api.run(tiny_suite(tmp_path, [NO_WORSE]), out=tmp_path / "reports").run.verdicts
    assert (verdict.status, verdict.observed, verdict.n) == ("pass", 0.0, 40)
    assert verdict.gate == (
        "find: recall@1 at 16 on vectors is no worse than run baselines/tiny by more than 0.1"
    )


def test_a_model_that_got_worse_fails(baseline: Path, tmp_path: Path) -> None:
    path = tmp_path / "data/vectors.npz"
    with np.load(path) as old:
        ids, vectors = old["ids"], old["vectors"]
    noise = np.random.default_rng(1).standard_normal(vectors.shape)
    np.savez(path, ids=ids, vectors=(vectors + 1.5 * noise).astype(np.float32))
    (verdict,) = api.run(tiny_suite(tmp_path, [NO_WORSE]), out=tmp_path / "reports").run.verdicts
    assert verdict.status == "fail"
    assert verdict.observed > 0.2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "metrics:",
            "relevant: 1\n    queries: {language: en}\n    metrics:",
            "the stored run 'baselines/tiny' measured other data in the case 'find'. "
            "Store a new one from the data as it is now.",
        ),
        (
            "baselines/tiny",
            "baselines/none",
            "there is no stored run at 'baselines/none'. Paths are relative to the suite file.",
        ),
    ],
)
def test_a_baseline_that_does_not_fit_is_refused(
    baseline: Path, tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tiny_suite(tmp_path, [NO_WORSE])
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(EvalkitError) as e:
        api.load(path)
    assert said in str(e.value)


def test_a_baseline_judged_with_another_grade_is_refused(baseline: Path, tmp_path: Path) -> None:
    path = tiny_suite(tmp_path, [NO_WORSE])
    qrels = tmp_path / "data/qrels.tsv"
    assert qrels.read_text().count("\t1\n") == 40
    run = baseline / "run.json"
    run.write_text(run.read_text().replace('"relevant": 1,', '"relevant": 2,'))
    with pytest.raises(EvalkitError) as e:
        api.load(path)
    assert (
        "the stored run 'baselines/tiny' judged the case 'find' with 'relevant: 2', the suite with "
        "'relevant: 1'. Make them alike or store a new run."
    ) in str(e.value)
