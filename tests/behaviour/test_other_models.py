"""`--model` runs a suite on another model than its own."""

import json

import pytest

from tests.factories import Command


@pytest.fixture
def starter(evalkit: Command) -> None:
    assert evalkit("init", "mine").code == 0


@pytest.mark.usefixtures("starter")
def test_the_models_given_stand_in_place_of_the_suites_own(evalkit: Command) -> None:
    done = evalkit("run", "mine/suite.yaml", "--json", "--model", "other: {provider: reference}")
    assert done.code == 1  # what was waived for the suite's own model fails on another one
    models = {verdict["cell"]["model"] for verdict in json.loads(done.out)["verdicts"]}
    assert models == {"other"}


@pytest.mark.usefixtures("starter")
def test_gates_that_the_model_offers_nothing_for_are_left_out(evalkit: Command) -> None:
    entry = "small: {provider: reference, dimensions: [256]}"
    every = json.loads(evalkit("run", "mine/suite.yaml", "--json").out)["verdicts"]
    some = json.loads(evalkit("run", "mine/suite.yaml", "--json", "--model", entry).out)["verdicts"]
    assert {v["cell"]["dim"] for v in some} <= {256}
    assert len(some) < len(every)


@pytest.mark.usefixtures("starter")
@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("referense", "--model:2:3 models.0: unknown provider 'referense'; did you mean"),
        ("a: [1", "--model:"),
        ("a: {provider: openai, api_key: abcdefgh12345678}", "--model:2"),
        ("[1, 2]", "--model:2:3 models.0: expected a name"),
    ],
)
def test_what_is_wrong_with_a_given_model(evalkit: Command, entry: str, said: str) -> None:
    done = evalkit("check", "mine/suite.yaml", "--model", entry)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
