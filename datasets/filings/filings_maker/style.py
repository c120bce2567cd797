"""The looks of the documents: page, colours, and one style sheet per house style."""

from dataclasses import dataclass
from functools import cache

from reportlab.lib.colors import Color, HexColor, toColor
from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle

WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 62.0, 62.0, 86.0, 66.0
BODY = WIDTH - LEFT - RIGHT
GREY = HexColor("#5d6670")


@dataclass(frozen=True, slots=True)
class House:
    """A house style: fonts, leading colour, its companions in charts, and the kind of header."""

    name: str
    colour: str
    accents: tuple[str, ...]
    serif: bool = False
    header: str = "line"
    size: float = 10.3

    @property
    def regular(self) -> str:
        """The font of running text."""
        return "Times-Roman" if self.serif else "Helvetica"

    @property
    def bold(self) -> str:
        """The bold font of running text."""
        return "Times-Bold" if self.serif else "Helvetica-Bold"

    @property
    def italic(self) -> str:
        """The italic font of running text."""
        return "Times-Italic" if self.serif else "Helvetica-Oblique"

    @property
    def main(self) -> Color:
        """The leading colour."""
        return HexColor(self.colour)

    @property
    def palette(self) -> list[Color]:
        """The colours of a chart, in order."""
        return [self.main, *(HexColor(accent) for accent in self.accents)]

    @property
    def pale(self) -> Color:
        """A tint of the leading colour for table heads and boxes."""
        red, green, blue = self.main.rgb()
        return Color(*(0.88 + 0.12 * part for part in (red, green, blue)))


HOUSES = {
    house.name: house
    for house in (
        House("navy", "#17365d", ("#4f81bd", "#c0a35a", "#9db4cc", "#7f7f7f")),
        House("leaf", "#2f6b3c", ("#8cb369", "#d9a441", "#b5651d", "#9fb8a3"), header="band"),
        House("wine", "#6d1f33", ("#b85c73", "#d8b4a0", "#857f8a", "#c9a227"), serif=True,
              size=10.9),
        House("slate", "#27343f", ("#e07a1f", "#7a93a8", "#b7c3cc", "#8a5a2b"), header="band"),
        House("teal", "#0b6e75", ("#63b7b0", "#f2a65a", "#355070", "#b8c5c9")),
        House("plain", "#222222", ("#777777", "#aaaaaa", "#cccccc", "#555555"), serif=True,
              size=10.8),
        House("violet", "#44327a", ("#8f7cc4", "#e0b354", "#5aa9a3", "#b9b3cc")),
        House("steel", "#1f4e79", ("#d1495b", "#8aa9c4", "#edae49", "#66717e"), header="band",
              size=9.4),
    )
}  # fmt: skip


@cache
def styles(house: House) -> dict[str, ParagraphStyle]:
    """Return the paragraph styles of a house style by name."""
    size = house.size
    alignment = TA_JUSTIFY if house.serif else TA_LEFT
    body = ParagraphStyle(
        "body", fontName=house.regular, bulletFontName=house.regular, fontSize=size,
        leading=size * 1.42, spaceAfter=size * 0.72,
        alignment=alignment, textColor=toColor("#1a1a1a"), allowWidows=0, allowOrphans=0,
    )  # fmt: skip

    def made(name: str, **changes: object) -> ParagraphStyle:
        return ParagraphStyle(name, parent=body, **changes)

    cell: dict[str, object] = {"fontSize": size - 1.2, "leading": size + 1.4, "spaceAfter": 0}
    note: dict[str, object] = {"fontSize": size - 2, "leading": size + 0.4, "spaceAfter": 2}
    heading = {"fontName": house.bold, "alignment": TA_LEFT, "textColor": house.main}
    return {
        "body": body,
        "title": made("title", fontSize=20, leading=24, spaceAfter=12, **heading),
        "heading": made(
            "heading", fontSize=size + 2, leading=size + 5, spaceBefore=7, spaceAfter=4, **heading
        ),
        "lead": made("lead", fontName=house.italic, fontSize=size + 1.6, leading=size * 1.7,
                     spaceAfter=10, textColor=GREY, alignment=TA_LEFT),
        "caption": made("caption", spaceBefore=6, spaceAfter=4,
                        **{**heading, "fontSize": size - 0.8, "leading": size + 2}),
        "note": made("note", **note, textColor=GREY, alignment=TA_LEFT),
        "after": made("after", **{**note, "spaceBefore": 3, "spaceAfter": size}, textColor=GREY,
                      alignment=TA_LEFT),
        "cell": made("cell", **cell, alignment=TA_LEFT),
        "figure": made("figure", **cell, alignment=TA_RIGHT),
        "head": made("head", **{**cell, "fontName": house.bold}, alignment=TA_LEFT),
        "headfigure": made("headfigure", **{**cell, "fontName": house.bold}, alignment=TA_RIGHT),
        "bullet": made("bullet", leftIndent=14, bulletIndent=3, spaceAfter=size * 0.35),
        "clause": made("clause", leftIndent=30, bulletIndent=0, spaceAfter=size * 0.6),
        "article": made("article", spaceBefore=8, spaceAfter=4,
                        **{**heading, "fontSize": size + 0.8, "leading": size + 4}),
        "tile": made("tile", fontName=house.bold, fontSize=17, leading=20, spaceAfter=0,
                     alignment=TA_LEFT, textColor=house.main),
        "under": made("under", fontSize=size - 1.8, leading=size + 0.6, spaceAfter=0,
                      alignment=TA_LEFT, textColor=GREY),
    }  # fmt: skip
