"""The chart of balance as a browser shows it: intervals, the band of chance, who stands out."""

import re
from pathlib import Path
from typing import Any

import pytest

from evalkit import report
from evalkit.archive import Run
from tests.report.test_browser import PHONE, opened
from tests.report.test_fairness import SUBJECTS, fair_run

pytestmark = pytest.mark.browser
CHART = "#fairness [data-chart]"
BAND, TARGET, INTERVAL, POINT = "bar", "tick", "rule mark", "point"
SHAPES = (
    f"[...document.querySelectorAll('{CHART} [aria-roledescription]')].map(mark => {{"
    " const box = mark.getBoundingClientRect();"
    " return [mark.getAttribute('aria-roledescription'), mark.getAttribute('aria-label') ?? '',"
    " box.left, box.width, box.top + box.height / 2]; })"
)
DRAWN = tuple(str(subject[0]) for subject in SUBJECTS if subject[2] is not None)
Mark = tuple[str, float, float, float]
"""What a mark says, where it begins, how wide it is, and how far down its middle lies."""


@pytest.fixture(scope="module")
def fair(make_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a run that asks for balance; one of three subjects has no share."""
    folder = tmp_path_factory.mktemp("fair")
    run: Run = fair_run(make_run())
    report.write(run, folder)
    return folder / "report.html"


def marks(page: Any, kind: str) -> dict[str, Mark]:
    """Return the marks of a kind by their subject."""
    found = {}
    for said, label, *where in page.evaluate(SHAPES):
        named = re.search(r"subject: (\w+)", label)
        if said == kind and named:
            left, width, middle = where
            found[named[1]] = (label, left, width, middle)
    return found


@pytest.fixture(scope="module")
def light(browser: Any, fair: Path) -> Any:
    """Return the page by day."""
    page, heard = opened(browser, fair, color_scheme="light")
    assert heard == []
    return page


def test_every_subject_has_its_band_of_chance_its_interval_and_its_target(light: Any) -> None:
    for kind in (BAND, TARGET, INTERVAL, POINT):
        assert tuple(marks(light, kind)) == DRAWN, kind
    for said, _, width, _ in (*marks(light, BAND).values(), *marks(light, INTERVAL).values()):
        assert width > 20, said


def test_marks_lie_where_the_numbers_say(light: Any) -> None:
    (_, left, width, _) = marks(light, BAND)["nurse"]
    scale = width / 0.4  # chance reaches from 0.3 to 0.7
    for name, share in (("nurse", 0.9), ("pilot", 0.2)):
        _, low, reach, middle = marks(light, INTERVAL)[name]
        assert low == pytest.approx(left + (share - 0.1 - 0.3) * scale, abs=2)
        assert reach == pytest.approx(0.2 * scale, abs=2)
        _, start, size, level = marks(light, POINT)[name]
        assert start + size / 2 == pytest.approx(left + (share - 0.3) * scale, abs=2)
        assert {round(marks(light, kind)[name][3]) for kind in (BAND, TARGET, INTERVAL)} <= {
            round(level) - 1, round(level), round(level) + 1
        }  # fmt: skip
        assert middle == pytest.approx(level, abs=1)


def test_who_stands_out_is_said_by_the_mark_as_well_as_by_its_colour(light: Any) -> None:
    said = {name: label for name, (label, *_) in marks(light, POINT).items()}
    assert "stands out from chance" in said["nurse"]
    assert "not told apart from chance" in said["pilot"]
    assert "0.900 (0.800 to 1.000)" in said["nurse"]
    assert "by chance: 0.300 to 0.700" in said["nurse"]
    points = f"[...document.querySelectorAll('{CHART} .mark-symbol.role-mark path')]"
    shapes = light.evaluate(f"{points}.map(point => point.getAttribute('d'))")
    assert len(set(shapes)) == len(DRAWN)


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"color_scheme": "dark"}])
def test_a_phone_and_a_dark_page_show_the_same_marks(
    browser: Any, fair: Path, light: Any, options: dict[str, Any]
) -> None:
    page, heard = opened(browser, fair, **options)
    assert heard == []
    for kind in (BAND, INTERVAL, POINT):
        other = marks(page, kind)
        assert {n: m[0] for n, m in other.items()} == {
            n: m[0] for n, m in marks(light, kind).items()
        }
    wide = page.viewport_size["width"]
    assert all(
        left >= 0 and left + width <= wide for _, left, width, _ in marks(page, BAND).values()
    )
