"""Worst inputs that are no plain queries, where a part won, and what is heard."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from evalkit.archive import Run, rankings_table, scores_table
from evalkit.core.arrays import Ranking
from evalkit.core.results import Cell, Estimate, Listing, Measured, Scores
from evalkit.report.view import pictures, view
from evalkit.report.view.pictures import place
from evalkit.report.view.worst import Worst

CELL = Cell("photos", "alpha", dim=1024)
MakePage = Callable[[Run], str]
NAN = float("nan")


def only(run: Run, metric: str, **columns: list[float]) -> Run:
    """The run with one metric alone, whose units are pairs of the items d0 to d7, unranked."""
    pairs = [(f"d{n}", f"d{n + 1}") for n in range(len(next(iter(columns.values()))))]
    names = [("d0plain" if a == "d0" else "d1plain" if a == "d1" else a,
              "d1plain" if b == "d1" else b) for a, b in pairs]  # fmt: skip
    ids = tuple(f"{a} ~ {b}" for a, b in names)
    clusters = tuple(np.array(side, object) for side in zip(*names, strict=True))
    scores = Scores(ids, clusters, {k: np.array(v) for k, v in columns.items()})
    case = replace(run.cases[0], metrics=(metric,), truth="pairs", queries=0)
    value = Estimate("value", CELL, "", metric, "", 0.5, 0.4, 0.6, 4, NAN, "bca")
    return replace(
        run,
        cases=(case,),
        estimates=(value,),
        verdicts=(),
        scores=scores_table([Measured(CELL, metric, scores, np.ones(len(ids), bool))]),
        rankings=run.rankings.slice(0, 0),
        judgements=run.judgements.slice(0, 0),
        details=(),
    )


def the_worst(run: Run) -> Worst:
    (found,) = view(run).worst
    return found


def test_a_pair_shows_both_items_and_no_results(run: Run, page: MakePage) -> None:
    pairs = only(run, "effective", value=[1.0, 0.0, 1.0])
    found = the_worst(pairs)
    assert (found.units, found.ranked, found.judged, found.metric) == (
        "pairs", False, False, "effective",
    )  # fmt: skip
    first = found.queries[0]
    assert first.score == 0
    assert [(one.id, one.modality) for one in first.members] == [
        ("d1plain", "image"), ("d2", "image"),
    ]  # fmt: skip
    assert all(one.picture for one in first.members)
    html = page(pairs)
    assert "<h2>Worst inputs</h2>" in html
    assert "3 of 3 scored pairs" in html
    assert "First results" not in html


def test_pairs_without_scores_of_their_own_are_told_by_their_similarity(run: Run) -> None:
    found = the_worst(
        only(
            run,
            "average_precision",
            score=[0.9, 0.2, 0.8, 0.1, 0.5],
            positive=[1.0, 1.0, 0.0, 0.0, 0.0],
        )
    )
    # 0.2 belongs together and lies below two of three that do not; 0.8 lies above one of two
    assert [(q.query.id, q.score, q.said) for q in found.queries] == [
        ("d1plain ~ d2", 0.2, "belong together"),
        ("d2 ~ d3", 0.8, "do not belong together"),
        ("d4 ~ d5", 0.5, "do not belong together"),
    ]
    assert (found.metric, found.scored, found.as_bad) == ("similarity", 5, 3)


@pytest.mark.parametrize("together", [1.0, 0.0])
def test_pairs_of_one_kind_alone_have_no_worst(run: Run, together: float) -> None:
    both = only(run, "average_precision", score=[0.9, 0.2], positive=[together, together])
    assert view(both).worst == ()


def test_items_without_any_ranking_are_shown_alone(run: Run, page: MakePage) -> None:
    case = replace(run.cases[0], queries=0, truth="tags")
    nothing = replace(run, cases=(case,), rankings=run.rankings.slice(0, 0), since=None)
    found = view(nothing).worst[0]
    assert (found.units, found.ranked) == ("items", False)
    assert not found.queries[0].results
    assert not found.queries[0].missed
    html = page(nothing)
    assert "No result." not in html
    assert "Relevant, and not among them" not in html


def test_neighbours_without_judgements_show_which_tags_they_share(run: Run) -> None:
    labels = replace(run, cases=(replace(run.cases[0], truth="tags"),))
    result = view(labels).worst[0].queries[0].results[0]
    assert result.shared == (("language", "en, plain", True),)
    assert view(run).worst[0].queries[0].results[0].shared == ()


@pytest.mark.parametrize(
    ("modality", "start", "end", "said"),
    [
        ("document", 3.0, 3.0, "page 3"),
        ("document", 3.0, 5.0, "pages 3 to 5"),
        ("video", 65.0, 70.5, "1:05 to 1:10.5"),
        ("audio", 0.0, 3599.96, "0:00 to 1:00:00"),
        ("audio", 3723.0, 3725.0, "1:02:03 to 1:02:05"),
        ("text", 120.0, 240.0, "from character 120"),
        ("image", 1.0, 2.0, ""),
        ("video", None, None, ""),
        ("video", NAN, NAN, ""),
    ],
)
def test_where_a_part_won_is_said_by_modality(
    modality: str, start: float | None, end: float | None, said: str
) -> None:
    assert place(modality, start, end) == said


def spoken(run: Run) -> Run:
    """The run with videos in the place of images, of which the seconds 2 to 4 won."""
    at = run.items.column_names.index("modality")
    kinds = ["video" if k == "image" else k for k in run.items["modality"].to_pylist()]
    ids = tuple(sorted(set(run.rankings["query"].to_pylist())))
    docs = tuple(sorted(set(run.rankings["item"].to_pylist())))
    rows = np.tile(np.array([docs.index(d) for d in ("d4", "d2")]), (len(ids), 1))
    scores = rows.astype(np.float64)
    spans = np.broadcast_to([2.0, 4.0], (*rows.shape, 2)).copy()
    listing = Listing(CELL, Ranking(ids, docs, rows, scores, rows), spans)
    items = run.items.set_column(at, "modality", pa.array(kinds))
    return replace(run, items=items, rankings=rankings_table([listing], {"photos": {}}))


def test_a_page_has_players_modalities_and_the_seconds_that_won(run: Run, page: MakePage) -> None:
    html = page(spoken(run))
    assert ' controls preload="none" src="data:audio/ogg;base64,T2dnUyBh' in html
    assert '<span class="modality">video</span> d4' in html
    assert '<p class="where">0:02 to 0:04</p>' in html
    assert '<p class="where">' not in html[: html.index('id="worst"')]


def test_a_waveform_is_addressed_as_what_it_is(run: Run, page: MakePage) -> None:
    at = run.items.column_names.index("picture")
    wave = pa.array([b"\x89PNG wave"] * run.items.num_rows, pa.binary())
    html = page(
        replace(run, items=run.items.set_column(at, "picture", wave), examples=pa.table({}))
    )
    assert "data:image/png;base64," in html
    assert "data:image/jpeg" not in html


def test_runs_without_sounds_stay_readable(run: Run) -> None:
    old = replace(run, items=run.items.drop_columns(["sound"]))
    found = view(old).worst[0].queries[0]
    assert all(r.item.picture and r.item.sound is None for r in found.results)


def test_sounds_end_where_the_page_is_full(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    at, names = run.items.column_names.index("sound"), run.items["id"].to_pylist()
    sounds = pa.array([f"OggS sound of {name}".encode() for name in names], pa.binary())
    loud = replace(run, items=run.items.set_column(at, "sound", sounds))

    def heard() -> set[bytes]:
        queries = [q for w in view(loud).worst for q in w.queries]
        return {r.item.sound for q in queries for r in q.results if r.item.sound}

    many = heard()
    monkeypatch.setattr(pictures, "_SOUND_BYTES", 60)
    assert 0 < len(heard()) < len(many)
    assert sum(map(len, heard())) <= 60
