"""badge.svg: how the gates were decided, as a small picture that asks for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from evalkit.report.text import isolated, one_line
from evalkit.report.view.overview import Overview

_LABEL = "evalkit"
_GREY = "#3b4046"
_COLOURS = {
    "fail": "#a33f00",
    "missing": "#a33f00",
    "inconclusive": "#7a5400",
    "waived": "#3c5870",
    "pass": "#00674b",
    "": "#565d66",
}
"""By the worst status; white text on each has a contrast of 5 to 1 or more."""
_HEIGHT, _SIDE, _SIZE = 20, 7, 11
_NARROW, _WIDE = frozenset("fijlrt,.:;' I1"), frozenset("mwMW%")
_FONT = "Verdana, 'DejaVu Sans', Geneva, sans-serif"


def badge(head: Overview) -> str:
    """Return the badge as SVG; words say what the colour says, and the suite is in its title."""
    counts = head.counts
    words, colour = message(counts), _COLOURS[_worst(counts)]
    left, right = (2 * _SIDE + _width(text) for text in (_LABEL, words))
    title = f"{isolated(one_line(head.suite))}: {words}"
    root = ET.Element("svg", _root(left + right, title))
    ET.SubElement(root, "title").text = title
    for x, width, fill in ((0, left, _GREY), (left, right, colour)):
        box = {"x": x, "width": width, "height": _HEIGHT, "fill": fill}
        ET.SubElement(root, "rect", {key: str(value) for key, value in box.items()})
    for x, text in ((_SIDE, _LABEL), (left + _SIDE, words)):
        place = {"x": x, "y": 14, "fill": "#fff", "textLength": _width(text), "font-size": _SIZE}
        names = {key: str(value) for key, value in place.items()} | {"font-family": _FONT}
        ET.SubElement(root, "text", names).text = text
    return f"{ET.tostring(root, encoding='unicode')}\n"


def message(counts: Mapping[str, int]) -> str:
    """Return how gates were decided, in a few words: `8 of 9 gates pass, 1 fails`.

    counts: verdicts by status. Only what is worst follows; a missing one fails the build, and
    counts as failed.
    """
    total = sum(counts.values())
    if not total:
        return "no gates"
    passed = counts.get("pass", 0)
    head = f"{passed} of {total} {'gate' if total == 1 else 'gates'} pass"
    head += "es" if total == 1 else ""
    failed = counts.get("fail", 0) + counts.get("missing", 0)
    if failed:
        return f"{head}, {failed} {'fails' if failed == 1 else 'fail'}"
    for status in ("inconclusive", "waived"):
        if counts.get(status):
            return f"{head}, {counts[status]} {status}"
    return head


def _worst(counts: Mapping[str, int]) -> str:
    """Return the worst status that any verdict has, "" where there is no verdict."""
    return next((status for status in _COLOURS if status and counts.get(status)), "")


def _root(width: int, title: str) -> dict[str, str]:
    """Return the attributes of the picture."""
    return {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": str(width),
        "height": str(_HEIGHT),
        "viewBox": f"0 0 {width} {_HEIGHT}",
        "role": "img",
        "aria-label": title,
    }


def _width(text: str) -> int:
    """Return about how many pixels a text takes; it is then drawn in exactly as many."""
    wide = sum(0.36 if c in _NARROW else 0.95 if c in _WIDE else 0.62 for c in text)
    return round(_SIZE * wide)
