"""Words that mean harm, and a run that is full of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from evalkit import archive

HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(2)</script> **b** [l](javascript:alert(3)) $x^2$ 🦆"
)
RTL = "\u202eevil\u202c שלום"


def harm(folder: Path) -> None:
    """Put words that mean harm wherever data or people may put theirs into a stored run."""
    run = archive.load(folder)
    texts = pa.array([f"{HOSTILE} {RTL}"] * run.items.num_rows)
    tags = pa.array([json.dumps({HOSTILE: [HOSTILE]})] * run.items.num_rows)
    items = run.items
    for column, values in (("text", texts), ("tags", tags)):
        at = items.schema.get_field_index(column)
        items = items.set_column(at, column, values.cast(items.schema.field(column).type))
    archive.save(replace(run, items=items), folder)
    meta = json.loads((folder / "run.json").read_text())
    meta["about"] = meta["suite"] = HOSTILE
    meta["verdicts"][0]["gate"] = HOSTILE
    meta["verdicts"][1]["why"] = f"{HOSTILE} {RTL}"
    meta["cases"][0]["card"]["about"] = HOSTILE
    meta["cases"][0]["card"]["limits"] = [HOSTILE]
    (folder / "run.json").write_text(json.dumps(meta))
