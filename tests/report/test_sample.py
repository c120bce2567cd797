"""The committed sample is what this version makes of its run, and small enough to keep."""

import re
from pathlib import Path

import pytest

from evalkit import archive, report
from tests.report.sample import HOME

MADE = ("report.html", "summary.md", "card.html", "card.md", "junit.xml", "badge.svg")
_LIBRARY = re.compile(r"<script>(?!\"use strict\").*?</script>", re.DOTALL)
_POLICY = re.compile(r"script-src [^;]*;")


def own(page: str) -> str:
    """Return a page without the library that draws its charts, and the library's digest."""
    return _POLICY.sub("", _LIBRARY.sub("", page))


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of the sample made again from its run."""
    folder = tmp_path_factory.mktemp("sample")
    report.write(archive.load(HOME), folder)
    return folder


@pytest.mark.parametrize("name", MADE)
def test_it_is_current(again: Path, name: str) -> None:
    new, kept = ((home / name).read_text(encoding="utf-8") for home in (again, HOME))
    assert own(new) == own(kept), (
        "run `python -m tests.report.sample --report` and look at what changed"
    )


def test_it_is_small() -> None:
    sizes = {file.name: file.stat().st_size for file in HOME.iterdir()}
    assert sum(sizes.values()) < 2_500_000, sizes


def test_it_names_no_place_of_the_machine_that_made_it() -> None:
    for file in HOME.iterdir():
        if file.suffix in (".json", ".md", ".xml", ".svg", ".yaml"):
            assert not re.search(r"/(?:home|root|tmp|work|Users)/", file.read_text("utf-8")), file


def test_it_shows_what_changed_and_how_models_compare() -> None:
    page = own((HOME / "report.html").read_text(encoding="utf-8"))
    for anchor in ("changes", "frontier", "models", "groups", "probes", "worst", "moved", "costs"):
        assert f'<section id="{anchor}">' in page
    assert "From the best: A: " in page
    assert "smallest size that is not inferior" in page
