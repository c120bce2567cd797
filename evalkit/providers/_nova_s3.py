"""A folder of S3 for jobs: copies of inputs go there, results come from there, nothing else."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from evalkit.core.errors import DataError, ProviderError, UsageError
from evalkit.core.items import Media
from evalkit.providers._bedrock import Bedrock, sorted_error
from evalkit.providers._bedrock_errors import elsewhere
from evalkit.providers._calls import Transient

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")
_KMS_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[\w/-]+")
_VARIABLE = "EVALKIT_JOBS_BUCKET"


def parsed(address: str) -> tuple[str, str]:
    """Return bucket and prefix of `s3://bucket/prefix`; raises UsageError for anything else."""
    match = _ADDRESS.fullmatch(address)
    prefix = (match["prefix"] or "").strip("/") if match else ""
    if match is None or ".." in prefix.split("/") or "//" in prefix:
        raise UsageError(f"'{address}' is no S3 folder; write it like s3://bucket/folder.")
    return match["bucket"], prefix


def check_kms_key(arn: str) -> None:
    """Raise UsageError for what is no ARN of a key that files of S3 are encrypted with."""
    if arn and not _KMS_KEY.fullmatch(arn):
        raise UsageError(
            f"kms_key: '{arn}' is no ARN of a key; write it like "
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab."
        )


def not_allowed(address: str) -> str:
    """Return why inputs may not go to a folder, "" where the environment allows that.

    Suites come from strangers too: what one says alone sends nothing to anybody's bucket.
    """
    bucket, prefix = parsed(address)
    for named in filter(None, map(str.strip, os.environ.get(_VARIABLE, "").split(","))):
        try:
            its, within = parsed(named)
        except UsageError as e:
            return f"the environment's {_VARIABLE}: {e}"
        if bucket == its and (not within or f"{prefix}/".startswith(f"{within}/")):
            return ""
    return (
        f"jobs: copies of inputs would go to {address}, and nobody here has allowed that. If the "
        f"bucket is yours, say so: {_VARIABLE}=s3://{bucket} in the environment (several with "
        "commas between them)."
    )


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a bucket, used with the credentials and the region of a model.

    kms_key: what files are encrypted with, those that the service writes too; "" leaves that to the
    bucket. Every method raises ProviderError where the bucket cannot be used, and Transient where
    another attempt may help.
    """

    where: Bedrock
    client: Any
    address: str
    kms_key: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no address of a folder, and a folder that nobody has allowed."""
        if why := not_allowed(self.address):
            raise ProviderError(why)

    def uri(self, name: str) -> str:
        """Return the address of something inside the folder."""
        bucket, prefix = parsed(self.address)
        return f"s3://{bucket}/" + "/".join(filter(None, (prefix, name)))

    def check(self) -> None:
        """Raise ProviderError where the bucket does not exist or is not in the model's region."""
        from botocore.exceptions import ClientError

        bucket = parsed(self.address)[0]
        with self._sorting(bucket):
            try:
                found = self.client.head_bucket(Bucket=bucket).get("BucketRegion")
            except ClientError as e:
                if e.response["Error"]["Code"] == "403":  # its objects may still be open
                    return
                raise
        if found not in {None, self.where.region}:
            raise elsewhere(bucket, found, self.where.region)

    def store(self, media: Media, ending: str) -> str:
        """Upload media under the digest of their bytes, unless they are there; return where."""
        with _opened(media) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            uri = self.uri(f"inputs/{digest}.{ending}")
            bucket, key = self._key(uri)
            if not self._is_there(bucket, key):
                file.seek(0)
                with self._sorting(bucket):
                    self.client.upload_fileobj(file, bucket, key, ExtraArgs=self._encryption())
        return uri

    def _encryption(self) -> dict[str, str]:
        """Return what an upload says of its encryption."""
        if not self.kms_key:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key}

    def read(self, uri: str) -> bytes | None:
        """Return the bytes of an object inside the folder, None where there is none."""
        lines = self.lines(uri)
        return None if lines is None else b"\n".join(lines)

    def lines(self, uri: str) -> Generator[bytes, None, None] | None:
        """Return the lines of an object inside the folder as they come, None where there is none.

        Lines carry no line break; empty ones are left out.
        """
        bucket, key = self._key(uri)
        with self._sorting(bucket):
            try:
                body = self.client.get_object(Bucket=bucket, Key=key)["Body"]
            except self.client.exceptions.NoSuchKey:
                return None
        return self._lines(bucket, body)

    def _lines(self, bucket: str, body: Any) -> Generator[bytes, None, None]:
        """Yield the lines of an open object and close it."""
        with self._sorting(bucket), body:
            for line in body.iter_lines(chunk_size=1 << 20):
                if line.strip():
                    yield bytes(line)

    def remove(self, uri: str) -> None:
        """Delete everything below a folder inside this one."""
        bucket, prefix = self._key(uri.rstrip("/") + "/")
        with self._sorting(bucket):
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix
            )
            keys = [{"Key": one["Key"]} for page in pages for one in page.get("Contents", ())]
            for first in range(0, len(keys), 1000):
                wanted = {"Objects": keys[first : first + 1000], "Quiet": True}
                said = self.client.delete_objects(Bucket=bucket, Delete=wanted)
                if said.get("Errors"):
                    raise ProviderError(f"s3:DeleteObject is not allowed in '{bucket}'.")

    def _key(self, uri: str) -> tuple[str, str]:
        """Return bucket and key of an address; raises ProviderError for one that lies outside."""
        root = self.uri("")
        inside = uri.removeprefix(root.rstrip("/") + "/")
        if inside in (uri, "") or ".." in inside.split("/"):
            raise ProviderError(
                f"the service names {uri}, which lies outside of {root}. Set `jobs` to the folder "
                "that the job was started with."
            )
        bucket = parsed(self.address)[0]
        return bucket, uri.removeprefix(f"s3://{bucket}/")

    def _is_there(self, bucket: str, key: str) -> bool:
        """Return whether an object exists; where that may not be asked it is uploaded again."""
        from botocore.exceptions import ClientError

        with self._sorting(bucket):
            try:
                self.client.head_object(Bucket=bucket, Key=key)
            except ClientError as e:
                if e.response["Error"]["Code"] in {"404", "403", "NoSuchKey"}:
                    return False
                raise
        return True

    @contextmanager
    def _sorting(self, bucket: str) -> Iterator[None]:
        """Turn errors of boto3 into ours."""
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as e:
            raise sorted_error(e, self.where, bucket) from None
        except Boto3Error as e:
            raise Transient(f"the upload to the S3 bucket '{bucket}' failed: {e}") from None


@contextmanager
def _opened(media: Media) -> Iterator[Any]:
    """Open media as a binary file; big ones are never read whole."""
    if media.path is None or media.data is not None:
        yield io.BytesIO(media.read())
        return
    try:
        with media.path.open("rb") as file:
            yield file
    except OSError as e:
        raise DataError(f"{media.path} cannot be read ({e.strerror}).") from e
