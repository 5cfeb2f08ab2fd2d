"""A server in a process of its own, so that its processor time is its own."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
from prometheus_client.parser import text_string_to_metric_families

from rtseg.errors import BackendError

START_TIMEOUT_S = 120.0
"""The first run fetches the model's weights."""
STOP_TIMEOUT_S = 8.0
_READY = re.compile(r"is ready: (\S+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Parameters
    ----------
    url : of its page.
    pid : of its process.
    log : file with what it printed.
    sightings : file that the witness writes.
    """

    url: str
    pid: int
    log: Path
    sightings: Path

    def metrics(self) -> dict[str, float]:
        """Read `/metrics`: samples by name and labels, as Prometheus writes them; no buckets."""
        answer = httpx.get(f"{self.url}metrics", timeout=5, trust_env=False)
        answer.raise_for_status()
        samples = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                labels = ",".join(f'{key}="{value}"' for key, value in sample.labels.items())
                if "le" not in sample.labels:
                    samples[sample.name + (f"{{{labels}}}" if labels else "")] = sample.value
        return samples

    def last_words(self, lines: int = 12) -> str:
        """Give the end of what it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@contextlib.contextmanager
def serve(folder: Path, arguments: list[str], *, witness: Sequence[str] = ()) -> Iterator[Server]:
    """Run `rtseg serve` with a witness, for as long as the context is open.

    Parameters
    ----------
    folder : where its output and the witness' log go.
    arguments : of `rtseg serve`.
    witness : further arguments of the witness.

    Raises
    ------
    BackendError
        It did not start; the message has what it printed.
    """
    log, sightings = folder / "server.log", folder / "witness.log"
    command = [sys.executable, "-m", "rtseg.bench.witness", str(sightings), *witness, "serve"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            env=_environment(),
        )
        try:
            url = _wait_until_ready(process, log)
            yield Server(url, process.pid, log, sightings)
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment() -> dict[str, str]:
    """Ours without the browser's variable, which the server would take for a key of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "RTSEG_CHROMIUM"}
    return kept | {"PYTHONUNBUFFERED": "1"}


def _wait_until_ready(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True).start()
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise BackendError(f"the server was not ready after {START_TIMEOUT_S:g} s") from None
        if line is None:
            words = log.read_text(errors="replace").strip()[-2000:]
            raise BackendError(f"the server did not start; it said:\n{words or 'nothing'}")
        if match := _READY.search(line):
            return match[1]


def _read_lines(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    """Read to the end, so that the server never waits for somebody to take its words."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)
