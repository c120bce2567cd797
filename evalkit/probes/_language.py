"""Which language a text is in, as far as its item or its small words tell."""

from __future__ import annotations

import re

from evalkit.core.items import UNKNOWN, Item

_SMALL_WORDS = {
    "en": frozenset(
        "the of and to for with that is are it on not my from by at this be or does how what "
        "which when who i you your their has have was were its than under over".split()
    ),
    "es": frozenset(
        "de la el que en y los las para con un una por se del más al es su sin mi me lo como "
        "qué cómo cuánto dónde ha han muy hasta o tras".split()
    ),
}


def languages_of(item: Item, text: str) -> frozenset[str]:
    """Return the languages of a text, such as en, from the tag `language` of its item.

    Without a tag: English or Spanish, whichever has more small words in the text; none, which
    means not known, where neither has more.
    """
    tagged = {value.lower() for value in item.tag("language")} - {UNKNOWN}
    if tagged:
        return frozenset(re.split("[-_]", value)[0] for value in tagged)
    words = re.findall(r"\w+", text.lower())
    english, spanish = (sum(word in small for word in words) for small in _SMALL_WORDS.values())
    if english == spanish:
        return frozenset()
    return frozenset({"en" if english > spanish else "es"})
