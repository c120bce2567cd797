"""What every model on Amazon Bedrock has in common: a client, one attempt, and trouble sorted.

Credentials are found by boto3 alone (environment, profile, role, AWS_BEARER_TOKEN_BEDROCK); they
are no parameters. boto3 repeats nothing by itself: the engine does, and counts every attempt.
"""

from __future__ import annotations

import itertools
import json
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
from urllib.parse import urlsplit

from evalkit.core.errors import ProviderError, nearest
from evalkit.providers._addresses import checked
from evalkit.providers._bedrock_errors import Trouble, sorted_trouble
from evalkit.providers._calls import Transient
from evalkit.providers._service import Service

AwsService = Literal["bedrock-runtime", "bedrock", "s3"]

_LONGEST_PAUSE = 30.0
T = TypeVar("T")
_MAKING = threading.Lock()
_VENDOR = Path("/sys/class/dmi/id/sys_vendor")
_AMAZON = (".amazonaws.com", ".api.aws", ".amazonaws.com.cn")
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

    @property
    def place(self) -> dict[str, object]:
        """The region, and the address where that is not Amazon's: part of every request's key.

        So the vectors of a stand-in never pass for those of the service.
        """
        variables = ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL")
        named = [self.endpoint, *(os.environ.get(name, "") for name in variables)]
        address = next(filter(None, named), "").rstrip("/")
        own = (urlsplit(address).hostname or "").endswith(_AMAZON)
        told: dict[str, object] = {"region": self.region}
        return told if own or not address else told | {"endpoint": address}

    @cached_property
    def client(self) -> Any:
        """Return the client of bedrock-runtime, made once; threads may share it."""
        own = (
            f"bedrock-runtime.{self.region}.amazonaws.com",
            f"bedrock-runtime-fips.{self.region}.amazonaws.com",
            f"bedrock-runtime.{self.region}.api.aws",
            f"bedrock-runtime.{self.region}.amazonaws.com.cn",
            f"*.bedrock-runtime.{self.region}.vpce.amazonaws.com",
        )
        return self.connect("bedrock-runtime", checked(self.endpoint, own) if self.endpoint else "")

    def connect(self, service: AwsService, endpoint: str = "", attempts: int = 1) -> Any:
        """Return a client of an AWS service; without an endpoint the environment may name one.

        attempts: how many boto3 itself makes, for what costs nothing. Raises ProviderError where
        region, profile or address are wrong, or boto3 is missing.
        """
        if find_spec("boto3") is None:
            raise ProviderError(_MISSING)
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
            return session.client(service, endpoint_url=endpoint or None, config=config)
        except (BotoCoreError, ValueError) as e:
            raise sorted_error(e, self) from None

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

    def invoke(self, body: Mapping[str, object], model_id: str | None = None) -> Reply:
        """Make one attempt at embedding and return the answer.

        Raises Transient, Rejected or ProviderError, see `sorted_error`.
        """
        client = self.client
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            said = client.invoke_model(
                modelId=model_id or self.model_id,
                body=json.dumps(body),
                contentType="application/json",
                accept="application/json",
            )
            raw = said["body"].read()
        except (BotoCoreError, ClientError) as e:
            raise sorted_error(e, self) from None
        told = said["ResponseMetadata"]
        count = told["HTTPHeaders"].get("x-amzn-bedrock-input-token-count", "")
        return Reply(
            _parsed(raw), int(count) if count.isdecimal() else None, told.get("RequestId", "")
        )

    def ask(self, client: Any, operation: str, **params: Any) -> Any:
        """Make one attempt at an operation that embeds nothing itself, such as starting a job.

        Raises Transient, Rejected or ProviderError, see `sorted_error`.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(client, operation)(**params)
        except (BotoCoreError, ClientError) as e:
            raise sorted_error(e, self) from None

    def patiently(self, attempt: Callable[[], T]) -> T:
        """Return what an attempt gives, made again with growing pauses where that may help.

        Raises ProviderError after as many attempts or seconds as the provider allows, and whatever
        the attempt raises besides Transient.
        """
        begun = time.monotonic()
        for n in itertools.count(1):
            try:
                return attempt()
            except Transient as e:
                trouble = e
            self.traffic.throttled += trouble.throttled
            self.traffic.failed += not trouble.throttled
            if n >= self.attempts or time.monotonic() - begun > self.patience:
                break
            pause = min(2.0 ** (n - 1), _LONGEST_PAUSE)
            time.sleep(trouble.after or random.uniform(pause / 10, pause))
        raise ProviderError(
            f"{trouble.reason} It was tried again in vain: run again later; jobs that were started "
            "go on meanwhile."
        )

    def unusable(self) -> str:
        """Return what is missing here, "" for nothing; asks no network, the metadata service least.

        It looks for variables, for the settings of the profile, and for signs of an EC2 machine.
        """
        if find_spec("boto3") is None:
            return _MISSING
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


def sorted_error(error: Exception, where: Bedrock, bucket: str = "") -> Exception:
    """Return what an error of boto3 means: Transient, Rejected or ProviderError.

    bucket: the S3 bucket that was used, "" for a call to Bedrock itself. The first connection that
    fails is a matter of configuration; later ones may pass.
    """
    trouble = Trouble(
        model=where.model_id,
        region=where.region,
        endpoint=where.endpoint,
        profile=where.profile,
        bucket=bucket,
        answered=where.traffic.answered > 0,
    )
    return sorted_trouble(error, trouble)


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
