"""Making items in another thread while those before them are embedded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_AT_MOST = 32


def ahead(items: Iterable[T]) -> Iterator[T]:
    """Yield items in their order, up to 32 of them made ahead in one other thread.

    Whatever goes wrong while an item is made is raised where that item would be yielded.
    """
    source, end = iter(items), object()
    with ThreadPoolExecutor(1, "evalkit-ahead") as worker:
        try:
            made = deque(worker.submit(next, source, end) for _ in range(_AT_MOST))
            while (item := made.popleft().result()) is not end:
                made.append(worker.submit(next, source, end))
                yield item  # type: ignore[misc]
        finally:
            worker.shutdown(wait=True, cancel_futures=True)
