"""Fixtures for tests that talk to the loopback services."""

from collections.abc import Iterator

import pytest

from tests.services import Services, Settings

BUCKET = "evalkit-loopback"


@pytest.fixture(scope="session")
def loopback_services() -> Iterator[Services]:
    """Serve for the whole session; `services` is what tests take."""
    with Services() as running:
        running.files.client.create_bucket(Bucket=BUCKET)
        yield running


@pytest.fixture
def services(loopback_services: Services, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Return fresh loopback services, with the variables set that make SDKs use them.

    `services.reset(Settings(...))` gives them faults, a quota or latency; S3 has the bucket
    `evalkit-loopback`.
    """
    loopback_services.reset(Settings())
    for name, value in loopback_services.environment().items():
        monkeypatch.setenv(name, value)
    return loopback_services
