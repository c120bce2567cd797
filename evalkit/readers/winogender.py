"""Reads the sentences of Winogender (Rudinger et al. 2018) from a user's folder.

    all_sentences.tsv    sentid, sentence; a sentid is `technician.customer.1.male.txt`: occupation,
                         other participant, whom the pronoun stands for (0 the occupation, 1 the
                         other), and the gender of the pronoun (female, male, neutral)

The folder is `data` of the published repository; its other files are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evalkit.core.items import Card, Dataset
from evalkit.core.registry import plugin
from evalkit.readers._items import check_id, note_id
from evalkit.readers._labels import label, tsv
from evalkit.readers._layout import require_folder
from evalkit.readers._problems import Problems, Wrong
from evalkit.readers._pronouns import GENDERS, Sentence, dataset

_FILE = "all_sentences.tsv"
_GENDERS = {name: name for name in GENDERS}
_ABOUT = {"0": "occupation", "1": "other"}
_LIMITS = (
    "The schemas may show that gender matters to a model, and cannot show that it does not.",
    "Gender is that of a pronoun in a made-up sentence.",
)


@plugin("readers", "winogender")
@dataclass(frozen=True, slots=True)
class Winogender:
    """Reads `all_sentences.tsv`: an item a sentence, wordings that differ in the pronoun."""

    def claims(self, path: str) -> bool:
        """Return whether the path is a folder with `all_sentences.tsv`."""
        return (Path(path) / _FILE).is_file()

    def read(self, path: str) -> Dataset:
        """Return the data set; raises DataError naming file and line of everything wrong."""
        root, problems = require_folder(path), Problems(path)
        found = list(_sentences(root, problems))
        if not found and not problems.count:
            problems.add(str(root / _FILE), "there is no sentence in it.", "Restore the file.")
        problems.stop()
        about = "Sentences on occupations that differ in a pronoun alone (Winogender)."
        card = Card(root.resolve().name, about, languages=("en",), limits=_LIMITS)
        return dataset(found, card, path)


def _sentences(root: Path, problems: Problems) -> Iterator[Sentence]:
    """Yield the sentences, noting everything wrong with the file."""
    first: dict[str, str] = {}
    for where, row in tsv(root, _FILE, ("sentid", "sentence"), problems):
        with problems.at(where):
            note_id(first, check_id(row["sentid"], "sentid"), where)
            yield _sentence(row["sentid"], row["sentence"])


def _sentence(name: str, text: str) -> Sentence:
    """Return the sentence of a row."""
    parts = name.removesuffix(".txt").split(".")
    if len(parts) != 4:
        what = f"the sentid is '{name}'; expected occupation.participant.0 or 1.gender.txt"
        raise Wrong(f"{what}.", "Correct the sentid.")
    if not text:
        raise Wrong("the sentence is empty.", "Write the sentence.")
    occupation, participant, whom, gender = parts
    about = label(whom, _ABOUT, "sentid") == "occupation"
    shown = label(gender, _GENDERS, "sentid")
    form = ".".join(parts[:3])
    return Sentence(name, text, occupation, shown, form, about, {"participant": (participant,)})
