"""badge.svg: says in words what its colour says, safely."""

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from evalkit.archive import Run
from evalkit.core.results import VerdictStatus
from evalkit.report.badge import badge, message
from evalkit.report.view.overview import overview

SVG = "{http://www.w3.org/2000/svg}"


def drawn(run: Run) -> ET.Element:
    return ET.fromstring(badge(overview(run)))


def luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"pass": 9}, "9 of 9 gates pass"),
        ({"pass": 1}, "1 of 1 gate passes"),
        ({"pass": 8, "fail": 1}, "8 of 9 gates pass, 1 fails"),
        ({"pass": 6, "fail": 1, "missing": 1, "inconclusive": 1}, "6 of 9 gates pass, 2 fail"),
        ({"pass": 8, "inconclusive": 1, "waived": 2}, "8 of 11 gates pass, 1 inconclusive"),
        ({"pass": 8, "waived": 2}, "8 of 10 gates pass, 2 waived"),
        ({}, "no gates"),
    ],
)
def test_the_badge_says_how_the_gates_were_decided(counts: dict[str, int], said: str) -> None:
    assert message(counts) == said


@pytest.mark.parametrize("status", ["pass", "fail", "inconclusive", "missing", "waived"])
def test_white_text_can_be_read_on_every_colour(run: Run, status: VerdictStatus) -> None:
    verdict = replace(run.verdicts[0], status=status)
    fills = [
        r.get("fill") or "" for r in drawn(replace(run, verdicts=(verdict,))).iter(f"{SVG}rect")
    ]
    assert len(fills) == 2
    assert all(1.05 / (luminance(fill) + 0.05) >= 4.5 for fill in fills)


def test_colours_tell_a_failure_from_a_pass(run: Run) -> None:
    def colour(status: VerdictStatus) -> str | None:
        shown = drawn(replace(run, verdicts=(replace(run.verdicts[0], status=status),)))
        return list(shown.iter(f"{SVG}rect"))[1].get("fill")

    assert colour("missing") == colour("fail") != colour("pass")
    assert colour("inconclusive") not in (colour("fail"), colour("pass"))


def test_text_of_data_cannot_leave_the_title(make_run: Callable[..., Run]) -> None:
    hostile = "</title><script>alert(1)</script>\" onload='x' & \x00 \u202e"
    root = drawn(make_run(hostile))
    assert {e.tag.removeprefix(SVG) for e in root.iter()} == {"svg", "title", "rect", "text"}
    assert root.findtext(f"{SVG}title", "").startswith("storefront </title><script>")
    assert not any(
        name.startswith("on") or "href" in name for e in root.iter() for name in e.attrib
    )
    assert "\x00" not in badge(overview(make_run(hostile)))


def test_the_badge_is_named_for_who_cannot_see_it(run: Run) -> None:
    root = drawn(run)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "storefront plain: 2 of 6 gates pass, 2 fail"


def test_the_text_fits_its_box(run: Run) -> None:
    boxes = [(int(r.get("x", 0)), int(r.get("width", 0))) for r in drawn(run).iter(f"{SVG}rect")]
    for (x, width), text in zip(boxes, drawn(run).iter(f"{SVG}text"), strict=True):
        start, length = int(text.get("x", 0)), int(text.get("textLength", 0))
        assert x < start < start + length < x + width
