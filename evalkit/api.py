"""What every entry point calls: load, check, run, compare, score, render, show a probe."""

from __future__ import annotations

import inspect
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evalkit import archive, report, suite
from evalkit.archive import Run
from evalkit.core.errors import Lacking, Problem, ProviderError, UsageError
from evalkit.core.items import Item
from evalkit.core.plan import Plan
from evalkit.core.results import Estimate
from evalkit.ledger import Ledger
from evalkit.pipeline.purse import Budget, Progress, no_progress

if TYPE_CHECKING:
    from evalkit.pipeline.check import Check
    from evalkit.pipeline.sheets import Step

REPORTS = Path("reports")
"""Where runs are stored unless another folder is named."""
SEED = 7
"""The seed of a suite that names none."""

_SHOWN_VERSIONS = ("evalkit", "numpy", "pandas", "pyarrow", "faiss-cpu", "ranx", "pillow")


@dataclass(frozen=True, slots=True)
class Stored:
    """A run and the folder that it was stored in."""

    run: Run
    folder: Path


def load(path: str | Path, models: Sequence[str] = ()) -> Plan:
    """Return the plan of a suite file; raises SuiteError or DataError naming all that is wrong.

    models: entries such as `nova` or `mine: {provider: openai, name: e5}`, to run in place of the
    suite's own; gates and waivers that name another model are left out then.
    """
    return suite.load(Path(path), models)


def gate_sentences(plan: Plan) -> list[tuple[str, int]]:
    """Return what a run of a plan decides: each gate as a sentence, and its line in the file."""
    from evalkit.pipeline.gate import sentence
    from evalkit.pipeline.requests import targets

    return [(sentence(target), target.gate.line) for target in targets(plan)]


def allow_endpoints(addresses: Sequence[str]) -> None:
    """Let models of this process be asked, with credentials, at these addresses as well."""
    from evalkit.providers._addresses import allow

    allow(addresses)


def check(
    path: str | Path | Plan,
    *,
    out: str | Path = REPORTS,
    ledger: str | Path | None = None,
    spread: float | None = None,
) -> Check:
    """Return what a run of a suite would embed and what its gates could find; spends nothing.

    The spread of per-query scores is taken from the suite's last run below `out`, or from `spread`.
    """
    from evalkit.pipeline.check import check as check_plan

    plan = path if isinstance(path, Plan) else load(path)
    newest = archive.latest(Path(out), plan.name)
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        return check_plan(plan, store, archive.load(newest) if newest else None, spread)


def run(
    path: str | Path | Plan,
    *,
    out: str | Path = REPORTS,
    ledger: str | Path | None = None,
    offline: bool = False,
    strict: bool = False,
    max_cost: float | Budget | None = None,
    recheck: int = 0,
    progress: Progress = no_progress,
) -> Stored:
    """Run a suite and store the run with its reports below `out`.

    ledger: the folder of paid embeddings (default: $EVALKIT_LEDGER, else the user's cache).
    offline: an input that was never embedded is an error. strict: inconclusive counts as failed.
    max_cost: dollars that embedding may cost, or a `Budget` that several runs share; a run stops
    before that is passed. recheck: how many stored inputs of each service are asked for again, to
    see whether it still gives the same vectors.
    Raises Lacking where something is missing that the suite says it needs; SuiteError, DataError,
    ProviderError or OutputError; nothing half-written stays.
    """
    from evalkit.pipeline.run import Options
    from evalkit.pipeline.run import run as run_plan

    plan = path if isinstance(path, Plan) else load(path)
    if plan.lacks:
        raise Lacking(*(Problem(plan.origin, lack) for lack in plan.lacks))
    archive.ensure_writable(Path(out) / plan.name)
    with Ledger(Path(ledger) if ledger is not None else None) as store:
        budget = Budget(max_cost) if isinstance(max_cost, int | float) else max_cost
        options = Options(offline, strict, budget, recheck, progress, _provenance())
        try:
            done = run_plan(plan, store, options)
        except ProviderError as e:
            raise ProviderError(*(_of_suite(plan, p) for p in e.problems)) from e
    return Stored(done, _store(done, Path(out)))


def _of_suite(plan: Plan, problem: Problem) -> Problem:
    """Return a problem that was met while a suite ran, with the suite it was met in."""
    return replace(problem, where=": ".join(filter(None, (plan.origin, problem.where))))


def _store(done: Run, out: Path) -> Path:
    """Write a run and its reports; return its folder."""
    with archive.new_folder(out, done.suite, done.id) as folder:
        archive.save(done, folder)
        report.write(done, folder)
    return out / done.suite / done.id


def read(folder: str | Path) -> Run:
    """Return a stored run: a run's folder, or a suite's folder, of which the newest is read."""
    path = Path(folder)
    newest = archive.latest(path.parent, path.name)
    return archive.load(newest or path)


def render(folder: str | Path) -> Path:
    """Write the reports of a stored run anew, the same bytes each time; return the folder."""
    path = Path(folder)
    path = archive.latest(path.parent, path.name) or path
    report.write(archive.load(path), path)
    return path


def compare(before: str | Path | Run, after: str | Path | Run) -> tuple[Estimate, ...]:
    """Return the paired change from one run to another, per cell and metric; positive is worse."""
    from evalkit.pipeline.compare import compare as compare_runs

    old, new = (one if isinstance(one, Run) else read(one) for one in (before, after))
    return compare_runs(old, new)


def _provenance() -> Mapping[str, object]:
    """Return what the numbers were made with: versions, platform, the git commit of the work."""
    versions = {name: _version(name) for name in _SHOWN_VERSIONS}
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "versions": versions,
        "git_commit": _git_commit(),
    }


def _version(name: str) -> str:
    """Return the version of an installed package, "" where it is absent."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _git_commit() -> str:
    """Return the commit of the working folder, `-dirty` where files differ, "" outside of git."""
    command = ("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


@dataclass(frozen=True, slots=True)
class Scored:
    """A TREC run scored. per_query: query -> metric -> score; left_out: queries not judged."""

    means: dict[str, float]
    per_query: dict[str, dict[str, float]]
    queries: int
    left_out: tuple[str, ...]


def score(
    qrels: str | Path,
    run_file: str | Path,
    metrics: Sequence[str],
    *,
    ties: str = "trec_eval",
    relevant: int = 1,
) -> Scored:
    """Return the scores of a TREC run file against TREC judgements, as `trec_eval -c` means them.

    ties: `trec_eval`, `id` or `rank`. relevant: the grade from which an item counts as relevant.
    Raises DataError naming file and line, UsageError for an unknown metric.
    """
    from evalkit.core import registry
    from evalkit.ranking import trec

    wanted = {name: registry.metric(name) for name in metrics}
    found = trec.evidence(qrels, run_file, ties, relevant)
    columns = {name: trec.values(metric, found.ranked) for name, metric in wanted.items()}
    return Scored(
        means={name: float(column.mean()) for name, column in columns.items()},
        per_query={
            query: {name: float(column[n]) for name, column in columns.items()}
            for n, query in enumerate(found.ranked.ids)
        },
        queries=len(found.ranked.ids),
        left_out=found.left_out,
    )


class Shown(NamedTuple):
    """A probe shown on an item.

    about: what it does, in a sentence. may_break: the meaning that it may break. steps: the item at
    severities 0 to 5. files: what was written, the contact sheet or the texts first.
    """

    about: str
    may_break: str
    steps: tuple[Step, ...]
    files: tuple[Path, ...]


def show_probe(
    name: str,
    item: str,
    *,
    data: str | Path | None = None,
    params: Mapping[str, object] | None = None,
    out: str | Path | None = None,
    seed: int = SEED,
) -> Shown:
    """Show what a probe makes of an item at every severity, and write a contact sheet of it.

    item: a file (`report.pdf#3` is its third page), a text, or with `data`, the path of a data set,
    the id of an item, which is changed as in a run with this seed. params: parameters of the probe.
    out: the file of the sheet, `<probe>-<item>.png` where None; the six sounds or films are written
    beside it. Texts are written, as .txt, only where `out` is given.
    Raises UsageError for an unknown probe, parameter or id, for an item that the probe is not made
    for, and for an `out` of another kind; DataError for an item that cannot be read; OutputError
    where files cannot be written.
    """
    from evalkit.pipeline.sheets import PIXELS, sheet, shown_part
    from evalkit.readers.single import dataset_at, item_at, item_of
    from evalkit.suite.single import one_probe

    probe = one_probe(name, params or {})
    one, others = (item_at(item), ()) if data is None else item_of(dataset_at(data), item)
    part = shown_part(probe, one)
    if part is None:
        able = " and ".join(sorted(probe.probe.modalities))
        raise UsageError(f"the probe '{name}' changes {able}, but the item is {one.modality}.")
    about = (inspect.getdoc(type(probe.probe)) or "").split("\n\n")[0].replace("\n", " ")
    pixels = PIXELS[Item("", part).modality]
    steps = tuple(sheet(probe, one, others, seed, pixels))
    target = _target(name, one.id, out, isinstance(part, str))
    source = item if data is None else ""
    files = () if target is None else _show(steps, target, f"{name}: {one.id}", about, source)
    return Shown(about, probe.probe.may_break, steps, files)


def _target(probe: str, item: str, out: str | Path | None, is_text: bool) -> Path | None:
    """Return the file to show a probe in; None for a text where no file is named."""
    if out is not None:
        return Path(out)
    return None if is_text else Path(re.sub(r"[^\w.-]+", "-", f"{probe}-{item}") + ".png")


def _show(
    steps: Sequence[Step], path: Path, title: str, words: str, source: str
) -> tuple[Path, ...]:
    """Write the steps of a probe as a contact sheet, or as texts; return the files."""
    from evalkit.report.gallery import View, write_gallery, write_texts

    views = [View(s.label, s.text, s.picture, s.media) for s in steps]
    if all(view.picture is None for view in views):
        return write_texts(path, views, source)
    return write_gallery(path, title, words, views, source)
