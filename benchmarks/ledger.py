"""The ledger beside a plain file: durable writes, random reads, memory, and opening.

    python benchmarks/ledger.py --json

Answers are stored 32 at a time, each commit durable: the ledger syncs its vectors, then its index.
A plain file gets the same vectors and keys and is synced just as often: after the vectors of a
commit, and after its keys. (`strace -c -f -e trace=fsync,fdatasync` counts 213 syncs for 100
commits of the ledger, and 200 here.) It is read through a dict of places in memory. All ways read
all records in the same random order, and hand over 256 at a time.

`plain` is that file and nothing else. `checked` adds what no store of paid answers can do without,
a CRC-32 of each vector, taken when it is written and again when it is read; the ledger does that
always. `cpu` is time of the processor, in the process and in the system. It tells what the ledger
itself costs, and does not depend on how slow fsync is, which takes `sync_ms` for 4 KiB here; other
ratios are of the time that passed.

Memory is the peak of anonymous pages while records are written, read piece by piece and verified,
less what was held before; once for all records and once for a quarter of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from _measure import Seconds, machine, medians, ratio, report
from sweep_memory import Peak  # type: ignore[import-not-found]

from evalkit.core.arrays import Float32
from evalkit.ledger import Ledger, Record

COMMIT, AT_ONCE, BLOCK = 32, 256, 512
HEAD = struct.Struct("<32sdI")
Way = Callable[["Work", Path], None]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--width", type=int, default=3072)
    parser.add_argument("--many", type=int, default=200_000, help="records of the opening test")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to make the files")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--memory", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


class Work:
    """Keys, and vectors that repeat after a while; the order in which they are read."""

    def __init__(self, records: int, width: int) -> None:
        self.block = np.random.default_rng(1).standard_normal((BLOCK, width), np.float32)
        self.keys = [hashlib.sha256(str(n).encode()).digest() for n in range(records)]
        self.order = random.Random(2).sample(range(records), records)
        self.bytes = 4 * width

    def vector(self, n: int) -> Float32:
        vector: Float32 = self.block[n % BLOCK]
        return vector

    def commits(self) -> Iterator[range]:
        for start in range(0, len(self.keys), COMMIT):
            yield range(start, min(start + COMMIT, len(self.keys)))


def write_ledger(work: Work, folder: Path) -> None:
    with Ledger(folder) as store:
        for some in work.commits():
            answers = {work.keys[n]: [Record(work.vector(n), 1.0)] for n in some}
            assert store.put("m", "1", answers) == ()


def read_ledger(work: Work, folder: Path) -> None:
    with Ledger(folder) as store:
        for start in range(0, len(work.order), AT_ONCE):
            some = work.order[start : start + AT_ONCE]
            found = store.get([work.keys[n] for n in some], work.bytes // 4)
            for n in some:
                assert found[work.keys[n]][0].vector[0] == work.vector(n)[0]


def write_plain(work: Work, folder: Path, checked: bool = False) -> None:
    with (folder / "plain").open("wb") as file:
        for some in work.commits():
            heads = []
            for n in some:
                vector = work.vector(n)
                heads.append(
                    HEAD.pack(work.keys[n], 1.0, zlib.crc32(vector.data) if checked else 0)
                )
                file.write(vector.data)
            sync(file)
            file.write(b"".join(heads))
            sync(file)


def read_plain(work: Work, folder: Path, checked: bool = False) -> None:
    places = plain_places(work)
    with (folder / "plain").open("rb", buffering=0) as file:
        for start in range(0, len(work.order), AT_ONCE):
            some = work.order[start : start + AT_ONCE]
            found = {}
            for n in some:
                place, crc = places[work.keys[n]]
                vector = np.empty(work.bytes // 4, np.float32)
                assert os.preadv(file.fileno(), [vector.data], place) == work.bytes
                assert not checked or zlib.crc32(vector.data) == crc
                found[work.keys[n]] = vector
            for n in some:
                assert found[work.keys[n]][0] == work.vector(n)[0]


def plain_places(work: Work) -> dict[bytes, tuple[int, int]]:
    """Return key -> place and CRC-32, which a program would have kept from the last time."""
    crcs = [zlib.crc32(vector.data) for vector in work.block]
    places = {}
    for n, key in enumerate(work.keys):
        before = n // COMMIT * COMMIT
        places[key] = n * work.bytes + before * HEAD.size, crcs[n % BLOCK]
    return places


def sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def rounds(work: Work, repeats: int, place: Path | None) -> tuple[Seconds, Seconds, float]:
    """Return the seconds of each way in each round, passed and of the processor.

    The last one is the bytes of a ledger for each byte of data.
    """
    checked = partial(write_plain, checked=True), partial(read_plain, checked=True)
    ways: dict[str, tuple[Way, Way]] = {
        "ledger": (write_ledger, read_ledger),
        "plain": (write_plain, read_plain),
        "checked": checked,
    }
    seconds: Seconds = {f"{kind}_{way}": [] for way in ways for kind in ("write", "read")}
    cpu: Seconds = {name: [] for name in seconds}
    overhead = 0.0
    for turn in range(repeats):
        names = list(ways)[turn % 3 :] + list(ways)[: turn % 3]
        for way in names:
            with tempfile.TemporaryDirectory(dir=place) as name:
                os.sync()  # what the round before left to write is not counted here
                for kind, work_on in zip(("write", "read"), ways[way], strict=True):
                    start, busy = time.perf_counter(), time.process_time()
                    work_on(work, Path(name))
                    seconds[f"{kind}_{way}"].append(time.perf_counter() - start)
                    cpu[f"{kind}_{way}"].append(time.process_time() - busy)
                if way == "ledger":
                    size = sum(p.stat().st_size for p in Path(name).rglob("*") if p.is_file())
                    overhead = size / (len(work.keys) * work.bytes)
    return seconds, cpu, overhead


def ratios(seconds: Seconds, what: str = "") -> dict[str, float]:
    """Return how many times as long the ledger took as either file, for writing and reading."""
    return {
        f"{kind}_{what}ratio_to_{way}_file": round(
            ratio(seconds, f"{kind}_ledger", f"{kind}_{way}"), 2
        )
        for way in ("plain", "checked")
        for kind in ("write", "read")
    }


def sync_ms(place: Path | None) -> float:
    """Return the milliseconds of one fsync after 4 KiB, in the middle of 100."""
    took = []
    with tempfile.TemporaryFile(dir=place) as file:
        for _ in range(100):
            file.write(bytes(4096))
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - start)
    return round(1000 * sorted(took)[50], 3)


def opening(records: int, place: Path | None) -> dict[str, float]:
    """Return the seconds to open a ledger of many small records and find one, and to count all."""
    work = Work(records, 8)
    with tempfile.TemporaryDirectory(dir=place) as name, Ledger(Path(name)) as store:
        for start in range(0, records, 5000):
            some = range(start, min(start + 5000, records))
            store.put("m", "1", {work.keys[n]: [Record(work.vector(n), 1.0)] for n in some})
        store.close()
        begun = time.perf_counter()
        with Ledger(Path(name)) as again:
            assert again.get(work.keys[-1:], 8)
            opened = time.perf_counter() - begun
            assert len(again) == records
            return {"open": round(opened, 4), "count": round(time.perf_counter() - begun, 4)}


def memory(args: argparse.Namespace) -> None:
    """Write, read and verify so many records in this process, and print the peak in MiB."""
    work = Work(args.memory, args.width)
    with tempfile.TemporaryDirectory(dir=args.folder) as name, Peak() as peak:
        write_ledger(work, Path(name))
        read_ledger(work, Path(name))
        with Ledger(Path(name)) as store:
            assert store.verify().sound
    print(json.dumps(peak.mib))


def peak_mib(args: argparse.Namespace, records: int) -> float:
    """Return what `memory` prints in a process of its own."""
    command = [sys.executable, __file__, "--memory", str(records), "--width", str(args.width)]
    command += ["--folder", str(args.folder)] if args.folder else []
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout))


def main() -> int:
    args = arguments()
    if args.memory:
        memory(args)
        return 0
    work = Work(args.records, args.width)
    seconds, cpu, overhead = rounds(work, args.repeats, args.folder)
    opened = opening(args.many, args.folder)
    peaks = [peak_mib(args, n) for n in (args.records // 4, args.records)]
    figures = {
        **ratios(seconds),
        **ratios(cpu, "cpu_"),
        "bytes_ratio_to_vectors": round(overhead, 3),
        "open_seconds_200k": opened["open"],
        "count_seconds_200k": opened["count"],
        "peak_mib": peaks[1],
        "peak_growth_mib": round(peaks[1] - peaks[0], 1),
        "seconds": medians(seconds),
        "cpu_seconds": medians(cpu),
        "sync_ms": sync_ms(args.folder),
        "shape": f"{args.records}x{args.width}",
        "opened": args.many,
        "commit": COMMIT,
        "sqlite": sqlite3.sqlite_version,
        **machine(),
    }
    report(figures, args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
