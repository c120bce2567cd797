"""Encoders that read everything, and the same with one weakness planted in them."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from zlib import crc32

import numpy as np
from PIL import Image

from evalkit.core.arrays import Float64
from evalkit.core.items import Item, Media
from evalkit.core.protocols import Embedded, Failed, Refused, Role

WIDTH = 256
NEGATIONS = frozenset({"not", "without", "no", "never"})
WEAKNESSES = ("none", "background", "first_word", "deaf_to_not", "upper_case", "one_voice")
LOST_VOICE = "voice2"


@dataclass(slots=True)
class Planted:
    """Hashes what it reads: words with their negation, the colour in the middle, what is spoken.

    weakness: what it does wrong. spoken: SHA-256 of a recording -> what is said and in which voice,
    which stands in for hearing.
    """

    weakness: str = "none"
    spoken: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    model = "planted"
    modalities = frozenset({"text", "image", "audio"})
    batch = 64
    sizes = (WIDTH,)
    nested: Literal["yes", "no", "unknown"] = "yes"

    @property
    def revision(self) -> str:
        return self.weakness

    def request(self, item: Item, role: Role, dim: int) -> Mapping[str, object]:
        return {}

    def embed(
        self, items: Sequence[Item], role: Role, dim: int
    ) -> Iterator[Embedded | Refused | Failed]:
        for n, item in enumerate(items):
            vector = self.vector(item)[:dim]
            yield Embedded(n, vector.astype(np.float32), float(np.linalg.norm(vector)))

    def vector(self, item: Item) -> Float64:
        (part,) = item.parts
        if isinstance(part, str):
            return self.text(part)
        assert isinstance(part, Media)
        if part.mime.startswith("image/"):
            return self.image(part.read())
        words, voice = self.spoken[item.digest()]
        if self.weakness == "one_voice" and voice == LOST_VOICE:
            return noise(item.digest())
        return self.text(words)

    def text(self, text: str) -> Float64:
        if self.weakness == "upper_case" and sum(map(str.isupper, text)) > len(text) / 4:
            return noise(text)
        words = list(plain(text))
        if self.weakness == "first_word":
            words = words[:1]
        return bag(negated(words, self.weakness != "deaf_to_not"))

    def image(self, data: bytes) -> Float64:
        with Image.open(io.BytesIO(data)) as opened:
            pixels = np.asarray(opened.convert("RGB"), float)
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).mean(axis=0)
        middle = pixels[12:20, 12:20].mean(axis=(0, 1))
        seen = edge if self.weakness == "background" else middle
        beside = middle if self.weakness == "background" else edge
        return colour(seen) + 0.2 * colour(beside)


def plain(text: str) -> Iterator[str]:
    """Yield words in lower case without accents and signs."""
    bare = unicodedata.normalize("NFKD", text.lower())
    for word in bare.split():
        letters = "".join(sign for sign in word if sign.isalnum())
        if letters:
            yield letters


def negated(words: Sequence[str], hears: bool) -> Iterator[str]:
    """Yield words, the one after a negation as another word where the negation is heard."""
    turned = False
    for word in words:
        if word in NEGATIONS:
            turned = hears
        else:
            yield f"not-{word}" if turned else word
            turned = False


def bag(words: Iterator[str]) -> Float64:
    """Return the sum of a direction for each word and a weaker one for each of its trigrams."""
    total = noise("nothing") * 1e-3
    for word in words:
        padded = f"^{word}$"
        total += noise(word)
        grams = [padded[n : n + 3] for n in range(len(padded) - 2)]
        total += np.sum([noise(f"gram {gram}") for gram in grams], axis=0) / len(grams) ** 0.5
    return total


def colour(rgb: Float64) -> Float64:
    """Return a direction for a colour, near to those of like colours."""
    centres = np.random.default_rng(4).uniform(0, 255, (WIDTH, 3))
    near: Float64 = np.exp(-np.sum((centres - rgb) ** 2, axis=1) / (2 * 30.0**2)) + 1e-6
    return near


_KNOWN: dict[str, Float64] = {}


def noise(what: str) -> Float64:
    """Return a direction that depends on the text alone."""
    if what not in _KNOWN:
        _KNOWN[what] = np.random.default_rng(crc32(what.encode())).normal(size=WIDTH)
    return _KNOWN[what].copy()
