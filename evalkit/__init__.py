"""evalkit: is this embedding model, at this vector size, good enough and fair enough for my use?

    import evalkit

    stored = evalkit.run("suites/quickstart.yaml")
    stored.run.frame()                                   # every estimate, with its interval

    found = evalkit.evaluate(query_vectors, corpus_vectors, qrels)
    found.value("ndcg@10").value

Nothing is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.api import (
        Scored,
        Shown,
        Stored,
        allow_endpoints,
        check,
        compare,
        load,
        read,
        render,
        run,
        score,
        show_probe,
    )
    from evalkit.archive import Run
    from evalkit.core.errors import (
        DataError,
        EvalkitError,
        Lacking,
        OutputError,
        ProviderError,
        SuiteError,
        UsageError,
    )
    from evalkit.core.results import Estimate, Verdict
    from evalkit.evaluation import Evaluation, evaluate

__version__ = "0.1.0"

__all__ = [
    "DataError",
    "Estimate",
    "EvalkitError",
    "Evaluation",
    "Lacking",
    "OutputError",
    "ProviderError",
    "Run",
    "Scored",
    "Shown",
    "Stored",
    "SuiteError",
    "UsageError",
    "Verdict",
    "__version__",
    "allow_endpoints",
    "check",
    "compare",
    "evaluate",
    "load",
    "read",
    "render",
    "run",
    "score",
    "show_probe",
]

_HOMES = {
    "api": "Scored Shown Stored allow_endpoints check compare load read render run score "
    "show_probe",
    "archive": "Run",
    "core.errors": "DataError EvalkitError Lacking OutputError ProviderError SuiteError UsageError",
    "core.results": "Estimate Verdict",
    "evaluation": "Evaluation evaluate",
}
_WHERE = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    """Return a public name, its module loaded now."""
    if name not in _WHERE:
        raise AttributeError(f"module 'evalkit' has no attribute '{name}'")
    return getattr(import_module(f"evalkit.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
