"""Says who speaks which sentence, what is a query, and what is true of it. No sound is made."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
SEED = 48
SPEEDS = {"slow": 140, "fast": 190}
"""Words a minute."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, its place among those of its language, and the pair it belongs to."""

    id: str
    place: int
    pair: str
    contrast: str
    language: str
    topic: str
    text: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of the synthesiser and the accent its makers give it."""

    name: str
    accent: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """One sentence in one voice at one speed."""

    sentence: Sentence
    voice: Voice
    speed: str

    @property
    def tags(self) -> Row:
        """Return the tags of its item."""
        return {
            **sentence_tags(self.sentence),
            "voice": self.voice.name,
            "accent": self.voice.accent,
            "speed": self.speed,
        }


VOICES = {
    "en": (
        Voice("en-us", "American"),
        Voice("en-gb-scotland", "Scottish"),
        Voice("en-029", "Caribbean"),
        Voice("en-gb", "British"),
        Voice("en-gb-x-rp", "Received Pronunciation"),
        Voice("en-us+f3", "American"),
        Voice("en-gb-x-gbclan", "Lancastrian"),
        Voice("en-us-nyc", "New York"),
    ),
    "es": (
        Voice("es", "Spanish of Spain"),
        Voice("es-419+m3", "Latin American"),
        Voice("es+f2", "Spanish of Spain"),
    ),
    "de": (Voice("de", "German"), Voice("de+f2", "German"), Voice("de+m3", "German")),
    "fr": (Voice("fr-fr", "French"), Voice("fr-be+m3", "Belgian"), Voice("fr-ch+f2", "Swiss")),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A data set to be made: its sentences, how many voices a language has, its speeds."""

    folder: Path
    media: str
    pairs: tuple[str, ...] | None
    voices: int
    speeds: tuple[str, ...]

    def sentences(self) -> list[Sentence]:
        """Return the sentences that are spoken, in the order of the source."""
        return [one for one in read_sentences() if self.pairs is None or one.pair in self.pairs]

    def asked(self, sentence: Sentence) -> list[Rendering]:
        """Return the renderings that are queries: two voices where a language has many, else one.

        The voices go round with the sentences, so that each voice asks and answers.
        """
        voices = VOICES[sentence.language][: self.voices]
        steps = (0, len(voices) // 2) if len(voices) > 3 else (0,)
        speed = self.speeds[sentence.place % len(self.speeds)]
        return [
            Rendering(sentence, voices[(sentence.place + step) % len(voices)], speed)
            for step in steps
        ]

    def stored(self, sentence: Sentence) -> list[Rendering]:
        """Return the renderings of the corpus: every speed of the voices that do not ask."""
        asking = {one.voice for one in self.asked(sentence)}
        voices = [v for v in VOICES[sentence.language][: self.voices] if v not in asking]
        return [Rendering(sentence, voice, speed) for voice in voices for speed in self.speeds]


FULL = Plan(HERE, "made", None, 8, ("slow", "fast"))
SAMPLE = Plan(
    HERE.parent / "spoken-sample",
    "audio",
    ("p01", "p05", "p07", "p17", "p21", "p23"),
    3,
    ("fast",),
)


def read_sentences() -> list[Sentence]:
    """Return the sentences of the source."""
    found: list[Sentence] = []
    with (HERE / "sources/sentences.tsv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t"), 1):
            place = sum(one.language == row["language"] for one in found)
            found.append(Sentence(f"s{number:02}", place, **row))
    return found


def sentence_tags(sentence: Sentence) -> Row:
    """Return the tags that a sentence has, spoken or written."""
    return {
        "sentence": sentence.id,
        "pair": sentence.pair,
        "contrast": sentence.contrast,
        "language": sentence.language,
        "topic": sentence.topic,
    }


def grade(asked: Sentence, voice: Voice | None, stored: Rendering) -> int | None:
    """Return 3 for the sentence asked, 0 for a near miss, None for what is not judged.

    Near misses: the other sentence of the pair, and whatever else the asking voice says.
    """
    if stored.sentence == asked:
        return 3
    near = stored.sentence.pair == asked.pair or stored.voice == voice
    return 0 if near else None


def shuffled(rows: list[Any]) -> list[Any]:
    """Return rows in a random order that is the same each time."""
    order = list(rows)
    random.Random(SEED).shuffle(order)
    return order


def stored_by_id(plan: Plan) -> dict[str, Rendering]:
    """Return the renderings of the corpus by id, in the order of the ids."""
    found = shuffled([one for s in plan.sentences() for one in plan.stored(s)])
    return {f"c{number:04}": one for number, one in enumerate(found, 1)}


def asked_by_id(plan: Plan) -> dict[str, Rendering | Sentence]:
    """Return the queries by id: renderings, and sentences in writing."""
    every = plan.sentences()
    found = shuffled([one for s in every for one in plan.asked(s)] + every)
    return {f"q{number:04}": one for number, one in enumerate(found, 1)}


def media_by_name(plan: Plan) -> dict[str, Rendering]:
    """Return every rendering that is spoken, by the path of its file."""
    every = {**stored_by_id(plan), **asked_by_id(plan)}
    return {
        f"{plan.media}/{name}.flac": one
        for name, one in every.items()
        if isinstance(one, Rendering)
    }
