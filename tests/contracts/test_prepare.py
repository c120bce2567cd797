"""What every preparing step promises, run over everything registered."""

import inspect
from typing import Any

import pytest

from evalkit.core import registry
from evalkit.core.items import Item, Media
from evalkit.core.systems import Prepare

TEXT = Item("t", "a few plain words", {"language": ("en",)})
OTHERS = {
    "text": TEXT,
    "mixed": Item("m", ("one part", "another part")),
}


@pytest.fixture(params=registry.names("prepare"))
def step(request: pytest.FixtureRequest) -> Prepare:
    found: Prepare = registry.create("prepare", request.param)
    return found


def test_it_is_a_frozen_slotted_hashable_dataclass_with_a_sentence(step: Prepare) -> None:
    cls: Any = type(step)
    assert cls.__dataclass_params__.frozen
    assert not hasattr(step, "__dict__")
    assert hash(step) == hash(cls())
    assert (inspect.getdoc(cls) or "").splitlines()[0].endswith(".")


def test_it_works_on_the_side_that_is_chosen(step: Prepare) -> None:
    cls: Any = type(step)
    assert cls(side="query").sides == {"query"}
    assert cls(side="corpus").sides == {"corpus"}
    assert cls(side="both").sides == {"query", "corpus"}
    assert step.combine in ("best", "mean")


@pytest.mark.parametrize("item", OTHERS.values(), ids=OTHERS)
def test_pieces_have_the_modalities_that_it_says(step: Prepare, item: Item) -> None:
    pieces = step.apply(item)
    assert pieces
    kinds = frozenset().union(*(Item("p", piece.content).modalities for piece in pieces))
    assert kinds <= step.result(item.modalities)


def test_the_same_item_gives_the_same_pieces(step: Prepare) -> None:
    assert step.apply(TEXT) == step.apply(TEXT)


def test_it_opens_no_media_that_it_is_not_for(step: Prepare, tmp_path: Any) -> None:
    picture = Item("i", Media("image/png", tmp_path / "nowhere.png"), {"caption": ("a thing",)})
    assert step.apply(picture)
