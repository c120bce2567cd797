"""Making a study of stored runs: which results are judged, in which order, and what is shown."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from evalkit.core.errors import UsageError, nearest
from evalkit.core.results import CLEAN, PLAIN, Cell
from evalkit.judging._rows import study_name
from evalkit.judging.records import Place, Prompt, Seen, Study

if TYPE_CHECKING:
    import pyarrow as pa

    from evalkit.archive import Run

GUIDELINE = (
    "Mark a result as effective when it answers the query: a person who asked this would be served "
    "by it. Grade 0 does not answer, 1 answers in part, 2 answers fully. Judge each result by "
    "itself; the order says nothing."
)
"""What reviewers are told where a study says nothing else."""
_DIGEST = re.compile(r"sha256 [0-9a-f]{12}")
_Asked = tuple[str, str]
"""A case and a query."""


class _Listed(NamedTuple):
    """A result of a list: whose it is and where it stood."""

    cell: Cell
    query: str
    rank: int
    item: str


def make_study(
    runs: Sequence[Run],
    name: str,
    *,
    case: str = "",
    models: Sequence[str] = (),
    dims: Sequence[int] = (),
    systems: Sequence[str] = (PLAIN,),
    depth: int = 5,
    wanted: int = 3,
    sample: int | None = None,
    tag: str = "",
    seed: int = 7,
    guideline: str = GUIDELINE,
    created: str = "",
) -> Study:
    """Return a study of the first results that models gave to clean queries in stored runs.

    For each query the first `depth` results of every chosen cell are put together, each once, and
    shuffled by the seed, so that nothing tells model or rank; prompts are shuffled as well. case,
    models, dims: those that are judged, all where none is named. wanted: judgements asked for a
    prompt. sample: so many queries only, drawn in proportion from the queries of each case,
    modality and, where given, value of a tag. created: an ISO time, now where it is "".
    Raises UsageError for runs of different data, for what no run has, for a `depth` beyond what is
    stored, and for a run of a suite with `content: hash`, which has nothing that could be shown.
    """
    _check(runs, depth, wanted, sample)
    chosen = _Chosen(case, frozenset(models), frozenset(dims), frozenset(systems), depth)
    _check_names(runs, chosen)
    listed = sorted({row for run in runs for row in _listed(run, chosen)})
    if not listed:
        raise UsageError("the runs have no results of that kind: they rank nothing, or no such.")
    shown = _Shown(runs)
    pools: dict[_Asked, set[str]] = defaultdict(set)
    for row in listed:
        pools[row.cell.case, row.query].add(row.item)
    asked = _sample(sorted(pools), shown, tag, sample, seed)
    prompts = tuple(
        Prompt(f"p{number:05d}", *one, _shuffled(pools[one], seed, *one))
        for number, one in enumerate(asked, 1)
    )
    seen = shown.of(prompts)
    ids = {(prompt.case, prompt.query): prompt.id for prompt in prompts}
    places = [
        Place(ids[row.cell.case, row.query], row.cell, row.rank, row.item)
        for row in listed
        if (row.cell.case, row.query) in ids
    ]
    return Study(
        name=study_name(name),
        created=created or datetime.now(UTC).isoformat(timespec="seconds"),
        runs=tuple(run.id for run in runs),
        cells=tuple(sorted({place.cell for place in places})),
        depth=depth,
        wanted=wanted,
        seed=seed,
        guideline=guideline,
        prompts=prompts,
        places=tuple(sorted(places, key=lambda p: (p.prompt, p.cell, p.rank))),
        seen=seen,
    )


def unseen(study: Study) -> tuple[tuple[str, str, str], ...]:
    """Return what a study with its views has nothing to show of, as (case, side, id)."""
    views = study.seen.items()
    return tuple(key for key, s in views if not (s.text.strip() or s.picture or s.sound))


# --- checks -----------------------------------------------------------------------------------


class _Chosen(NamedTuple):
    """Which cells are judged, and how deep; what is empty stands for all."""

    case: str
    models: frozenset[str]
    dims: frozenset[int]
    systems: frozenset[str]
    depth: int


def _check(runs: Sequence[Run], depth: int, wanted: int, sample: int | None) -> None:
    """Raise UsageError for numbers that make no study, and for runs of different data."""
    if not runs:
        raise UsageError("a study needs a run.")
    numbers = {"depth": depth, "wanted": wanted, "sample": 1 if sample is None else sample}
    for what, number in numbers.items():
        if number < 1:
            raise UsageError(f"{what} is {number}, but it is 1 at least.")
    prints: dict[str, tuple[str, str]] = {}
    for run in runs:
        for facts in run.cases:
            first, known = prints.setdefault(facts.name, (run.id, facts.fingerprint))
            if known != facts.fingerprint:
                what = f"the runs {first} and {run.id} have other data in the case '{facts.name}'"
                raise UsageError(f"{what}; judge runs of the same data together.")


def _check_names(runs: Sequence[Run], chosen: _Chosen) -> None:
    """Raise UsageError for a case, a model or a size that no run has, or a depth beyond all."""
    facts = [case for run in runs for case in run.cases]
    models = [model for run in runs for model in run.models]
    for what, names, known in (
        ("case", [chosen.case] if chosen.case else [], {c.name for c in facts}),
        ("model", chosen.models, {m.name for m in models}),
        ("size", map(str, chosen.dims), {str(size) for m in models for size in m.sizes}),
        ("system", chosen.systems, {PLAIN} | {s for c in facts for s in c.systems}),
    ):
        for name in sorted(names):
            if name not in known:
                raise UsageError(f"no run has the {what} '{name}'; {nearest(name, known)}")
    for one in facts:
        if chosen.case in ("", one.name) and one.keep < chosen.depth:
            what = f"the case '{one.name}' keeps {one.keep} results of each list"
            raise UsageError(f"{what}; judge as many at most, or run it with a larger `keep`.")


# --- what is judged ---------------------------------------------------------------------------


def _listed(run: Run, chosen: _Chosen) -> Iterator[_Listed]:
    """Yield the results of the chosen lists of a run."""
    import pyarrow.compute as pc

    table = run.rankings.filter(pc.less_equal(run.rankings["rank"], chosen.depth))
    for name, some in (
        ("probe", {CLEAN}),
        ("case", {chosen.case} - {""}),
        ("model", chosen.models),
        ("dim", chosen.dims),
        ("system", chosen.systems),
    ):
        if some:
            table = table.filter(_among(table[name], some))
    for row in _rows(table, "case", "model", "system", "probe", "dim", "query", "rank", "item"):
        yield _Listed(Cell(*row[:5]), *row[5:])


def _among(column: pa.ChunkedArray, some: Iterable[Any]) -> pa.Array:
    """Return which rows of a column hold one of some values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return pc.is_in(column, value_set=pa.array(sorted(some), kind))


def _rows(table: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some columns of a table."""
    yield from zip(*(table[name].to_pylist() for name in names), strict=True)


def _shuffled(items: Iterable[str], seed: int, case: str, query: str) -> tuple[str, ...]:
    """Return items in an order that depends on the seed and the query alone."""
    order = sorted(items)
    random.Random(json.dumps([seed, case, query])).shuffle(order)
    return tuple(order)


def _sample(
    asked: Sequence[_Asked], shown: _Shown, tag: str, size: int | None, seed: int
) -> list[_Asked]:
    """Return queries in random order: all, or so many, each stratum in proportion to its share.

    What is left after rounding down goes to the largest remainders.
    """
    draw = random.Random(seed)
    strata: dict[tuple[str, ...], list[_Asked]] = defaultdict(list)
    for one in asked:
        strata[shown.stratum(one, tag)].append(one)
    total = len(asked) if size is None else min(size, len(asked))
    shares = {key: total * len(some) / len(asked) for key, some in strata.items()}
    counts = {key: int(share) for key, share in shares.items()}
    by_rest = sorted(strata, key=lambda key: (counts[key] - shares[key], key))
    for key in by_rest[: total - sum(counts.values())]:
        counts[key] += 1
    found = [one for key in sorted(strata) for one in draw.sample(strata[key], counts[key])]
    draw.shuffle(found)
    return found


# --- what is shown ----------------------------------------------------------------------------


class _Shown:
    """What the runs keep of queries and results."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self._tables = [run.items for run in runs]
        self._tags: dict[_Asked, tuple[str, Mapping[str, Any]]] = {}
        for table in self._tables:
            for case, side, name, modality, tags in _rows(
                table, "case", "side", "id", "modality", "tags"
            ):
                if side == "query":
                    self._tags.setdefault((case, name), (modality, json.loads(tags or "{}")))

    def stratum(self, asked: _Asked, tag: str) -> tuple[str, ...]:
        """Return what a query is drawn among: its case, modality, and values of a tag."""
        modality, tags = self._tags.get(asked, ("", {}))
        return (asked[0], modality, *(map(str, sorted(tags.get(tag, ()))) if tag else ()))

    def of(self, prompts: Sequence[Prompt]) -> dict[tuple[str, str, str], Seen]:
        """Return what is shown of prompts, something empty where the runs keep nothing of it.

        Raises UsageError where the runs keep digests only.
        """
        wanted = {(p.case, "query", p.query): Seen(p.query, "") for p in prompts}
        for prompt in prompts:
            for item in prompt.results:
                wanted[prompt.case, "corpus", item] = Seen(item, "")
        for table in self._tables:
            keys = [table[name].to_pylist() for name in ("case", "side", "id")]
            at = [n for n, key in enumerate(zip(*keys, strict=True)) if key in wanted]
            names = ("case", "side", "id", "modality", "text", "picture", "sound")
            for case, side, name, *rest in _rows(table.take(at), *names):
                wanted[case, side, name] = _fuller(wanted[case, side, name], Seen(name, *rest))
        if all(_DIGEST.fullmatch(seen.text) for seen in wanted.values()):
            what = "the suite has `content: hash`, so its runs keep digests and nothing to show"
            raise UsageError(f"{what}. Run it with `content: show` to have it judged.")
        return wanted


def _fuller(one: Seen, other: Seen) -> Seen:
    """Return which of two views of the same thing shows more, the first where they are alike."""
    shows = [(bool(s.picture), bool(s.sound), bool(s.text), bool(s.modality)) for s in (one, other)]
    return other if sum(shows[1]) > sum(shows[0]) else one
