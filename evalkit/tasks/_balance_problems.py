"""What is wrong with data for a question of balance, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.core.arrays import Bool, Float64
from evalkit.core.items import Dataset, Item
from evalkit.tasks import _protected, _targets

if TYPE_CHECKING:
    from evalkit.tasks.gender_balance import GenderBalance

_SHOWN = 5
_SLACK = 1e-9


def of_labels(task: GenderBalance, data: Dataset) -> Iterator[str]:
    """Yield what is wrong with the groups of items, and with those that queries name."""
    yield from _protected.mislabelled(data.corpus, task.protected, task.groups, task.others)
    held = _protected.membership(data.corpus, task.protected, task.groups).sum(axis=0)
    there = [group for group, count in zip(task.groups, held, strict=True) if count > 0]
    if not there:
        yield f"no item has a known {task.protected}: none of {', '.join(task.groups)}."
    elif len(there) == 1:
        yield f"every labelled item has the {task.protected} '{there[0]}'; there is one group only."
    else:
        lacks = [group for group in task.groups if group not in there]
        if lacks:
            yield f"no item has the {task.protected} {', '.join(map(repr, lacks))}."
    if task.matched and not _protected.sets(data.corpus, task.matched).any():
        yield f"no item has the tag '{task.matched}', by which versions are matched."
    named = task.asked(data)
    yield from _protected.misasked(data.queries, named, task.explicit, task.groups, task.others)


def of_pools(task: GenderBalance, data: Dataset) -> Iterator[str]:
    """Yield pools that are empty, too small for k, or of which too little is labelled."""
    units = task.units(data)
    pool = _protected.pools(units, data.corpus, task.pool)
    member = _protected.membership(data.corpus, task.protected, task.groups)
    size, labelled = pool.sum(axis=1), pool @ member.sum(axis=1)
    empty = size == 0
    if empty.any():
        yield (
            f"no item shares the tag '{task.pool}' with {_count(empty)} of {len(units)} queries, "
            f"such as '{units[int(empty.argmax())].id}'."
        )
    known = np.where(empty, 1.0, labelled / np.maximum(size, 1))
    yield from too_deep(task, data, task.k)
    thin = known < task.coverage - _SLACK
    if thin.any():
        worst = int(known.argmin())
        yield (
            f"of what the query '{units[worst].id}' can find ({_pool(task, units[worst])}), "
            f"{known[worst]:.0%} have a known {task.protected}, less than the coverage "
            f"{task.coverage:g}; so do {_count(thin)} of {len(units)} queries. Label more items, "
            "or ask for less coverage."
        )


def too_deep(task: GenderBalance, data: Dataset, k: int, evened: bool = False) -> Iterator[str]:
    """Yield that k is more than half of the labelled items of a pool, where it is.

    evened: count of each group only as many as of the smallest, as a pool made even keeps them.
    """
    units = task.units(data)
    pool = _protected.pools(units, data.corpus, task.pool)
    member = _protected.membership(data.corpus, task.protected, task.groups)
    size = pool @ member
    labelled = size.shape[1] * size.min(axis=1) if evened else size.sum(axis=1)
    small = pool.any(axis=1) & (k > labelled / 2 + _SLACK)
    if small.any():
        worst = int(np.where(small, labelled, np.inf).argmin())
        most, left = int(labelled[worst] // 2), ", once groups are made even" if evened else ""
        yield (
            f"the first {k} places are more than half of the {labelled[worst]:g} labelled items "
            f"that the query '{units[worst].id}' can find ({_pool(task, units[worst])}{left}); no "
            f"outcome could be told from chance. So it is for {_count(small)} of {len(units)} "
            f"queries. {f'Look at {most} places at most, or add' if most else 'Add'} items."
        )


def of_targets(task: GenderBalance, data: Dataset, known: Float64) -> Iterator[str]:
    """Yield targets that hold a zero, and tables that know none of the subjects."""
    units = task.units(data)
    if not len(units):
        return
    external = _targets.uses(task.target, _targets.EXTERNAL)
    if np.isnan(known).all() and _targets.table(task.target, task.shares):
        yield "the table of shares has no row for the subject of any query; compare their names."
        return
    pool = _protected.pools(units, data.corpus, task.pool)
    member = _protected.membership(data.corpus, task.protected, task.groups)
    right = task.relevant(data, 1)
    target = _targets.targets(task.target, task.groups, member, pool, right, known)
    named = task.asked(data)
    neutral = named[named != _protected.ASIDE] == _protected.NEUTRAL
    lost = np.isnan(target).any(axis=1) & neutral & pool.any(axis=1)
    if external:
        lost &= np.isfinite(known).all(axis=1)
    if lost.any():
        yield (
            f"the target ({_targets.described(task.target)}) of {_named(units, lost)} gives some "
            "group nothing; no list can be held against a share of 0."
        )


def _pool(task: GenderBalance, query: Item) -> str:
    """Return the pool of a query in words."""
    if not task.pool:
        return "the whole corpus"
    return f"{task.pool}: {'|'.join(query.tag(task.pool))}"


def _count(some: Bool) -> int:
    """Return how many there are."""
    return int(some.sum())


def _named(units: Sequence[Item], some: Bool) -> str:
    """Return some queries by id, and how many more there are."""
    ids = [f"'{units[n].id}'" for n in np.flatnonzero(some).tolist()]
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"the queries {', '.join(ids[:_SHOWN])}{more}"
