"""The tables of a classification with more labels than a matrix can show."""

import numpy as np

from evalkit.core import registry
from evalkit.core.evidence import Labelled
from evalkit.core.items import Item


def test_many_labels_give_a_list_of_mistakes_in_place_of_a_matrix() -> None:
    n = 60
    classes = tuple(f"c{c:02d}" for c in range(n))
    true = np.repeat(np.arange(n), 2)
    guessed = true.copy()
    guessed[:4] = [5, 5, 7, 1]  # c00 twice as c05, c01 once as c07
    units = tuple(Item(f"u{u}", "") for u in range(2 * n))
    ids = tuple(unit.id for unit in units)
    scores = np.full((2 * n, 1), 0.5)
    clusters = (np.array(ids, object),)
    near = guessed[:, None]
    facts = Labelled(ids, true, classes, near, scores, near, False, clusters, units, units)
    task = registry.create("tasks", "classification", label="kind", k=(1,))
    table = next(iter(task.details(facts)))
    assert table.show == "table"
    assert table.rows == (("c00", "c05", 2), ("c01", "c07", 1))
