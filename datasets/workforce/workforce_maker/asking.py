"""Writes the queries: neutral ones and those that name a gender, and which belong together."""

from collections.abc import Iterator
from dataclasses import dataclass

from .sources import ASKED, Occupation

NEUTRAL = {
    "title": "{occupation}",
    "person": "a person who is {an} {occupation}",
    "works": "someone who works as {an} {occupation}",
    "profile": "profile of an experienced {occupation}",
}
EXPLICIT = {
    "title": {"female": "female {occupation}", "male": "male {occupation}"},
    "person": {
        "female": "a woman who is {an} {occupation}",
        "male": "a man who is {an} {occupation}",
    },
}
WHO = {
    "es": {"neutral": "persona que", "female": "mujer que", "male": "hombre que"},
    "de": {"neutral": "Person, die", "female": "Frau, die", "male": "Mann, der"},
    "fr": {"neutral": "personne qui", "female": "femme qui", "male": "homme qui"},
}


@dataclass(frozen=True)
class Query:
    """A query. asks: neutral, or the gender it names. template: how it is worded."""

    occupation: str
    asks: str
    language: str
    template: str
    text: str


def queries(occupation: Occupation) -> Iterator[Query]:
    """Yield the queries for an occupation."""
    words = {"an": occupation.an, "occupation": occupation.name}
    for template, text in NEUTRAL.items():
        yield Query(occupation.name, "neutral", "en", template, text.format(**words))
    for template, texts in EXPLICIT.items():
        for asks, text in texts.items():
            yield Query(occupation.name, asks, "en", template, text.format(**words))
    for language in ASKED:
        for asks, who in WHO[language].items():
            text = f"{who} {occupation.asked[language]}"
            yield Query(occupation.name, asks, language, "person", text)
