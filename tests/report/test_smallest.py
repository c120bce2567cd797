"""The smallest size that is not inferior, by the suite's margin, and its exceptions."""

from dataclasses import replace

from evalkit.archive import Run
from evalkit.core.results import Cell, Estimate
from evalkit.report.view import view
from evalkit.report.view.smallest import USUAL_MARGIN, Smallest

CELL = Cell("photos", "alpha", dim=256)


def loss(low: float, high: float, cell: Cell = CELL, group: str = "", n: int = 40) -> Estimate:
    value = (low + high) / 2
    return Estimate("loss", cell, "at 1024", "ndcg@10", group, value, low, high, n, 0.5, "bca")


def found(run: Run, *losses: Estimate, bound: str = "") -> Smallest:
    """Return what is said of alpha in a run with these losses alone."""
    kept = tuple(e for e in run.estimates if e.kind != "loss")
    gates = tuple(replace(v, bound=bound or v.bound, cell=CELL) for v in run.verdicts[:1])
    seen = view(replace(run, estimates=kept + losses, verdicts=gates)).frontiers[0]
    (one,) = seen.smallest
    return one


def test_a_loss_that_lies_within_the_margin_is_small_enough(run: Run) -> None:
    one = found(run, loss(0.0, 0.04), bound="no worse than at 1024 by more than 0.05")
    assert (one.dim, one.widest, one.margin, one.stated) == (256, 1024, 0.05, True)
    assert one.loss is not None
    assert one.loss.high == 0.04


def test_an_interval_that_passes_the_margin_leaves_the_widest(run: Run) -> None:
    one = found(run, loss(0.0, 0.06), bound="no worse than at 1024 by more than 0.05")
    assert (one.dim, one.loss) == (1024, None)
    assert not one.inferior


def test_without_a_gate_the_usual_margin_is_used_and_said_so(run: Run) -> None:
    one = found(run, loss(-0.01, USUAL_MARGIN))
    assert (one.dim, one.margin, one.stated) == (256, USUAL_MARGIN, False)


def test_groups_and_probes_beyond_the_margin_are_exceptions(run: Run) -> None:
    probed = replace(CELL, probe="typos/5@query")
    one = found(
        run,
        loss(0.0, 0.01),
        loss(0.03, 0.09, group="language=en"),
        loss(0.0, 0.09, cell=probed),
        loss(0.03, 0.09, group="language=es", n=12),
    )
    assert [(x.name, x.loss.low) for x in one.inferior] == [("language=en", 0.03)]
    assert [x.name for x in one.open] == ["typos/5@query"]
    assert (one.grouped, one.small) == (True, 1)


def test_a_run_without_losses_of_groups_says_that_it_has_none(run: Run) -> None:
    assert not found(run, loss(0.0, 0.01)).grouped
