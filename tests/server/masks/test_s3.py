"""Masks in a bucket, against servers that speak S3 over a socket."""

from __future__ import annotations

import asyncio
import builtins
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from rtseg.config import Config, S3Config
from rtseg.errors import ConfigError, StorageError
from rtseg.server.masks import Masks, new_session_id
from rtseg.server.masks.s3 import S3Storage
from tests.server.masks.s3_servers import BUCKET, Bucket, bucket_at, moto, rclone
from tests.server.running import running

S = 1_000_000_000
NAME = "0123456789abcdef0123456789abcdef.png"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@pytest.fixture(scope="module", params=["rclone", "moto"])
def server(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    is_rclone = request.param == "rclone"
    started = rclone() if is_rclone else moto()
    with started as endpoint, bucket_at(endpoint, checks_signatures=is_rclone) as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket) -> Bucket:
    """The same bucket for all, emptied for each."""
    for key in server.names():
        server.client.delete_object(Bucket=BUCKET, Key=key)
    return server


@asynccontextmanager
async def opened(place: Bucket, *, lifetime_s: int = 60, **more: Any) -> AsyncIterator[S3Storage]:
    storage = S3Storage(S3Config.model_validate(place.config | more), lifetime_s=lifetime_s)
    try:
        yield storage
    finally:
        await storage.close()


async def test_what_is_put_is_had_until_it_expires(bucket: Bucket) -> None:
    async with opened(bucket) as storage:
        assert await storage.get(NAME, now_ns=0) is None
        await storage.put(NAME, PNG, expires_ns=60 * S, now_ns=0)
        assert await storage.get(NAME, now_ns=60 * S - 1) == PNG
        assert await storage.get(NAME, now_ns=60 * S) is None
        assert storage.held() is None
    assert bucket.names() == [f"masks/{NAME}"]
    assert bucket.client.head_object(Bucket=BUCKET, Key=f"masks/{NAME}")["ContentType"] == (
        "image/png"
    )


async def test_many_at_once(bucket: Bucket) -> None:
    names = [f"{n:032x}.png" for n in range(40)]
    async with opened(bucket) as storage, opened(bucket) as other:
        await asyncio.gather(
            *(storage.put(name, name.encode(), expires_ns=S, now_ns=0) for name in names)
        )
        had = await asyncio.gather(*(other.get(name, now_ns=0) for name in names))
    assert had == [name.encode() for name in names]


async def test_a_sweep_removes_what_expired_and_nothing_that_is_not_ours(bucket: Bucket) -> None:
    foreign = ["notes.txt", "masks/notes.txt", f"elsewhere/{NAME}", f"masks/deeper/{NAME}"]
    for key in foreign:
        bucket.client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    async with opened(bucket) as storage:
        await storage.put(NAME, PNG, expires_ns=60 * S, now_ns=0)
        (put_s,) = (
            found["LastModified"].timestamp()
            for found in bucket.listing()
            if found["Key"] == f"masks/{NAME}"
        )
        await storage.sweep(now_ns=int(put_s + 50) * S)
        assert set(bucket.names()) == {*foreign, f"masks/{NAME}"}
        await storage.sweep(now_ns=int(put_s + 62) * S)  # too soon to look again
        assert f"masks/{NAME}" in bucket.names()
        await storage.sweep(now_ns=int(put_s + 70) * S)
        assert set(bucket.names()) == set(foreign)


async def test_an_object_that_is_not_ours_is_not_given_out(bucket: Bucket) -> None:
    bucket.client.put_object(Bucket=BUCKET, Key=f"masks/{NAME}", Body=b"x")
    async with opened(bucket) as storage:
        assert await storage.get(NAME, now_ns=0) is None


async def test_the_wrong_key_is_told_and_nothing_leaks(
    bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    if not bucket.checks_signatures:
        pytest.skip("this server believes any signature")
    async with opened(bucket, secret_access_key="another-secret-of-mine") as storage:
        for call in (
            storage.put(NAME, PNG, expires_ns=S, now_ns=0),
            storage.get(NAME, now_ns=0),
            storage.sweep(now_ns=0),
        ):
            with pytest.raises(StorageError, match="did not answer as it should") as caught:
                await call
            assert BUCKET not in str(caught.value)
    assert BUCKET in caplog.text
    assert "another-secret" not in caplog.text


async def test_a_bucket_that_is_not_there_is_told(bucket: Bucket) -> None:
    async with opened(bucket, bucket="nowhere") as storage:
        with pytest.raises(StorageError):
            await storage.put(NAME, PNG, expires_ns=S, now_ns=0)
        with pytest.raises(StorageError):
            await storage.sweep(now_ns=0)


async def test_a_service_that_is_not_there_is_told(bucket: Bucket) -> None:
    async with opened(bucket, endpoint="http://127.0.0.1:9") as storage:
        with pytest.raises(StorageError):
            await storage.get(NAME, now_ns=0)


class _Broken(BaseHTTPRequestHandler):
    """Promises a mask, and hangs up half way."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.send_header("x-amz-meta-expires-ns", str(60 * S))
        self.end_headers()
        self.wfile.write(PNG[:500])

    def log_message(self, format: str, *_: object) -> None:
        pass


async def test_half_a_mask_is_never_given_out() -> None:
    pytest.importorskip("boto3", reason="boto3 is not installed")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Broken) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        config = {
            "bucket": BUCKET,
            "endpoint": f"http://127.0.0.1:{server.server_port}",
            "access_key_id": "a",
            "secret_access_key": "b",
        }
        storage = S3Storage(S3Config.model_validate(config), lifetime_s=60)
        try:
            with pytest.raises(StorageError):
                await storage.get(NAME, now_ns=0)
        finally:
            await storage.close()
            server.shutdown()
            thread.join()


def test_the_servers_own_addresses_answer_from_the_bucket(bucket: Bucket) -> None:
    with (
        running(masks={"s3": bucket.config, "signing_key": "k" * 32}) as server,
        httpx.Client(trust_env=False) as http,
    ):
        masks = server.app.state.masks
        assert isinstance(masks, Masks)
        url = asyncio.run(masks.publish(PNG, base_url=server.url))
        whole, part = http.get(url), http.get(url, headers={"Range": "bytes=8-15"})
        assert (whole.status_code, whole.content) == (200, PNG)
        assert (part.status_code, part.content) == (206, PNG[8:16])
        session_id = new_session_id()
        object_id = asyncio.run(masks.keep(PNG, session_id=session_id))
        ids = {"session_id": session_id, "object_id": object_id}
        assert http.get(f"{server.url}/v1/artifacts", params=ids).content == PNG
        # Another server with the same key and bucket answers as well.
        with running(masks={"s3": bucket.config, "signing_key": "k" * 32}) as other:
            assert http.get(url.replace(server.url, other.url)).content == PNG


def test_redirects_lead_to_the_buckets_own_address(bucket: Bucket) -> None:
    config = bucket.config | {"redirect": True}
    with running(masks={"s3": config}) as server, httpx.Client(trust_env=False) as http:
        url = asyncio.run(server.app.state.masks.publish(PNG, base_url=server.url))
        for method in ("GET", "HEAD"):
            sent = http.request(method, url)
            assert sent.status_code == 307
            assert sent.headers["location"].startswith(bucket.config["endpoint"])
            assert sent.headers["cache-control"] == "no-store"
            got = http.request(method, url, follow_redirects=True)
            assert got.status_code == 200
            assert got.headers["content-type"] == "image/png"
            assert got.content == (PNG if method == "GET" else b"")
        assert http.get(url.replace("signature=", "signature=x")).status_code == 403
        if bucket.checks_signatures:
            location = http.get(url).headers["location"]
            assert http.get(location.replace("X-Amz-Expires=", "X-Amz-Expires=9")).is_error


def test_boto3_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in {"boto3", "botocore"}:
            raise ModuleNotFoundError(name)
        return found(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"pip install 'rtseg\[s3\]'"):
        Masks(Config.model_validate({"masks": {"s3": {"bucket": "b"}}}).masks)


def test_an_endpoint_that_is_none_is_told() -> None:
    pytest.importorskip("boto3", reason="boto3 is not installed")
    with pytest.raises(ConfigError, match=r"masks\.s3"):
        S3Storage(S3Config(bucket="b", endpoint="minio:9000"), lifetime_s=1)


def test_the_package_is_not_imported_for_a_folder() -> None:
    code = "import sys, rtseg.server.app; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
