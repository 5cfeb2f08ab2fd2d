"""The machine, and what each process tree took of it."""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtseg.errors import BackendError

try:
    import psutil
except ImportError:
    raise BackendError(
        'psutil, which measures the processes, is not installed; run: pip install "rtseg[bench]"'
    ) from None

_DRIVER = ("node", "node.exe")
"""Playwright's own program, between us and the browser; it is part of the bench."""
_CALLERS = "rtseg.bench.callers"


def machine() -> dict[str, Any]:
    """Say on what this runs."""
    return {
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(logical=True),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "os": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds so far.

    Parameters
    ----------
    server, bench, everything : of the server, of this program with its driver, and of the machine.
    browser : of each kind of the browser's processes.
    server_bytes : resident memory of the server now.
    """

    server: float
    bench: float
    everything: float
    browser: Mapping[str, float]
    server_bytes: int


def usage(server_pid: int) -> Usage:
    """Read the processor time of everything that takes part."""
    server = [psutil.Process(server_pid), *_below(server_pid)]
    server_pids = {process.pid for process in server}
    bench = _seconds(psutil.Process())
    browser: defaultdict[str, float] = defaultdict(float)
    for process in _below(os.getpid()):
        if process.pid in server_pids:
            continue
        try:
            command = process.cmdline()
            if process.name() in _DRIVER or _CALLERS in command:
                bench += _seconds(process)
            else:
                browser[_kind(command)] += _seconds(process)
        except psutil.Error:  # it ended meanwhile
            continue
    return Usage(
        server=sum(map(_seconds, server)),
        bench=bench,
        everything=_everything(),
        browser=browser,
        server_bytes=sum(process.memory_info().rss for process in server),
    )


def shares(before: Usage, after: Usage, seconds: float) -> dict[str, Any]:
    """Give the processor seconds of each party in a second, and of the browser's kinds."""
    kinds = {
        kind: seconds_so_far - before.browser.get(kind, 0.0)
        for kind, seconds_so_far in after.browser.items()
    }
    server, bench = after.server - before.server, after.bench - before.bench
    browser = sum(kinds.values())
    others = after.everything - before.everything - server - browser - bench
    return {
        "server": round(server / seconds, 3),
        "browser": round(browser / seconds, 3),
        "bench": round(bench / seconds, 3),
        "others": round(max(0.0, others) / seconds, 3),
        "browser_by_kind": {kind: round(value / seconds, 3) for kind, value in kinds.items()},
    }


def _everything() -> float:
    """Sum up every process, those that have ended by what their parents know of them.

    The system's own idle counter is no help: it looks once in a tick, and threads that run for a
    millisecond slip through between.
    """
    total = 0.0
    for process in psutil.process_iter(["cpu_times"]):
        if (times := process.info["cpu_times"]) is not None:
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _below(pid: int) -> Iterator[Any]:
    try:
        yield from psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return


def _seconds(process: Any) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _kind(command: list[str]) -> str:
    """Name a Chromium process by what it does."""
    found = {
        flag.removeprefix("--")
        for argument in command
        for flag in argument.split()
        if flag.startswith(("--type=", "--utility-sub-type="))
    }
    kinds = dict(flag.split("=", 1) for flag in found)
    service = kinds.get("utility-sub-type", "").split(".")[-1]
    return service or kinds.get("type", "browser")
