"""Suites as tests: a YAML suite is collected, each of its gates is a test named by its sentence.

    pytest suites/                        every suite below a folder that is named
    pytest suites/quickstart.yaml         one suite
    evalkit_files = suites/*.yaml         (ini) these suites in every session that comes by

Only pytest and the standard library are imported here: a session without suites pays nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from evalkit.archive import Run
    from evalkit.core.results import Verdict

_HEAD_BYTES = 8192
_SUITE_KEY = re.compile(rb"""^(?:\xef\xbb\xbf)?["']?suite["']?\s*:""", re.MULTILINE)


class InconclusiveGate(pytest.PytestWarning):
    """A gate could not be decided with the queries there are."""


class GateFailed(Exception):
    """A gate failed or is missing; the message says all there is to say."""


class SuiteNotRun(Exception):
    """A suite could not be run; the message holds the sentences of evalkit's error."""


_SWITCHES = {
    "strict": "Count an inconclusive gate as failed; without it, it warns.",
    "offline": "Embed nothing: an input that was never embedded is an error.",
}
_FOLDERS = {
    "out": "Where runs and their reports are stored (default: reports).",
    "ledger": "Folder of the embeddings already paid for (default: $EVALKIT_LEDGER, "
    "else the user's cache).",
}
_FILES = "Patterns of YAML files to collect as suites without being named, such as suites/*.yaml."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of evalkit, and the ini option that names suites."""
    group = parser.getgroup("evalkit", "evalkit: suites of embedding models as tests")
    for name, about in _SWITCHES.items():
        group.addoption(f"--evalkit-{name}", action="store_true", help=about)
    for name, about in _FOLDERS.items():
        group.addoption(f"--evalkit-{name}", metavar="DIR", help=about)
    parser.addini("evalkit_files", _FILES, type="args", default=[])


_RUNS = pytest.StashKey["_Runs"]()


def pytest_configure(config: pytest.Config) -> None:
    """Prepare to keep the session's runs; inconclusive warns even where warnings are errors."""
    config.stash[_RUNS] = _Runs(config)
    config.addinivalue_line("filterwarnings", f"always::{__name__}.InconclusiveGate")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a YAML file that is a suite, where it is named or the ini option asks for it."""
    if file_path.suffix not in (".yaml", ".yml") or not _asked_for(file_path, parent):
        return None
    return SuiteFile.from_parent(parent, path=file_path) if _is_suite(file_path) else None


def _asked_for(path: Path, parent: pytest.Collector) -> bool:
    """Return whether a file, or a folder above it, was named, or a pattern of the ini fits it."""
    config = parent.config
    if any(path.match(pattern) for pattern in config.getini("evalkit_files")):
        return True
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    return any(parent.session.isinitpath(one) for one in (path, *path.parents))


def _is_suite(path: Path) -> bool:
    """Return whether a file has the key `suite` at its top level, near its beginning."""
    try:
        with path.open("rb") as file:
            return _SUITE_KEY.search(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


class SuiteFile(pytest.File):
    """A suite; loading it finds everything that is wrong with it and spends nothing."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one test per verdict that a run will reach; raises one error for a wrong suite."""
        from evalkit import api
        from evalkit.core.errors import EvalkitError

        try:
            with _at_home(self.config):
                gates = api.gate_sentences(api.load(_shown(self.path, self.config)))
        except EvalkitError as e:
            raise self.CollectError(str(e)) from e
        for sentence, line in gates:
            yield GateItem.from_parent(self, name=sentence, line=line)


class GateItem(pytest.Item):
    """One verdict of a suite. Whichever comes first has the suite run; the others look it up."""

    def __init__(self, *, line: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.line = line

    def runtest(self) -> None:
        """Pass, warn, fail or be skipped, as the verdict of the run says."""
        found, folder = self.config.stash[_RUNS].of(self.path)
        mine = (self.name, self.line)
        verdict = next((v for v in found.verdicts if (v.gate, v.line) == mine), None)
        if verdict is None:
            small = "the group has fewer than 30 units; it is reported and not gated."
            pytest.skip(f"{self.name}: {small}")
        self.user_properties += _numbers(verdict)
        if verdict.status == "waived":
            pytest.xfail(verdict.why)
        if verdict.status == "inconclusive":
            self.warn(InconclusiveGate(f"{_observed(verdict)}. {_advice(verdict)}"))
        elif verdict.status != "pass":
            raise GateFailed(self._failure(verdict, folder))

    def _failure(self, verdict: Verdict, folder: Path) -> str:
        """Return what a person needs to know of a failure, a line each."""
        return "\n".join(
            (
                f"{verdict.status.upper()}: {verdict.gate}",
                f"  observed: {_observed(verdict)}",
                f"  bound:    {verdict.bound}",
                f"  why:      {_advice(verdict)}",
                f"  suite:    {_shown(self.path, self.config)}:{self.line}",
                f"  report:   {_shown(folder / 'report.html', self.config)}",
            )
        )

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any
    ) -> Any:
        """Return the message alone where it is meant for people; they need no traceback."""
        if isinstance(excinfo.value, GateFailed | SuiteNotRun | InconclusiveGate):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the gate's place in the suite file, and what stands above its failure."""
        return self.path, self.line - 1, f"{self.path.stem}: {self.name}"


def _numbers(verdict: Verdict) -> list[tuple[str, object]]:
    """Return the numbers of a verdict that there are, for junit.xml."""
    pairs = [(name, getattr(verdict, name)) for name in ("observed", "low", "high", "n")]
    return [(name, round(value, 6)) for name, value in pairs if not math.isnan(value)]


def _observed(v: Verdict) -> str:
    """Return what was observed with its interval and the number of units."""
    if math.isnan(v.observed):
        return "nothing"
    return f"{v.observed:.3f}, 90 % interval [{v.low:.3f}, {v.high:.3f}], n = {v.n}"


def _advice(verdict: Verdict) -> str:
    """Return the reason of a verdict, and what would settle it."""
    more = f" About {verdict.more_queries} more queries would settle it."
    return verdict.why + (more if verdict.more_queries else "")


class _Runs:
    """The runs of a session: a suite is run once, under xdist once for all workers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._found: dict[Path, tuple[Run, Path] | str] = {}
        self.folders: set[str] = set()

    def of(self, path: Path) -> tuple[Run, Path]:
        """Return the run of a suite and its folder; raises SuiteNotRun where there is none."""
        path = path.resolve()
        if path not in self._found:
            self._found[path] = self._read(self._once(path))
        found = self._found[path]
        if isinstance(found, str):
            raise SuiteNotRun(found)
        return found

    def _read(self, note: dict[str, str]) -> tuple[Run, Path] | str:
        """Return the run that a note speaks of, or what kept it from being made."""
        from evalkit import api

        if "lacks" in note:
            pytest.skip(note["lacks"])
        if "error" in note:
            return note["error"]
        self.folders.add(note["folder"])
        return api.read(note["folder"]), Path(note["folder"])

    def _once(self, path: Path) -> dict[str, str]:
        """Return the note of a suite's run, made by whichever worker comes first."""
        worker = getattr(self._config, "workerinput", None)
        if worker is None:
            return self._run(path)
        name = hashlib.sha256(f"{worker['testrunuid']}\0{path}".encode()).hexdigest()[:24]
        own = self._config.getoption("basetemp", None)  # a folder of this worker, its parent of all
        shared = Path(own).parent if own else Path(tempfile.gettempdir())
        note = shared / f"evalkit-{name}.json"
        with _locked(note.with_suffix(".lock")):
            if not note.exists():
                note.write_text(json.dumps(self._run(path)), encoding="utf-8")
            return dict(json.loads(note.read_text(encoding="utf-8")))

    def _run(self, path: Path) -> dict[str, str]:
        """Run a suite; return the folder of the run, or what kept it from being run."""
        from evalkit import api
        from evalkit.core.errors import EvalkitError, Lacking

        option = self._config.getoption
        with _at_home(self._config):
            try:
                stored = api.run(
                    _shown(path, self._config),
                    out=option("evalkit_out") or "reports",
                    ledger=option("evalkit_ledger"),
                    offline=option("evalkit_offline"),
                    strict=option("evalkit_strict"),
                )
            except Lacking as e:
                return {"lacks": str(e)}
            except EvalkitError as e:
                return {"error": str(e)}
            return {"folder": str(stored.folder.absolute())}


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes wait for, and that ends with this process at the latest."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _at_home(config: pytest.Config) -> Iterator[None]:
    """Work from the folder that pytest was started in; a library's warning is no error here."""
    with contextlib.chdir(config.invocation_params.dir), warnings.catch_warnings():
        warnings.simplefilter("default")
        yield


def _shown(path: Path, config: pytest.Config) -> str:
    """Return a path as seen from the folder that pytest was started in, whole where outside."""
    home = config.invocation_params.dir
    return os.path.relpath(path, home) if path.is_relative_to(home) else str(path)


@pytest.fixture(scope="session")
def evalkit_run(pytestconfig: pytest.Config) -> Callable[[str | os.PathLike[str]], Run]:
    """Run a suite once per session and return its run: `evalkit_run("suites/a.yaml").frame()`.

    A relative path starts at pytest's root folder. Raises SuiteNotRun with evalkit's sentences.
    """
    runs, root = pytestconfig.stash[_RUNS], pytestconfig.rootpath
    return lambda suite: runs.of(root / suite)[0]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say where the reports of this session are."""
    if config.stash[_RUNS].folders:
        terminalreporter.section("evalkit reports")
    for folder in sorted(config.stash[_RUNS].folders):
        terminalreporter.write_line(_shown(Path(folder) / "report.html", config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that started this worker, if one did, where its reports are."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["evalkit"] = sorted(session.config.stash[_RUNS].folders)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over where the reports of an xdist worker are."""
    node.config.stash[_RUNS].folders |= set(getattr(node, "workeroutput", {}).get("evalkit", ()))
