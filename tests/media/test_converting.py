"""What is filed under the media themselves, though something made of them was sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from evalkit.core.items import Item, Media, Page, Part
from evalkit.core.protocols import Role
from evalkit.ledger import Ledger
from evalkit.media import converting
from evalkit.media.converting import version_for
from evalkit.pipeline.asking import Asker
from evalkit.pipeline.purse import Purse
from tests import toys

PDF = Media("application/pdf", data=b"%PDF-")


def keys(folder: Path, *parts: Part) -> Sequence[bytes]:
    """Return what items of one part each are filed under."""
    plan = toys.plan([toys.case(toys.dataset(1))])
    with Ledger(folder) as store:
        asker = Asker(
            plan.models[0], Role("corpus", frozenset()), (16,), Purse(store), plan.cases[0]
        )
        found, _ = asker._keys([Item(str(n), part) for n, part in enumerate(parts)], 16)
    return list(found.values())


@pytest.mark.parametrize(
    ("part", "may"),
    [
        ("words", False),
        (Media("image/png", data=b"x"), False),
        (Media("video/mp4", data=b"x"), False),
        (Media("image/gif", data=b"x"), True),
        (Media("audio/flac", data=b"x"), True),
        (Page(PDF, 1), True),
    ],
)
def test_only_what_may_be_converted_is_asked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: Part, may: bool
) -> None:
    before = keys(tmp_path, part)
    assert version_for(Item("i", part)) == ""
    monkeypatch.setattr(converting, "VERSION", 2)
    assert (keys(tmp_path, part) != before) is may


def test_a_mix_is_converted_where_one_part_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "VERSION", 3)
    still = Media("image/png", data=b"x")
    assert version_for(Item("i", ("words", still))) == ""
    assert version_for(Item("i", ("words", Media("image/gif", data=b"x")))) == "\0" + "3"
