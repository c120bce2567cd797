"""`python -m tests.services`: serve until Ctrl-C, and print what makes evalkit use the servers."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import signal
import sys
import threading
from pathlib import Path

from tests.services.server import Services
from tests.services.traffic import FATES, KINDS, REFUSED, Settings


def _faults(text: str) -> dict[str, float]:
    pairs = (one.split("=") for one in text.split(",") if one)
    return {name: float(share) for name, share in pairs}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.services", description=__doc__)
    usual = Settings()
    add = parser.add_argument
    add("--port", type=int, default=0, help="0 for any free one")
    add("--latency", type=float, default=usual.latency, help="seconds before each answer")
    add("--quota", type=float, default=usual.quota, help="requests a second, 0 for any number")
    kinds = ", ".join((*KINDS, "other", REFUSED, *FATES))
    add("--faults", type=_faults, default={}, help=f"kind=share,...: {kinds}")
    add("--burst", type=int, default=usual.burst, help="throttles in a row for one request")
    add("--seed", type=int, default=usual.seed, help="of the schedule of faults")
    add("--job-polls", type=int, default=usual.job_polls, help="polls until a job ends")
    add("--job-seconds", type=float, default=usual.job_seconds, help="seconds until a job ends")
    add("--bucket", default="evalkit-loopback", help="an S3 bucket to make")
    add("--log", type=Path, help="a file for one line of JSON for each answered input")
    return parser.parse_args()


def main() -> int:
    """Serve as the command line says."""
    args = vars(_arguments())
    port, log, bucket = args.pop("port"), args.pop("log"), args.pop("bucket")
    try:
        settings = Settings(**args)
    except ValueError as e:
        sys.stderr.write(f"python -m tests.services: {e}\n")
        return 2
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.closing(Services(settings, port=port, log=log)) as services:
        services.__enter__()
        services.files.client.create_bucket(Bucket=bucket)
        for name, value in services.environment().items():
            sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
