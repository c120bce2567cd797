"""Ranking measures behind one adaptor and one lock, and TREC files as evidence.

`per_query` gives a measure's value for every query, `warm` compiles what it needs beforehand, and
`compiled` imports other modules that numba compiles; `evalkit.ranking.trec` reads judgements and
runs that other tools wrote.
"""

from evalkit.ranking.adaptor import Measure, compiled, per_query, warm

__all__ = ["Measure", "compiled", "per_query", "warm"]
