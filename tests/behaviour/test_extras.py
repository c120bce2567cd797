"""What is installed with an extra: the core does without, and says which one a suite needs."""

import io
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from evalkit.core import extras
from evalkit.core.errors import UsageError
from tests.factories import Command
from tests.media.making import film, tone, written

ROOT = Path(__file__).parents[2]
BROUGHT = {
    "av": "media", "soundfile": "media", "pypdfium2": "media", "faiss": "faiss",
    "sklearn": "scikit-learn",
}  # fmt: skip
HIDE = """\
import sys
sys.modules.update(dict.fromkeys({hidden}))
from evalkit import cli
sys.argv = ["evalkit", *{args}]
cli.main()
"""
SUITE = """\
suite: needy
models:
  - reference: {provider: reference, dimensions: [256]}
cases:
  - name: find
    data: data
    metrics: [recall@1]
    systems: [plainSYSTEM]
gates:
  - {case: find, metric: recall@1, at: 256, at_least: 0.001}
"""

SOUND = written(tone(0.5), 16_000)
Hide = Callable[[str], None]


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Hide:
    """Return what makes a package look as if it were not installed."""

    def hidden(module: str) -> None:
        extras.expect.cache_clear()
        monkeypatch.setitem(sys.modules, module, None)

    return hidden


@pytest.mark.parametrize(("module", "extra"), BROUGHT.items())
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    hide: Hide, module: str, extra: str
) -> None:
    extras.expect(module)
    hide(module)
    with pytest.raises(UsageError, match=r"which is not installed: pip install 'evalkit\[") as e:
        extras.expect(module)
    assert f"'evalkit[{extra}]'." in str(e.value)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (distribution,) = set(packages_distributions()[module])
    brought = project["optional-dependencies"][extra]
    assert any(one.startswith(f"{distribution}>") for one in brought)
    assert not any(one.startswith(f"{distribution}>") for one in project["dependencies"])


def test_text_and_photos_need_no_extra(tmp_path: Path) -> None:
    for args in (["init", "shop"], ["run", "shop", "--out", "out"]):
        code = HIDE.format(hidden=[*BROUGHT, "boto3", "streamlit", "sqlalchemy"], args=args)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (report,) = (tmp_path / "out").rglob("report.html")
    assert "<svg" in report.read_text("utf-8")


def page() -> bytes:
    """Return a PDF of one page."""
    out = io.BytesIO()
    canvas = Canvas(out, (200, 100), invariant=True)
    canvas.drawString(20, 50, "profits rose")
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize(
    ("module", "kind", "name", "content", "system", "need"),
    [
        ("soundfile", "audio", "a.wav", SOUND, "", "sounds need soundfile"),
        ("av", "video", "a.mp4", film(6).data, "", "video, and most sounds, need PyAV"),
        ("pypdfium2", "document", "a.pdf", page(), ", pages", "pages of PDF files need pypdfium2"),
        ("faiss", "", "", b"", ", fast: {use: faiss_flat}", "the search 'faiss_flat' needs FAISS"),
    ],
)  # fmt: skip
def test_a_suite_that_needs_an_extra_says_so(
    here: Path, evalkit: Command, hide: Hide,
    module: str, kind: str, name: str, content: bytes, system: str, need: str,
) -> None:  # fmt: skip
    data = here / "data"
    data.mkdir()
    item = {"id": "a", **({kind: name} if kind else {"text": "a red cup"})}
    if name:
        (data / name).write_bytes(content)
    (data / "dataset.yaml").write_text("name: needy\n", "utf-8")
    (data / "corpus.jsonl").write_text(json.dumps(item) + "\n", "utf-8")
    (data / "queries.jsonl").write_text('{"id": "q", "text": "cup"}\n', "utf-8")
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n", "utf-8")
    (here / "s.yaml").write_text(SUITE.replace("SYSTEM", system), "utf-8")
    hide(module)
    done = evalkit("run", "s.yaml", "--out", "out")
    assert done.code == 2
    assert f"{need}, which is not installed: pip install 'evalkit[{BROUGHT[module]}]'." in " ".join(
        done.err.split()
    )
    assert "Traceback" not in done.err
