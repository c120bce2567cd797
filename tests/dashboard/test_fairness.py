"""The page Fairness finds the subject that stands out, small groups, and what a remedy changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Shown = Callable[..., Any]
JOBS = ("baker", "clerk", "nurse", "pilot", "smith", "tailor")
SUITE = """\
suite: people
about: Profiles of invented people.
seed: 7
models: [reference]
dimensions: [1024, 256]
cases:
  - name: balance
    data: data
    task:
      gender_balance: {neutral: {asks: neutral}, coverage: 0.5, k: 8}
    metrics: [tvd@8, bias@8]
    groups: [occupation]
    systems:
      - plain
      - fair_projection: {attribute: gender, fit: {part: fit}}
    corpus: {part: judge}
"""


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of a run in which nurses are women by wording: only they repeat the query."""
    from evalkit import api

    home = tmp_path_factory.mktemp("people")
    write(home / "data")
    (home / "people.yaml").write_text(SUITE)
    api.run(home / "people.yaml", out=home / "reports", ledger=home / "ledger")
    return home / "reports"


def write(data: Path) -> None:
    data.mkdir()
    corpus, queries = [], []
    for job in JOBS:
        for n in range(24):
            she, part = n % 2 == 0, "fit" if n >= 16 else "judge"
            words = f"{job} at the {'abcdefghijkl'[n // 2] * 5} place"
            if job == "nurse" and she:
                words += f" a {job} a person who works as a {job}"
            tags = {"occupation": job, "gender": "female" if she else "male", "part": part}
            corpus.append({"id": f"{job}{n:02}", "text": words, "tags": tags})
        for n, words in enumerate((f"a {job}", f"a person who works as a {job}")):
            tags = {"occupation": job, "asks": "neutral"}
            queries.append({"id": f"q-{job}-{n}", "text": words, "tags": tags})
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (data / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (data / "dataset.yaml").write_text(
        "name: people\nlicence: CC0-1.0\nabout: Invented.\ntruth: tags\n"
        "limits: [Six jobs are *few*.]\n"
    )


def said(at: Any) -> str:
    assert not at.exception, at.exception
    return "\n".join(h.proto.body for h in at.get("html"))


def test_it_names_its_question_and_says_what_it_does_not_show(app: Shown, people: Path) -> None:
    words = said(app("fairness", out=people))
    assert "by how much beyond chance" in words
    for part in ("Asked", "Of whom", "Compared with", "Does not show"):
        assert f">{part}</dt>" in words
    assert "Six jobs are *few*." in words
    assert "target: equal parts (female 0.500, male 0.500)" in words


def test_the_planted_subject_is_found(app: Shown, people: Path) -> None:
    at = app("fairness", out=people, subject="nurse")
    frame = at.dataframe[0].value.set_index("subject")
    assert frame.index[0] == "nurse"
    assert frame["share of female"]["nurse"] > 0.9
    assert frame["stands out"].to_dict() == {job: "yes" if job == "nurse" else "no" for job in JOBS}
    words = said(at)
    assert "1 of 6 subjects stands out from chance: nurse." in words
    assert "words=nurse" in words


def test_small_groups_are_marked(app: Shown, people: Path) -> None:
    words = said(app("fairness", out=people))
    assert words.partition("Groups of occupation")[2].count("under 30") > len(JOBS)


def test_before_and_after_a_remedy_stand_side_by_side(app: Shown, people: Path) -> None:
    at = app("fairness", out=people, at="256")
    frame = next(f.value for f in at.dataframe if "system" in f.value.columns)
    assert set(frame["metric"]) == {"tvd@8", "bias@8"}
    assert (frame["system"] == "fair_projection").all()
    assert (frame["before"].str.contains(r"\d \(")).all()


def test_a_case_without_groups_says_what_to_do(app: Shown, copied: Path, small_run: Path) -> None:
    path = copied / "small" / small_run.name / "run.json"
    run = json.loads(path.read_text())
    for case in run["cases"]:
        case["groups"] = []
    path.write_text(json.dumps(run))
    assert "asks nothing of groups" in said(app("fairness", out=copied))


def test_the_groups_of_a_plain_case_are_shown(app: Shown) -> None:
    words = said(app("fairness"))
    assert "Groups of language" in words
    assert "gap against the rest" in words
