import pytest

from evalkit.core.errors import ProviderError, UsageError
from evalkit.providers import _addresses
from evalkit.providers._addresses import allow, checked, from_environment, is_own, sound

OWN = ["bedrock-runtime.*.amazonaws.com", "*-aiplatform.googleapis.com"]


@pytest.fixture(autouse=True)
def _nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_addresses, "_allowed", set())
    monkeypatch.delenv("EVALKIT_ALLOW_ENDPOINT", raising=False)


@pytest.mark.parametrize(
    "address",
    [
        "https://bedrock-runtime.us-east-1.amazonaws.com",
        "https://bedrock-runtime.us-east-1.amazonaws.com/",
        "https://us-central1-aiplatform.googleapis.com:443/v1",
    ],
)
def test_a_services_own_hosts_are_fine(address: str) -> None:
    assert checked(address, OWN) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://bedrock-runtime.us-east-1.amazonaws.com",
        "https://bedrock-runtime.us-east-1.amazonaws.com:8443",
        "https://bedrock-runtime.us-east-1.amazonaws.com.evil.example",
        "https://bedrock-runtime.stolen.s3.amazonaws.com",
        "https://evil.example/bedrock-runtime.us-east-1.amazonaws.com",
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "https://169.254.169.254",
    ],
)
def test_other_hosts_are_refused_and_the_way_out_is_named(address: str) -> None:
    with pytest.raises(ProviderError, match=r"--allow-endpoint .* EVALKIT_ALLOW_ENDPOINT="):
        checked(address, OWN)


@pytest.mark.parametrize(
    "address",
    [
        "https://bedrock-runtime.us-east-1.amazonaws.com@evil.example",
        "https://user:marked-secret@bedrock-runtime.us-east-1.amazonaws.com",
        "https://bedrock-runtime.us-east-1.amazonaws.com?key=marked-secret",
        "https://evil.example\\.bedrock-runtime.us-east-1.amazonaws.com",
        "https://bedrock-runtime.us-east-1.amazonaws.com/../x y",
        "ftp://bedrock-runtime.us-east-1.amazonaws.com",
        "https://[::1",
        "https://host:port",
        "bedrock-runtime.us-east-1.amazonaws.com",
        "",
    ],
)
def test_what_is_no_plain_address_is_refused_even_where_allowed(address: str) -> None:
    with pytest.raises(ProviderError, match=r"https://gateway\.example:8443") as caught:
        checked(address, [*OWN, "*"])
    assert "marked-secret" not in str(caught.value)
    with pytest.raises(UsageError, match="--allow-endpoint"):
        allow([address])


def test_an_allowed_address_counts_by_scheme_host_and_port() -> None:
    allow(["https://Gateway.example/ignored"])
    assert checked("https://gateway.example:443/v1/", OWN) == "https://gateway.example:443/v1"
    for other in (
        "http://gateway.example",
        "https://gateway.example:444",
        "https://a.gateway.example",
    ):
        with pytest.raises(ProviderError):
            checked(other, OWN)


def test_the_environment_allows_addresses_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_ALLOW_ENDPOINT", "http://127.0.0.1:4566, http://[::1]:9,")
    assert checked("http://127.0.0.1:4566", OWN) == "http://127.0.0.1:4566"
    assert checked("http://[::1]:9/x", OWN) == "http://[::1]:9/x"
    with pytest.raises(ProviderError):
        checked("http://127.0.0.1:4567", OWN)


def test_a_broken_entry_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALKIT_ALLOW_ENDPOINT", "gateway.example")
    with pytest.raises(ProviderError, match="EVALKIT_ALLOW_ENDPOINT"):
        checked("https://gateway.example", OWN)


@pytest.mark.parametrize("address", ["http://localhost:1", "http://127.9.9.9:1", "http://[::1]:1"])
def test_this_machine_is_fine_where_no_credentials_are_sent(address: str) -> None:
    assert checked(address, OWN, sends_credentials=False) == address


def test_without_credentials_other_machines_are_still_refused() -> None:
    with pytest.raises(ProviderError):
        checked("http://127.0.0.1.evil.example", OWN, sends_credentials=False)


@pytest.mark.parametrize(
    "address",
    [
        "https://user:marked-secret@gateway.example/v1",
        "https://gateway.example/v1?key=marked-secret",
        "https://gateway.example/v1#marked-secret",
        "https://user:marked-secret%40gateway.example",
        "https://gateway.example/marked-secret\\x",
        "marked-secret",
    ],
)
def test_an_address_of_the_environment_is_as_plain_as_any(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("SOME_BASE_URL", address)
    with pytest.raises(ProviderError, match="SOME_BASE_URL") as caught:
        from_environment("OTHER_URL", "SOME_BASE_URL")
    assert "marked-secret" not in str(caught.value)
    with pytest.raises(ProviderError, match="endpoint: ") as caught:
        sound(address, "endpoint")
    assert "marked-secret" not in str(caught.value)


def test_the_first_variable_that_names_an_address_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert from_environment("SOME_URL", "OTHER_URL") == ""
    monkeypatch.setenv("OTHER_URL", " http://127.0.0.1:9/v1/ ")
    assert from_environment("SOME_URL", "OTHER_URL") == "http://127.0.0.1:9/v1"
    monkeypatch.setenv("SOME_URL", "https://gateway.example")
    assert from_environment("SOME_URL", "OTHER_URL") == "https://gateway.example"


def test_own_hosts_are_told_by_their_whole_name() -> None:
    assert is_own("https://bedrock-runtime.us-east-1.amazonaws.com/x", OWN)
    assert not is_own("https://a1b2.execute-api.us-east-1.amazonaws.com", OWN)
    assert not is_own("http://bedrock-runtime.us-east-1.amazonaws.com", OWN)
    assert not is_own("", OWN)
