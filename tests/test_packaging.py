"""The wheel built from the tree runs the demo suite in a fresh environment, outside the tree."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from evalkit import archive

ROOT = Path(__file__).parents[1]
PROBE = "import evalkit; print(evalkit.__file__)"


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command away from the tree and its environment; return what it printed."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=env,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, offline, with the hatchling of the lock."""
    out = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    run(*build, out, cwd=ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a fresh environment that sees the locked packages; return its bin.

    A plain path in a .pth file is not searched for further .pth files, so the editable evalkit of
    the outer environment stays out of sight.
    """
    home = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(home, symlinks=True)
    python = home / "bin/python"
    site = Path(
        run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=home).strip()
    )
    (site / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "--disable-pip-version-check",
    ]
    run(*pip, "install", "--no-compile", "--no-deps", "--no-index", wheel, cwd=home)
    return python.parent


def test_the_wheel_holds_what_users_read(installed: Path, tmp_path: Path) -> None:
    package = Path(run(installed / "python", "-c", PROBE, cwd=tmp_path).strip()).parent
    assert package.is_relative_to(installed.parent), "not the copy that was installed"
    assert (package / "py.typed").is_file()
    for path in ("suites/quickstart.yaml", "datasets/storefront/dataset.yaml"):
        assert (package / "_share" / path).is_file(), path
    photos = package / "_share/datasets/storefront/images"
    assert len(list(photos.glob("*.jpg"))) == 420
    assert not list(installed.parent.glob("lib/*/site-packages/suites"))


@pytest.fixture(scope="module")
def demo(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo suite of the installed wheel, outside the tree; return the run's folder."""
    here = tmp_path_factory.mktemp("outside")
    package = Path(run(installed / "python", "-c", PROBE, cwd=here).strip()).parent
    suite = package / "_share/suites/quickstart.yaml"
    run(installed / "evalkit", "run", suite, "--out", here / "out", cwd=here)
    (told,) = (here / "out").rglob("run.json")
    return told.parent


def test_the_wheel_runs_the_demo_suite_outside_the_tree(demo: Path) -> None:
    assert (demo / "report.html").is_file()


def test_the_demo_finds_photos_well_but_not_perfectly_and_less_so_in_short(demo: Path) -> None:
    stored = archive.open_run(demo).run
    (case,) = [one for one in stored.cases if one.name == "text-to-photo"]
    wanted = ("value", "recall@10", "clean", "", case.name)
    full, short = (
        next(
            e
            for e in stored.estimates
            if (e.kind, e.metric, e.cell.probe, e.group, e.cell.case) == wanted
            and e.cell.dim == size
        )
        for size in (3072, 256)
    )
    assert case.corpus == 420
    assert 10 * (10 / case.corpus) <= full.value < 0.95
    assert short.high < full.low
