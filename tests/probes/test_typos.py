import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.core.errors import UsageError
from evalkit.core.items import Item, Media
from evalkit.core.protocols import ProbeContext
from evalkit.probes.typos import Typos, _neighbours


def context(seed: int = 0) -> ProbeContext:
    return ProbeContext(np.random.default_rng(seed))


def mistyped(text: str, severity: int, seed: int = 0) -> str | None:
    item = Typos().apply(Item("a", text), severity, context(seed))
    assert item is None or isinstance(item.content, str)
    return None if item is None else item.content  # type: ignore[return-value]


@given(st.text(), st.integers(1, 5), st.integers(0, 99))
def test_a_text_with_letters_always_changes_and_one_without_never(
    text: str, severity: int, seed: int
) -> None:
    changed = mistyped(text, severity, seed)
    if any(sign.isalpha() for sign in text):
        assert changed is not None
        assert changed != text
        assert any(sign.isalpha() for sign in changed)
        changed.encode()
    else:
        assert changed is None


@given(st.text(), st.integers(1, 5))
def test_signs_and_digits_stay_in_their_order(text: str, severity: int) -> None:
    def others(of: str) -> str:
        return "".join(sign for sign in of if not sign.isalpha())

    changed = mistyped(text, severity)
    assert changed is None or others(changed) == others(text)


@pytest.mark.parametrize("text", ["a", "aa", "aab", "mm", "ß", "猫", "Ж"])
@pytest.mark.parametrize("severity", range(1, 6))
def test_short_texts_change(text: str, severity: int) -> None:
    assert all(mistyped(text, severity, seed) not in (text, "") for seed in range(50))


def test_how_many_letters_change() -> None:
    text = "abcdefghij" * 20
    lengths = [len(mistyped(text, s) or "") for s in range(1, 6)]
    for length, edits in zip(lengths, (4, 10, 20, 30, 50), strict=True):
        assert abs(length - 200) <= edits
    one = mistyped("scarf", 1)
    assert one is not None
    assert abs(len(one) - 5) <= 1


def test_neighbours_follow_the_keyboard_and_the_case() -> None:
    assert set(_neighbours("g")) == set("fhtyvb")
    assert set(_neighbours("Q")) == set("WA")
    assert _neighbours("é") == _neighbours("e")
    assert _neighbours("Å") == _neighbours("A")
    assert _neighbours("ß") == _neighbours("ж") == ""


def test_other_parts_stay_as_they_are() -> None:
    image = Media("image/png", data=b"x")
    item = Item("a", (image, "red scarf", "42"), {"language": ("en",)})
    changed = Typos().apply(item, 3, context())
    assert changed is not None
    assert changed.parts[0] is image
    assert changed.parts[1] != "red scarf"
    assert changed.parts[2] == "42"
    assert (changed.id, changed.tags) == (item.id, item.tags)
    assert Typos().apply(Item("a", (image, "42")), 3, context()) is None


@pytest.mark.parametrize("severity", [-1, 6, True, 1.0, "3", None])
def test_other_severities_are_refused(severity: int) -> None:
    with pytest.raises(UsageError) as caught:
        Typos().apply(Item("a", "x"), severity, context())
    assert str(caught.value) == (
        f"the severity of 'typos' is {severity!r}; it must be a whole number from 0 to 5."
    )


def test_a_known_example() -> None:
    assert mistyped("red wool scarf for cold winters", 5) == "rde woop csar fod cod winters"


def test_a_long_text_takes_no_longer_a_letter_than_a_short_one() -> None:
    text = "abcdefghij" * 40_000
    start = time.process_time()
    assert mistyped(text, 5) != text
    assert time.process_time() - start < 30
