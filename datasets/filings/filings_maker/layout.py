"""Sets units into columns and pages, with header, footnotes and page number."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from .blocks import WORDS, Setter, Unit
from .style import BODY, BOTTOM, GREY, HEIGHT, LEFT, RIGHT, TOP, WIDTH

GUTTER = 20.0
STEP = 6.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block landed: its name and kind, the page, counted from 1, and the page's topic."""

    name: str
    kind: str
    page: int
    topic: str


@dataclass(slots=True)
class Cursor:
    """A column while it is filled, measured in points from below."""

    x: float
    width: float
    top: float
    bottom: float
    y: float = field(init=False)
    gap: float = 0.0

    def __post_init__(self) -> None:
        """Begin at the top."""
        self.y = self.top

    def room(self, flowable: Flowable) -> float:
        """Return what a flowable takes up here, the space before it included."""
        _, height = flowable.wrap(self.width, HEIGHT)
        return float(height) + self._before(flowable)

    def _before(self, flowable: Flowable) -> float:
        """Return the space between the last flowable and this one."""
        return 0.0 if self.y == self.top else max(self.gap, flowable.getSpaceBefore())

    def put(self, flowable: Flowable, canvas: Canvas | None) -> None:
        """Set a flowable; without a canvas only move on."""
        self.y -= self.room(flowable)
        self.gap = flowable.getSpaceAfter()
        if canvas is not None:
            flowable.drawOn(canvas, self.x, self.y)

    def fits(self, flowables: Iterable[Flowable]) -> bool:
        """Return whether all of these find room."""
        trial = Cursor(self.x, self.width, self.top, self.bottom)
        trial.y, trial.gap = self.y, self.gap
        for flowable in flowables:
            trial.put(flowable, None)
        return trial.y >= self.bottom - 0.01


def fill_column(cursor: Cursor, units: list[Unit], canvas: Canvas | None) -> list[Unit]:
    """Set units until one does not fit; return those set, leaving the rest in the list.

    A unit that may be broken and is a single paragraph is broken at the end of the column.
    """
    done: list[Unit] = []
    while units:
        unit = units[0]
        if cursor.fits(unit.flowables) and not _stranded(cursor, units):
            done.append(units.pop(0))
        else:
            head = None if unit.keep else _broken(cursor, unit, units)
            if head is None:
                break
            done.append(unit := head)
        for flowable in unit.flowables:
            cursor.put(flowable, canvas)
    return done


def _stranded(cursor: Cursor, units: list[Unit]) -> bool:
    """Return whether a heading would be left alone at the end of a column."""
    if units[0].kind != "heading" or len(units) < 2:
        return False
    after = units[1].flowables if units[1].keep else []
    return not cursor.fits([*units[0].flowables, *after]) or cursor.y - cursor.bottom < 60


def _broken(cursor: Cursor, unit: Unit, units: list[Unit]) -> Unit | None:
    """Return the part of a paragraph that fits, its rest left in the list; None if none does."""
    (paragraph,) = unit.flowables
    height = float(paragraph.wrap(cursor.width, HEIGHT)[1])
    room = cursor.y - cursor.bottom - (cursor.room(paragraph) - height)
    parts = paragraph.split(cursor.width, room)
    if len(parts) != 2:
        return None
    units[0] = Unit(unit.name, unit.kind, [parts[1]], keep=False)
    return Unit(unit.name, unit.kind, [parts[0]], keep=False)


@dataclass(slots=True)
class Press:
    """Prints the sheets of one document into a PDF and notes where each block landed."""

    setter: Setter
    title: str
    footer: str
    buffer: BytesIO = field(default_factory=BytesIO)
    canvas: Canvas = field(init=False)
    page: int = 0
    places: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin an empty PDF that is the same at every printing."""
        self.canvas = Canvas(self.buffer, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1)
        self.canvas.setTitle(self.title)
        self.canvas.setAuthor(self.footer)

    def finish(self) -> bytes:
        """Return the PDF."""
        self.canvas.save()
        return self.buffer.getvalue()

    def sheet(self, sheet: dict[str, Any]) -> None:
        """Print one sheet: as many pages as its blocks need."""
        if "cover" in sheet:
            self._cover(sheet)
            return
        bottom = self._open(sheet["topic"], sheet.get("notes", []))
        top = HEIGHT - TOP
        wide = self._front(sheet)
        if wide:
            cursor = Cursor(LEFT, BODY, top, bottom)
            self._note(fill_column(cursor, wide, self.canvas), sheet["topic"])
            if wide:
                raise ValueError(f"{self.title}: page {self.page} has too much above its columns")
            top = cursor.y - cursor.gap
        count = int(sheet.get("columns", 1))
        width = (BODY - GUTTER * (count - 1)) / count
        units = list(self.setter.units(sheet["blocks"], width))
        while True:
            self._columns(units, count, width, (top, bottom), sheet["topic"])
            self.canvas.showPage()
            if not units:
                return
            bottom, top = self._open(sheet["topic"], []), HEIGHT - TOP

    def _front(self, sheet: dict[str, Any]) -> list[Unit]:
        """Return what stands above the columns: title, lead, wide blocks."""
        units = [
            Unit("", "title", [self.setter.paragraph(sheet[key], style)])
            for key, style in (("title", "title"), ("lead", "lead"))
            if key in sheet
        ]
        return units + list(self.setter.units(sheet.get("wide", []), BODY))

    def _columns(
        self, units: list[Unit], count: int, width: float, ends: tuple[float, float], topic: str
    ) -> None:
        """Fill the columns of one page, of even length where everything left fits."""
        top, bottom = ends
        if count > 1:
            bottom = self._even(units, count, width, ends)
        before = len(units)
        for place in range(count):
            cursor = Cursor(LEFT + place * (width + GUTTER), width, top, bottom)
            self._note(fill_column(cursor, units, self.canvas), topic)
        if len(units) == before and units and units[0].keep:
            raise ValueError(f"{self.title}: {units[0].name} finds no room on page {self.page}")

    def _even(
        self, units: list[Unit], count: int, width: float, ends: tuple[float, float]
    ) -> float:
        """Return the highest lower end at which all units fit, else the lowest allowed."""
        top, bottom = ends
        ruler = Cursor(0, width, top, 0)
        end = top - sum(ruler.room(part) for unit in units for part in unit.flowables) / count
        while end > bottom:
            rest = list(units)
            for _ in range(count):
                fill_column(Cursor(0, width, top, end), rest, None)
            if not rest:
                return end
            end -= STEP
        return bottom

    def _note(self, units: list[Unit], topic: str) -> None:
        """Note on which page units landed."""
        self.places += [Place(unit.name, unit.kind, self.page, topic) for unit in units]

    def _open(self, topic: str, notes: list[list[str]]) -> float:
        """Begin a page with header, footnotes and page number; return where its text must end."""
        self.page += 1
        house, canvas = self.setter.house, self.canvas
        self.places.append(Place("", "page", self.page, topic))
        canvas.setFillColor(house.main)
        if house.header == "band":
            canvas.rect(0, HEIGHT - 46, WIDTH, 46, stroke=0, fill=1)
            canvas.setFillColorRGB(1, 1, 1)
        canvas.setFont(house.bold, 8.5)
        canvas.drawString(LEFT, HEIGHT - 30, self.footer)
        canvas.setFont(house.regular, 8.5)
        canvas.drawRightString(WIDTH - RIGHT, HEIGHT - 30, self.title)
        canvas.setStrokeColor(house.main)
        if house.header == "line":
            canvas.setLineWidth(0.7)
            canvas.line(LEFT, HEIGHT - 40, WIDTH - RIGHT, HEIGHT - 40)
        canvas.setFillColor(GREY)
        canvas.setFont(house.regular, 8)
        word = WORDS[self.setter.language][2]
        canvas.drawRightString(WIDTH - RIGHT, 32, f"{word} {self.page}")
        return self._footnotes(notes, topic)

    def _footnotes(self, notes: list[list[str]], topic: str) -> float:
        """Set footnotes at the foot of the page; return the lower end of its text."""
        lines: list[Paragraph] = []
        for name, words in notes:
            mark = self.setter.facts[f"n_{name}"]
            lines.append(self.setter.paragraph(f"{mark} {words}", "note"))
            self.places.append(Place(name, "footnote", self.page, topic))
        if not lines:
            return BOTTOM
        height = sum(line.wrap(BODY, HEIGHT)[1] + 2 for line in lines)
        cursor = Cursor(LEFT, BODY, BOTTOM + height, 0)
        for line in lines:
            cursor.put(line, self.canvas)
        self.canvas.setStrokeColor(GREY)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(LEFT, BOTTOM + height + 4, LEFT + 120, BOTTOM + height + 4)
        return BOTTOM + height + 12

    def _cover(self, sheet: dict[str, Any]) -> None:
        """Print a cover: a coloured field, shapes, title, and lines below."""
        self.page += 1
        self.places.append(Place("", "page", self.page, sheet["topic"]))
        house, canvas = self.setter.house, self.canvas
        canvas.setFillColor(house.main)
        canvas.rect(0, HEIGHT * 0.4, WIDTH, HEIGHT * 0.6, stroke=0, fill=1)
        for place, colour in enumerate(house.palette[1:4]):
            canvas.setFillColor(colour)
            path = canvas.beginPath()
            path.moveTo(WIDTH, HEIGHT * (0.40 + 0.07 * place))
            path.lineTo(WIDTH, HEIGHT * (0.54 + 0.07 * place))
            path.lineTo(WIDTH * (0.52 + 0.12 * place), HEIGHT * (0.40 + 0.07 * place))
            path.close()
            canvas.drawPath(path, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.setFont(house.bold, 15)
        canvas.drawString(LEFT, HEIGHT - 90, self.footer)
        for place, line in enumerate(sheet["cover"]):
            canvas.setFont(house.bold, 34 if place == 0 else 18)
            canvas.drawString(LEFT, HEIGHT - 230 - 36 * place, self.setter.text(line))
        cursor = Cursor(LEFT, BODY * 0.8, HEIGHT * 0.4 - 40, BOTTOM)
        units = list(self.setter.units(sheet["blocks"], cursor.width))
        self._note(fill_column(cursor, units, canvas), sheet["topic"])
        canvas.showPage()
