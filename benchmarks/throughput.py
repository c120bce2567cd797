"""How much of a service's quota the `nova` provider uses, beside the loopback services.

The services run in another process and keep their own log, which is what is counted: with 40 ms
latency, a quota of 100 requests a second, 10 % of the requests throttled on purpose and 2 % broken
in other ways. `quota_used` is the share of the quota that was spent on requests: those that the
services let through, whatever became of them, over quota x seconds. Throttles on purpose take
nothing from the quota and do not count. Every input must be embedded once or be listed as failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from _measure import machine, report

from evalkit.core.items import Item
from evalkit.core.protocols import Embedded, Role
from evalkit.core.registry import create
from tests.services import Apart, apart

LATENCY, THROTTLED, BROKEN, SEED = 0.04, 0.1, 0.02, 7
NOUNS = "shirt mug lamp jacket scarf bottle vase boots rug kettle".split()
COLOURS = "red blue green black white yellow grey brown pink orange".split()
DIM = 3072
ROLE = Role("corpus", frozenset({"text"}))


def texts(count: int) -> list[Item]:
    """Return different short texts."""
    return [
        Item(f"t{n}", f"{COLOURS[n % 10]} {NOUNS[n // 10 % 10]}, number {n}") for n in range(count)
    ]


def figures(services: Apart, items: list[Item], quota: float) -> dict[str, object]:
    """Embed all items once and return what the provider and the services say of it."""
    provider: Any = create("providers", "nova")
    list(provider.embed(items[:1], ROLE, 256))  # makes the client; another size, another answer
    services.reset()
    start = time.perf_counter()
    outcomes = list(provider.embed(items, ROLE, DIM))
    seconds = time.perf_counter() - start
    log = services.log()
    return {
        "quota_used": log["counts"]["passed"] / (quota * seconds),
        **counted(outcomes, items, log["answered"]),
        "seconds": round(seconds, 2),
        "quota_per_second": quota,
        "latency": LATENCY,
        "attempts": provider.traffic.calls,
        "served": log["counts"],
    }


def counted(
    outcomes: Iterable[object], items: list[Item], log: list[dict[str, Any]]
) -> dict[str, int]:
    """Return how many inputs were embedded and answered; stops where the two do not agree."""
    indexes = Counter(o.index for o in outcomes if isinstance(o, Embedded))
    failed = {getattr(o, "index", -1) for o in outcomes if not isinstance(o, Embedded)}
    if len(indexes) + len(failed) != len(items) or max(indexes.values(), default=1) > 1:
        sys.exit("an input was lost, or embedded more than once")
    answered = Counter(one["digest"] for one in log)
    embedded = {items[n].digest() for n in indexes}
    if missing := embedded - answered.keys():
        sys.exit(f"{len(missing)} inputs have a vector that the services never sent")
    return {
        "inputs": len(items),
        "embedded": len(indexes),
        "failed": len(failed),
        "answered_by_server": len(answered),
        "answered_twice": sum(times > 1 for times in answered.values()),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inputs", type=int, default=5000)
    parser.add_argument("--quota", type=float, default=100.0)
    args = parser.parse_args()
    faults = f"throttle={THROTTLED},other={BROKEN}"
    settings = f"--latency {LATENCY} --quota {args.quota} --faults {faults} --seed {SEED}"
    with apart(*settings.split()) as services:
        os.environ.update(services.environment)
        found = figures(services, texts(args.inputs), args.quota)
    report({"benchmark": "throughput", **found, **machine()}, args.json)


if __name__ == "__main__":
    main()
