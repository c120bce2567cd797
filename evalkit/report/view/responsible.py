"""What a run says about each of eight dimensions of responsible AI, and what it does not say.

The dimensions are those of the AWS AI Service Cards. Each holds checks; an estimate belongs to the
first check that takes it. A check without any estimate was not tested, and is named as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.core.results import CLEAN, Estimate, EstimateKind
from evalkit.report.view.people import People
from evalkit.report.view.scope import Scope, Series
from evalkit.report.view.verdicts import VerdictRow

MEANING = {
    "Controllability": "whether what the model does can be steered and watched",
    "Privacy & Security": "what vectors and results give away, and to whom",
    "Safety": "whether harmful content is refused or kept out of results",
    "Fairness": "what differs between groups of people",
    "Explainability": "whether a similarity, and a result, can be understood",
    "Veracity & Robustness": "whether results are right, and stay right when inputs change",
    "Transparency": "whether those concerned know what was measured, on what, and how",
    "Governance": "who decided what, by which rules, and what is kept of it",
}
"""The eight dimensions in their usual order, and what each asks."""

SMALL = 30
"""Fewer units than this make no group of their own."""
_SHOWN = 24
_COMPARED: frozenset[EstimateKind] = frozenset({"gap", "drop"})
"""Kinds of which there are many alike, and the worst is shown."""


@dataclass(frozen=True, slots=True)
class Check:
    """A thing that can be tested. metrics, kinds: what it takes; empty means all.

    people: whether groups of people are meant, or other groups; None where it does not matter.
    """

    dimension: str
    name: str
    metrics: frozenset[str] = frozenset()
    kinds: frozenset[EstimateKind] = frozenset()
    people: bool | None = None

    def takes(self, kind: str, metric: str, people: bool) -> bool:
        """Return whether an estimate of a kind and a metric, of people or not, is about this."""
        return (
            (not self.metrics or metric.partition("@")[0] in self.metrics)
            and (not self.kinds or kind in self.kinds)
            and (self.people is None or people == self.people)
        )


def _check(dimension: str, name: str, metrics: str) -> Check:
    """Return a check of the metrics whose names a text lists."""
    return Check(dimension, name, frozenset(metrics.split()))


_TRUE, _FAIR = "Veracity & Robustness", "Fairness"
CHECKS = (
    Check(_FAIR, "Quality for groups of people", kinds=frozenset({"gap"}), people=True),
    _check(
        "Controllability",
        "An attribute that a query names is honoured",
        "compliance",
    ),
    _check(
        "Privacy & Security",
        "An attribute of an item can be read off its vector",
        "linear_leakage nonlinear_leakage",
    ),
    _check(
        _FAIR,
        "Balance of groups among the results of queries that name none",
        "tvd abs_bias bias bias_low bias_high ndkl awrf min_skew max_skew exposure_ratio ee_l gini "
        "skew infeasible_index infeasible_count retrievability_ratio amplification label_coverage",
    ),
    _check(
        _FAIR,
        "Relevant items of each group are found alike",
        "equal_opportunity_gap equal_opportunity_lead equal_opportunity_ratio "
        "pairwise_accuracy_gap",
    ),
    _check(
        _FAIR,
        "Results stay when only a gendered word changes",
        "rab arab ndrab similarity_bias swap_rbo swap_jaccard swap_top1 wording_balance "
        "wording_preference",
    ),
    _check(
        _FAIR,
        "Associations of groups with attributes in the space",
        "association_effect association_effect_centred association_lean association_lean_centred "
        "association_share association_share_centred",
    ),
    _check(
        "Explainability",
        "What a similarity says: alike and unlike pairs, and a threshold's errors",
        "separation varied_gap varied_success roc_auc equal_error_rate equal_error_threshold "
        "calibration_error score_drift threshold_misses",
    ),
    _check("Transparency", "Results that somebody judged", "judged"),
    Check("Governance", "A gate against a stored run", kinds=frozenset({"regression"})),
    Check("Controllability", "Quality kept at smaller vector sizes", kinds=frozenset({"loss"})),
    _check(_TRUE, "Overall effectiveness", "effective"),
    _check(_TRUE, "Kinds of error", "irrelevant missed contradictory inconsistent error_cost"),
    _check(
        _TRUE,
        "Contradiction and negation",
        "contradiction_rate contrast_accuracy contrast_margin contrast_query_accuracy "
        "inversion_rate same_document paraphrase_control",
    ),
    _check(
        _TRUE,
        "Consistency over wordings of one need",
        "all_variants variant_rbo variant_top1 worst_variant wording_share",
    ),
    _check(
        _TRUE,
        "What matters against what must not: content and context",
        "confounding_ratio content_accuracy content_purity content_variance context_leakage "
        "context_variance d_prime distractor_drop easy_recall hard_recall separation_auc "
        "triplet_accuracy",
    ),
    Check(
        _TRUE,
        "Inputs changed in ways that must not matter",
        kinds=frozenset({"drop", "mean_drop", "area"}),
    ),
    _check(
        _TRUE,
        "How far results and vectors move when inputs change",
        "harmful_flips healing_flips neutral_flips jaccard normalised_shift rbo self_retrieval "
        "top1_same",
    ),
    _check(
        _TRUE,
        "The shape of the space: hubs, gaps and spread",
        "alignment anisotropy antihubs effective_rank hub_share hub_skewness modality_gap "
        "robin_hood uniformity",
    ),
    Check(_TRUE, "Quality for other groups of inputs", kinds=frozenset({"gap"}), people=False),
    Check(_TRUE, "Systems and models compared", kinds=frozenset({"advantage"})),
    Check(_TRUE, "Quality on the input as it is"),
)
"""In the order in which they are asked; the last takes every metric that no other names."""

_WRITTEN = ("Transparency", "Governance")
"""Dimensions that are answered by what is written down as much as by a test."""
NEVER = {
    "Controllability": ("The model's purpose setting against none",),
    "Privacy & Security": (
        "Planted personal identifiers found by queries that have no right to them",
        "Near-duplicates found across customers",
        "Inputs rebuilt from their vectors",
    ),
    "Safety": (
        "Refusal of inputs that must be refused",
        "Unsafe items among the results of harmless queries",
        "Hidden text in pictures, and items planted to be found",
    ),
    "Explainability": ("Which part of an input makes it similar",),
    "Governance": ("Sign-off by a person",),
}
"""What no estimate of a run can show so far: always listed as not tested."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An estimate that a card shows. of: among how many like it this one is the worst, else 1."""

    estimate: Estimate
    of: int = 1

    @property
    def words(self) -> str:
        """Return what the number is, as a person would say it."""
        e = self.estimate
        parts = [f"{e.cell.case}: {_kind_words(e)}", f"on {Series(e.cell.model, e.cell.system)}"]
        parts += [f"for {e.group}"] if e.group else []
        parts += [f"under {e.cell.probe}"] if e.cell.probe not in (CLEAN, "*") else []
        return " ".join([*parts, f"at {e.cell.dim}"])


def _kind_words(e: Estimate) -> str:
    """Return a metric, and what of it was estimated."""
    words: Mapping[EstimateKind, str] = {
        "gap": f"gap of {e.metric} to the rest",
        "drop": f"drop of {e.metric}",
        "mean_drop": f"mean drop of {e.metric} over all probes",
        "loss": f"loss of {e.metric} against {e.against.removeprefix('at ')}",
        "advantage": f"{e.metric} compared with {e.against}",
        "regression": f"loss of {e.metric} since {e.against}",
        "excess": f"{e.metric} beyond chance",
    }
    return words.get(e.kind, e.metric)


@dataclass(frozen=True, slots=True)
class Tested:
    """A check with what the run found. more: how many findings like these are not shown."""

    name: str
    findings: tuple[Finding, ...]
    more: int
    verdicts: tuple[VerdictRow, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the eight: what was tested, what else the run records, and what was not tested."""

    name: str
    meaning: str
    tested: tuple[Tested, ...]
    recorded: tuple[str, ...]
    untested: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """Whether nothing was tested of what only a test can show."""
        return not self.tested and self.name not in _WRITTEN

    @property
    def anchor(self) -> str:
        """Return a name to link to."""
        return "-".join(re.findall("[a-z]+", self.name.lower()))


def dimensions(
    cases: Sequence[Scope],
    verdicts: Sequence[VerdictRow],
    recorded: Mapping[str, Sequence[str]],
    untested: Mapping[str, Sequence[str]],
    high: frozenset[str],
    people: People,
) -> tuple[Dimension, ...]:
    """Return the eight dimensions.

    recorded, untested: what the run says of each in words. high: the metrics of which more is
    better. people: what tells groups of people from others.
    """
    tested = dict(_tested(cases, verdicts, high, people))
    return tuple(_dimension(name, tested, recorded, untested) for name in MEANING)


def _dimension(
    name: str,
    tested: Mapping[Check, Tested],
    recorded: Mapping[str, Sequence[str]],
    untested: Mapping[str, Sequence[str]],
) -> Dimension:
    """Return one dimension with its checks in their order."""
    mine = [check for check in CHECKS if check.dimension == name]
    lacking = [check.name for check in mine if check not in tested]
    return Dimension(
        name=name,
        meaning=MEANING[name],
        tested=tuple(tested[check] for check in mine if check in tested),
        recorded=tuple(recorded.get(name, ())),
        untested=(*lacking, *untested.get(name, ()), *NEVER.get(name, ())),
    )


def _tested(
    cases: Sequence[Scope], verdicts: Sequence[VerdictRow], high: frozenset[str], people: People
) -> Iterator[tuple[Check, Tested]]:
    """Yield each check about which there is an estimate or a verdict."""
    found: dict[Check, list[Finding]] = {check: [] for check in CHECKS}
    judged: dict[Check, list[VerdictRow]] = {check: [] for check in CHECKS}
    for row in verdicts:
        v = row.verdict
        judged[_of(kind_of(row), v.metric, people.holds(v.group))].append(row)
    for scope in cases:
        for check, finding in _findings(scope, high, people):
            found[check].append(finding)
    for check in CHECKS:
        rows = found[check]
        if rows or judged[check]:
            shown, more = tuple(rows[:_SHOWN]), max(0, len(rows) - _SHOWN)
            yield check, Tested(check.name, shown, more, tuple(judged[check]))


def _of(kind: str, metric: str, people: bool) -> Check:
    """Return the check that an estimate is about."""
    return next(check for check in CHECKS if check.takes(kind, metric, people))


def kind_of(row: VerdictRow) -> str:
    """Return what a verdict is about, by its bound where no estimate was found for it."""
    starts = {
        "drops": "drop", "trails": "gap", "exceeds": "excess", "lies": "excess",
        "better": "advantage",
    }  # fmt: skip
    if row.kind or not row.verdict.bound.startswith((*starts, "no worse")):
        return row.kind or "value"
    other = re.match(r"no worse than (\w+)", row.verdict.bound)
    against = {"at": "loss", "run": "regression"}
    return against.get(other[1], "advantage") if other else starts[row.verdict.bound.split()[0]]


def _findings(
    scope: Scope, high: frozenset[str], people: People
) -> Iterator[tuple[Check, Finding]]:
    """Yield what a case shows for each check: values, and of many comparisons the worst."""
    ends = {(s, dim) for s in scope.series for dim in scope.ends(s)}
    sorted_in: dict[tuple[Check, object], list[Estimate]] = {}
    for e in scope.estimates.rows:
        if e.cell.case != scope.facts.name or e.value != e.value or not _is_shown(scope, e):
            continue
        if (Series(e.cell.model, e.cell.system), e.cell.dim) not in ends:
            continue
        several = e.kind in _COMPARED or e.cell.probe != CLEAN
        among = (replace(e.cell, probe=""), e.kind, e.metric) if several else e
        check = _of(e.kind, e.metric, people.holds(e.group))
        sorted_in.setdefault((check, among), []).append(e)
    for (check, _), rows in sorted_in.items():
        yield check, _worst(rows, high)


def _is_shown(scope: Scope, e: Estimate) -> bool:
    """Return whether a card shows an estimate: comparisons of the leading metric, plain values."""
    if e.kind in ("null", "attainable", "area") or bool(e.group) != (e.kind == "gap"):
        return False
    if e.kind == "mean_drop":
        return e.metric == scope.primary and e.cell.probe == "*"
    if e.kind == "drop":
        return e.metric == scope.primary
    if e.cell.probe != CLEAN:
        return e.metric in scope.changes and e.kind == "value"
    return e.metric == scope.primary or e.kind in ("value", "excess", "regression")


def _worst(rows: Sequence[Estimate], high: frozenset[str]) -> Finding:
    """Return the worst of several; a small group gives way to the others."""
    large = [e for e in rows if e.n >= SMALL] or list(rows)
    turned = rows[0].kind == "value" and rows[0].metric in high
    return Finding(max(large, key=lambda e: -e.value if turned else e.value), len(rows))
