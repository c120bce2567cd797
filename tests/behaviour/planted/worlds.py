"""Small data sets in which everything is known: wants, details, scenes and sentences."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from evalkit.core.items import Item, Media

THINGS = "kettle ladder mirror pillow basket hammer candle blanket".split()
LOOKS = "copper wooden narrow folding round heavy painted quiet".split()
PLACES = "kitchen cellar garden office attic balcony workshop hallway".split()
EXTRAS = "padded washable stackable insulated magnetic scented varnished portable".split()
VOICES = ("voice1", "voice2", "voice3")
COLOURS = {
    "red": (210, 30, 30), "green": (30, 160, 50), "blue": (40, 60, 210), "yellow": (230, 210, 40),
    "purple": (130, 40, 160), "orange": (240, 130, 20), "black": (20, 20, 20),
    "pink": (240, 130, 190),
}  # fmt: skip
GROUNDS = {
    "sand": (215, 190, 140), "grass": (110, 170, 90), "snow": (240, 240, 245),
    "sea": (90, 150, 200), "street": (120, 120, 125), "wood": (150, 100, 60),
    "night": (25, 30, 60), "brick": (170, 80, 60), "wall": (235, 225, 200), "moss": (70, 90, 40),
}  # fmt: skip
PER_CELL = 3
_Rows = list[dict[str, Any]]


def write(folder: Path) -> dict[str, tuple[str, str]]:
    """Write the four data sets below a folder; return what each recording says, and who."""
    wants(folder / "wants")
    details(folder / "details")
    scenes(folder / "scenes")
    return sentences(folder / "sentences")


def wants(home: Path) -> None:
    """64 things asked for in one sentence and described in another."""
    some = [(t, LOOKS[(n + m) % 8], PLACES[m]) for n, t in enumerate(THINGS) for m in range(8)]
    queries = [
        {"id": f"q{n}", "text": f"{thing} for the {place}, {look}", "tags": {"language": "en"}}
        for n, (thing, look, place) in enumerate(some)
    ]
    corpus = [
        {"id": f"c{n}", "text": f"This {look} {thing} suits every {place}."}
        for n, (thing, look, place) in enumerate(some)
    ]
    _save(home, "wants", queries, corpus, [(f"q{n}", f"c{n}", 1) for n in range(len(some))])


def details(home: Path) -> None:
    """56 pairs of documents that one negation tells apart, with paraphrases."""
    queries: _Rows = []
    corpus: _Rows = []
    groups: _Rows = []
    grades: list[tuple[str, str, int]] = []
    pairs = [(t, e) for n, t in enumerate(THINGS) for m, e in enumerate(EXTRAS) if n != m]
    for n, (thing, extra) in enumerate(pairs):
        names = {}
        for role, words in {
            "query1": f"{thing} that is {extra}",
            "query2": f"{thing} that is not {extra}",
            "document1": f"The {thing} is {extra}.",
            "document2": f"The {thing} is not {extra}.",
            "paraphrase1": f"Our {thing} is {extra}.",
            "paraphrase2": f"Our {thing} is not {extra}.",
        }.items():
            entry: dict[str, Any] = {"id": f"{role[0]}{role[-1]}-{n}", "text": words}
            if role.startswith("query"):
                entry["tags"] = {"kind": "negation", "template": f"{thing} {n % 7}"}
            (queries if role.startswith("query") else corpus).append(entry)
            names[role] = entry["id"]
        groups.append({"id": f"g{n}", "kind": "contrast", **names})
        grades += [(names[f"query{i}"], names[f"document{i}"], 1) for i in (1, 2)]
    _save(home, "details", queries, corpus, grades)
    _lines(home / "groups.jsonl", groups)


def scenes(home: Path) -> None:
    """Squares of eight colours on ten grounds, three of each, and the mask of every square."""
    queries: _Rows = []
    corpus: _Rows = []
    grades: list[tuple[str, str, int]] = []
    for n, ((name, rgb), (ground, under)) in enumerate(product(COLOURS.items(), GROUNDS.items())):
        for m in range(PER_CELL):
            rng = np.random.default_rng([n, m])
            at = int(rng.integers(8, 12))
            picture, mask = _square(rgb, under, at, rng), _square((255,) * 3, (0,) * 3, at)
            files = {"image": f"media/{n}-{m}.png", "mask": f"media/{n}-{m}-mask.png"}
            for key, image in (("image", picture), ("mask", mask)):
                path = home / files[key]
                path.parent.mkdir(parents=True, exist_ok=True)
                image.save(path)
            tags = {"content": name, "context": ground}
            side, letter = (queries, "q") if m == 0 else (corpus, "c")
            side.append({"id": f"{letter}{n}-{m}", **files, "tags": tags})
    for q, c in product(queries, corpus):
        if q["tags"]["content"] == c["tags"]["content"]:
            grades.append((q["id"], c["id"], 1))
    _save(home, "scenes", queries, corpus, grades)


def _square(
    rgb: tuple[int, ...], under: tuple[int, ...], at: int, rng: np.random.Generator | None = None
) -> Image.Image:
    """Return a square on a ground of 32 pixels, grainy where a generator is given."""
    image = Image.new("RGB", (32, 32), under)
    ImageDraw.Draw(image).rectangle((at, at, at + 12, at + 12), fill=rgb)
    if rng is None:
        return image
    grain = rng.normal(0, 5, (32, 32, 3))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def sentences(home: Path) -> dict[str, tuple[str, str]]:
    """40 sentences in writing, each asked for by three voices; return what each recording says."""
    said: dict[str, tuple[str, str]] = {}
    queries: _Rows = []
    corpus: _Rows = []
    grades: list[tuple[str, str, int]] = []
    for n in range(40):
        words = (
            f"{LOOKS[n % 8]} {THINGS[(n // 8) % 8]} in the {PLACES[(n * 3) % 8]} {EXTRAS[n % 7]}"
        )
        corpus.append({"id": f"c{n}", "text": words})
        for v, voice in enumerate(VOICES):
            path = home / f"media/{n}-{v}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_beep(n, v))
            tags = {"voice": voice, "intent": f"s{n}"}
            queries.append({"id": f"q{n}-{v}", "audio": f"media/{n}-{v}.wav", "tags": tags})
            grades.append((f"q{n}-{v}", f"c{n}", 1))
            said[Item("", Media("audio/wav", path=path)).digest()] = words, voice
    _save(home, "sentences", queries, corpus, grades)
    return said


def _beep(sentence: int, voice: int) -> bytes:
    """Return a recording that no other sentence or voice has."""
    out = io.BytesIO()
    tone = np.sin(np.arange(800) * (0.05 + 0.01 * sentence)) * (4000 + 4000 * voice)
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone.astype("<i2").tobytes())
    return out.getvalue()


def _save(
    home: Path,
    name: str,
    queries: Iterable[Mapping[str, Any]],
    corpus: Iterable[Mapping[str, Any]],
    grades: Iterable[tuple[str, str, int]],
) -> None:
    """Write a data set."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "dataset.yaml").write_text(f"name: {name}\n", "utf-8")
    _lines(home / "queries.jsonl", queries)
    _lines(home / "corpus.jsonl", corpus)
    rows = "".join(f"{q}\t{c}\t{g}\n" for q, c, g in grades)
    (home / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{rows}", "utf-8")


def _lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write objects, one a line."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
