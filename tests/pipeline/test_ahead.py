"""Items made in another thread come in order, few at a time, with whatever goes wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from evalkit.pipeline.ahead import ahead

MOST = 40


def counted(made: list[int], n: int = 1000) -> Iterator[int]:
    for number in range(n):
        made.append(number)
        yield number


def test_items_come_in_their_order() -> None:
    assert list(ahead(range(500))) == list(range(500))
    assert list(ahead([])) == []


def test_only_some_are_made_ahead_in_another_thread() -> None:
    made: list[int] = []
    threads: set[int] = set()

    def source() -> Iterator[int]:
        for number in counted(made):
            threads.add(threading.get_ident())
            yield number

    for taken, item in enumerate(ahead(source()), 1):
        assert item == taken - 1
        assert len(made) <= taken + MOST
    assert threads.isdisjoint({threading.get_ident()})


def test_an_error_is_raised_where_the_item_would_come() -> None:
    def source() -> Iterator[int]:
        yield from range(3)
        raise ValueError("the fourth")

    reading = ahead(source())
    assert [next(reading) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="the fourth"):
        next(reading)


def test_a_reader_who_stops_leaves_no_thread_behind() -> None:
    made: list[int] = []
    reading = ahead(counted(made))
    assert next(reading) == 0
    reading.close()  # type: ignore[attr-defined]
    assert len(made) <= MOST
    assert not [t for t in threading.enumerate() if t.name.startswith("evalkit-ahead")]
