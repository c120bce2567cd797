"""The page templates: each has its own paper, type, columns, ornaments and words."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, LETTER, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Frame, Paragraph, Table, TableStyle

from clauses_maker.plan import Sheet, wording

Rng = np.random.Generator
_FIRMS = ("Harrow & Finch", "Calder Works", "Minster Supply", "Oakhurst Partners", "Tern Logistics")
_PEOPLE = (
    "R. Adeyemi",
    "L. Brandt",
    "S. Castellanos",
    "M. Duval",
    "K. Ito",
    "P. Novak",
    "T. Okafor",
)


def _one(rng: Rng, of: tuple[str, ...]) -> str:
    return of[int(rng.integers(len(of)))]


def _text(
    canvas: Canvas, words: str, box: tuple[float, float, float, float], font: str, size: float,
    lead: float = 1.35, justify: bool = False,
) -> None:  # fmt: skip
    """Set words into a box: left, bottom, width, height."""
    style = ParagraphStyle("set", fontName=font, fontSize=size, leading=size * lead,
                           alignment=4 if justify else 0)  # fmt: skip
    Frame(*box, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0).addFromList(
        [Paragraph(words, style)], canvas
    )


def letter(canvas: Canvas, words: str, rng: Rng) -> None:
    """Set a letter: a centred letterhead, an address, serif type and a signature."""
    width, height = A4
    canvas.setFillColor(HexColor("#7a1f2b"))
    canvas.setFont("Times-Bold", 24)
    canvas.drawCentredString(width / 2, height - 70, _one(rng, _FIRMS))
    canvas.setStrokeColor(HexColor("#7a1f2b"))
    canvas.line(60, height - 84, width - 60, height - 84)
    canvas.setFillColor(HexColor("#000000"))
    canvas.setFont("Times-Roman", 12)
    for n, line in enumerate(
        ("To the management", f"for the attention of {_one(rng, _PEOPLE)}", "by post")
    ):
        canvas.drawString(70, height - 130 - 16 * n, line)
    canvas.drawString(
        70, height - 220, "Dear partners, we set out below the wording we have agreed on."
    )
    _text(canvas, words, (70, 300, width - 140, height - 545), "Times-Roman", 13)
    canvas.drawString(70, 250, "With kind regards")
    canvas.setFont("Times-Italic", 18)
    canvas.drawString(70, 210, _one(rng, _PEOPLE))


def contract(canvas: Canvas, words: str, rng: Rng) -> None:
    """Set a contract: small type in two justified columns, a section number and a page frame."""
    width, height = LETTER
    canvas.rect(36, 36, width - 72, height - 72)
    canvas.rect(40, 40, width - 80, height - 80)
    canvas.setFont("Times-Bold", 15)
    canvas.drawCentredString(width / 2, height - 80, "GENERAL AGREEMENT")
    section = int(rng.integers(2, 19))
    canvas.drawCentredString(width / 2, height - 104, f"Section {section}")
    column = (width - 150) / 2
    half = words.rfind(". ", 0, len(words) // 2 + 60) + 1
    for n, part in enumerate((words[:half], words[half:])):
        numbered = f"<b>{section}.{n + 1}</b> {part.strip()}"
        _text(
            canvas,
            numbered,
            (62 + n * (column + 26), 200, column, height - 340),
            "Times-Roman",
            11.5,
            1.3,
            True,
        )
    for n, side in enumerate(("First party", "Second party")):
        x = 62 + n * (column + 26)
        canvas.line(x, 110, x + column - 20, 110)
        canvas.setFont("Times-Roman", 9)
        canvas.drawString(x, 98, side)


def form(canvas: Canvas, words: str, rng: Rng) -> None:
    """Set a form: a table of particulars, tick boxes, sans-serif type in a box."""
    width, height = A4
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(50, height - 60, f"FORM {rng.integers(100, 999)}-B")
    person, day = _one(rng, _PEOPLE), f"{rng.integers(1, 29):02}/{rng.integers(1, 13):02}"
    rows = [["Applicant", person, "Date", day],
            ["Company", _one(rng, _FIRMS), "Reference", str(rng.integers(10000, 99999))],
            ["Department", "Purchasing", "Copies", str(rng.integers(1, 5))]]  # fmt: skip
    table = Table(rows, colWidths=[90, 180, 80, 140], rowHeights=24)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.8, HexColor("#333333")),
                               ("BACKGROUND", (0, 0), (0, -1), HexColor("#d9e2d0")),
                               ("BACKGROUND", (2, 0), (2, -1), HexColor("#d9e2d0")),
                               ("FONT", (0, 0), (-1, -1), "Helvetica", 10)]))  # fmt: skip
    table.wrapOn(canvas, width, height)
    table.drawOn(canvas, 50, height - 160)
    ticked = int(rng.integers(3))
    for n, word in enumerate(("new", "amended", "renewed")):
        canvas.rect(50 + 110 * n, height - 200, 12, 12, fill=int(n == ticked))
        canvas.setFont("Helvetica", 10)
        canvas.drawString(68 + 110 * n, height - 198, word)
    canvas.rect(50, 230, width - 100, height - 450)
    _text(canvas, words, (62, 240, width - 124, height - 472), "Helvetica", 12, 1.45)
    canvas.drawString(50, 200, "Signature: ......................................")


def memo(canvas: Canvas, words: str, rng: Rng) -> None:
    """Set a memo: typewriter type, a ruled heading block, a grey stamp."""
    width, height = LETTER
    canvas.setFont("Courier-Bold", 20)
    canvas.drawString(72, height - 80, "MEMORANDUM")
    canvas.setFont("Courier", 11)
    heads = (
        ("TO", "all departments"),
        ("FROM", _one(rng, _PEOPLE)),
        ("FILE", str(rng.integers(100, 999))),
    )
    for n, (head, value) in enumerate(heads):
        canvas.drawString(72, height - 120 - 18 * n, f"{head + ':':<8}{value}")
    canvas.setDash(3, 3)
    canvas.line(72, height - 172, width - 72, height - 172)
    _text(canvas, words, (72, 200, width - 144, height - 390), "Courier", 11.5, 1.5)
    canvas.saveState()
    canvas.translate(width - 190, 130)
    canvas.rotate(14)
    canvas.setStrokeColor(HexColor("#8a8a8a"))
    canvas.setFillColor(HexColor("#8a8a8a"))
    canvas.rect(0, 0, 120, 34)
    canvas.setFont("Courier-Bold", 18)
    canvas.drawString(10, 11, "RECEIVED")
    canvas.restoreState()


def brochure(canvas: Canvas, words: str, rng: Rng) -> None:
    """Set a brochure: a broad page, a coloured side bar and band, large light type."""
    width, height = landscape(A4)
    canvas.setFillColor(HexColor("#0f5c73"))
    canvas.rect(0, 0, 190, height, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#f2b632"))
    canvas.rect(190, height - 60, width - 190, 60, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setFont("Helvetica-Bold", 22)
    for n, word in enumerate(_one(rng, _FIRMS).split()):
        canvas.drawString(24, height - 90 - 28 * n, word)
    canvas.circle(95, 130, 46, stroke=0, fill=1)
    canvas.setFont("Helvetica-Bold", 20)
    canvas.setFillColor(HexColor("#143642"))
    canvas.drawString(214, height - 40, "Good to know")
    _text(canvas, words, (224, 60, width - 280, height - 150), "Helvetica", 14.5, 1.5)


def minutes(canvas: Canvas, words: str, rng: Rng) -> None:
    """Set minutes: numbered sentences with a wide margin, names in the margin, ruled lines."""
    width, height = A4
    canvas.setFont("Helvetica-Oblique", 16)
    canvas.drawString(190, height - 70, f"Minutes of meeting no. {rng.integers(4, 60)}")
    canvas.setStrokeColor(HexColor("#9bb7d4"))
    canvas.line(176, 60, 176, height - 60)
    canvas.setFillColor(HexColor("#30507a"))
    canvas.setFont("Helvetica", 9)
    for n, name in enumerate(rng.permutation(_PEOPLE)[:4]):
        canvas.drawString(60, height - 120 - 15 * n, str(name))
    canvas.setFillColor(HexColor("#000000"))
    y = height - 110
    style = ParagraphStyle("item", fontName="Helvetica", fontSize=11, leading=14.5)
    for n, sentence in enumerate(words.split(". "), 1):
        line = Paragraph(f"{n})  {sentence.rstrip('.')}.", style)
        _, tall = line.wrap(width - 250, height)
        line.drawOn(canvas, 192, y - tall)
        y -= tall + 20
        canvas.line(192, y + 9, width - 58, y + 9)


TEMPLATES: dict[str, tuple[Callable[[Canvas, str, Rng], None], tuple[float, float]]] = {
    "letter": (letter, A4),
    "contract": (contract, LETTER),
    "form": (form, A4),
    "memo": (memo, LETTER),
    "brochure": (brochure, landscape(A4)),
    "minutes": (minutes, A4),
}


def page(sheet: Sheet) -> bytes:
    """Return a sheet as a PDF of one page; the same sheet always gives the same bytes."""
    draw, size = TEMPLATES[sheet.template]
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=1, pageCompression=1)
    draw(canvas, wording(sheet), sheet.rng("page"))
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()
