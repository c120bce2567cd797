"""docs/ci: the jobs are right YAML, their commands run, and what they upload is there."""

import os
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from evalkit import api
from evalkit.cli import app
from tests.docs.pages import ROOT, World, blocks, prose
from tests.factories import FAILS, PASSES, tiny_suite

PAGE = ROOT / "docs/ci.md"
GITHUB, GITLAB = ROOT / "docs/ci/github-actions.yml", ROOT / "docs/ci/gitlab-ci.yml"


def github() -> Any:
    return yaml.load(GITHUB.read_text("utf-8"), yaml.BaseLoader)["jobs"]["shop"]


def gitlab() -> Any:
    return yaml.load(GITLAB.read_text("utf-8"), yaml.BaseLoader)["shop"]


def commands() -> list[str]:
    """Return every line that a job runs."""
    steps = [step["run"] for step in github()["steps"] if "run" in step]
    return [*steps, *gitlab()["before_script"], *gitlab()["script"]]


def own(lines: list[str]) -> list[str]:
    """Return the lines that are evalkit's own, or look at what it left."""
    return [line for line in lines if not line.startswith(("python -m pip", "printf"))]


def made(folder: Path) -> World:
    """Return a project with a small suite in the place of the shop's."""
    world = World(PAGE, folder)
    (folder / "suites").unlink()
    (folder / "suites").mkdir()
    tiny_suite(folder / "suites", [PASSES], "shop")
    return world


@pytest.fixture
def project(tmp_path: Path) -> World:
    """Return a project in which nothing was run."""
    return made(tmp_path)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a project in which the job for GitHub was run; its page is `page.md`."""
    world = made(tmp_path_factory.mktemp("job"))
    page = str(world.folder / "page.md")
    for line in own([step["run"] for step in github()["steps"] if "run" in step]):
        done = ran(world, line, GITHUB_STEP_SUMMARY=page)
        assert done.returncode == 0, done.stderr
    return world


def ran(world: World, line: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a line as CI does, in a shell that stops at the first error."""
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", line],
        cwd=world.folder,
        env=os.environ | world.env | env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("line", own(commands()))
def test_every_command_of_the_jobs_exists(line: str) -> None:
    words = shlex.split(line)
    if words[0] != "evalkit":
        assert words[0] == "cat"
        return
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    context = group.make_context("evalkit", words[1:2], resilient_parsing=True)
    _, command, _ = group.resolve_command(context, words[1:])
    assert command is not None
    command.make_context(words[1], words[2:], parent=context)


def test_the_github_job_runs_and_shows_its_summary(job: World) -> None:
    assert (job.folder / "page.md").read_text("utf-8").startswith("## evalkit: shop\n")
    uploads = next(s for s in github()["steps"] if "upload-artifact" in s.get("uses", ""))
    stored = job.folder / uploads["with"]["path"] / "shop"
    (folder,) = (path for path in stored.iterdir() if path.is_dir())
    shown = {row[0].strip("`") for row in table("What a run leaves for the job")}
    named = {name.strip("` ") for cell in shown for name in cell.split(",")}
    assert named == {p.name for p in folder.iterdir()} - {
        "scores.parquet", "rankings.parquet", "judgements.parquet", "items.parquet",
        "examples.parquet",
    }  # fmt: skip


def table(heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading of the page."""
    section = prose(PAGE).partition(f"## {heading}")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_gitlab_job_fails_with_a_gate_and_leaves_its_artefacts(project: World) -> None:
    tiny_suite(project.folder / "suites", [PASSES, FAILS], "shop")
    codes = [ran(project, line).returncode for line in own(gitlab()["script"])]
    assert codes == [0, 1]
    found = list(project.folder.glob(gitlab()["artifacts"]["reports"]["junit"]))
    assert len(found) == 1
    assert 'failures="1"' in found[0].read_text("utf-8")
    assert gitlab()["artifacts"]["when"] == "always"


def test_a_baseline_as_the_page_copies_it_is_one(project: World, job: World) -> None:
    (project.folder / "reports").symlink_to(job.folder / "reports")
    copies = [b for b in blocks(PAGE) if "baselines" in b.text and b.language == "console"]
    for line in copies[0].commands:
        done = ran(project, line)
        assert done.returncode == 0, done.stderr
    kept = sorted(p.name for p in (project.folder / "suites/baselines/shop").iterdir())
    assert kept == ["run.json", "scores.parquet"]
    bound = "no_worse_than: {run: baselines/shop}, margin: 0.01"
    gate = f"{{case: find, metric: ndcg@10, at: 16, {bound}}}"
    (read,) = api.load(tiny_suite(project.folder / "suites", [gate], "shop")).gates
    assert read.bound.against
    assert read.bound.against.stored
    assert len(read.bound.against.stored.measured) > 0


def test_the_token_is_written_where_aws_looks_for_it(project: World, tmp_path: Path) -> None:
    (line,) = (one for one in gitlab()["before_script"] if one.startswith("printf"))
    file = tmp_path / "token"
    env = {"AWS_TOKEN": "a %s\\b", gitlab_file(): str(file)}
    assert ran(project, line, **env).returncode == 0
    assert file.read_text("utf-8") == "a %s\\b"


def gitlab_file() -> str:
    """Return the variable in which AWS looks for the file of a token, as the job sets it."""
    (name,) = (key for key in gitlab()["variables"] if key.endswith("TOKEN_FILE"))
    return str(name)


def test_what_the_jobs_install_is_there_to_install() -> None:
    project_file = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = [line for line in commands() if line.startswith("python -m pip")]
    assert [shlex.split(line)[-1] for line in lines] == ["evalkit[aws]"] * 2
    assert "aws" in project_file["project"]["optional-dependencies"]


def test_no_job_stores_a_key() -> None:
    for path in (GITHUB, GITLAB):
        text = path.read_text("utf-8")
        assert "SECRET" not in text.upper().replace("SECRETS", "")
        assert "ACCESS_KEY" not in text
    assert yaml.load(GITHUB.read_text("utf-8"), yaml.BaseLoader)["permissions"] == {
        "contents": "read",
        "id-token": "write",
    }
    assert "id_tokens" in gitlab()


def test_every_run_of_a_job_has_a_limit_and_a_ledger_that_is_kept() -> None:
    runs = [line for line in commands() if line.startswith("evalkit run")]
    assert len(runs) == 2
    assert all("--max-cost" in line for line in runs)
    saves = [s for s in github()["steps"] if "cache/save" in s.get("uses", "")]
    assert [s["if"] for s in saves] == ["always()"]
    assert github()["env"]["EVALKIT_LEDGER"].endswith(saves[0]["with"]["path"])
    assert gitlab()["cache"]["when"] == "always"
    assert gitlab()["variables"]["EVALKIT_LEDGER"].endswith(gitlab()["cache"]["paths"][0])
