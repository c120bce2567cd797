"""What every entry point calls: load, check, run, compare, score, judge, render, show a probe."""

from evalkit.api.comparing import Scored, compare, compare_spaces, difference, score
from evalkit.api.fitting import fit, fitted, load_transform, save_transform
from evalkit.api.judged import apply_judgements, judgement_plan
from evalkit.api.probing import Shown, show_probe
from evalkit.api.running import (
    REPORTS,
    SEED,
    Stored,
    allow_endpoints,
    check,
    gate_sentences,
    load,
    read,
    render,
    run,
    vectors,
)
from evalkit.api.similar import (
    Needed,
    Similar,
    dataset_at,
    item_at,
    kept_items,
    shipped,
    similarity,
)

__all__ = [
    "REPORTS",
    "SEED",
    "Needed",
    "Scored",
    "Shown",
    "Similar",
    "Stored",
    "allow_endpoints",
    "apply_judgements",
    "check",
    "compare",
    "compare_spaces",
    "dataset_at",
    "difference",
    "fit",
    "fitted",
    "gate_sentences",
    "item_at",
    "judgement_plan",
    "kept_items",
    "load",
    "load_transform",
    "read",
    "render",
    "run",
    "save_transform",
    "score",
    "shipped",
    "show_probe",
    "similarity",
    "vectors",
]
