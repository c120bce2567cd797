"""The suite that a converted data set starts with: a case for each modality, and one for all."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from evalkit.core.errors import OutputError, Problem
from evalkit.core.items import Dataset, Media

_HEAD = """\
# Made by `evalkit dataset convert`, to be changed into your own. `evalkit schema` prints every key.

suite: {name}
about: Each text should find the file it was written about.

models:
  - reference                     # built in, offline; a stand-in for the model you mean
# - nova: {{provider: nova, region: us-east-1}}     # `evalkit list providers` shows more

dimensions: [3072, 1024, 384, 256]

cases:
"""
_CASE = """\
  - name: {name}
    data: .
    metrics: [recall@1, recall@10, ndcg@10]
"""
_TAIL = """
# What must hold goes here; each gate is decided on its interval.
# gates:
#   - {{case: {name}, {system}metric: recall@10, at: 1024, at_least: 0.5}}
"""
_PAGES = "    systems: [pages]   # a document is found by its best page\n"


def write_starter(data: Dataset, folder: Path) -> Path:
    """Write `suite.yaml` into the folder of a data set and return its path.

    A mixed corpus gives the case `all` and one for each modality that queries should find. Raises
    OutputError where it cannot be written.
    """
    path = folder / "suite.yaml"
    try:
        path.write_text(starter(data), encoding="utf-8", newline="\n")
    except OSError as e:
        what = f"cannot be written ({e.strerror or e})."
        raise OutputError(Problem(str(path), what, "Correct its permissions.")) from e
    return path


def starter(data: Dataset) -> str:
    """Return the text of the suite; queries are chosen by their tag `finds`.

    Whole documents are searched by their pages, since few models take more than a page at once.
    """
    found = Counter(value for item in data.queries for value in item.tag("finds"))
    languages = {value for item in data.queries for value in item.tag("language")}
    tail = "    groups: [language]\n" if len(languages) > 1 else ""
    mixed = len({item.modality for item in data.corpus}) > 1
    whole = bool(whole_documents(data))
    paged = _PAGES if whole else ""
    cases = [_CASE.format(name="all") + paged + tail] if mixed else []
    for modality in sorted(found):
        chosen = f"    queries: {{finds: {modality}}}\n    corpus: {{modality: {modality}}}\n"
        case = _CASE.format(name=modality)
        case = case.replace("    metrics", f"{chosen}    metrics") if mixed else case
        cases.append(case + (paged if modality == "document" else "") + tail)
    first = "all" if mixed else next(iter(sorted(found)), "all")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", data.name).strip("-.") or "media"
    gate = {"name": first, "system": "system: pages, " if whole else ""}
    return _HEAD.format(name=json.dumps(name)) + "\n".join(cases) + _TAIL.format(**gate)


def whole_documents(data: Dataset) -> list[str]:
    """Return the ids of the corpus items that are documents, and not a page of one."""
    return [i.id for i in data.corpus if i.modality == "document" and isinstance(i.content, Media)]
