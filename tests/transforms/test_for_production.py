"""Transforms outside a run: fitted on own vectors or as a suite does, saved, loaded and applied."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit import api
from evalkit.core.errors import DataError, UsageError
from tests.transforms.toy_groups import apart, gap, sample, unit

MATRIX, LABELS = apart(80, 20, seed=51)
NAMES = [("woman", "man")[label] for label in LABELS]
METHODS = ("fair_projection", "fair_pca", "leace")


@pytest.mark.parametrize("name", METHODS)
def test_own_vectors_are_fitted_saved_loaded_and_applied(name: str, tmp_path: Path) -> None:
    fit = api.fit(name, MATRIX * 3.0, NAMES, attribute="gender", chosen="staff of 2024")
    api.save_transform(fit, tmp_path / "fit.npz")
    loaded = api.load_transform(tmp_path / "fit.npz")
    np.testing.assert_array_equal(loaded.apply(MATRIX, "query"), fit.apply(MATRIX, "query"))
    assert gap(loaded.apply(MATRIX, "corpus"), LABELS) < 1e-12 < gap(MATRIX, LABELS)
    facts = loaded.facts
    assert (facts.transform, facts.attribute, facts.n, facts.size) == (name, "gender", 80, 20)
    assert facts.chosen == "staff of 2024"
    assert "fitted on 80 items of staff of 2024 (text: man 40, woman 40) at 20 v" in str(facts)


def test_the_facts_of_a_fit_can_be_read_in_the_file_without_evalkit(tmp_path: Path) -> None:
    fit = api.fit("leace", MATRIX, NAMES, attribute="gender", chosen="staff of 2024")
    api.save_transform(fit, tmp_path / "fit.npz")
    with np.load(tmp_path / "fit.npz", allow_pickle=False) as archive:
        facts = json.loads(str(archive["header"]))["facts"]
    told = [facts[k] for k in ("transform", "attribute", "chosen", "n", "size")]
    assert told == ["leace", "gender", "staff of 2024", 80, 20]
    assert 0 < facts["shrinkage"] < 1


def test_items_of_unknown_group_teach_nothing_and_modalities_are_centred_apart() -> None:
    image, labels = apart(60, 20, seed=52, modality=3.0)
    both = np.concatenate([MATRIX, image])
    groups = [*NAMES, *(("woman", "man")[label] for label in labels)]
    groups[:2] = ["unknown", ""]
    fit: Any = api.fit("fair_projection", both, groups, ["text"] * 80 + ["image"] * 60)
    assert fit.facts.counts == (("image", (30, 30)), ("text", (39, 39)))
    assert fit.facts.n == 138
    assert gap(fit.apply(image, "corpus"), labels) < 1e-12


@pytest.mark.parametrize("rows", [MATRIX[:79], MATRIX[0]])
def test_rows_and_groups_that_do_not_go_together_are_refused(rows: np.ndarray) -> None:
    with pytest.raises(UsageError, match="with 80 groups and 80 modalities; expected a row for"):
        api.fit("leace", rows, NAMES)


@pytest.mark.parametrize(("value", "told"), [(0.0, "is zero"), (np.nan, "holds NaN or infinity")])
def test_a_vector_that_has_no_direction_is_refused(value: float, told: str) -> None:
    rows = MATRIX.copy()
    rows[[3, 7]] = value
    wanted = f"vector 4: it {told}, and 1 more cannot be used. Leave it out."
    with pytest.raises(DataError, match=re.escape(wanted)):
        api.fit("leace", rows, NAMES)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite about 24 people, half of whom the transform is fitted on."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data/dataset.yaml").write_text("name: people\nlicence: CC0-1.0\n")
    people = [
        {
            "id": f"d{n}",
            "text": f"{('He', 'She')[n % 2]} is a {job} and likes {('maps', 'tea', 'tea')[n % 3]}.",
            "tags": {"gender": ("male", "female")[n % 2], "split": "fit" if n < 12 else "judge"},
        }
        for n, job in enumerate(["baker", "nurse", "pilot", "clerk", "judge", "diver"] * 4)
    ]
    (tmp_path / "data/corpus.jsonl").write_text("\n".join(map(json.dumps, people)))
    (tmp_path / "data/queries.jsonl").write_text('{"id": "q", "text": "a baker"}\n')
    (tmp_path / "data/qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\td12\t1\n")
    (tmp_path / "s.yaml").write_text("""\
suite: people
models: [reference]
dimensions: [256]
cases:
  - name: find
    data: data
    corpus: {split: judge}
    metrics: [ndcg@10]
    systems: [plain, leace: {fit: {split: fit}}]
""")
    return tmp_path / "s.yaml"


def test_the_transform_of_a_suite_is_the_one_that_its_run_used(suite: Path) -> None:
    ledger = suite.parent / "ledger"
    done = api.run(suite, out=suite.parent / "out", ledger=ledger).run
    fits: Any = api.fitted(suite, "find", "leace", ledger=ledger, offline=True)
    assert list(fits) == [256]
    (detail,) = [d for d in done.details if d.table.name == "fitted"]
    told = dict(zip(detail.table.columns, detail.table.rows[0], strict=True))
    assert (detail.cell.system, detail.cell.dim) == ("leace", 256)
    assert told["method"] == "leace"
    assert told["attribute"] == "gender"
    assert told["chosen from"] == "people, split fit"
    assert (told["items"], told["size"]) == (12, 256)
    assert told["groups"] == "text: female 6, male 6"
    assert fits[256].table() == detail.table
    rows = unit(np.random.default_rng(0).normal(size=(3, 256)))
    assert not np.allclose(fits[256].apply(rows, "corpus"), rows)


def test_names_that_a_suite_does_not_have_are_refused(suite: Path) -> None:
    for case, system, said in (
        ("found", "leace", "no case 'found'"),
        ("find", "leap", "no system 'leap'"),
        ("find", "plain", "'plain' has no transform"),
    ):
        with pytest.raises(UsageError, match=said):
            api.fitted(suite, case, system)


def test_a_sample_says_nothing_of_how_it_was_picked_unless_told() -> None:
    assert sample(MATRIX, LABELS).chosen == ""
    fit: Any = api.fit("leace", MATRIX, NAMES)
    assert fit.table().rows[0][2] == "not said"
