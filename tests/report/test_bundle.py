"""The charts' library is made once, and a kept copy is used only when it is whole."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import vl_convert

from evalkit.report.bundle import bundle

SCRIPT = "window.vegaEmbed = () => 'é';"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """Return the versions for which a script was made, in a cache folder of its own."""
    asked: list[str] = []

    def javascript_bundle(snippet: str | None, vl_version: str) -> str:
        asked.append(vl_version)
        return SCRIPT

    monkeypatch.setattr(vl_convert, "javascript_bundle", javascript_bundle)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bundle.cache_clear()
    yield asked
    bundle.cache_clear()


def again() -> str:
    """Return the script as the next process would."""
    bundle.cache_clear()
    return bundle()


def test_it_is_made_once_and_the_same_from_the_cache(made: list[str], tmp_path: Path) -> None:
    assert [bundle(), again(), again()] == [SCRIPT] * 3
    assert len(made) == 1
    (file,) = (tmp_path / "evalkit").iterdir()
    digest = hashlib.sha256(SCRIPT.encode()).hexdigest()
    assert file.name.startswith("vega-")
    assert file.name.endswith(f"-{made[0]}-{digest}.js")


@pytest.mark.parametrize("content", [b"", SCRIPT[:9].encode(), b"\xff\xfe", b"alert(1)"])
def test_a_damaged_copy_is_made_again(made: list[str], tmp_path: Path, content: bytes) -> None:
    bundle()
    (file,) = (tmp_path / "evalkit").iterdir()
    file.write_bytes(content)
    assert again() == SCRIPT
    assert len(made) == 2
    assert file.read_text("utf-8") == SCRIPT


def test_a_copy_for_other_versions_is_left_alone(made: list[str], tmp_path: Path) -> None:
    digest = hashlib.sha256(b"old").hexdigest()
    (tmp_path / "evalkit").mkdir()
    (tmp_path / "evalkit" / f"vega-0.0.1-1.0-{digest}.js").write_bytes(b"old")
    assert bundle() == SCRIPT


def test_without_a_place_to_write_it_is_made_each_time(
    made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [bundle(), again()] == [SCRIPT] * 2
    assert len(made) == 2
