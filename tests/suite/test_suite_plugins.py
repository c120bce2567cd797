"""Parameters reach plugins strictly, and what a model or probe cannot do is said beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import pytest

from evalkit import suite
from evalkit.core import registry
from evalkit.core.errors import Problem, ProviderError, SuiteError, UsageError, nearest

Write = Callable[[dict[str, str]], Path]
Complain = Callable[[dict[str, str]], list[str]]


@dataclass(frozen=True)
class Fake:
    """A model with parameters of every kind."""

    sizes: tuple[int, ...] = (256,)
    region: str = "here"
    share: float = 1.0
    how: Literal["fast", "slow"] = "fast"
    extra: Mapping[str, int] | None = None
    either: int | str = 0
    weights: Path | None = None
    file: str = ""
    fail: bool = False
    modalities: ClassVar[frozenset[str]] = frozenset({"image"})

    def __post_init__(self) -> None:
        if self.fail:
            raise ProviderError("the service is asleep.")
        if self.region == "nowhere":
            raise UsageError(Problem("region", "there is none."), Problem("share", "how much?"))
        if self.share < 0:
            raise ValueError("share is negative")


@dataclass(frozen=True)
class Text(Fake):
    """The same for text."""

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})


@dataclass(frozen=True)
class Keyed:
    """A model with a parameter that has no default."""

    key_name: str


@dataclass(frozen=True)
class Rotate:
    """A probe of one side only."""

    modalities: ClassVar[frozenset[str]] = frozenset({"text"})
    sides: ClassVar[frozenset[str]] = frozenset({"corpus"})
    degrees: int = 90


@dataclass(frozen=True)
class Pairs:
    """A metric of another kind of evidence."""

    evidence_kind: ClassVar[str] = "pair"
    name: ClassVar[str] = "pairs"
    base: float = 2.0


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    for family, name, cls in (
        ("providers", "fake", Fake),
        ("providers", "text", Text),
        ("providers", "keyed", Keyed),
        ("probes", "rotate", Rotate),
        ("metrics", "pairs", Pairs),
    ):
        registry.names(family)
        monkeypatch.setitem(registry._known[family], name, cls)


def made(write: Write, params: str) -> Any:
    return suite.load(write({"[reference]": f"[text: {{{params}}}]", "1024, ": ""})).models[0]


def test_parameters_arrive_as_the_fields_say(write: Write) -> None:
    params = "sizes: [256, 64], share: 1, how: slow, extra: {a: 1}, either: x, weights: w/a.bin"
    found = made(write, params).embedder
    assert found == Text((256, 64), "here", 1.0, "slow", {"a": 1}, "x", Path("w/a.bin"))


def test_files_named_by_a_text_count_from_the_suite_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write({"[reference]": "[text: {file: s.yaml, region: s}]", "1024, ": ""}).resolve()
    monkeypatch.chdir("/")
    found: Any = suite.load(path).models[0].embedder
    assert found.file == str(path)
    assert found.region == "s"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ("share: yes", "text.share: expected a number, got the text 'yes'."),
        ("share: '1'", "text.share: expected a number, got the text '1'."),
        ("region: 5", "text.region: expected a text, got the number 5."),
        ("fail: 1", "text.fail: expected true or false, got the number 1."),
        ("how: quick", "text.how: expected fast or slow, got the text 'quick'."),
        ("sizes: 256", "text.sizes: expected a list, got the number 256."),
        ("sizes: [256, a]", "text.sizes.1: expected a whole number, got the text 'a'."),
        ("extra: {a: b}", "text.extra.a: expected a whole number, got the text 'b'."),
        ("extra: [1]", "text.extra: expected keys and values, got a list."),
        ("either: [1]", "text.either: expected a whole number or a text, got a list."),
        ("shares: 1", "text.shares: 'text' has no parameter 'shares'; did you mean 'share'?"),
        ("how: 5", "text.how: expected the text 'fast' or 'slow', got the number 5."),
        ("share: -1", "'text' cannot be made like this: share is negative."),
    ],
)
def test_wrong_parameters(write: Write, params: str, said: str) -> None:
    with pytest.raises(SuiteError) as caught:
        made(write, params)
    (problem,) = caught.value.problems
    where, _, rest = str(problem).partition(" models.0")
    assert where.startswith("s.yaml:2:")
    assert rest.lstrip(":. ") == said


def test_a_missing_parameter(complain: Complain) -> None:
    assert complain({"[reference]": "[keyed]"}) == [
        "s.yaml:2:10 models.0: 'keyed' needs the parameter 'key_name'. "
        "Write keyed: {key_name: ...}."
    ]


def test_what_a_provider_says_keeps_its_kind_where_nothing_else_is_wrong(write: Write) -> None:
    with pytest.raises(ProviderError, match=r"s.yaml:2:10 models.0: the service is asleep."):
        made(write, "fail: true")
    edit = {"[reference]": "[text: {fail: true}]", "[ndcg@10": "[ndgc@10"}
    with pytest.raises(SuiteError) as caught:
        suite.load(write(edit))
    assert [str(problem).partition(" ")[2] for problem in caught.value.problems] == [
        "models.0: the service is asleep.",
        "cases.0.metrics.0: unknown metric 'ndgc@10'; did you mean 'ndcg@10'?",
    ]


def test_what_a_plugin_says_of_a_parameter_stands_at_it_where_it_is_written(
    complain: Complain,
) -> None:
    assert complain({"[reference]": "[m: {provider: text, region: nowhere}]"}) == [
        "s.yaml:2:10 models.0: share: how much?",
        "s.yaml:2:30 models.0.m.region: there is none.",
    ]


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("us-esat-1", ["us-east-1", "us-west-1", "x"], "did you mean 'us-east-1' or 'us-west-1'?"),
        ("us-east-11", ["us-east-1", "us-west-1"], "did you mean 'us-east-1'?"),
        ("ax", ["ad", "ac", "ab", "bx"], "known: ab, ac, ad, bx."),
        ("abx", ["abd", "abc", "abb"], "did you mean 'abb', 'abc' or 'abd'?"),
        ("x", list("abcdefghijkl"), "known: a, b, c, d, e, f, g, h, i, j, k, l."),
        ("x", list("abcdefghijklm"), "known: a, b, c, d, e, f, g, h, i, j, k, l, ..."),
        ("x", [], "nothing of that kind is known here."),
    ],
)
def test_the_nearest_names_are_named(name: str, known: list[str], said: str) -> None:
    assert nearest(name, known) == said


def test_a_size_that_one_model_does_not_offer_is_fine_until_a_gate_names_the_model(
    write: Write, complain: Complain
) -> None:
    models = {"[reference]": "[reference, text]"}
    assert suite.load(write({**models, "256, at_": "1024, at_"})).models[1].dims == (1024, 256)
    assert complain({**models, "256, at_": "1024, model: text, at_"}) == [
        "s.yaml:11:32 gates.0.at: the model 'text' does not offer the size 1024. It offers 256."
    ]
    over = "at: 1024, advantage_over: {model: text}, margin: 0"
    assert complain({**models, "at: 256, at_least: 0.5": over}) == [
        "s.yaml:11:59 gates.0.advantage_over.model: the model 'text' is not measured at the "
        "size 1024. Choose another size."
    ]


def test_a_modality_that_a_model_does_not_embed(write: Write, complain: Complain) -> None:
    models = {"[reference]": "[reference, fake]"}
    assert len(suite.load(write(models)).models) == 2
    assert complain({**models, "256, at_": "256, model: fake, at_"}) == [
        "s.yaml:11:5 gates.0: the case holds text, which the model 'fake' does not embed. "
        "Choose another model or case."
    ]
    assert complain({"[reference]": "[fake]", "1024, ": ""}) == [
        "s.yaml:11:5 gates.0: the case holds text, which no model embeds. "
        "Choose another model or case."
    ]


def test_a_probe_of_one_side(write: Write, complain: Complain) -> None:
    plan = suite.load(write({"[typos: {severities": "[rotate: {degrees: 5, severities"}))
    (probe,) = plan.cases[0].probes
    made: Any = probe.probe
    assert (probe.side, probe.severities, made.degrees) == ("corpus", (1, 3), 5)
    assert complain({"[typos: {severities: [1, 3]": "[rotate: {side: query"}) == [
        "s.yaml:9:23 cases.0.probes.0.rotate.side: the probe 'rotate' changes the corpus side only."
    ]


def test_a_metric_of_another_kind_of_evidence(complain: Complain) -> None:
    assert complain({"recall@1": "pairs"}) == [
        "s.yaml:7:24 cases.0.metrics.1: the metric 'pairs' reads pairs, the task gives rankings. "
        "Choose a metric that fits the task."
    ]
    assert complain({"recall@1": "pairs: {base: ten}"}) == [
        "s.yaml:7:32 cases.0.metrics.1.pairs.base: expected a number, got the text 'ten'."
    ]


def test_cases_are_compared_over_equal_queries_only(complain: Complain) -> None:
    second = "cases:\n  - {name: second, data: data, queries: {language: es}, metrics: [recall@1]}"
    over = "at: 256, advantage_over: {case: second}, margin: 0"
    assert complain({"cases:": second, "at: 256, at_least: 0.5": over}) == [
        "s.yaml:12:58 gates.0.advantage_over.case: the case 'second' does not compute 'ndcg@10'. "
        "Add it to its metrics.",
        "s.yaml:12:58 gates.0.advantage_over.case: the cases 'c' and 'second' differ in queries "
        "or truth. Compare cases over the same queries.",
    ]


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({}, "the stored run 'old' has no case 'c'. Store a new one."),
        (
            {"c": "other"},
            "the stored run 'old' measured other data in the case 'c'. "
            "Store a new one from the data as it is now.",
        ),
        (
            {"c": ""},
            "the stored run 'old' has no 'ndcg@10' of the case 'c' at 256 for a model of the "
            "suite. Store a new one.",
        ),
    ],
)
def test_a_stored_run_of_other_data_is_refused(
    write: Write,
    complain: Complain,
    monkeypatch: pytest.MonkeyPatch,
    stored: dict[str, str],
    said: str,
) -> None:
    data = suite.load(write({})).cases[0].data
    prints = {name: given or data.fingerprint() for name, given in stored.items()}
    run = SimpleNamespace(fingerprints=prints, measured={}, relevant={})
    monkeypatch.setattr("evalkit.archive.stored_scores", lambda path: run)
    Path("old").mkdir()
    against = "at: 256, no_worse_than: {run: old}, margin: 0.01"
    where = "s.yaml:11:57 gates.0.no_worse_than.run: "
    assert complain({"at: 256, at_least: 0.5": against}) == [where + said]


def test_a_stored_run_is_read_once_and_kept(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from evalkit.core.results import Cell

    read: list[Path] = []
    data = suite.load(write({})).cases[0].data
    cell = Cell("c", "reference", dim=256)
    run = SimpleNamespace(
        relevant={}, fingerprints={"c": data.fingerprint()}, measured={(cell, "ndcg@10"): None}
    )

    def stored_scores(path: Path) -> Any:
        read.append(path)
        return run

    monkeypatch.setattr("evalkit.archive.stored_scores", stored_scores)
    Path("old").mkdir()
    gate = "at: 256, no_worse_than: {run: old}, margin: 0.01}"
    both = f"{gate}\n  - {{case: c, metric: ndcg@10, {gate}"
    found = suite.load(write({"at: 256, at_least: 0.5}": both})).gates
    assert [gate.bound.against and gate.bound.against.stored for gate in found] == [run, run]
    assert read == [Path("old")]
