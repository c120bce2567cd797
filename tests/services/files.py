"""S3 objects that jobs read and write, kept by moto's server; started when first needed."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from functools import cached_property
from typing import Any

from tests.services.trouble import invalid


class Files:
    """Reads and writes objects of a loopback S3 with buckets in regions."""

    def __init__(self) -> None:
        self._server: Any = None
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The address of the S3 server."""
        with self._lock:
            if self._server is None:
                self._server = _started()
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    @cached_property
    def client(self) -> Any:
        """A boto3 client of it."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="AKIALOOPBACKSERVICES",
            aws_secret_access_key="none",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def close(self) -> None:
        """Stop the server, if it was ever started."""
        if self._server is not None:
            if "client" in self.__dict__:
                self.client.close()
            self._server.stop()
            self._server._server.server_close()
            self._server = None
            self.__dict__.pop("client", None)

    def expect(self, uri: str, region: str) -> None:
        """Raise Trouble unless the bucket of a uri is there and in a region."""
        from botocore.exceptions import ClientError

        bucket, _ = split(uri)
        try:
            said = self.client.get_bucket_location(Bucket=bucket)
        except ClientError:
            raise invalid(
                f"Invalid S3 URI: the bucket {bucket} does not exist or access to it is denied."
            ) from None
        found = said["LocationConstraint"] or "us-east-1"
        if found != region:
            raise invalid(
                f"Invalid S3 URI: the bucket {bucket} is in the region {found}, expected {region}."
            )

    def read(self, uri: str, region: str) -> bytes:
        """Return an object's bytes; raises Trouble where it is not there."""
        from botocore.exceptions import ClientError

        self.expect(uri, region)
        bucket, key = split(uri)
        try:
            with contextlib.closing(self.client.get_object(Bucket=bucket, Key=key)["Body"]) as body:
                return bytes(body.read())
        except ClientError:
            raise invalid(f"The S3 object {uri} does not exist.") from None

    def write(self, uri: str, data: bytes) -> None:
        """Store an object."""
        bucket, key = split(uri)
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def names(self, uri: str) -> list[str]:
        """Return the uris of all objects whose key begins as the uri's does."""
        bucket, prefix = split(uri)
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [f"s3://{bucket}/{o['Key']}" for page in pages for o in page.get("Contents", ())]


def split(uri: str) -> tuple[str, str]:
    """Return bucket and key of s3://bucket/key."""
    found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", uri, re.S)
    if found is None:
        raise invalid(f"Invalid S3 URI: {uri}")
    return found[1], found[2] or ""


def _started() -> Any:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs every request to stderr
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return server
