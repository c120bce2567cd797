from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from evalkit.core import registry
from evalkit.core.errors import DataError, EvalkitError
from evalkit.core.protocols import Usage
from evalkit.prices import Cost, Prices, load

NOVA = "amazon.nova-2-multimodal-embeddings-v1:0"
MARENGO = "twelvelabs.marengo-embed-2-7-v1:0"


@pytest.fixture(autouse=True)
def _no_file_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVALKIT_PRICES", raising=False)


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(text, "utf-8")
    return path


def complaints(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(DataError) as caught:
        load(own(tmp_path, text))
    return [str(problem).removeprefix(str(tmp_path) + "/") for problem in caught.value.problems]


# --- the shipped table --------------------------------------------------------------------------


def test_the_shipped_table_is_dated_and_sourced() -> None:
    prices = load()
    assert prices.checked == date(2026, 11, 21)
    assert prices.file is None
    for model, price in prices.models.items():
        assert price.confidence in ("good", "fair", "poor"), model
        assert price.source, model
        assert not price.source.endswith(".yaml"), model
        assert price.checked == prices.checked


def hosted() -> Iterator[tuple[str, str]]:
    """Yield each hosted provider that can be made without parameters, and its model."""
    for name in registry.names("providers"):
        cls = registry.find("providers", name)
        if not hasattr(cls, "traffic"):
            continue
        try:
            yield name, cls().model
        except (TypeError, EvalkitError):
            continue


def test_every_hosted_model_has_an_entry() -> None:
    prices = load()
    assert {name: model for name, model in hosted() if prices.find(model) is None} == {}


# --- arithmetic ---------------------------------------------------------------------------------


def test_each_kind_of_input_is_charged() -> None:
    prices = load()
    usage = Usage(4, tokens=2_000_000, images=1_000, audio_seconds=100, video_seconds=1_000)
    cost = prices.cost(NOVA, usage)
    assert cost.dollars == pytest.approx(
        2 * 0.135 + 1_000 * 0.00006 + 100 * 0.00014 + 1_000 * 0.0007
    )
    assert cost.unknown == ()
    assert prices.cost(NOVA, Usage()) == Cost(0.0)


def test_regional_profiles_cost_what_the_model_costs() -> None:
    prices = load()
    for profile in ("us.", "eu.", "global.", ""):
        assert prices.cost(f"{profile}cohere.embed-v4:0", Usage(tokens=1e6)).dollars == 0.12


def test_text_by_the_call() -> None:
    prices = load()
    assert prices.cost(MARENGO, Usage(calls=10, tokens=999)).dollars == pytest.approx(0.0007)
    assert prices.cost(MARENGO, Usage(calls=10, images=10)).dollars == pytest.approx(0.001)
    mixed = Usage(calls=10, tokens=50, images=4)
    assert prices.cost(MARENGO, mixed).dollars == pytest.approx(6 * 0.00007 + 4 * 0.0001)


def test_what_has_no_price_is_said() -> None:
    prices = load()
    usage = Usage(calls=2, tokens=1_000_000, images=3)
    assert prices.cost("cohere.embed-v4:0", usage) == Cost(0.12, ("images",))
    assert prices.cost("multimodalembedding@001", usage) == Cost(0.0, ("text", "images"))
    assert prices.cost("a-model-of-mine", usage) == Cost(0.0, ("text", "images"))
    assert prices.cost("a-model-of-mine", Usage(audio_seconds=1, video_seconds=1)).unknown == (
        "audio",
        "video",
    )
    assert prices.cost("a-model-of-mine", Usage(calls=5)) == Cost(0.0)


def test_costs_add_up() -> None:
    total = Cost(1, ("audio",)) + Cost(2, ("images", "audio")) + Cost(3)
    assert total == Cost(6, ("audio", "images"))


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        (Cost(0), "$0.00"),
        (Cost(1234.567), "$1,234.57"),
        (Cost(0.5), "$0.50"),
        (Cost(0.0347), "$0.035"),
        (Cost(0.000_12), "$0.00012"),
        (Cost(0.000_1), "$0.00010"),
        (Cost(0.000_099), "under $0.0001"),
        (Cost(1e-12), "under $0.0001"),
        (Cost(0.000_012, ("images",)), "under $0.0001, without images"),
        (Cost(1.2, ("images", "video")), "at least $1.20, without images, video"),
        (Cost(0, ("text",)), "no price known for text"),
    ],
)
def test_costs_in_words(cost: Cost, words: str) -> None:
    assert str(cost) == words


# --- a file of one's own --------------------------------------------------------------------------

MINE = f"""\
checked: 2027-01-05
models:
  {NOVA}:
    per_image: 0.0006
    per_video_second: null
  nomic-embed-text:
    per_million_tokens: 0
    source: our own machines
"""


def test_a_file_of_ones_own_is_laid_over(tmp_path: Path) -> None:
    path = own(tmp_path, MINE)
    prices = load(path)
    nova = prices.models[NOVA]
    assert (nova.per_million_tokens, nova.per_image, nova.per_video_second) == (0.135, 0.0006, None)
    assert (nova.source, nova.note, nova.checked) == (str(path), "", date(2027, 1, 5))
    assert prices.models["nomic-embed-text"].source == "our own machines"
    assert prices.cost("nomic-embed-text", Usage(tokens=5)) == Cost(0.0)
    assert prices.models[MARENGO] == load().models[MARENGO]
    assert (prices.checked, prices.file) == (date(2026, 11, 21), path)
    assert prices.own == "prices.yaml of 2027-01-05"
    assert load(own(tmp_path, "models:\n")).own == "prices.yaml"
    assert load().own == ""


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_PRICES", str(own(tmp_path, MINE)))
    assert load().models[NOVA].per_image == 0.0006
    other = tmp_path / "other.yaml"
    other.write_text("models: {}\n")
    assert load(other).models == load(other).models
    assert load(other).models[NOVA].per_image == 0.00006
    monkeypatch.setenv("EVALKIT_PRICES", "")
    assert load() == Prices(date(2026, 11, 21), load().models)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        load(tmp_path / "gone.yaml")
    assert str(caught.value) == (
        f"{tmp_path}/gone.yaml: the prices cannot be read (No such file or directory)."
        " Check the path."
    )


def test_problems_say_that_the_environment_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = own(tmp_path, "modles: {}\ncurrency: EUR\n")
    monkeypatch.setenv("EVALKIT_PRICES", str(bad))
    with pytest.raises(DataError) as caught:
        load()
    assert str(caught.value).splitlines() == [
        f"{bad}: unknown key 'modles'; did you mean 'models'? EVALKIT_PRICES names this file.",
        f"{bad}: the currency is 'EUR'; prices are in USD. Convert them. "
        "EVALKIT_PRICES names this file.",
    ]
    monkeypatch.setenv("EVALKIT_PRICES", str(tmp_path / "gone.yaml"))
    with pytest.raises(DataError, match=r"Check the path\. EVALKIT_PRICES names this file\.$"):
        load()
    with pytest.raises(DataError) as caught:
        load(bad)
    assert "EVALKIT_PRICES" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "models:\n", "checked: 2027-01-01\n"])
def test_a_file_that_says_nothing_changes_nothing(text: str, tmp_path: Path) -> None:
    assert load(own(tmp_path, text)).models == load().models


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("modles: {}", "prices.yaml: unknown key 'modles'; did you mean 'models'?"),
        ("currency: EUR", "prices.yaml: the currency is 'EUR'; prices are in USD. Convert them."),
        ("[1]", "prices.yaml: expected keys with values, not [1]."),
        ("models: 3", "prices.yaml models: expected keys with values, not 3."),
        ("models: {m: 3}", "prices.yaml models.m: expected keys with values, not 3."),
        (
            "models: {m: {per_images: 3}}",
            "prices.yaml models.m: unknown key 'per_images'; did you mean 'per_image'?",
        ),
        (
            "models: {m: {confidence: sure}}",
            "prices.yaml models.m.confidence: expected one of good, fair, poor, not 'sure'.",
        ),
        (
            "checked: soon",
            "prices.yaml checked: expected a day such as 2026-11-21, not 'soon'.",
        ),
        ("models: {a: {}, a: {}}", "prices.yaml:1:17: this is not valid YAML (the key 'a' is given"
         " twice)."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file(text: str, told: str, tmp_path: Path) -> None:
    assert complaints(tmp_path, text) == [told]


@pytest.mark.parametrize("value", ["-1", ".inf", ".nan", "true", "'1'", "1e-5", "[1]"])
def test_prices_are_numbers(value: str, tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, f"models: {{m: {{per_image: {value}}}}}")
    where = "prices.yaml models.m.per_image: "
    assert told.startswith(where + "expected dollars, as a number such as 0.00006, or null; not ")


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    text = "a: 1\nmodels: {m: {b: 1, per_image: x}, n: {checked: 3}}\n"
    assert len(complaints(tmp_path, text)) == 4


@pytest.mark.parametrize("text", ["a: [}", "!!python/object/apply:os.getcwd []", "a: !x 1", "\t"])
def test_broken_yaml_is_told_with_its_place(text: str, tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, text)
    assert told.startswith("prices.yaml:1:")
    assert "this is not valid YAML (" in told


def test_huge_files_are_not_read(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, "# " + "x" * 1_000_000)
    assert told == "prices.yaml: the file of prices has more than 1 MB."


def test_kinds_of_input_are_those_of_usage() -> None:
    assert [field.name for field in fields(Usage)] == [
        *("calls", "tokens", "images", "audio_seconds", "video_seconds", "chars"),
    ]
