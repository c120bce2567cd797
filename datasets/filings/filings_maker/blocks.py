"""Turns the blocks of a written document into what can be set on a page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib.colors import white
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from .charts import draw
from .style import GREY, House, styles
from .wording import choose, fill

Block = Any
_PREFIX = {"table": "t", "chart": "f"}
WORDS = {
    "en": ("Table", "Figure", "Page", "of"),
    "de": ("Tabelle", "Abbildung", "Seite", "von"),
    "es": ("Cuadro", "Gráfico", "Página", "de"),
}


@dataclass(slots=True)
class Unit:
    """Flowables that stay together, and what they are: name and kind of the block."""

    name: str
    kind: str
    flowables: list[Flowable]
    keep: bool = True


@dataclass(slots=True)
class Setter:
    """Sets the blocks of one document: knows its facts, language, house style and numbering."""

    facts: dict[str, Any]
    language: str
    house: House
    seed: str
    drawn: int = field(default=0)

    def number(self, sheets: list[dict[str, Any]]) -> None:
        """Give every table, chart, clause and footnote its number, for use in slots."""
        counts = {"table": 0, "chart": 0, "note": 0, "article": 0}
        table, figure = WORDS[self.language][:2]
        for sheet in sheets:
            for block in _nested([*sheet.get("wide", []), *sheet["blocks"]]):
                for kind, word in (("table", table), ("chart", figure)):
                    if kind in block:
                        counts[kind] += 1
                        self.facts[f"{_PREFIX[kind]}_{block[kind]}"] = f"{word} {counts[kind]}"
                if "article" in block:
                    counts["article"] += 1
                    block["number"] = counts["article"]
                    for place, clause in enumerate(block["clauses"], 1):
                        self.facts[f"c_{clause[0]}"] = f"{counts['article']}.{place}"
            for name, _ in sheet.get("notes", []):
                counts["note"] += 1
                self.facts[f"n_{name}"] = f"<super>{counts['note']})</super>"

    def text(self, spec: Any) -> str:
        """Return the final words of a text or of versions of it."""
        self.drawn += 1
        chosen = choose(spec, self.facts, f"{self.seed} {self.drawn}")
        return fill(chosen, self.facts, self.language)

    def paragraph(self, spec: Any, style: str, bullet: str | None = None) -> Paragraph:
        """Return a paragraph in a named style."""
        return Paragraph(self.text(spec), styles(self.house)[style], bulletText=bullet)

    def units(self, blocks: list[Block], width: float) -> Iterator[Unit]:
        """Yield the units of blocks set to a width in points."""
        for block in blocks:
            if not isinstance(block, dict):
                block = {"p": block}
            elif "any" in block or "when" in block:
                named = {"id": block["id"]} if "id" in block else {}
                block = {"p": block.get("any", block), **named}
            kind = next(kind for kind in _SETTERS if kind in block)
            yield from _SETTERS[kind](self, block, width)


def _nested(blocks: list[Block]) -> Iterator[dict[str, Any]]:
    """Yield the blocks that are objects, those side by side included."""
    for block in blocks:
        if isinstance(block, dict):
            yield block
            yield from _nested(block.get("side", []))


def _prose(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set a paragraph; one with a name stays on one page."""
    paragraph = setter.paragraph(block["p"], block.get("style", "body"))
    if paragraph.text.strip():
        yield Unit(block.get("id", ""), "prose", [paragraph], keep="id" in block)


def _heading(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set a heading inside a page."""
    yield Unit("", "heading", [setter.paragraph(block["h"], "heading")])


def _bullets(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set a list."""
    lines = [setter.paragraph(line, "bullet", "•") for line in block["bullets"]]
    yield Unit(block.get("id", ""), "prose", [*lines, Spacer(1, 4)])


def _article(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set a numbered article of a contract with its numbered clauses."""
    head = setter.paragraph(f"{block['number']}.  {block['article']}", "article")
    for place, (name, words) in enumerate(block["clauses"], 1):
        clause = setter.paragraph(words, "clause", f"{block['number']}.{place}")
        yield Unit(name, "clause", [head, clause] if place == 1 else [clause])


def _caption(setter: Setter, block: Block, kind: str) -> Paragraph:
    """Return the numbered caption of a table or chart."""
    word = setter.facts[f"{_PREFIX[kind]}_{block[kind]}"]
    return setter.paragraph(f"{word}. {block['title']}", "caption")


def _table(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set a table: caption, head, rows, and a note below."""
    align = block.get("align") or "l" + "r" * (len(block["columns"]) - 1)
    plain = {"l": "cell", "r": "figure"}
    head = {"l": "head", "r": "headfigure"}
    total = {place % len(block["rows"]) for place in block.get("total", [])}
    rows = [[setter.paragraph(c, head[a]) for c, a in zip(block["columns"], align, strict=True)]]
    for place, row in enumerate(block["rows"]):
        look = head if place in total else plain
        rows.append([setter.paragraph(c, look[a]) for c, a in zip(row, align, strict=True)])
    parts = block.get("widths") or [2.2 if a == "l" else 1 for a in align]
    widths = [width * part / sum(parts) for part in parts]
    table = Table(rows, widths, repeatRows=1)
    table.setStyle(_table_style(setter.house, [place + 1 for place in sorted(total)]))
    flowables = [_caption(setter, block, "table"), table]
    flowables.append(setter.paragraph(block["note"], "after") if "note" in block else Spacer(1, 9))
    yield Unit(block["table"], "table", flowables)


def _table_style(house: House, totals: list[int]) -> TableStyle:
    """Return the rules and tints of a table."""
    look: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("LINEBELOW", (0, -1), (-1, -1), 0.8, house.main),
        ("LINEABOVE", (0, 0), (-1, 0), 0.8, house.main),
        ("BACKGROUND", (0, 0), (-1, 0), house.pale),
        ("LINEBELOW", (0, 1), (-1, -2), 0.25, house.pale),
    ]
    look += [("LINEABOVE", (0, row), (-1, row), 0.6, GREY) for row in totals]
    return TableStyle(look)


def _chart(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set a chart: caption, drawing, and a note below."""
    names = [setter.text(name) for name in block["categories"]]
    series = {
        setter.text(name): [float(_figure(setter.facts, value)) for value in values]
        for name, values in block["series"].items()
    }
    size = (width, float(block.get("height", 150)))
    drawing = draw(
        block["kind"], names, series, size, setter.house, setter.language, block.get("digits", 1)
    )
    after = [setter.paragraph(block["note"], "after")] if "note" in block else [Spacer(1, 7)]
    yield Unit(block["chart"], "chart", [_caption(setter, block, "chart"), drawing, *after])


def _figure(facts: Mapping[str, Any], value: str | float) -> float:
    """Return a figure by its name among the facts, or as it is written."""
    return float(facts[value] if isinstance(value, str) else value)


def _side(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set two blocks side by side."""
    half = (width - 18) / 2
    pair = [list(setter.units([one], half)) for one in block["side"]]
    cells = [[flowable for unit in units for flowable in unit.flowables] for units in pair]
    table = Table([cells], [half + 9, half + 9])
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0),
                    ("RIGHTPADDING", (0, 0), (0, 0), 9), ("LEFTPADDING", (1, 0), (1, 0), 9),
                    ("RIGHTPADDING", (1, 0), (1, 0), 0)])  # fmt: skip
    marks = [Unit(unit.name, unit.kind, []) for units in pair for unit in units]
    yield Unit("", "side", [table])
    yield from marks


def _tiles(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set a row of large figures with a line below each."""
    cells = [
        [setter.paragraph(value, "tile"), setter.paragraph(words, "under")]
        for value, words in block["tiles"]
    ]
    table = Table([cells], [width / len(cells)] * len(cells))
    table.setStyle([("BACKGROUND", (0, 0), (-1, -1), setter.house.pale),
                    ("LINEBEFORE", (1, 0), (-1, -1), 3, white),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("BOTTOMPADDING", (0, 0), (-1, -1), 8),
                    ("TOPPADDING", (0, 0), (-1, -1), 7)])  # fmt: skip
    yield Unit(block.get("id", ""), "prose", [table, Spacer(1, 10)])


def _sign(setter: Setter, block: Block, width: float) -> Iterator[Unit]:
    """Set places to sign, side by side."""
    cells = [[setter.paragraph(line, "cell") for line in lines] for lines in block["sign"]]
    table = Table([cells], [width / len(cells)] * len(cells))
    table.setStyle([("TOPPADDING", (0, 0), (-1, -1), 34), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    yield Unit("", "signature", [table, Spacer(1, 8)])


_SETTERS: dict[str, Callable[[Setter, Block, float], Iterator[Unit]]] = {
    "p": _prose, "h": _heading, "bullets": _bullets, "article": _article, "table": _table,
    "chart": _chart, "side": _side, "tiles": _tiles, "sign": _sign,
}  # fmt: skip
