"""junit.xml: one test case per verdict, for CI systems that show tests."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from evalkit.core.results import Verdict
from evalkit.report.text import number, one_line, span
from evalkit.report.view import View


def junit(view: View) -> str:
    """Return the verdicts as JUnit XML, one suite per case, without any control character."""
    head, verdicts = view.overview, [row.verdict for row in view.verdicts]
    root = ET.Element("testsuites", {"name": one_line(head.suite)} | _counts(verdicts))
    for case in sorted({v.cell.case for v in verdicts}):
        mine = [v for v in verdicts if v.cell.case == case]
        name = f"{one_line(head.suite)}.{one_line(case)}"
        names = {"name": name, "timestamp": one_line(head.created).partition("+")[0]}
        suite = ET.SubElement(root, "testsuite", names | _counts(mine))
        properties = ET.SubElement(suite, "properties")
        ET.SubElement(properties, "property", {"name": "run", "value": one_line(head.run)})
        for verdict in mine:
            _case(suite, name, verdict)
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """Return how many test cases there are, and how many failed or were skipped."""
    found = [v.status for v in verdicts]
    failures = found.count("fail") + found.count("missing")
    counts = {"tests": len(found), "failures": failures, "errors": 0}
    counts |= {"skipped": found.count("waived"), "time": 0}
    return {name: str(count) for name, count in counts.items()}


def _case(suite: ET.Element, classname: str, verdict: Verdict) -> None:
    """Add one verdict to a suite."""
    names = {"classname": classname, "name": one_line(verdict.gate), "time": "0"}
    case = ET.SubElement(suite, "testcase", names)
    why = one_line(verdict.why)
    if verdict.status in ("fail", "missing"):
        kind = {"message": why, "type": verdict.status}
        ET.SubElement(case, "failure", kind).text = _details(verdict)
    elif verdict.status == "waived":
        ET.SubElement(case, "skipped", {"message": f"waived: {why}"})
    ET.SubElement(case, "system-out").text = f"{verdict.status}: {why} {_details(verdict)}"


def _details(verdict: Verdict) -> str:
    """Return what was observed against which bound, in one line."""
    v = verdict
    parts = [f"Observed {number(v.observed)} ({span(v.low, v.high) or 'no interval'}), n = {v.n}"]
    parts.append(f"bound: {one_line(v.bound)}")
    if v.status == "inconclusive":
        parts.append(f"smallest effect that would be found: {number(v.mde)}")
        if v.more_queries is not None:
            parts.append(f"about {v.more_queries} more queries would settle it")
    return "; ".join(parts) + "."
