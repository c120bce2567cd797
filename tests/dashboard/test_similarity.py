"""The Similarity explorer: a planted word and a planted tile are found, and nothing is paid."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from evalkit import api
from evalkit.core.errors import UsageError
from tests.factories import asking_suite

Shown = Callable[..., Any]
NASTY = "<script>alert(1)</script> **bold** scarf"


def seen(at: Any) -> str:
    """Return all HTML of a page but its styles."""
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html") if "<style" not in h.proto.body)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small run."""
    home = tmp_path_factory.mktemp("similarity")
    api.run(asking_suite(home), out=home / "reports", ledger=home / "ledger")
    return home / "reports"


def shading(markup: str) -> dict[str, tuple[str, float]]:
    """Return word -> the colour of its shade, and how strong it is."""
    found = re.findall(r"background: rgba\((\d+), \d+, \d+, ([\d.]+)\)[^>]*>([^<]*)</span>", markup)
    return {word: (red, float(strength)) for red, strength, word in found}


def test_an_empty_page_says_what_to_do(app: Shown, tiny: Path, tmp_path: Path) -> None:
    assert "Write a text or drop a file on each side" in seen(app("similarity", out=tiny))
    alone = app("similarity", out=tmp_path)
    assert "Write a text or drop a file on each side" in seen(alone)


def test_the_word_that_matters_is_shaded_most_and_text_stays_text(app: Shown, tiny: Path) -> None:
    at = app("similarity", out=tiny, a=NASTY, b="scarf", explain="yes")
    shown = seen(at)
    assert "<script>" not in shown
    words = shading(shown)
    assert max(words, key=lambda word: words[word][1]) == "scarf"
    assert words["scarf"][0] == "0"
    assert words["scarf"][1] == pytest.approx(0.75)
    told = api.similarity(NASTY, "scarf")
    frame = at.dataframe[0].value
    assert list(frame["cosine"]) == [round(one.cosine, 3) for one in told.sizes]


def test_a_planted_tile_is_found(app: Shown, tiny: Path, tmp_path: Path) -> None:
    image = Image.new("RGB", (128, 128), "white")
    image.paste((220, 20, 20), (0, 96, 32, 128))
    image.save(tmp_path / "red.png")
    at = app("similarity", out=tiny, a="a red thing", explain="yes")
    at.file_uploader(key="file-b").set_value(
        ("red.png", (tmp_path / "red.png").read_bytes(), "image/png")
    )
    shown = seen(at.run())
    assert shown.count('<span style="left') == 16
    assert "the tile that makes the two most alike is in row 4, column 1" in shown


def test_chosen_items_of_the_run_are_compared_and_held_against_its_pairs(
    app: Shown, tiny: Path
) -> None:
    at = app("similarity", out=tiny, a="article d03", items="d03\nd04", against="pairs of this run")
    shown = seen(at)
    frame = at.dataframe[0].value
    assert list(frame["B"].unique()) == ["d03", "d04"]
    assert frame["above random, %"].iloc[0] >= frame["above random, %"].iloc[-4]
    assert frame["cosine"].iloc[0] == pytest.approx(1, abs=1e-3)
    assert "problem" not in shown
    assert any("40 true and 760 random pairs" in c.value for c in at.caption)


def test_a_service_is_asked_only_after_a_click_that_shows_the_price(
    app: Shown, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = app("similarity", out=tiny, a="a red scarf", b="wool", model="nova")
    shown = seen(at)
    assert "nova is a service: 2 inputs at most would be sent to it" in shown
    button = next(b for b in at.button if b.label.startswith("Send them"))
    assert "$" in button.label
    asked = []

    def similarity(*args: Any, agree: Callable[[Any], bool], **options: Any) -> Any:
        asked.append(agree(None))
        raise UsageError("it stops here")

    monkeypatch.setattr(api, "similarity", similarity)
    at = button.click().run()
    assert asked == [True]
    assert "it stops here" in seen(at)
    at.text_area(key="text-a").set_value("another text").run()
    assert asked == [True, False]
