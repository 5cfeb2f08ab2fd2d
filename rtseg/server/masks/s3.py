"""Masks in a bucket of S3 or of a service that speaks as it does.

What a mask needs stands with the object: its type, and in its metadata the moment at which it
expires. Several servers may share a bucket and a prefix. Buckets are not bounded by us; expired
masks are removed by us, or by a lifecycle rule of the bucket: docs/operations.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from rtseg.config import S3Config
from rtseg.errors import ConfigError, StorageError
from rtseg.server.masks import names

logger = logging.getLogger(__name__)

R = TypeVar("R")

THREADS = 8
"""Requests to the bucket at once; boto3 blocks, so each has a thread and a connection."""
_ATTEMPTS = 3
_EXPIRES = "expires-ns"
_NOT_THERE = frozenset({"NoSuchKey", "404", "NotFound"})
_SWEEP_SHARE = 4
"""A bucket is listed so often in a mask's lifetime: listing costs money, and an expired mask
harms nobody."""


class S3Storage:
    """A bucket.

    Parameters
    ----------
    config : the bucket and how it is reached.
    lifetime_s : for how long a mask is kept, seconds.

    Raises
    ------
    ConfigError
        boto3 is not installed, or does not take the configuration.
    """

    def __init__(self, config: S3Config, *, lifetime_s: int) -> None:
        self._config = config
        self._lifetime_s = lifetime_s
        self._client, self._refusal, self._failures = _connect(config)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rtseg-mask-s3")
        self._swept_ns: int | None = None

    async def put(self, name: str, content: bytes, *, expires_ns: int, now_ns: int) -> None:
        def send() -> None:
            self._client.put_object(
                **self._place(name),
                Body=content,
                ContentType=names.MEDIA_TYPE,
                CacheControl=f"private, max-age={(expires_ns - now_ns) // 1_000_000_000}",
                Metadata={_EXPIRES: str(expires_ns)},
            )

        await self._run(send)

    async def get(self, name: str, *, now_ns: int) -> bytes | None:
        def fetch() -> bytes | None:
            try:
                found = self._client.get_object(**self._place(name))
            except self._refusal as error:
                if error.response.get("Error", {}).get("Code") in _NOT_THERE:
                    return None
                raise
            with found["Body"] as body:
                # Amazon gives the names back in lower case, other services as headers are written.
                told = {key.lower(): value for key, value in found["Metadata"].items()}
                expires = told.get(_EXPIRES, "")
                if not (expires.isdecimal() and now_ns < int(expires)):
                    return None  # expired, or none of ours
                content = body.read()
            assert isinstance(content, bytes)
            return content

        return await self._run(fetch)

    async def sweep(self, *, now_ns: int) -> None:
        age_ns = self._lifetime_s * 1_000_000_000
        if self._swept_ns is not None and 0 <= now_ns - self._swept_ns < age_ns // _SWEEP_SHARE:
            return
        await self._run(lambda: self._sweep((now_ns - age_ns) / 1e9))
        self._swept_ns = now_ns

    def held(self) -> None:
        return None

    async def address(self, name: str, *, method: str, lifetime_s: int) -> str | None:
        if not self._config.redirect:
            return None

        def sign() -> str:
            # The method is signed too: an address for GET does not answer HEAD.
            operation = "head_object" if method == "HEAD" else "get_object"
            address = self._client.generate_presigned_url(
                operation, Params=self._place(name), ExpiresIn=lifetime_s
            )
            assert isinstance(address, str)
            return address

        return await self._run(sign)

    async def close(self) -> None:
        self._threads.shutdown(wait=False)
        self._client.close()

    def _place(self, name: str) -> dict[str, str]:
        return {"Bucket": str(self._config.bucket), "Key": self._config.prefix + name}

    def _sweep(self, before_s: float) -> None:
        """Remove our objects that were put before a moment, seconds since the epoch.

        Where a lifecycle rule does that, listing is all that is left to do, and it tells at the
        start of the server whether the bucket can be reached.
        """
        config = self._config
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=config.bucket, Prefix=config.prefix):
            doomed = [
                {"Key": found["Key"]}
                for found in page.get("Contents", ())
                if found["LastModified"].timestamp() < before_s
                and names.is_name(found["Key"].removeprefix(config.prefix))
            ]
            if not doomed:
                continue
            # A page is at most the 1000 objects that may be deleted at once.
            answer = self._client.delete_objects(
                Bucket=config.bucket, Delete={"Objects": doomed, "Quiet": True}
            )
            for failure in answer.get("Errors", ())[:1]:
                logger.error("masks.s3: expired masks stay: %s", failure.get("Message"))

    async def _run(self, function: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function)
        except self._failures as error:
            logger.error("masks.s3: bucket %s: %s", self._config.bucket, error)
            raise StorageError(
                "the place where masks lie did not answer as it should; the server's log says how"
            ) from None


def _connect(config: S3Config) -> tuple[Any, type[Any], tuple[type[Exception], ...]]:
    """Return boto3's client, the error that an answer makes it raise, and all that it raises."""
    try:
        import boto3
        import botocore.config
        import botocore.exceptions
        import urllib3.exceptions
    except ImportError:
        raise ConfigError(
            "masks.s3.bucket is set, and boto3, which speaks to it, is not installed: "
            "pip install 'rtseg[s3]'"
        ) from None
    secret = config.secret_access_key
    try:
        client = boto3.client(
            "s3",
            endpoint_url=config.endpoint,
            region_name=config.region,
            aws_access_key_id=config.access_key_id,
            aws_secret_access_key=None if secret is None else secret.get_secret_value(),
            config=botocore.config.Config(
                signature_version="s3v4",
                connect_timeout=config.timeout_s,
                read_timeout=config.timeout_s,
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                max_pool_connections=THREADS,
                # A service of one's own rarely has a host name for every bucket.
                s3={"addressing_style": "path" if config.endpoint else "auto"},
                # Services other than Amazon's stumble over checksums that nobody asked for.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
    except (ValueError, botocore.exceptions.BotoCoreError) as error:
        raise ConfigError(f"masks.s3: {error}") from None
    refusal = botocore.exceptions.ClientError
    # A connection that breaks within a body comes through as urllib3's own error.
    broken = (botocore.exceptions.BotoCoreError, urllib3.exceptions.HTTPError, OSError)
    return client, refusal, (refusal, *broken)
