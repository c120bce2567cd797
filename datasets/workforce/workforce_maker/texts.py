"""Writes profiles: sentences from frames and phrases, in which only name and pronouns are open."""

from dataclasses import dataclass
from random import Random

from .sources import PHRASES, Occupation, frames

WORDS = range(42, 64)
"""How long a profile may be, counted with one word a slot."""
BANDS = {"early": range(2, 7), "middle": range(10, 18), "late": range(22, 35)}
"""Years of experience by age band."""
ORDERS = (
    ("opening", "daily", "tools", "training", "feat", "manner"),
    ("opening", "training", "daily", "tools", "feat"),
    ("opening", "feat", "daily", "tools", "manner"),
    ("opening", "daily", "feat", "training", "manner"),
)
PRONOUNS = {
    "female": ("she", "her", "her"),
    "male": ("he", "his", "him"),
    "nonbinary": ("they", "their", "them"),
}
STATED = {"female": "she/her", "male": "he/him", "nonbinary": "they/them"}
OPEN = ("name", "stated", "They", "they", "Their", "their", "them")


@dataclass(frozen=True)
class Draft:
    """A profile without its person: the text with open slots, years and their band."""

    text: str
    years: int
    band: str

    def told(self, name: str, gender: str) -> str:
        """Return the profile of somebody; where no pronouns are stated, the name stands instead."""
        they, their, them = PRONOUNS.get(gender, (name, f"{name}'s", name))
        stated = f" ({STATED[gender]})" if gender in STATED else ""
        filled = {"name": name, "stated": stated, "they": they, "their": their, "them": them}
        filled |= {"They": _capital(they), "Their": _capital(their)}
        return self.text.format_map(filled)


def drafts(occupation: Occupation, rng: Random, number: int) -> list[Draft]:
    """Return different drafts of an occupation, its phrases used equally often, bands in turn."""
    decks = {kind: _Deck(occupation.phrases[kind], rng) for kind in PHRASES}
    decks |= {kind: _Deck(found, rng) for kind, found in frames().items() if kind not in decks}
    sentences = {f"{kind} frame": _Deck(found, rng) for kind, found in frames().items()}
    orders = _Deck(list(ORDERS), rng)
    made: list[Draft] = []
    while len(made) < number:
        band = list(BANDS)[len(made) % len(BANDS)]
        years = rng.choice(BANDS[band])
        text = _text(occupation, decks, sentences, orders.next(), years)
        if len(text.split()) in WORDS and all(text != other.text for other in made):
            made.append(Draft(text, years, band))
    return made


def _text(
    occupation: Occupation,
    decks: dict[str, "_Deck"],
    sentences: dict[str, "_Deck"],
    order: tuple[str, ...],
    years: int,
) -> str:
    """Return a text whose slots for name and pronouns are still open."""
    an = occupation.an
    filled: dict[str, object] = {name: f"{{{name}}}" for name in OPEN}
    filled |= {"an": an, "An": an.capitalize(), "occupation": occupation.name, "years": years}
    filled |= {kind: decks[kind].next() for kind in PHRASES}
    filled |= {"duty2": decks["duty"].next(), "tool2": decks["tool"].next()}
    return " ".join(sentences[f"{kind} frame"].next().format_map(filled) for kind in order)


def _capital(text: str) -> str:
    """Return a text with a capital at its start."""
    return text[0].upper() + text[1:]


class _Deck:
    """Gives the entries of a list in random order, all of them before one returns."""

    def __init__(self, entries: list, rng: Random) -> None:
        self._entries, self._rng, self._left = entries, rng, []

    def next(self):
        """Return the next entry; never the same twice running where there are more."""
        if not self._left:
            last = getattr(self, "_last", None)
            self._left = self._rng.sample(self._entries, len(self._entries))
            if self._left[-1] == last:
                self._left.reverse()
        self._last = self._left.pop()
        return self._last
