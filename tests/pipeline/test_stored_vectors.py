"""Vectors are looked up again as they were embedded, sampled by seed, and never asked for."""

import json
from pathlib import Path

import numpy as np
import pytest

from evalkit import api
from evalkit.core.errors import ProviderError, UsageError

SUITE = """\
suite: lookup
about: Three words.
seed: 7
models: [reference]
dimensions: [1024, 256]
cases:
  - {name: words, data: data, metrics: [hit@1]}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lookup")
    data = home / "data"
    data.mkdir()
    words = ("red apple", "green pear", "blue plum")
    rows = [{"id": f"d{n}", "text": text} for n, text in enumerate(words)]
    asked = [{"id": f"q{n}", "text": text} for n, text in enumerate(words)]
    for name, some in (("corpus", rows), ("queries", asked)):
        (data / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in some))
    judged = ["query-id\tcorpus-id\tscore", *(f"q{n}\td{n}\t1" for n in range(3))]
    (data / "qrels.tsv").write_text("\n".join(judged) + "\n")
    (data / "dataset.yaml").write_text("name: words\nlicence: CC0-1.0\nabout: Words.\n")
    (home / "lookup.yaml").write_text(SUITE)
    api.run(home / "lookup.yaml", out=home / "reports", ledger=home / "ledger")
    return home


def test_vectors_are_unit_rows_of_the_size_and_equal_for_equal_texts(home: Path) -> None:
    found = api.vectors(home / "lookup.yaml", "words", "reference", 256, ledger=home / "ledger")
    assert found.matrix.shape == (6, 256)
    assert np.allclose(np.linalg.norm(found.matrix, axis=1), 1, atol=1e-5)
    assert found.sides == ("query",) * 3 + ("corpus",) * 3
    place = {item.id: n for n, item in enumerate(found.items)}
    for n in range(3):
        cosines = found.matrix @ found.matrix[place[f"q{n}"]]
        assert cosines.argsort()[-2:].tolist().count(place[f"d{n}"]) == 1
    assert (found.total, found.lost) == (6, 0)


def test_a_sample_is_drawn_by_its_seed(home: Path) -> None:
    def drawn(seed: int) -> list[str]:
        found = api.vectors(
            home / "lookup.yaml", "words", "reference", 256, ledger=home / "ledger", most=3,
            seed=seed,
        )  # fmt: skip
        assert (len(found.items), found.total) == (3, 6)
        return sorted(item.id for item in found.items)

    assert drawn(1) == drawn(1)
    assert len({tuple(drawn(seed)) for seed in range(6)}) > 1


def test_what_was_never_embedded_is_not_asked_for(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ProviderError):
        api.vectors(home / "lookup.yaml", "words", "reference", 256, ledger=tmp_path)


@pytest.mark.parametrize(
    ("case", "model", "dim"),
    [("word", "reference", 256), ("words", "referense", 256), ("words", "reference", 384)],
)
def test_names_and_sizes_that_the_suite_does_not_have_are_refused(
    home: Path, case: str, model: str, dim: int
) -> None:
    with pytest.raises(UsageError):
        api.vectors(home / "lookup.yaml", case, model, dim, ledger=home / "ledger")
