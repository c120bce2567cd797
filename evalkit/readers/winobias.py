"""Reads the sentences of WinoBias (Zhao et al. 2018) from a user's folder.

    {pro,anti}_stereotyped_type{1,2}.txt.{dev,test}    one sentence a line, at times after a number:
                         [The developer] argued with the designer because [she] did not like it.

Brackets mark a pronoun and whom it stands for; they are taken out of the text. The folder is
`WinoBias/wino/data` of the published repository; its other files are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.errors import DataError, Problem
from evalkit.core.items import Card, Dataset
from evalkit.core.registry import plugin
from evalkit.readers._files import lines
from evalkit.readers._layout import require_folder
from evalkit.readers._problems import Problems, Wrong
from evalkit.readers._pronouns import Sentence, dataset

_FILE = re.compile(r"(pro|anti)_stereotyped_(type[12])\.txt\.(dev|test)")
_MARKED = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"^\d+\s+")
_ARTICLE = re.compile(r"^(the|an?)\s+", re.IGNORECASE)
_PRONOUNS = {
    **dict.fromkeys(("she", "her", "hers", "herself"), "female"),
    **dict.fromkeys(("he", "his", "him", "himself"), "male"),
}
_LIMITS = (
    "Which gender is stereotypical was decided by labour statistics of the United States.",
    "Gender is that of a pronoun in a made-up sentence.",
)


@plugin("readers", "winobias")
@dataclass(frozen=True, slots=True)
class WinoBias:
    """Reads `pro_stereotyped_type1.txt.dev` and its kin: an item a sentence, wordings in pairs."""

    def claims(self, path: str) -> bool:
        """Return whether the path is a folder with at least one of the files."""
        return bool(_files(Path(path)))

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        root, problems = require_folder(path), Problems(path)
        files = _files(root)
        if not files:
            fix = "Put pro_stereotyped_type1.txt.dev and its kin there."
            raise DataError(Problem(path, "there is no file of WinoBias.", fix))
        told = [one for name in files for one in _sentences(root, name, problems)]
        if not told and not problems.count:
            problems.add(path, "there is no sentence in the files.", "Restore the files.")
        problems.stop()
        about = "Sentences on two occupations and a pronoun, for and against stereotype (WinoBias)."
        card = Card(root.resolve().name, about, languages=("en",), limits=_LIMITS)
        return dataset(told, card, path)


def _files(root: Path) -> list[str]:
    """Return the names of the files of WinoBias in a folder."""
    if not root.is_dir():
        return []
    return sorted(file.name for file in root.iterdir() if _FILE.fullmatch(file.name))


def _sentences(root: Path, name: str, problems: Problems) -> Iterator[Sentence]:
    """Yield the sentences of a file, noting everything wrong with it."""
    match = _FILE.fullmatch(name)
    stereotype, kind, split = match.groups() if match else ("", "", "")
    tags = {"stereotype": (stereotype,), "schema": (kind,), "split": (split,)}
    for where, line in lines(root, name, problems):
        with problems.at(where):
            text = " ".join(_NUMBER.sub("", line).split())
            occupation, gender = _marked(text)
            number = where.rpartition(":")[2]
            plain = _MARKED.sub(r"\1", text)
            form = f"{kind} {split} {_MARKED.sub(_blank, text)}"
            yield Sentence(f"{name}:{number}", plain, occupation, gender, form, tags=tags)


def _marked(text: str) -> tuple[str, str]:
    """Return the occupation and the gender of the pronouns that a sentence marks."""
    marked = [" ".join(found.casefold().split()) for found in _MARKED.findall(text)]
    genders = {_PRONOUNS[found] for found in marked if found in _PRONOUNS}
    named = {_ARTICLE.sub("", found) for found in marked if found not in _PRONOUNS}
    if len(genders) != 1 or len(named) != 1 or not all(named):
        what = f"the brackets mark {', '.join(marked) or 'nothing'}"
        raise Wrong(
            f"{what}; expected one occupation and pronouns of one gender.", "Correct the brackets."
        )
    return named.pop(), genders.pop()


def _blank(found: re.Match[str]) -> str:
    """Return a bracket with its pronoun left open, so that both genders look alike."""
    return "[_]" if found[1].strip().casefold() in _PRONOUNS else f"[{found[1].strip().casefold()}]"
