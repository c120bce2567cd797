"""Ranking measures behind one adaptor and one lock, and TREC files as evidence.

`per_query` gives a measure's value for every query, `warm` compiles what it needs beforehand;
`evalkit.ranking.trec` reads judgements and runs that other tools wrote.
"""

from evalkit.ranking.adaptor import Measure, per_query, warm

__all__ = ["Measure", "per_query", "warm"]
