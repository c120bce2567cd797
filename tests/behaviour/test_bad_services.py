"""A service that cannot be used, one reason at a time: exit code 3 and the whole sentence."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from evalkit.media.audio import encode_sound
from tests.factories import Command
from tests.services import Services, Settings
from tests.services.fixtures import loopback_services, services

__all__ = ["loopback_services", "services"]

SUITE = """\
suite: paid
models:
  - nova: {{dimensions: [256]{more}}}
cases:
  - {{name: find, data: data, metrics: [hit@1]{case}}}
"""
MODEL = "amazon.nova-2-multimodal-embeddings-v1:0"
ENDPOINT = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"


CLOSED = "http://127.0.0.1:9"
NO_CREDENTIALS = (
    "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE "
    "or AWS_BEARER_TOKEN_BEDROCK, or run `aws configure`."
)
NO_ACCESS = (
    f"no access to {MODEL} in us-east-1 (You don't have access to the model with the specified "
    "model ID). Open the model to your account in the Bedrock console, allow bedrock:InvokeModel, "
    "or correct `region`."
)
NO_QUOTA = (
    f"the account has no quota for {MODEL} in us-east-1 (Your account has a quota of 0 requests "
    "for this model). Ask for one in Service Quotas, or correct `region`."
)
SAID = {
    "unknown region": (
        "'us-esat-1' is no AWS region that this boto3 knows: did you mean 'us-east-1' or "
        "'us-west-1'? Correct `region`, or update boto3 where it is new."
    ),
    "model not offered there": (
        f'{MODEL} is not offered in us-west-2 ("The provided model identifier is invalid."). '
        "Correct `region` or `model_id`."
    ),
    "no credentials": NO_CREDENTIALS,
    "expired credentials": (
        "the AWS credentials have expired. Renew them (`aws sso login`, or new keys) and run "
        "again; what is paid for is kept."
    ),
    "unknown credentials": (
        "AWS does not know the credentials: the access key or the token is mistyped, deleted or "
        "of another account. Correct the environment or the profile."
    ),
    "clock skew": (
        "AWS finds the time of the request wrong: this machine's clock is off by minutes. Set it "
        "(for instance with `timedatectl set-ntp true`)."
    ),
    "no access to the model": NO_ACCESS,
    "account without quota": NO_QUOTA,
    "wrong endpoint": (
        f"{CLOSED} cannot be reached: it takes no connection. Correct {ENDPOINT}, `region` or the "
        "network."
    ),
    "endpoint of another kind": (
        f"THERE does not answer as Amazon Bedrock does (a web page). Correct {ENDPOINT}."
    ),
    "no TLS": (
        "no safe connection to THERE could be made (wrong version number). Check that the endpoint "
        "speaks https; for a certificate authority of your own, set AWS_CA_BUNDLE."
    ),
    "certificate that is not trusted": (
        "the TLS certificate of THERE is not trusted ([SSL: CERTIFICATE_VERIFY_FAILED] certificate "
        f"verify failed: self-signed certificate). Set AWS_CA_BUNDLE to the authority that signed "
        f"it, or correct {ENDPOINT}."
    ),
    "proxy that refuses": (
        "the proxy does not let the connection through. Correct HTTPS_PROXY, or name the host in "
        "NO_PROXY."
    ),
    "bucket missing": (
        "the S3 bucket 'evalkit-none' does not exist. Make it in us-east-1, or correct `jobs`."
    ),
    "bucket elsewhere": (
        "the S3 bucket 'evalkit-far' is in eu-west-1, but the model in us-east-1. Correct `jobs` "
        "or `region`."
    ),
}
ENVIRONMENT: Mapping[str, Mapping[str, str]] = {
    "no credentials": {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
    "expired credentials": {"AWS_ACCESS_KEY_ID": "AKIAEXPIRED0000000"},
    "unknown credentials": {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN0000000"},
    "clock skew": {"AWS_ACCESS_KEY_ID": "AKIASKEWED00000000"},
    "no access to the model": {"AWS_ACCESS_KEY_ID": "AKIANOACCESS000000"},
    "account without quota": {"AWS_ACCESS_KEY_ID": "AKIANOQUOTA0000000"},
    "wrong endpoint": {ENDPOINT: CLOSED},
    "proxy that refuses": {"HTTP_PROXY": CLOSED, "http_proxy": CLOSED},
}
PARAMETERS = {
    "unknown region": ", region: us-esat-1",
    "model not offered there": ", region: us-west-2",
    "bucket missing": ", jobs: s3://evalkit-none/x",
    "bucket elsewhere": ", jobs: s3://evalkit-far/x",
}


def suite(here: Path, more: str = "", *, sound: bool = False) -> Path:
    """Write a suite of two texts, or of a recording that takes a job."""
    data = here / "data"
    data.mkdir(exist_ok=True)
    item = '{"id": "d", "audio": "d.wav"}' if sound else '{"id": "d", "text": "a red tea pot"}'
    (data / "d.wav").write_bytes(encode_sound(np.ones(31 * 8000, np.float32), 8000, "audio/wav"))
    (data / "corpus.jsonl").write_text(item + "\n")
    (data / "queries.jsonl").write_text('{"id": "q", "text": "something to brew tea in"}\n')
    (data / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    (data / "dataset.yaml").write_text("name: data\nlicence: CC0-1.0\n")
    path = here / "paid.yaml"
    path.write_text(SUITE.format(more=more, case=", overflow: segment" if sound else ""))
    return path


def refused(evalkit: Command, path: Path, said: str) -> None:
    """Run a suite, which must end with 3, one sentence and nothing written."""
    done = evalkit("run", path)
    assert done.err == f"{path}: nova: {said}\n"
    assert (done.code, done.out) == (3, "")
    assert not (path.parent / "reports").exists()


class Page(BaseHTTPRequestHandler):
    """Answers everything with a page."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b"<html></html>")

    def log_message(self, format: str, *args: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that hang up in the middle of a handshake."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def another_server(folder: Path, kind: str) -> Iterator[str]:
    """Serve pages by http, or with a certificate that nobody signed; yield the address."""
    server = Quiet(("127.0.0.1", 0), Page)
    scheme = "http" if kind == "endpoint of another kind" else "https"
    if kind == "certificate that is not trusted":
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self_signed(folder))
        server.socket = made.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def self_signed(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 that signs itself, with its key; return where."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    form = serialization.Encoding.PEM
    path = folder / "server.pem"
    path.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(form)
        + key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.mark.parametrize("name", SAID)
def test_a_service_that_cannot_be_used_ends_the_run_with_3_and_one_sentence(
    here: Path,
    evalkit: Command,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    for variable, value in ENVIRONMENT.get(name, {}).items():
        monkeypatch.setenv(variable, value) if value else monkeypatch.delenv(variable)
    if "bucket" in name:
        monkeypatch.setenv("EVALKIT_JOBS_BUCKET", "s3://evalkit-none,s3://evalkit-far")
    if name == "bucket elsewhere":
        far = {"LocationConstraint": "eu-west-1"}
        services.files.client.create_bucket(Bucket="evalkit-far", CreateBucketConfiguration=far)
    path = suite(here, PARAMETERS.get(name, ""), sound="bucket" in name)
    with another_server(here, name) if "THERE" in SAID[name] else nullcontext() as there:
        if there:
            monkeypatch.setenv(ENDPOINT, there)
        refused(evalkit, path, SAID[name].replace("THERE", str(there)))
    assert {one.kind for one in services.log.answered} <= ({"text"} if "bucket" in name else set())


def test_an_answer_of_another_version_than_the_ledgers_is_one_of_them(
    here: Path, evalkit: Command, services: Services
) -> None:
    path = suite(here)
    text = path.read_text()
    own = "openai: {model_id: text-embedding-3-large, dimensions: [256]}"
    path.write_text(text.replace("nova: {dimensions: [256]}", own))
    assert evalkit("run", path).code == 0
    (here / "data/queries.jsonl").write_text('{"id": "q", "text": "something else"}\n')
    services.reset(Settings(serves="text-embedding-3-largest"))
    done = evalkit("run", path)
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"{path}: openai: the service answered as version 'text-embedding-3-largest', the ledger "
        "holds vectors of 'text-embedding-3-large', and vectors of two versions do not compare. "
        "Give the model a new 'revision' in the suite to embed everything again, or ask for the "
        "old version.\n"
    )
