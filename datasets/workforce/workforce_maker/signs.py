"""Draws signs of the occupations that have no single tool, like the tools of `icons`."""

from collections.abc import Callable

from PIL.ImageDraw import ImageDraw

ON, OFF = 255, 0


def folder(draw: ImageDraw) -> None:
    """Draw a folder."""
    draw.rounded_rectangle((20, 36, 108, 84), 12, ON)
    draw.rounded_rectangle((12, 60, 212, 192), 12, ON)
    draw.line((28, 92, 196, 92), OFF, 10)


def bell(draw: ImageDraw) -> None:
    """Draw the bell of a desk."""
    draw.pieslice((32, 60, 192, 240), 180, 360, ON)
    draw.ellipse((96, 28, 128, 60), ON)
    draw.rectangle((16, 164, 208, 188), ON)


def chart(draw: ImageDraw) -> None:
    """Draw three people of a team as a tree."""
    draw.ellipse((84, 12, 140, 68), ON)
    for x in (12, 84, 156):
        draw.ellipse((x, 148, x + 56, 204), ON)
    draw.line([(40, 160), (40, 108), (184, 108), (184, 160)], ON, 12)
    draw.line((112, 56, 112, 160), ON, 12)


def bubbles(draw: ImageDraw) -> None:
    """Draw two bubbles of speech."""
    draw.rounded_rectangle((12, 20, 148, 112), 24, ON)
    draw.polygon([(36, 100), (36, 148), (84, 108)], ON)
    draw.rounded_rectangle((92, 92, 212, 172), 24, ON)
    draw.rounded_rectangle((104, 104, 200, 160), 14, OFF)
    draw.polygon([(160, 164), (188, 164), (188, 208)], ON)


def rising(draw: ImageDraw) -> None:
    """Draw a line that rises."""
    draw.line([(20, 16), (20, 204), (208, 204)], ON, 14)
    draw.line([(44, 164), (96, 108), (132, 136), (200, 44)], ON, 16, "curve")
    draw.polygon([(206, 28), (204, 84), (160, 48)], ON)


def house(draw: ImageDraw) -> None:
    """Draw a house with a mark."""
    draw.polygon([(112, 16), (212, 104), (12, 104)], ON)
    draw.rectangle((36, 96, 188, 204), ON)
    draw.line([(76, 148), (104, 176), (152, 120)], OFF, 14)


def label(draw: ImageDraw) -> None:
    """Draw the label of a price."""
    draw.polygon([(16, 112), (80, 32), (208, 32), (208, 192), (80, 192)], ON)
    draw.ellipse((56, 96, 88, 128), OFF)
    draw.line((120, 84, 180, 84), OFF, 12)
    draw.line((120, 140, 180, 140), OFF, 12)


def till(draw: ImageDraw) -> None:
    """Draw a till."""
    draw.rectangle((96, 16, 196, 72), ON)
    draw.polygon([(48, 84), (196, 84), (212, 156), (28, 156)], ON)
    draw.rectangle((20, 164, 216, 208), ON)
    draw.rectangle((92, 180, 144, 192), OFF)


def headset(draw: ImageDraw) -> None:
    """Draw a headset."""
    draw.arc((28, 24, 196, 200), 180, 360, ON, 18)
    for x in (16, 164):
        draw.rounded_rectangle((x, 100, x + 44, 176), 14, ON)
    draw.line([(186, 172), (168, 204), (116, 204)], ON, 12, "curve")


def map_sheet(draw: ImageDraw) -> None:
    """Draw a folded map."""
    draw.polygon([(12, 52), (76, 28), (148, 52), (212, 28), (212, 176), (148, 200), (76, 176),
                  (12, 200)], ON)  # fmt: skip
    draw.line((76, 36, 76, 170), OFF, 8)
    draw.line((148, 60, 148, 194), OFF, 8)


def books(draw: ImageDraw) -> None:
    """Draw books on a shelf."""
    for x, top in ((20, 40), (64, 20), (108, 56)):
        draw.rectangle((x, top, x + 34, 184), ON)
    draw.polygon([(150, 60), (178, 52), (212, 180), (184, 188)], ON)
    draw.rectangle((8, 192, 216, 208), ON)


def stamp(draw: ImageDraw) -> None:
    """Draw a stamp."""
    draw.ellipse((80, 12, 144, 76), ON)
    draw.polygon([(96, 68), (128, 68), (140, 132), (84, 132)], ON)
    draw.rounded_rectangle((28, 124, 196, 172), 12, ON)
    draw.rectangle((28, 188, 196, 204), ON)


def scales(draw: ImageDraw) -> None:
    """Draw a pair of scales."""
    draw.rectangle((104, 16, 120, 196), ON)
    draw.rectangle((28, 40, 196, 54), ON)
    draw.rectangle((64, 192, 160, 208), ON)
    for x in (8, 136):
        draw.line([(x + 40, 50), (x + 6, 124), (x + 74, 124), (x + 40, 50)], ON, 6)
        draw.pieslice((x, 88, x + 80, 160), 0, 180, ON)


def lens(draw: ImageDraw) -> None:
    """Draw a magnifying glass."""
    draw.ellipse((16, 16, 152, 152), ON)
    draw.ellipse((40, 40, 128, 128), OFF)
    draw.line((136, 136, 204, 204), ON, 30)


def listening(draw: ImageDraw) -> None:
    """Draw a stethoscope."""
    draw.arc((36, 0, 140, 140), 0, 180, ON, 16)
    draw.line((44, 16, 44, 72), ON, 16)
    draw.line((132, 16, 132, 72), ON, 16)
    draw.line((88, 136, 88, 160), ON, 16)
    draw.arc((80, 112, 184, 208), 0, 180, ON, 16)
    draw.ellipse((152, 108, 204, 160), ON)


def scalpel(draw: ImageDraw) -> None:
    """Draw a scalpel."""
    draw.line((208, 16, 112, 112), ON, 24)
    draw.polygon([(96, 100), (124, 128), (68, 188), (16, 208)], ON)
    draw.line((128, 84, 144, 100), OFF, 8)


def mortar(draw: ImageDraw) -> None:
    """Draw a mortar and its pestle."""
    draw.pieslice((28, 12, 196, 196), 0, 180, ON)
    draw.rectangle((16, 92, 208, 112), ON)
    draw.rectangle((64, 188, 160, 208), ON)
    draw.line((128, 96, 184, 12), ON, 22)


def van(draw: ImageDraw) -> None:
    """Draw an ambulance."""
    draw.rounded_rectangle((8, 52, 148, 168), 10, ON)
    draw.polygon([(148, 84), (188, 84), (216, 124), (216, 168), (148, 168)], ON)
    draw.rectangle((68, 72, 84, 136), OFF)
    draw.rectangle((44, 96, 108, 112), OFF)
    for x in (36, 148):
        draw.ellipse((x, 144, x + 52, 196), ON, OFF, 8)


def hands(draw: ImageDraw) -> None:
    """Draw a body that bends and stretches."""
    draw.ellipse((92, 12, 140, 60), ON)
    draw.line([(20, 76), (112, 92), (204, 44)], ON, 18, "curve")
    draw.line((112, 84, 112, 144), ON, 26)
    draw.line([(112, 136), (60, 168), (48, 212)], ON, 18, "curve")
    draw.line([(112, 136), (172, 160), (208, 208)], ON, 18, "curve")


def head(draw: ImageDraw) -> None:
    """Draw a maze in a round field, for the mind."""
    draw.ellipse((12, 12, 212, 212), ON)
    for inset in (34, 74):
        box = (inset, inset, 224 - inset, 224 - inset)
        draw.arc(box, 30 + inset, 330 + inset, OFF, 16)
    draw.ellipse((100, 100, 124, 124), OFF)


def paw(draw: ImageDraw) -> None:
    """Draw the print of a paw."""
    draw.ellipse((60, 104, 164, 204), ON)
    for x, y in ((12, 84), (60, 28), (120, 28), (168, 84)):
        draw.ellipse((x, y, x + 44, y + 60), ON)


def tooth(draw: ImageDraw) -> None:
    """Draw a tooth."""
    draw.rounded_rectangle((36, 20, 188, 132), 48, ON)
    draw.polygon([(40, 100), (104, 100), (84, 208), (56, 196)], ON)
    draw.polygon([(120, 100), (184, 100), (168, 196), (140, 208)], ON)


def apple(draw: ImageDraw) -> None:
    """Draw an apple."""
    draw.ellipse((24, 64, 132, 208), ON)
    draw.ellipse((92, 64, 200, 208), ON)
    draw.line((112, 84, 120, 24), ON, 12)
    draw.polygon([(120, 48), (176, 16), (164, 60)], ON)


def heart(draw: ImageDraw) -> None:
    """Draw a heart."""
    draw.ellipse((16, 28, 120, 132), ON)
    draw.ellipse((104, 28, 208, 132), ON)
    draw.polygon([(26, 108), (198, 108), (112, 208)], ON)


def gear(draw: ImageDraw) -> None:
    """Draw a gear."""
    draw.regular_polygon((112, 112, 104), 8, 0, ON)
    for x, y in ((112, 12), (112, 212), (12, 112), (212, 112)):
        draw.ellipse((x - 20, y - 20, x + 20, y + 20), OFF)
    draw.ellipse((72, 72, 152, 152), OFF)


def atom(draw: ImageDraw) -> None:
    """Draw an atom."""
    draw.ellipse((8, 76, 216, 148), outline=ON, width=12)
    draw.ellipse((76, 8, 148, 216), outline=ON, width=12)
    draw.ellipse((92, 92, 132, 132), ON)


def whistle(draw: ImageDraw) -> None:
    """Draw a whistle."""
    draw.ellipse((16, 76, 132, 192), ON)
    draw.rectangle((72, 76, 212, 124), ON)
    draw.ellipse((52, 112, 96, 156), OFF)
    draw.line((84, 64, 84, 20), ON, 10)


def letters(draw: ImageDraw) -> None:
    """Draw a page that turns into another one."""
    draw.rounded_rectangle((12, 12, 104, 132), 10, ON)
    draw.rounded_rectangle((120, 92, 212, 212), 10, ON)
    draw.line((32, 48, 84, 48), OFF, 10)
    draw.line((140, 152, 192, 152), OFF, 10)
    draw.line([(132, 36), (180, 36), (180, 68)], ON, 12)
    draw.polygon([(156, 60), (204, 60), (180, 84)], ON)


def microphone(draw: ImageDraw) -> None:
    """Draw a microphone."""
    draw.rounded_rectangle((76, 8, 148, 132), 36, ON)
    draw.arc((40, 44, 184, 168), 0, 180, ON, 14)
    draw.line((112, 164, 112, 208), ON, 14)
    draw.line((68, 208, 156, 208), ON, 14)


def pan(draw: ImageDraw) -> None:
    """Draw a pan."""
    draw.ellipse((12, 72, 140, 200), ON)
    draw.ellipse((36, 96, 116, 176), OFF)
    draw.line((120, 92, 204, 20), ON, 24)


def glass(draw: ImageDraw) -> None:
    """Draw a glass on a stem."""
    draw.polygon([(20, 20), (204, 20), (120, 124), (104, 124)], ON)
    draw.rectangle((104, 116, 120, 200), ON)
    draw.rectangle((60, 192, 164, 208), ON)
    draw.line((72, 48, 152, 48), OFF, 10)


def brush(draw: ImageDraw) -> None:
    """Draw a roller for paint."""
    draw.rounded_rectangle((16, 20, 172, 80), 10, ON)
    draw.line([(172, 48), (204, 48), (204, 108), (96, 108), (96, 140)], ON, 12)
    draw.rectangle((82, 132, 110, 212), ON)


def drill(draw: ImageDraw) -> None:
    """Draw the spindle of a lathe and what it turns."""
    draw.rectangle((8, 56, 72, 168), ON)
    draw.rectangle((72, 84, 168, 140), ON)
    draw.polygon([(168, 84), (212, 112), (168, 140)], ON)
    draw.rectangle((8, 180, 216, 204), ON)


def chip(draw: ImageDraw) -> None:
    """Draw a chip."""
    draw.rectangle((52, 52, 172, 172), ON)
    for at in (68, 104, 140):
        draw.rectangle((at, 16, at + 16, 208), ON)
        draw.rectangle((16, at, 208, at + 16), ON)
    draw.rectangle((84, 84, 140, 140), OFF)


def ticked(draw: ImageDraw) -> None:
    """Draw a list with marks."""
    draw.rounded_rectangle((32, 16, 192, 212), 14, ON)
    for y in (56, 108, 160):
        draw.line([(52, y), (64, y + 14), (88, y - 12)], OFF, 10)
        draw.line((104, y, 168, y), OFF, 10)


def broom(draw: ImageDraw) -> None:
    """Draw a broom."""
    draw.line((196, 12, 112, 128), ON, 16)
    draw.polygon([(84, 108), (136, 148), (96, 212), (12, 168)], ON)
    draw.line((60, 176, 96, 132), OFF, 8)


SIGNS: dict[str, Callable[[ImageDraw], None]] = {
    "advisor": bubbles,
    "appraiser": house,
    "bartender": glass,
    "broker": rising,
    "cashier": till,
    "chef": pan,
    "clerk": folder,
    "counselor": heart,
    "dietitian": apple,
    "dispatcher": headset,
    "doctor": listening,
    "engineer": gear,
    "hygienist": tooth,
    "inspector": ticked,
    "instructor": whistle,
    "investigator": lens,
    "janitor": broom,
    "journalist": microphone,
    "lawyer": scales,
    "librarian": books,
    "machinist": drill,
    "manager": chart,
    "painter": brush,
    "paralegal": stamp,
    "paramedic": van,
    "pharmacist": mortar,
    "planner": map_sheet,
    "psychologist": head,
    "receptionist": bell,
    "salesperson": label,
    "scientist": atom,
    "surgeon": scalpel,
    "technician": chip,
    "therapist": hands,
    "translator": letters,
    "veterinarian": paw,
}
