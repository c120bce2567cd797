"""The tree keeps its promises: small files, quick start-up, no traces of one machine."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import evalkit

ROOT = Path(__file__).parents[1]
HEAVY = (
    "altair av bm25s boto3 botocore faiss matplotlib numba pandas pyarrow pypdfium2 ranx scipy"
    " sklearn soundfile streamlit torch vl_convert"
).split()
FAMILIES = (
    "metrics", "prepare", "probes", "providers", "readers", "search", "tasks", "transforms",
)  # fmt: skip
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

# Spelled so that this file does not hold what it looks for.
TRACES = {
    "a path of one machine": r"(?<![\w.~-])/(?:root|work|opt/pypi)" + r"/",
    "the host of a package index": r"files\.python" + r"hosted|://[^\s\"']+/simple" + r"\b",
}


def heavy_after(code: str) -> list[str]:
    """Return the heavy libraries that a fresh interpreter has loaded once it ran `code`."""
    report = f"\nprint('heavy:', *[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", "import sys\n" + code + report],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.rpartition("heavy:")[2].split()


def tracked() -> list[Path]:
    """Return every file that git tracks or would add."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [p for name in done.stdout.split("\0") if name and (p := ROOT / name).is_file()]


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {p: p.read_text("utf-8").count("\n") for p in (ROOT / "evalkit").rglob("*.py")}
    assert lengths
    assert {str(p): n for p, n in lengths.items() if n > 400} == {}


def test_the_changelog_knows_this_version() -> None:
    newest = re.search(
        r"^## \[?v?(\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
    )
    assert newest, "CHANGELOG.md has no heading such as '## 1.2.3'"
    assert newest[1] == evalkit.__version__


@pytest.mark.parametrize("trace", TRACES)
def test_no_tracked_file_holds(trace: str) -> None:
    pattern = re.compile(TRACES[trace].encode())
    found = [str(p.relative_to(ROOT)) for p in tracked() if pattern.search(p.read_bytes())]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_a_lock_has_hashes_and_no_url(lock: Path) -> None:
    text = lock.read_text("utf-8")
    pins = re.split(r"\n(?=\S)", text.strip())
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in text


def test_there_is_a_lock_and_a_py_typed() -> None:
    assert LOCKS
    assert (ROOT / "evalkit/py.typed").is_file()


def test_help_loads_nothing_heavy() -> None:
    code = "sys.argv = ['evalkit', '--help']\nfrom evalkit.cli import main\n"
    assert heavy_after(code + "try: main()\nexcept SystemExit as stop: assert not stop.code") == []


def test_the_pytest_plugin_loads_nothing_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    (plugin,) = entry_points(group="pytest11", name="evalkit")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    code = f"import pytest; assert pytest.main(['-p', '{plugin.value}', '--version']) == 0"
    assert heavy_after(code) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_plugins_load_nothing_heavy(family: str) -> None:
    scan = f"from evalkit.core import registry\nassert registry.names('{family}')"
    assert heavy_after(scan) == []
