"""What every model on Amazon Bedrock has in common: a client, one attempt, and trouble sorted.

Credentials are found by boto3 alone (environment, profile, role, AWS_BEARER_TOKEN_BEDROCK); they
are no parameters. boto3 repeats nothing by itself: the engine does, and counts every attempt.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeVar

from evalkit.core.errors import Busy, ProviderError, nearest
from evalkit.providers._addresses import checked, from_environment, is_own, sound
from evalkit.providers._bedrock_errors import Trouble, sorted_trouble
from evalkit.providers._calls import Transient
from evalkit.providers._http import looks, stranger
from evalkit.providers._messages import plain
from evalkit.providers._service import Service

AwsService = Literal["bedrock-runtime", "bedrock", "s3"]

_LONGEST_PAUSE = 30.0
T = TypeVar("T")
_MAKING = threading.Lock()
_VENDOR = Path("/sys/class/dmi/id/sys_vendor")
_CONFIGURED = "`endpoint_url` of the AWS configuration"
_MISSING = "boto3 is not installed: `pip install 'evalkit[aws]'` brings it."
_SOURCES = frozenset(
    {
        "aws_access_key_id",
        "credential_process",
        "credential_source",
        "login_session",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "web_identity_token_file",
    }
)
"""Settings of a profile that lead to credentials."""
_VECTORS = frozenset({"embedding", "embeddings", "embeddingsByType", "data"})
"""Under which of these keys the models answer vectors."""
_VARIABLES = (
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables that lead to credentials."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: the JSON body, the input tokens where the service counted them, its id."""

    body: dict[str, Any]
    tokens: int | None
    request_id: str


@dataclass(frozen=True, kw_only=True)
class Bedrock(Service):
    """A model on Amazon Bedrock.

    region: the AWS region that is asked. model_id: the model, an inference profile or an ARN.
    profile: a profile of the AWS configuration, "" for what boto3 finds by itself. revision: change
    it where the same model id begins to give other vectors.
    """

    region: str = "us-east-1"
    model_id: str = ""
    profile: str = ""
    revision: str = ""

    @property
    def model(self) -> str:
        """Return the model id, which vectors are filed under."""
        return self.model_id

    @cached_property
    def place(self) -> dict[str, object]:
        """The region, and the address where that is not Amazon's: part of every request's key.

        So the vectors of a stand-in never pass for those of the service.
        """
        address = self._called()
        own = not address or is_own(address, self._own_hosts)
        return {"region": self.region, **({} if own else {"endpoint": address})}

    def _called(self) -> str:
        """Return the address that is called, "" for Amazon's own where boto3 cannot tell it.

        boto3 knows what its configuration files name. Where it makes no client, nothing can be
        called, and whoever tries is told why.
        """
        if self.endpoint:
            return sound(self.endpoint, "endpoint")
        named = named_address("bedrock-runtime")
        try:
            return str(self.client.meta.endpoint_url).rstrip("/")
        except ProviderError:
            return named

    @property
    def _own_hosts(self) -> tuple[str, ...]:
        """Return Amazon's own host names for the region."""
        return (
            f"bedrock-runtime.{self.region}.amazonaws.com",
            f"bedrock-runtime-fips.{self.region}.amazonaws.com",
            f"bedrock-runtime.{self.region}.api.aws",
            f"bedrock-runtime-fips.{self.region}.api.aws",
            f"bedrock-runtime.{self.region}.amazonaws.com.cn",
            f"*.bedrock-runtime.{self.region}.vpce.amazonaws.com",
        )

    @cached_property
    def client(self) -> Any:
        """Return the client of bedrock-runtime, made once; threads may share it."""
        own = checked(self.endpoint, self._own_hosts) if self.endpoint else ""
        return self.connect("bedrock-runtime", own)

    def connect(self, service: AwsService, endpoint: str = "", attempts: int = 1) -> Any:
        """Return a client of an AWS service; without an endpoint the environment may name one.

        attempts: how many boto3 itself makes, for what costs nothing. Raises ProviderError where
        region, profile or address are wrong, or boto3 is missing.
        """
        _library()
        _hush()
        named_address(service)
        with _MAKING:
            return self._connected(service, endpoint, attempts)

    def _connected(self, service: AwsService, endpoint: str, attempts: int) -> Any:
        """Make a client; one at a time, since boto3 reads its data files meanwhile."""
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=min(self.timeout, 10.0),
            read_timeout=self.timeout,
            max_pool_connections=max(10, self.concurrency),
        )
        try:
            session = boto3.session.Session(
                profile_name=self.profile or None, region_name=self.region
            )
            self._check_region(session)
            made = session.client(service, endpoint_url=endpoint or None, config=config)
        except BotoCoreError as e:
            raise sorted_error(e, self) from None
        except ValueError:  # which repeats the address
            raise ProviderError(f"{_CONFIGURED}: boto3 finds that this is no address.") from None
        sound(made.meta.endpoint_url, _CONFIGURED)
        return made

    def _check_region(self, session: Any) -> None:
        """Raise ProviderError for a region that boto3 has never heard of."""
        known = {
            region
            for partition in session.get_available_partitions()
            for region in session.get_available_regions("ec2", partition)
        }
        if self.region not in known:
            raise ProviderError(
                f"'{self.region}' is no AWS region that this boto3 knows: "
                f"{nearest(self.region, known)} Correct `region`, or update boto3 where it is new."
            )

    def _expect_sound(self) -> None:
        """Raise ProviderError for a library, an address, a profile or a region that cannot work."""
        boto3 = _library()
        from botocore.exceptions import BotoCoreError

        named_address("bedrock-runtime")
        if self.endpoint:
            checked(self.endpoint, self._own_hosts)
        try:
            with _MAKING:
                session = boto3.session.Session(
                    profile_name=self.profile or None, region_name=self.region
                )
                self._check_region(session)
        except BotoCoreError as e:
            raise sorted_error(e, self) from None

    def invoke(self, body: Mapping[str, object], model_id: str | None = None) -> Reply:
        """Make one attempt at embedding and return the answer.

        Raises Transient, Rejected or ProviderError, see `sorted_error`.
        """
        client = self.client
        from botocore.exceptions import BotoCoreError, ClientError

        sent = json.dumps(body)
        try:
            said = client.invoke_model(
                modelId=model_id or self.model_id,
                body=sent,
                contentType="application/json",
                accept="application/json",
            )
            raw = said["body"].read()
        except (BotoCoreError, ClientError) as e:
            raise sorted_error(e, self, with_s3='"s3Location":' in sent) from None
        told = said["ResponseMetadata"]
        self._expect_bedrock(raw, told)
        count = told["HTTPHeaders"].get("x-amzn-bedrock-input-token-count", "")
        return Reply(
            _parsed(raw), int(count) if count.isdecimal() else None, told.get("RequestId", "")
        )

    def _expect_bedrock(self, raw: bytes, told: Mapping[str, Any]) -> None:
        """Raise ProviderError for a first answer that another kind of server gave.

        A page, or JSON with neither a vector nor the id that Amazon gives each request; what breaks
        off may be Bedrock's.
        """
        if self._engine.proven or self.traffic.answered or not raw.strip():
            return
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
            strange = raw.lstrip()[:1] != b"{"
        else:
            own = isinstance(body, dict) and ("RequestId" in told or _VECTORS & body.keys())
            strange = not own
        if strange:
            address = self._called()
            raise stranger(address, "Amazon Bedrock", looks(200, raw))

    def ask(self, client: Any, operation: str, **params: Any) -> Any:
        """Make one attempt at an operation that embeds nothing itself, such as starting a job.

        Raises Transient, Rejected or ProviderError, see `sorted_error`.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(client, operation)(**params)
        except (BotoCoreError, ClientError) as e:
            raise sorted_error(e, self, with_s3="outputDataConfig" in params) from None

    def patiently(self, attempt: Callable[[], T]) -> T:
        """Return what an attempt gives, made again with growing pauses where that may help.

        Every attempt is counted as a call. Raises ProviderError after as many attempts or seconds
        as the provider allows, and whatever the attempt raises besides Transient.
        """
        begun = time.monotonic()
        for n in itertools.count(1):
            self._engine.begun()
            try:
                return attempt()
            except Busy as e:
                self._engine.broken(Transient(str(e), throttled=True))
                raise
            except Transient as e:
                trouble = e
            self._engine.broken(trouble)
            if n >= self.attempts or time.monotonic() - begun > self.patience:
                break
            pause = min(2.0 ** (n - 1), _LONGEST_PAUSE)
            time.sleep(min(trouble.after or random.uniform(pause / 10, pause), self.patience))
        raise ProviderError(
            f"{trouble.reason} It was tried again in vain: run again later; jobs that were started "
            "go on meanwhile."
        )

    def unusable(self) -> str:
        """Return what is missing here, "" for nothing; asks no network, the metadata service least.

        It looks for variables, for the settings of the profile, and for signs of an EC2 machine.
        """
        try:
            self._expect_sound()
        except ProviderError as e:
            return str(e)
        import botocore.session
        from botocore.exceptions import BotoCoreError

        if any(os.environ.get(name) for name in _VARIABLES) and not self.profile:
            return ""
        try:
            settings = botocore.session.Session(profile=self.profile or None).get_scoped_config()
        except BotoCoreError as e:
            return str(sorted_error(e, self))
        if _SOURCES & settings.keys() or (not self.profile and _on_ec2()):
            return ""
        return (
            "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "AWS_PROFILE or AWS_BEARER_TOKEN_BEDROCK, or run `aws configure`."
        )


def _library() -> Any:
    """Return boto3; raises ProviderError where it is missing or cannot be imported."""
    if find_spec("boto3") is None:
        raise ProviderError(_MISSING)
    try:
        import boto3
    except (ImportError, OSError) as e:
        raise ProviderError(
            f"boto3 is installed but cannot be imported ({plain(str(e))}). Reinstall it: "
            "`pip install --force-reinstall 'evalkit[aws]'`."
        ) from e
    return boto3


def _hush() -> None:
    """Keep session tokens, which botocore writes at DEBUG, out of logs, unless its level is set."""
    logger = logging.getLogger("botocore")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def named_address(service: AwsService) -> str:
    """Return the address that the environment names for a service, "" for none.

    Raises ProviderError for what is no plain address.
    """
    name = service.replace("-", "_").upper()
    return from_environment(f"AWS_ENDPOINT_URL_{name}", "AWS_ENDPOINT_URL")


def sorted_error(
    error: Exception, where: Bedrock, bucket: str = "", *, with_s3: bool = False
) -> Exception:
    """Return what an error of boto3 means: Transient, Rejected or ProviderError.

    bucket: the S3 bucket that was used, "" for a call to Bedrock itself; with_s3: whether such a
    call named a place in S3. The first connection that
    fails is a matter of configuration; later ones may pass.
    """
    trouble = Trouble(
        model=where.model_id,
        region=where.region,
        endpoint=_shown(where, bucket),
        profile=where.profile,
        bucket=bucket,
        with_s3=with_s3,
        answered=where.traffic.answered > 0,
    )
    return sorted_trouble(error, trouble)


def _shown(where: Bedrock, bucket: str) -> str:
    """Return the address that a sentence about trouble names, "" for Amazon's own."""
    if bucket:
        return named_address("s3")
    if where.endpoint:
        return sound(where.endpoint, "endpoint")
    known = vars(where).get("place", {})  # not asked for: that makes a client
    return named_address("bedrock-runtime") or str(known.get("endpoint", ""))


def _parsed(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of an answer; raises Transient where it is none."""
    try:
        body = json.loads(raw)
    except ValueError:
        raise Transient("the service's answer is no complete JSON.") from None
    if not isinstance(body, dict):
        raise Transient("the service's answer is no JSON object.")
    return body


def _on_ec2() -> bool:
    """Return whether this is a machine of EC2 whose instance role may be asked for."""
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return False
    try:
        return "Amazon EC2" in _VENDOR.read_text()
    except OSError:
        return False
