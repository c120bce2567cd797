"""Transforms in a system: fitted once per size on other items, applied before the search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evalkit.archive import Run
from evalkit.core import registry
from evalkit.core.arrays import Float64
from evalkit.core.errors import DataError, Problem, ProviderError, SuiteError
from evalkit.core.items import Card, Dataset, Item, SideName, Truth
from evalkit.core.systems import Sample, System
from tests import toys


@dataclass(frozen=True, slots=True)
class Mirror:
    """Keeps only what lies along the mean of the first group."""

    axis: Float64
    sides: tuple[str, ...]

    def apply(self, matrix: Float64, side: SideName) -> Float64:
        if side not in self.sides:
            return matrix
        return np.asarray(matrix - 2.0 * np.outer(matrix @ self.axis, self.axis))


@dataclass(slots=True)
class Mirroring:
    """Mirrors vectors at the plane between two groups; keeps what it was fitted on."""

    sides: tuple[str, ...] = ("query", "corpus")
    seen: list[list[Sample]] = field(default_factory=list)

    attribute = "tone"

    def fit(self, samples: Sequence[Sample]) -> Mirror:
        self.seen.append(list(samples))
        (sample,) = samples
        means = [sample.matrix[sample.labels == n].mean(axis=0) for n in range(2)]
        axis = means[1] - means[0]
        return Mirror(axis / np.linalg.norm(axis), self.sides)


@dataclass(frozen=True, slots=True)
class Hopeless:
    """Can never be fitted."""

    attribute: str = "tone"

    def fit(self, samples: Sequence[Sample]) -> Mirror:
        raise DataError(Problem("2 items of 'loud'", "are too few.", "Fit on 10 or more."))


def fitting() -> Dataset:
    tones = ("loud", "soft", "loud", "soft", "unknown")
    items = tuple(Item(f"f{n}", f"say {n} {t}", {"tone": (t,)}) for n, t in enumerate(tones))
    return Dataset("tones", (), items, Truth(), Card("tones"))


def run(transform: Any, folder: Path, **changes: Any) -> Run:
    case = toys.case(changes.pop("data", toys.dataset()), **changes)
    exact = registry.create("search", "exact")
    mirrored = System("mirrored", exact, transform=transform, fitting=fitting())
    case = replace(case, systems=(*case.systems, mirrored))
    return toys.run_plan(toys.plan([case]), folder)


def test_it_is_fitted_at_each_size_on_unit_rows_with_their_groups(tmp_path: Path) -> None:
    transform = Mirroring()
    run(transform, tmp_path)
    assert [seen[0].matrix.shape for seen in transform.seen] == [(5, 16), (5, 4)]
    for (sample,) in transform.seen:
        assert sample.groups == ("loud", "soft")
        assert sample.labels.tolist() == [0, 1, 0, 1, -1]
        assert sample.modality == "text"
        np.testing.assert_allclose(np.linalg.norm(sample.matrix, axis=1), 1.0, atol=1e-9)


def test_mirroring_both_sides_changes_no_answer_and_one_side_does(tmp_path: Path) -> None:
    both = run(Mirroring(), tmp_path / "both")
    one = run(Mirroring(("query",)), tmp_path / "one")
    plain, mirrored = (toys.value(both, "ndcg@10", system=s) for s in ("plain", "mirrored"))
    assert mirrored.value == pytest.approx(plain.value, abs=1e-9)
    assert toys.value(one, "ndcg@10", system="mirrored").value < plain.value
    made = toys.value(one, "ndcg@10", "advantage", system="mirrored")
    assert made.against == "system plain"


def test_what_cannot_be_fitted_is_told_with_case_system_and_model(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="find, system 'mirrored' on toy") as told:
        run(Hopeless(), tmp_path)
    assert "2 items of 'loud': are too few." in str(told.value)


def test_items_to_fit_on_are_paid_for_once(tmp_path: Path) -> None:
    toy = toys.Toy()
    case = toys.case(toys.dataset())
    exact = registry.create("search", "exact")
    twice = tuple(System(n, exact, transform=Mirroring(), fitting=fitting()) for n in ("a", "b"))
    plan = toys.plan([replace(case, systems=(*case.systems, *twice))], {"toy": toy})
    toys.run_plan(plan, tmp_path)
    assert len(toy.asked) == 80 + 5


@dataclass(frozen=True, slots=True)
class Erasure:
    """Takes out of vectors all that a few rows say, as `Removal` does with a direction."""

    rows: Float64

    def apply(self, matrix: Float64, side: SideName) -> Float64:
        return np.asarray(matrix - (matrix @ self.rows.T) @ self.rows)


@dataclass(frozen=True, slots=True)
class Erasing:
    """Takes out the directions of some texts, so that nothing is left of them at any size."""

    texts: tuple[str, ...]

    attribute = "tone"

    def fit(self, samples: Sequence[Sample]) -> Erasure:
        dim = samples[0].matrix.shape[1]
        rows = np.array([toys.Toy().vector(text)[:dim] for text in self.texts], np.float64)
        return Erasure(np.linalg.qr(rows.T)[0].T)


GONE = (
    "its vector, transformed by mirrored at {} values, holds only zeros: "
    "there is nothing to compare it by."
)
AT_BOTH = " ".join(f"at {dim}: {GONE.format(dim)}" for dim in (16, 4))


def test_an_item_that_a_transform_leaves_nothing_of_is_lost_under_it_alone(tmp_path: Path) -> None:
    found = run(Erasing(("word03 please", "word07 thing word08")), tmp_path)
    assert [(x.side, x.item, x.kind, x.reason) for x in found.lost] == [
        ("query", "q03", "failed", AT_BOTH),
        ("corpus", "d07", "failed", AT_BOTH),
    ]
    for dim in (16, 4):
        assert toys.value(found, "ndcg@10", system="plain", dim=dim).n == 40
        assert toys.value(found, "ndcg@10", system="mirrored", dim=dim).n == 39
    frame = found.rankings_frame()
    assert "d07" in set(frame.query("system == 'plain'")["item"])
    assert "d07" not in set(frame.query("system == 'mirrored'")["item"])
    assert not set(frame.query("system == 'mirrored'")["query"]) & {"q03"}
    assert found.models[0].lost == 0


def test_under_a_probe_only_what_it_changed_is_told(tmp_path: Path) -> None:
    shout = toys.probe("query", only="word05")
    found = run(Erasing(("word03 please", "zz1 word05 please")), tmp_path, probes=(shout,))
    assert {(x.probe, x.item) for x in found.lost if x.kind == "failed"} == {
        ("clean", "q03"),
        ("shout/1@query", "q05"),
    }


def test_the_case_may_say_to_stop_where_a_transform_leaves_nothing(tmp_path: Path) -> None:
    told = rf"toy: 'q03' of 'find' has no vector: {GONE.format(16)} The case says to stop there\."
    with pytest.raises(ProviderError, match=told):
        run(Erasing(("word03 please",)), tmp_path, on_item_error="stop")


def test_a_transform_that_leaves_nothing_of_the_corpus_is_told(tmp_path: Path) -> None:
    data = toys.dataset(3)
    texts = tuple(str(item.content) for item in data.corpus)
    with pytest.raises(ProviderError, match=r"none of the 3 corpus items of 'find' .* zeros"):
        run(Erasing(texts), tmp_path, data=data)
