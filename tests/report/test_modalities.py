"""Mixed corpora: the share of each modality in the first places against what is relevant."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from evalkit.archive import Run, judgements_table, rankings_table
from evalkit.core.arrays import Ranking
from evalkit.core.results import Cell, Listing
from evalkit.report.view import view

KINDS = {"d0": "image", "d1": "image", "d2": "text", "d3": "text", "d4": "video"}
ASKED = {"a": "text", "b": "image", "c": "text"}
GRADES = {"a": {"d0": 2, "d2": 3, "d1": 1}, "b": {"d2": 2}, "c": {"d4": 1}}
LISTS = {"a": ["d0", "d1"], "b": ["d0", "d3"], "c": ["d4", "d4"]}

MakePage = Callable[[Run], str]


@pytest.fixture
def mixed(run: Run) -> Run:
    """Two queries with a relevant item (from grade 2) and one without, against three modalities."""
    names = [(side, name, kind) for side, known in (("query", ASKED), ("corpus", KINDS))
             for name, kind in known.items()]  # fmt: skip
    rows = [
        {"case": "photos", "side": side, "id": name, "modality": kind, "text": name, "tags": "{}",
         "picture": None, "sound": None}
        for side, name, kind in names
    ]  # fmt: skip
    docs = tuple(KINDS)
    found = np.array([[docs.index(d) for d in row] for row in LISTS.values()])
    listings = [
        Listing(Cell("photos", "alpha", probe=probe, dim=dim),
                Ranking(tuple(LISTS), docs, found, found + 0.5, found))
        for dim in (1024, 256) for probe in ("clean", "typos/1@query")
    ]  # fmt: skip
    case = replace(
        run.cases[0],
        corpus_modalities=("image", "text", "video"),
        corpus_counts={"image": 50, "text": 150},
    )
    return replace(
        run,
        cases=(case,),
        items=pa.Table.from_pylist(rows, run.items.schema),
        judgements=judgements_table({"photos": GRADES}),
        rankings=rankings_table(listings, {"photos": GRADES}),
    )


def test_shares_are_means_over_queries_with_a_relevant_item(mixed: Run) -> None:
    (found,) = view(mixed).modalities
    assert (found.case, str(found.series), found.top) == ("photos", "alpha", 8)
    assert [sized.dim for sized in found.shown] == [1024, 256]
    everyone = found.shown[0].asked[0]
    assert (everyone.queries, everyone.n) == ("all", 2)  # c has nothing from grade 2
    shares = {s.modality: s for s in everyone.shares}
    # a: image and text relevant, two images found; b: a text relevant, an image and a text found
    assert (shares["image"].relevant, shares["image"].top) == (0.25, 0.75)
    assert (shares["text"].relevant, shares["text"].top) == (0.75, 0.25)
    assert (shares["video"].relevant, shares["video"].top) == (0.0, 0.0)
    assert [shares[k].corpus for k in ("image", "text", "video")] == [0.25, 0.75, 0.0]
    assert [(s.found, s.out_of) for s in everyone.shares] == [(1, 1), (0, 2), (0, 0)]
    assert [s.told for s in everyone.shares] == [
        "3.0 times as often", "0.3 times as often", "none is relevant",
    ]  # fmt: skip


def test_each_modality_of_queries_has_shares_of_its_own(mixed: Run) -> None:
    asked = {a.queries: a for a in view(mixed).modalities[0].shown[0].asked}
    assert list(asked) == ["all", "image", "text"]
    text_to_image = next(s for s in asked["text"].shares if s.modality == "image")
    image_to_text = next(s for s in asked["image"].shares if s.modality == "text")
    assert (text_to_image.top, text_to_image.found, text_to_image.out_of) == (1.0, 1, 1)
    assert (image_to_text.top, image_to_text.found, image_to_text.out_of) == (0.5, 0, 1)


def test_a_run_that_did_not_store_counts_shows_a_dash(
    mixed: Run, page: MakePage, summary: MakePage
) -> None:
    old = replace(mixed, cases=(replace(mixed.cases[0], corpus_counts={}),))
    assert {s.corpus for s in view(old).modalities[0].shown[0].asked[0].shares} == {None}
    html, text = page(old), summary(old)
    assert '<section id="modalities">' in html
    assert "75.0&nbsp;%" in html or "75.0 %" in html
    assert "| 1024 | image | 25.0 % | 75.0 % | 1 of 1 |" in text


@pytest.mark.parametrize("change", [{"corpus_modalities": ("image",)}, {"truth": "tags"}])
def test_one_modality_or_another_truth_is_no_such_case(mixed: Run, change: dict[str, str]) -> None:
    case = replace(mixed.cases[0], **change)  # type: ignore[arg-type]
    assert view(replace(mixed, cases=(case,))).modalities == ()


def test_a_case_without_rankings_is_left_out(mixed: Run) -> None:
    assert view(replace(mixed, rankings=mixed.rankings.slice(0, 0))).modalities == ()
